// SPDX-License-Identifier: BSD-3-Clause
// Numbers of several vectors, point by point or vector by vector.
#pragma once

#include "base/types.hpp"

namespace nearfar {

/// `dim` numbers of each vector in each row.
template <class T>
struct Columns {
  T* values;
  int num_vectors;
  int dim;

  [[nodiscard]] T* at_row(Index row, int vector) const noexcept {
    return values + (std::ptrdiff_t{row} * num_vectors + vector) * dim;
  }
};

/// to = from, or to += from with `add`, for some vectors of both in rows [begin, end).
template <bool add = false>
void copy_columns(IndexRange rows, const Columns<const double>& from, int first_from, const Columns<double>& to,
                  int first_to, int count) {
#pragma omp parallel for schedule(static)
  for (Index row = rows.begin; row < rows.end; ++row) {
    const double* source = from.at_row(row, first_from);
    double* target = to.at_row(row, first_to);
    for (int k = 0; k < count * from.dim; ++k) target[k] = add ? target[k] + source[k] : source[k];
  }
}

}
