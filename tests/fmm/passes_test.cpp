// SPDX-License-Identifier: BSD-3-Clause
// One evaluation in tree order, against sums over all pairs in long double.
#include "fmm/passes.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_SELF;

const Options options{.order = 7, .points_per_leaf = 20, .root_scale = 1.0, .precision = Precision::full};

/// Sources, and targets of their own where there are any; charges by the tree's order of sources.
struct Clouds {
  Points sources, targets;
  [[nodiscard]] CallerPoints points() const { return {sources, targets, targets.empty()}; }
};

std::vector<Clouds> all_clouds() {
  const Points cube = app::sample_points(app::Distribution::cube, 3, 0, 700);
  return {{app::sample_points(app::Distribution::plummer, 3, 0, 800), {}},
          {app::sample_points(app::Distribution::sphere, 3, 0, 800), cube}};
}

/// Back from the units of the cube to the caller's: [point][3].
Points in_callers_units(const Coordinates& points, Index count, double unit) {
  Points result;
  for (std::size_t i = 0; i < usize(count); ++i)
    result.insert(result.end(), {points.x[i] * unit, points.y[i] * unit, points.z[i] * unit});
  return result;
}

/// Evaluates unit charges of alternating signs that are in the working arrays already.
void run(Evaluation& e, bool with_gradients) {
  Evaluation::Values& values = e.one;
  e.make_room(1, with_gradients);
  clear_values(e, 1, with_gradients, values);
  for (std::size_t i = 0; i < values.charges.size(); ++i) values.charges[i] = i % 2 == 0 ? 1.0 : -0.5;
  evaluate_side_by_side(e, {e.kernel(),
                            values,
                            1,
                            1,
                            {e.layout.points.sources.view(), values.charges.data()},
                            {e.layout.points.targets().view(), values.potentials.data(),
                             with_gradients ? values.gradients.data() : nullptr}});
}

TEST(Passes, IsTheSumOverAllSources) {
  for (const Clouds& clouds : all_clouds())
    for (const char* name : {"laplace", "yukawa"}) {
      OpenPlan plan(comm, make_kernel(name, {.lambda = 2.0}), clouds.points(), options);
      Evaluation& e = plan.evaluation();
      run(e, true);
      const DomainPoints& points = plan.layout().points;
      const double unit = plan.layout().partition.root.unit;
      const std::vector<double> charges(e.one.charges.begin(), e.one.charges.begin() + points.num_sources);
      const Field exact = direct_field(name, 2.0, in_callers_units(points.sources, points.num_sources, unit), charges,
                                       in_callers_units(points.targets(), points.num_targets, unit));
      std::vector<double> potentials(e.one.potentials.begin(), e.one.potentials.end());
      std::vector<double> gradients(e.one.gradients.begin(), e.one.gradients.end());
      for (double& value : potentials) value /= unit;
      for (double& value : gradients) value /= unit * unit;
      EXPECT_LT(relative_l2(potentials, exact.potentials), 1e-6) << name;
      EXPECT_LT(relative_l2(gradients, exact.gradients), 1e-5) << name;
    }
}

/// A second evaluation does not add to the first, with or without gradients in between.
TEST(Passes, BeginsWithZeros) {
  const Clouds clouds = all_clouds()[1];
  OpenPlan plan(comm, make_kernel("laplace"), clouds.points(), options);
  Evaluation& e = plan.evaluation();
  run(e, true);
  const auto first = e.one.potentials;
  const auto gradients = e.one.gradients;
  run(e, false);
  run(e, true);
  EXPECT_EQ(e.one.potentials, first);
  EXPECT_EQ(e.one.gradients, gradients);
}

/// Two kernels on one layout keep their own numbers.
TEST(Passes, SharesALayoutWithOthers) {
  const Clouds clouds = all_clouds()[0];
  const OpenGeometry geometry(comm, make_kernel("laplace"), clouds.points(), options);
  const auto a = geometry.plan(make_kernel("laplace"), options),
             b = geometry.plan(make_kernel("stokeslet"), {.order = 3, .precision = Precision::full});
  run(*a->evaluation, true);
  const auto potentials = a->evaluation->one.potentials;
  run(*b->evaluation, true);
  EXPECT_EQ(a->evaluation->one.potentials, potentials);
  EXPECT_EQ(b->evaluation->one.potentials.size(), 3 * potentials.size());
  run(*a->evaluation, true);
  EXPECT_EQ(a->evaluation->one.potentials, potentials);
}

TEST(Passes, HasRoomForItsExpansions) {
  const Clouds clouds = all_clouds()[0];
  OpenPlan plan(comm, make_kernel("stokeslet"), clouds.points(),
                {.order = 3, .points_per_leaf = 20, .precision = Precision::full});
  Evaluation& e = plan.evaluation();
  const Index octants = plan.layout().essential.tree.size();
  EXPECT_EQ(e.multipoles.block(), 3 * (27 - 1));
  EXPECT_EQ(e.locals.block(), 3 * (27 - 1));
  PetscInt size = 0;
  VecGetLocalSize(e.multipoles.vector(comm), &size);
  EXPECT_EQ(size, octants * 78);
  EXPECT_TRUE(e.has_room(1, false));
  EXPECT_FALSE(e.has_room(1, true));
  EXPECT_FALSE(e.has_room(4, false));
  e.make_room(4, true);
  EXPECT_TRUE(e.has_room(4, true));
  EXPECT_GE(e.several.charges.capacity(), 12U * 800U);
  EXPECT_GE(e.several.gradients.capacity(), 36U * 800U);
  const auto lack = [&](auto& values) {
    std::decay_t<decltype(values)>().swap(values);
    EXPECT_FALSE(e.has_room(4, true));
    e.make_room(4, true);
    EXPECT_TRUE(e.has_room(4, true));
  };
  lack(e.several.charges);
  lack(e.several.potentials);
  lack(e.several.gradients);
  clear_values(e, 4, true, e.several);
  EXPECT_EQ(e.several.potentials, UnwrittenVector<double>(12U * 800U, 0.0));
}

/// M2L is in the numbers of the translations.
TEST(Passes, SumsM2lInThePrecisionOfTheOperators) {
  const Clouds clouds = all_clouds()[0];
  for (const Precision precision : {Precision::full, Precision::mixed}) {
    Options chosen = options;
    chosen.precision = precision;
    OpenPlan plan(comm, make_kernel("laplace"), clouds.points(), chosen);
    EXPECT_EQ(std::holds_alternative<M2lSweeps<float>>(plan.evaluation().m2l), precision == Precision::mixed);
  }
}

TEST(Passes, LetsGoOfTheTreeAndTakesItUpAgain) {
  const Clouds clouds = all_clouds()[0];
  OpenPlan plan(comm, make_kernel("laplace"), clouds.points(), options);
  Evaluation& e = plan.evaluation();
  run(e, false);
  const auto before = e.one.potentials;
  e.release();
  EXPECT_EQ(e.interactions, nullptr);
  EXPECT_TRUE(e.schedule.m2l.empty() && e.schedule.near_leaves.empty() && e.schedule.l2l.empty());
  EXPECT_TRUE(std::get<M2lSweeps<double>>(e.m2l).sweeps.empty());
  e.prepare(*plan.plan.interactions, 1);
  run(e, false);
  EXPECT_EQ(e.one.potentials, before);
}

TEST(Passes, LogsAllPhases) {
  const Clouds clouds = all_clouds()[0];
  OpenPlan plan(comm, make_kernel("laplace"), clouds.points(),
                {.order = 2, .points_per_leaf = 20, .precision = Precision::full});
  Evaluation& e = plan.evaluation();
  run(e, false);
  for (const Phase phase :
       {Phase::p2m, Phase::m2m, Phase::m2l, Phase::p2l, Phase::l2l, Phase::l2p, Phase::m2p, Phase::p2p}) {
    EXPECT_GT(e.log.time(phase).flops, 0.0) << phase_names[usize(phase)];
    EXPECT_GT(e.log.time(phase).seconds, 0.0) << phase_names[usize(phase)];
  }
}

}
}
