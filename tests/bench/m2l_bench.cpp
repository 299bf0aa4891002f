// SPDX-License-Identifier: BSD-3-Clause
// M2L on one thread: the products in the first-level cache, to be held against fma_peak, and whole levels of boxes.
#include <benchmark/benchmark.h>

#include "operators/m2l_support.hpp"

namespace nearfar::m2l_test {
namespace {

constexpr double flops_of_product = 8.0;

/// One plane of 28 families and its 27 operators are 55 vectors of complex numbers: in double 3.5 KB with AVX2.
template <class Scalar>
void products_in_cache(benchmark::State& state) {
  using Chunk = M2lChunk<Scalar>;
  constexpr int num_rows = 28, num_groups = 4;
  AlignedVector<Chunk> plane(num_rows), operators(m2l_num_directions), sums(num_groups * m2l_group_size);
  std::vector<M2lPlace> list;
  for (int d = 0; d < m2l_num_directions; ++d) {
    if (d == m2l_num_directions / 2) continue;
    list.push_back(static_cast<M2lPlace>(d * m2l_row_words));
    for (int t = 0; t < m2l_group_size; ++t)
      list.push_back(static_cast<M2lPlace>((1 + (d + t) % (num_rows - 1)) * m2l_row_words));
  }
  for (auto _ : state) {
    for (int group = 0; group < num_groups; ++group)
      m2l_multiply<Chunk>(plane.data(), operators.data(), list, nullptr, sums.data() + group * m2l_group_size);
    benchmark::DoNotOptimize(sums.data());
    benchmark::ClobberMemory();
  }
  state.counters["flops"] =
      benchmark::Counter(flops_of_product * num_groups * m2l_group_size * (m2l_num_directions - 1) * m2l_lanes<Scalar>,
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(products_in_cache<double>);
BENCHMARK(products_in_cache<float>);

template <class Scalar>
void pairs_in_cache(benchmark::State& state) {
  using Chunk = M2lChunk<Scalar>;
  constexpr int num_pairs = 40, num_targets = 32;
  AlignedVector<Chunk> sources(64), operators(m2l_num_offsets), sums(num_targets);
  std::vector<M2lPair> pairs;
  for (int i = 0; i < num_pairs; ++i)
    pairs.push_back({static_cast<std::uint16_t>(i * 37 % 64), static_cast<std::uint16_t>(i * 101 % m2l_num_offsets)});
  for (auto _ : state) {
    for (Chunk& sum : sums) sum = m2l_sum_pairs<Chunk>(sources.data(), operators.data(), pairs, Chunk{});
    benchmark::DoNotOptimize(sums.data());
    benchmark::ClobberMemory();
  }
  state.counters["flops"] = benchmark::Counter(flops_of_product * num_targets * num_pairs * m2l_lanes<Scalar>,
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(pairs_in_cache<double>);
BENCHMARK(pairs_in_cache<float>);

/// A level of 32^3 boxes, or of those in a layer of a surface; the arguments are the order and whether it is a layer.
template <class Scalar>
void whole_level(benchmark::State& state) {
  constexpr int edge = 16;  // of parents
  const Problem problem = make_problem(laplace, 1, 1, static_cast<int>(state.range(0)));
  Level level = make_level(problem, edge, 1.0, 1);
  if (state.range(1) != 0) keep_layer(level);
  const auto spectra = problem.template spectra<Scalar>();
  const M2lSweep<Scalar> sweep(spectra, level.families(), 1);
  M2lWorkspace<Scalar> workspace;
  for (auto _ : state) run(sweep, workspace);
  std::int64_t boxes = 0;
  for (const auto& family : level.targets) boxes += 8 - std::count(family.begin(), family.end(), nullptr);
  state.SetItemsProcessed(state.iterations() * boxes);
  state.counters["flops"] = benchmark::Counter(sweep.flops(), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(whole_level<double>)->ArgsProduct({{4, 6, 9}, {0, 1}})->Unit(benchmark::kMillisecond);
BENCHMARK(whole_level<float>)->ArgsProduct({{4, 6, 9}, {0, 1}})->Unit(benchmark::kMillisecond);

}
}
