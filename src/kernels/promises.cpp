// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/promises.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

#include "base/types.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

using Displacement = std::array<double, 3>;

constexpr double rounding = 1e-10;       ///< relative, of equal sums in another way
constexpr double of_differences = 3e-6;  ///< of derivatives by differences
constexpr double of_seven_digits = 1e-5;
constexpr double vanishing = 1e-280;  ///< values near the end of the range have few digits

/// In no special direction, with lengths spread evenly on a logarithmic scale.
[[nodiscard]] std::vector<Displacement> displacements(std::size_t count, double shortest, double longest) {
  std::mt19937_64 random(20040517);
  std::normal_distribution<double> normal;
  std::vector<Displacement> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    double norm = 0.0;
    for (double& x : all[i]) {
      x = normal(random);
      norm = std::hypot(norm, x);
    }
    const double part = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0.0;
    const double length = shortest * std::pow(longest / shortest, part);
    for (double& x : all[i]) x *= length / norm;
  }
  return all;
}

[[nodiscard]] double length_of(const Displacement& r) { return std::hypot(r[0], r[1], r[2]); }
[[nodiscard]] Displacement times(double factor, Displacement r) {
  for (double& x : r) x *= factor;
  return r;
}

enum class Sums { reference, all_digits, seven_digits };

/// K(r) with its scale, [target component][source component]; derivatives: [target component][axis][source component].
[[nodiscard]] std::vector<double> values_at(const Kernel& kernel, const Displacement& r, Sums how,
                                            bool derivatives = false) {
  const auto rows = usize(kernel.target_dim) * (derivatives ? 3 : 1), columns = usize(kernel.source_dim);
  std::vector<double> values(rows * columns);
  for (std::size_t j = 0; j < columns; ++j) {
    std::vector<double> charge(columns, 0.0), results(rows, 0.0);
    charge[j] = 1.0;
    const double origin = 0.0;
    const IndexRange one{0, 1};
    PairSum sum{.targets = {&r[0], &r[1], &r[2]},
                .num_targets = 1,
                .sources = {&origin, &origin, &origin},
                .charges = charge.data(),
                .source_ranges = {&one, 1}};
    (derivatives ? sum.gradients : sum.potentials) = results.data();
    if (how == Sums::seven_digits) {
      sum.digits = Digits::seven;
      sum.length = length_of(r) > 0.0 ? length_of(r) : 1.0;
    }
    (how == Sums::reference ? kernel.add_reference_sums : kernel.add_sums)(sum);
    for (std::size_t i = 0; i < rows; ++i) values[i * columns + j] = results[i];
  }
  return values;
}

[[nodiscard]] double norm_of(const std::vector<double>& values) {
  double largest = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) return value;
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

[[nodiscard]] std::string text_of(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

[[nodiscard]] std::string text_of(const Displacement& r) {
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "(%.6g, %.6g, %.6g)", r[0], r[1], r[2]);
  return text.data();
}

[[noreturn]] void refuse(const Kernel& kernel, const std::string& what) {
  throw UsageError("the kernel " + kernel.name + " " + what);
}

/// Refuses values that are not those expected.
void require_equal(const Kernel& kernel, const std::vector<double>& values, const std::vector<double>& expected,
                   double tolerance, const Displacement& r, const std::string& what) {
  const double scale = std::max(norm_of(values), norm_of(expected));
  if (scale < vanishing) return;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!(std::abs(values[i] - expected[i]) <= tolerance * scale))
      refuse(kernel, what + ": at r = " + text_of(r) + " entry " + std::to_string(i) + " is " +
                         text_of("%.15g", values[i]) + " instead of " + text_of("%.15g", expected[i]));
}

[[nodiscard]] Component component_of(const std::vector<Component>& components, int i) {
  return components.empty() ? Component{} : components[usize(i)];
}

void require_sizes(const Kernel& kernel) {
  if (!kernel.add_sums || !kernel.add_reference_sums || !kernel.in_units_of)
    refuse(kernel, "lacks its sums, or itself in other units: make it by wrap()");
  if (kernel.source_dim < 1 || kernel.target_dim < 1 || kernel.source_dim > 16 || kernel.target_dim > 16)
    refuse(kernel, "has " + std::to_string(kernel.source_dim) + " source and " + std::to_string(kernel.target_dim) +
                       " target components; 1 to 16 are possible");
  const auto fits = [](const std::vector<Component>& components, int dim) {
    return components.empty() || size_of(components) == dim;
  };
  if (!fits(kernel.source_components, kernel.source_dim) || !fits(kernel.target_components, kernel.target_dim))
    refuse(kernel, "must describe all of its components or none");
  if (kernel.expansion || !kernel.source_contractions.empty() || !kernel.field_contractions.empty())
    refuse(kernel, "must be the kernel of its own expansions");
  if (!std::isfinite(kernel.scale) || kernel.scale == 0.0) refuse(kernel, "has a scale that is zero or not finite");
  if (kernel.potential_flops < 1) refuse(kernel, "must say how many operations a pair takes: potential_flops");
}

/// A point does not act on itself.
void require_nothing_at_zero(const Kernel& kernel) {
  for (const bool derivatives : {false, true}) {
    if (derivatives && !kernel.has_gradients) continue;
    for (const Sums how : {Sums::reference, Sums::all_digits, Sums::seven_digits})
      if (!(norm_of(values_at(kernel, {0.0, 0.0, 0.0}, how, derivatives)) == 0.0))
        refuse(kernel, "acts at r = 0, where it must add nothing: see simd::unless_zero of nearfar/formula/pack.hpp");
  }
}

void require_a_function(const Kernel& kernel, const Displacement& r) {
  const auto values = values_at(kernel, r, Sums::reference);
  for (const double value : values)
    if (!std::isfinite(value)) refuse(kernel, "is not finite at r = " + text_of(r));
  require_equal(kernel, values_at(kernel, r, Sums::reference), values, 0.0, r,
                "gives another value when it is called again");
  require_equal(kernel, values_at(kernel, r, Sums::all_digits), values, rounding, r,
                "gives other values for several targets at once than for one");
}

void require_symmetry(const Kernel& kernel, const Displacement& r) {
  if (!kernel.symmetric) return;
  if (kernel.source_dim != kernel.target_dim)
    refuse(kernel, "says that it is symmetric, but has " + std::to_string(kernel.source_dim) + " source and " +
                       std::to_string(kernel.target_dim) + " target components");
  const auto values = values_at(kernel, r, Sums::reference), back = values_at(kernel, times(-1.0, r), Sums::reference);
  const auto dim = usize(kernel.source_dim);
  std::vector<double> transposed(values.size());
  for (std::size_t i = 0; i < dim; ++i)
    for (std::size_t j = 0; j < dim; ++j) transposed[i * dim + j] = back[j * dim + i];
  require_equal(kernel, values, transposed, rounding, r,
                "says that it is symmetric, but K(r) is not the transpose of K(-r); say symmetric = false");
}

/// K(length r) by the kernel itself against what it is in units of `length`.
void require_units(const Kernel& kernel, const Displacement& r, double length) {
  const Kernel in_units = kernel.homogeneous ? kernel : kernel.in_units_of(length);
  if (!in_units.add_reference_sums || in_units.source_dim != kernel.source_dim ||
      in_units.target_dim != kernel.target_dim)
    refuse(kernel, "is another one in other units");
  auto expected = values_at(in_units, r, Sums::reference);
  for (int i = 0; i < kernel.target_dim; ++i)
    for (int j = 0; j < kernel.source_dim; ++j)
      expected[usize(i * kernel.source_dim + j)] *=
          std::pow(length, kernel.degree + component_of(kernel.target_components, i).degree +
                               component_of(kernel.source_components, j).degree);
  require_equal(kernel, values_at(kernel, times(length, r), Sums::reference), expected, rounding, r,
                kernel.homogeneous
                    ? "says that it is homogeneous of degree " + std::to_string(kernel.degree) + ", but K(" +
                          text_of("%g", length) + " r) is not K(r) times " + text_of("%g", length) +
                          " to that power; say homogeneous = false if it has a length of its own"
                    : "does not become itself in units of " + text_of("%g", length) + ": see in_units_of");
}

/// Of components that are described; others are tried without.
void require_mirrors(const Kernel& kernel, const Displacement& r) {
  if (kernel.source_components.empty() && kernel.target_components.empty()) return;
  const auto values = values_at(kernel, r, Sums::reference);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Displacement mirrored = r;
    mirrored[axis] = -mirrored[axis];
    auto expected = values;
    for (int i = 0; i < kernel.target_dim; ++i)
      for (int j = 0; j < kernel.source_dim; ++j)
        if ((component_of(kernel.target_components, i).odd_axes ^ component_of(kernel.source_components, j).odd_axes) >>
                axis &
            1)
          expected[usize(i * kernel.source_dim + j)] *= -1.0;
    require_equal(kernel, values_at(kernel, mirrored, Sums::reference), expected, rounding, mirrored,
                  "is not what its components say when " + std::string(1, static_cast<char>('x' + axis)) +
                      " is reversed: see Component::odd_axes");
  }
}

void require_derivatives(const Kernel& kernel, const Displacement& r) {
  if (!kernel.has_gradients) return;
  const auto derivatives = values_at(kernel, r, Sums::reference, true);
  const double step = 1e-4 * length_of(r);
  const auto columns = usize(kernel.source_dim);
  auto expected = derivatives;
  double scale = norm_of(values_at(kernel, r, Sums::reference)) / length_of(r);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto at = [&](double steps) {
      Displacement moved = r;
      moved[axis] += steps * step;
      return values_at(kernel, moved, Sums::reference);
    };
    const auto a = at(-2.0), b = at(-1.0), c = at(1.0), d = at(2.0);
    for (std::size_t i = 0; i < a.size(); ++i)
      expected[(i / columns * 3 + axis) * columns + i % columns] =
          (a[i] - 8.0 * b[i] + 8.0 * c[i] - d[i]) / (12.0 * step);
  }
  scale = std::max(scale, norm_of(expected));
  require_equal(kernel, derivatives, expected, of_differences * std::max(1.0, scale / norm_of(expected)), r,
                "has a gradient that is not the slope of its potential");
  require_equal(kernel, values_at(kernel, r, Sums::all_digits, true), derivatives, rounding, r,
                "gives other gradients for several targets at once than for one");
}

void require_digits(const Kernel& kernel, const Displacement& r) {
  const auto exact = values_at(kernel, r, Sums::reference);
  if (norm_of(exact) < 1e-30 * std::abs(kernel.scale) * std::pow(length_of(r), kernel.degree)) return;
  require_equal(kernel, values_at(kernel, r, Sums::seven_digits), exact, of_seven_digits, r,
                "loses its digits in single precision");
}

/// Several vectors side by side do not meet.
void require_several(const Kernel& kernel, const Displacement& r) {
  if (!kernel.several) return;
  const auto one = values_at(kernel, r, Sums::all_digits);
  const auto rows = usize(kernel.target_dim), columns = usize(kernel.source_dim);
  for (const int wanted : {2, 8}) {
    const Kernel several = kernel.several(wanted, false);
    const auto count = usize(several.source_dim) / columns;
    if (usize(several.source_dim) != count * columns || usize(several.target_dim) != count * rows)
      refuse(kernel, "has other components for several vectors than for one: see Kernel::several");
    std::vector<double> expected(count * count * one.size(), 0.0);
    for (std::size_t v = 0; v < count; ++v)
      for (std::size_t i = 0; i < one.size(); ++i)
        expected[(v * rows + i / columns) * count * columns + v * columns + i % columns] = one[i];
    require_equal(kernel, values_at(several, r, Sums::all_digits), expected, rounding, r,
                  "gives other values for several vectors than for one");
  }
}

}

void require_promises(const Kernel& kernel, double length) {
  require_sizes(kernel);
  require_nothing_at_zero(kernel);
  const std::vector<Displacement> all = displacements(64, 1e-3 * length, 1e3 * length);
  for (const Displacement& r : all) require_a_function(kernel, r);
  for (const Displacement& r : all) {
    require_symmetry(kernel, r);
    for (const double unit : {0.5, 3.0}) require_units(kernel, r, unit);
    require_mirrors(kernel, r);
    require_derivatives(kernel, r);
  }
  for (const Displacement& r : displacements(16, 0.1 * length, 10.0 * length)) {
    require_digits(kernel, r);
    require_several(kernel, r);
  }
}

void require_homogeneous(const Kernel& kernel, const std::vector<double>& lengths) {
  if (!kernel.homogeneous || lengths.empty()) return;
  const Kernel first = kernel.in_units_of(lengths.front());
  for (const double length : lengths) {
    const Kernel other = kernel.in_units_of(length);
    for (const Displacement& r : displacements(8, 0.3, 15.0))
      require_equal(kernel, values_at(other, r, Sums::reference), values_at(first, r, Sums::reference), rounding, r,
                    "was found homogeneous, but in units of " + text_of("%g", length) + " it is another one than of " +
                        text_of("%g", lengths.front()) + ": give the length of domains for which it is meant");
  }
}

std::string signature_of(const Kernel& kernel) {
  std::string bytes;
  for (const Displacement& r : displacements(8, 0.3, 7.0))
    for (const double value : values_at(kernel, r, Sums::reference))
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

}
