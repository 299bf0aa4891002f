// SPDX-License-Identifier: BSD-3-Clause
#include "domain/partition.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "comm/sparse_exchange.hpp"

namespace nearfar {
namespace {

struct CoarseOctant {
  OctantKey key = root_octant;
  std::int64_t num_sources = 0;
  std::int64_t num_targets = 0;
  std::int64_t cost = 0;
};

struct CoarseTree {
  std::vector<CoarseOctant> internal;  // sorted by key
  std::vector<CoarseOctant> leaves;    // in Morton order
};

/// Global counts of the children of the given octants; empty ones are left out.
[[nodiscard]] std::vector<CoarseOctant> count_children(MPI_Comm communicator, const Partition& partition,
                                                       const PartitionOptions& options,
                                                       std::span<const CoarseOctant> parents) {
  std::vector<std::int64_t> counts;
  counts.reserve(parents.size() * 24);
  for (const auto& parent : parents)
    for (int child = 0; child < 8; ++child) {
      const OctantKey key = child_of(parent.key, child);
      const std::int64_t sources = points_between(partition.sources, first_point(key), end_point(key)).size();
      const std::int64_t targets = points_between(partition.target_records(), first_point(key), end_point(key)).size();
      counts.insert(counts.end(),
                    {sources, targets,
                     options.work ? options.work->between(first_point(key), end_point(key)) : sources + targets});
    }
  all_reduce(communicator, std::span<std::int64_t>(counts), MPI_SUM);
  std::vector<CoarseOctant> children;
  for (std::size_t i = 0; i < parents.size() * 8; ++i)
    if (counts[3 * i] + counts[3 * i + 1] > 0)
      children.push_back(
          {child_of(parents[i / 8].key, static_cast<int>(i % 8)), counts[3 * i], counts[3 * i + 1], counts[3 * i + 2]});
  return children;
}

/// Where a coarse leaf begins, for cuts: at the largest octant that holds it and no point before it. So whole chains of
/// octants above a cluster lie on its rank.
[[nodiscard]] PointKey border_before(const std::vector<CoarseOctant>& leaves, std::size_t leaf) {
  const PointKey end_before = leaf == 0 ? 0 : end_point(leaves[leaf - 1].key);
  OctantKey octant = leaves[leaf].key;
  while (octant != root_octant && first_point(parent_of(octant)) >= end_before) octant = parent_of(octant);
  return first_point(octant);
}

/// Adds to the cost of each coarse leaf what lies between it and the next, where no points are but anchors may be.
void count_gaps(MPI_Comm communicator, const WorkProfile& work, std::vector<CoarseOctant>& leaves) {
  std::vector<std::int64_t> costs;
  for (std::size_t i = 0; i < leaves.size(); ++i)
    costs.push_back(
        work.between(border_before(leaves, i), i + 1 < leaves.size() ? border_before(leaves, i + 1) : point_key_end));
  all_reduce(communicator, std::span<std::int64_t>(costs), MPI_SUM);
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i].cost = costs[i];
}

[[nodiscard]] CoarseTree build_coarse_tree(MPI_Comm communicator, const Partition& partition,
                                           const PartitionOptions& options, int num_ranks) {
  const std::int64_t num_points = partition.num_sources + partition.num_targets;
  const std::int64_t total = options.work ? all_sum(communicator, options.work->between(0, point_key_end)) : num_points;
  const std::int64_t enough = total / (std::int64_t{options.coarse_leaves_per_rank} * num_ranks);
  const auto splits = [&](const CoarseOctant& octant) {
    const bool tree_splits =
        (octant.num_sources > options.points_per_leaf || octant.num_targets > options.points_per_leaf) &&
        level_of(octant.key) < max_depth;
    const bool cut_inside =
        std::any_of(options.forced_splitters.begin(), options.forced_splitters.end(),
                    [&](PointKey cut) { return first_point(octant.key) < cut && cut < end_point(octant.key); });
    return tree_splits && (octant.cost > enough || cut_inside);
  };
  CoarseTree tree;
  std::vector<CoarseOctant> open;
  if (num_points > 0) open.push_back({root_octant, partition.num_sources, partition.num_targets, total});
  while (!open.empty()) {
    const auto first_leaf = std::stable_partition(open.begin(), open.end(), splits);
    tree.leaves.insert(tree.leaves.end(), first_leaf, open.end());
    open.erase(first_leaf, open.end());
    tree.internal.insert(tree.internal.end(), open.begin(), open.end());
    if (!open.empty()) open = count_children(communicator, partition, options, open);
  }
  std::sort(tree.leaves.begin(), tree.leaves.end(),
            [](const auto& a, const auto& b) { return first_point(a.key) < first_point(b.key); });
  if (options.work) count_gaps(communicator, *options.work, tree.leaves);
  return tree;
}

/// Cuts at borders of coarse leaves, nearest to equal costs or to the forced splitters.
[[nodiscard]] std::vector<PointKey> choose_splitters(const CoarseTree& tree, const PartitionOptions& options,
                                                     int num_ranks) {
  std::vector<std::int64_t> before{0};  // cost before each coarse leaf
  for (const auto& leaf : tree.leaves) before.push_back(before.back() + leaf.cost);
  std::vector<PointKey> splitters{0};
  for (int rank = 1; rank < num_ranks; ++rank) {
    std::size_t cut = 0;
    if (options.forced_splitters.empty()) {
      const auto ideal = static_cast<std::int64_t>(static_cast<double>(before.back()) * rank / num_ranks);
      cut = static_cast<std::size_t>(std::lower_bound(before.begin(), before.end(), ideal) - before.begin());
      if (cut > 0 && ideal - before[cut - 1] < before[cut] - ideal) --cut;
    } else {
      const PointKey wish = options.forced_splitters[usize(rank - 1)];
      while (cut < tree.leaves.size() && end_point(tree.leaves[cut].key) <= wish) ++cut;
    }
    const PointKey key = cut < tree.leaves.size() ? border_before(tree.leaves, cut) : point_key_end;
    splitters.push_back(std::max(splitters.back(), key));
  }
  splitters.push_back(point_key_end);
  return splitters;
}

/// Of all points of this rank.
void make_records(const RootCube& root, std::span<const double> points, int rank, PointRecords& records) {
  constexpr Index part_size = 1 << 12;
  const auto count = static_cast<Index>(points.size() / 3);
  records.clear();
  records.resize(usize(count));
#pragma omp parallel for schedule(static)
  for (Index begin = 0; begin < count; begin += part_size)
    make_records(root, points, {begin, std::min(begin + part_size, count)}, rank, records);
}

/// Sends each record to the rank that owns its key; the result is sorted.
void send_to_owners(MPI_Comm communicator, Partition& partition, PointRecords& records) {
  const int own_rank = rank_of(communicator);
  std::map<int, std::vector<PointRecord>> outgoing;
  IndexRange own;
  for (int rank = 0; rank + 1 < size_of(partition.splitters); ++rank) {
    const auto range = points_between(records, partition.splitters[usize(rank)], partition.splitters[usize(rank) + 1]);
    if (rank == own_rank)
      own = range;
    else if (range.size() > 0)
      outgoing[rank].assign(records.begin() + range.begin, records.begin() + range.end);
  }
  auto received = sparse_exchange(communicator, std::move(outgoing));
  agree(communicator, [&] {
    if (usize(own.size()) + received.size() > usize(std::numeric_limits<Index>::max() / 4))
      throw InputError(
          "too many points in one place of the tree for one rank: use more ranks, or merge coincident points");
  });
  if (received.empty() && usize(own.size()) == records.size()) return;
  PointRecords memory;
  sort_records(received, memory);
  merge_sorted(std::span(records).subspan(usize(own.begin), usize(own.size())), received, partition.scratch);
  records.swap(partition.scratch);
}

}

WorkProfile::WorkProfile(std::vector<std::pair<PointKey, std::int64_t>> costs) : below_{0} {
  std::sort(costs.begin(), costs.end());
  for (const auto& [anchor, cost] : costs) {
    anchors_.push_back(anchor);
    below_.push_back(below_.back() + cost);
  }
}

std::int64_t WorkProfile::between(PointKey begin, PointKey end) const noexcept {
  const auto first = std::lower_bound(anchors_.begin(), anchors_.end(), begin);
  const auto last = std::lower_bound(first, anchors_.end(), end);
  return anchors_.empty() ? 0 : below_[usize(last - anchors_.begin())] - below_[usize(first - anchors_.begin())];
}

int owner_of(std::span<const PointKey> splitters, PointKey key) noexcept {
  return static_cast<int>(std::upper_bound(splitters.begin(), splitters.end(), key) - splitters.begin()) - 1;
}

int Partition::owner(PointKey key) const noexcept { return owner_of(splitters, key); }

IndexRange points_between(std::span<const PointRecord> records, PointKey begin, PointKey end) noexcept {
  const auto before = [](const PointRecord& record, PointKey key) { return record.key < key; };
  const auto first = std::lower_bound(records.begin(), records.end(), begin, before);
  const auto last = std::lower_bound(first, records.end(), end, before);
  return {static_cast<Index>(first - records.begin()), static_cast<Index>(last - records.begin())};
}

Cuts choose_cuts(MPI_Comm communicator, const Partition& partition, const PartitionOptions& options, int num_ranks) {
  const CoarseTree tree = build_coarse_tree(communicator, partition, options, num_ranks);
  Cuts cuts;
  cuts.splitters = choose_splitters(tree, options, num_ranks);
  for (const auto& octant : tree.internal)
    cuts.coarse_internal.push_back(
        {.key = octant.key, .num_sources = octant.num_sources, .num_targets = octant.num_targets});
  for (const auto& leaf : tree.leaves) cuts.coarse_leaves.push_back(leaf.key);
  return cuts;
}

void cut_again(MPI_Comm communicator, const PartitionOptions& options, Partition& partition) {
  const int rank = rank_of(communicator);
  Cuts cuts = choose_cuts(communicator, partition, options, size_of_communicator(communicator));
  partition.splitters = std::move(cuts.splitters);
  partition.coarse_internal = std::move(cuts.coarse_internal);
  partition.coarse_leaves.clear();
  partition.deepest_shared_level = -1;
  for (auto& octant : partition.coarse_internal) {
    octant.owner = partition.owner_of_octant(octant.key);
    if (partition.owner(end_point(octant.key) - 1) != octant.owner)
      partition.deepest_shared_level = std::max(partition.deepest_shared_level, level_of(octant.key));
  }
  for (const OctantKey leaf : cuts.coarse_leaves)
    if (partition.owner_of_octant(leaf) == rank) partition.coarse_leaves.push_back(leaf);

  send_to_owners(communicator, partition, partition.sources);
  if (!partition.targets_are_sources) send_to_owners(communicator, partition, partition.targets);
}

void make_records(const RootCube& root, std::span<const double> points, IndexRange range, int rank,
                  PointRecords& records) {
  std::array<PointKey, 256> keys;
  for (Index begin = range.begin; begin < range.end; begin += size_of(keys)) {
    const Index count = std::min(size_of(keys), range.end - begin);
    root.point_keys(points.subspan(3 * usize(begin), 3 * usize(count)), std::span(keys).first(usize(count)));
    for (Index i = 0; i < count; ++i) records[usize(begin + i)] = {keys[usize(i)], rank, begin + i};
  }
}

Partition make_partition(MPI_Comm communicator, const CallerPoints& points, const PartitionOptions& options) {
  const int rank = rank_of(communicator);
  Partition partition;
  partition.root = options.root;
  partition.points_per_leaf = options.points_per_leaf;
  partition.targets_are_sources = points.targets_are_sources;
  partition.num_sources = all_sum(communicator, std::int64_t{points.num_sources()});
  partition.num_targets = all_sum(communicator, std::int64_t{points.num_targets()});
  make_records(options.root, points.sources, rank, partition.sources);
  if (!points.targets_are_sources) make_records(options.root, points.targets, rank, partition.targets);
  sort_records(partition.sources, partition.scratch);
  sort_records(partition.targets, partition.scratch);
  cut_again(communicator, options, partition);
  return partition;
}

Partition make_partition(MPI_Comm communicator, const MovedPoints& points, const PartitionOptions& options,
                         Partition&& former) {
  const int rank = rank_of(communicator);
  Partition partition = std::move(former);
  if (partition.root != options.root) {
    make_records(options.root, points.sources, rank, partition.sources);
    make_records(options.root, points.targets, rank, partition.targets);
  }
  partition.root = options.root;
  partition.points_per_leaf = options.points_per_leaf;
  sort_records(partition.sources, partition.scratch);
  sort_records(partition.targets, partition.scratch);
  cut_again(communicator, options, partition);
  return partition;
}

}
