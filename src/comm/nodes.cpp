// SPDX-License-Identifier: BSD-3-Clause
#include "comm/nodes.hpp"

#include <memory>

namespace nearfar {
namespace {

int forget_answer(MPI_Comm /*communicator*/, int /*key*/, void* answer, void* /*extra*/) {
  delete static_cast<int*>(answer);
  return MPI_SUCCESS;
}

/// The answer is not copied with a communicator: the copy may have other ranks.
[[nodiscard]] int make_key() {
  int key = MPI_KEYVAL_INVALID;
  check_mpi(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, forget_answer, &key, nullptr), "MPI_Comm_create_keyval");
  return key;
}

[[nodiscard]] int find_ranks_per_node(MPI_Comm communicator) {
  const int rank = rank_of(communicator), num_ranks = size_of_communicator(communicator);
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(communicator, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
  const int size = size_of_communicator(node);
  const int first = all_min(node, rank);
  check_mpi(MPI_Comm_free(&node), "MPI_Comm_free");
  const int largest = all_max(communicator, size);
  // With all of them so, ranks follow one another in each: from the last node down, there are no others left.
  const bool regular = first % largest == 0 && (size == largest || first + size == num_ranks);
  return all_min(communicator, regular ? 1 : 0) != 0 ? largest : 1;
}

}

int ranks_per_node(MPI_Comm communicator) {
  static const int key = make_key();
  void* kept = nullptr;
  int has_answer = 0;
  check_mpi(MPI_Comm_get_attr(communicator, key, static_cast<void*>(&kept), &has_answer), "MPI_Comm_get_attr");
  if (has_answer != 0) return *static_cast<int*>(kept);
  auto answer = std::make_unique<int>(find_ranks_per_node(communicator));
  check_mpi(MPI_Comm_set_attr(communicator, key, answer.get()), "MPI_Comm_set_attr");
  return *answer.release();
}

Relays relays_of(MPI_Comm communicator) {
  return Relays(size_of_communicator(communicator), ranks_per_node(communicator));
}

}
