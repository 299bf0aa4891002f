// SPDX-License-Identifier: BSD-3-Clause
// What does not end the job; nearfar_faults tries what does.
#include "comm/together.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "comm/mpi.hpp"

namespace nearfar {
namespace {

TEST(Together, PassesOnResultsAndErrors) {
  int value = 3;
  int& reference = together(MPI_COMM_WORLD, [&]() -> int& { return value; });
  EXPECT_EQ(&reference, &value);
  EXPECT_THROW(together(MPI_COMM_WORLD, [] { throw UsageError("on all ranks"); }), UsageError);
}

TEST(Together, OneRankMayRunOutOfMemoryAndGoOn) {
  EXPECT_THROW(together(MPI_COMM_SELF, [] { throw std::bad_alloc(); }), std::bad_alloc);
}

TEST(Together, OneRankMayFailAndGoOn) {
  EXPECT_THROW(together(MPI_COMM_SELF, [] { check_mpi(MPI_ERR_OTHER, "MPI_Isend"); }), std::runtime_error);
}

TEST(Together, WhatTheCallersFunctionThrowsIsTheCallers) {
  EXPECT_THROW(together(MPI_COMM_WORLD, [] { throw CallersError(); }), CallersError);
}

TEST(Together, MemoryThatIsAskedForInAnAgreementIsAnErrorOfAllRanks) {
  const auto out_of_memory = [] {
    agree(MPI_COMM_WORLD, [] {
      if (rank_of(MPI_COMM_WORLD) == size_of_communicator(MPI_COMM_WORLD) - 1) throw std::bad_alloc();
    });
  };
  EXPECT_THROW(together(MPI_COMM_WORLD, out_of_memory), Error);
}

}
}
