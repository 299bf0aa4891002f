// SPDX-License-Identifier: BSD-3-Clause
// Between what callers give and get (source kinds, fields, normals) and what sums take and give.
#pragma once

#include <span>

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Rows of numbers, [point][vector][component].
template <class Number>
struct PointRows {
  Number* values = nullptr;
  int dim = 1;
};

/// Sets the numbers of some points, of several vectors side by side, to contractions of others; `normals` are
/// [point][3], and not read where no contraction has an axis.
void contract(std::span<const Contraction> contractions, const double* normals, std::int64_t num_points,
              int num_vectors, PointRows<const double> from, PointRows<double> to);

/// A number that tells contractions apart.
[[nodiscard]] double fingerprint(std::span<const Contraction> contractions) noexcept;

}
