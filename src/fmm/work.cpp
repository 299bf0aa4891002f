// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/work.hpp"

#include <algorithm>

namespace nearfar {
namespace {

/// Children that are not null, over all families of a level.
template <class Family>
[[nodiscard]] std::int64_t count_children(const std::vector<Family>& families) {
  std::int64_t count = 0;
  for (const auto& family : families) count += 8 - std::count(family.begin(), family.end(), nullptr);
  return count;
}

[[nodiscard]] std::int64_t near_pairs(const Layout& layout, const Interactions& interactions, const Schedule& schedule,
                                      const std::vector<NearBlock>& blocks) {
  std::int64_t pairs = 0;
  const Region region;
#pragma omp parallel for schedule(dynamic, 8) reduction(+ : pairs)
  for (const NearBlock& block : blocks)
    for (Index i = block.leaves.begin; i < block.leaves.end; ++i) {
      const Index t = schedule.near_leaves[usize(i)];
      std::int64_t sources = 0;
      for (const auto& range : interactions.near[t]) sources += range.size();
      pairs += sources * layout.target_range(interactions.targets[usize(t)]).size();
    }
  return pairs;
}

/// P2M and L2P of the leaves that have a far field.
void count_leaf_flops(const Layout& layout, const Interactions& interactions, const Schedule& schedule,
                      const Translations& translations, Work& work) {
  const auto operators_of = [&](Index octant) {
    const int level = level_of(layout.essential.tree.key(octant));
    return level < translations.far.first_level ? nullptr : translations.operators[usize(level)].get();
  };
  const PointOperators& points = *translations.points.back();
  for (const Index leaf : interactions.source_leaves) {
    const LevelOperators* operators = operators_of(leaf);
    if (operators == nullptr) continue;
    double of_source = 0.0;
    for (const char has_slopes : points.has_slopes) of_source += moments_flops(operators->basis, has_slopes != 0);
    work.p2m_flops += operators->p2m.flops() + of_source * interactions.source_range[usize(leaf)].size();
  }
  for (const Index t : schedule.target_leaves) {
    const Index leaf = interactions.targets[usize(t)];
    const LevelOperators* operators = operators_of(interactions.far_field_of(leaf));
    if (operators == nullptr) continue;
    double of_target = 0.0, of_gradient = 0.0;
    for (const int derivatives : points.num_derivatives) {
      of_target += series_flops(operators->basis, derivatives);
      of_gradient += series_flops(operators->basis, std::min(2, derivatives + 1));
    }
    const Index size = layout.target_range(leaf).size();
    work.l2p_flops += operators->l2p.flops() + of_target * size;
    work.l2p_gradient_flops += operators->l2p.flops() + of_gradient * size;
  }
}

}

Work count_work(const Layout& layout, const Interactions& interactions, const Schedule& schedule,
                const Translations& translations) {
  const Kernel& kernel = translations.kernel;
  const auto surface_of = [&](Index octant) {
    return std::int64_t{surface_size(translations.orders.at(level_of(layout.essential.tree.key(octant))))};
  };
  Work work;
  work.potential_flops = kernel.potential_flops;
  work.gradient_flops = kernel.gradient_flops;
  count_leaf_flops(layout, interactions, schedule, translations, work);
  for (const Index t : schedule.x_octants)
    for (const Index leaf : interactions.x[t])
      work.p2l_pairs += interactions.source_range[usize(leaf)].size() * surface_of(interactions.targets[usize(t)]);
  for (const Index t : schedule.w_leaves)
    for (const Index octant : interactions.w[t])
      work.m2p_pairs += layout.target_range(interactions.targets[usize(t)]).size() * surface_of(octant);
  work.interior_pairs = near_pairs(layout, interactions, schedule, schedule.interior_blocks);
  work.border_pairs = near_pairs(layout, interactions, schedule, schedule.border_blocks);
  const auto flops = [&](std::size_t level, ChildMatrices LevelOperators::*matrices, std::size_t families,
                         std::int64_t children) {
    if (families == 0) return 0.0;  // and there may be no operators
    const LevelOperators& operators = *translations.operators[level];
    return (operators.*matrices).flops(static_cast<double>(families), static_cast<double>(children));
  };
  for (std::size_t level = 0; level < schedule.m2m.size(); ++level) {
    const auto& families = schedule.m2m[level].from;
    work.m2m_children.push_back(count_children(families));
    work.m2m_flops.push_back(flops(level, &LevelOperators::m2m, families.size(), work.m2m_children.back()));
  }
  for (std::size_t level = 0; level < schedule.l2l.size(); ++level) {
    const auto& families = schedule.l2l[level].children;
    work.l2l_children.push_back(count_children(families));
    work.l2l_flops.push_back(flops(level, &LevelOperators::l2l, families.size(), work.l2l_children.back()));
  }
  return work;
}

double Work::pair_flops(std::int64_t pairs, bool with_gradients) const {
  return static_cast<double>(pairs) * (with_gradients ? gradient_flops : potential_flops);
}

double Work::flops(Phase phase, bool with_gradients) const {
  switch (phase) {
    case Phase::p2m:
      return p2m_flops;
    case Phase::l2p:
      return with_gradients ? l2p_gradient_flops : l2p_flops;
    case Phase::p2l:
      return pair_flops(p2l_pairs, false);
    case Phase::m2p:
      return pair_flops(m2p_pairs, with_gradients);
    default:
      return 0.0;
  }
}

}
