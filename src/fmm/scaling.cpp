// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/types.hpp"
#include "comm/mpi.hpp"

namespace nearfar {
namespace {

constexpr int no_exponent = std::numeric_limits<int>::min();  ///< of zeros
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

std::vector<int> scale_to_order_of_one(MPI_Comm communicator, std::span<double> values, int num_vectors, int dim) {
  std::vector<double> largest(usize(num_vectors), 0.0);
  const std::int64_t num_rows = std::ssize(values) / (std::int64_t{num_vectors} * dim);
#pragma omp parallel
  {
    std::vector<double> own(usize(num_vectors), 0.0);
#pragma omp for schedule(static)
    for (std::int64_t row = 0; row < num_rows; ++row) {
      const double* value = &values[usize(row * num_vectors * dim)];
      for (double& of_vector : own)
        for (int k = 0; k < dim; ++k) of_vector = std::max(of_vector, std::abs(*value++));
    }
#pragma omp critical(nearfar_largest)
    for (std::size_t v = 0; v < own.size(); ++v) largest[v] = std::max(largest[v], own[v]);
  }
  std::vector<int> exponents;
  for (const double x : largest) exponents.push_back(x > 0.0 ? std::ilogb(x) : no_exponent);
  all_reduce(communicator, std::span<int>(exponents), MPI_MAX);
  for (int& exponent : exponents)
    if (exponent == no_exponent || std::abs(exponent) <= order_of_one) exponent = 0;
  std::vector<int> inverse = exponents;
  for (int& exponent : inverse) exponent = -exponent;
  multiply_by_powers_of_two(values, dim, inverse);
  return exponents;
}

}
