// SPDX-License-Identifier: BSD-3-Clause
// The functions behind SimdLoops, of the level that the file is compiled for.
#pragma once

#include "nearfar/formula/simd.hpp"
#include "operators/m2l_pass.hpp"
#include "operators/mirror_layout.hpp"
#include "operators/moments.hpp"
#include "operators/panel.hpp"
#include "operators/simd_loops.hpp"

namespace nearfar::loops {

/// Twelve accumulators hide the latency of the multiply-adds and leave registers for the operands.
inline constexpr int block_rows = 12 / (panel_width / simd::width);

void multiply_add(const double* entries, int rows, int columns, const double* x, double* y) noexcept;
void join_panel(const MirrorLayout& layout, const double* parts, int part_rows, double* panel) noexcept;
void split_panel(const MirrorLayout& layout, const double* panel, double* parts) noexcept;
void children_to_blocks(const MirrorLayout& layout, double* panels, std::size_t panel_size) noexcept;
void blocks_to_children(const MirrorLayout& layout, double* panels, std::size_t panel_size) noexcept;
void add_moments(const PolynomialBasis& basis, const PointArrays& points, Index count, const MomentWeights& weights,
                 double* lane_sums) noexcept;
void add_series(const PolynomialBasis& basis, const PointArrays& points, Index count, const double* coefficients,
                std::span<const SeriesTerm> terms) noexcept;
void add_lanes(const double* lane_sums, std::span<const int> places, double* column) noexcept;
bool has_close_pair(const PairSum& sum) noexcept;

}
