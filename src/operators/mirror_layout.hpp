// SPDX-License-Identifier: BSD-3-Clause
// Values on a surface by parity. Where mirroring coordinates leaves the kernel as it is (mirror.hpp), values that are
// odd along some axes and even along the others give fields of the same kind. So matrices between surfaces fall into
// eight blocks, one for each set of axes, with an eighth of the rows and columns each.
//
// A block's values are known from those at the points of one octant. Its orthonormal basis, in which singular values
// are those of the whole matrix, multiplies them by the square root of the number of their images.
#pragma once

#include <array>
#include <vector>

#include "operators/mirror.hpp"
#include "operators/moments.hpp"
#include "operators/surface.hpp"

namespace nearfar {

/// Values on a surface sorted by their mirror images.
struct MirrorLayout {
  MirrorLayout() = default;
  /// Without symmetry there is one block, of all values.
  MirrorLayout(const Surface& surface, const OddAxes& odd_axes, bool symmetric);

  int num_blocks = 1;
  int size = 0;                            ///< values on the surface
  PointSet octant;                         ///< one point of each set of images; rows are [its point][component]
  std::vector<std::array<int, 8>> images;  ///< [row][axes mirrored]: position of the value in an expansion
  std::vector<int> flips;                  ///< [row]: axes that reverse this component
  std::vector<double> num_images;          ///< [row]: different ones
  OddAxes odd_axes;                        ///< of the components
  /// [block]: rows with values in it; values that are their own mirror image are not odd.
  std::array<std::vector<int>, 8> members;

  [[nodiscard]] int rows() const noexcept { return size_of(flips); }
  [[nodiscard]] double weight(int row) const noexcept;  ///< of a value in the orthonormal basis
};

/// [block]: coordinates in its basis, with rows as its members, of the columns of a matrix, with rows
/// [surface point][component].
[[nodiscard]] std::vector<Matrix> split_rows(const MirrorLayout& layout, const Matrix& values);

/// Coordinates in a block's basis, with rows as its members, to values in the octant, with all rows. For sums over all
/// mirrors instead of coordinates, `of_sums`, the transpose takes from those to coordinates.
[[nodiscard]] Matrix octant_rows(const MirrorLayout& layout, int block, const Matrix& matrix, bool of_sums);

/// [block]: the polynomials in the box with its parity, as positions in [component][term].
[[nodiscard]] std::vector<std::vector<int>> terms_of_blocks(const MirrorLayout& layout, const PolynomialBasis& basis);

}
