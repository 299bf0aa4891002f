// SPDX-License-Identifier: BSD-3-Clause
// How geometries and plans are made.
#pragma once

#include <cstdint>

namespace nearfar {

/// Arithmetic of near field and M2L; everything is stored in double.
enum class Precision {
  automatic,  ///< single where `tolerance` allows it, double when only `order` is given
  full,       ///< double
  mixed       ///< single, which adds a relative error of about 3e-7, or 3e-6 where the order allows 1e-5 anyway
};

/// "automatic", "full" or "mixed".
[[nodiscard]] const char* precision_name(Precision precision) noexcept;

/// What an apply does with charges that are not finite.
enum class NonFinite {
  refuse,    ///< throws InputError
  propagate  ///< all results are NaN, on all ranks
};

/// How a plan is made. What is 0 is chosen by the plan; Plan::options() tells the choice.
struct Options {
  /// Target relative L2 error of potentials for charges of both signs, 1e-12 to 0.1. Gradients may err 10 times as
  /// much. Where sums cancel nearly everywhere, as in a lattice of alternating charges, it is 2 and 30 times. Far
  /// outside a cloud whose charges cancel, errors are within the tolerance of the sums of |K q|, which may be many
  /// times what is left of the sums: at a distance of 100 sizes of the cloud 50 times the tolerance was measured, and
  /// 2000 for gradients. 0: 1e-6, or whatever `order` gives. Tolerances that the given order or precision
  /// cannot keep, or that no order can, are refused.
  double tolerance = 0.0;
  /// p: points along an edge of the equivalent surfaces, 2 to 16. Of oscillating kernels, that of the largest boxes.
  int order = 0;
  int points_per_leaf = 0;  ///< a leaf holds at most as many sources and at most as many targets
  double root_scale = 0.0;  ///< side of the root cube over the extent of the points, 1 to 2
  Precision precision = Precision::automatic;
  int num_vectors = 1;  ///< charge vectors expected in one apply; tunes the leaf size
  NonFinite non_finite = NonFinite::refuse;
  /// Charges and potentials travel in two steps, over relays, where a rank would exchange them with more other ranks
  /// than this; 0: 256.
  int most_partners = 0;
  bool lists_only = false;  ///< stop after tree and lists: for statistics; apply throws
  /// Bytes that a rank may take for a plan, its geometry and an evaluation with gradients, beside the caller's arrays;
  /// 0: any. Plans are refused when the estimate for any rank is larger, before operators and expansions are made.
  /// Updates of the points are refused likewise, and leave the plan unusable.
  std::int64_t max_memory = 0;
};

/// The time that a partition makes equal on all ranks: from counted work and stored rates, or from the last apply.
enum class Balance { predicted, measured };

}
