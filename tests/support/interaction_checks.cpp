// SPDX-License-Identifier: BSD-3-Clause
#include "support/interaction_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/keys.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// How often each source, in global order, reaches a target leaf.
std::vector<int> times_reached(const GlobalTree& tree, const std::vector<OrderedPoint>& sources,
                               const std::vector<Reach>& reaches, OctantKey leaf) {
  std::vector<std::size_t> place(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) place[sources[i].number] = i;
  const auto at = [&](PointKey key) {
    return std::lower_bound(sources.begin(), sources.end(), key, [](auto& s, PointKey k) { return s.key < k; }) -
           sources.begin();
  };
  std::vector<int> times(sources.size(), 0);
  for (OctantKey target = leaf; target != 0; target = parent_of(target)) {
    auto reach = std::lower_bound(reaches.begin(), reaches.end(), Reach{target, 0, 0});
    for (; reach != reaches.end() && reach->target == target; ++reach) {
      if (reach->kind == by_point) {
        ++times[place[usize(reach->source)]];
        continue;
      }
      EXPECT_TRUE(tree.contains(reach->source));
      for (auto i = at(first_point(reach->source)); i < at(end_point(reach->source)); ++i) ++times[usize(i)];
    }
  }
  return times;
}

/// All points of a leaf of the last level lie in one place.
bool is_pile(const DomainSetting& setting, const RootCube& root, OctantKey leaf) {
  std::vector<std::array<double, 3>> places;
  for (const Points* points : {&setting.sources, &setting.all_targets()})
    for (std::size_t i = 0; i < points->size(); i += 3) {
      const double* p = &(*points)[i];
      const PointKey key = root.point_key(p[0] / root.unit, p[1] / root.unit, p[2] / root.unit);
      if (octant_at(key, level_of(leaf)) == leaf) places.push_back({p[0], p[1], p[2]});
    }
  return level_of(leaf) == max_depth && std::count(places.begin(), places.end(), places[0]) == std::ssize(places);
}

}

Interacting::Interacting(const DomainSetting& setting, Index direct_limit,
                         const std::vector<PointKey>& forced_splitters)
    : BuiltDomain(setting, comm, forced_splitters),
      lists(make_target_lists(essential, direct_limit)),
      global(global_tree(setting, options.root)) {
  TargetLists taken = lists;
  interactions = make_interactions(comm, partition, essential, points, taken);
}

std::vector<std::size_t> Interacting::source_numbers() {
  std::vector<double> values(usize(interactions.num_sources), NAN);
  for (Index i = 0; i < points.num_sources; ++i) {
    const RootPlace origin = points.caller_sources.origin(i);
    values[usize(i)] = static_cast<double>(dealt.source_shares[usize(origin.rank)][usize(origin.index)]);
  }
  interactions.ghost_sources.copy(1, values.data(), values.data());
  std::vector<std::size_t> numbers;
  for (const double value : values) {
    EXPECT_FALSE(std::isnan(value)) << "a ghost that nobody filled";
    numbers.push_back(std::isnan(value) ? 0 : static_cast<std::size_t>(value));
  }
  return numbers;
}

std::vector<Index> Interacting::v_list(Index target) const {
  std::vector<Index> members;
  const Index parent = tree().parent[usize(target)];
  if (parent < 0) return members;
  for (const Index around : interactions.colleagues[parent])
    for (int number = 0; around >= 0 && number < 8; ++number)
      if (const Index child = tree().child(around, number);
          child >= 0 && octant(child).num_sources > 0 && !adjacent(octant(child).key, octant(target).key))
        members.push_back(child);
  return members;
}

std::vector<Reach> all_reaches(Interacting& domain) {
  const auto numbers = domain.source_numbers();
  const Interactions& all = domain.interactions;
  std::vector<Bits128> own;
  for (Index t = 0; t < size_of(all.targets); ++t) {
    const Index target = all.targets[usize(t)];
    const OctantKey key = domain.octant(target).key;
    const auto add = [&](Bits128 kind, Bits128 source) { own.insert(own.end(), {key, kind, source}); };
    for (const IndexRange& range : all.near[t])
      for (Index i = range.begin; i < range.end; ++i) add(by_point, numbers[usize(i)]);
    for (const Index i : domain.v_list(target)) add(by_v, domain.octant(i).key);
    for (const Index i : all.w[t]) add(by_w, domain.octant(i).key);
    for (const Index i : all.x[t]) add(by_x, domain.octant(i).key);
  }
  const auto gathered = all_gather_lists(comm, own);
  std::vector<Reach> reaches;
  for (std::size_t i = 0; i < gathered.size(); i += 3)
    reaches.push_back({gathered[i], gathered[i + 1], gathered[i + 2]});
  std::sort(reaches.begin(), reaches.end());
  return reaches;
}

void expect_full_coverage(const DomainSetting& setting, Interacting& domain) {
  const auto reaches = all_reaches(domain);
  const auto sources = in_global_order(setting.sources, domain.dealt.source_shares, domain.options.root);
  for (const auto& [key, octant] : domain.global) {
    // Each rank looks at its own targets.
    if (!octant.leaf || octant.num_targets == 0 || domain.partition.owner_of_octant(key) != rank_of(comm)) continue;
    const auto times = times_reached(domain.global, sources, reaches, key);
    const bool pile = is_pile(setting, domain.options.root, key);
    for (std::size_t i = 0; i < times.size(); ++i) {
      const bool excluded = pile && sources[i].key == first_point(key);
      ASSERT_EQ(times[i], excluded ? 0 : 1) << "target leaf " << name_of(key) << " source " << sources[i].number;
    }
  }
}

}
