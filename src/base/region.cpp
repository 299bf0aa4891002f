// SPDX-License-Identifier: BSD-3-Clause
#include "base/region.hpp"

#include <omp.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <utility>
#include <vector>

namespace nearfar {
namespace {

/// Of the thread that began the regions, so that several of a process that sum do not mix theirs.
thread_local RegionTimes so_far;
thread_local std::vector<float> seconds_of_pieces;
thread_local int depth = 0;

/// The region that a thread has last worked in, and its processor time after its last piece.
struct Worker {
  std::uint64_t region = 0;
  double last = 0.0;
};
thread_local Worker worker;
std::atomic<std::uint64_t> num_regions = 0;

[[nodiscard]] double now() noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[nodiscard]] double thread_now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}

RegionTimes region_times() noexcept { return so_far; }

RegionTimes since(const RegionTimes& earlier) noexcept {
  RegionTimes times = so_far;
  times.wall -= earlier.wall;
  for (std::size_t i = 0; i < times.predicted.size(); ++i) times.predicted[i] -= earlier.predicted[i];
  return times;
}

void Region::begin_piece() const noexcept {
  if (worker.region != number_) worker = {number_, thread_now()};
}

double Region::end_piece() noexcept {
  const double time = thread_now();
  return time - std::exchange(worker.last, time);
}

Region::Region() noexcept : counts_(depth++ == 0 && omp_in_parallel() == 0), begin_(now()) {}

Region::Region(std::size_t num_pieces) : is_even_(false), counts_(depth == 0 && omp_in_parallel() == 0) {
  if (counts_) {
    seconds_of_pieces.assign(num_pieces, 0.0F);
    pieces_ = seconds_of_pieces;
    number_ = ++num_regions;
  }
  ++depth;  // after all that may throw
  begin_ = now();
}

void Region::end() noexcept {
  if (begin_ == 0.0) return;
  --depth;
  if (counts_) {
    const double wall = now() - begin_;
    so_far.wall += wall;
    for (std::size_t i = 0; i < predicted_threads.size(); ++i)
      so_far.predicted[i] +=
          is_even_ ? wall * omp_get_max_threads() / predicted_threads[i] : makespan(pieces_, predicted_threads[i]);
  }
  begin_ = 0.0;
}

double makespan(std::span<const float> pieces, int num_threads) noexcept {
  std::array<double, predicted_threads.back()> busy_until{};
  const std::span<double> threads = std::span(busy_until).first(static_cast<std::size_t>(num_threads));
  for (const float seconds : pieces) {
    std::pop_heap(threads.begin(), threads.end(), std::greater<>());  // the first one that is free
    threads.back() += static_cast<double>(seconds);
    std::push_heap(threads.begin(), threads.end(), std::greater<>());
  }
  return *std::max_element(threads.begin(), threads.end());
}

}
