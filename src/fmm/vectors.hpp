// SPDX-License-Identifier: BSD-3-Clause
// From the caller's charge vectors to groups of them in tree order, and back.
#pragma once

#include "fmm/evaluation.hpp"

namespace nearfar {

/// The numbers of several charge vectors in the caller's order.
struct CallerValues {
  std::span<const double> charges;  ///< [source][vector][source_dim]
  std::span<double> potentials;     ///< [target][vector][target_dim]
  std::span<double> gradients;      ///< [target][vector][target_dim][3]; empty where not wanted
  int num_vectors = 1;
};

/// Collective. `with_gradients` and the number of vectors must agree on all ranks, and the evaluation must have room.
/// The charges of each vector are divided by 2 to the power of its exponent on their way.
void evaluate(Evaluation& evaluation, const CallerValues& values, bool with_gradients, std::span<const int> exponents);

}
