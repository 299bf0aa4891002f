// SPDX-License-Identifier: BSD-3-Clause
#include "support/moving_points.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "comm/mpi.hpp"

namespace nearfar {

ChargedPoints deal_points(app::Distribution distribution, std::size_t count, Deal deal) {
  const auto numbers = dealt(count, deal, MPI_COMM_WORLD);
  const auto number = static_cast<std::int64_t>(count);
  return {take(app::sample_points(distribution, 5, 0, number), numbers, 3),
          take(app::sample_charges(true, 6, 0, number, 1), numbers, 1)};
}

Points moved(const Points& points, double distance, unsigned seed) {
  std::array<double, 6> box{1e300, 1e300, 1e300, 1e300, 1e300, 1e300};  // lower, -upper
  for (std::size_t i = 0; i < points.size(); ++i) {
    box[i % 3] = std::min(box[i % 3], points[i]);
    box[3 + i % 3] = std::min(box[3 + i % 3], -points[i]);
  }
  all_reduce(MPI_COMM_WORLD, std::span<double>(box), MPI_MIN);
  std::mt19937 random(seed + static_cast<unsigned>(rank_of(MPI_COMM_WORLD)));
  std::uniform_real_distribution<double> step(-distance, distance);
  Points result = points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double lower = box[i % 3], upper = -box[3 + i % 3];
    if (points[i] != lower && points[i] != upper) result[i] = std::clamp(points[i] + step(random), lower, upper);
  }
  return result;
}

std::vector<double> charges_for(const ChargedPoints& dealt, int components) {
  std::vector<double> charges;
  for (const double charge : dealt.charges)
    for (int c = 0; c < components; ++c) charges.push_back(charge + 0.1 * c);
  return charges;
}

Field apply(Plan& plan, const Kernel& kernel, const std::vector<double>& charges, std::size_t num_targets,
            int num_vectors) {
  const std::size_t size = num_targets * usize(kernel.target_dim * num_vectors);
  Field field{std::vector<double>(size), std::vector<double>(3 * size)};
  plan.apply(charges, field.potentials, field.gradients, num_vectors);
  return field;
}

Field apply(Plan& plan, const std::vector<double>& charges, std::size_t num_targets) {
  return apply(plan, make_kernel("laplace"), charges, num_targets);
}

void expect_same(const Field& a, const Field& b, const std::string& what, double bound) {
  if (size_of_communicator(MPI_COMM_WORLD) == 1) {
    EXPECT_TRUE(a.potentials == b.potentials && a.gradients == b.gradients) << what;
  } else {
    EXPECT_LT(relative_l2(a.potentials, b.potentials), bound) << what;
    EXPECT_LT(relative_l2(a.gradients, b.gradients), bound) << what;
  }
}

}
