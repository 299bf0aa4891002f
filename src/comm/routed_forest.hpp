// SPDX-License-Identifier: BSD-3-Clause
// A star forest whose messages may go to nearly all ranks: in two steps over relays then.
#pragma once

#include "comm/star_forest.hpp"

namespace nearfar {

/// What StarForest does, with the same words. Over relays each leaf is a copy of one root, by way of a place on a
/// relay.
class RoutedForest {
 public:
  RoutedForest() = default;
  /// Collective. As StarForest; over Relays where `over_relays`, which is the same on all ranks.
  RoutedForest(MPI_Comm communicator, std::span<const RootPlace> roots, std::span<const Index> positions,
               bool over_relays);

  /// Messages of both steps, and what relays pass on.
  [[nodiscard]] Traffic traffic() const;

  void begin(int block, const double* roots, double* leaves);
  void end(int block, const double* roots, double* leaves);
  void copy(int block, const double* roots, double* leaves) {
    begin(block, roots, leaves);
    end(block, roots, leaves);
  }
  void begin(int block, const double* roots);
  void end(int block, const double* roots, const std::function<void(Index, const double*)>& arrived);
  void copy_back(int block, const double* leaves, double* roots);
  void begin(int block, const StarForest::Pack& pack);
  void end(int block, const StarForest::Unpack& unpack);
  void copy_back(int block, const StarForest::Pack& pack, const StarForest::Unpack& unpack);

 private:
  [[nodiscard]] double* passing(int block);
  [[nodiscard]] StarForest::Pack packs_passing(int block);
  [[nodiscard]] StarForest::Unpack unpacks_passing(int block);

  bool over_relays_ = false;
  StarForest to_relays_;  ///< from the roots to the places on relays
  StarForest to_leaves_;  ///< from there, or from the roots
  Index num_passing_ = 0;
  UnwrittenVector<double> passing_;
};

}
