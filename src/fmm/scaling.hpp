// SPDX-License-Identifier: BSD-3-Clause
// Factors that are powers of two, so that they change no digit: units of length, and the size of the charges.
#pragma once

#include <span>
#include <vector>

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Multiplies by 2^exponent, which may itself be out of range where the products are not.
void multiply_by_power_of_two(std::span<double> values, int exponent);

/// The same for several vectors side by side, [row][vector][component]: exponents of vectors and of components are
/// added up.
void multiply_by_powers_of_two(std::span<double> values, std::span<const int> of_vectors,
                               std::span<const int> of_components);

/// Exponents of unit^degree for the components of charges, of which `unit` is 2^exponent.
[[nodiscard]] std::vector<int> unit_exponents(const std::vector<Component>& components, int dim, int exponent);
/// The same for results, and for the three derivatives of each if `per_result` is 3.
[[nodiscard]] std::vector<int> result_exponents(const Kernel& kernel, int per_result, int exponent);

/// Of the numbers of several vectors.
struct Magnitudes {
  std::vector<double> largest;  ///< of each vector, NaN left out
  bool finite = true;           ///< no infinity, no NaN
};
/// Of [row][vector][component]; components count times powers of two.
[[nodiscard]] Magnitudes magnitudes_of(std::span<const double> values, int num_vectors,
                                       std::span<const int> of_components);

/// The exponent to divide by so that numbers up to `largest` become of the order of 1: then sums keep their digits
/// whatever the size of the charges, also in floats. 0 for zeros, and for what is of the order of 1 already.
[[nodiscard]] int exponent_of(double largest) noexcept;

}
