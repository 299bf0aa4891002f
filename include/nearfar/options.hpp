// SPDX-License-Identifier: BSD-3-Clause
// How geometries and plans are made.
#pragma once

namespace nearfar {

/// The numbers in which near field and M2L are summed; everything is stored in double.
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

/// How a plan is made. What is left at 0 is chosen; Plan::options() tells the choice.
struct Options {
  /// Wanted relative L2 error of the potential for charges of both signs, 1e-12 to 0.1. That of gradients is up to 10
  /// times as large. Where sums cancel nearly everywhere, as in a lattice of alternating charges, the errors are up to
  /// 2 and 30 times as large. 0 means 1e-6, or that `order` decides where it is given.
  double tolerance = 0.0;
  int order = 0;            ///< p: points along an edge of the equivalent surfaces, 2 to 16
  int points_per_leaf = 0;  ///< a leaf holds at most as many sources and at most as many targets
  double root_scale = 0.0;  ///< side of the root cube over the extent of the points, 1 to 2
  Precision precision = Precision::automatic;
  int num_vectors = 1;  ///< charge vectors that apply will mostly get at once: leaves are chosen for as many
  NonFinite non_finite = NonFinite::refuse;
  /// Charges and potentials go over relays, in two steps, where a rank has the caller's points for more other ranks; 0:
  /// 256.
  int most_partners = 0;
  bool lists_only = false;  ///< stop after the lists: statistics can be asked for, apply cannot be called
};

/// What a partition makes equal on all ranks.
enum class Balance { predicted, measured };

}
