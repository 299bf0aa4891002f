// SPDX-License-Identifier: BSD-3-Clause
// Points and their tree, of one operator or of several that share them.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nearfar/geometry.hpp"

namespace nearfar {

/// A tree may serve several sets of points that are equal, until one of them moves: it then leaves the tree to others.
class SharedPoints {
 public:
  [[nodiscard]] bool is_given() const noexcept { return is_given_; }
  [[nodiscard]] bool targets_are_sources() const noexcept { return same_; }
  [[nodiscard]] std::span<const double> targets() const noexcept { return targets_; }
  [[nodiscard]] std::span<const double> sources() const noexcept { return same_ ? targets_ : sources_; }
  /// Whether these would be as many on this rank.
  [[nodiscard]] bool are_as_many(std::span<const double> targets, std::span<const double> sources,
                                 bool same) const noexcept;

  /// Collective. Coordinates are finite. The tree is to follow if it can, which no other set of points has.
  void set(MPI_Comm communicator, std::span<const double> targets, std::span<const double> sources, bool same);

  /// Several operators have this set, whose tree may have been tuned for any of them.
  void share() noexcept {
    is_shared_ = true;
    is_tuned_ = false;
  }
  /// The operator is another one than that for which the tree was made.
  void forget_tuning() noexcept { is_tuned_ = false; }
  void end_sharing() noexcept { is_shared_ = false; }
  [[nodiscard]] bool is_shared() const noexcept { return is_shared_; }
  /// Equal points of another operator, with the tree.
  [[nodiscard]] std::shared_ptr<SharedPoints> copy() const;

  /// Changes whenever plans on the tree are of no use any more.
  [[nodiscard]] std::int64_t tree_number() const noexcept { return tree_number_; }
  [[nodiscard]] bool has_tree() const noexcept { return tree_ != nullptr; }
  /// The points have moved since.
  [[nodiscard]] bool tree_is_old() const noexcept { return tree_is_old_; }
  /// It was made for the settings that the operator still has.
  [[nodiscard]] bool tree_is_tuned() const noexcept { return is_tuned_; }
  [[nodiscard]] const Geometry& tree() const { return *tree_; }
  void set_tree(const Geometry& tree);
  void drop_tree() noexcept;
  /// Another operator needs another tree, unless others have this one as well.
  void drop_tuned_tree() noexcept;
  /// Collective. Moves its points where they are old. Throws what Geometry::update_points throws; then there is none.
  void update_tree();

 private:
  std::vector<double> targets_, sources_;
  bool same_ = false, is_given_ = false, is_shared_ = false;
  std::shared_ptr<Geometry> tree_;
  bool tree_is_old_ = false, is_tuned_ = false;
  std::int64_t tree_number_ = 0;
};

}
