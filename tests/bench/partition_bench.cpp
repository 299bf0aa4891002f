// SPDX-License-Identifier: BSD-3-Clause
// The cuts as one of very many ranks finds them; see support/clouds.hpp.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <ctime>
#include <fstream>
#include <string>

#include "support/clouds.hpp"

namespace nearfar {
namespace {

/// From /proc/self/status, in bytes.
double memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == name + ":") {
      double kib = 0.0;
      status >> kib;
      return 1024.0 * kib;
    }
  return 0.0;
}

void partition(benchmark::State& state, Shape shape) {
  constexpr int points_per_rank = 100000;
  const auto num_ranks = static_cast<int>(state.range(0));
  const int rank = num_ranks / 3;
  Cloud cloud(shape, std::int64_t{points_per_rank} * num_ranks);
  Partition partition = share_of(cloud, rank, num_ranks);
  PartitionOptions options;
  std::vector<std::pair<PointKey, std::int64_t>> costs;
  if (state.range(1) != 0) {
    for (const PointRecord& record : partition.sources) costs.emplace_back(record.key, 1);
    options.work = WorkProfile(std::move(costs));
  }
  for (auto _ : state) {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";
    const double before = memory("VmRSS");
    CloudCounts global(cloud);
    const double begin = processor_seconds();
    Cuts cuts = choose_cuts(global, partition, options, num_ranks);
    const auto shared = static_cast<double>(cuts.shared_octants.size());
    partition.splitters = std::move(cuts.splitters);
    partition.shared_octants = std::move(cuts.shared_octants);
    keep_shared_octants_around(rank, partition);
    const double seconds = processor_seconds() - begin;
    state.SetIterationTime(seconds - global.seconds);
    state.counters["peak_MB"] = 1e-6 * (memory("VmHWM") - before);
    state.counters["reduced_MB"] = 1e-6 * (static_cast<double>(global.bytes) + sizeof(Index) * shared);
    state.counters["reductions"] = static_cast<double>(global.num_reductions + 1);
    state.counters["shared"] = shared;
    state.counters["kept"] = static_cast<double>(partition.shared_octants.size());
    std::int64_t largest = 0;
    for (int r = 0; r < num_ranks; ++r)
      largest = std::max(largest,
                         cloud.below(partition.splitters[usize(r) + 1]) - cloud.below(partition.splitters[usize(r)]));
    state.counters["imbalance"] = static_cast<double>(largest) / points_per_rank;
  }
}

void of_all_sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"ranks", "by_work"})->ArgsProduct({{1000, 10000, 100000}, {0, 1}});
  bench->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(partition, cube, Shape::cube)->Apply(of_all_sizes);
BENCHMARK_CAPTURE(partition, sphere, Shape::sphere)->Apply(of_all_sizes);
BENCHMARK_CAPTURE(partition, plummer, Shape::plummer)->Apply(of_all_sizes);
BENCHMARK_CAPTURE(partition, log_radial, Shape::log_radial)->Apply(of_all_sizes);

}
}
