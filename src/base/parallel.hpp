// SPDX-License-Identifier: BSD-3-Clause
// Tasks of set-up on the threads of OpenMP, each with a BLAS of one thread, so that results do not depend on the number
// of threads.
#pragma once

#include <functional>

namespace nearfar {

/// While it lives, OpenBLAS runs on one thread. The OpenMP build of OpenBLAS keeps its number in OpenMP's own, which is
/// put back too. Does nothing inside a task of parallel_tasks, since the numbers belong to the whole process. Throws
/// std::bad_alloc where there is no room for OpenBLAS's buffers.
class SingleThreadedBlas {
 public:
  /// `num_threads` of OpenMP will call BLAS.
  explicit SingleThreadedBlas(int num_threads = 1);
  ~SingleThreadedBlas();
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;
  /// The threads that OpenMP had before.
  [[nodiscard]] int omp_threads() const noexcept { return omp_threads_; }

 private:
  int omp_threads_ = 1, blas_threads_ = 1;
  bool nested_ = false;
};

/// Calls task(0) .. task(count - 1), in any order, on all threads of OpenMP; inside a task, on its own thread. If tasks
/// throw, the others still run, and the exception of the first of them is thrown in the end.
void parallel_tasks(int count, const std::function<void(int)>& task);

}
