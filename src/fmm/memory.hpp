// SPDX-License-Identifier: BSD-3-Clause
// The memory of a plan, counted from its arrays.
#pragma once

#include "fmm/layout.hpp"

namespace nearfar {

/// What the memory of one rank depends on.
struct RankSizes {
  std::int64_t sources = 0, ghost_sources = 0, targets = 0;
  std::int64_t travelling = 0;              ///< points sent or received between the caller's order and that of the tree
  std::int64_t multipoles = 0, locals = 0;  ///< own and ghost
  std::int64_t ghost_multipoles = 0;
  std::int64_t octants = 0;        ///< own and ghost
  std::int64_t parents = 0;        ///< octants whose colleagues are known
  std::int64_t largest_level = 0;  ///< most octants of one level
  int depth = 0;                   ///< of the tree; M2L has operators from level 2 on
  std::int64_t near_ranges = 0, wx_members = 0;
  std::int64_t kept_bytes = 0;  ///< for updates
  std::int64_t cut_bytes = 0;   ///< splitters and shared octants of all ranks, during set-up
};
[[nodiscard]] RankSizes sizes_of(const Layout& layout, const Interactions& interactions);

/// Bytes that a plan and one evaluation with gradients hold on a rank, without the caller's own arrays.
[[nodiscard]] std::int64_t estimate_memory(const RankSizes& sizes, const Kernel& kernel, const Options& options);

/// What the translations of a kernel take beside that, in bytes of a rank.
struct OperatorMemory {
  std::int64_t kept = 0;      ///< matrices of all levels, the spectra of all but one, and what M2L works with
  std::int64_t building = 0;  ///< while those of one level are made: mostly for LAPACK
};
/// `root_side` in the caller's units.
[[nodiscard]] OperatorMemory estimate_operators(const Kernel& kernel, const Options& options, int depth,
                                                double root_side);

/// Collective. Throws UsageError on all ranks when so many points make a plan too large whatever its tree.
void require_memory_for_points(MPI_Comm communicator, std::int64_t own_sources, std::int64_t own_targets,
                               const Kernel& kernel, const Options& options);

/// Collective. Throws UsageError on all ranks when a plan for this tree, and an evaluation, would take more than
/// Options::max_memory on any rank.
void require_memory(MPI_Comm communicator, const Layout& layout, const Interactions& interactions, const Kernel& kernel,
                    const Options& options);

}
