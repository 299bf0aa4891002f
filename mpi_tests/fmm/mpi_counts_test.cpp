// SPDX-License-Identifier: BSD-3-Clause
// What plans say of their messages, and how little they ask of MPI, beside MPI's own account.
#include <gtest/gtest.h>

#include <optional>

#include "comm/mpi.hpp"
#include "nearfar/plan.hpp"
#include "support/mpi_counts.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

struct Setting {
  Points points;
  std::vector<double> charges, potentials;
  std::optional<Plan> plan;
  MpiCounts setup;

  Setting(app::Distribution distribution, Deal deal) {
    constexpr std::size_t count = 6000;
    const Points all = app::sample_points(distribution, 5, 0, count);
    const auto numbers = dealt(count, deal, comm);
    points = take(all, numbers, 3);
    charges.assign(numbers.size(), 1.0);
    potentials.resize(numbers.size());
    setup = count_mpi(
        [&] { plan.emplace(comm, make_kernel("laplace"), points, Options{.order = 4, .points_per_leaf = 20}); });
  }
  [[nodiscard]] MpiCounts apply() {
    return count_mpi([&] { plan->apply(charges, potentials); });
  }
};

TEST(MpiCounts, OfAnApplyAreThoseThatThePlanReports) {
  for (const auto distribution : all_distributions)
    for (const Deal deal : {Deal::blocks, Deal::round_robin}) {
      Setting setting(distribution, deal);
      const MpiCounts counted = setting.apply();
      const CommunicationCounts told = setting.plan->communication();
      // The report counts what a rank sends and receives; over all ranks, everything twice.
      EXPECT_EQ(2 * all_sum(comm, counted.messages), all_sum(comm, told.messages + told.caller_messages));
      EXPECT_EQ(2 * all_sum(comm, counted.bytes), all_sum(comm, told.bytes + told.caller_bytes));
    }
}

TEST(MpiCounts, OfPlansHaveTwoDuplicatesOfTheCommunicator) {
  for (const auto distribution : all_distributions) {
    Setting setting(distribution, Deal::round_robin);
    EXPECT_LE(setting.setup.of("MPI_Comm_dup"), 2);
    EXPECT_EQ(setting.apply().of("MPI_Comm_dup"), 0);
    const MpiCounts update = count_mpi([&] { setting.plan->update_points(setting.points); });
    EXPECT_EQ(update.of("MPI_Comm_dup"), 0);
  }
}

TEST(MpiCounts, OfAnApplyHaveFewReductions) {
  Setting setting(app::Distribution::plummer, Deal::round_robin);
  (void)setting.apply();
  EXPECT_LE(setting.apply().of("MPI_Allreduce"), 1);
}

}
}
