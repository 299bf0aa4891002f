// SPDX-License-Identifier: BSD-3-Clause
// The kernel as matrices, for set-up: between points, and between points and the polynomials of moments.hpp.
#pragma once

#include "base/dense.hpp"
#include "operators/moments.hpp"
#include "operators/surface.hpp"

namespace nearfar {

/// The kernel between all points of two sets, without its scale; rows [target][component], columns [source][component].
[[nodiscard]] Matrix kernel_matrix(const Kernel& kernel, const PointSet& targets, const PointSet& sources);

/// The field at the targets, which are outside the box, of moments of sources in it: the Chebyshev series of
/// K(target - y) for y in the box. Rows [target][component], columns [component][term].
[[nodiscard]] Matrix source_series(const Kernel& kernel, const PointSet& targets, const PolynomialBasis& basis);

/// The coefficients of the field in the box due to sources outside it: the Chebyshev series of K(x - source) for x in
/// the box. Rows [component][term], columns [source][component].
[[nodiscard]] Matrix target_series(const Kernel& kernel, const PointSet& sources, const PolynomialBasis& basis);

}
