// SPDX-License-Identifier: BSD-3-Clause
// The entries K_ij of a kernel that M2L has to multiply with and to store, found by evaluating the kernel.
#pragma once

#include <vector>

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Entries that are zero everywhere are left out: the pressure of a sink, for example. With the charges of component j
/// times source_signs[j], K_ij and K_ji are equal for kernels with K(r) = K(-r)^T whose entries are even or odd.
/// Entries that are equal, or opposite to each other, count as one.
struct ComponentPairs {
  int source_dim = 0, target_dim = 0;
  int num_entries = 0;               ///< different ones
  std::vector<int> entries;          ///< [target component][source component]: the number of the entry; -1 where zero
  std::vector<bool> opposite;        ///< the same: K_ij is minus that entry
  std::vector<double> source_signs;  ///< [source component]: 1 or -1

  [[nodiscard]] int entry(int target, int source) const noexcept {
    return entries[static_cast<std::size_t>(target * source_dim + source)];
  }
  [[nodiscard]] bool is_opposite(int target, int source) const noexcept {
    return opposite[static_cast<std::size_t>(target * source_dim + source)];
  }
  [[nodiscard]] int num_products() const noexcept;           ///< entries that are not zero
  [[nodiscard]] bool is_reached(int target) const noexcept;  ///< by any source component
};

[[nodiscard]] ComponentPairs find_component_pairs(const Kernel& kernel);

}
