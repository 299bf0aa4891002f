// SPDX-License-Identifier: BSD-3-Clause
// Octree set-up: sort of the points, closure and linking of the tree, lists.
#include <benchmark/benchmark.h>

#include <random>

#include "support/trees.hpp"
#include "tree/lists.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {
namespace {

PointRecords random_records(std::int64_t count) {
  std::mt19937_64 random(1);
  PointRecords records(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < records.size(); ++i) records[i] = {random() >> 1, 0, static_cast<Index>(i)};
  return records;
}

void sort_points(benchmark::State& state) {
  const auto records = random_records(state.range(0));
  PointRecords scratch;
  for (auto _ : state) {
    auto copy = records;
    radix_sort(copy, scratch);
    benchmark::DoNotOptimize(copy.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sort_points)->Arg(100000)->Arg(1000000)->UseRealTime();

Octree tree_of(std::int64_t points) {
  return balanced_tree(random_point_keys(static_cast<std::size_t>(points), 6, 0.1), 60);
}

void link_tree(benchmark::State& state) {
  const Octree tree = tree_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(make_octree(tree.octants).size());
  state.SetItemsProcessed(state.iterations() * tree.size());
}
BENCHMARK(link_tree)->Arg(1000000)->UseRealTime();

void build_lists(benchmark::State& state) {
  const Octree tree = tree_of(state.range(0));
  const std::vector<std::uint8_t> all(usize(tree.size()), 1);
  std::vector<Index> targets(usize(tree.size()));
  for (Index i = 0; i < tree.size(); ++i) targets[usize(i)] = i;
  for (auto _ : state) {
    const auto colleagues = make_colleagues(tree, all);
    benchmark::DoNotOptimize(make_lists(tree, colleagues, make_child_masks(tree), targets, 0).direct.values.data());
  }
  state.SetItemsProcessed(state.iterations() * tree.size());
}
BENCHMARK(build_lists)->Arg(1000000)->UseRealTime();

}
}
