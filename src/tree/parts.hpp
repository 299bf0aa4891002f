// SPDX-License-Identifier: BSD-3-Clause
// Loops whose results are lists: every thread makes some parts of them, which are put together in order, so that the
// result does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <exception>
#include <functional>
#include <type_traits>
#include <vector>

#include <omp.h>

#include "base/types.hpp"

namespace nearfar {

/// Calls action(i) for i in [0, count) in parallel, the first ones first. Throws what one of them throws.
template <class Action>
void for_each_in_parallel(std::size_t count, const Action& action) {
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t i = 0; i < count; ++i) {
    try {
      action(i);
    } catch (...) {
#pragma omp critical(nearfar_parts)
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

/// Calls make(part) for parts of [0, count) in parallel; what they return, in order.
template <class Make>
[[nodiscard]] auto make_parts(Index count, const Make& make, Index smallest_part = 64) {
  constexpr Index parts_per_thread = 4;
  const Index num_parts = std::clamp(count / smallest_part, Index{1}, parts_per_thread * omp_get_max_threads());
  const auto begin = [&](std::size_t part) {
    return static_cast<Index>(std::int64_t{count} * static_cast<std::int64_t>(part) / num_parts);
  };
  std::vector<decltype(make(IndexRange{}))> parts(usize(num_parts));
  for_each_in_parallel(parts.size(), [&](std::size_t part) { parts[part] = make({begin(part), begin(part + 1)}); });
  return parts;
}

/// One array of each part, projection(part), put one behind the other by all threads.
template <class Part, class Projection = std::identity>
[[nodiscard]] auto join(const std::vector<Part>& parts, const Projection& projection = {}) {
  std::remove_cvref_t<std::invoke_result_t<Projection, const Part&>> all;
  std::vector<std::size_t> begins{0};
  for (const Part& part : parts) begins.push_back(begins.back() + std::invoke(projection, part).size());
  all.resize(begins.back());
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const auto& array = std::invoke(projection, parts[p]);
    std::copy(array.begin(), array.end(), all.begin() + static_cast<std::ptrdiff_t>(begins[p]));
  }
  return all;
}

/// The same for lists of lists.
template <class Part, class Projection>
[[nodiscard]] auto join_lists(const std::vector<Part>& parts, const Projection& projection) {
  std::remove_cvref_t<std::invoke_result_t<Projection, const Part&>> all;
  std::vector<std::size_t> begins{0}, lists{0};
  for (const Part& part : parts) {
    const auto& csr = std::invoke(projection, part);
    begins.push_back(begins.back() + csr.values.size());
    lists.push_back(lists.back() + csr.offsets.size() - 1);
  }
  all.values.resize(begins.back());
  all.offsets.resize(lists.back() + 1);
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const auto& csr = std::invoke(projection, parts[p]);
    std::copy(csr.values.begin(), csr.values.end(), all.values.begin() + static_cast<std::ptrdiff_t>(begins[p]));
    for (std::size_t list = 1; list < csr.offsets.size(); ++list)
      all.offsets[lists[p] + list] = csr.offsets[list] + static_cast<std::int64_t>(begins[p]);
  }
  return all;
}

}
