// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/contraction.hpp"

#include <algorithm>
#include <numbers>

#include "base/region.hpp"
#include "base/types.hpp"

namespace nearfar {

void contract(std::span<const Contraction> contractions, const double* normals, std::int64_t num_points,
              int num_vectors, PointRows<const double> from, PointRows<double> to) {
  const Region region;
#pragma omp parallel for schedule(static)
  for (std::int64_t point = 0; point < num_points; ++point) {
    for (int vector = 0; vector < num_vectors; ++vector) {
      const std::int64_t row = point * num_vectors + vector;
      const double* source = from.values + row * from.dim;
      double* target = to.values + row * to.dim;
      std::fill_n(target, to.dim, 0.0);
      for (const Contraction& c : contractions)
        target[c.to] += c.coefficient * source[c.from] * (c.axis < 0 ? 1.0 : normals[3 * point + c.axis]);
    }
  }
}

double fingerprint(std::span<const Contraction> contractions) noexcept {
  double sum = 0.0, weight = 1.0;
  for (const Contraction& c : contractions) {
    weight = weight * 0.75 + 0.5;  // another one for each place
    sum += weight * (c.coefficient + std::numbers::sqrt2 * c.from + std::numbers::pi * c.to + std::numbers::e * c.axis);
  }
  return sum;
}

}
