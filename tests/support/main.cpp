// SPDX-License-Identifier: BSD-3-Clause
// The main function of both test programs: every rank runs every test; a failure on any rank is printed by that rank
// and fails the whole program.
#include <gtest/gtest.h>
#include <mpi.h>
#include <petscsys.h>

#include <iostream>
#include <string>

#include "io/hdf5_end.hpp"

namespace {

/// Prints what failed on ranks other than 0, whose usual printer is switched off.
class RankPrinter : public testing::EmptyTestEventListener {
 public:
  explicit RankPrinter(int rank) : rank_(rank) {}
  // Asking for the current test in OnTestPartResult would wait for a lock that its caller holds.
  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string(test.test_suite_name()) + '.' + test.name();
  }
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::cerr << "rank " << rank_ << ": " << test_ << ' ' << (result.file_name() ? result.file_name() : "") << ':'
              << result.line_number() << '\n'
              << result.message() << std::endl;
  }

 private:
  int rank_;
  std::string test_;
};

}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  nearfar::keep_hdf5_up();
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  PetscInitialize(nullptr, nullptr, nullptr, nullptr);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new RankPrinter(rank));
  }
  int result = RUN_ALL_TESTS();
  MPI_Allreduce(MPI_IN_PLACE, &result, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  PetscFinalize();
  MPI_Finalize();
  return result;
}
