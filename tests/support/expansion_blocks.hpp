// SPDX-License-Identifier: BSD-3-Clause
// Expansions as users get them, and direct sums over the sources that they represent.
#pragma once

#include <algorithm>
#include <cmath>

#include "comm/mpi.hpp"
#include "nearfar/plan.hpp"
#include "support/petsc_objects.hpp"

namespace nearfar::expansion_blocks {

/// Points and positive charges of all ranks, and which of them are this rank's.
struct Problem {
  Problem(app::Distribution distribution, std::size_t count, const std::string& name = "laplace")
      : kernel(make_kernel(name, {.lambda = lambda})),
        points(app::sample_points(distribution, 31, 0, static_cast<GlobalIndex>(count))),
        charges(app::sample_charges(false, 32, 0, static_cast<GlobalIndex>(count), kernel.source_dim)),
        numbers(dealt(count, Deal::round_robin, MPI_COMM_WORLD)) {}

  static constexpr double lambda = 3.0;
  Kernel kernel;
  Points points;
  std::vector<double> charges;
  std::vector<std::size_t> numbers;

  [[nodiscard]] Points own_points() const { return take(points, numbers, 3); }
  [[nodiscard]] std::vector<double> own_charges(double magnitude = 1.0) const {
    std::vector<double> own = take(charges, numbers, usize(kernel.source_dim));
    for (double& charge : own) charge *= magnitude;
    return own;
  }
  [[nodiscard]] Plan plan(const Options& options) const { return {MPI_COMM_WORLD, kernel, own_points(), options}; }
  void apply(Plan& plan, double magnitude = 1.0) const {
    std::vector<double> potentials(numbers.size() * usize(kernel.target_dim));
    plan.apply(own_charges(magnitude), potentials);
  }
  /// Potentials at targets due to the sources that `acts` chooses by their position.
  template <class Acts>
  [[nodiscard]] std::vector<double> direct(const Points& targets, const Acts& acts) const {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; 3 * i < points.size(); ++i)
      if (acts(&points[3 * i])) chosen.push_back(i);
    return direct_field(kernel.name, lambda, take(points, chosen, 3), take(charges, chosen, usize(kernel.source_dim)),
                        targets)
        .potentials;
  }
};

/// This rank's numbers, divided by `magnitude`.
[[nodiscard]] inline std::vector<double> values_of(const ExpansionBlocks& blocks, double magnitude = 1.0) {
  PetscInt size = 0, block_size = 0;
  CALL(VecGetLocalSize(blocks.values, &size));
  CALL(VecGetBlockSize(blocks.values, &block_size));
  EXPECT_EQ(usize(block_size), blocks.surfaces.front().size() * usize(blocks.components));
  EXPECT_EQ(usize(size), blocks.octants.size() * usize(block_size));
  const PetscScalar* values = nullptr;
  CALL(VecGetArrayRead(blocks.values, &values));
  std::vector<double> numbers(values, values + size);
  CALL(VecRestoreArrayRead(blocks.values, &values));
  for (double& number : numbers) number /= magnitude;
  return numbers;
}

/// Points at `positions` in half sides from an octant's centre.
[[nodiscard]] inline Points around(const Octant& octant, const std::vector<std::array<double, 3>>& positions,
                                   double factor) {
  Points points;
  for (const auto& position : positions)
    for (std::size_t axis = 0; axis < 3; ++axis)
      points.push_back(octant.lower[axis] + 0.5 * octant.side * (1.0 + factor * position[axis]));
  return points;
}

/// Whether a point lies in the octant or within `widths` of its sides around it.
[[nodiscard]] inline bool lies_in(const Octant& octant, const double* point, double widths = 0.0) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double position = (point[axis] - octant.lower[axis]) / octant.side;
    constexpr double rounding = 1e-9;  // the lowest points lie on the root's faces
    if (position < -widths - rounding || position >= 1.0 + widths - rounding) return false;
  }
  return true;
}

[[nodiscard]] inline bool all_zeros(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value == 0.0; });
}

/// One of eleven octants.
[[nodiscard]] inline bool is_sampled(const Octant& octant) {
  return (octant.position[0] + 3 * octant.position[1] + 5 * octant.position[2]) % 11 == 0;
}

/// The largest relative error, over one of eleven octants, of the field of `magnitude` times the charges. The
/// multipoles' at four half sides from centres; zeros elsewhere.
[[nodiscard]] inline double multipole_error(const Problem& problem, const ExpansionBlocks& blocks,
                                            double magnitude = 1.0) {
  const std::vector<double> values = values_of(blocks, magnitude);
  const std::size_t size = blocks.surfaces.front().size() * usize(blocks.components);
  double largest = 0.0;
  for (std::size_t b = 0; b < blocks.octants.size(); ++b) {
    const Octant& octant = blocks.octants[b];
    if (octant.level >= 2 && !is_sampled(octant)) continue;
    const std::span<const double> multipole = std::span(values).subspan(b * size, size);
    const Points far = around(octant, blocks.surfaces[usize(octant.level)], 4.0 / 1.05);
    const std::vector<double> wanted =
        problem.direct(far, [&](const double* point) { return lies_in(octant, point) && octant.level >= 2; });
    if (all_zeros(wanted))
      EXPECT_TRUE(all_zeros(multipole)) << "level " << octant.level;
    else
      largest = std::max(
          largest, relative_l2(direct_field(problem.kernel.name, Problem::lambda,
                                            around(octant, blocks.surfaces[usize(octant.level)], 1.0), multipole, far)
                                   .potentials,
                               wanted));
  }
  return all_max(MPI_COMM_WORLD, largest);
}

/// The locals' on the surface, where the sources that are not in the octant or its colleagues act.
[[nodiscard]] inline double local_error(const Problem& problem, const ExpansionBlocks& blocks, double magnitude = 1.0) {
  std::vector<double> values = values_of(blocks, magnitude);
  const std::size_t size = blocks.surfaces.front().size() * usize(blocks.components);
  double largest = 0.0;
  for (std::size_t b = 0; b < blocks.octants.size(); ++b) {
    const Octant& octant = blocks.octants[b];
    if (octant.level >= 2 && !is_sampled(octant)) continue;
    const std::span<double> local = std::span(values).subspan(b * size, size);
    for (double& value : local) value *= std::pow(0.5 * octant.side, problem.kernel.degree) * problem.kernel.scale;
    if (octant.level < 2) {
      EXPECT_TRUE(all_zeros(local));
      continue;
    }
    const std::vector<double> wanted =
        problem.direct(around(octant, blocks.surfaces[usize(octant.level)], 1.0),
                       [&](const double* point) { return octant.level >= 2 && !lies_in(octant, point, 1.0); });
    largest = std::max(largest, relative_l2(local, wanted));
  }
  return all_max(MPI_COMM_WORLD, largest);
}

/// All leaves have level 3, since there are 31 points in an octant of level 2 and 4 in one of level 3.
[[nodiscard]] inline Problem uniform(const std::string& kernel = "laplace") {
  return {app::Distribution::cube, 2000, kernel};
}
inline constexpr int points_per_leaf = 14;

[[nodiscard]] inline Options options_of(int order, Precision precision = Precision::full) {
  return {.order = order, .points_per_leaf = points_per_leaf, .root_scale = 1.001, .precision = precision};
}

}
