// SPDX-License-Identifier: BSD-3-Clause
// Multipole or local expansions of the octants that a rank owns and of its ghosts, in PETSc vectors.
//
// One block of numbers for each octant: the own octants by level and Morton order within a level, so that a level is
// one slice, then the ghosts. Both vectors lie over one array of our own, aligned to cache lines, on which all
// operators and the communication work without a copy. They are sequential vectors: only what a rank holds must fit
// PetscInt.
#pragma once

#include <petscvec.h>

#include "base/aligned.hpp"
#include "base/types.hpp"

namespace nearfar {

class Expansions {
 public:
  Expansions() = default;
  ~Expansions();
  Expansions(Expansions&& other) noexcept;
  Expansions& operator=(Expansions&& other) noexcept;

  /// Room for num_total blocks, the first num_owned of them own, in the memory that is there if that is enough; zeros
  /// in new memory.
  void reshape(Index num_owned, Index num_total, int block);

  [[nodiscard]] int block() const noexcept { return block_; }
  [[nodiscard]] double* data() noexcept { return values_.data(); }
  /// Block of a slot; slots from num_owned on are ghosts.
  [[nodiscard]] double* operator[](Index slot) noexcept { return values_.data() + usize(slot) * usize(block_); }
  [[nodiscard]] Vec owned() const noexcept { return owned_; }
  [[nodiscard]] Vec ghosts() const noexcept { return ghosts_; }
  void set_zero();

 private:
  UnwrittenVector<double> values_;
  int block_ = 0;
  Vec owned_ = nullptr;
  Vec ghosts_ = nullptr;
};

}
