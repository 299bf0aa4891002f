// SPDX-License-Identifier: BSD-3-Clause
// Near fields of all source kinds and fields: pairs and counted operations each second, for leaves of 64 points.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "base/types.hpp"
#include "nearfar/families.hpp"

namespace nearfar {
namespace {

constexpr Index leaf_size = 64;

void family_near_field(benchmark::State& state, const KernelChoice& choice, Digits digits) {
  const Kernel kernel = make_kernel(choice);
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  std::vector<double> x, y, z, charges(usize(28 * leaf_size * kernel.source_dim)),
      results(usize(leaf_size * kernel.target_dim));
  for (Index i = 0; i < 28 * leaf_size; ++i) {
    const Index leaf = i / leaf_size % 27;  // the last ones are in the first leaf again
    x.push_back(2.0 * (leaf % 3) + uniform(random));
    y.push_back(2.0 * (leaf / 3 % 3) + uniform(random));
    z.push_back(2.0 * (leaf / 9) + uniform(random));
  }
  for (double& charge : charges) charge = uniform(random);
  const IndexRange sources{0, 27 * leaf_size};
  const std::size_t own = usize(13 * leaf_size);
  const PairSum sum{.targets = {&x[own], &y[own], &z[own]},
                    .num_targets = leaf_size,
                    .sources = {x.data(), y.data(), z.data()},
                    .charges = charges.data(),
                    .source_ranges = {&sources, 1},
                    .first_own = 13 * leaf_size,
                    .digits = digits,
                    .potentials = results.data()};
  for (auto _ : state) kernel.add_sums(sum);
  const double pairs = 27.0 * leaf_size * leaf_size;
  state.counters["pairs"] = benchmark::Counter(pairs, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["flops"] =
      benchmark::Counter(pairs * kernel.potential_flops, benchmark::Counter::kIsIterationInvariantRate);
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
          benchmark::RegisterBenchmark(title.c_str(), [choice, digits = digits](benchmark::State& state) {
            family_near_field(state, choice, digits);
          });
        }
      }
    }
  }
  return true;
}();

}
}
