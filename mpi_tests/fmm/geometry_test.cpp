// SPDX-License-Identifier: BSD-3-Clause
// Plans that share a geometry give what they give alone, in any company.
#include "nearfar/geometry.hpp"

#include <gtest/gtest.h>

#include "comm/mpi.hpp"
#include "support/moving_points.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// One of several plans on the same points.
struct Member {
  Kernel kernel;
  Options options;
  int num_vectors = 1;
};

const std::vector<Member>& members() {
  // They differ in the kernel, the order, the precision and the limit of direct sums, one at a time or all at once.
  static const std::vector<Member> all{
      {make_kernel("laplace"), {.order = 5, .precision = Precision::full}},
      {make_kernel("yukawa", {.lambda = 2.0}), {.order = 5, .precision = Precision::full}},
      {make_kernel("stokeslet"), {.order = 3, .precision = Precision::full}},
      {make_kernel("laplace"), {.order = 3, .precision = Precision::mixed}},
      {make_kernel("laplace"), {.order = 4, .precision = Precision::full, .num_vectors = 8}, 8},
  };
  return all;
}

const Options tree_options{.order = 5, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full};

Options with_tree(Options options) {
  options.points_per_leaf = tree_options.points_per_leaf;
  options.root_scale = tree_options.root_scale;
  return options;
}

/// Sums in single precision depend on where pairs meet.
double bound_of(const Member& member) { return member.options.precision == Precision::mixed ? 1e-6 : 1e-13; }

/// Sources, and targets that may be others.
struct Problem {
  ChargedPoints sources;
  Points targets;
  bool same = true;

  [[nodiscard]] std::size_t num_targets() const { return same ? sources.charges.size() : targets.size() / 3; }
  [[nodiscard]] Geometry geometry(const Options& options = tree_options) const {
    const Kernel kernel = members()[0].kernel;
    return same ? Geometry(comm, sources.points, kernel, options)
                : Geometry(comm, sources.points, targets, kernel, options);
  }
  [[nodiscard]] Field alone(const Member& member) const {
    const Options options = with_tree(member.options);
    Plan plan = same ? Plan(comm, member.kernel, sources.points, options)
                     : Plan(comm, member.kernel, sources.points, targets, options);
    return apply(plan, member);
  }
  [[nodiscard]] Field apply(Plan& plan, const Member& member) const {
    return nearfar::apply(plan, member.kernel, charges_for(sources, member.kernel.source_dim * member.num_vectors),
                          num_targets(), member.num_vectors);
  }
};

void expect_identical(const Field& a, const Field& b, const std::string& what) {
  EXPECT_TRUE(a.potentials == b.potentials && a.gradients == b.gradients) << what;
}

/// Each plan is applied before the next is made, then all in turn, forth and back.
void expect_members_as_alone(const Problem& problem) {
  const Geometry geometry = problem.geometry();
  std::vector<Plan> plans;
  std::vector<Field> first;
  for (const Member& member : members()) {
    plans.emplace_back(geometry, member.kernel, member.options);
    first.push_back(problem.apply(plans.back(), member));
  }
  for (const bool back : {false, true})
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const std::size_t k = back ? plans.size() - 1 - i : i;
      expect_identical(problem.apply(plans[k], members()[k]), first[k], "again: " + std::to_string(k));
    }
  for (std::size_t k = 0; k < plans.size(); ++k) {
    expect_same(first[k], problem.alone(members()[k]), "alone: " + std::to_string(k), bound_of(members()[k]));
    EXPECT_EQ(plans[k].tree_statistics().checksum, geometry.tree_statistics().checksum);
  }
}

TEST(Geometry, ItsPlansGiveWhatTheyGiveAlone) {
  expect_members_as_alone({deal_points(app::Distribution::sphere, 2500), {}, true});
}

TEST(Geometry, ItsPlansDoSoWithTargetsOfTheirOwn) {
  const ChargedPoints sources = deal_points(app::Distribution::plummer, 1200);
  const Points targets = deal_points(app::Distribution::sphere, 1500).points;
  expect_members_as_alone({sources, targets, false});
}

TEST(Geometry, ItsPlansDoSoWhereRanksHaveNoPoints) {
  expect_members_as_alone({deal_points(app::Distribution::cube, 60, Deal::all_on_last), {}, true});
  expect_members_as_alone({deal_points(app::Distribution::sphere, 700, Deal::odd_ranks), {}, true});
}

TEST(Geometry, OfNoPointsHasPlansThatGiveNothing) {
  Geometry geometry(comm, {}, make_kernel("laplace"), {.order = 4});
  Plan first(geometry, make_kernel("laplace"), {.order = 4}), second(geometry, make_kernel("yukawa"), {.order = 6});
  for (int i = 0; i < 2; ++i) {
    for (Plan* plan : {&first, &second}) EXPECT_NO_THROW(plan->apply({}, {}));
    EXPECT_TRUE(geometry.leaves().empty());
    EXPECT_TRUE(geometry.source_numbers().empty());
    EXPECT_EQ(geometry.tree_statistics().num_sources, 0);
    geometry.update_points({});
  }
}

TEST(Geometry, IsCopiedWithAllThatItHas) {
  const Problem problem{deal_points(app::Distribution::cube, 1500), {}, true};
  Geometry geometry = problem.geometry();
  Geometry copy = geometry;
  Plan plan(copy, members()[1].kernel, members()[1].options);
  const Points there = moved(problem.sources.points, 0.1, 3);
  geometry.update_points(there);
  const Problem after{{there, problem.sources.charges}, {}, true};
  expect_same(after.apply(plan, members()[1]), after.alone(members()[1]), "through the copy", 1e-13);
}

/// Plans may ask for the tree that is there, or leave it open.
TEST(Geometry, RefusesPlansThatAskForAnotherTree) {
  const Problem problem{deal_points(app::Distribution::cube, 1000), {}, true};
  const Geometry geometry = problem.geometry();
  const Kernel kernel = make_kernel("yukawa", {.lambda = 2.0});
  const auto make = [&](const Options& options) { return Plan(geometry, kernel, options); };
  for (const Options& options :
       {Options{.order = 5, .points_per_leaf = 31}, Options{.order = 5, .root_scale = 1.2},
        Options{.order = 5, .points_per_leaf = 29, .root_scale = 1.1},
        Options{.order = 5, .points_per_leaf = 30, .root_scale = 1.0}, Options{.order = 17}, Options{.num_vectors = 0}})
    EXPECT_THROW(make(options), UsageError) << options.points_per_leaf << ' ' << options.root_scale;
  for (const Options& options :
       {Options{.order = 5}, Options{.order = 5, .points_per_leaf = 30}, Options{.order = 5, .root_scale = 1.1},
        Options{.order = 5, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full}}) {
    Plan plan = make(options);
    EXPECT_EQ(plan.options().points_per_leaf, 30);
    EXPECT_EQ(plan.options().root_scale, 1.1);
    expect_same(problem.apply(plan, members()[1]), problem.alone(members()[1]), "accepted", 1e-13);
  }
}

/// What all ranks must agree on, asked for in another way by one of them.
TEST(Geometry, RefusesPlansThatDifferBetweenRanks) {
  if (size_of_communicator(comm) == 1) GTEST_SKIP() << "one rank agrees with itself";
  const Problem problem{deal_points(app::Distribution::cube, 500), {}, true};
  const Geometry geometry = problem.geometry();
  const bool first = rank_of(comm) == 0;
  const auto make = [&](const char* kernel, int order, int points_per_leaf) {
    return Plan(geometry, make_kernel(kernel), {.order = order, .points_per_leaf = points_per_leaf});
  };
  EXPECT_THROW(make("laplace", first ? 4 : 5, 0), UsageError);
  EXPECT_THROW(make(first ? "laplace" : "yukawa", 4, 0), UsageError);
  EXPECT_THROW(make("laplace", 4, first ? 30 : 0), UsageError);
  EXPECT_NO_THROW(make("laplace", 4, 30));
}

/// The tolerance is a plan's own: what a geometry was tuned for does not decide on order and precision.
TEST(Geometry, LeavesTheAccuracyToItsPlans) {
  const Problem problem{deal_points(app::Distribution::cube, 1000), {}, true};
  const Geometry geometry = problem.geometry({.tolerance = 1e-3, .lists_only = true});
  const Plan plan(geometry, make_kernel("stokeslet"), {.tolerance = 1e-8, .num_vectors = 3, .lists_only = true});
  const Plan by_default(geometry, make_kernel("laplace"), {.lists_only = true});
  const Plan wanted(comm, make_kernel("stokeslet"), problem.sources.points, {.tolerance = 1e-8, .lists_only = true});
  EXPECT_EQ(plan.options().order, wanted.options().order);
  EXPECT_EQ(plan.options().precision, Precision::full);
  EXPECT_EQ(plan.options().num_vectors, 3);
  EXPECT_EQ(by_default.options().tolerance, 1e-6);
  EXPECT_GT(by_default.options().order, geometry.options().order);
  for (const Plan* each : {&plan, &by_default}) {
    EXPECT_EQ(each->options().points_per_leaf, geometry.options().points_per_leaf);
    EXPECT_EQ(each->options().root_scale, geometry.options().root_scale);
  }
}

TEST(Geometry, OfListsOnlyServesPlansOfBothKinds) {
  const Problem problem{deal_points(app::Distribution::cube, 1500), {}, true};
  Options lists_only = tree_options;
  lists_only.lists_only = true;
  const Geometry geometry = problem.geometry(lists_only);
  Plan lists(geometry, members()[0].kernel, {.order = 5, .lists_only = true});
  Plan whole(geometry, members()[0].kernel, members()[0].options);
  EXPECT_THROW(static_cast<void>(problem.apply(lists, members()[0])), UsageError);
  expect_same(problem.apply(whole, members()[0]), problem.alone(members()[0]), "whole", 1e-13);
  EXPECT_GT(lists.memory_estimate_bytes(), 0);
  EXPECT_EQ(lists.communication().bytes, whole.communication().bytes);
  whole.update_points(problem.sources.points, {}, Balance::measured);
  EXPECT_THROW(static_cast<void>(problem.apply(lists, members()[0])), UsageError);
  expect_same(problem.apply(whole, members()[0]), problem.alone(members()[0]), "after an update", 1e-13);
}

/// A geometry is cut as it is told, without balancing.
TEST(Geometry, IsCutWhereItIsTold) {
  const Problem problem{deal_points(app::Distribution::plummer, 3000), {}};
  const Kernel kernel = make_kernel("laplace");
  std::vector<std::int64_t> cuts = problem.geometry().cuts();
  const auto num_ranks = static_cast<std::size_t>(size_of_communicator(comm));
  ASSERT_EQ(cuts.size(), 3 * (num_ranks - 1));
  const auto make = [&] { return Geometry(comm, problem.sources.points, kernel, tree_options, cuts); };
  EXPECT_EQ(make().cuts(), cuts);
  cuts.assign(cuts.size(), 0);  // all points on the last rank
  Geometry uneven = make();
  EXPECT_EQ(!uneven.source_numbers().empty(), usize(rank_of(comm)) + 1 == num_ranks);
  cuts.push_back(0);
  EXPECT_THROW(make(), UsageError) << "too many numbers";
  if (num_ranks > 1) {
    cuts.assign(3 * (num_ranks - 1), rank_of(comm));
    EXPECT_THROW(make(), UsageError) << "not the same on all ranks";
    cuts.assign(cuts.size(), -1);
    EXPECT_THROW(make(), UsageError) << "no key";
  }
}

}
}
