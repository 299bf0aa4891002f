// SPDX-License-Identifier: BSD-3-Clause
// Charge vectors side by side in the order of the tree.
#pragma once

#include <vector>

#include "fmm/engine.hpp"

namespace nearfar {

/// Numbers of several vectors: `dim` of each vector in each row.
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

/// What an evaluation works on: one charge vector, or several side by side.
struct VectorGroup {
  const Kernel& kernel;
  Engine::Values& values;
  int width;  ///< charge vectors of `values`
  int count;  ///< the first of them are the caller's, the others zeros
  SourceArrays sources;
  TargetArrays targets;
};

/// Makes room for charges and zeros for results.
void prepare(const Engine& engine, int width, bool with_gradients, Engine::Values& values);

/// Collective. From the charges of own sources in group.values to the results there: the far field of one vector after
/// the other, the near field of all. `scratch` by thread.
void evaluate_side_by_side(Engine& engine, std::vector<Scratch>& scratch, const VectorGroup& group);

}
