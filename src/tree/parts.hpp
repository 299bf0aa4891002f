// SPDX-License-Identifier: BSD-3-Clause
// Loops whose results are lists: every thread makes some parts of them, which are put together in order, so that the
// result does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <functional>
#include <type_traits>
#include <vector>

#include "base/region.hpp"
#include "base/types.hpp"

namespace nearfar {

/// Calls make(part) for parts of [0, count) in parallel; what they return, in order. The parts are the same for any
/// number of threads: four for each of 64, where there is enough to do.
template <class Make>
[[nodiscard]] auto make_parts(Index count, const Make& make, Index smallest_part = 256) {
  constexpr Index most_parts = 256;
  const Index num_parts = std::clamp(count / smallest_part, Index{1}, most_parts);
  const auto begin = [&](std::size_t part) {
    return static_cast<Index>(std::int64_t{count} * static_cast<std::int64_t>(part) / num_parts);
  };
  std::vector<decltype(make(IndexRange{}))> parts(usize(num_parts));
  parallel_pieces(parts.size(), [&](std::size_t part) { parts[part] = make({begin(part), begin(part + 1)}); });
  return parts;
}

/// One array of each part, projection(part), put one behind the other by all threads.
template <class Part, class Projection = std::identity>
[[nodiscard]] auto join(const std::vector<Part>& parts, const Projection& projection = {}) {
  std::remove_cvref_t<std::invoke_result_t<Projection, const Part&>> all;
  std::vector<std::size_t> begins{0};
  for (const Part& part : parts) begins.push_back(begins.back() + std::invoke(projection, part).size());
  all.resize(begins.back());
  parallel_pieces(parts.size(), [&](std::size_t p) {
    const auto& array = std::invoke(projection, parts[p]);
    std::copy(array.begin(), array.end(), all.begin() + static_cast<std::ptrdiff_t>(begins[p]));
  });
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
  parallel_pieces(parts.size(), [&](std::size_t p) {
    const auto& csr = std::invoke(projection, parts[p]);
    std::copy(csr.values.begin(), csr.values.end(), all.values.begin() + static_cast<std::ptrdiff_t>(begins[p]));
    for (std::size_t list = 1; list < csr.offsets.size(); ++list)
      all.offsets[lists[p] + list] = csr.offsets[list] + static_cast<std::int64_t>(begins[p]);
  });
  return all;
}

}
