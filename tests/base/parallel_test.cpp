// SPDX-License-Identifier: BSD-3-Clause
#include "base/parallel.hpp"
#include "support/sanitizers.hpp"

#include <gtest/gtest.h>
#include <omp.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <vector>

namespace nearfar {
namespace {

class Parallel : public testing::Test {
 protected:
  void SetUp() override { omp_set_num_threads(3); }
  void TearDown() override { omp_set_num_threads(before_); }

 private:
  int before_ = omp_get_max_threads();
};

TEST_F(Parallel, TasksRunOnceEach) {
  std::vector<std::atomic<int>> runs(50);
  parallel_tasks(50, [&](int task) { ++runs[static_cast<std::size_t>(task)]; });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
  parallel_tasks(0, [](int) { FAIL(); });
}

TEST_F(Parallel, TasksWithinATaskRunOnItsThread) {
  std::atomic<int> strangers = 0, runs = 0;
  parallel_tasks(6, [&](int) {
    const int thread = omp_get_thread_num();
    parallel_tasks(5, [&](int) {
      ++runs;
      if (omp_get_thread_num() != thread) ++strangers;
    });
  });
  EXPECT_EQ(runs, 30);
  EXPECT_EQ(strangers, 0);
}

TEST_F(Parallel, TheFirstExceptionIsThrownAfterAllTasks) {
  std::atomic<int> runs = 0;
  try {
    parallel_tasks(9, [&](int task) {
      ++runs;
      if (task % 4 == 3) throw std::runtime_error(std::to_string(task));
    });
    ADD_FAILURE();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "3");
  }
  EXPECT_EQ(runs, 9);
}

TEST_F(Parallel, TheNumberOfThreadsIsAsBefore) {
  parallel_tasks(4, [](int) {});
  EXPECT_EQ(omp_get_max_threads(), 3);
  std::atomic<int> most = 0;
  parallel_tasks(4, [&](int) { most = omp_get_num_threads(); });
  EXPECT_EQ(most, 3);
}

#if !defined(NEARFAR_WATCHED_MEMORY)

/// In a process of its own, with room for some of the buffers that 200 threads would need.
[[noreturn]] void use_blas_with_little_memory() {
  const rlimit little{rlim_t{8} << 30, rlim_t{8} << 30};
  setrlimit(RLIMIT_AS, &little);
  omp_set_num_threads(200);
  const SingleThreadedBlas few(3);
  try {
    const SingleThreadedBlas guard(200);
  } catch (const std::bad_alloc&) {
    std::_Exit(7);
  }
  std::_Exit(0);
}

TEST_F(Parallel, BlasIsNotUsedWhereItWouldWaitForMemoryForEver) {
  EXPECT_EXIT(use_blas_with_little_memory(), testing::ExitedWithCode(7), "");
}

#endif

}
}
