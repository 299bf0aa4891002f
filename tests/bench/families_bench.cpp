// SPDX-License-Identifier: BSD-3-Clause
// Near fields of all source kinds and fields with all data in the L1 cache: pairs and counted operations each second,
// and the part of what the machine could do with the same instructions (bench/instruction_mix.hpp).
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "base/types.hpp"
#include "bench/instruction_mix.hpp"
#include "nearfar/families.hpp"

namespace nearfar {
namespace {

constexpr Index num_targets = 64, num_sources = 256;  ///< up to 24 KiB with charges and results

/// A leaf of targets beside others with the sources.
struct Neighbours {
  std::vector<double> x, y, z, charges, results;
  IndexRange sources{0, num_sources};

  explicit Neighbours(const Kernel& kernel)
      : charges(usize(num_sources * kernel.source_dim)), results(usize(num_targets * kernel.target_dim)) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (Index i = 0; i < num_sources + num_targets; ++i) {
      const Index leaf = i % 26, place = i >= num_sources ? 13 : leaf < 13 ? leaf : leaf + 1;
      x.push_back(2.0 * (place % 3 - 1) + uniform(random));
      y.push_back(2.0 * (place / 3 % 3 - 1) + uniform(random));
      z.push_back(2.0 * (place / 9 - 1) + uniform(random));
    }
    for (double& charge : charges) charge = uniform(random);
  }

  [[nodiscard]] PairSum sum(Digits digits) {
    const std::size_t own = usize(num_sources);
    return {.targets = {&x[own], &y[own], &z[own]},
            .num_targets = num_targets,
            .sources = {x.data(), y.data(), z.data()},
            .charges = charges.data(),
            .source_ranges = {&sources, 1},
            .digits = digits,
            .potentials = results.data()};
  }
};

/// Of a pair, from sums over few sources, whose other instructions are the same.
[[nodiscard]] double least_seconds_of_pair(const Kernel& kernel, PairSum sum) {
  constexpr Index few = 16;  // a full vector of any width
  const auto count = [&](Index sources) {
    const IndexRange range{0, sources};
    sum.source_ranges = {&range, 1};
    return bench::count_instructions([&] { kernel.add_sums(sum); });
  };
  bench::InstructionMix mix = count(2 * few);
  const bench::InstructionMix others = count(few);
  for (std::size_t i = 0; i < mix.size(); ++i) mix[i] = (mix[i] - others[i]) / (1.0 * few * num_targets);
  return bench::least_seconds(mix);
}

/// `least` is that of a pair, negative until it is known.
void family_near_field(benchmark::State& state, const KernelChoice& choice, Digits digits, double& least) {
  const Kernel kernel = make_kernel(choice);
  Neighbours points(kernel);
  const PairSum sum = points.sum(digits);
  if (least < 0.0) least = least_seconds_of_pair(kernel, sum);
  for (auto _ : state) kernel.add_sums(sum);
  const double pairs = 1.0 * num_targets * num_sources;
  state.counters["pairs"] = benchmark::Counter(pairs, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["flops"] =
      benchmark::Counter(pairs * kernel.potential_flops, benchmark::Counter::kIsIterationInvariantRate);
  if (least > 0.0)
    state.counters["of_ceiling"] = benchmark::Counter(pairs * least, benchmark::Counter::kIsIterationInvariantRate);
}

[[maybe_unused]] const bool registered = [] {
  for (const FamilyDescription& family : kernel_families()) {
    std::vector<std::vector<std::string>> kinds, fields;
    std::vector<std::string> all_kinds;
    for (const auto& kind : family.source_kinds) kinds.push_back({kind.quantity.name});
    for (const auto& field : family.fields) fields.push_back({field.quantity.name});
    for (std::size_t k = 0; k < std::min<std::size_t>(2, kinds.size()); ++k) all_kinds.push_back(kinds[k].front());
    if (all_kinds.size() > 1) kinds.push_back(all_kinds);  // charge and dipole, force and stresslet
    for (const auto& kind : kinds) {
      for (const auto& field : fields) {
        for (const auto& [digits, name] : {std::pair{Digits::all, "all"}, {Digits::seven, "seven"}}) {
          std::string title = "family_near_field/" + family.name;
          for (const std::string& part : kind) title += "_" + part;
          title += "_to_" + field.front() + "_" + name;
          const KernelChoice choice{family.name, kind, field, {}};
          benchmark::RegisterBenchmark(title.c_str(),
                                       [choice, digits = digits, least = -1.0](benchmark::State& state) mutable {
                                         family_near_field(state, choice, digits, least);
                                       });
        }
      }
    }
  }
  return true;
}();

}
}
