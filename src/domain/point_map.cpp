// SPDX-License-Identifier: BSD-3-Clause
#include "domain/point_map.hpp"

#include <algorithm>

#include "base/prefetch.hpp"
#include "base/region.hpp"
#include "tree/parts.hpp"

namespace nearfar {
namespace {

/// Points of the tree that one thread works on at a time: their numbers stay in its cache.
constexpr Index part_size = 512;

/// Copies the block of one place to that of another.
[[nodiscard]] auto copies(const double* from, double* to, std::size_t width) {
  return [=](std::size_t to_place, std::size_t from_place) {
    for (std::size_t k = 0; k < width; ++k) to[to_place * width + k] = from[from_place * width + k];
  };
}

[[nodiscard]] int num_ranks_of(std::span<const RootPlace> places) {
  std::vector<int> ranks;
  for (const RootPlace& place : places)
    if (ranks.empty() || ranks.back() != place.rank) ranks.push_back(place.rank);
  std::sort(ranks.begin(), ranks.end());
  return static_cast<int>(std::unique(ranks.begin(), ranks.end()) - ranks.begin());
}

/// From rows to dense blocks of `count` vectors, and back.
[[nodiscard]] StarForest::Pack packs(const Columns<const double>& rows, int count) {
  return
      [=](Index place, double* block) { copy_row(rows, usize(place), interleaved(block, count, rows.dim), 0, count); };
}
[[nodiscard]] StarForest::Unpack unpacks(const Columns<double>& rows, int count) {
  return [=](Index place, const double* block) {
    copy_row(interleaved(block, count, rows.dim), 0, rows, usize(place), count);
  };
}

}

template <class Places>
PointMap::PointMap(MPI_Comm communicator, const Places& places, int most_partners)
    : caller_index_(places.size()), own_rank_(rank_of(communicator)) {
  struct Arrivals {
    UnwrittenVector<RootPlace> from;
    UnwrittenVector<Index> points;
  };
  // Without branches that depend on the points, here and below: they would be guessed wrong half of the time.
  const auto parts = make_parts(size_of(places), [&](IndexRange part) {
    Arrivals arrivals{UnwrittenVector<RootPlace>(usize(part.size()) + 1),
                      UnwrittenVector<Index>(usize(part.size()) + 1)};
    std::size_t next = 0;
    for (Index i = part.begin; i < part.end; ++i) {
      const int rank = places[usize(i)].rank;
      const Index index = places[usize(i)].index;
      const bool stays = rank == own_rank_;
      arrivals.from[next] = {rank, index};
      arrivals.points[next] = i;
      next += stays ? 0 : 1;
      caller_index_[usize(i)] = stays ? index : -1;
    }
    arrivals.from.resize(next);
    arrivals.points.resize(next);
    return arrivals;
  });
  arriving_from_ = join(parts, &Arrivals::from);
  const auto arriving = join(parts, &Arrivals::points);
  for (std::size_t k = 0; k < arriving.size(); ++k) caller_index_[usize(arriving[k])] = -1 - static_cast<Index>(k);
  const int largest = all_max(communicator, num_ranks_of(arriving_from_));
  any_travels_ = largest > 0;
  if (any_travels_) forest_ = RoutedForest(communicator, arriving_from_, arriving, largest > most_partners);
}

template PointMap::PointMap(MPI_Comm communicator, const PointRecords& records, int most_partners);
template PointMap::PointMap(MPI_Comm communicator, const UnwrittenVector<RootPlace>& origins, int most_partners);

template <class Visit>
void PointMap::visit_staying(IndexRange range, const double* caller, std::size_t width, const Visit& visit) const {
  for (Index i = range.begin; i < range.end; ++i) {
    prefetch_row(caller, width, caller_index_, i);
    if (const Index source = caller_index_[usize(i)]; source >= 0) visit(usize(i), usize(source));
  }
}

template <class Visit>
void PointMap::visit_staying(const double* caller, std::size_t width, const Visit& visit) const {
  const Region region;
#pragma omp parallel for schedule(static)
  for (Index begin = 0; begin < size(); begin += part_size)
    visit_staying({begin, std::min(begin + part_size, size())}, caller, width, visit);
}

void PointMap::to_tree(int block, const double* caller, double* tree) {
  if (any_travels_) forest_.begin(block, caller, tree);
  visit_staying(caller, usize(block), copies(caller, tree, usize(block)));
  if (any_travels_) forest_.end(block, caller, tree);
}

void PointMap::to_tree(int block, const double* caller, double* tree, const std::function<void(IndexRange)>& finished) {
  if (any_travels_) forest_.copy(block, caller, tree);
  const Region region;
#pragma omp parallel for schedule(static)
  for (Index begin = 0; begin < size(); begin += part_size) {
    const IndexRange range{begin, std::min(begin + part_size, size())};
    visit_staying(range, caller, usize(block), copies(caller, tree, usize(block)));
    finished(range);
  }
}

void PointMap::to_caller(int block, const double* tree, double* caller) {
  visit_staying(caller, usize(block),
                [copy = copies(tree, caller, usize(block))](std::size_t from, std::size_t to) { copy(to, from); });
  if (any_travels_) forest_.copy_back(block, tree, caller);
}

void PointMap::to_tree(const Columns<const double>& caller, const Columns<double>& tree, int count) {
  const int block = count * caller.dim;
  if (caller.is_dense(count) && tree.is_dense(count)) return to_tree(block, caller.values, tree.values);
  if (any_travels_) forest_.begin(block, packs(caller, count));
  visit_staying(caller.values, usize(caller.row_stride),
                [&](std::size_t to, std::size_t from) { copy_row(caller, from, tree, to, count); });
  if (any_travels_) forest_.end(block, unpacks(tree, count));
}

void PointMap::to_caller(const Columns<const double>& tree, const Columns<double>& caller, int count) {
  const int block = count * tree.dim;
  if (caller.is_dense(count) && tree.is_dense(count)) return to_caller(block, tree.values, caller.values);
  visit_staying(caller.values, usize(caller.row_stride),
                [&](std::size_t from, std::size_t to) { copy_row(tree, from, caller, to, count); });
  if (any_travels_) forest_.copy_back(block, packs(tree, count), unpacks(caller, count));
}

void PointMap::to_tree_axes(const double* caller, double factor, std::array<double*, 3> tree) {
  if (any_travels_) forest_.begin(3, caller);
  // Where points arrive, wrong ones are copied first: again to have no branches.
  const bool some_stay = arriving_from_.size() < caller_index_.size();
  const Index size = some_stay ? size_of(caller_index_) : 0;
  parallel_for(Index{0}, size, [&](Index i) {
    prefetch_row(caller, 3, caller_index_, i);
    const double* point = caller + 3 * usize(std::max(caller_index_[usize(i)], 0));
    for (std::size_t axis = 0; axis < 3; ++axis) tree[axis][usize(i)] = point[axis] * factor;
  });
  if (!any_travels_) return;
  forest_.end(3, caller, [=](Index i, const double* point) {
    for (std::size_t axis = 0; axis < 3; ++axis) tree[axis][usize(i)] = point[axis] * factor;
  });
}

}
