// SPDX-License-Identifier: BSD-3-Clause
// Loops whose results are lists: every thread makes some parts of them, which are put together in order, so that the
// result does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <exception>
#include <vector>

#include <omp.h>

#include "base/types.hpp"

namespace nearfar {

/// Calls make(part) for parts of [0, count) in parallel; what they return, in order. Throws what one of them throws.
template <class Make>
[[nodiscard]] auto make_parts(Index count, const Make& make, Index smallest_part = 64) {
  constexpr Index parts_per_thread = 4;
  const Index num_parts = std::clamp(count / smallest_part, Index{1}, parts_per_thread * omp_get_max_threads());
  const auto begin = [&](Index part) { return static_cast<Index>(std::int64_t{count} * part / num_parts); };
  std::vector<decltype(make(IndexRange{}))> parts(at(num_parts));
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic, 1)
  for (Index part = 0; part < num_parts; ++part) {
    try {
      parts[at(part)] = make(IndexRange{begin(part), begin(part + 1)});
    } catch (...) {
#pragma omp critical(nearfar_parts)
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
  return parts;
}

/// The parts of one list.
template <class T>
[[nodiscard]] std::vector<T> join(const std::vector<std::vector<T>>& parts) {
  std::size_t size = 0;
  for (const auto& part : parts) size += part.size();
  std::vector<T> all;
  all.reserve(size);
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}
