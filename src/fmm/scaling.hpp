// SPDX-License-Identifier: BSD-3-Clause
// Factors that are powers of two, so that they change no digit: units of length, and the size of the charges.
#pragma once

#include <span>
#include <vector>

namespace nearfar {

/// Multiplies by 2^exponent, which may itself be out of range where the products are not.
void multiply_by_power_of_two(std::span<double> values, int exponent);

/// The same for several vectors side by side, [row][vector][dim], each with an exponent of its own and one for all.
void multiply_by_powers_of_two(std::span<double> values, int dim, std::span<const int> exponents, int for_all = 0);

/// Of the numbers of several vectors.
struct Magnitudes {
  std::vector<double> largest;  ///< of each vector, NaN left out
  bool finite = true;           ///< no infinity, no NaN
};
/// Of [row][vector][dim].
[[nodiscard]] Magnitudes magnitudes_of(std::span<const double> values, int num_vectors, int dim);

/// The exponent to divide by so that numbers up to `largest` become of the order of 1: then sums keep their digits
/// whatever the size of the charges, also in floats. 0 for zeros, and for what is of the order of 1 already.
[[nodiscard]] int exponent_of(double largest) noexcept;

}
