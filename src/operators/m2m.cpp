// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

namespace {

/// By mirror images, for as many parents as a panel is wide.
void translate_panel(const ChildMatrices& matrices, std::span<const std::array<const double*, 8>> children,
                     std::span<double* const> parents, Scratch& scratch) noexcept {
  std::array<const double*, panel_width> multipoles{};
  const std::size_t panel_size = usize(matrices.child_rows()) * panel_width;
  for (std::size_t child = 0; child < 8; ++child) {
    for (std::size_t parent = 0; parent < parents.size(); ++parent) multipoles[parent] = children[parent][child];
    gather(std::span(multipoles).first(parents.size()), matrices.child_size(), scratch.zeros,
           scratch.a.data() + child * panel_size);
  }
  matrices.to_parents(scratch.a.data(), scratch.b.data());
  for (std::size_t parent = 0; parent < parents.size(); ++parent)
    copy_column(scratch.a.data(), parent, matrices.size(), parents[parent]);
}

}

void m2m(const LevelOperators& operators, std::span<const std::array<const double*, 8>> children,
         std::span<double* const> parents, Scratch& scratch) {
  const ChildMatrices& matrices = operators.m2m;
  if (matrices.is_mirrored()) {
    for (std::size_t first = 0; first < parents.size(); first += panel_width) {
      const std::size_t count = std::min(usize(panel_width), parents.size() - first);
      translate_panel(matrices, children.subspan(first, count), parents.subspan(first, count), scratch);
    }
    return;
  }
  for (double* multipole : parents) std::fill_n(multipole, matrices.size(), 0.0);
  for (std::size_t child = 0; child < 8; ++child) {
    PanelProduct product(matrices.of(child), scratch);
    for (std::size_t parent = 0; parent < parents.size(); ++parent)
      if (children[parent][child] != nullptr) product.add(children[parent][child], parents[parent]);
    product.finish();
  }
}

}
