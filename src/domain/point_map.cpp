// SPDX-License-Identifier: BSD-3-Clause
#include "domain/point_map.hpp"

#include <algorithm>

#include "base/prefetch.hpp"

namespace nearfar {

PointMap::PointMap(MPI_Comm communicator, std::span<const PointRecord> records)
    : caller_index_(records.size()), own_rank_(rank_of(communicator)) {
  std::size_t num_arriving = 0;
#pragma omp parallel for schedule(static) reduction(+ : num_arriving)
  for (std::size_t i = 0; i < records.size(); ++i) {
    const bool stays = records[i].rank == own_rank_;
    caller_index_[i] = stays ? records[i].index : -1;
    num_arriving += stays ? 0 : 1;
  }
  // Without branches that depend on the points, here and below: they would be guessed wrong half of the time.
  UnwrittenVector<RootPlace> places(num_arriving + 1);
  UnwrittenVector<Index> arriving(num_arriving + 1);  // positions in the tree
  for (std::size_t i = 0, next = 0; next < num_arriving; ++i) {
    places[next] = {records[i].rank, records[i].index};
    arriving[next] = static_cast<Index>(i);
    next += caller_index_[i] < 0 ? 1 : 0;
  }
  places.pop_back();
  arriving.pop_back();
  num_arriving_ = num_arriving;
  any_travels_ = all_max(communicator, places.empty() ? 0 : 1) != 0;
  if (any_travels_) forest_ = StarForest(communicator, places, arriving);
}

UnwrittenVector<Index> PointMap::release_order(Index num_caller_points) {
  if (!any_travels_) return std::move(caller_index_);
  UnwrittenVector<Index> order(at(num_caller_points) + 1);  // one more is written below, not kept
  std::size_t next = 0;
  auto parts = forest_.roots_by_receiver();
  parts[own_rank_] = {};
  for (const auto& [rank, points] : parts) {
    for (const Index point : points) order[next++] = point;
    if (rank != own_rank_) continue;
    for (const Index point : caller_index_) {
      order[next] = point;
      next += point >= 0 ? 1 : 0;
    }
  }
  order.resize(at(num_caller_points));
  return order;
}

template <class Visit>
void PointMap::for_each_staying(const double* caller, std::size_t width, const Visit& visit) const {
  const Index size = size_of(caller_index_);
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < size; ++i) {
    prefetch_row(caller, width, caller_index_, i);
    if (const Index source = caller_index_[at(i)]; source >= 0) visit(at(i), at(source));
  }
}

void PointMap::to_tree(int block, const double* caller, double* tree) {
  if (any_travels_) forest_.begin(block, caller, tree);
  const auto width = at(block);
  for_each_staying(caller, width, [=](std::size_t to, std::size_t from) {
    for (std::size_t k = 0; k < width; ++k) tree[to * width + k] = caller[from * width + k];
  });
  if (any_travels_) forest_.end(block, caller, tree);
}

void PointMap::to_caller(int block, const double* tree, double* caller) {
  const auto width = at(block);
  for_each_staying(caller, width, [=](std::size_t from, std::size_t to) {
    for (std::size_t k = 0; k < width; ++k) caller[to * width + k] = tree[from * width + k];
  });
  if (any_travels_) forest_.copy_back(block, tree, caller);
}

void PointMap::to_tree_axes(const double* caller, double factor, std::array<double*, 3> tree) {
  if (any_travels_) forest_.begin(3, caller);
  // Where points arrive, wrong ones are copied first: again to have no branches.
  const bool some_stay = num_arriving_ < caller_index_.size();
  const Index size = some_stay ? size_of(caller_index_) : 0;
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < size; ++i) {
    prefetch_row(caller, 3, caller_index_, i);
    const double* point = caller + 3 * at(std::max(caller_index_[at(i)], 0));
    for (std::size_t axis = 0; axis < 3; ++axis) tree[axis][at(i)] = point[axis] * factor;
  }
  if (!any_travels_) return;
  forest_.end(3, caller, [=](Index i, const double* point) {
    for (std::size_t axis = 0; axis < 3; ++axis) tree[axis][at(i)] = point[axis] * factor;
  });
}

}
