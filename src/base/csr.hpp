// SPDX-License-Identifier: BSD-3-Clause
// Lists of lists in two flat arrays: list i is values[offsets[i] .. offsets[i+1]).
#pragma once

#include <span>
#include "base/aligned.hpp"
#include "base/types.hpp"

namespace nearfar {

template <class T>
struct Csr {
  UnwrittenVector<std::int64_t> offsets{0};
  UnwrittenVector<T> values;

  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(offsets.size()) - 1; }
  [[nodiscard]] std::span<const T> operator[](Index list) const noexcept {
    const auto begin = usize(offsets[usize(list)]);
    return {values.data() + begin, usize(offsets[usize(list) + 1]) - begin};
  }
  /// Ends the list that was being appended to `values`.
  void end_list() { offsets.push_back(static_cast<std::int64_t>(values.size())); }
};

}
