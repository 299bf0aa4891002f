// SPDX-License-Identifier: BSD-3-Clause
// M2L for all boxes of one level at once, by discrete Fourier transforms of odd length 2p-1 and sibling Karatsuba.
//
// Boxes come as families: the eight children of one parent, child o at (o & 1, o >> 1 & 1, o >> 2 & 1). A target family
// at parent P receives from the source families at the parents S = P + d, d in {-1,0,1}^3 without 0, from every child
// pair that is not adjacent (m2l_karatsuba.hpp describes the scheme).
//
// The frequencies are taken in slabs of one k_z, so that the spectra of a level take (2p-1)^2 complex numbers per box:
//   for (int slab = 0; slab < sweep.num_slabs(); ++slab) {
//     for each source family (in parallel): sweep.transform(family, slab, scratch);
//     for each block of target families (in parallel): sweep.translate(block, slab, scratch);
//   }
// The result does not depend on which thread does which family or block.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "base/csr.hpp"
#include "operators/level_operators.hpp"
#include "operators/m2l_dft.hpp"
#include "operators/m2l_karatsuba.hpp"

namespace nearfar {

/// The place of the neighbour at offset d in {-1,0,1}^3 in a table of 27: (dx+1) + 3 (dy+1) + 9 (dz+1); 13 is the box.
struct M2lFamilies {
  std::span<const std::array<const double*, 8>> sources;     ///< multipoles; null: absent or without sources
  std::span<const std::array<double*, 8>> targets;           ///< locals, added to; null: not wanted
  std::span<const std::array<std::int32_t, 27>> neighbours;  ///< of each target: source family or -1; [13] ignored
};

class M2lScratch;  // per thread

/// One level's M2L. The operators, and the arrays behind `families`, must outlive it.
class M2lSweep {
 public:
  M2lSweep(const LevelOperators& operators, const M2lFamilies& families);
  [[nodiscard]] int num_slabs() const noexcept { return twiddles_.p; }
  [[nodiscard]] Index num_blocks() const noexcept { return static_cast<Index>(blocks_.size()); }
  void transform(Index source_family, int slab, M2lScratch& scratch) noexcept;
  void translate(Index block, int slab, M2lScratch& scratch) noexcept;
  [[nodiscard]] double flops() const noexcept;  ///< counted operations of the whole sweep

 private:
  friend class M2lScratch;
  struct Block {
    Index first_target = 0;
    Index num_targets = 0;
    Index first_group = 0;
    Index num_groups = 0;
  };
  struct AlignedDelete {
    void operator()(M2lComplex* values) const noexcept { ::operator delete(values, std::align_val_t(cache_line)); }
  };

  void make_block(Index first_target, std::vector<Index>& plane_row);
  void make_groups(Index first_target, std::span<const std::uint32_t> directions, const std::vector<Index>& plane_row);
  [[nodiscard]] const M2lComplex* spectra(int component, int chunk) const noexcept;
  void read_multipoles(Index family, int first_child, M2lScratch& scratch) const noexcept;
  void transform_z(int component, int slab, M2lScratch& scratch) const noexcept;
  void store_spectra(int component, Index family, int first_child, int slab, M2lScratch& scratch) noexcept;
  void translate_chunk(Index block, int slab, int chunk, int component, M2lScratch& scratch) const noexcept;
  void load_spectra(Index target, int first_child, int slab, M2lScratch& scratch) const noexcept;
  void inverse_z(int slab, M2lScratch& scratch) const noexcept;
  void add_to_locals(Index family, int first_child, int component, const M2lScratch& scratch) const noexcept;

  const LevelOperators& operators_;
  M2lFamilies families_;
  M2lTwiddles twiddles_;
  int max_chunks_ = 0;
  std::ptrdiff_t chunk_stride_ = 0;                       ///< of spectra_
  std::unique_ptr<M2lComplex[], AlignedDelete> spectra_;  ///< [component][chunk][family][child], of one slab
  Index block_size_ = 0;
  std::vector<Block> blocks_;
  Csr<Index> rows_;               ///< of each block: the source families around it
  Csr<std::int32_t> directions_;  ///< of each block: the places of neighbours that any of its targets has
  std::vector<Index> order_;      ///< the target families, those of a group together
  Csr<std::int32_t> groups_;      ///< of each group: what m2l_multiply reads
  Index max_rows_ = 0;
};

/// Working memory of one thread for sweeps of one size.
class M2lScratch {
 public:
  explicit M2lScratch(const M2lSweep& sweep);

 private:
  friend class M2lSweep;
  AlignedVector<double> zeros_;            ///< the multipole of an absent child
  AlignedVector<double> panel_;            ///< [coefficient][lane], lanes are children
  AlignedVector<M2lComplex> columns_;      ///< [x][y] at one k_z
  AlignedVector<M2lComplex> lines_;        ///< [x][k_y]
  AlignedVector<M2lComplex> frequencies_;  ///< [k_x][k_y], filled up to whole chunks
  AlignedVector<M2lComplex> operators_;    ///< [9][direction]
  AlignedVector<M2lComplex> planes_;       ///< [kx][row]; row 0 is zero
  AlignedVector<M2lComplex> products_;     ///< [9][target of the block]
  AlignedVector<M2lComplex> children_;     ///< [chunk][target of the block][child]
  std::ptrdiff_t plane_stride_ = 0;
  std::ptrdiff_t child_stride_ = 0;
};

}
