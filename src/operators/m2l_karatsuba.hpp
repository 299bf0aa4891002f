// SPDX-License-Identifier: BSD-3-Clause
// The products of M2L in frequency space: 27 for each pair of neighbouring parents instead of one for each of the 64
// pairs of their children.
//
// Let the parents be d apart. Child o_s of the source and child o_t of the target are t = 2 d + o_s - o_t apart (in box
// widths). In one dimension, with T(t) the transform of the kernel at offset t,
//   y_0 = T(2d) x_0 + T(2d+1) x_1 = T(2d) (x_0 + x_1) + (T(2d+1) - T(2d)) x_1
//   y_1 = T(2d-1) x_0 + T(2d) x_1 = T(2d) (x_0 + x_1) + (T(2d-1) - T(2d)) x_0
// are three products instead of four. With a map on each side and one on the operators,
//   E: x_0 + x_1, x_1, x_0      B: T(2d), T(2d+1) - T(2d), T(2d-1) - T(2d)      D: P_0 + P_1, P_0 + P_2,
// used in each dimension, the 8 x 8 pairs take 27 products kappa = (kx, ky, kz), one in each of 27 "planes". T is zero
// for adjacent boxes. The sums over d are done between E and D, so these are done once for each family.
//
// D is done with the sums: the products of ky = 1 and 2 are added to those of ky = 0, and the pass kz = 0 to both of
// the others; only the sum over kx is left to the end. The planes are taken one at a time, since one fits the
// first-level cache, in three passes kz of nine, k = kx + 3 ky.
#pragma once

#include <cstdint>
#include <span>

#include "base/types.hpp"
#include "operators/m2l_complex.hpp"

namespace nearfar {

inline constexpr int m2l_num_planes = 27;
inline constexpr int m2l_num_directions = 27;  ///< the centre has a place too

/// Targets that share the loads of an operator; two accumulators for each of them must fit the registers.
inline constexpr int m2l_group_size = simd::num_registers < 32 ? 6 : 8;

/// What m2l_multiply reads for each direction of a group: the direction and then the rows of the group's targets in
/// that direction, as distances from the first in words of m2l_word bytes.
using M2lPlace = std::uint16_t;
inline constexpr int m2l_row_words = 8;
inline constexpr int m2l_word = 2 * simd::width * static_cast<int>(sizeof(double)) / m2l_row_words;

/// B map: operators[kx + 3 ky + 9 kz][direction] from the spectra [m2l_num_offsets] of one chunk.
template <class Chunk>
void m2l_make_operators(const Chunk* spectra, Chunk* operators) noexcept;

/// E map: planes[kx][i + 1], kx = 0, 1, 2, for one ky and kz from the eight children of row i, or minus these. The
/// first row of a plane belongs to absent families and is left alone.
template <class Chunk>
void m2l_make_planes(const Chunk* spectra, std::span<const Index> rows, int ky, int kz, bool opposite, Chunk* planes,
                     std::ptrdiff_t plane_stride) noexcept;

/// The sums over the directions for a group of targets, in one plane, starting from `initial` sums, or zero if null.
template <class Chunk>
void m2l_multiply(const Chunk* plane, const Chunk* operators, std::span<const M2lPlace> list, const Chunk* initial,
                  Chunk* sums) noexcept;

/// The rest of the D map after a pass: kz = 0 leaves its part in children 0 .. 3 of each target, kz = 2 makes children
/// 4 .. 7 from those, and then kz = 1 completes children 0 .. 3. sums are [k][target].
template <class Chunk>
void m2l_add_children(const Chunk* sums, std::ptrdiff_t sums_stride, int kz, Index num_targets,
                      Chunk* children) noexcept;

}
