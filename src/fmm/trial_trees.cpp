// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/trial_trees.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "tree/lists.hpp"

namespace nearfar {
namespace {

/// The children of the octant at each direction from another that touch that one, as masks.
constexpr auto facing_children = [] {
  std::array<unsigned, num_directions> masks{};
  for (int d = 0; d < num_directions; ++d)
    for (int number = 0; number < 8; ++number) {
      bool touches = true;
      for (int axis = 0; axis < 3; ++axis) {
        const int offset = offset_of(d)[usize(axis)];
        touches = touches && (offset == 0 || (number >> axis & 1) == (offset < 0 ? 1 : 0));
      }
      masks[usize(d)] |= (touches ? 1U : 0U) << number;
    }
  return masks;
}();

/// For each of the sizes. Larger leaves make a smaller tree, whose octants are among those of the others: what holds
/// for some sizes holds for a range of them.
class BySize {
 public:
  explicit BySize(std::size_t num_sizes) : steps_(num_sizes + 1, 0.0) {}

  /// For sizes `begin` to `end` - 1.
  void add(int begin, int end, double value) {
    if (begin >= end) return;
    steps_[usize(begin)] += value;
    steps_[usize(end)] -= value;
  }
  [[nodiscard]] std::vector<double> values() const {
    std::vector<double> values(steps_.begin(), steps_.end() - 1);
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    return values;
  }

 private:
  std::vector<double> steps_;  ///< from the size before
};

/// In the trees of the first `ends` sizes, and split in those of the first `splits` sizes.
struct TrialOctant {
  double keys = 0.0;  ///< of the sample
  int splits = 0, ends = 0;
};

/// The trees of all sizes in one: that of the least size, whose octants are split for the first few sizes.
class TrialTrees {
 public:
  TrialTrees(std::span<const PointKey> sample, double points_per_key, std::span<const int> sizes);

  [[nodiscard]] CountedCosts count(const TrialCosts& costs);

 private:
  using Levels = std::array<std::vector<OctantRecord>, max_depth + 1>;

  [[nodiscard]] int splits_of(std::int64_t keys) const;
  void collect_splits(std::span<const PointKey> keys, OctantKey octant, SplitSets& splits) const;
  void collect_octants(std::span<const PointKey> keys, OctantKey octant, const SplitSets& splits, Levels& levels) const;
  void balance();
  void count_unseen();

  [[nodiscard]] double keys(Index octant) const { return octants_[usize(octant)].keys; }
  [[nodiscard]] int level(Index octant) const { return level_of(tree_.key(octant)); }
  [[nodiscard]] int splits(Index octant) const { return octants_[usize(octant)].splits; }
  /// The octant exists for the first so many sizes.
  [[nodiscard]] int ends(Index octant) const { return octants_[usize(octant)].ends; }

  void add_octants(const TrialCosts& costs, std::vector<double>& sum) const;
  void add_translations(const TrialCosts& costs, std::vector<double>& sum) const;
  void add_near(Index octant, const TrialCosts& costs);
  void add_finer(Index octant, Index colleague, int direction, const TrialCosts& costs);

  double points_per_key_;
  std::span<const int> sizes_;
  Octree tree_;
  std::vector<TrialOctant> octants_;
  ColleagueTable colleagues_;
  std::vector<std::vector<double>> seen_;  ///< [level][size]: of the octants, how many the sample meets
  BySize pairs_;                           ///< of points
  BySize surfaces_;                        ///< ns of points with surfaces, for one point a key
};

TrialTrees::TrialTrees(std::span<const PointKey> sample, double points_per_key, std::span<const int> sizes)
    : points_per_key_(points_per_key), sizes_(sizes), pairs_(sizes.size()), surfaces_(sizes.size()) {
  SplitSets splits(max_depth + 1);
  collect_splits(sample, root_octant, splits);
  close_splits(splits);
  Levels levels;
  collect_octants(sample, root_octant, splits, levels);
  std::vector<OctantRecord> records;
  for (const auto& level : levels) records.insert(records.end(), level.begin(), level.end());
  tree_ = make_octree(std::move(records));
  colleagues_ = make_colleagues(tree_, std::vector<std::uint8_t>(usize(tree_.size()), 1));
  balance();
  count_unseen();
}

/// For how many sizes an octant with so many keys of the sample holds too many points.
int TrialTrees::splits_of(std::int64_t keys) const {
  const double points = static_cast<double>(keys) * points_per_key_;
  return static_cast<int>(std::lower_bound(sizes_.begin(), sizes_.end(), points) - sizes_.begin());
}

template <class Visit>
void for_children(std::span<const PointKey> keys, OctantKey octant, const Visit& visit) {
  auto begin = keys.begin();
  for (int number = 0; number < 8 && begin != keys.end(); ++number) {
    const OctantKey child = child_of(octant, number);
    const auto end = number == 7 ? keys.end() : std::lower_bound(begin, keys.end(), end_point(child));
    if (begin != end) visit(std::span<const PointKey>(begin, end), child);
    begin = end;
  }
}

void TrialTrees::collect_splits(std::span<const PointKey> keys, OctantKey octant, SplitSets& splits) const {
  if (level_of(octant) == max_depth || splits_of(std::ssize(keys)) == 0) return;
  splits[usize(level_of(octant))].push_back(octant);
  for_children(keys, octant, [&](auto part, OctantKey child) { collect_splits(part, child, splits); });
}

void TrialTrees::collect_octants(std::span<const PointKey> keys, OctantKey octant, const SplitSets& splits,
                                 Levels& levels) const {
  const auto count = std::ssize(keys);
  const bool split = is_split(splits, octant);
  levels[usize(level_of(octant))].push_back(
      {.key = octant, .num_sources = count, .num_targets = count, .leaf = split ? 0 : 1});
  if (split)
    for_children(keys, octant, [&](auto part, OctantKey child) { collect_octants(part, child, splits, levels); });
}

/// Trees of all sizes are balanced: the parents of the colleagues of an octant are split whenever it is.
void TrialTrees::balance() {
  octants_.resize(usize(tree_.size()));
  for (Index i = tree_.size(); i-- > 0;) {
    const std::int64_t keys = tree_.octants[usize(i)].num_sources;
    int& own = octants_[usize(i)].splits;
    own = std::max(own, level(i) == max_depth ? 0 : splits_of(keys));
    octants_[usize(i)].keys = static_cast<double>(keys);
    const Index parent = tree_.parent[usize(i)];
    if (own == 0 || parent < 0) continue;
    const int number = child_number(tree_.key(i));
    for (int side = 0; side < 8; ++side) {
      const auto step = [&](int axis) { return (side >> axis & 1) == 0 ? 0 : (number >> axis & 1) != 0 ? 1 : -1; };
      const Index around = colleagues_[parent][usize(direction(step(0), step(1), step(2)))];
      if (around >= 0) octants_[usize(around)].splits = std::max(octants_[usize(around)].splits, own);
    }
  }
  for (Index i = 0; i < tree_.size(); ++i) {
    const Index parent = tree_.parent[usize(i)];
    octants_[usize(i)].ends = parent < 0 ? static_cast<int>(sizes_.size()) : splits(parent);
  }
}

/// Octants with few points may have none of the sample: of how many that is true is estimated, level by level, from
/// those that have one or two (Chao 1984).
void TrialTrees::count_unseen() {
  for (int level = 0; level < tree_.num_levels(); ++level) {
    BySize octants(sizes_.size()), once(sizes_.size()), twice(sizes_.size());
    for (Index i = tree_.level_begin[usize(level)]; i < tree_.level_begin[usize(level) + 1]; ++i) {
      octants.add(0, ends(i), 1.0);
      if (keys(i) <= 2.0) (keys(i) == 1.0 ? once : twice).add(0, ends(i), 1.0);
    }
    std::vector<double> seen = octants.values();
    const std::vector<double> ones = once.values(), twos = twice.values();
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const double unseen = 0.5 * ones[i] * std::max(0.0, ones[i] - 1.0) / (twos[i] + 1.0);
      seen[i] = seen[i] > 0.0 ? std::max(seen[i] / (seen[i] + unseen), 1.0 / points_per_key_) : 1.0;
    }
    seen_.push_back(std::move(seen));
  }
}

void TrialTrees::add_octants(const TrialCosts& costs, std::vector<double>& sum) const {
  for (int level = 2; level < tree_.num_levels(); ++level) {
    BySize ns(sizes_.size());
    const Costs& own = costs.costs.at(level);
    const double of_octant = own.transform + (level > 2 ? 2.0 : 0.0) * own.translation;
    for (Index i = tree_.level_begin[usize(level)]; i < tree_.level_begin[usize(level) + 1]; ++i) {
      ns.add(0, ends(i), of_octant);
      ns.add(splits(i), ends(i), 2.0 * own.leaf + own.near_leaf);
    }
    const std::vector<double> values = ns.values();
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[i] / seen_[usize(level)][i];
  }
}

/// M2L between the children of neighbouring parents.
void TrialTrees::add_translations(const TrialCosts& costs, std::vector<double>& sum) const {
  std::vector<double> families(sizes_.size() + 1, 0.0), pairs(sizes_.size() + 1, 0.0);  // of sizes before each one
  for (Index parent = 0; parent < tree_.size(); ++parent) {
    if (splits(parent) == 0 || level(parent) < 1) continue;
    const unsigned own = tree_.child_mask[usize(parent)];
    const Costs& of_children = costs.costs.at(level(parent) + 1);
    for (int d = 0; d < num_directions; ++d) {
      const Index other = colleagues_[parent][usize(d)];
      if (other < 0 || d == own_direction) continue;
      const int both = std::min(splits(parent), splits(other));
      if (both == 0) continue;
      int length = 0;
      const unsigned around = tree_.child_mask[usize(other)];
      for (unsigned rest = own; rest != 0; rest &= rest - 1)
        length += std::popcount(around & ~unsigned{touching_children(d, std::countr_zero(rest))});
      families[usize(both)] += of_children.family_pair;
      pairs[usize(both)] += of_children.octant_pair * length;
    }
    const auto& seen = seen_[usize(level(parent)) + 1];
    double by_families = 0.0, by_pairs = 0.0;
    for (auto i = usize(splits(parent)); i-- > 0;) {
      by_families += std::exchange(families[i + 1], 0.0);
      by_pairs += std::exchange(pairs[i + 1], 0.0);
      sum[i] += std::min(by_families, by_pairs / (seen[i] * seen[i]));
    }
  }
}

/// Direct sums between the octant while it is a leaf and leaves that touch it, of its level and the next.
void TrialTrees::add_near(Index octant, const TrialCosts& costs) {
  const int begin = splits(octant), end = ends(octant);
  if (begin >= end) return;
  const Colleagues& row = colleagues_[octant];
  const double own = keys(octant);
  // A key does not tell of pairs of the points that it stands for, except of each with itself.
  pairs_.add(begin, end, own * (own - 1.0 + 1.0 / points_per_key_));
  for (int d = 0; d < num_directions; ++d) {
    const Index other = row[usize(d)];
    if (other < 0 || d == own_direction) continue;
    const TrialOctant& around = octants_[usize(other)];
    if (d < own_direction)
      pairs_.add(std::max(begin, around.splits), std::min(end, around.ends), 2.0 * own * around.keys);
    if (begin < std::min(end, around.splits)) add_finer(octant, other, d, costs);
  }
}

/// Between the octant while it is a leaf and the children of a colleague while that is split: U, W and X lists.
void TrialTrees::add_finer(Index octant, Index colleague, int direction, const TrialCosts& costs) {
  const int begin = splits(octant), end = std::min(ends(octant), splits(colleague));
  const unsigned touching = facing_children[usize(direction)];
  Index child = tree_.child_begin[usize(colleague)];
  double touched = 0.0;
  for (unsigned rest = tree_.child_mask[usize(colleague)]; rest != 0; rest &= rest - 1, ++child) {
    if ((touching >> std::countr_zero(rest) & 1U) != 0) {
      touched += keys(child);
      continue;
    }
    const double both = 2.0 * keys(octant) * keys(child);
    const bool small = keys(child) * points_per_key_ <= static_cast<double>(costs.direct_limit);
    const int leaf = small ? std::clamp(splits(child), begin, end) : end;
    surfaces_.add(begin, leaf, 2.0 * keys(octant) * costs.costs.at(level(child)).surface);
    pairs_.add(leaf, end, both);
  }
  pairs_.add(begin, end, 2.0 * keys(octant) * touched);
}

CountedCosts TrialTrees::count(const TrialCosts& costs) {
  CountedCosts counted{std::vector<double>(sizes_.size(), 0.0), {}};
  add_octants(costs, counted.far);
  add_translations(costs, counted.far);
  for (Index i = 0; i < tree_.size(); ++i) add_near(i, costs);
  const std::vector<double> pairs = pairs_.values(), surfaces = surfaces_.values();
  for (std::size_t i = 0; i < pairs.size(); ++i)
    counted.near.push_back(pairs[i] * points_per_key_ * points_per_key_ * costs.costs.of_small_boxes().pair *
                               costs.of_vector +
                           surfaces[i] * points_per_key_);
  return counted;
}

}

CountedCosts count_costs(std::span<const PointKey> sample, double points_per_key, std::span<const int> sizes,
                         const TrialCosts& costs) {
  const std::vector<double> nothing(sizes.size(), 0.0);
  if (sample.empty() || sizes.empty()) return {nothing, nothing};
  return TrialTrees(sample, points_per_key, sizes).count(costs);
}

}
