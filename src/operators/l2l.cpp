// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

void l2l(const LevelOperators& operators, std::span<const double* const> parents,
         std::span<const std::array<double*, 8>> children, Scratch& scratch) {
  for (std::size_t child = 0; child < 8; ++child) {
    PanelProduct product(operators.l2l[child], scratch);
    for (std::size_t parent = 0; parent < parents.size(); ++parent)
      if (children[parent][child] != nullptr) product.add(parents[parent], children[parent][child]);
    product.finish();
  }
}

}
