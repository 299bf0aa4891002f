// SPDX-License-Identifier: BSD-3-Clause
// Points, kernels and direct sums for the tests of the operators.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/types.hpp"
#include "operators/operators.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {

/// Points with charges, or with room for results.
struct PointCloud {
  std::vector<double> x, y, z;
  std::vector<double> charges;
  std::vector<double> potentials, gradients;

  [[nodiscard]] Index size() const { return size_of(x); }
  [[nodiscard]] IndexRange all() const { return {0, size()}; }
  [[nodiscard]] PointArrays points() const { return {x.data(), y.data(), z.data()}; }
  [[nodiscard]] SourceArrays sources() const { return {points(), charges.data()}; }
  [[nodiscard]] TargetArrays targets(bool with_gradients) {
    return {points(), potentials.data(), with_gradients ? gradients.data() : nullptr};
  }
};

/// Random points whose distance from the box's centre, by the largest coordinate and in half widths, lies in
/// [nearest, farthest].
inline PointCloud make_cloud(const Kernel& kernel, const Box& box, double nearest, double farthest, int size,
                             unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> position(-farthest, farthest), charge(-0.5, 0.5);
  PointCloud cloud;
  while (cloud.size() < size) {
    const double x = position(random), y = position(random), z = position(random);
    if (std::max({std::abs(x), std::abs(y), std::abs(z)}) < nearest) continue;
    cloud.x.push_back(box.centre[0] + x * box.half_width);
    cloud.y.push_back(box.centre[1] + y * box.half_width);
    cloud.z.push_back(box.centre[2] + z * box.half_width);
  }
  cloud.charges.resize(usize(size * kernel.source_dim));
  for (double& value : cloud.charges) value = charge(random);
  cloud.potentials.assign(usize(size * kernel.target_dim), 0.0);
  cloud.gradients.assign(3 * cloud.potentials.size(), 0.0);
  return cloud;
}

/// A surface around a box in the coordinates of the points, as targets or, with charges, as sources.
inline PointCloud surface_cloud(const Kernel& kernel, const Surface& surface, const Box& box) {
  PointCloud cloud;
  for (std::size_t i = 0; i < surface.grid.size(); ++i) {
    cloud.x.push_back(box.centre[0] + surface.x[i] * box.half_width);
    cloud.y.push_back(box.centre[1] + surface.y[i] * box.half_width);
    cloud.z.push_back(box.centre[2] + surface.z[i] * box.half_width);
  }
  cloud.charges.assign(surface.grid.size() * usize(kernel.source_dim), 0.0);
  cloud.potentials.assign(surface.grid.size() * usize(kernel.target_dim), 0.0);
  cloud.gradients.assign(3 * cloud.potentials.size(), 0.0);
  return cloud;
}

/// Adds direct sums of the kernel to a cloud's potentials and gradients.
inline void add_direct(const Kernel& kernel, const PointCloud& sources, PointCloud& targets) {
  const IndexRange all = sources.all();
  PairSum sum;
  sum.targets = targets.points();
  sum.num_targets = targets.size();
  sum.sources = sources.points();
  sum.charges = sources.charges.data();
  sum.source_ranges = {&all, 1};
  sum.potentials = targets.potentials.data();
  sum.gradients = targets.gradients.data();
  kernel.add_sums(sum);
}

/// |computed - exact| / |exact| in the Euclidean norm.
inline double relative_error(const std::vector<double>& computed, const std::vector<double>& exact) {
  EXPECT_EQ(computed.size(), exact.size());
  double difference = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    difference += (computed[i] - exact[i]) * (computed[i] - exact[i]);
    norm += exact[i] * exact[i];
  }
  return std::sqrt(difference / norm);
}

/// SampledFields for several sets of charges, one after the other: relative errors of a single random set vary too
/// much, as its field may be small by chance.
struct SampledFields {
  std::vector<double> potentials, gradients;
  void append(const PointCloud& cloud) {
    potentials.insert(potentials.end(), cloud.potentials.begin(), cloud.potentials.end());
    gradients.insert(gradients.end(), cloud.gradients.begin(), cloud.gradients.end());
  }
};
inline constexpr unsigned num_charge_sets = 12;

/// Operators of levels 0 to 2 of a tree with a root of odd size.
inline constexpr double root_half_width = 0.75;

struct OperatorCase {
  const char* kernel;
  int order;
  std::size_t level;  ///< of the box, or of the parent
  double bound;       ///< of the relative error of potentials
  double gradient_bound = 0.0;
};

/// Laplace's kernel of distances that count 1.3 times along y: mirrors leave it as it is, turns do not.
inline Kernel stretched_kernel() {
  Kernel kernel = make_kernel("laplace");
  kernel.identity.clear();
  kernel.has_gradients = false;
  kernel.add_sums = [add = kernel.add_sums](PairSum sum) {
    Index num_sources = 0;
    for (const IndexRange range : sum.source_ranges) num_sources = std::max(num_sources, range.end);
    const auto stretched = [](const double* y, Index count) {
      std::vector<double> result(y, y + count);
      for (double& coordinate : result) coordinate *= 1.3;
      return result;
    };
    const auto of_targets = stretched(sum.targets.y, sum.num_targets),
               of_sources = stretched(sum.sources.y, num_sources);
    sum.targets.y = of_targets.data();
    sum.sources.y = of_sources.data();
    add(sum);
  };
  kernel.in_units_of = [](double) { return stretched_kernel(); };
  return kernel;
}

inline Kernel kernel_of(const std::string& name) {
  if (name == "one") return one_kernel();
  if (name == "dipole") return dipole_kernel();
  if (name == "stokes") return stokes_kernel();
  if (name == "oblique") return oblique_kernel();
  if (name == "stretched") return stretched_kernel();
  // As strong on the root here as lambda = 10 is on the boxes of level 2 of the unit cube, the largest with M2L.
  return make_kernel(name, {.lambda = 1.25 / root_half_width});
}

inline std::string name_of(const testing::TestParamInfo<OperatorCase>& test) {
  return std::string(test.param.kernel) + std::to_string(test.param.order) + "_level" +
         std::to_string(test.param.level);
}

using Levels = std::vector<std::shared_ptr<const LevelOperators>>;

/// The operators of a kernel, made once for all tests.
inline const Levels& operators_of(const std::string& kernel, int order) {
  static std::map<std::pair<std::string, int>, Levels> made;
  Levels& levels = made[{kernel, order}];
  if (levels.empty()) levels = make_operators(kernel_of(kernel), order, root_half_width, 2);
  return levels;
}

/// A kernel, its operators and one box on each level. The boxes are nested: each is child 5 of the one before.
class OperatorTest : public testing::TestWithParam<OperatorCase> {
 protected:
  void SetUp() override {
    kernel = kernel_of(GetParam().kernel);
    levels = operators_of(GetParam().kernel, GetParam().order);
    boxes[0] = {{0.3, -0.2, 0.1}, root_half_width};
    for (std::size_t level = 1; level < 3; ++level) boxes[level] = child_of(boxes[level - 1], 5);
  }
  static Box child_of(const Box& parent, int child) {
    Box result{parent.centre, 0.5 * parent.half_width};
    for (std::size_t axis = 0; axis < 3; ++axis)
      result.centre[axis] += (child >> axis & 1 ? 0.5 : -0.5) * parent.half_width;
    return result;
  }
  [[nodiscard]] const LevelOperators& operators(std::size_t level) const { return *levels[level]; }
  [[nodiscard]] PointOperators points(std::size_t level) const { return PointOperators(operators(level).kernel); }

  /// The multipole of sources in a box.
  [[nodiscard]] std::vector<double> multipole_of(const PointCloud& sources, std::size_t level, const Box& box) const {
    std::vector<double> multipole(usize(operators(level).multipole_size()), 1e9);
    Scratch scratch(operators(level), points(level), sources.size());
    const IndexRange range = sources.all();
    double* const output = multipole.data();
    p2m(operators(level), points(level), {&box, 1}, {&range, 1}, sources.sources(), {&output, 1}, scratch);
    return multipole;
  }

  /// The local of far sources by its definition, not by an operator.
  [[nodiscard]] std::vector<double> exact_local(const PointCloud& sources, std::size_t level, const Box& box) const {
    PointCloud surface = surface_cloud(kernel, operators(level).surfaces->inner, box);
    add_direct(kernel, sources, surface);
    for (double& value : surface.potentials) value /= kernel.scale * std::pow(box.half_width, kernel.degree);
    return surface.potentials;
  }

  Kernel kernel;
  Levels levels;
  std::array<Box, 3> boxes;
};

}
