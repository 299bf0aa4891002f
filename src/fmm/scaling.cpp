// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <omp.h>

#include "base/region.hpp"
#include "base/types.hpp"
#include "fmm/phase_log.hpp"

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
  constexpr int zero = 0;
  multiply_by_powers_of_two(values, {&exponent, 1}, {&zero, 1});
}

void multiply_by_powers_of_two(std::span<double> values, std::span<const int> of_vectors,
                               std::span<const int> of_components) {
  std::vector<int> exponents;
  for (const int of_vector : of_vectors)
    for (const int of_component : of_components) exponents.push_back(of_vector + of_component);
  const std::vector<Factors> factors(exponents.begin(), exponents.end());
  const bool equal = std::all_of(exponents.begin(), exponents.end(), [&](int e) { return e == exponents[0]; });
  if (equal && exponents[0] == 0) return;
  if (equal) {
    parallel_for(std::size_t{0}, values.size(),
                 [&](std::size_t i) { values[i] = values[i] * factors[0].first * factors[0].second; });
    return;
  }
  const auto num_rows = std::ssize(values) / std::ssize(factors);
  const Region region;
#pragma omp parallel for schedule(static)
  for (std::ptrdiff_t row = 0; row < num_rows; ++row)
    for (std::size_t k = 0; k < factors.size(); ++k) {
      double& value = values[usize(row) * factors.size() + k];
      value = value * factors[k].first * factors[k].second;
    }
}

std::vector<int> unit_exponents(const std::vector<Component>& components, int dim, int exponent) {
  std::vector<int> exponents(usize(dim), 0);
  for (std::size_t j = 0; j < components.size(); ++j) exponents[j] = components[j].degree * exponent;
  return exponents;
}

std::vector<int> result_exponents(const Kernel& kernel, int per_result, int exponent) {
  const std::vector<int> of_components = unit_exponents(kernel.target_components, kernel.target_dim, exponent);
  std::vector<int> exponents;
  for (const int of_component : of_components)
    exponents.insert(exponents.end(), usize(per_result),
                     of_component + (kernel.degree - (per_result == 3 ? 1 : 0)) * exponent);
  return exponents;
}

Magnitudes magnitudes_of(std::span<const double> values, int num_vectors, std::span<const int> of_components) {
  Magnitudes all{std::vector<double>(usize(num_vectors), 0.0)};
  const std::size_t dim = of_components.size(), row_size = usize(num_vectors) * dim;
  std::vector<double> largest(row_size, 0.0);
  const auto num_rows = static_cast<std::int64_t>(values.size() / row_size);
  std::vector<std::vector<double>> of_threads(usize(num_threads()), largest);
  Region region;
#pragma omp parallel
  {
    std::vector<double>& own = of_threads[usize(omp_get_thread_num())];
    bool finite = true;
#pragma omp for schedule(static)
    for (std::int64_t row = 0; row < num_rows; ++row) {
      const double* value = &values[usize(row) * row_size];
      for (double& of_number : own) {
        of_number = std::max(of_number, std::abs(*value));
        finite = finite && std::abs(*value) <= std::numeric_limits<double>::max();
        ++value;
      }
    }
#pragma omp critical(nearfar_largest)
    {
      for (std::size_t k = 0; k < own.size(); ++k) largest[k] = std::max(largest[k], own[k]);
      all.finite = all.finite && finite;
    }
  }
  for (std::size_t k = 0; k < row_size; ++k)
    all.largest[k / dim] = std::max(all.largest[k / dim], std::ldexp(largest[k], of_components[k % dim]));
  return all;
}

int exponent_of(double largest) noexcept {
  if (largest == 0.0) return 0;
  // Of numbers beyond the range, which components of other units can become, as if they were at its end.
  const int exponent = std::ilogb(std::min(largest, std::numeric_limits<double>::max()));
  return std::abs(exponent) <= order_of_one ? 0 : exponent;
}

}
