// SPDX-License-Identifier: BSD-3-Clause
// Neighbouring points whose equations a preconditioner solves together.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nearfar {

/// A block of points and those around it. Each point is in the block of one patch, on one rank.
struct Patch {
  std::vector<std::int64_t> points;  ///< numbers counted over the ranks: those of the block first
  int block = 0;                     ///< how many those are
};

/// Collective. Patches of points [point][3] that are anywhere: blocks of at most `block` neighbours, each with the
/// nearest others, wherever they are, up to `patch` points in all. What they are depends on the ranks only near borders
/// of the tree's parts. Throws what Plan throws.
[[nodiscard]] std::vector<Patch> make_patches(MPI_Comm communicator, std::span<const double> points, int block,
                                              int patch);

/// Patches with points counted among `points`, those of all patches of this rank.
struct LocalPatches {
  explicit LocalPatches(const std::vector<Patch>& given);
  /// What to say of a patch whose equations have no unique solution, or nearly none. `places` are where `points` are,
  /// [point][3], and `nearly_null` the strengths [point][component] of the patch that make nearly nothing; may be
  /// empty.
  [[nodiscard]] std::string fault_of(std::size_t patch, std::span<const double> places,
                                     std::span<const double> nearly_null) const;

  std::vector<std::vector<std::size_t>> patches;
  std::vector<int> blocks;              ///< points of the block of each patch, which come first
  std::vector<std::int64_t> points;     ///< numbers, rising
  std::vector<std::int64_t> of_blocks;  ///< numbers of the points of the blocks, patch after patch
};

}
