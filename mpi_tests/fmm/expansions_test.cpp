// SPDX-License-Identifier: BSD-3-Clause
// Multipoles and locals as users get them, against direct sums.
#include <gtest/gtest.h>

#include <set>

#include "support/expansion_blocks.hpp"
#include "support/open_plan.hpp"

namespace nearfar {
namespace {

using namespace expansion_blocks;

const MPI_Comm comm = MPI_COMM_WORLD;

TEST(Expansions, ReproduceDirectSumsToTheAccuracyOfTheOrder) {
  for (const std::string name : {"laplace", "yukawa", "stokeslet"}) {
    const Problem problem = uniform(name);
    for (const auto& [order, bound] : {std::pair{4, 2e-3}, {6, 4e-5}}) {
      if (name != "laplace" && order > 4) continue;  // which take longer
      Plan plan = problem.plan(options_of(order));
      EXPECT_EQ(plan.tree_statistics().octants_per_level[3], plan.tree_statistics().num_leaves);
      problem.apply(plan);
      const double of_multipoles = multipole_error(problem, plan.multipoles());
      const double of_locals = local_error(problem, plan.locals());
      EXPECT_LT(of_multipoles, bound) << name << " p = " << order;
      EXPECT_LT(of_locals, bound) << name << " p = " << order;
      EXPECT_GT(std::min(of_multipoles, of_locals), 1e-3 * bound) << name << " p = " << order;
    }
  }
}

TEST(Expansions, DoSoInBoxesOfAnySizeAnywhere) {
  Problem problem = uniform();
  for (const double scale : {1e-3, 3e8}) {
    for (double& x : problem.points) x = scale * (x - 7.0);
    Plan plan = problem.plan(options_of(6));
    problem.apply(plan);
    EXPECT_LT(multipole_error(problem, plan.multipoles()), 4e-5) << scale;
    EXPECT_LT(local_error(problem, plan.locals()), 4e-5) << scale;
  }
}

TEST(Expansions, HoldTheSurfaceThatIsDescribed) {
  Plan plan = uniform().plan(options_of(5));
  const auto surfaces = plan.multipoles().surfaces;
  EXPECT_EQ(surfaces, plan.locals().surfaces);
  EXPECT_EQ(std::ssize(surfaces), plan.tree_statistics().depth + 1);
  for (const auto& surface : surfaces) {
    EXPECT_EQ(surface.size(), 6U * 16U + 2U);
    for (const auto& point : surface)
      EXPECT_DOUBLE_EQ(std::max({std::abs(point[0]), std::abs(point[1]), std::abs(point[2])}), 1.05);
  }
}

/// Charges far from one, whose expansions are scaled; each apply after the values of the one before were asked for.
TEST(Expansions, AreThoseOfChargesOfAnyMagnitude) {
  const Problem problem = uniform();
  for (const Precision precision : {Precision::full, Precision::mixed}) {
    Plan plan = problem.plan(options_of(5, precision)), undisturbed = problem.plan(options_of(5, precision));
    for (const double magnitude : {1e-200, 1.0, 1e100, 1e-3}) {
      std::vector<double> potentials(problem.numbers.size()), wanted = potentials;
      plan.apply(problem.own_charges(magnitude), potentials);
      undisturbed.apply(problem.own_charges(magnitude), wanted);
      EXPECT_EQ(potentials, wanted) << "the vectors disturb nothing";
      const std::vector<double> multipoles = values_of(plan.multipoles()), locals = values_of(plan.locals());
      EXPECT_LT(multipole_error(problem, plan.multipoles(), magnitude), 4e-4) << magnitude;
      EXPECT_LT(local_error(problem, plan.locals(), magnitude), 4e-4) << magnitude;
      EXPECT_EQ(values_of(plan.multipoles()), multipoles) << "asked for again";
      EXPECT_EQ(values_of(plan.locals()), locals);
    }
  }
}

TEST(Expansions, OfSeveralVectorsAreThoseOfTheLast) {
  const Problem problem = uniform();
  const std::size_t count = problem.numbers.size();
  const std::vector<double> own = problem.own_charges();
  for (const std::size_t num_vectors : {2U, 3U, 9U}) {
    Plan plan = problem.plan(options_of(5));
    std::vector<double> charges(count * num_vectors), potentials(count * num_vectors);
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t v = 0; v < num_vectors; ++v)
        charges[i * num_vectors + v] =
            v + 1 == num_vectors ? 1e-50 * own[i] : std::pow(10.0, 10.0 * static_cast<double>(v)) * std::cos(own[i]);
    plan.apply(charges, potentials, {}, static_cast<int>(num_vectors));
    EXPECT_LT(multipole_error(problem, plan.multipoles(), 1e-50), 4e-4) << num_vectors;
    EXPECT_LT(local_error(problem, plan.locals(), 1e-50), 4e-4) << num_vectors;
  }
}

/// Far sources of a leaf of any tree: all but those in its U list and in octants of its W list.
TEST(Expansions, OfLeavesLeaveOutWhatNearFieldAndWListsAdd) {
  const Problem problem(app::Distribution::plummer, 3000);
  OpenPlan open(comm, problem.kernel, {problem.own_points(), {}, true}, {.order = 6, .points_per_leaf = 20});
  std::vector<double> potentials(problem.numbers.size());
  open.plan.apply({problem.own_charges(), potentials, {}});
  const Interactions& lists = *open.evaluation().interactions;
  const Coordinates& sources = open.layout().points.sources;
  const double unit = open.layout().partition.root.unit;
  std::vector<double> values = values_of(open.plan.blocks(&Evaluation::locals, 1));
  const ExpansionBlocks blocks = open.plan.blocks(&Evaluation::locals, 1);
  int num_with_w = 0, num_leaves = 0;
  for (Index t = 0; t < size_of(lists.targets); ++t) {
    const Index index = lists.targets[usize(t)];
    const OctantRecord& record = open.layout().essential.tree.octants[usize(index)];
    if (record.leaf == 0 || level_of(record.key) < 2 || lists.far_field_of(index) != index) continue;
    if (t % 7 != 0 && (lists.w[t].empty() || t % 3 != 0)) continue;
    std::set<std::array<double, 3>> near;
    for (const IndexRange range : lists.near[t])
      for (auto i = usize(range.begin); i < usize(range.end); ++i)
        near.insert({unit * sources.x[i], unit * sources.y[i], unit * sources.z[i]});
    const Octant& octant = blocks.octants[usize(record.slot)];
    EXPECT_EQ(octant_key(octant.position, octant.level), record.key);
    const std::vector<double> wanted =
        problem.direct(around(octant, blocks.surfaces[usize(octant.level)], 1.0), [&](const double* point) {
          const auto holds = [&](Index member) { return lies_in(open.layout().octant(member), point); };
          return !near.contains({point[0], point[1], point[2]}) &&
                 std::none_of(lists.w[t].begin(), lists.w[t].end(), holds);
        });
    const std::span<double> local =
        std::span(values).subspan(usize(record.slot) * blocks.surfaces.front().size(), blocks.surfaces.front().size());
    for (double& value : local) value *= problem.kernel.scale / (0.5 * octant.side);
    EXPECT_LT(relative_l2(local, wanted), 2e-5) << "level " << octant.level;
    num_with_w += lists.w[t].empty() ? 0 : 1;
    ++num_leaves;
  }
  EXPECT_GT(all_sum(comm, num_leaves), 50);
  EXPECT_GT(all_sum(comm, num_with_w), 10);
}

TEST(Expansions, FollowThePoints) {
  Problem problem = uniform();
  Plan plan = problem.plan(options_of(5));
  for (const double shift : {0.0, 0.3, -4.0}) {
    for (double& x : problem.points) x = std::fmod(x + 0.37, 1.0) + shift;
    plan.update_points(problem.own_points());
    EXPECT_TRUE(all_zeros(values_of(plan.locals())));
    problem.apply(plan, 1e100);
    EXPECT_LT(multipole_error(problem, plan.multipoles(), 1e100), 4e-4) << shift;
    EXPECT_LT(local_error(problem, plan.locals(), 1e100), 4e-4) << shift;
    for (double& x : problem.points) x -= shift;
  }
}

}
}
