// SPDX-License-Identifier: BSD-3-Clause
#include "domain/shared_closure.hpp"

#include <algorithm>

namespace nearfar {

bool SharedClosure::is_shared(OctantKey key) const noexcept {
  if (!partition_.is_shared(key)) return false;
  // A cut may cross octants without points, too, which are not split.
  const auto& shared = partition_.shared_octants;
  const auto found = std::lower_bound(shared.begin(), shared.end(), key,
                                      [](const OctantRecord& octant, OctantKey k) { return octant.key < k; });
  return found != shared.end() && found->key == key;
}

bool SharedClosure::contains(OctantKey key) {
  if (level_of(key) >= partition_.deepest_shared_level) return false;
  const auto [place, is_new] = known_.try_emplace(key, false);
  if (is_new) {
    // The closure of an octant reaches less than one octant of each level away from it.
    bool near = false;
    for (int d = 0; d < num_directions && !near; ++d)
      if (const OctantKey other = colleague(key, d); other != 0) near = is_shared(other);
    if (near) place->second = follows_from_next_level(key);
  }
  return place->second;
}

bool SharedClosure::follows_from_next_level(OctantKey key) {
  std::vector<OctantKey> around;  // octants outside it that touch its children
  for (int number = 0; number < 8; ++number)
    for (int d = 0; d < num_directions; ++d)
      if (const OctantKey other = colleague(child_of(key, number), d); other != 0 && parent_of(other) != key)
        around.push_back(other);
  std::sort(around.begin(), around.end());
  around.erase(std::unique(around.begin(), around.end()), around.end());
  return std::any_of(around.begin(), around.end(), [this](OctantKey other) { return is_shared(other); }) ||
         std::any_of(around.begin(), around.end(), [this](OctantKey other) { return contains(other); });
}

namespace {

void add_below(const Partition& partition, SharedClosure& closure, OctantKey key, SplitSets& splits) {
  if (!closure.contains(key)) return;
  splits[usize(level_of(key))].push_back(key);
  for (int number = 0; number < 8; ++number) {
    const OctantKey child = child_of(key, number);
    const auto holds = [&](const PointRecords& points) {
      return points_between(points, first_point(child), end_point(child)).size() > 0;
    };
    if (holds(partition.sources) || holds(partition.target_records())) add_below(partition, closure, child, splits);
  }
}

}

void add_splits_by_shared(const Partition& partition, SharedClosure& closure, SplitSets& splits) {
  for (const OctantKey top : partition.top_octants) add_below(partition, closure, top, splits);
}

void close_splits_of_rank(const Partition& partition, int rank, SharedClosure& closure, SplitSets& splits) {
  const PointKey begin = partition.splitters[usize(rank)], end = partition.splitters[usize(rank) + 1];
  const auto is_closed = [&](OctantKey key) {
    const bool is_own = first_point(key) >= begin && end_point(key) <= end;
    return !is_own && (closure.is_shared(key) || closure.contains(key));
  };
  close_splits(splits, is_closed);
  for (auto& level : splits) std::erase_if(level, [&](OctantKey key) { return partition.is_shared(key); });
}

}
