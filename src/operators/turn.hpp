// SPDX-License-Identifier: BSD-3-Clause
// Turning coordinates about the diagonal of a cube: (x, y, z) -> (z, x, y).
//
// Isotropic kernels stay as they are under it, with the components of vectors turned too. Then what holds for a point
// tells what holds for the two others that turning makes of it, and of the eight blocks of mirror_layout.hpp four are
// turns of others. That leaves set-up a half to a third of its work.
#pragma once

#include <vector>

#include "operators/mirror_layout.hpp"
#include "operators/moments.hpp"
#include "operators/surface.hpp"

namespace nearfar {

[[nodiscard]] constexpr int turned_axes(int axes, int times = 1) noexcept {
  return (axes << times | axes >> (3 - times)) & 7;
}

/// [component]: the one that turning makes of it. Both are empty if the kernel does not stay as it is.
struct TurnedComponents {
  std::vector<int> sources, targets;
};
[[nodiscard]] TurnedComponents turned_components(const Kernel& kernel);

/// Numbers of values [point][component], and what turning makes of them.
struct TurnedValues {
  std::vector<int> turned;         ///< [value]
  std::vector<int> first_points;   ///< one of each three that turning makes of one another
  std::vector<int> first_numbers;  ///< [of first_points][component]
};

/// `components` are turned_components; without them nothing turns, and all points are the first.
[[nodiscard]] TurnedValues turned_values(const Surface& surface, int num_components,
                                         const std::vector<int>& components);
/// For the rows of a layout.
[[nodiscard]] TurnedValues turned_rows(const MirrorLayout& layout, const Surface& surface,
                                       const std::vector<int>& components);
/// For polynomials [component][term].
[[nodiscard]] std::vector<int> turned_terms(const PolynomialBasis& basis, const std::vector<int>& components);

/// The block with the least number that turning makes of this one, and how often it turns to become it.
struct FirstBlock {
  int block = 0, times = 0;
};
[[nodiscard]] FirstBlock first_block(int block) noexcept;

/// [place in `from`]: the place in `to` of the number there after turning; lists of numbers ascend.
[[nodiscard]] std::vector<int> places_after(int times, const std::vector<int>& from, const std::vector<int>& to,
                                            const std::vector<int>& turned);

/// Rows and columns go to those places.
[[nodiscard]] Matrix permuted(const Matrix& matrix, const std::vector<int>& rows, const std::vector<int>& columns);

/// [block]: all columns, of which `parts` have those of columns.first_numbers; rows are the members of the block.
[[nodiscard]] std::vector<Matrix> with_turned_columns(const std::vector<Matrix>& parts, const MirrorLayout& layout,
                                                      const TurnedValues& rows, const TurnedValues& columns);

}
