// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

void m2m(const LevelOperators& operators, std::span<const std::array<const double*, 8>> children,
         std::span<double* const> parents, Scratch& scratch) {
  const int size = operators.multipole_size();
  for (double* multipole : parents) std::fill_n(multipole, size, 0.0);
  for (std::size_t child = 0; child < 8; ++child) {
    PanelProduct product(operators.m2m[child], scratch);
    for (std::size_t parent = 0; parent < parents.size(); ++parent)
      if (children[parent][child] != nullptr) product.add(children[parent][child], parents[parent]);
    product.finish();
  }
}

}
