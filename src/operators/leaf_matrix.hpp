// SPDX-License-Identifier: BSD-3-Clause
// The matrices of P2M and L2P, between polynomials in a box (moments.hpp) and values on its inner surface.
//
// Where the kernel stays as it is when a coordinate is mirrored (mirror.hpp), a term that is odd along some axes
// belongs to values on the surface that are odd along the same ones. Then the matrix falls into eight blocks, one for
// each set of axes, with an eighth of the rows and columns each.
#pragma once

#include <array>
#include <vector>

#include "operators/mirror_layout.hpp"
#include "operators/panel.hpp"

namespace nearfar {

class LeafMatrix {
 public:
  enum class Direction { to_surface, from_surface };

  LeafMatrix() = default;
  /// `blocks` are those of a matrix whose rows are values on the surface, and whose columns are polynomials, in either
  /// direction: rows are the members of the block in its orthonormal basis, columns are its terms_of_blocks.
  LeafMatrix(const MirrorLayout& layout, const PolynomialBasis& basis, const std::vector<Matrix>& blocks,
             Direction direction);

  /// Where a panel has each term, [component][term].
  [[nodiscard]] const std::vector<int>& places() const noexcept { return places_; }
  /// Replaces a panel of terms by one of expansions or the other way round. Both panels have panel_rows() rows.
  void apply(double* panel, double* work) const noexcept;

  [[nodiscard]] int panel_rows() const noexcept;
  [[nodiscard]] double flops() const noexcept;  ///< of one box

 private:
  /// Rows of a block's values in a panel of parts.
  [[nodiscard]] int part_rows() const noexcept {
    return direction_ == Direction::to_surface ? blocks_[0].padded_rows() : layout_.rows();
  }

  MirrorLayout layout_;
  Direction direction_ = Direction::to_surface;
  std::vector<int> places_;
  std::array<int, 9> begin_{};  ///< [block]: first row of its terms in a panel
  std::array<PanelMatrix, 8> blocks_;
};

}
