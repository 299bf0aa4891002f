// SPDX-License-Identifier: BSD-3-Clause
// Multipole or local expansions of the octants that a rank owns and of its ghosts.
//
// One block of numbers for each octant, of the size of the largest: the own octants by level and Morton order within a
// level, so that a level is one slice, then the ghosts. All operators, the communication and the PETSc vector that
// users get work on one array, aligned to cache lines.
#pragma once

#include <petscvec.h>

#include <limits>
#include <memory>
#include <span>

#include "base/aligned.hpp"
#include "base/types.hpp"

namespace nearfar {

class Expansions {
 public:
  /// Room for num_total blocks, the first num_owned of them own, in the memory that is there if that is enough; zeros
  /// in new memory.
  void reshape(Index num_owned, Index num_total, int block);

  [[nodiscard]] int block() const noexcept { return block_; }
  [[nodiscard]] double* data() noexcept { return values_.data(); }
  /// Block of a slot; slots from num_owned on are ghosts.
  [[nodiscard]] double* operator[](Index slot) noexcept { return values_.data() + usize(slot) * usize(block_); }
  void set_zero();

  /// The values are now those of charges that have been divided by 2^exponent.
  void set_written(int exponent) noexcept {
    charge_exponent_ = exponent;
    is_written_ = true;
  }
  /// Collective. The own blocks, multiplied in place so that they are those of the charges themselves, as a vector that
  /// lives until the next reshape; zeros before anything is written. Throws UsageError where all ranks have more than
  /// `most` numbers.
  [[nodiscard]] Vec vector(MPI_Comm communicator, std::int64_t most = std::numeric_limits<PetscInt>::max());

 private:
  struct Destroy {
    void operator()(Vec vec) const noexcept;
  };

  UnwrittenVector<double> values_;
  Index num_owned_ = 0;
  int block_ = 0;
  int charge_exponent_ = 0;
  bool is_written_ = false;  ///< since the last reshape
  std::unique_ptr<_p_Vec, Destroy> vec_;
};

}
