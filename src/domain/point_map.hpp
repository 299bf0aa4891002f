// SPDX-License-Identifier: BSD-3-Clause
// The way between the caller's points and those of the tree, whose order and ranks differ. Points that stay on their
// rank are copied by all threads; the others travel through a star forest.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "base/columns.hpp"
#include "comm/routed_forest.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {

class PointMap {
 public:
  PointMap() = default;
  /// Collective. Point i of the tree on this rank is places[i].index of the caller's on places[i].rank; PointRecords or
  /// an UnwrittenVector<RootPlace>. Points go over relays if any rank gets some from more than `most_partners` others.
  template <class Places>
  PointMap(MPI_Comm communicator, const Places& places, int most_partners);

  /// Collective. Copies blocks of `block` doubles, one of each point.
  void to_tree(int block, const double* caller, double* tree);
  void to_caller(int block, const double* tree, double* caller);

  /// Collective. The same for the first `count` vectors of rows, one row of each point.
  void to_tree(const Columns<const double>& caller, const Columns<double>& tree, int count);
  void to_caller(const Columns<const double>& tree, const Columns<double>& caller, int count);

  /// Collective. The same as to_tree; calls finished(range) for parts of the tree's array when they are complete, from
  /// all threads.
  void to_tree(int block, const double* caller, double* tree, const std::function<void(IndexRange)>& finished);

  /// Collective. The same with blocks of three, of which each component becomes an array of its own, times `factor`.
  void to_tree_axes(const double* caller, double factor, std::array<double*, 3> tree);

  /// Where the caller keeps a point of the tree.
  [[nodiscard]] RootPlace origin(Index point) const noexcept {
    const Index index = caller_index_[usize(point)];
    return index >= 0 ? RootPlace{own_rank_, index} : arriving_from_[usize(-1 - index)];
  }
  [[nodiscard]] Index size() const noexcept { return size_of(caller_index_); }

  [[nodiscard]] Traffic traffic() const { return forest_.traffic(); }

 private:
  /// visit(position in the tree, position at the caller) for the points of a range of the tree that stay, whose numbers
  /// there are `width` each from `caller` on.
  template <class Visit>
  void visit_staying(IndexRange range, const double* caller, std::size_t width, const Visit& visit) const;
  template <class Visit>
  void visit_staying(const double* caller, std::size_t width, const Visit& visit) const;

  UnwrittenVector<Index> caller_index_;       ///< by position in the tree; -1 - k for the k-th point of other ranks
  UnwrittenVector<RootPlace> arriving_from_;  ///< of the points of other ranks
  RoutedForest forest_;                       ///< leaves: the arriving points
  bool any_travels_ = false;                  ///< on any rank
  int own_rank_ = 0;
};

}
