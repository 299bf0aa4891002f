// SPDX-License-Identifier: BSD-3-Clause
// One-way graphs of copies (PetscSF): every leaf is a copy of one root on some rank. Values are blocks of doubles.
#pragma once

#include <map>
#include <span>

#include <petscsf.h>

#include "comm/mpi.hpp"

namespace nearfar {

/// Where a root lies: the rank, and its position among that rank's roots.
struct RootPlace {
  int rank = 0;
  Index index = 0;
};

/// What one copy from roots to leaves sends between ranks, as this rank sees it.
struct Traffic {
  std::vector<int> receivers, senders;  ///< other ranks, ascending
  std::int64_t blocks_sent = 0, blocks_received = 0;
};

class StarForest {
 public:
  StarForest() = default;
  /// Collective. Leaf i, at position positions[i] of the leaf array (i itself when `positions` is empty), is a copy of
  /// roots[i]. The arrays passed to the communication below have at least num_roots and enough leaf blocks.
  StarForest(MPI_Comm communicator, Index num_roots, std::span<const RootPlace> roots,
             std::span<const Index> positions = {});
  ~StarForest();
  StarForest(StarForest&& other) noexcept;
  StarForest& operator=(StarForest&& other) noexcept;

  [[nodiscard]] Traffic traffic() const;

  /// Roots of this rank of which other ranks have copies, by rank, in the order of the positions there.
  [[nodiscard]] std::map<int, std::span<const PetscInt>> roots_by_receiver() const;

  /// Collective. Copies root blocks of `block` doubles to the leaves; between begin and end neither array may be
  /// touched where it takes part.
  void begin(int block, const double* roots, double* leaves);
  void end(int block, const double* roots, double* leaves);
  void copy(int block, const double* roots, double* leaves) {
    begin(block, roots, leaves);
    end(block, roots, leaves);
  }
  /// Collective. Copies the other way, from the leaves to their roots; a root without leaves keeps its value.
  void copy_back(int block, const double* leaves, double* roots);

 private:
  MPI_Datatype block_type(int block);
  PetscSF forest_ = nullptr;
  std::map<int, MPI_Datatype> types_;
};

}
