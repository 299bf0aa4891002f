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
// The planes are taken one at a time, since one fits the first-level cache, in three passes kz = 0, 1, 2 of nine,
// k = kx + 3 ky.
#pragma once

#include <cstdint>
#include <span>

#include "base/types.hpp"
#include "operators/m2l_dft.hpp"

namespace nearfar {

inline constexpr int m2l_num_planes = 9;       ///< of a pass
inline constexpr int m2l_num_directions = 27;  ///< the centre has a place too

/// Targets that share the loads of an operator; two accumulators for each of them must fit the registers.
inline constexpr int m2l_group_size = simd::num_registers < 32 ? 4 : 8;

/// B map: operators[k][direction] of pass kz from the spectra [m2l_num_offsets][2][lane] of one chunk.
void m2l_make_operators(const double* spectra, std::span<const std::int32_t> directions, int kz,
                        M2lComplex* operators) noexcept;

/// E map: planes[kx][i + 1] for one ky and kz from the eight children of row i. Plane 0 is the sum of 1 and 2, which
/// must be there. The first row of a plane belongs to absent families and is left alone.
void m2l_make_plane(const M2lComplex* spectra, std::span<const Index> rows, int kx, int ky, int kz, M2lComplex* planes,
                    std::ptrdiff_t plane_stride) noexcept;

/// The sums over the directions for a group of targets, in one plane. `list` has, for each direction of the group, the
/// direction and then the rows of the group's targets in that direction. Adds to the sums if `add`, else overwrites.
void m2l_multiply(const M2lComplex* plane, const M2lComplex* operators, std::span<const std::int32_t> list, bool add,
                  M2lComplex* sums) noexcept;

/// D map: adds pass kz to the eight children of each target; pass 0 overwrites. sums are [k][target].
void m2l_add_children(const M2lComplex* sums, std::ptrdiff_t sums_stride, int kz, Index num_targets,
                      M2lComplex* children) noexcept;

}
