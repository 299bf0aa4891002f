// SPDX-License-Identifier: BSD-3-Clause
// A kernel K(x - y): a matrix of target_dim rows and source_dim columns for a target x and a source y.
//
// nearfar works with any translation-invariant kernel that is smooth away from 0. Oscillating kernels must say so
// (Kernel::wavenumber), and are limited to domains of some wavelengths. nearfar/families.hpp makes those of the
// library, each a file in src/kernels/catalog; nearfar/user_kernels.hpp adds others, made from a formula by
// nearfar/formula/wrap.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar {

/// Number or position of something that one rank holds.
using Index = std::int32_t;

/// Half-open range [begin, end) of positions in an array.
struct IndexRange {
  Index begin = 0;
  Index end = 0;
  [[nodiscard]] Index size() const noexcept { return end - begin; }
};

/// Points as three coordinate arrays, not owned.
struct PointArrays {
  const double* x = nullptr;
  const double* y = nullptr;
  const double* z = nullptr;
};

inline constexpr int min_order = 2;  ///< order: points along an edge of an equivalent surface
inline constexpr int max_order = 16;

/// One number for each order, from min_order on.
using ErrorsByOrder = std::array<double, max_order - min_order + 1>;

/// Bounds of relative L2 errors of the Laplace potential: 1.1 times the largest measured, for charges of both signs
/// whose sum nearly vanishes, at 1e5 and 1e6 points in a cube, on a sphere, on an ellipsoid and in Plummer's model.
/// Gradients had errors up to 5 times as large.
inline constexpr ErrorsByOrder laplace_errors{6e-2,    3.6e-3,  2.7e-4,  2.5e-5,  2.7e-6, 3.3e-7, 3.7e-8, 5e-9,
                                              8.5e-10, 1.3e-10, 2.6e-11, 3.9e-12, 7e-13,  3e-13,  2e-13};

/// The errors of a kernel that are `factor` times as large as others at every order.
[[nodiscard]] constexpr ErrorsByOrder scaled_errors(double factor, ErrorsByOrder errors) noexcept {
  for (double& error : errors) error *= factor;
  return errors;
}

/// For kernels whose errors are unknown: plans measure the errors of their expansions, and refuse tolerances that no
/// order reaches.
inline constexpr ErrorsByOrder unknown_errors{};

/// How many digits of each pair a sum must keep: relative errors up to the rounding of double, 2e-10, 2e-7, and 2e-7
/// after the distances have got errors of 2e-7 lengths (PairSum::length).
enum class Digits { all, ten, seven, seven_of_length };

/// One block of work: the sums at some targets over some sources,
///   potentials[t][i]       += factor * scale * sum_s sum_j K_ij(x_t - y_s) charges[s][j]
///   gradients[t][i][axis]  += the derivative of the same sum with respect to that coordinate of the target,
/// pairs with x_t == y_s left out. `scale` is the kernel's constant, for example 1/(4 pi).
struct PairSum {
  PointArrays targets;  ///< targets 0 .. num_targets-1
  Index num_targets = 0;
  PointArrays sources;              ///< arrays that `source_ranges` index
  const double* charges = nullptr;  ///< [source][source_dim]
  std::span<const IndexRange> source_ranges;
  /// Position of target 0 among the sources where the targets are sources themselves, or -1.
  Index first_own = -1;
  /// More sources that are targets too, though not these targets: the sums at them over these targets are added as
  /// well, to the outputs at (source - first_own) of the arrays below.
  std::span<const IndexRange> mutual_ranges{};
  /// For seven digits, where sums are in single precision: all coordinates lie within 8 lengths of those of target 0,
  /// and the charges are of the order of 1 or smaller.
  Digits digits = Digits::all;
  double length = 1.0;
  double factor = 1.0;
  /// Potentials are [target][target_dim][4], each followed by its derivatives; gradients is null.
  bool gradients_beside_potentials = false;
  double* potentials = nullptr;  ///< [target][target_dim], added to; null when not wanted
  double* gradients = nullptr;   ///< [target][target_dim][3], added to; null when not wanted
};

/// How one number of a source or of a target depends on units and mirrors.
struct Component {
  /// K_ij(s r) = s^(degree + degree of source component j + degree of target component i) K_ij(r), with the degree of
  /// the kernel: -1 for each derivative of what has degree 0.
  int degree = 0;
  /// Axes that reverse its sign when mirrored, bit 0 for x: of a vector along x that is x alone.
  std::uint8_t odd_axes = 0;
};

/// A derivative of the kernel of the expansions, K: as part of a source, for a charge in place of the density, and as
/// part of a result, of the field.
struct Term {
  int number = 0;                   ///< component of the charge, or of the result
  int component = 0;                ///< of K's source, or of its target
  std::array<int, 2> axes{-1, -1};  ///< derivatives with respect to the coordinates of the source, or the target
  double coefficient = 1.0;
};

struct Expansion;

/// What callers give for each source (a source kind) or get for each target (a field).
struct Quantity {
  std::string name;
  int components = 1;
  bool with_normals = false;  ///< multiplied by the normal of the point
};

/// One term of a sum: to += coefficient * from * (axis < 0 ? 1 : that component of the point's normal).
struct Contraction {
  int from = 0;
  int to = 0;
  int axis = -1;
  double coefficient = 1.0;
};

/// Normals of points, [point][3], not owned. They may have any length, which multiplies what they are part of.
struct Normals {
  std::span<const double> sources{}, targets{};
};

/// A type-erased kernel: one indirect call for each block of sources and targets.
struct Kernel {
  std::string name;
  /// Kernels of equal identity share operators, so it must be equal only where the sums are. Whoever changes the sums
  /// or properties of a kernel must change or clear it, also in what in_units_of returns. Empty: operators are not
  /// shared.
  std::string identity;
  int source_dim = 1;  ///< components of a charge, as the sums take them
  int target_dim = 1;  ///< components of a potential, as the sums give them
  /// Empty: all of degree 0; three are the components of a vector, other numbers are of scalars.
  std::vector<Component> source_components{}, target_components{};
  /// K(s r; parameters) = s^degree K(r; parameters measured in units of s).
  int degree = -1;
  /// No parameter of the kernel has a length in its unit, so that one set of operators serves all levels.
  bool homogeneous = true;
  /// Of a screened kernel, per unit of length: |K(r)| falls off like exp(-screening r), and K(r) is in_units_of(0)(r)
  /// plus a constant of the order of `screening` plus terms of the order of its square. 0: nothing is known about this.
  /// That of of_expansions() counts.
  double screening = 0.0;
  /// Of an oscillating kernel, in radians per unit of length: K(r) is exp(i wavenumber r), or its real and imaginary
  /// part, times functions that do not oscillate. Boxes then need expansions of higher order the larger they are, and
  /// other surfaces where they resonate. That of of_expansions() counts.
  double wavenumber = 0.0;
  /// K(r) = K(-r)^T, so that downward operators are transposes of the upward ones.
  bool symmetric = true;
  int potential_flops = 0;  ///< floating-point operations of one pair, potential alone
  int gradient_flops = 0;   ///< the same, potential and gradient together
  double scale = 1.0;       ///< constant factor of the kernel
  /// Bounds of the relative L2 error of potentials in double precision, by order; those of Laplace's kernel by default.
  ErrorsByOrder errors = laplace_errors;
  /// What sums in single precision add to that, in squares, at orders for tolerances of this size.
  double single_error = 3e-7;
  /// Adds a block of sums; safe to call from several threads at once. Pairs whose squared distance is below the
  /// smallest normal float may be left out.
  std::function<void(const PairSum&)> add_sums;
  /// The same sums one pair after the other in scalars, whatever the digits asked for; only a distance of exactly zero
  /// is left out. For checks, and for pairs that add_sums may leave out.
  std::function<void(const PairSum&)> add_reference_sums;
  /// The same sums for several charge vectors side by side, whose distances are computed once, as a kernel with that
  /// many times the dimensions: [source][vector][source_dim]. How many is its choice, for `num_vectors` in all, with
  /// gradients or without. For these two functions alone; may be empty.
  std::function<Kernel(int num_vectors, bool with_gradients)> several;
  /// The kernel of the expansions, if it is another one, and this kernel's sources and targets in terms of it.
  std::shared_ptr<const Expansion> expansion{};
  /// Whether add_sums gives gradients.
  bool has_gradients = true;
  /// What callers give for each source and get for each target, in this order; empty where that is what the sums take
  /// and give. The sums over `contractions` turn one into the other.
  std::vector<Quantity> source_kinds{}, fields{};
  std::vector<Contraction> source_contractions{}, field_contractions{};
  /// The kernel whose matrix is the transpose of this one's when sources and targets change places, normals too. Empty:
  /// a symmetric kernel is its own; others have none.
  std::function<Kernel()> transposed{};

  /// Numbers that callers give for each source and get for each target.
  [[nodiscard]] int num_strengths() const noexcept;
  [[nodiscard]] int num_values() const noexcept;
  [[nodiscard]] bool needs_source_normals() const noexcept;
  [[nodiscard]] bool needs_target_normals() const noexcept;
  /// The kernel of the expansions.
  [[nodiscard]] const Kernel& of_expansions() const noexcept;

  /// The same kernel for coordinates measured in units of `length`, its parameters and identity too; degree and scale
  /// stay as they are, so K(length r) = length^degree * in_units_of(length)(r), times powers of it by
  /// Component::degree.
  std::function<Kernel(double length)> in_units_of;
};

/// Sources and targets of a kernel as sums of derivatives of the kernel of the expansions, which is all that M2M, M2L
/// and L2L know: P2M takes moments of derivatives, L2P derivatives of series.
struct Expansion {
  Kernel equivalent;
  Kernel at_checks;       ///< the kernel's sources, the equivalent's targets: P2L
  Kernel from_densities;  ///< the equivalent's sources, the kernel's targets: M2P
  std::vector<Term> sources, targets;
};

/// Parameters for the short form of make_kernel.
struct KernelParameters {
  double lambda = 1.0;  ///< of families that have it
};

/// The kernel of a family's first source kind and first field: for others see nearfar/families.hpp. Throws UsageError,
/// with the nearest name, when there is no such family.
[[nodiscard]] Kernel make_kernel(std::string_view name, const KernelParameters& parameters = {});

/// Names of the families, sorted.
[[nodiscard]] std::vector<std::string> kernel_names();

inline const Kernel& Kernel::of_expansions() const noexcept { return expansion ? expansion->equivalent : *this; }

}
