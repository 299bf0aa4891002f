// SPDX-License-Identifier: BSD-3-Clause
// M2L for all boxes of one level at once, by discrete Fourier transforms of odd length 2p-1 and sibling Karatsuba.
//
// A target family (m2l_pass.hpp) at parent P receives from the source families at the parents S = P + d, d in
// {-1,0,1}^3 without 0, from every child pair that is not adjacent: by m2l_karatsuba.hpp, or by m2l_pairs.hpp where
// many children are missing.
#pragma once

#include <array>
#include <span>

#include "operators/m2l_blocks.hpp"
#include "operators/m2l_dft.hpp"
#include "operators/m2l_spectra.hpp"
#include "operators/m2l_workspace.hpp"

namespace nearfar {

/// One level's M2L. The spectra, and the arrays behind `families`, must outlive it.
template <class Scalar>
class M2lSweep final : public M2lPass<Scalar> {
 public:
  M2lSweep(const M2lSpectra<Scalar>& spectra, const M2lFamilies& families, Index wanted_blocks = m2l_wanted_blocks);
  void reserve(M2lWorkspace<Scalar>& workspace, int num_threads) const override;
  [[nodiscard]] int num_slabs() const noexcept override { return spectra_.order; }
  [[nodiscard]] Index num_transforms(int slab) const noexcept override;
  [[nodiscard]] Index num_blocks() const noexcept override { return size_of(blocks_.blocks); }
  void transform(Index i, int slab, M2lWorkspace<Scalar>& workspace, int thread) const noexcept override;
  void translate(Index block, int slab, M2lWorkspace<Scalar>& workspace, int thread) const noexcept override;
  [[nodiscard]] double flops() const noexcept override;

 private:
  using Chunk = M2lChunk<Scalar>;
  using Children = M2lChildren<Scalar>;
  using Vector = M2lChildVector<Scalar>;
  using Workspace = M2lWorkspace<Scalar>;
  using Scratch = M2lScratch<Scalar>;
  /// Boxes that are transformed side by side: their places in the sums of a block, and their locals or null.
  using Places = std::array<Index, usize(m2l_children<Scalar>)>;
  using Locals = std::array<double*, usize(m2l_children<Scalar>)>;
  static constexpr int lanes = m2l_lanes<Scalar>;
  static constexpr int children = m2l_children<Scalar>;

  void reserve(Scratch& scratch) const;
  void transform_boxes(std::span<const Index> boxes, int slab, Workspace& workspace, Scratch& scratch) const noexcept;
  void read_multipoles(std::span<const Index> boxes, Scratch& scratch) const noexcept;
  void transform_z(int component, int slab, Scratch& scratch) const noexcept;
  void store_spectra(std::span<const Index> boxes, int slab, Chunk* spectra, Scratch& scratch) const noexcept;
  void translate_families(Index block, int chunk, int component, const Workspace& workspace,
                          Scratch& scratch) const noexcept;
  void translate_pairs(Index block, int slab, int chunk, int component, const Workspace& workspace,
                       Scratch& scratch) const noexcept;
  void transform_back(Index block, int slab, int component, Scratch& scratch) const noexcept;
  void load_spectra(const Places& places, int slab, Scratch& scratch) const noexcept;
  void inverse_z(int slab, Scratch& scratch) const noexcept;
  void add_to_locals(const Locals& locals, int component, const Scratch& scratch) const noexcept;

  [[nodiscard]] Index num_operators(int slab) const noexcept;
  [[nodiscard]] int max_chunks() const noexcept;
  [[nodiscard]] std::ptrdiff_t chunk_stride() const noexcept;
  [[nodiscard]] std::ptrdiff_t spectra_begin(int component, int chunk) const noexcept;
  [[nodiscard]] std::ptrdiff_t operators_begin(int entry, int chunk) const noexcept;

  const M2lSpectra<Scalar>& spectra_;
  M2lFamilies families_;
  M2lDft<Scalar> dft_;
  M2lBlocks blocks_;
  double local_factor_ = 1.0;  ///< undoes what the spectra are divided by
};

}
