// SPDX-License-Identifier: BSD-3-Clause
// M2L in frequency space pair by pair of children: fewer products than m2l_karatsuba.hpp takes where most children of
// the parents are missing, as on surfaces.
#pragma once

#include <cstdint>
#include <span>

#include "base/types.hpp"

namespace nearfar {

/// A source box seen from a target box.
struct M2lPair {
  std::uint16_t source;  ///< its place among the sources that were gathered
  std::uint16_t offset;  ///< m2l_offset of where it lies
};

/// Copies the spectra of boxes (family * 8 + child), or minus these, to one place after the other.
template <class Chunk>
void m2l_gather(const Chunk* spectra, std::span<const Index> boxes, bool opposite, Chunk* sources) noexcept;

/// `initial` plus the products of gathered sources and of operators [m2l_num_offsets].
template <class Chunk>
[[nodiscard]] Chunk m2l_sum_pairs(const Chunk* sources, const Chunk* operators, std::span<const M2lPair> pairs,
                                  const Chunk& initial) noexcept;

}
