// SPDX-License-Identifier: BSD-3-Clause
// M2L of one level as other rooms see it; m2l.hpp does it, compiled for each level of vector instructions.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "operators/m2l_spectra.hpp"

namespace nearfar {

/// The place of the neighbour at offset d in {-1,0,1}^3 in a table of 27: (dx+1) + 3 (dy+1) + 9 (dz+1); 13 is the box.
struct M2lFamilies {
  std::span<const std::array<const double*, 8>> sources;     ///< multipoles; null: absent or without sources
  std::span<const std::array<double*, 8>> targets;           ///< locals, added to; null: not wanted
  std::span<const std::array<std::int32_t, 27>> neighbours;  ///< of each target: source family or -1; [13] ignored
};

/// Working memory (m2l_workspace.hpp).
template <class Scalar>
struct M2lWorkspace;

/// Boxes come as families: the eight children of one parent, child o at (o & 1, o >> 1 & 1, o >> 2 & 1). The
/// frequencies are taken in slabs of one k_z, so that the spectra of a level take (2p-1)^2 complex numbers per box:
///   for (int slab = 0; slab < num_slabs(); ++slab) {
///     for i < num_transforms(slab) (in parallel): transform(i, slab, workspace, thread);
///     for i < num_blocks() (in parallel): translate(i, slab, workspace, thread);
///   }
/// The result does not depend on which thread does what. Expansions are in double; all between them is in Scalar,
/// double or float, for which multipoles must be of moderate magnitudes.
template <class Scalar>
class M2lPass {
 public:
  M2lPass() = default;
  M2lPass(const M2lPass&) = delete;
  M2lPass& operator=(const M2lPass&) = delete;
  virtual ~M2lPass() = default;
  /// Makes room for this level by that many threads, which need not be the number it was made for.
  virtual void reserve(M2lWorkspace<Scalar>& workspace, int num_threads) const = 0;
  [[nodiscard]] virtual int num_slabs() const noexcept = 0;
  [[nodiscard]] virtual Index num_transforms(int slab) const noexcept = 0;
  [[nodiscard]] virtual Index num_blocks() const noexcept = 0;
  virtual void transform(Index i, int slab, M2lWorkspace<Scalar>& workspace, int thread) const noexcept = 0;
  virtual void translate(Index block, int slab, M2lWorkspace<Scalar>& workspace, int thread) const noexcept = 0;
  [[nodiscard]] virtual double flops() const noexcept = 0;  ///< counted operations of the whole sweep
};

/// The spectra, and the arrays behind `families`, must outlive it.
template <class Scalar>
[[nodiscard]] std::unique_ptr<M2lPass<Scalar>> make_m2l_pass(const M2lSpectra<Scalar>& spectra,
                                                             const M2lFamilies& families);
template <class Scalar>
[[nodiscard]] std::shared_ptr<M2lWorkspace<Scalar>> make_m2l_workspace();

}
