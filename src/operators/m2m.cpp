// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

void m2m(const LevelOperators& operators, std::span<const std::array<const double*, 8>> children,
         std::span<double* const> parents, Scratch& scratch) {
  const int size = operators.multipole_size();
  std::fill_n(scratch.b.begin(), at(PanelMatrix::padded(size)) * panel_width, 0.0);
  for (std::size_t child = 0; child < 8; ++child) {
    std::array<const double*, panel_width> columns{};
    bool any = false;
    for (std::size_t parent = 0; parent < children.size(); ++parent) {
      columns[parent] = children[parent][child];
      any = any || columns[parent] != nullptr;
    }
    if (!any) continue;
    gather(columns, size, scratch.zeros, scratch.a.data());
    operators.m2m[child].multiply_add(scratch.a.data(), scratch.b.data());
  }
  for (std::size_t parent = 0; parent < parents.size(); ++parent)
    copy_column(scratch.b.data(), parent, size, parents[parent]);
}

}
