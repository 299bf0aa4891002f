// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

namespace {

/// By mirror images, for as many parents as a panel is wide.
void translate_panel(const ChildMatrices& matrices, std::span<const double* const> parents,
                     std::span<const std::array<double*, 8>> children, Scratch& scratch) noexcept {
  const std::size_t panel_size = usize(matrices.child_rows()) * panel_width;
  gather(parents, matrices.size(), scratch.zeros, scratch.a.data());
  matrices.to_children(scratch.a.data(), scratch.b.data());
  for (std::size_t parent = 0; parent < parents.size(); ++parent) {
    for (std::size_t child = 0; child < 8; ++child) {
      double* const local = children[parent][child];
      const double* const column = scratch.a.data() + child * panel_size + parent;
      for (int i = 0; local != nullptr && i < matrices.child_size(); ++i) local[i] += column[usize(i) * panel_width];
    }
  }
}

}

void l2l(const LevelOperators& operators, std::span<const double* const> parents,
         std::span<const std::array<double*, 8>> children, Scratch& scratch) {
  const ChildMatrices& matrices = operators.l2l;
  if (matrices.is_mirrored()) {
    for (std::size_t first = 0; first < parents.size(); first += panel_width) {
      const std::size_t count = std::min(usize(panel_width), parents.size() - first);
      translate_panel(matrices, parents.subspan(first, count), children.subspan(first, count), scratch);
    }
    return;
  }
  for (std::size_t child = 0; child < 8; ++child) {
    PanelProduct product(matrices.of(child), scratch);
    for (std::size_t parent = 0; parent < parents.size(); ++parent)
      if (children[parent][child] != nullptr) product.add(parents[parent], children[parent][child]);
    product.finish();
  }
}

}
