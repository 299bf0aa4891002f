// SPDX-License-Identifier: BSD-3-Clause
// Factors that are powers of two, so that they change no digit: units of length, and the size of the charges.
#pragma once

#include <span>
#include <vector>

#include <mpi.h>

namespace nearfar {

/// Multiplies by 2^exponent, which may itself be out of range where the products are not.
void multiply_by_power_of_two(std::span<double> values, int exponent);

/// The same for several vectors side by side, [row][vector][dim], each with an exponent of its own and one for all.
void multiply_by_powers_of_two(std::span<double> values, int dim, std::span<const int> exponents, int for_all = 0);

/// Collective. Divides each of several vectors, [row][vector][dim], by a power of two so that its largest magnitude
/// over all ranks is of the order of 1: then sums keep their digits whatever the size of the charges, also in floats.
/// Returns the exponents; 0 for a vector of zeros, and for one that is of the order of 1 already.
[[nodiscard]] std::vector<int> scale_to_order_of_one(MPI_Comm communicator, std::span<double> values, int num_vectors,
                                                     int dim);

}
