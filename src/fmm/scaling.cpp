// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/types.hpp"

namespace nearfar {
namespace {

constexpr int order_of_one = 16;  ///< largest exponent that needs no scaling; far from the ends of floats

/// Two factors whose product is 2^exponent: after the first, a value lies between what it was and the result, so that
/// nothing overflows on its way. Exponents are cut where a normal number has no result in range, to avoid 0 times
/// infinity.
struct Factors {
  double first, second;
  explicit Factors(int exponent) {
    const int in_range = std::clamp(exponent, -2046, 2046);
    first = std::ldexp(1.0, in_range / 2);
    second = std::ldexp(1.0, in_range - in_range / 2);
  }
};

}

void multiply_by_power_of_two(std::span<double> values, int exponent) {
  multiply_by_powers_of_two(values, 1, {&exponent, 1});
}

void multiply_by_powers_of_two(std::span<double> values, int dim, std::span<const int> exponents, int for_all) {
  std::vector<Factors> factors;
  for (const int exponent : exponents) factors.emplace_back(exponent + for_all);
  const bool equal = std::all_of(exponents.begin(), exponents.end(), [&](int e) { return e == exponents[0]; });
  if (equal && exponents[0] + for_all == 0) return;
  const auto scale = [&](std::int64_t begin, std::int64_t end, const Factors& factor) {
    for (std::int64_t i = begin; i < end; ++i) values[usize(i)] = values[usize(i)] * factor.first * factor.second;
  };
  const std::int64_t block = equal ? 4096 : dim;
  const auto size = static_cast<std::int64_t>(values.size()), num_blocks = (size + block - 1) / block;
  const auto num_vectors = static_cast<std::int64_t>(exponents.size());
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < num_blocks; ++i)
    scale(i * block, std::min(size, (i + 1) * block), factors[usize(equal ? 0 : i % num_vectors)]);
}

Magnitudes magnitudes_of(std::span<const double> values, int num_vectors, int dim) {
  Magnitudes all{std::vector<double>(usize(num_vectors), 0.0)};
  const std::int64_t num_rows = std::ssize(values) / (std::int64_t{num_vectors} * dim);
#pragma omp parallel
  {
    std::vector<double> own(usize(num_vectors), 0.0);
    bool finite = true;
#pragma omp for schedule(static)
    for (std::int64_t row = 0; row < num_rows; ++row) {
      const double* value = &values[usize(row * num_vectors * dim)];
      for (double& of_vector : own)
        for (int k = 0; k < dim; ++k, ++value) {
          of_vector = std::max(of_vector, std::abs(*value));
          finite = finite && std::abs(*value) <= std::numeric_limits<double>::max();
        }
    }
#pragma omp critical(nearfar_largest)
    {
      for (std::size_t v = 0; v < own.size(); ++v) all.largest[v] = std::max(all.largest[v], own[v]);
      all.finite = all.finite && finite;
    }
  }
  return all;
}

int exponent_of(double largest) noexcept {
  if (largest == 0.0) return 0;
  const int exponent = std::ilogb(largest);
  return std::abs(exponent) <= order_of_one ? 0 : exponent;
}

}
