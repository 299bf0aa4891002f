// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/expansions.hpp"

#include <limits>
#include <utility>

#include "base/petsc.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

[[nodiscard]] Vec make_vec(int block, Index num_blocks, double* values) {
  const std::int64_t size = std::int64_t{block} * num_blocks;
  if (size > std::numeric_limits<PetscInt>::max())
    throw UsageError(
        "the expansions of one rank have " + std::to_string(size) +
        " entries, more than PETSc's index type can count: use more ranks, or a PETSc with 64-bit indices");
  Vec vec = nullptr;
  check_petsc(VecCreateSeqWithArray(PETSC_COMM_SELF, block, static_cast<PetscInt>(size), values, &vec),
              "VecCreateSeqWithArray");
  return vec;
}

}

void Expansions::reshape(Index num_owned, Index num_total, int block) {
  check_petsc(VecDestroy(&owned_), "VecDestroy");
  check_petsc(VecDestroy(&ghosts_), "VecDestroy");
  const std::size_t size = usize(num_total) * usize(block);
  if (size > values_.capacity()) {
    values_ = {};                       // nothing to be copied
    values_.reserve(size + size / 16);  // room for points that move; what is not written takes no memory
  }
  const bool is_new = values_.empty();
  values_.resize(size);
  block_ = block;
  if (is_new) set_zero();
  owned_ = make_vec(block, num_owned, data());
  ghosts_ = make_vec(block, num_total - num_owned, (*this)[num_owned]);
}

Expansions::~Expansions() {
  PetscBool finalized = PETSC_FALSE;
  (void)PetscFinalized(&finalized);
  if (finalized == PETSC_TRUE) return;
  (void)VecDestroy(&owned_);
  (void)VecDestroy(&ghosts_);
}

Expansions::Expansions(Expansions&& other) noexcept
    : values_(std::move(other.values_)),
      block_(other.block_),
      owned_(std::exchange(other.owned_, nullptr)),
      ghosts_(std::exchange(other.ghosts_, nullptr)) {}

Expansions& Expansions::operator=(Expansions&& other) noexcept {
  std::swap(values_, other.values_);
  std::swap(block_, other.block_);
  std::swap(owned_, other.owned_);
  std::swap(ghosts_, other.ghosts_);
  return *this;
}

void Expansions::set_zero() {
  const auto size = static_cast<std::int64_t>(values_.size());
  double* values = data();
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < size; ++i) values[i] = 0.0;
}

}
