// SPDX-License-Identifier: BSD-3-Clause
// Messages as counted from the graphs, against those that MPI is asked for.
#include "forecast/communication.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "comm/mpi.hpp"
#include "nearfar/plan.hpp"
#include "support/moving_points.hpp"
#include "support/mpi_counts.hpp"
#include "support/open_plan.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// What one apply of one vector without gradients asks MPI for.
MpiCounts messages_of(Plan& plan, const std::vector<double>& charges, std::size_t num_potentials) {
  std::vector<double> potentials(num_potentials);
  return count_mpi([&] { plan.apply(charges, potentials); });
}

void expect_counted(Plan& plan, const std::vector<double>& charges, std::size_t num_potentials) {
  const MpiCounts sent = messages_of(plan, charges, num_potentials);
  const CommunicationCounts counts = plan.communication();
  EXPECT_EQ(counts.messages + counts.caller_messages, sent.messages);
  EXPECT_EQ(counts.bytes + counts.caller_bytes, sent.bytes);
  EXPECT_LE(counts.neighbours, static_cast<std::int64_t>(sent.partners.size()));
  if (size_of_communicator(comm) > 1) {
    EXPECT_GT(all_sum(comm, sent.messages), 0);
  }
  EXPECT_EQ(all_sum(comm, counts.messages) % 2, 0) << "each is sent and received";
}

TEST(Communication, IsWhatOneApplySends) {
  for (const auto distribution : {app::Distribution::cube, app::Distribution::sphere, app::Distribution::plummer})
    for (const Deal deal : {Deal::blocks, Deal::round_robin}) {
      const ChargedPoints sample = deal_points(distribution, 2000, deal);
      Plan plan(comm, make_kernel("laplace"), sample.points, {.order = 2, .points_per_leaf = 10});
      expect_counted(plan, sample.charges, sample.charges.size());
    }
}

TEST(Communication, IsThatOfRelaysToo) {
  const ChargedPoints sample = deal_points(app::Distribution::sphere, 3000, Deal::round_robin);
  Plan plan(comm, make_kernel("laplace"), sample.points, {.order = 2, .points_per_leaf = 10, .most_partners = 1});
  expect_counted(plan, sample.charges, sample.charges.size());
  const double ranks = size_of_communicator(comm);
  // There and back, each sent and received.
  EXPECT_LE(plan.communication().caller_messages, 2 * 2 * 2 * static_cast<int>(std::ceil(std::sqrt(ranks))));
}

TEST(Communication, IsThatOfEachPlanOfAGeometry) {
  const ChargedPoints sample = deal_points(app::Distribution::sphere, 2000);
  const Points targets = moved(sample.points, 0.2, 3);
  const Geometry geometry(comm, sample.points, targets, make_kernel("laplace"), {.order = 3, .points_per_leaf = 10});
  Plan first(geometry, make_kernel("laplace"), {.order = 3}), second(geometry, make_kernel("stokeslet"), {.order = 2});
  expect_counted(first, sample.charges, sample.charges.size());
  expect_counted(second, charges_for(sample, 3), 3 * sample.charges.size());
  expect_counted(first, sample.charges, sample.charges.size());
}

/// Between the caller's order and the tree's, a point's charge and potential travel where its ranks differ.
TEST(Communication, OfTheCallersOrderIsThatOfPointsOnOtherRanks) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 1500);
  Plan plan(comm, make_kernel("laplace"), sample.points, {.order = 2, .points_per_leaf = 20});
  const auto first = sum_below<std::int64_t>(comm, static_cast<std::int64_t>(sample.charges.size()));
  const auto end = first + static_cast<std::int64_t>(sample.charges.size());
  std::int64_t staying = 0;
  const std::vector<std::int64_t> numbers = plan.source_numbers();
  for (const std::int64_t number : numbers) staying += number >= first && number < end ? 1 : 0;
  const auto here = static_cast<std::int64_t>(numbers.size()), mine = end - first;
  // Each comes or goes twice, as a charge and as a potential.
  EXPECT_EQ(plan.communication().caller_bytes, 2 * 8 * (here - staying + mine - staying));
}

/// Ghosts of an octant's own lists, whatever ghosts the geometry keeps for plans with other lists.
TEST(Communication, CountsTheGhostsOfEachPlan) {
  const ChargedPoints sample = deal_points(app::Distribution::sphere, 2000);
  const Kernel kernel = make_kernel("laplace");
  const OpenGeometry geometry(comm, kernel, {sample.points, {}, true}, {.order = 2, .points_per_leaf = 10});
  const Octree& tree = geometry.layout().essential.tree;
  for (const int order : {2, 4}) {
    const auto plan = geometry.plan(kernel, {.order = order, .precision = Precision::full});
    const Interactions& lists = *plan->interactions;
    std::int64_t multipoles = 0, locals = 0, sources = 0;
    for (Index i = 0; i < tree.size(); ++i) {
      if (geometry.layout().essential.is_owned(i)) continue;
      multipoles += lists.multipole_slot[usize(i)] >= 0 ? 1 : 0;
      locals += lists.local_slot[usize(i)] >= 0 ? 1 : 0;
      sources += lists.source_range[usize(i)].size();
    }
    const CommunicationCounts counts = count_communication(geometry.layout(), lists, kernel, order);
    EXPECT_EQ(counts.ghost_multipoles, multipoles);
    EXPECT_EQ(counts.ghost_locals, locals);
    EXPECT_EQ(counts.ghost_sources, sources);
  }
  EXPECT_EQ(geometry.shared->interactions.size(), 2U);
}

/// Every exchange of set-up, also through PETSc, goes by one communicator, which is made of the caller's by two calls.
TEST(Communication, OfASetUpUsesOneCommunicator) {
  for (const auto distribution : all_distributions) {
    const ChargedPoints sample = deal_points(distribution, 2000);
    std::optional<Plan> plan;
    const MpiCounts setup = count_mpi(
        [&] { plan.emplace(comm, make_kernel("laplace"), sample.points, Options{.order = 2, .points_per_leaf = 10}); });
    EXPECT_EQ(setup.of("MPI_Comm_dup"), 2);
    EXPECT_EQ(messages_of(*plan, sample.charges, sample.charges.size()).of("MPI_Comm_dup"), 0);
    EXPECT_EQ(count_mpi([&] { plan->update_points(sample.points); }).of("MPI_Comm_dup"), 0);
  }
}

}
}
