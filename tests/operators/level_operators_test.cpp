// SPDX-License-Identifier: BSD-3-Clause
#include "operators/level_operators.hpp"

#include <omp.h>

#include <numeric>

#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

/// The matrix that an operator applies, column by column: of leaves, from rows of a panel to others.
std::vector<double> entries_of(const LeafMatrix& matrix, const std::vector<int>& from, const std::vector<int>& to) {
  std::vector<double> entries;
  const std::size_t size = usize(matrix.panel_rows()) * panel_width;
  for (const int row : from) {
    AlignedVector<double> panel(size, 0.0), work(size, 0.0);
    panel[usize(row) * panel_width] = 1.0;
    matrix.apply(panel.data(), work.data());
    for (const int result : to) entries.push_back(panel[usize(result) * panel_width]);
  }
  return entries;
}

/// Of M2M from one child and L2L to another.
std::vector<double> entries_of_children(const LevelOperators& operators) {
  std::vector<double> entries;
  if (operators.m2m.empty()) return entries;
  Scratch scratch(operators, PointOperators(operators.kernel), 1);
  std::vector<double> unit(usize(std::max(operators.multipole_size(), operators.local_size())), 0.0);
  for (std::size_t column = 0; column < unit.size(); ++column) {
    std::vector<double> multipole(usize(operators.multipole_size()), 0.0), local(usize(operators.local_size()), 0.0);
    std::array<const double*, 8> from{nullptr, unit.data()};
    std::array<double*, 8> to{};
    to[7] = local.data();
    double* const parent = multipole.data();
    const double* const parent_local = unit.data();
    unit[column] = 1.0;
    m2m(operators, {&from, 1}, {&parent, 1}, scratch);
    l2l(operators, {&parent_local, 1}, {&to, 1}, scratch);
    unit[column] = 0.0;
    entries.insert(entries.end(), multipole.begin(), multipole.end());
    entries.insert(entries.end(), local.begin(), local.end());
  }
  return entries;
}

/// Entries of one operator of each kind.
std::vector<double> entries_of(const LevelOperators& operators) {
  std::vector<int> multipole(usize(operators.multipole_size())), local(usize(operators.local_size()));
  std::iota(multipole.begin(), multipole.end(), 0);
  std::iota(local.begin(), local.end(), 0);
  std::vector<double> entries = entries_of(operators.p2m, operators.p2m.places(), multipole);
  for (const std::vector<double>& more :
       {entries_of(operators.l2p, local, operators.l2p.places()), entries_of_children(operators)})
    entries.insert(entries.end(), more.begin(), more.end());
  return entries;
}

TEST(LevelOperators, SurfacesHaveTwoMorePointsPerEdgeOutside) {
  const Surfaces surfaces = make_surfaces(5);
  EXPECT_EQ(surfaces.inner.points_per_edge, 5);
  EXPECT_EQ(surfaces.outer.points_per_edge, 7);
  EXPECT_EQ(surfaces.inner.x.back(), 1.05);
  EXPECT_EQ(surfaces.outer.x.back(), 2.95);
}

TEST(LevelOperators, HomogeneousKernelsShareOneSet) {
  const auto levels = make_operators(make_kernel("laplace"), 3, 0.7, 3);
  ASSERT_EQ(levels.size(), 4U);
  for (const auto& level : levels) EXPECT_EQ(level, levels[0]);
}

TEST(LevelOperators, ServeOtherDepthsToo) {
  for (const char* name : {"laplace", "yukawa"}) {
    const Kernel kernel = without_identity(make_kernel(name));
    const auto shallow = make_operators(kernel, 3, 0.7, 0);
    const auto deeper = make_operators(kernel, 3, 0.7, 2, shallow);
    const auto deepest = make_operators(kernel, 3, 0.7, 4, deeper);
    ASSERT_EQ(deepest.size(), 5U);
    for (std::size_t level = 0; level < 5; ++level) {
      const bool kept = kernel.homogeneous || level < 2;
      EXPECT_EQ(level < 3 && deepest[level] == deeper[level], level < 3 && kept) << name << ' ' << level;
      EXPECT_EQ(deepest[level]->m2m.empty(), level == 4 && !kernel.homogeneous) << name << ' ' << level;
    }
    EXPECT_EQ(make_operators(kernel, 3, 0.7, 1, deepest), deepest);
  }
}

TEST(LevelOperators, OtherKernelsHaveOneSetPerLevel) {
  const auto levels = make_operators(make_kernel("yukawa", {.lambda = 2.0}), 3, 0.75, 3);
  ASSERT_EQ(levels.size(), 4U);
  for (std::size_t level = 0; level < 4; ++level) {
    PointCloud target = make_cloud(levels[level]->kernel, Box{{2.0, 0.0, 0.0}, 0.0}, 0.0, 1.0, 1, 1);
    PointCloud source = make_cloud(levels[level]->kernel, Box{{0.0, 0.0, 0.0}, 0.0}, 0.0, 1.0, 1, 1);
    source.charges = {1.0};
    add_direct(levels[level]->kernel, source, target);
    const double lambda = 2.0 * 0.75 / std::pow(2.0, static_cast<double>(level));
    EXPECT_NEAR(target.potentials[0], std::exp(-2.0 * lambda) / 25.132741228718345, 1e-16);
  }
}

TEST(LevelOperators, SymmetricKernelsGiveTransposedDownwardOperators) {
  for (const char* name : {"laplace", "stokeslet"}) {
    Kernel kernel = make_kernel(name);
    const auto by_transposition = make_operators(kernel, 4, 1.0, 1)[0];
    kernel.symmetric = false;
    kernel.identity.clear();
    const auto by_definition = make_operators(kernel, 4, 1.0, 1)[0];

    // The singular vectors may differ, the operator on a smooth field may not.
    Scratch scratch(*by_definition, PointOperators(kernel), 1);
    const PointCloud sources = make_cloud(kernel, Box{}, 3.0, 5.0, 30, 1);
    PointCloud surface = surface_cloud(kernel, by_definition->surfaces->inner, Box{});
    add_direct(kernel, sources, surface);
    for (std::size_t child = 0; child < 8; ++child) {
      std::array<std::vector<double>, 2> results;
      for (std::size_t i = 0; i < 2; ++i) {
        results[i].assign(surface.potentials.size(), 0.0);
        std::array<double*, 8> children{};
        children[child] = results[i].data();
        const double* const parent = surface.potentials.data();
        l2l(i == 0 ? *by_transposition : *by_definition, {&parent, 1}, {&children, 1}, scratch);
      }
      EXPECT_LT(relative_error(results[0], results[1]), 1e-11) << name << child;
    }
  }
}

TEST(LevelOperators, DoNotDependOnTheNumberOfThreads) {
  for (const char* name : {"yukawa", "stokes", "dipole", "oblique"}) {
    const int before = omp_get_max_threads();
    std::vector<std::vector<double>> entries;
    for (const int num_threads : {1, 3}) {
      omp_set_num_threads(num_threads);
      for (const auto& level : make_operators(without_identity(kernel_of(name)), 4, 1.0, 2))
        entries.push_back(entries_of(*level));
    }
    omp_set_num_threads(before);
    for (std::size_t level = 0; level < 3; ++level) EXPECT_EQ(entries[level], entries[level + 3]) << name << level;
  }
}

TEST(LevelOperators, StrongScreeningGivesZerosInsteadOfNaN) {
  for (const double lambda : {1e3, 1e6, 1e308}) {
    const auto levels = make_operators(make_kernel("yukawa", {.lambda = lambda}), 4, 1.0, 1);
    for (const auto& level : levels)
      for (const double entry : entries_of(*level)) ASSERT_EQ(entry, 0.0) << lambda;
  }
}

TEST(LevelOperators, ModerateScreeningGivesFiniteOperators) {
  for (const double lambda : {20.0, 100.0, 300.0}) {
    const auto levels = make_operators(make_kernel("yukawa", {.lambda = lambda}), 4, 1.0, 1);
    for (const double entry : entries_of(*levels[0])) ASSERT_TRUE(std::isfinite(entry)) << lambda;
  }
}

}
}
