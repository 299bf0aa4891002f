// SPDX-License-Identifier: BSD-3-Clause
// Factors that are powers of two, so that they change no digit: units of length, and the size of the charges.
#pragma once

#include <span>
#include <vector>

#include <mpi.h>

namespace nearfar {

/// Multiplies by 2^exponent, which may itself be out of range where the products are not.
void multiply_by_power_of_two(std::span<double> values, int exponent);

/// The same for several vectors side by side, [row][vector][dim], each with an exponent of its own.
void multiply_by_powers_of_two(std::span<double> values, int dim, std::span<const int> exponents);

/// Collective. The exponents of the largest magnitude in each of several vectors, [row][vector][dim], over all ranks. 0
/// for a vector of zeros, and for one whose numbers are of the order of 1 already.
[[nodiscard]] std::vector<int> exponents_of_vectors(MPI_Comm communicator, std::span<const double> values,
                                                    int num_vectors, int dim);

}
