// SPDX-License-Identifier: BSD-3-Clause
// Fourier transforms of the kernel for the 316 offsets between boxes whose parents are neighbours.
//
// With p points along an edge and n = 2p-1, the frequencies (k_x, k_y, k_z) of a transform are grouped in slabs of one
// k_z = 0 .. p-1; the other k_z follow from those, since everything transformed is real. In a slab they are ordered by
// k_x n + k_y; slab 0 needs only k_x = 0 .. p-1, again because of that symmetry. They are handled in chunks as wide as
// a vector; the last chunk of a slab is filled up with zeros.
#pragma once

#include "base/aligned.hpp"
#include "base/types.hpp"
#include "operators/component_pairs.hpp"
#include "operators/m2l_complex.hpp"
#include "operators/surface.hpp"

namespace nearfar {

inline constexpr int m2l_num_offsets = 343;  ///< offsets t with max |t_i| <= 3, near ones included

/// The place of an offset among the m2l_num_offsets; linear, so that steps of 1, 7 and 49 are steps in x, y and z.
[[nodiscard]] constexpr int m2l_offset(int x, int y, int z) noexcept { return x + 3 + 7 * (y + 3) + 49 * (z + 3); }

/// Frequencies of a slab.
[[nodiscard]] constexpr int m2l_frequencies(int order, int slab) noexcept {
  return (slab == 0 ? order : 2 * order - 1) * (2 * order - 1);
}
/// Chunks of a slab.
template <class Scalar>
[[nodiscard]] constexpr int m2l_chunks(int order, int slab) noexcept {
  return (m2l_frequencies(order, slab) + m2l_lanes<Scalar> - 1) / m2l_lanes<Scalar>;
}

template <class Scalar>
struct M2lSpectra {
  int order = 0;
  int exponent = 0;  ///< the transforms are divided by 2^exponent, so that their magnitudes are about 1
  ComponentPairs pairs;
  /// The numbers of [entry][slab][chunk][offset], M2lChunks as wide as the vectors of whoever made them; zero for
  /// offsets of adjacent boxes, max |t_i| <= 1.
  UnwrittenVector<Scalar> values;

  [[nodiscard]] std::ptrdiff_t position(int entry, int slab, int chunk) const noexcept;
  /// [offset], of an entry of `pairs`.
  [[nodiscard]] const M2lChunk<Scalar>* chunk(int entry, int slab, int chunk) const noexcept {
    return reinterpret_cast<const M2lChunk<Scalar>*>(values.data()) + position(entry, slab, chunk);
  }
  [[nodiscard]] M2lChunk<Scalar>* chunk(int entry, int slab, int chunk) noexcept {
    return reinterpret_cast<M2lChunk<Scalar>*>(values.data()) + position(entry, slab, chunk);
  }
};

/// The transforms of K(h m - 2 t) / scale over the grid vectors m, |m_i| < p, for all offsets t of boxes of half
/// width 1, with source_signs. For kernels that mirrors leave as they are, only offsets without negative coordinates
/// are transformed. The result does not depend on the number of threads.
template <class Scalar>
[[nodiscard]] M2lSpectra<Scalar> make_m2l_spectra(const Kernel& kernel, const Surface& inner);

}
