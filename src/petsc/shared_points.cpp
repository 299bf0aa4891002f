// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/shared_points.hpp"

#include "comm/mpi.hpp"

namespace nearfar {

bool SharedPoints::are_as_many(std::span<const double> targets, std::span<const double> sources,
                               bool same) const noexcept {
  return is_given_ && same == same_ && targets.size() == targets_.size() && (same || sources.size() == sources_.size());
}

void SharedPoints::set(MPI_Comm communicator, std::span<const double> targets, std::span<const double> sources,
                       bool same) {
  const bool follows = are_as_many(targets, sources, same) && tree_ != nullptr && tree_.use_count() == 1;
  const bool all_follow = all_min(communicator, follows ? 1 : 0) != 0;
  agree(communicator, [&] {
    targets_.assign(targets.begin(), targets.end());
    if (same)
      sources_ = {};
    else
      sources_.assign(sources.begin(), sources.end());
  });
  same_ = same;
  is_given_ = true;
  if (!all_follow) drop_tree();
  tree_is_old_ = all_follow;
}

std::shared_ptr<SharedPoints> SharedPoints::copy() const {
  auto copy = std::make_shared<SharedPoints>(*this);
  copy->is_shared_ = false;
  if (tree_is_old_) copy->drop_tree();
  return copy;
}

void SharedPoints::set_tree(const Geometry& tree) {
  tree_ = std::make_shared<Geometry>(tree);
  tree_is_old_ = false;
  is_tuned_ = !is_shared_;
  ++tree_number_;
}

void SharedPoints::drop_tree() noexcept {
  tree_.reset();
  tree_is_old_ = false;
  ++tree_number_;
}

void SharedPoints::drop_tuned_tree() noexcept {
  if (!is_shared_) drop_tree();
}

void SharedPoints::update_tree() {
  if (!tree_is_old_) return;
  try {
    tree_->update_points(same_ ? targets_ : sources_, same_ ? std::span<const double>{} : targets_);
  } catch (...) {
    drop_tree();  // the next use makes another one
    throw;
  }
  tree_is_old_ = false;
}

}
