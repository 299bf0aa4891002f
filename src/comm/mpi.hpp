// SPDX-License-Identifier: BSD-3-Clause
// MPI, typed: a duplicated communicator, reductions of one value or of arrays, and agreement on errors.
// All functions that take a communicator are collective on it.
#pragma once

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <mpi.h>

#include "base/types.hpp"
#include "nearfar/error.hpp"

namespace nearfar {

/// Throws std::runtime_error with MPI's own words when `code` is not MPI_SUCCESS.
void check_mpi(int code, const char* what);

template <class T>
[[nodiscard]] MPI_Datatype mpi_type();
template <>
[[nodiscard]] MPI_Datatype mpi_type<int>();
template <>
[[nodiscard]] MPI_Datatype mpi_type<std::int64_t>();
template <>
[[nodiscard]] MPI_Datatype mpi_type<std::uint64_t>();
template <>
[[nodiscard]] MPI_Datatype mpi_type<double>();

/// A duplicate of the caller's communicator, so that messages of the library never meet the caller's.
class Communicator {
 public:
  explicit Communicator(MPI_Comm communicator);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  [[nodiscard]] MPI_Comm get() const noexcept { return communicator_; }
  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int size() const noexcept { return size_; }

 private:
  MPI_Comm communicator_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
};

[[nodiscard]] int rank_of(MPI_Comm communicator);
[[nodiscard]] int size_of_communicator(MPI_Comm communicator);

/// Element by element over the ranks, in place.
template <class T>
void all_reduce(MPI_Comm communicator, std::span<T> values, MPI_Op operation) {
  while (!values.empty()) {
    const std::span<T> part = values.first(std::min(values.size(), usize(std::numeric_limits<int>::max())));
    check_mpi(
        MPI_Allreduce(MPI_IN_PLACE, part.data(), static_cast<int>(part.size()), mpi_type<T>(), operation, communicator),
        "MPI_Allreduce");
    values = values.subspan(part.size());
  }
}

template <class T>
[[nodiscard]] T all_sum(MPI_Comm communicator, T value) {
  all_reduce(communicator, std::span<T>(&value, 1), MPI_SUM);
  return value;
}
template <class T>
[[nodiscard]] T all_max(MPI_Comm communicator, T value) {
  all_reduce(communicator, std::span<T>(&value, 1), MPI_MAX);
  return value;
}
template <class T>
[[nodiscard]] T all_min(MPI_Comm communicator, T value) {
  all_reduce(communicator, std::span<T>(&value, 1), MPI_MIN);
  return value;
}
/// Sum over the ranks below this one.
template <class T>
[[nodiscard]] T sum_below(MPI_Comm communicator, T value) {
  T sum{};
  check_mpi(MPI_Exscan(&value, &sum, 1, mpi_type<T>(), MPI_SUM, communicator), "MPI_Exscan");
  return rank_of(communicator) == 0 ? T{} : sum;
}
/// One value of each rank, by rank.
template <class T>
[[nodiscard]] std::vector<T> all_gather(MPI_Comm communicator, T value) {
  std::vector<T> values(usize(size_of_communicator(communicator)));
  check_mpi(MPI_Allgather(&value, 1, mpi_type<T>(), values.data(), 1, mpi_type<T>(), communicator), "MPI_Allgather");
  return values;
}

/// The lists of all ranks, one behind the other; short lists only.
template <class T>
[[nodiscard]] std::vector<T> all_gather_lists(MPI_Comm communicator, const std::vector<T>& list) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::vector<int> sizes = all_gather(communicator, static_cast<int>(list.size()));
  std::vector<int> begins(sizes.size());
  std::exclusive_scan(sizes.begin(), sizes.end(), begins.begin(), 0);
  std::vector<T> all(usize(begins.back() + sizes.back()));
  MPI_Datatype type = MPI_DATATYPE_NULL;
  check_mpi(MPI_Type_contiguous(int{sizeof(T)}, MPI_BYTE, &type), "MPI_Type_contiguous");
  check_mpi(MPI_Type_commit(&type), "MPI_Type_commit");
  check_mpi(MPI_Allgatherv(list.data(), static_cast<int>(list.size()), type, all.data(), sizes.data(), begins.data(),
                           type, communicator),
            "MPI_Allgatherv");
  check_mpi(MPI_Type_free(&type), "MPI_Type_free");
  return all;
}

/// If any rank passes an exception, every rank throws: the lowest such rank's sentence, as the same class of error
/// (UsageError, InputError, else Error).
void throw_on_all(MPI_Comm communicator, std::exception_ptr error);

/// Runs a local check or action that may throw and makes all ranks throw when one does. No communication inside.
template <class Action>
void agree(MPI_Comm communicator, Action&& action) {
  std::exception_ptr error;
  try {
    action();
  } catch (...) {
    error = std::current_exception();
  }
  throw_on_all(communicator, error);
}

/// If any rank passes an exception, every rank throws as throw_on_all does; otherwise the largest of each number over
/// the ranks. One reduction, unless there is an exception.
template <std::size_t size>
[[nodiscard]] std::array<double, size> agree_on(MPI_Comm communicator, const std::exception_ptr& error,
                                                const std::array<double, size>& numbers) {
  std::array<double, size + 1> all{};
  std::copy(numbers.begin(), numbers.end(), all.begin());
  all[size] = error ? 1.0 : 0.0;
  all_reduce(communicator, std::span<double>(all), MPI_MAX);
  if (all[size] != 0.0) throw_on_all(communicator, error);
  std::array<double, size> largest{};
  std::copy_n(all.begin(), size, largest.begin());
  return largest;
}

}
