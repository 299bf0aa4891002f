// SPDX-License-Identifier: BSD-3-Clause
// What orders and precisions deliver by the errors that a kernel knows of itself, against the tolerance.
#pragma once

#include <string>

#include "nearfar/kernel.hpp"
#include "nearfar/options.hpp"

namespace nearfar {

/// The error of an order that is left after the orders for `phase` have been taken from it. Single precision counts
/// for more where `phase`, of the largest boxes, is long. Automatic precision counts as full.
[[nodiscard]] double error_of_order(const Kernel& kernel, int order, Precision precision, double phase);

/// The lowest order that keeps the tolerance, without those for `phase`, or the highest one.
[[nodiscard]] int lowest_order(const Kernel& kernel, double tolerance, Precision precision, double phase);

/// Why a given order or precision, or any order, cannot keep a given tolerance, in one sentence that says what would;
/// empty: it can, or no tolerance is given. The comparison is the one by which orders are chosen, without a margin,
/// since errors are bounds of what was measured.
[[nodiscard]] std::string why_contradicting(const Options& options, const Kernel& kernel, double phase);

}
