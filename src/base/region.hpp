// SPDX-License-Identifier: BSD-3-Clause
// Loops on all threads, and the time that the process spends in them: what is left of the wall-clock time is serial,
// and limits what more threads can bring (Amdahl).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>

namespace nearfar {

/// Numbers of threads that predictions are made for.
inline constexpr std::array<int, 3> predicted_threads{1, 16, 64};

/// Seconds that the calling thread has spent so far.
struct RegionTimes {
  double wall = 0.0;  ///< in parallel regions
  /// What the threads would take for them if there were as many as in `predicted_threads`: pieces of work go to whoever
  /// is free, in their order, and take as long as they took now; memory is not the limit.
  std::array<double, predicted_threads.size()> predicted{};
};

[[nodiscard]] RegionTimes region_times() noexcept;
/// Times since `earlier`.
[[nodiscard]] RegionTimes since(const RegionTimes& earlier) noexcept;

/// A parallel region, from here to end() or the end of its scope. Regions within tasks of another region do not count.
class Region {
 public:
  /// Work that divides evenly.
  Region() noexcept;
  /// `num_pieces` pieces, each of them for the next thread that is free. Allocates room for their times where there
  /// have never been as many on this thread.
  explicit Region(std::size_t num_pieces);
  ~Region() { end(); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  /// Runs one piece, of which no exception may leave.
  template <class Action>
  void piece(std::size_t number, Action&& action) {
    if (!counts_) return action();
    begin_piece();
    action();
    pieces_[number] = static_cast<float>(end_piece());
  }
  void end() noexcept;

 private:
  void begin_piece() const noexcept;
  /// Processor time of the thread since its last piece, or since the first one began: other processes on the same core
  /// do not lengthen it.
  [[nodiscard]] static double end_piece() noexcept;

  std::span<float> pieces_{};  ///< seconds of each
  std::uint64_t number_ = 0;   ///< of the region in this process
  bool is_even_ = true;
  bool counts_ = false;
  double begin_ = 0.0;
};

/// Seconds that pieces of work, each given to the first thread that is free, keep so many threads busy.
[[nodiscard]] double makespan(std::span<const float> pieces, int num_threads) noexcept;

/// What is thrown in a parallel region, which no exception may leave.
class RegionErrors {
 public:
  /// Runs an action of one thread.
  template <class Action>
  void run(Action&& action) noexcept {
    try {
      action();
    } catch (...) {
#pragma omp critical(nearfar_region_errors)
      if (!first_) first_ = std::current_exception();
    }
  }
  /// After the region.
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::exception_ptr first_;
};

/// Calls body(0) .. body(count - 1) on all threads of OpenMP, each on an equal share. Bodies must not throw.
template <class Index, class Body>
void parallel_for(Index begin, Index end, const Body& body) {
  const Region region;
#pragma omp parallel for schedule(static)
  for (Index i = begin; i < end; ++i) body(i);
}

/// The same for pieces of unequal work, each given to the first thread that is free. Throws what the first of them
/// threw.
template <class Index, class Body>
void parallel_pieces(Index count, const Body& body) {
  Region region(static_cast<std::size_t>(count));
  RegionErrors errors;
#pragma omp parallel for schedule(dynamic, 1)
  for (Index i = 0; i < count; ++i) region.piece(static_cast<std::size_t>(i), [&] { errors.run([&] { body(i); }); });
  region.end();
  errors.rethrow();
}

}
