// SPDX-License-Identifier: BSD-3-Clause
// What one core can do: multiply-adds on registers.
#include <benchmark/benchmark.h>

#include "nearfar/formula/simd.hpp"

namespace nearfar {
namespace {

template <class S>
void fma_peak(benchmark::State& state) {
  using V = typename simd::Traits<S>::Vector;
  constexpr int chains = 12;  // hide the latency of two pipes
  V sums[chains];
  for (int i = 0; i < chains; ++i) sums[i] = simd::broadcast<V>(static_cast<S>(i));
  V factor = simd::broadcast<V>(static_cast<S>(0.999)), term = simd::broadcast<V>(static_cast<S>(0.001));
  benchmark::DoNotOptimize(factor);
  benchmark::DoNotOptimize(term);
  constexpr int repeats = 1000;
  for (auto _ : state) {
    for (int k = 0; k < repeats; ++k)
      for (V& sum : sums) sum = sum * factor + term;
    for (V& sum : sums) benchmark::DoNotOptimize(sum);
  }
  state.counters["flops"] = benchmark::Counter(2.0 * chains * repeats * simd::Traits<S>::lanes,
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(fma_peak<double>);
BENCHMARK(fma_peak<float>);

}
}
