// SPDX-License-Identifier: BSD-3-Clause
#include "comm/star_forest.hpp"

#include <algorithm>
#include <utility>

#include "base/petsc.hpp"

namespace nearfar {

StarForest::StarForest(MPI_Comm communicator, Index num_roots, std::span<const RootPlace> roots,
                       std::span<const Index> positions) {
  check_petsc(PetscSFCreate(communicator, &forest_), "PetscSFCreate");
  const auto num_leaves = static_cast<PetscInt>(roots.size());
  PetscSFNode* remote = nullptr;
  PetscInt* local = nullptr;
  check_petsc(PetscMalloc1(roots.size(), &remote), "PetscMalloc1");
  for (std::size_t i = 0; i < roots.size(); ++i) {
    remote[i].rank = roots[i].rank;
    remote[i].index = roots[i].index;
  }
  if (!positions.empty()) {
    check_petsc(PetscMalloc1(positions.size(), &local), "PetscMalloc1");
    for (std::size_t i = 0; i < positions.size(); ++i) local[i] = positions[i];
  }
  check_petsc(PetscSFSetGraph(forest_, num_roots, num_leaves, local, PETSC_OWN_POINTER, remote, PETSC_OWN_POINTER),
              "PetscSFSetGraph");
  check_petsc(PetscSFSetUp(forest_), "PetscSFSetUp");
}

StarForest::~StarForest() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized != 0) return;
  for (auto& [block, type] : types_) MPI_Type_free(&type);
  (void)PetscSFDestroy(&forest_);
}

StarForest::StarForest(StarForest&& other) noexcept
    : forest_(std::exchange(other.forest_, nullptr)), types_(std::exchange(other.types_, {})) {}

StarForest& StarForest::operator=(StarForest&& other) noexcept {
  std::swap(forest_, other.forest_);
  std::swap(types_, other.types_);
  return *this;
}

MPI_Datatype StarForest::block_type(int block) {
  if (block == 1) return MPI_DOUBLE;
  auto [place, is_new] = types_.try_emplace(block, MPI_DATATYPE_NULL);
  if (is_new) {
    check_mpi(MPI_Type_contiguous(block, MPI_DOUBLE, &place->second), "MPI_Type_contiguous");
    check_mpi(MPI_Type_commit(&place->second), "MPI_Type_commit");
  }
  return place->second;
}

Traffic StarForest::traffic() const {
  Traffic traffic;
  if (forest_ == nullptr) return traffic;
  MPI_Comm communicator = MPI_COMM_NULL;
  check_petsc(PetscObjectGetComm(reinterpret_cast<PetscObject>(forest_), &communicator), "PetscObjectGetComm");
  const int own = rank_of(communicator);
  const auto add = [own](PetscInt count, const PetscMPIInt* ranks, const PetscInt* begins, std::vector<int>& others,
                         std::int64_t& blocks) {
    for (PetscInt i = 0; i < count; ++i) {
      if (ranks[i] == own || begins[i] == begins[i + 1]) continue;
      others.push_back(ranks[i]);
      blocks += begins[i + 1] - begins[i];
    }
    std::sort(others.begin(), others.end());
  };
  PetscInt count = 0;
  const PetscMPIInt* ranks = nullptr;
  const PetscInt* begins = nullptr;
  check_petsc(PetscSFGetLeafRanks(forest_, &count, &ranks, &begins, nullptr), "PetscSFGetLeafRanks");
  add(count, ranks, begins, traffic.receivers, traffic.blocks_sent);
  check_petsc(PetscSFGetRootRanks(forest_, &count, &ranks, &begins, nullptr, nullptr), "PetscSFGetRootRanks");
  add(count, ranks, begins, traffic.senders, traffic.blocks_received);
  return traffic;
}

std::map<int, std::span<const PetscInt>> StarForest::roots_by_receiver() const {
  PetscInt count = 0;
  const PetscMPIInt* ranks = nullptr;
  const PetscInt *begins = nullptr, *roots = nullptr;
  check_petsc(PetscSFGetLeafRanks(forest_, &count, &ranks, &begins, &roots), "PetscSFGetLeafRanks");
  std::map<int, std::span<const PetscInt>> by_receiver;
  for (PetscInt i = 0; i < count; ++i) by_receiver[ranks[i]] = {roots + begins[i], roots + begins[i + 1]};
  return by_receiver;
}

void StarForest::begin(int block, const double* roots, double* leaves) {
  check_petsc(PetscSFBcastBegin(forest_, block_type(block), roots, leaves, MPI_REPLACE), "PetscSFBcastBegin");
}

void StarForest::end(int block, const double* roots, double* leaves) {
  check_petsc(PetscSFBcastEnd(forest_, block_type(block), roots, leaves, MPI_REPLACE), "PetscSFBcastEnd");
}

void StarForest::copy_back(int block, const double* leaves, double* roots) {
  check_petsc(PetscSFReduceBegin(forest_, block_type(block), leaves, roots, MPI_REPLACE), "PetscSFReduceBegin");
  check_petsc(PetscSFReduceEnd(forest_, block_type(block), leaves, roots, MPI_REPLACE), "PetscSFReduceEnd");
}

}
