// SPDX-License-Identifier: BSD-3-Clause
// The loops of the operators. They are compiled once for each level of vector instructions, as the kernels are, and
// called through the table of the level that this process uses (base/simd_level.hpp). What else is in such a file is
// not seen from outside of it, so that no inline function of one level gets into code of another. State of the process,
// such as caches, lives in other files.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "nearfar/kernel.hpp"

namespace nearfar {

struct MirrorLayout;
struct MomentWeights;
struct PolynomialBasis;
struct SeriesTerm;
struct Surface;
struct M2lFamilies;
template <class Scalar>
class M2lPass;
template <class Scalar>
struct M2lSpectra;
template <class Scalar>
struct M2lWorkspace;

/// See m2l_spectra.hpp and m2l_pass.hpp.
template <class Scalar>
struct M2lLoops {
  M2lSpectra<Scalar> (*make_spectra)(const Kernel& kernel, const Surface& inner);
  std::unique_ptr<M2lPass<Scalar>> (*make_pass)(const M2lSpectra<Scalar>& spectra, const M2lFamilies& families);
  std::shared_ptr<M2lWorkspace<Scalar>> (*make_workspace)();
};

struct SimdLoops {
  int width;       ///< doubles in a vector
  int block_rows;  ///< rows of a PanelMatrix that are done together

  /// y += A x, see PanelMatrix; `entries` in its order.
  void (*multiply_add)(const double* entries, int rows, int columns, const double* x, double* y) noexcept;

  /// See mirror_panel.hpp.
  void (*join_panel)(const MirrorLayout& layout, const double* parts, int part_rows, double* panel) noexcept;
  void (*split_panel)(const MirrorLayout& layout, const double* panel, double* parts) noexcept;
  /// transform_signs for all values of the panels of eight children, which become those of the eight blocks of their
  /// parent, and the other way round, in place.
  void (*children_to_blocks)(const MirrorLayout& layout, double* panels, std::size_t panel_size) noexcept;
  void (*blocks_to_children)(const MirrorLayout& layout, double* panels, std::size_t panel_size) noexcept;

  /// See moments.hpp.
  void (*add_moments)(const PolynomialBasis& basis, const PointArrays& points, Index count,
                      const MomentWeights& weights, double* lane_sums) noexcept;
  void (*add_series)(const PolynomialBasis& basis, const PointArrays& points, Index count, const double* coefficients,
                     std::span<const SeriesTerm> terms) noexcept;
  /// Adds the sums over the lanes to the places of a column of a panel.
  void (*add_lanes)(const double* lane_sums, std::span<const int> places, double* column) noexcept;

  bool (*has_close_pair)(const PairSum& sum) noexcept;  ///< see direct_sums.hpp

  M2lLoops<double> m2l;
  M2lLoops<float> m2l_float;

  template <class Scalar>
  [[nodiscard]] const M2lLoops<Scalar>& m2l_of() const noexcept {
    if constexpr (sizeof(Scalar) == sizeof(double))
      return m2l;
    else
      return m2l_float;
  }
};

/// Those of this process.
[[nodiscard]] const SimdLoops& simd_loops();

/// Those of the level that the caller is compiled for.
namespace loops {
[[nodiscard]] const SimdLoops& of_this_level() noexcept;
}

}
