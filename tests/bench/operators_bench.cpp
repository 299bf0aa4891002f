// SPDX-License-Identifier: BSD-3-Clause
// Each operator on one thread, for Laplace's kernel; the argument is the order. M2L is in m2l_bench.cpp.
#include <benchmark/benchmark.h>

#include <random>

#include "operators/moments.hpp"
#include "operators/operators.hpp"

namespace nearfar {
namespace {

constexpr Index points_per_leaf = 64;
constexpr int num_boxes = 4 * panel_width;

/// Leaves of half width 1/32 with their points and expansions, and parents with their children.
struct Fixture {
  explicit Fixture(int order)
      : levels(make_operators(make_kernel("laplace"), order, 0.5, 2)),
        operators(*levels.back()),
        point_operators(operators.kernel),
        scratch(operators, point_operators, points_per_leaf),
        inner(operators.surfaces->inner.size()) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    boxes.assign(num_boxes, {{0.5, 0.5, 0.5}, 1.0 / 32, {}});
    for (Index i = 0; i < num_boxes; ++i) ranges.push_back({i * points_per_leaf, (i + 1) * points_per_leaf});
    for (auto* axis : {&x, &y, &z}) {
      axis->resize(usize(num_boxes * points_per_leaf));
      for (double& value : *axis) value = 0.5 + uniform(random) / 32;
    }
    charges.assign(x.size(), 1.0);
    results.assign(4 * x.size(), 0.0);
    expansions.assign(usize(9 * num_boxes * inner), 0.0);
    for (double& value : expansions) value = uniform(random);
    for (std::size_t i = 0; i < num_boxes; ++i) {
      parents.push_back(expansion(i));
      const_parents.push_back(expansion(i));
      for (std::size_t o = 0; o < 8; ++o) {
        children.emplace_back();
        const_children.emplace_back();
        children[i][o] = expansion(num_boxes + 8 * i + o);
        const_children[i][o] = children[i][o];
      }
    }
    children.resize(num_boxes);
    const_children.resize(num_boxes);
  }
  [[nodiscard]] double* expansion(std::size_t i) { return expansions.data() + i * usize(inner); }
  [[nodiscard]] PointArrays points() const { return {x.data(), y.data(), z.data()}; }
  [[nodiscard]] SourceArrays sources() const { return {points(), charges.data()}; }
  [[nodiscard]] TargetArrays targets() { return {points(), results.data(), nullptr}; }

  std::vector<std::shared_ptr<const LevelOperators>> levels;
  const LevelOperators& operators;
  PointOperators point_operators;
  Scratch scratch;
  int inner;
  std::vector<Box> boxes;
  std::vector<IndexRange> ranges;
  AlignedVector<double> x, y, z, charges, results, expansions;
  std::vector<double*> parents;
  std::vector<const double*> const_parents;
  std::vector<std::array<double*, 8>> children;
  std::vector<std::array<const double*, 8>> const_children;
};

void report(benchmark::State& state, int items, double flops) {
  state.SetItemsProcessed(state.iterations() * items);
  state.counters["flops"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

void p2m_of_leaves(benchmark::State& state) {
  Fixture f(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    for (std::size_t i = 0; i < num_boxes; i += panel_width)
      p2m(f.operators, f.point_operators, std::span(f.boxes).subspan(i, panel_width),
          std::span(f.ranges).subspan(i, panel_width), f.sources(), std::span(f.parents).subspan(i, panel_width),
          f.scratch);
  }
  report(state, num_boxes, num_boxes * (f.operators.p2m.flops() + points_per_leaf * moments_flops(f.operators.basis)));
}
BENCHMARK(p2m_of_leaves)->Arg(4)->Arg(6)->Arg(9);

void l2p_of_leaves(benchmark::State& state) {
  Fixture f(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    for (std::size_t i = 0; i < num_boxes; i += panel_width)
      l2p(f.operators, f.point_operators, std::span(f.boxes).subspan(i, panel_width),
          std::span(f.const_parents).subspan(i, panel_width), std::span(f.ranges).subspan(i, panel_width), f.targets(),
          f.scratch);
  }
  report(state, num_boxes,
         num_boxes * (f.operators.l2p.flops() + points_per_leaf * series_flops(f.operators.basis, 0)));
}
BENCHMARK(l2p_of_leaves)->Arg(4)->Arg(6)->Arg(9);

void m2m_of_families(benchmark::State& state) {
  Fixture f(static_cast<int>(state.range(0)));
  const LevelOperators& operators = *f.levels.front();
  for (auto _ : state) m2m(operators, f.const_children, f.parents, f.scratch);
  report(state, num_boxes, 16.0 * num_boxes * f.inner * f.inner);
}
BENCHMARK(m2m_of_families)->Arg(4)->Arg(6)->Arg(9);

void l2l_of_families(benchmark::State& state) {
  Fixture f(static_cast<int>(state.range(0)));
  const LevelOperators& operators = *f.levels.front();
  for (auto _ : state) l2l(operators, f.const_parents, f.children, f.scratch);
  report(state, num_boxes, 16.0 * num_boxes * f.inner * f.inner);
}
BENCHMARK(l2l_of_families)->Arg(4)->Arg(6)->Arg(9);

/// Points of a leaf beside a box of half its width.
void m2p_of_leaves(benchmark::State& state) {
  Fixture f(static_cast<int>(state.range(0)));
  const Box box{{0.6, 0.5, 0.5}, 1.0 / 64, {}};
  for (auto _ : state) {
    for (const IndexRange& range : f.ranges)
      m2p(f.operators, f.point_operators, box, f.expansion(0), range, f.targets(), f.scratch);
  }
  report(state, num_boxes, 1.0 * num_boxes * points_per_leaf * f.inner * f.operators.kernel.potential_flops);
}
BENCHMARK(m2p_of_leaves)->Arg(4)->Arg(6)->Arg(9);

void p2l_of_leaves(benchmark::State& state) {
  Fixture f(static_cast<int>(state.range(0)));
  const Box box{{0.6, 0.5, 0.5}, 1.0 / 64, {}};
  for (auto _ : state) {
    for (const IndexRange& range : f.ranges)
      p2l(f.operators, f.point_operators, box, std::span(&range, 1), f.sources(), f.expansion(0), f.scratch);
  }
  report(state, num_boxes, 1.0 * num_boxes * points_per_leaf * f.inner * f.operators.kernel.potential_flops);
}
BENCHMARK(p2l_of_leaves)->Arg(4)->Arg(6)->Arg(9);

void make_operators_of_all_levels(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(make_operators(make_kernel("laplace"), static_cast<int>(state.range(0)), 0.5, 5));
}
BENCHMARK(make_operators_of_all_levels)->Arg(4)->Arg(6)->Arg(9)->Unit(benchmark::kMillisecond);

}
}
