// SPDX-License-Identifier: BSD-3-Clause
#include "domain/partition.hpp"

#include <algorithm>
#include <limits>

#include "base/region.hpp"
#include "comm/routed_exchange.hpp"

namespace nearfar {
namespace {

/// Of all points of this rank.
void make_records(const RootCube& root, std::span<const double> points, int rank, PointRecords& records) {
  constexpr Index part_size = 1 << 12;
  const auto count = static_cast<Index>(points.size() / 3);
  records.clear();
  records.resize(usize(count));
  const Region region;
#pragma omp parallel for schedule(static)
  for (Index begin = 0; begin < count; begin += part_size)
    make_records(root, points, {begin, std::min(begin + part_size, count)}, rank, records);
}

/// Sends each record to the rank that owns its key; the result is sorted.
void send_to_owners(MPI_Comm communicator, Partition& partition, PointRecords& records) {
  const int own_rank = rank_of(communicator);
  std::map<int, std::vector<PointRecord>> outgoing;
  IndexRange own;
  for (Index begin = 0, end = 0; begin < size_of(records); begin = end) {
    const int rank = partition.owner(records[usize(begin)].key);
    end = points_between(records, 0, partition.splitters[usize(rank) + 1]).end;
    if (rank == own_rank)
      own = {begin, end};
    else
      outgoing[rank].assign(records.begin() + begin, records.begin() + end);
  }
  bool over_relays = false;
  auto received = routed_exchange(communicator, std::move(outgoing), partition.most_partners, over_relays);
  partition.callers_are_far |= over_relays;
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

/// Partition::top_octants, from the splitters.
void find_top_octants(int rank, Partition& partition) {
  partition.top_octants.clear();
  const PointKey end = partition.splitters[usize(rank) + 1];
  for (PointKey begin = partition.splitters[usize(rank)]; begin < end;) {
    int level = 0;
    while (first_point(octant_at(begin, level)) < begin || end_point(octant_at(begin, level)) > end) ++level;
    const OctantKey octant = octant_at(begin, level);
    begin = end_point(octant);
    if (points_between(partition.sources, first_point(octant), begin).size() > 0 ||
        points_between(partition.target_records(), first_point(octant), begin).size() > 0)
      partition.top_octants.push_back(octant);
  }
}

}

WorkProfile::WorkProfile(std::vector<std::pair<PointKey, std::int64_t>> costs) {
  std::sort(costs.begin(), costs.end());
  for (const auto& [place, cost] : costs) {
    places_.push_back(place);
    below_.push_back(below_.back() + cost);
  }
}

std::int64_t WorkProfile::between(PointKey begin, PointKey end) const noexcept {
  const auto first = std::lower_bound(places_.begin(), places_.end(), begin);
  const auto last = std::lower_bound(first, places_.end(), end);
  return below_[usize(last - places_.begin())] - below_[usize(first - places_.begin())];
}

int owner_of(std::span<const PointKey> splitters, PointKey key) noexcept {
  return static_cast<int>(std::upper_bound(splitters.begin(), splitters.end(), key) - splitters.begin()) - 1;
}

bool is_shared(std::span<const PointKey> splitters, OctantKey key) noexcept {
  return *std::upper_bound(splitters.begin(), splitters.end(), first_point(key)) < end_point(key);
}

int owner_of_octant(std::span<const PointKey> splitters, OctantKey key) noexcept {
  return owner_of(splitters, is_shared(splitters, key) ? place_of_shared(key) : middle_point(key));
}

int Partition::owner(PointKey key) const noexcept { return owner_of(splitters, key); }
int Partition::owner_of_octant(OctantKey key) const noexcept { return nearfar::owner_of_octant(splitters, key); }
bool Partition::is_shared(OctantKey key) const noexcept { return nearfar::is_shared(splitters, key); }

IndexRange points_between(std::span<const PointRecord> records, PointKey begin, PointKey end) noexcept {
  const auto before = [](const PointRecord& record, PointKey key) { return record.key < key; };
  const auto first = std::lower_bound(records.begin(), records.end(), begin, before);
  const auto last = std::lower_bound(first, records.end(), end, before);
  return {static_cast<Index>(first - records.begin()), static_cast<Index>(last - records.begin())};
}

void cut_again(MPI_Comm communicator, const PartitionOptions& options, Partition& partition) {
  Cuts cuts = choose_cuts(communicator, partition, options, size_of_communicator(communicator));
  partition.splitters = std::move(cuts.splitters);
  partition.shared_octants = std::move(cuts.shared_octants);
  partition.deepest_shared_level =
      partition.shared_octants.empty() ? -1 : level_of(partition.shared_octants.back().key);
  send_to_owners(communicator, partition, partition.sources);
  if (!partition.targets_are_sources) send_to_owners(communicator, partition, partition.targets);
  find_top_octants(rank_of(communicator), partition);
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
  partition.most_partners = options.most_partners;
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
  partition.most_partners = options.most_partners;
  sort_records(partition.sources, partition.scratch);
  sort_records(partition.targets, partition.scratch);
  cut_again(communicator, options, partition);
  return partition;
}

}
