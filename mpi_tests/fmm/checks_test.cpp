// SPDX-License-Identifier: BSD-3-Clause
// What all ranks must give alike.
#include "fmm/checks.hpp"

#include <gtest/gtest.h>

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

TEST(Checks, ValuesMustAgreeOnAllRanks) {
  const bool last = rank_of(comm) == size_of_communicator(comm) - 1;
  const bool alone = size_of_communicator(comm) == 1;
  EXPECT_NO_THROW(require_agreed<3>(comm, {1.0, -2.0, 0.0}, "they"));
  for (std::size_t place = 0; place < 3; ++place)
    for (const double other : {3.0, -3.0}) {
      std::array values{1.0, -2.0, 0.0};
      if (last) values[place] = other;
      const auto check = [&] { require_agreed<3>(comm, values, "they"); };
      if (alone)
        EXPECT_NO_THROW(check());
      else
        EXPECT_THROW(check(), UsageError) << place;
    }
}

/// Every option that a rank alone gives in another way is refused by all.
TEST(Checks, OptionsMustAgreeOnAllRanks) {
  const bool last = rank_of(comm) == size_of_communicator(comm) - 1;
  if (size_of_communicator(comm) == 1) GTEST_SKIP() << "one rank agrees with itself";
  const Kernel kernel = make_kernel("laplace");
  const CallerPoints same{{}, {}, true}, own{{}, {}, false};
  for (const Options& other : {Options{.tolerance = 1e-3}, Options{.order = 5}, Options{.points_per_leaf = 7},
                               Options{.root_scale = 1.5}, Options{.precision = Precision::mixed},
                               Options{.num_vectors = 2}, Options{.lists_only = true}, Options{.max_memory = 1 << 30}})
    EXPECT_THROW(check_arguments(comm, kernel, last ? other : Options{}, &same), UsageError);
  EXPECT_THROW(check_arguments(comm, kernel, {}, last ? &own : &same), UsageError);
  EXPECT_NO_THROW(check_arguments(comm, kernel, {}, &own));
}

}
}
