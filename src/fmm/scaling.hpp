// SPDX-License-Identifier: BSD-3-Clause
// Factors that are powers of two, so that they change no digit: units of length, and the size of the charges.
#pragma once

#include <span>

namespace nearfar {

/// Multiplies by 2^exponent, which may itself be out of range where the products are not.
void multiply_by_power_of_two(std::span<double> values, int exponent);

/// The exponent of the largest magnitude; 0 when there is none but 0.
[[nodiscard]] int largest_exponent(std::span<const double> values);

}
