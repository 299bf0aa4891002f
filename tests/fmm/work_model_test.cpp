// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/work_model.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace nearfar {
namespace {

TEST(WorkModel, FactorsAreMeasuredTimesOverPredictions) {
  PhaseLog log;
  while (log.time(Phase::p2p).cpu_seconds <= 0.0) log.parallel(Phase::p2p, 1000, 0.0, [](Index, int) {});
  PhaseWork predicted;
  predicted[Phase::p2p] = 40.0;
  predicted[Phase::m2l] = 3.0;

  const PhaseWork factors = measured_factors(predicted, measured_work(log));

  EXPECT_DOUBLE_EQ(factors[Phase::p2p], 1e9 * log.time(Phase::p2p).cpu_seconds / 40.0);
  EXPECT_EQ(factors[Phase::m2l], 1.0) << "not measured";
  EXPECT_EQ(factors[Phase::p2m], 1.0) << "no work";
}

TEST(WorkModel, TheProfileCountsEachPhaseByItsFactor) {
  OctantWorks octants(1);
  octants[0].key = root_octant;
  octants[0].work = {};
  octants[0].work[Phase::p2p] = 40.0;
  octants[0].work[Phase::m2l] = 3.0;
  PhaseWork factors = same_factors();
  factors[Phase::p2p] = 2.0;
  const auto whole = [&](const PhaseWork& each) {
    return make_profile(octants, each).between(0, std::numeric_limits<PointKey>::max());
  };

  EXPECT_EQ(whole(same_factors()), 43);
  EXPECT_EQ(whole(factors), 83);
}

}
}
