// SPDX-License-Identifier: BSD-3-Clause
// Rows of inverses of patches, and their products: what PCNEARFAR does on one rank.
#pragma once

#include <functional>

#include "petsc/local_entries.hpp"
#include "petsc/patches.hpp"

namespace nearfar {

class BlockSolver {
 public:
  /// `patches` have points by their places among those of `entries`. Throws InputError where a patch is nearly
  /// singular; `describe` names two of its points by nearly_null_vector. On all threads.
  BlockSolver(const LocalEntries& entries, std::vector<std::vector<std::size_t>> patches,
              const std::vector<int>& blocks, int components,
              const std::function<std::string(std::size_t patch, std::span<const double> nearly_null)>& describe);
  BlockSolver() = default;

  /// `x` is [place][component]; `y` has the points of the blocks, patch after patch. On all threads.
  void multiply(std::span<const double> x, std::span<double> y) const;
  /// x += the transpose times y.
  void add_transposed(std::span<const double> y, std::span<double> x) const;
  [[nodiscard]] double memory_bytes() const noexcept;

 private:
  /// Rows of the inverse of one patch, stored in single precision, which preconditions as well in half of the memory.
  struct Inverse {
    std::vector<float> entries;        ///< over `unit`: [row of the patch][row of its block]
    double unit = 1.0;                 ///< the largest
    std::vector<std::size_t> columns;  ///< places of the patch's rows
    std::size_t first_row = 0, num_rows = 0;
  };
  std::vector<Inverse> inverses_;
};

}
