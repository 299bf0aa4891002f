// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/expansions.hpp"

#include "base/petsc.hpp"
#include "base/region.hpp"
#include "comm/mpi.hpp"
#include "fmm/scaling.hpp"

namespace nearfar {

void Expansions::Destroy::operator()(Vec vec) const noexcept {
  PetscBool finalized = PETSC_FALSE;
  (void)PetscFinalized(&finalized);
  if (finalized != PETSC_TRUE) (void)VecDestroy(&vec);
}

void Expansions::reshape(Index num_owned, Index num_total, int block) {
  vec_.reset();
  const std::size_t size = usize(num_total) * usize(block);
  if (size > values_.capacity()) {
    values_ = {};                       // nothing to be copied
    values_.reserve(size + size / 16);  // room for points that move; what is not written takes no memory
  }
  const bool is_new = values_.empty();
  values_.resize(size);
  num_owned_ = num_owned;
  block_ = block;
  charge_exponent_ = 0;
  is_written_ = false;
  if (is_new) set_zero();
}

void Expansions::set_zero() {
  const auto size = static_cast<std::int64_t>(values_.size());
  double* values = data();
  parallel_for(std::int64_t{0}, size, [&](std::int64_t i) { values[i] = 0.0; });
}

Vec Expansions::vector(MPI_Comm communicator, std::int64_t most) {
  const std::span<double> own(data(), usize(num_owned_) * usize(block_));
  if (!vec_) {
    const std::int64_t size = all_sum<std::int64_t>(communicator, std::ssize(own));
    if (size > most)
      throw UsageError("the expansions of all ranks have " + std::to_string(size) +
                       " numbers, more than PetscInt can count (" + std::to_string(most) +
                       "): use a PETSc with 64-bit indices");
    Vec vec = nullptr;
    check_petsc(VecCreateMPIWithArray(communicator, block_, static_cast<PetscInt>(own.size()),
                                      static_cast<PetscInt>(size), data(), &vec),
                "VecCreateMPIWithArray");
    vec_.reset(vec);
  }
  if (!is_written_) set_zero();
  multiply_by_power_of_two(own, charge_exponent_);
  charge_exponent_ = 0;
  // The operators write past PETSc, which keeps norms until it sees a change.
  PetscScalar* values = nullptr;
  check_petsc(VecGetArray(vec_.get(), &values), "VecGetArray");
  check_petsc(VecRestoreArray(vec_.get(), &values), "VecRestoreArray");
  return vec_.get();
}

}
