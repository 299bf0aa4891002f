// SPDX-License-Identifier: BSD-3-Clause
// Pairs each second of the kernels' sums: leaves of a few sizes against 27 leaves like them in nine ranges.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "base/types.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar {
namespace {

constexpr double length = 0x1p50;  // half the side of a leaf

struct Neighbourhood {
  std::vector<double> x, y, z, charges, potentials, gradients;
  std::vector<IndexRange> ranges;
  Index points_per_leaf;

  Neighbourhood(const Kernel& kernel, Index size)
      : potentials(usize(size * kernel.target_dim)), gradients(3 * potentials.size()), points_per_leaf(size) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (Index row = 0; row < 9; ++row) ranges.push_back({row * 4 * size, row * 4 * size + 3 * size});
    for (Index i = 0; i < 36 * size; ++i) {
      const Index row = i / (4 * size), leaf = i / size % 4;
      x.push_back(length * (2.0 * (leaf - 1) + uniform(random)));
      y.push_back(length * (2.0 * (row % 3 - 1) + uniform(random)));
      z.push_back(length * (2.0 * (row / 3 - 1) + uniform(random)));
    }
    charges.resize(x.size() * usize(kernel.source_dim));
    for (double& charge : charges) charge = uniform(random);
  }

  [[nodiscard]] PairSum sum(bool gradient, Digits digits) {
    const Index own = 4 * 4 * points_per_leaf + points_per_leaf;
    PairSum sum;
    sum.targets = {&x[usize(own)], &y[usize(own)], &z[usize(own)]};
    sum.num_targets = points_per_leaf;
    sum.sources = {x.data(), y.data(), z.data()};
    sum.charges = charges.data();
    sum.source_ranges = ranges;
    sum.first_own = own;
    sum.digits = digits;
    sum.length = length;
    sum.potentials = potentials.data();
    if (gradient) sum.gradients = gradients.data();
    return sum;
  }
};

void near_field(benchmark::State& state, const char* name, bool gradient, Digits digits, int num_vectors = 1) {
  const Kernel one = make_kernel(name, {.lambda = 0.5 / length});
  const Kernel kernel = num_vectors == 1 ? one : one.several(num_vectors, gradient);
  Neighbourhood points(kernel, static_cast<Index>(state.range(0)));
  const PairSum sum = points.sum(gradient, digits);
  for (auto _ : state) kernel.add_sums(sum);
  const double pairs =
      27.0 * (kernel.source_dim / one.source_dim) * static_cast<double>(state.range(0) * state.range(0));
  state.counters["pairs"] = benchmark::Counter(pairs, benchmark::Counter::kIsIterationInvariantRate);
}

/// All pairs but those within the leaf itself from both sides at once; pairs are counted twice, as they would be then.
void mutual_near_field(benchmark::State& state, const char* name, bool gradient, Digits digits, int num_vectors = 1) {
  const Kernel one = make_kernel(name, {.lambda = 0.5 / length});
  const Kernel kernel = num_vectors == 1 ? one : one.several(num_vectors, gradient);
  const auto size = static_cast<Index>(state.range(0));
  Neighbourhood points(kernel, size);
  points.potentials.resize(usize(36 * size * kernel.target_dim));
  points.gradients.resize(3 * points.potentials.size());
  PairSum sum = points.sum(gradient, digits);
  std::vector<IndexRange> others = points.ranges;
  others[4] = {others[4].begin, others[4].begin + size};
  others.push_back({others[4].begin + 2 * size, others[4].begin + 3 * size});
  sum.source_ranges = {};
  sum.mutual_ranges = others;
  sum.potentials = points.potentials.data() + usize(sum.first_own * kernel.target_dim);
  if (gradient) sum.gradients = points.gradients.data() + usize(3 * sum.first_own * kernel.target_dim);
  for (auto _ : state) kernel.add_sums(sum);
  const double pairs =
      2.0 * 26.0 * (kernel.source_dim / one.source_dim) * static_cast<double>(state.range(0) * state.range(0));
  state.counters["pairs"] = benchmark::Counter(pairs, benchmark::Counter::kIsIterationInvariantRate);
}

#define NEARFAR_BENCHMARK(kernel, digits)                                                           \
  BENCHMARK_CAPTURE(near_field, kernel##_potential_##digits, #kernel, false, Digits::digits)        \
      ->Arg(16)                                                                                     \
      ->Arg(30)                                                                                     \
      ->Arg(64)                                                                                     \
      ->Arg(120);                                                                                   \
  BENCHMARK_CAPTURE(near_field, kernel##_gradient_##digits, #kernel, true, Digits::digits)          \
      ->Arg(16)                                                                                     \
      ->Arg(30)                                                                                     \
      ->Arg(64)                                                                                     \
      ->Arg(120);                                                                                   \
  BENCHMARK_CAPTURE(mutual_near_field, kernel##_potential_##digits, #kernel, false, Digits::digits) \
      ->Arg(30)                                                                                     \
      ->Arg(64)                                                                                     \
      ->Arg(120);                                                                                   \
  BENCHMARK_CAPTURE(mutual_near_field, kernel##_gradient_##digits, #kernel, true, Digits::digits)   \
      ->Arg(30)                                                                                     \
      ->Arg(64)                                                                                     \
      ->Arg(120)
#define NEARFAR_BENCHMARKS(kernel)  \
  NEARFAR_BENCHMARK(kernel, all);   \
  NEARFAR_BENCHMARK(kernel, ten);   \
  NEARFAR_BENCHMARK(kernel, seven); \
  NEARFAR_BENCHMARK(kernel, seven_of_length)

/// Pairs of each of several vectors at once.
#define NEARFAR_SEVERAL(kernel, digits)                                                                             \
  BENCHMARK_CAPTURE(near_field, kernel##_potential_##digits##_several, #kernel, false, Digits::digits, 8)->Arg(64); \
  BENCHMARK_CAPTURE(near_field, kernel##_gradient_##digits##_several, #kernel, true, Digits::digits, 8)->Arg(64);   \
  BENCHMARK_CAPTURE(mutual_near_field, kernel##_potential_##digits##_several, #kernel, false, Digits::digits, 8)    \
      ->Arg(64);                                                                                                    \
  BENCHMARK_CAPTURE(mutual_near_field, kernel##_gradient_##digits##_several, #kernel, true, Digits::digits, 8)->Arg(64)
NEARFAR_SEVERAL(laplace, ten);
NEARFAR_SEVERAL(laplace, seven);
NEARFAR_SEVERAL(stokeslet, ten);

NEARFAR_BENCHMARKS(laplace);
NEARFAR_BENCHMARKS(yukawa);
NEARFAR_BENCHMARKS(stokeslet);

}
}
