// SPDX-License-Identifier: BSD-3-Clause
// The matrices of M2M and L2L between the expansions of a box and of its eight children.
//
// Let S_c mirror everything, values and components, along the axes on whose upper side child c lies. Where the kernel
// stays as it is, the matrix of child c is S_c M S_c with M that of child 0. Then the part of a multipole in block b
// (mirror_layout.hpp) is
//   sum over c of (S_c M S_c x_c)_b = M_b z_b with z_b = sum over c of mirror_sign(b, c) S_c x_c
// where M_b is an eighth of the rows of M. So one matrix serves all children, with an eighth of the work when all are
// there. L2L is the transpose: with the part y_b of a local, that of child c is
//   S_c times the sum over b of mirror_sign(b, c) M_b^T y_b.
#pragma once

#include <array>
#include <span>

#include "operators/box_matrices.hpp"
#include "operators/panel.hpp"

namespace nearfar {

class ChildMatrices {
 public:
  ChildMatrices() = default;
  /// `factor` times the matrices for children, as they are for the upward pass, transposed for the downward one.
  ChildMatrices(const BoxMatrices& matrices, TreePass pass, double factor);

  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// Of expansions of a box, and of a child.
  [[nodiscard]] int size() const noexcept { return layout_.size; }
  [[nodiscard]] int child_size() const noexcept { return of_children_.size; }
  [[nodiscard]] bool is_mirrored() const noexcept { return layout_.num_blocks == 8; }
  [[nodiscard]] double flops(double families, double children) const noexcept;

  /// Without mirrors: the matrix of a child.
  [[nodiscard]] const PanelMatrix& of(std::size_t child) const noexcept { return matrices_[child]; }

  /// With mirrors, for panels of boxes: replaces [child][value] by the [value] of their parents, and the other way
  /// round. Both arrays have eight times padded(size()) rows.
  void to_parents(double* panels, double* work) const noexcept;
  void to_children(double* panels, double* work) const noexcept;
  /// Rows of the panel of a child.
  [[nodiscard]] int child_rows() const noexcept { return PanelMatrix::padded(child_size()); }

 private:
  MirrorLayout layout_, of_children_;
  std::array<PanelMatrix, 8> matrices_;  ///< [block] with mirrors, else [child]
};

}
