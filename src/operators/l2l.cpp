// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

void l2l(const LevelOperators& operators, std::span<const double* const> parents,
         std::span<const std::array<double*, 8>> children, Scratch& scratch) {
  const int size = operators.local_size();
  gather(parents, size, scratch.zeros, scratch.a.data());
  for (std::size_t child = 0; child < 8; ++child) {
    const bool any =
        std::any_of(children.begin(), children.end(), [child](const auto& family) { return family[child] != nullptr; });
    if (!any) continue;
    multiply(operators.l2l[child], scratch.a.data(), scratch.b.data());
    for (std::size_t parent = 0; parent < children.size(); ++parent) {
      double* local = children[parent][child];
      if (local == nullptr) continue;
      for (int i = 0; i < size; ++i) local[i] += scratch.b[at(i) * panel_width + parent];
    }
  }
}

}
