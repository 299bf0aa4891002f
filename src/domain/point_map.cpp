// SPDX-License-Identifier: BSD-3-Clause
#include "domain/point_map.hpp"

#include "base/prefetch.hpp"

namespace nearfar {

PointMap::PointMap(MPI_Comm communicator, Index num_caller_points, std::span<const PointRecord> records)
    : caller_index_(records.size()) {
  const int own_rank = rank_of(communicator);
  std::size_t num_arriving = 0;
#pragma omp parallel for schedule(static) reduction(+ : num_arriving)
  for (std::size_t i = 0; i < records.size(); ++i) {
    const bool stays = records[i].rank == own_rank;
    caller_index_[i] = stays ? records[i].index : -1;
    num_arriving += stays ? 0 : 1;
  }
  std::vector<RootPlace> places;
  places.reserve(num_arriving);
  arriving_.reserve(num_arriving);
  for (std::size_t i = 0; arriving_.size() < num_arriving; ++i) {
    if (caller_index_[i] >= 0) continue;
    places.push_back({records[i].rank, records[i].index});
    arriving_.push_back(static_cast<Index>(i));
  }
  any_travels_ = all_max(communicator, places.empty() ? 0 : 1) != 0;
  if (any_travels_) forest_ = StarForest(communicator, num_caller_points, places, arriving_);
}

UnwrittenVector<Index> PointMap::release_order(Index num_caller_points) {
  if (!any_travels_) return std::move(caller_index_);
  UnwrittenVector<Index> order;
  order.reserve(at(num_caller_points));
  std::vector<std::uint8_t> stays(at(num_caller_points), 0);
  for (const Index index : caller_index_) {
    if (index < 0) continue;
    order.push_back(index);
    stays[at(index)] = 1;
  }
  for (Index i = 0; i < num_caller_points; ++i)
    if (stays[at(i)] == 0) order.push_back(i);
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
  for_each_staying(caller, 3, [=](std::size_t to, std::size_t from) {
    for (std::size_t axis = 0; axis < 3; ++axis) tree[axis][to] = caller[3 * from + axis] * factor;
  });
  if (!any_travels_) return;
  UnwrittenVector<double> packed(3 * caller_index_.size());
  forest_.copy(3, caller, packed.data());
  for (const Index i : arriving_)
    for (std::size_t axis = 0; axis < 3; ++axis) tree[axis][at(i)] = packed[3 * at(i) + axis] * factor;
}

}
