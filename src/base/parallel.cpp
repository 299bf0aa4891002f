// SPDX-License-Identifier: BSD-3-Clause
#include "base/parallel.hpp"
#include "base/region.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <vector>

extern "C" {
// Present in OpenBLAS alone; null elsewhere.
[[gnu::weak]] int openblas_get_num_threads();
[[gnu::weak]] void openblas_set_num_threads(int num_threads);
}

namespace nearfar {
namespace {

/// On the threads of a parallel_tasks, whose SingleThreadedBlas serves them all.
thread_local bool in_task = false;

void set_blas_threads(int num_threads) {
  if (openblas_set_num_threads) openblas_set_num_threads(num_threads);
}

/// OpenBLAS tries for ever to get a buffer for each thread where memory is limited, and has no error for it. So room
/// for them is tried for first; they are kept once they are there.
void require_room_for_blas(int num_threads) {
  static std::atomic<int> most_served = 0;
  if (!openblas_set_num_threads || num_threads <= most_served) return;
  constexpr std::size_t buffer = std::size_t{129} << 20;
  constexpr std::size_t heap_of_thread = std::size_t{64} << 20;  // which the C library reserves
  std::vector<std::unique_ptr<void, decltype(&std::free)>> attempts;
  for (int thread = 0; thread < num_threads; ++thread) {
    attempts.emplace_back(std::malloc(thread == 0 ? buffer : buffer + heap_of_thread), &std::free);
    if (attempts.back() == nullptr) throw std::bad_alloc();
  }
  most_served = num_threads;
}

}

SingleThreadedBlas::SingleThreadedBlas(int num_threads) : nested_(in_task) {
  if (nested_) return;
  omp_threads_ = omp_get_max_threads();
  require_room_for_blas(num_threads);
  if (openblas_get_num_threads) blas_threads_ = openblas_get_num_threads();
  set_blas_threads(1);
}

SingleThreadedBlas::~SingleThreadedBlas() {
  if (nested_) return;
  set_blas_threads(blas_threads_);
  omp_set_num_threads(omp_threads_);
}

void parallel_tasks(int count, const std::function<void(int)>& task) {
  if (in_task) {
    for (int i = 0; i < count; ++i) task(i);
    return;
  }
  const int num_threads = std::max(1, std::min(count, omp_get_max_threads()));
  const SingleThreadedBlas guard(num_threads);
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(count));
  Region region(static_cast<std::size_t>(count));
#pragma omp parallel num_threads(num_threads)
  {
    in_task = true;
#pragma omp for schedule(dynamic, 1)
    for (int i = 0; i < count; ++i) {
      region.piece(static_cast<std::size_t>(i), [&] {
        try {
          task(i);
        } catch (...) {
          errors[static_cast<std::size_t>(i)] = std::current_exception();
        }
      });
    }
    in_task = false;
  }
  region.end();
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}
