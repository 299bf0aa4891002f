// SPDX-License-Identifier: BSD-3-Clause
// Numbers of several vectors, point by point or vector by vector.
#pragma once

#include <cstddef>

#include "base/types.hpp"

namespace nearfar {

/// `dim` numbers of each vector in each row.
template <class T>
struct Columns {
  T* values;
  int dim;
  std::ptrdiff_t row_stride, vector_stride;

  operator Columns<const T>() const noexcept { return {values, dim, row_stride, vector_stride}; }
  /// From that vector on.
  [[nodiscard]] Columns from(int vector) const noexcept {
    return {values == nullptr ? nullptr : values + vector * vector_stride, dim, row_stride, vector_stride};
  }
  /// Rows of so many vectors lie one behind the other.
  [[nodiscard]] bool is_dense(int count) const noexcept {
    return vector_stride == dim && row_stride == std::ptrdiff_t{count} * dim;
  }
};

/// [row][vector][dim]
template <class T>
[[nodiscard]] Columns<T> interleaved(T* values, int num_vectors, int dim) noexcept {
  return {values, dim, std::ptrdiff_t{num_vectors} * dim, dim};
}

/// to = from, or to += from with `add`, for the first `count` vectors of a row of each.
template <bool add = false>
void copy_row(const Columns<const double>& from, std::size_t from_row, const Columns<double>& to, std::size_t to_row,
              int count) noexcept {
  const double* source = from.values + static_cast<std::ptrdiff_t>(from_row) * from.row_stride;
  double* target = to.values + static_cast<std::ptrdiff_t>(to_row) * to.row_stride;
  for (int v = 0; v < count; ++v, source += from.vector_stride, target += to.vector_stride)
    for (int k = 0; k < from.dim; ++k) target[k] = add ? target[k] + source[k] : source[k];
}

}
