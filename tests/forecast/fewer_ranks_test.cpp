// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/fewer_ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearfar {
namespace {

using testing::ElementsAre;

TEST(FewerRanks, GiveTheirImbalance) {
  // 8 / 4 and 5 / 4 of the mean: a quarter of the differences is left.
  EXPECT_THAT(with_imbalance_of({3.0, 5.0}, {0.0, 4.0, 8.0}), ElementsAre(3.0, 4.0, 5.0));
  EXPECT_THAT(with_imbalance_of({3.0, 5.0}, {4.0, 4.0}), ElementsAre(4.0, 4.0));
}

TEST(FewerRanks, GiveTheirMean) {
  EXPECT_THAT(with_mean_of({20.0, 21.0, 19.0}, {4.0, 6.0, 8.0}), ElementsAre(18.0, 20.0, 22.0));
  // Theirs differ more: by 4 from the mean instead of 2.
  EXPECT_THAT(with_mean_of({16.0, 20.0, 24.0}, {4.0, 6.0, 8.0}), ElementsAre(16.0, 20.0, 24.0));
  EXPECT_THAT(with_mean_of({1.0, 1.0}, {0.0, 9.0, 9.0}), ElementsAre(0.0, 4.0, 4.0));
}

}
}
