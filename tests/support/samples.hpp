// SPDX-License-Identifier: BSD-3-Clause
// Point sets, ways to deal them to ranks, and sums done the plain way, for tests.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <mpi.h>

#include "app/distributions.hpp"
#include "nearfar/plan.hpp"

namespace nearfar {

using Points = std::vector<double>;  ///< [point][3]

inline constexpr std::array all_distributions{app::Distribution::cube, app::Distribution::sphere,
                                              app::Distribution::ellipsoid, app::Distribution::plummer};

/// How points lie on the ranks.
enum class Deal { blocks, round_robin, all_on_last, odd_ranks };

/// Numbers of this rank's points among `count`.
std::vector<std::size_t> dealt(std::size_t count, Deal deal, MPI_Comm communicator);

/// Rows of `components` numbers with the given numbers.
std::vector<double> take(std::span<const double> rows, const std::vector<std::size_t>& numbers, std::size_t components);

/// Rows from all ranks put back in their places, on every rank.
std::vector<double> collect(std::span<const double> own, const std::vector<std::size_t>& numbers, std::size_t count,
                            std::size_t components, MPI_Comm communicator);

/// For each target, the number of sources that do not coincide with it.
std::vector<double> count_others(const Points& sources, const Points& targets);

struct Field {
  std::vector<double> potentials, gradients;
};

/// Plain sums in long double of the formula of a kernel ("laplace", "yukawa" with lambda, "stokeslet").
Field direct_field(const std::string& kernel, double lambda, const Points& sources, std::span<const double> charges,
                   const Points& targets);

/// sqrt(sum (a-b)^2 / sum b^2)
double relative_l2(std::span<const double> a, std::span<const double> b);

/// Every stride-th row.
std::vector<double> thin(std::span<const double> rows, std::size_t components, std::size_t stride);

}
