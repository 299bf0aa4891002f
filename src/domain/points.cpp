// SPDX-License-Identifier: BSD-3-Clause
#include "domain/points.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

#include "tree/parts.hpp"

namespace nearfar {
namespace {

void prepare(const Partition& partition, DomainPoints& domain) {
  domain.targets_are_sources = partition.targets_are_sources;
  domain.num_sources = size_of(partition.sources);
  domain.num_targets = size_of(partition.target_records());
  for (auto* points : {&domain.sources, &domain.own_targets})
    for (auto* axis : {&points->x, &points->y, &points->z}) {
      axis->clear();
      axis->resize((points == &domain.sources ? partition.sources : partition.targets).size());
    }
}

/// Most partners of the ways to the caller. A rank that had points for many others, as one that had all points, has
/// them still, though each of those gets points from it alone.
[[nodiscard]] int most_partners_of(const Partition& partition) {
  return partition.callers_are_far ? 0 : partition.most_partners;
}

/// From the caller by a new map.
void fetch_from_caller(MPI_Comm communicator, const PointRecords& records, std::span<const double> caller, double unit,
                       int most_partners, PointMap& map, Coordinates& coordinates) {
  map = PointMap(communicator, records, most_partners);
  map.to_tree_axes(caller.data(), 1.0 / unit, {coordinates.x.data(), coordinates.y.data(), coordinates.z.data()});
}

/// Points on their way from the order of the tree before to that of the next one.
class Move {
 public:
  /// `former`: of the tree before, [point][3]; `map`: from the caller to it.
  Move(MPI_Comm communicator, std::span<const double> former, const PointMap& map, double unit, PointRecords& records,
       Coordinates& coordinates)
      : communicator_(communicator),
        former_(former.data()),
        own_rank_(rank_of(communicator)),
        map_(map),
        scale_(1.0 / unit),
        records_(records),
        origins_(records.size()),
        coordinates_(coordinates) {}

  /// Returns where the caller keeps each point.
  [[nodiscard]] UnwrittenVector<RootPlace> run() {
    const auto parts = make_parts(size_of(records_), [this](IndexRange range) { return move_own(range); });
    receive(join(parts, &Part::arriving));
    sort_ties(join(parts, &Part::ties));
    return std::move(origins_);
  }

 private:
  struct Part {
    std::vector<Index> arriving;  ///< points that were on other ranks
    std::vector<Index> ties;      ///< points with the key of the one before
  };

  [[nodiscard]] Part move_own(IndexRange range);
  void receive(const std::vector<Index>& arriving);
  void sort_ties(const std::vector<Index>& ties);
  void place(Index point, const double* xyz) {
    coordinates_.x[usize(point)] = xyz[0] * scale_;
    coordinates_.y[usize(point)] = xyz[1] * scale_;
    coordinates_.z[usize(point)] = xyz[2] * scale_;
  }

  MPI_Comm communicator_;
  const double* former_;
  int own_rank_;
  const PointMap& map_;
  double scale_;
  PointRecords& records_;
  UnwrittenVector<RootPlace> origins_;
  Coordinates& coordinates_;
};

Move::Part Move::move_own(IndexRange range) {
  constexpr Index lookahead = 24;
  Part part;
  for (Index i = range.begin; i < range.end; ++i) {
    const PointRecord& record = records_[usize(i)];
    if (i > 0 && records_[usize(i) - 1].key == record.key) part.ties.push_back(i);
    if (i + lookahead < range.end) {
      const PointRecord& ahead = records_[usize(i + lookahead)];
      __builtin_prefetch(former_ + (ahead.rank == own_rank_ ? 3 * usize(ahead.index) : 0));
    }
    if (record.rank == own_rank_) {
      place(i, former_ + 3 * usize(record.index));
      origins_[usize(i)] = map_.origin(record.index);
    } else {
      part.arriving.push_back(i);
    }
  }
  return part;
}

void Move::receive(const std::vector<Index>& arriving) {
  if (all_max(communicator_, arriving.empty() ? 0 : 1) == 0) return;
  std::vector<RootPlace> places;
  places.reserve(arriving.size());
  for (const Index i : arriving) places.push_back({records_[usize(i)].rank, records_[usize(i)].index});
  StarForest forest(communicator_, places, arriving);
  forest.begin(3, former_);
  forest.end(3, former_, [this](Index i, const double* xyz) { place(i, xyz); });
  // An origin travels in the eight bytes of a number.
  static_assert(sizeof(RootPlace) == sizeof(double));
  UnwrittenVector<double> origins(usize(map_.size()));
  for (const Index i : forest.copied_roots()) origins[usize(i)] = std::bit_cast<double>(map_.origin(i));
  forest.begin(1, origins.data());
  forest.end(1, origins.data(),
             [this](Index i, const double* origin) { origins_[usize(i)] = std::bit_cast<RootPlace>(*origin); });
}

/// Points with one key were sorted by their former places, and have to be by those at the caller.
void Move::sort_ties(const std::vector<Index>& ties) {
  const auto comes_first = [](RootPlace a, RootPlace b) {
    return std::tie(a.rank, a.index) < std::tie(b.rank, b.index);
  };
  std::vector<std::size_t> order;
  for (std::size_t t = 0; t < ties.size();) {
    const std::ptrdiff_t place = ties[t] - 1;
    const auto begin = origins_.begin() + place;
    auto end = begin + 1;
    for (Index next = ties[t]; t < ties.size() && ties[t] == next; ++t, ++next) ++end;
    if (std::is_sorted(begin, end, comes_first)) continue;
    order.resize(static_cast<std::size_t>(end - begin));
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return comes_first(begin[static_cast<std::ptrdiff_t>(a)], begin[static_cast<std::ptrdiff_t>(b)]);
    });
    const auto reorder = [&](auto& array) {
      const auto first = array.begin() + place;
      const std::vector before(first, first + std::ssize(order));
      for (std::size_t i = 0; i < order.size(); ++i) first[static_cast<std::ptrdiff_t>(i)] = before[order[i]];
    };
    reorder(records_);
    reorder(origins_);
    for (auto* axis : {&coordinates_.x, &coordinates_.y, &coordinates_.z}) reorder(*axis);
  }
}

/// From the former tree; `map`, from the caller to it, becomes that to the next one.
void fetch_moved(MPI_Comm communicator, PointRecords& records, std::span<const double> former, double unit,
                 int most_partners, PointMap& map, Coordinates& coordinates) {
  const auto origins = Move(communicator, former, map, unit, records, coordinates).run();
  map = PointMap();
  map = PointMap(communicator, origins, most_partners);
}

/// Brings points that moved to their places in the tree, makes their records there, and adds them to the extent.
[[nodiscard]] std::span<const double> send_to_tree(PointMap& map, std::span<const double> caller, const RootCube& root,
                                                   int rank, UnwrittenVector<double>& points, PointRecords& records,
                                                   Extent& extent) {
  points.clear();
  points.resize(3 * usize(map.size()));
  records.clear();
  records.resize(usize(map.size()));
  map.to_tree(3, caller.data(), points.data(), [&](IndexRange range) {
    make_records(root, points, range, rank, records);
    Extent part;
    for (Index i = range.begin; i < range.end; ++i) part.add(&points[3 * usize(i)]);
#pragma omp critical(nearfar_extent)
    extent.add(part);
  });
  return points;
}

}

MovedPoints in_tree_order(MPI_Comm communicator, const CallerPoints& moved, DomainPoints& domain,
                          Partition& partition) {
  const int rank = rank_of(communicator);
  MovedPoints points;
  points.sources = send_to_tree(domain.caller_sources, moved.sources, partition.root, rank, domain.moved_sources,
                                partition.sources, points.extent);
  if (!moved.targets_are_sources)
    points.targets = send_to_tree(domain.caller_targets, moved.targets, partition.root, rank, domain.moved_targets,
                                  partition.targets, points.extent);
  points.extent = extent_of_all(communicator, points.extent);
  return points;
}

void unpack_coordinates(std::span<const double> packed, double unit, Index begin, Coordinates& coordinates) {
  const auto count = static_cast<Index>(packed.size() / 3);
  for (auto* axis : {&coordinates.x, &coordinates.y, &coordinates.z}) axis->resize(usize(begin + count));
  const double scale = 1.0 / unit;
  for (Index i = 0; i < count; ++i) {
    coordinates.x[usize(begin + i)] = packed[3 * usize(i)] * scale;
    coordinates.y[usize(begin + i)] = packed[3 * usize(i) + 1] * scale;
    coordinates.z[usize(begin + i)] = packed[3 * usize(i) + 2] * scale;
  }
}

void fetch_points_to_tree(MPI_Comm communicator, const Partition& partition, const CallerPoints& points,
                          DomainPoints& domain) {
  const double unit = partition.root.unit;
  const int most_partners = most_partners_of(partition);
  prepare(partition, domain);
  fetch_from_caller(communicator, partition.sources, points.sources, unit, most_partners, domain.caller_sources,
                    domain.sources);
  if (!domain.targets_are_sources)
    fetch_from_caller(communicator, partition.targets, points.targets, unit, most_partners, domain.caller_targets,
                      domain.own_targets);
}

void fetch_points_to_tree(MPI_Comm communicator, Partition& partition, const MovedPoints& points,
                          DomainPoints& domain) {
  const double unit = partition.root.unit;
  const int most_partners = most_partners_of(partition);
  prepare(partition, domain);
  fetch_moved(communicator, partition.sources, points.sources, unit, most_partners, domain.caller_sources,
              domain.sources);
  if (!domain.targets_are_sources)
    fetch_moved(communicator, partition.targets, points.targets, unit, most_partners, domain.caller_targets,
                domain.own_targets);
}

}
