// SPDX-License-Identifier: BSD-3-Clause
// Where the Morton curve is cut.
#include <algorithm>
#include <deque>

#include "domain/partition.hpp"

namespace nearfar {
namespace {

/// Adds up over the ranks of a communicator.
class CountsByReduction final : public GlobalCounts {
 public:
  explicit CountsByReduction(MPI_Comm communicator) : communicator_(communicator) {}
  void add_up(std::span<const KeyRange>, std::span<std::int64_t> counts) override {
    all_reduce(communicator_, counts, MPI_SUM);
  }

 private:
  MPI_Comm communicator_;
};

/// Searches ascending keys for other ascending keys, each from where the one before was found.
template <class KeyAt>
class AscendingSearch {
 public:
  AscendingSearch(std::size_t count, KeyAt key_at) : count_(count), key_at_(key_at) {}

  /// How many keys are below `key`.
  [[nodiscard]] std::size_t below(PointKey key) {
    std::size_t step = 1;
    for (; place_ + step <= count_ && key_at_(place_ + step - 1) < key; step *= 2) place_ += step;
    for (; step > 0; step /= 2)
      if (place_ + step <= count_ && key_at_(place_ + step - 1) < key) place_ += step;
    return place_;
  }
  void restart() noexcept { place_ = 0; }

 private:
  std::size_t count_, place_ = 0;
  KeyAt key_at_;
};

[[nodiscard]] auto search(std::span<const PointRecord> records) {
  return AscendingSearch(records.size(), [records](std::size_t i) -> PointKey { return records[i].key; });
}
[[nodiscard]] auto search(std::span<const PointKey> keys) {
  return AscendingSearch(keys.size(), [keys](std::size_t i) { return keys[i]; });
}

/// What lies in some part of the curve.
struct Content {
  std::int64_t sources = 0, targets = 0, cost = 0;

  void operator-=(const Content& other) noexcept {
    sources -= other.sources;
    targets -= other.targets;
    cost -= other.cost;
  }
  [[nodiscard]] bool has_points() const noexcept { return sources + targets > 0; }
};

/// Where the curve may be cut: the begin of the largest octant that holds the points behind it and none before it, so
/// that whole chains of octants above a cluster lie on its rank; or a place in the gap before it, which comes to the
/// same, since no octant with points begins there.
struct Border {
  PointKey key = 0;
  std::int64_t cost_before = 0;
};

/// An octant or part of the children of one, with points.
struct Part {
  PointKey begin = 0;
  Content content;
  std::int64_t cost_before = 0;
  Border left, right;              ///< the last border before its points and the first one behind them
  int first_cut = 0, end_cut = 0;  ///< ideal cuts inside
};

/// Goes down from the root in all parts that hold ideal cuts, all parts of a size at a time.
class CutSearch {
 public:
  CutSearch(GlobalCounts& global, const Partition& partition, const PartitionOptions& options, int num_ranks)
      : global_(global),
        partition_(partition),
        options_(options),
        num_ranks_(num_ranks),
        splitters_(usize(num_ranks) + 1, point_key_end) {
    splitters_[0] = 0;
  }

  [[nodiscard]] Cuts run() {
    begin_at_root();
    while (!open_.empty()) divide_all();
    for (std::size_t rank = 1; rank < splitters_.size(); ++rank)
      splitters_[rank] = std::max(splitters_[rank], splitters_[rank - 1]);
    auto shared = shared_octants();
    return {std::move(splitters_), std::move(shared)};
  }

 private:
  [[nodiscard]] bool is_forced() const noexcept { return !options_.forced_splitters.empty(); }
  [[nodiscard]] PointKey wish(int cut) const { return options_.forced_splitters[usize(cut - 1)]; }
  [[nodiscard]] std::int64_t ideal(int cut) const noexcept {
    return static_cast<std::int64_t>(static_cast<double>(total_) * cut / num_ranks_);
  }
  [[nodiscard]] PointKey end_of(const Part& part) const noexcept {
    return part.begin + (PointKey{1} << (3 * max_depth - depth_));
  }
  [[nodiscard]] std::size_t numbers_per_range() const noexcept {
    return 1U + (partition_.targets_are_sources ? 0U : 1U) + (options_.work ? 1U : 0U);
  }
  [[nodiscard]] Content content_of(const std::int64_t* counts) const noexcept {
    Content content;
    content.sources = *counts++;
    content.targets = partition_.targets_are_sources ? content.sources : *counts++;
    content.cost = options_.work ? *counts : content.sources + content.targets;
    return content;
  }

  [[nodiscard]] std::vector<std::int64_t> count(std::span<const KeyRange> ranges);
  void begin_at_root();
  void divide_all();
  [[nodiscard]] std::vector<KeyRange> ranges_of_parts(int bits) const;
  void divide(const Part& part, const std::int64_t* counts, int bits);
  void hand_out_cuts(const Part& part, std::span<Part> inner);
  [[nodiscard]] bool is_settled(int cut, const Part& part) const;
  void settle(int cut, const Border& left, const Border& right);
  [[nodiscard]] std::vector<OctantRecord> shared_octants();

  struct Divided {
    OctantKey key;
    std::int64_t sources, targets;
  };

  GlobalCounts& global_;
  const Partition& partition_;
  const PartitionOptions& options_;
  int num_ranks_;
  std::vector<PointKey> splitters_;
  std::int64_t total_ = 0;       // cost
  std::int64_t enough_ = 0;      // cost of a part that need not be divided
  int depth_ = 0;                // of the open parts: bits of the key that tell them apart
  std::deque<Part> open_;        // ascending
  std::array<Part, 8> inner_;    // of the part that is being divided
  std::deque<Divided> divided_;  // octants, sorted by key
};

/// On all ranks.
std::vector<std::int64_t> CutSearch::count(std::span<const KeyRange> ranges) {
  std::vector<std::int64_t> counts;
  counts.reserve(ranges.size() * numbers_per_range());
  const auto count_records = [](auto& records, const KeyRange& range) {
    const std::size_t before = records.below(range.begin);
    return static_cast<std::int64_t>(records.below(range.end) - before);
  };
  const std::span<const std::int64_t> costs = options_.work ? options_.work->below() : std::span<const std::int64_t>();
  auto sources = search(std::span<const PointRecord>(partition_.sources));
  auto targets = search(std::span<const PointRecord>(partition_.targets));
  auto places = search(options_.work ? options_.work->places() : std::span<const PointKey>());
  for (const KeyRange& range : ranges) {
    counts.push_back(count_records(sources, range));
    if (!partition_.targets_are_sources) counts.push_back(count_records(targets, range));
    if (options_.work) {
      const std::int64_t before = costs[places.below(range.begin)];
      counts.push_back(costs[places.below(range.end)] - before);
    }
  }
  global_.add_up(ranges, counts);
  return counts;
}

void CutSearch::begin_at_root() {
  const KeyRange all{0, point_key_end};
  Part root;
  root.content = content_of(count(std::span(&all, 1)).data());
  total_ = root.content.cost;
  enough_ = total_ / (std::int64_t{options_.parts_per_rank} * num_ranks_);
  root.right = {point_key_end, total_};
  if (root.content.has_points()) {
    Part above = root;
    above.first_cut = 1;
    above.end_cut = num_ranks_;
    hand_out_cuts(above, std::span(&root, 1));
  }
}

/// Into octants while that is cheap, else by halves, of which only one is counted and the other is what is left.
void CutSearch::divide_all() {
  constexpr std::size_t few = 256;
  const int bits = open_.size() < few ? 3 - depth_ % 3 : 1;
  const std::vector<std::int64_t> counts = count(ranges_of_parts(bits));
  const auto parts = open_.size();
  const std::size_t numbers_per_part = ((1U << bits) - 1) * numbers_per_range();
  if (depth_ % 3 == 0)
    for (const Part& part : open_)
      divided_.push_back({octant_at(part.begin, depth_ / 3), part.content.sources, part.content.targets});
  depth_ += bits;
  for (std::size_t i = 0; i < parts; ++i) {
    divide(open_.front(), counts.data() + i * numbers_per_part, bits);
    open_.pop_front();
  }
}

/// Of all open parts, without the last part of each.
std::vector<KeyRange> CutSearch::ranges_of_parts(int bits) const {
  const PointKey length = PointKey{1} << (3 * max_depth - depth_ - bits);
  std::vector<KeyRange> ranges;
  ranges.reserve(open_.size() * ((1U << bits) - 1));
  for (const Part& part : open_)
    for (PointKey begin = part.begin; begin < end_of(part) - length; begin += length)
      ranges.push_back({begin, begin + length});
  return ranges;
}

void CutSearch::divide(const Part& part, const std::int64_t* counts, int bits) {
  std::size_t num_inner = 0;
  const std::size_t num_parts = std::size_t{1} << bits;
  Content rest = part.content;
  std::int64_t cost_before = part.cost_before;
  for (std::size_t i = 0; i < num_parts; ++i) {
    const Content content = i + 1 < num_parts ? content_of(counts + i * numbers_per_range()) : rest;
    rest -= content;
    if (content.has_points()) {
      Part& next = inner_[num_inner];
      next.begin = part.begin + (PointKey{i} << (3 * max_depth - depth_));
      next.content = content;
      next.cost_before = cost_before;
      next.left = num_inner == 0 ? part.left : Border{next.begin, cost_before};
      if (num_inner > 0) inner_[num_inner - 1].right = next.left;
      next.first_cut = next.end_cut = 0;
      ++num_inner;
    }
    cost_before += content.cost;
  }
  inner_[num_inner - 1].right = part.right;
  hand_out_cuts(part, std::span(inner_).first(num_inner));
}

/// To the parts of a part, which are opened where cuts are left to be settled.
void CutSearch::hand_out_cuts(const Part& part, std::span<Part> inner) {
  auto next = inner.begin();
  const auto ends_before = [&](const Part& p, int cut) {
    return is_forced() ? end_of(p) <= wish(cut) : p.cost_before + p.content.cost <= ideal(cut);
  };
  for (int cut = part.first_cut; cut < part.end_cut; ++cut) {
    while (next != inner.end() && ends_before(*next, cut)) ++next;
    const Part& place = next == inner.end() ? inner.back() : *next;
    if (next == inner.end() && is_forced())
      settle(cut, place.right, place.right);
    else if (next == inner.end() || is_settled(cut, place))
      settle(cut, place.left, place.right);
    else if (next->end_cut == cut && next->end_cut > next->first_cut)
      open_.back().end_cut = next->end_cut = cut + 1;
    else {
      next->first_cut = cut;
      next->end_cut = cut + 1;
      open_.push_back(*next);
    }
  }
}

/// Whether no part of `part` offers a better place.
bool CutSearch::is_settled(int cut, const Part& part) const {
  if (depth_ % 3 == 0) {
    const std::int64_t most = std::max(part.content.sources, part.content.targets);
    if (most <= options_.points_per_leaf || depth_ / 3 >= max_depth) return true;  // a leaf, as far as points matter
  }
  if (is_forced()) return wish(cut) <= part.begin;
  const std::int64_t place = ideal(cut), near = enough_ / 4;
  return part.content.cost <= enough_ || place <= part.cost_before || place - part.left.cost_before <= near ||
         part.right.cost_before - place <= near;
}

void CutSearch::settle(int cut, const Border& left, const Border& right) {
  const std::int64_t place = ideal(cut);
  const bool is_left = is_forced() || place <= left.cost_before || place - left.cost_before < right.cost_before - place;
  splitters_[usize(cut)] = is_left ? left.key : right.key;
}

std::vector<OctantRecord> CutSearch::shared_octants() {
  auto splitters = search(std::span<const PointKey>(splitters_));
  int level = 0;
  const auto next_splitter = [&](OctantKey octant, PointKey place) {
    if (level_of(octant) != level) splitters.restart();
    level = level_of(octant);
    return splitters.below(place + 1);
  };
  std::erase_if(divided_, [&](const Divided& octant) {
    return splitters_[next_splitter(octant.key, first_point(octant.key))] >= end_point(octant.key);
  });
  std::vector<OctantRecord> shared;
  shared.reserve(divided_.size());
  for (; !divided_.empty(); divided_.pop_front()) {
    const Divided& octant = divided_.front();
    shared.push_back({.key = octant.key,
                      .num_sources = octant.sources,
                      .num_targets = octant.targets,
                      .owner = static_cast<int>(next_splitter(octant.key, place_of_shared(octant.key))) - 1});
  }
  return shared;
}

}

Cuts choose_cuts(GlobalCounts& global, const Partition& partition, const PartitionOptions& options, int num_ranks) {
  return CutSearch(global, partition, options, num_ranks).run();
}

Cuts choose_cuts(MPI_Comm communicator, const Partition& partition, const PartitionOptions& options, int num_ranks) {
  CountsByReduction counts(communicator);
  return choose_cuts(counts, partition, options, num_ranks);
}

void keep_shared_octants_around(int rank, Partition& partition) {
  const PointKey begin = partition.splitters[usize(rank)], end = partition.splitters[usize(rank) + 1];
  const auto is_near = [&](OctantKey octant) {
    for (int d = 0; d < num_directions; ++d)
      if (const OctantKey around = colleague(octant, d);
          around != 0 && first_point(around) < end && begin < end_point(around))
        return true;
    return false;
  };
  // Level by level: an octant can only be near where its parent is.
  const std::vector<OctantRecord> all = std::move(partition.shared_octants);
  std::vector<OctantRecord>& kept = partition.shared_octants;
  kept.clear();
  if (!all.empty()) kept.push_back(all.front());
  auto next = all.begin();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const OctantKey parent = kept[i].key;
    if (!is_near(parent)) continue;
    next = std::lower_bound(next, all.end(), child_of(parent, 0),
                            [](const OctantRecord& octant, OctantKey key) { return octant.key < key; });
    for (; next != all.end() && parent_of(next->key) == parent; ++next) kept.push_back(*next);
  }
  kept.shrink_to_fit();
}

}
