// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "fmm/engine.hpp"

namespace nearfar {
namespace {

/// Children that are not null, over all families of a level.
template <class Family>
[[nodiscard]] std::int64_t count_children(const std::vector<Family>& families) {
  std::int64_t count = 0;
  for (const auto& family : families) count += 8 - std::count(family.begin(), family.end(), nullptr);
  return count;
}

[[nodiscard]] std::int64_t near_pairs(const Engine& engine, const std::vector<Index>& leaves) {
  std::int64_t pairs = 0;
  for (const Index t : leaves) {
    std::int64_t sources = 0;
    for (const auto& range : engine.interactions.near[t]) sources += range.size();
    pairs += sources * engine.target_range(engine.interactions.targets[at(t)]).size();
  }
  return pairs;
}

}

Work count_work(const Engine& engine) {
  const auto& interactions = engine.interactions;
  const auto& schedule = engine.schedule;
  const std::int64_t inner = surface_size(engine.options.order);
  const std::int64_t outer = surface_size(engine.options.order + 2);
  const int source_dim = engine.kernel.source_dim;
  const int target_dim = engine.kernel.target_dim;
  Work work;
  work.potential_flops = engine.kernel.potential_flops;
  work.gradient_flops = engine.kernel.gradient_flops;
  work.inner_sources = inner * source_dim;
  work.inner_targets = inner * target_dim;
  work.outer_sources = outer * source_dim;
  work.outer_targets = outer * target_dim;
  work.source_leaves = size_of(interactions.source_leaves);
  work.target_leaves = size_of(schedule.target_leaves);
  work.p2m_pairs = std::int64_t{engine.points.num_sources} * outer;
  work.l2p_pairs = std::int64_t{engine.points.num_targets} * outer;
  for (const Index t : schedule.x_octants)
    for (const Index leaf : interactions.x[t]) work.p2l_pairs += interactions.source_range[at(leaf)].size() * inner;
  for (const Index t : schedule.w_leaves)
    work.m2p_pairs += static_cast<std::int64_t>(interactions.w[t].size()) *
                      engine.target_range(interactions.targets[at(t)]).size() * inner;
  work.interior_pairs = near_pairs(engine, schedule.interior_leaves);
  work.border_pairs = near_pairs(engine, schedule.border_leaves);
  for (const auto& level : schedule.m2m) work.m2m_children.push_back(count_children(level.from));
  for (const auto& level : schedule.l2l) work.l2l_children.push_back(count_children(level.children));
  return work;
}

double Work::pair_flops(std::int64_t pairs, bool with_gradients) const {
  return static_cast<double>(pairs) * (with_gradients ? gradient_flops : potential_flops);
}

double Work::flops(Phase phase, bool with_gradients) const {
  // The pseudo-inverses are two factors of full rank: outer x inner and inner x inner values.
  const auto solve = [](std::int64_t boxes, std::int64_t outer, std::int64_t inner) {
    return 2.0 * static_cast<double>(boxes) * static_cast<double>(inner) * static_cast<double>(outer + inner);
  };
  switch (phase) {
    case Phase::p2m:
      return pair_flops(p2m_pairs, false) + solve(source_leaves, outer_targets, inner_sources);
    case Phase::l2p:
      return pair_flops(l2p_pairs, with_gradients) + solve(target_leaves, outer_sources, inner_targets);
    case Phase::p2l:
      return pair_flops(p2l_pairs, false);
    case Phase::m2p:
      return pair_flops(m2p_pairs, with_gradients);
    default:
      return 0.0;
  }
}

double Work::m2m_flops(int level) const {
  return 2.0 * static_cast<double>(m2m_children[at(level)] * inner_sources * inner_sources);
}

double Work::l2l_flops(int level) const {
  return 2.0 * static_cast<double>(l2l_children[at(level)] * inner_targets * inner_targets);
}

}
