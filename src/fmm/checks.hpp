// SPDX-License-Identifier: BSD-3-Clause
// What callers give, checked on all ranks before any of it is used.
#pragma once

#include <array>
#include <string>

#include "comm/mpi.hpp"
#include "domain/partition.hpp"
#include "nearfar/options.hpp"

namespace nearfar {

/// Throws InputError when one of the numbers is not finite; `row` numbers make one point or charge. The sentence names
/// the rank if the communicator has several.
void require_finite(std::span<const double> values, std::size_t row, const char* what,
                    MPI_Comm communicator = MPI_COMM_NULL);

/// Throws where there are not three finite coordinates for each of so many points.
void require_moved(std::span<const double> coordinates, Index count, const char* what);

/// Throws UsageError for a kernel without sums, or whose components and contractions do not fit its dimensions.
void require_consistent(const Kernel& kernel);

/// Collective. Throws UsageError on all ranks when a value differs between ranks.
template <std::size_t size>
void require_agreed(MPI_Comm communicator, const std::array<double, size>& values, const std::string& what) {
  std::array<double, 2 * size> extremes{};
  for (std::size_t i = 0; i < size; ++i) {
    extremes[i] = values[i];
    extremes[size + i] = -values[i];
  }
  all_reduce(communicator, std::span<double>(extremes), MPI_MAX);
  for (std::size_t i = 0; i < size; ++i)
    if (extremes[i] != -extremes[size + i]) throw UsageError(what + " must be the same on all ranks");
}

/// Collective. All checks of what a geometry and its first plan, or another plan, are made from; without `points`:
/// those of another plan.
void check_arguments(MPI_Comm communicator, const Kernel& kernel, const Options& options, const CallerPoints* points,
                     std::span<const std::int64_t> cuts = {});

/// Of each of the three numbers of a key in Geometry::cuts; the end of the curve has one more.
inline constexpr int bits_of_cut = max_depth;

/// Geometry::cuts as keys; none for none. Throws UsageError unless they are keys that ascend, of so many ranks.
[[nodiscard]] std::vector<PointKey> keys_of_cuts(std::span<const std::int64_t> cuts, int num_ranks);

}
