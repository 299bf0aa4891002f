// SPDX-License-Identifier: BSD-3-Clause
// The way between the caller's points and those of the tree, whose order and ranks differ. Points that stay on their
// rank are copied by all threads; the others travel through a star forest.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "comm/star_forest.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {

class PointMap {
 public:
  PointMap() = default;
  /// Collective. Point i of the tree on this rank is records[i].index of the caller's on records[i].rank.
  PointMap(MPI_Comm communicator, std::span<const PointRecord> records);

  /// Collective. Copies blocks of `block` doubles, one of each point.
  void to_tree(int block, const double* caller, double* tree);
  void to_caller(int block, const double* tree, double* caller);

  /// Collective. The same with blocks of three, of which each component becomes an array of its own, times `factor`.
  void to_tree_axes(const double* caller, double factor, std::array<double*, 3> tree);

  /// The caller's points on this rank in the order of the tree, of which ranks have consecutive parts. Ends the map.
  [[nodiscard]] UnwrittenVector<Index> release_order(Index num_caller_points);

  [[nodiscard]] Traffic traffic() const { return forest_.traffic(); }

 private:
  /// visit(position in the tree, position at the caller) for the points that stay, whose numbers there are `width` each
  /// from `caller` on.
  template <class Visit>
  void for_each_staying(const double* caller, std::size_t width, const Visit& visit) const;

  UnwrittenVector<Index> caller_index_;  ///< by position in the tree; -1 for points of other ranks
  std::size_t num_arriving_ = 0;         ///< points of other ranks
  StarForest forest_;                    ///< leaves: the arriving points
  bool any_travels_ = false;             ///< on any rank
  int own_rank_ = 0;
};

}
