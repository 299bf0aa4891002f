// SPDX-License-Identifier: BSD-3-Clause
// The cuts as one of very many ranks finds them; see support/clouds.hpp.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <petscsys.h>

#include <ctime>
#include <fstream>
#include <string>

#include "support/clouds.hpp"
#include "support/domains.hpp"

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

/// To how many ranks each of 1e4 tells of its octants, found on one rank that has the tree of 100 points for each.
void ghosts(benchmark::State& state, app::Distribution distribution) {
  PetscBool petsc_runs = PETSC_FALSE;
  PetscInitialized(&petsc_runs);
  if (petsc_runs == PETSC_FALSE) PetscInitialize(nullptr, nullptr, nullptr, nullptr);
  constexpr int num_ranks = 10000;
  const Points points = app::sample_points(distribution, 3, 0, 100 * num_ranks);
  const CallerPoints caller{points, {}, true};
  const Extent extent = find_extent(MPI_COMM_SELF, caller);
  PartitionOptions options{.points_per_leaf = 10, .root = make_root_cube(extent.lower, extent.upper)};
  Partition partition = make_partition(MPI_COMM_SELF, caller, options);
  const EssentialTree tree = make_essential_tree(MPI_COMM_SELF, partition);
  partition.splitters = choose_cuts(MPI_COMM_SELF, partition, options, num_ranks).splitters;
  for (auto _ : state) {
    const std::vector<Index> sends = ghost_sends(tree, partition);
    Index sum = 0;
    for (const Index count : sends) sum += count;
    state.counters["mean"] = static_cast<double>(sum) / num_ranks;
    state.counters["most"] = *std::max_element(sends.begin(), sends.end());
  }
}
BENCHMARK_CAPTURE(ghosts, cube, app::Distribution::cube)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ghosts, sphere, app::Distribution::sphere)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ghosts, plummer, app::Distribution::plummer)->Iterations(1)->Unit(benchmark::kMillisecond);

}
}
