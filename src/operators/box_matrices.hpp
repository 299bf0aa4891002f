// SPDX-License-Identifier: BSD-3-Clause
// The matrices between a box's inner surface, polynomials in the box, and the inner surfaces of its children: set-up of
// level_operators.hpp by the pseudo-inverse of the kernel between the inner and the outer surface.
//
// Downward matrices are transposes of upward ones for the transposed kernel, so that one code makes both. For kernels
// that mirrors leave as they are, singular value decompositions and products are those of the eight blocks of
// mirror_layout.hpp: together 64 times less work. Where turns leave the kernel as it is too (turn.hpp), four of these
// blocks and a third of the points make the rest. The result does not depend on the number of threads.
#pragma once

#include <vector>

#include "operators/mirror_layout.hpp"
#include "operators/moments.hpp"
#include "operators/surface.hpp"

namespace nearfar {

enum class TreePass { upward, downward };

struct BoxMatrices {
  MirrorLayout inner, of_children;  ///< of the inner surfaces
  /// As LeafMatrix takes them: moments -> multipole, or the transpose of local -> coefficients.
  std::vector<Matrix> leaf;
  /// Multipole of a child -> multipole, or the transpose of local -> local of a child; empty if not wanted. With
  /// symmetry [block], of child 0, which makes the others: rows are members of the block in its basis. Else [child].
  std::vector<Matrix> children;
};

struct BoxSurfaces {
  const Surface& inner;
  const Surface& outer;
  const Surface& inner_of_children;  ///< in their own half widths; of another order perhaps
};

/// `symmetric` says that mirrors leave the kernel as it is.
[[nodiscard]] BoxMatrices make_box_matrices(const Kernel& kernel, TreePass pass, const BoxSurfaces& surfaces,
                                            const PolynomialBasis& basis, bool symmetric, bool with_children);

}
