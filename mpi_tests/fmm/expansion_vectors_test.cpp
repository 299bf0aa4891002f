// SPDX-License-Identifier: BSD-3-Clause
// The vectors and octants of multipoles and locals as users get them.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <new>

#include "support/expansion_blocks.hpp"
#include "support/keys.hpp"
#include "support/open_plan.hpp"

namespace nearfar {
namespace {

using namespace expansion_blocks;

const MPI_Comm comm = MPI_COMM_WORLD;

TEST(ExpansionVectors, AreTheMemoryThatTheOperatorsWorkOn) {
  const Problem problem = uniform();
  OpenPlan open(comm, problem.kernel, {problem.own_points(), {}, true}, options_of(4));
  for (Expansions Evaluation::*which : {&Evaluation::multipoles, &Evaluation::locals}) {
    const ExpansionBlocks blocks = open.plan.blocks(which, 1);
    EXPECT_EQ(open.plan.blocks(which, 1).values, blocks.values);
    const PetscScalar* values = nullptr;
    CALL(VecGetArrayRead(blocks.values, &values));
    EXPECT_EQ(values, (open.evaluation().*which).data());
    CALL(VecRestoreArrayRead(blocks.values, &values));
    int result = MPI_UNEQUAL;
    CALL(MPI_Comm_compare(PetscObjectComm(reinterpret_cast<PetscObject>(blocks.values)), comm, &result));
    EXPECT_EQ(result, MPI_CONGRUENT);
  }
}

/// Blocks of all ranks by key.
std::map<OctantKey, std::vector<double>> gathered(const ExpansionBlocks& blocks, MPI_Comm communicator) {
  const std::vector<double> values = values_of(blocks);
  std::vector<OctantKey> own;
  for (const Octant& octant : blocks.octants) own.push_back(octant_key(octant.position, octant.level));
  EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
  const std::vector<double> all_values = all_gather_lists(communicator, values);
  const std::vector<OctantKey> keys = all_gather_lists(communicator, own);
  const std::size_t size = blocks.surfaces.front().size() * usize(blocks.components);
  std::map<OctantKey, std::vector<double>> by_key;
  for (std::size_t b = 0; b < keys.size(); ++b) {
    const auto begin = all_values.begin() + static_cast<std::ptrdiff_t>(b * size);
    EXPECT_TRUE(by_key.emplace(keys[b], std::vector(begin, begin + static_cast<std::ptrdiff_t>(size))).second)
        << name_of(keys[b]) << " twice";
  }
  return by_key;
}

TEST(ExpansionVectors, DoNotDependOnTheNumberOfRanks) {
  const Problem problem(app::Distribution::plummer, 3000);
  Plan many = problem.plan(options_of(5));
  Plan one(MPI_COMM_SELF, problem.kernel, problem.points, options_of(5));
  problem.apply(many);
  std::vector<double> potentials(problem.charges.size());
  one.apply(problem.charges, potentials);
  for (const auto which : {&Plan::multipoles, &Plan::locals}) {
    const auto blocks = gathered((many.*which)(), comm), wanted = gathered((one.*which)(), MPI_COMM_SELF);
    EXPECT_EQ(std::ssize(blocks), many.tree_statistics().num_octants);
    ASSERT_EQ(blocks.size(), wanted.size());
    for (const auto& [key, values] : wanted) {
      ASSERT_TRUE(blocks.contains(key)) << name_of(key);
      if (all_zeros(values))
        EXPECT_TRUE(all_zeros(blocks.at(key)));
      else
        EXPECT_LT(relative_l2(blocks.at(key), values), 1e-10) << name_of(key);
    }
  }
}

/// Of octants that begin beyond `limit` along that axis, all blocks are zeros, and many others are not.
void expect_zeros_beyond(const ExpansionBlocks& blocks, double limit, std::size_t axis) {
  const std::vector<double> values = values_of(blocks);
  const std::size_t size = blocks.surfaces.front().size();
  int empty = 0, full = 0;
  for (std::size_t b = 0; b < blocks.octants.size(); ++b) {
    const bool zeros = all_zeros(std::span(values).subspan(b * size, size));
    if (blocks.octants[b].lower[axis] > limit) {
      EXPECT_TRUE(zeros) << "level " << blocks.octants[b].level;
      ++empty;
    }
    full += zeros ? 0 : 1;
  }
  EXPECT_GT(all_sum(comm, empty), 50);
  EXPECT_GT(all_sum(comm, full), 50);
}

TEST(ExpansionVectors, AreZerosBeforeAnApplyAndWhereThereAreNoSourcesOrTargets) {
  const Problem problem = uniform();
  Points sources = problem.own_points(), targets = sources;
  for (std::size_t i = 0; i < sources.size(); i += 3) {
    sources[i] *= 0.5;
    targets[i + 1] *= 0.5;
  }
  Plan plan(comm, problem.kernel, sources, targets, options_of(4));
  for (const std::size_t axis : {0U, 1U, 0U}) {
    for (const auto which : {&Plan::multipoles, &Plan::locals})
      EXPECT_TRUE(all_zeros(values_of((plan.*which)()))) << "before an apply";
    problem.apply(plan, 1e30);
    expect_zeros_beyond(plan.multipoles(), 0.51, axis);
    expect_zeros_beyond(plan.locals(), 0.51, 1 - axis);
    std::swap(sources, targets);
    plan.update_points(sources, targets);
  }
}

TEST(ExpansionVectors, TellPetscThatTheyHaveChanged) {
  const Problem problem = uniform();
  Plan plan = problem.plan(options_of(4));
  for (const auto which : {&Plan::multipoles, &Plan::locals}) {
    PetscReal once = 0.0, twice = 0.0;
    problem.apply(plan);
    CALL(VecNorm((plan.*which)().values, NORM_2, &once));
    problem.apply(plan, 2.0);
    CALL(VecNorm((plan.*which)().values, NORM_2, &twice));
    EXPECT_GT(once, 0.0);
    EXPECT_DOUBLE_EQ(twice, 2.0 * once);
  }
}

TEST(ExpansionVectors, CanBeSavedAndLoaded) {
  for (const std::size_t count : {2000U, 20U}) {  // of few points some ranks have no octants
    const Problem problem(app::Distribution::cube, count);
    Plan plan = problem.plan(options_of(4));
    problem.apply(plan);
    const std::string name = temporary_name("expansions.bin");
    const std::array saved{plan.multipoles().values, plan.locals().values};
    PetscViewer viewer = nullptr;
    CALL(PetscViewerBinaryOpen(comm, name.c_str(), FILE_MODE_WRITE, &viewer));
    for (Vec vec : saved) CALL(VecView(vec, viewer));
    CALL(PetscViewerDestroy(&viewer));
    CALL(PetscViewerBinaryOpen(comm, name.c_str(), FILE_MODE_READ, &viewer));
    for (Vec vec : saved) {
      Owned<Vec> loaded;
      CALL(VecDuplicate(vec, &loaded));
      CALL(VecLoad(loaded, viewer));
      PetscBool equal = PETSC_FALSE;
      CALL(VecEqual(loaded, vec, &equal));
      EXPECT_TRUE(equal);
    }
    CALL(PetscViewerDestroy(&viewer));
    CALL(MPI_Barrier(comm));
    if (rank_of(comm) == 0)
      for (const char* end : {"", ".info"}) std::remove((name + end).c_str());
  }
}

/// A plan that cannot follow the points.
struct Unable final : GeometryUser {
  [[nodiscard]] bool is_homogeneous() const override { return true; }
  [[nodiscard]] PhaseWork measured() const override { return {}; }
  void release() override {}
  void refresh() override { throw Error("unable"); }
};

TEST(ExpansionVectors, AreRefusedWhereThereAreNoneOnAllRanks) {
  const Problem problem = uniform();
  Plan lists = problem.plan({.order = 4, .lists_only = true});
  EXPECT_THROW((void)lists.multipoles(), UsageError);
  EXPECT_THROW((void)lists.locals(), UsageError);

  OpenPlan open(comm, problem.kernel, {problem.own_points(), {}, true}, options_of(4));
  const PetscInt own = [&] {
    PetscInt size = 0;
    CALL(VecGetLocalSize(open.plan.blocks(&Evaluation::locals, 1).values, &size));
    return size;
  }();
  const std::int64_t all = all_sum(comm, std::int64_t{own});
  Plan plan(Geometry(open.geometry), problem.kernel, options_of(4));
  OpenPlan other(comm, problem.kernel, {problem.own_points(), {}, true}, options_of(4));
  EXPECT_THROW((void)other.evaluation().locals.vector(comm, all - 1), UsageError);
  EXPECT_NE(other.evaluation().locals.vector(comm, all), nullptr);

  Unable unable;
  open.geometry->users.push_back(&unable);
  EXPECT_THROW(plan.update_points(problem.own_points()), std::runtime_error);
  EXPECT_THROW((void)plan.multipoles(), UsageError);
  EXPECT_THROW((void)plan.locals(), UsageError);
}

}
}
