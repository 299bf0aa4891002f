// SPDX-License-Identifier: BSD-3-Clause
#include "io/rows.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "io/file_support.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

using testing_support::complaint;

TEST(Rows, BlocksFollowEachOtherAndDifferByAtMostOne) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t num_rows : {std::int64_t{0}, std::int64_t{1}, std::int64_t{6}, std::int64_t{1000}, largest})
    for (const int num_ranks : {1, 2, 3, 7, 1000}) {
      std::int64_t next = 0;
      for (int rank = 0; rank < num_ranks; ++rank) {
        const RowRange rows = rows_of_rank(num_rows, rank, num_ranks);
        EXPECT_EQ(rows.begin, next);
        EXPECT_GE(rows.size(), num_rows / num_ranks);
        EXPECT_LE(rows.size() - num_rows / num_ranks, 1);
        next = rows.end;
      }
      EXPECT_EQ(next, num_rows);
    }
}

TEST(Rows, BlocksBeginAtTheRoundedDownProduct) {
  for (int rank = 0; rank < 7; ++rank) EXPECT_EQ(rows_of_rank(1000, rank, 7).begin, 1000 * rank / 7);
}

TEST(Rows, TheFirstNumberThatIsNotFiniteIsNamed) {
  std::vector<double> values(12, 1.0);
  EXPECT_NO_THROW(require_finite("here", values, 3, 100));

  values[7] = std::numeric_limits<double>::quiet_NaN();
  values[9] = std::numeric_limits<double>::infinity();

  const auto sentence = complaint<InputError>([&] { require_finite("here", values, 3, 100); });
  EXPECT_EQ(sentence,
            "here, row 102 (the first is 0), column 1: nan is not a finite number; correct or remove this row");
}

TEST(Rows, MoreThanARankHoldsIsRefused) {
  EXPECT_NO_THROW(require_rows_fit("here", 1000, 3));
  EXPECT_THROW(require_rows_fit("here", std::int64_t{1} << 31, 1), InputError);
  EXPECT_THROW(require_rows_fit("here", 1 << 30, 1 << 30), InputError);
}

}
}
