// SPDX-License-Identifier: BSD-3-Clause
// What a C function is, by its values at some displacements.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <random>
#include <string>

#include "base/types.hpp"
#include "kernels/callback.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

constexpr int num_displacements = 64;
constexpr double rounding = 1e-11;

struct Displacements {
  std::array<std::vector<double>, 3> axis;

  /// From 1e-3 to 1e3 times as long as `unit`, in no special direction.
  explicit Displacements(double unit) {
    std::mt19937_64 random(20040517);
    std::normal_distribution<double> normal;
    for (int k = 0; k < num_displacements; ++k) {
      const double length = unit * std::pow(10.0, -3.0 + 6.0 * k / (num_displacements - 1));
      for (auto& x : axis) x.push_back(length * normal(random));
    }
  }
  [[nodiscard]] Displacements times(double x, double y, double z) const {
    Displacements other = *this;
    const std::array factors{x, y, z};
    for (std::size_t a = 0; a < 3; ++a)
      for (double& coordinate : other.axis[a]) coordinate *= factors[a];
    return other;
  }
};

/// [entry][displacement]
using Entries = std::vector<std::vector<double>>;

[[nodiscard]] Entries entries_of(const NearfarUserKernel& function, const Displacements& at) {
  const auto num_entries = usize(function.source_dim * function.target_dim);
  std::vector<double> values(num_entries * num_displacements);
  function.kernel(function.context, num_displacements, at.axis[0].data(), at.axis[1].data(), at.axis[2].data(),
                  values.data());
  Entries entries;
  for (std::size_t entry = 0; entry < num_entries; ++entry)
    entries.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(entry * num_displacements),
                         values.begin() + static_cast<std::ptrdiff_t>((entry + 1) * num_displacements));
  return entries;
}

/// The function must not look at the other displacements of a call.
void require_one_by_one(const NearfarUserKernel& function, const Displacements& at, const Entries& entries) {
  for (std::size_t k = 0; k < num_displacements; ++k) {
    std::vector<double> values(entries.size());
    function.kernel(function.context, 1, &at.axis[0][k], &at.axis[1][k], &at.axis[2][k], values.data());
    double scale = 0.0;
    for (const double value : values) scale = std::max(scale, std::abs(value));
    for (std::size_t entry = 0; entry < entries.size(); ++entry)
      if (!(std::abs(values[entry] - entries[entry][k]) <= rounding * scale))
        throw UsageError(
            std::string("the kernel ") + function.name +
            " is not finite, or gives other values for several displacements at once than for one: entry " +
            std::to_string(entry) + " at (" + std::to_string(at.axis[0][k]) + ", " + std::to_string(at.axis[1][k]) +
            ", " + std::to_string(at.axis[2][k]) + ")");
  }
}

/// The sizes of all entries at each displacement.
[[nodiscard]] std::vector<double> sizes_of(const Entries& entries) {
  std::vector<double> sizes(num_displacements, 0.0);
  for (const auto& entry : entries)
    for (std::size_t k = 0; k < num_displacements; ++k) sizes[k] = std::max(sizes[k], std::abs(entry[k]));
  return sizes;
}

/// Whether `other` is `factor` times the entry everywhere.
[[nodiscard]] bool is_multiple(const std::vector<double>& entry, const std::vector<double>& other, double factor,
                               const std::vector<double>& sizes) {
  for (std::size_t k = 0; k < num_displacements; ++k)
    if (!(std::abs(other[k] - factor * entry[k]) <= rounding * std::abs(factor) * sizes[k])) return false;
  return true;
}

[[nodiscard]] bool is_zero(const std::vector<double>& entry) {
  return std::all_of(entry.begin(), entry.end(), [](double value) { return value == 0.0; });
}

/// Numbers a_i of rows and b_j of columns with a_i + b_j = sums_ij wherever there is a sum; a_0 = 0, and so on for each
/// group of rows and columns that nothing connects. `difference` undoes the addition. Nothing where there are none.
struct Split {
  std::vector<int> rows, columns;
};
template <class Difference>
[[nodiscard]] std::optional<Split> split(const std::vector<std::optional<int>>& sums, int num_rows, int num_columns,
                                         const Difference& difference) {
  std::vector<std::optional<int>> rows(usize(num_rows)), columns(usize(num_columns));
  for (int start = 0; start < num_rows; ++start) {
    if (!rows[usize(start)]) rows[usize(start)] = 0;
    for (bool changed = true; changed;) {
      changed = false;
      for (int i = 0; i < num_rows; ++i) {
        for (int j = 0; j < num_columns; ++j) {
          const auto& sum = sums[usize(i * num_columns + j)];
          if (!sum) continue;
          auto &row = rows[usize(i)], &column = columns[usize(j)];
          if (row && column && difference(*sum, *row) != *column) return std::nullopt;
          if (row.has_value() == column.has_value()) continue;
          (row ? column : row) = difference(*sum, row ? *row : *column);
          changed = true;
        }
      }
    }
  }
  Split numbers;
  for (const auto& row : rows) numbers.rows.push_back(row.value_or(0));
  for (const auto& column : columns) numbers.columns.push_back(column.value_or(0));
  return numbers;
}

using Sums = std::vector<std::optional<int>>;

void find_degrees(const NearfarUserKernel& function, const Displacements& at, const Entries& entries,
                  FoundProperties& found) {
  const Entries twice = entries_of(function, at.times(2.0, 2.0, 2.0));
  Sums degrees;
  for (std::size_t entry = 0; entry < entries.size(); ++entry) {
    degrees.emplace_back();
    if (is_zero(entries[entry])) continue;
    const std::vector<double> sizes = sizes_of({entries[entry]});
    for (int degree = -8; degree <= 4 && !degrees.back(); ++degree)
      if (is_multiple(entries[entry], twice[entry], std::ldexp(1.0, degree), sizes)) degrees.back() = degree;
    if (!degrees.back()) return;
  }
  const auto parts =
      split(degrees, function.target_dim, function.source_dim, [](int sum, int one) { return sum - one; });
  if (!parts) return;
  // Relative to the largest degree of each side.
  const int of_targets = *std::max_element(parts->rows.begin(), parts->rows.end()),
            of_sources = *std::max_element(parts->columns.begin(), parts->columns.end());
  found.homogeneous = true;
  found.degree = of_targets + of_sources;
  for (std::size_t i = 0; i < found.targets.size(); ++i) found.targets[i].degree = parts->rows[i] - of_targets;
  for (std::size_t j = 0; j < found.sources.size(); ++j) found.sources[j].degree = parts->columns[j] - of_sources;
}

/// Whether all mirror images are the kernel up to the signs of its components, which are set then.
[[nodiscard]] bool find_mirrors(const NearfarUserKernel& function, const Displacements& at, const Entries& entries,
                                FoundProperties& found) {
  const std::vector<double> sizes = sizes_of(entries);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto sign = [axis](std::size_t other) { return other == axis ? -1.0 : 1.0; };
    const Entries mirrored = entries_of(function, at.times(sign(0), sign(1), sign(2)));
    Sums odd;
    for (std::size_t entry = 0; entry < entries.size(); ++entry) {
      odd.emplace_back();
      if (is_zero(entries[entry])) continue;
      const bool is_even = is_multiple(entries[entry], mirrored[entry], 1.0, sizes);
      if (!is_even && !is_multiple(entries[entry], mirrored[entry], -1.0, sizes)) return false;
      odd.back() = is_even ? 0 : 1;
    }
    const auto parts = split(odd, function.target_dim, function.source_dim, [](int sum, int one) { return sum ^ one; });
    if (!parts) return false;
    for (std::size_t i = 0; i < found.targets.size(); ++i)
      found.targets[i].odd_axes = static_cast<std::uint8_t>(found.targets[i].odd_axes | parts->rows[i] << axis);
    for (std::size_t j = 0; j < found.sources.size(); ++j)
      found.sources[j].odd_axes = static_cast<std::uint8_t>(found.sources[j].odd_axes | parts->columns[j] << axis);
  }
  return true;
}

[[nodiscard]] bool find_symmetry(const NearfarUserKernel& function, const Displacements& at, const Entries& entries,
                                 const FoundProperties& found) {
  const int dim = function.source_dim;
  if (dim != function.target_dim) return false;
  const Entries back = entries_of(function, at.times(-1.0, -1.0, -1.0));
  const std::vector<double> sizes = sizes_of(entries);
  for (int i = 0; i < dim; ++i) {
    if (found.sources[usize(i)].degree != found.targets[usize(i)].degree) return false;
    for (int j = 0; j < dim; ++j)
      if (!is_multiple(entries[usize(i * dim + j)], back[usize(j * dim + i)], 1.0, sizes)) return false;
  }
  return true;
}

}

double length_of(const NearfarUserKernel& function) { return function.length > 0.0 ? function.length : 1.0; }

FoundProperties find_properties(const NearfarUserKernel& function) {
  const Displacements at(length_of(function));
  const Entries entries = entries_of(function, at);
  require_one_by_one(function, at, entries);
  FoundProperties found;
  found.sources.resize(usize(function.source_dim));
  found.targets.resize(usize(function.target_dim));
  if (std::all_of(entries.begin(), entries.end(), is_zero))
    throw UsageError(std::string("the kernel ") + function.name + " is zero everywhere");
  find_degrees(function, at, entries, found);
  const bool mirrored = find_mirrors(function, at, entries, found);
  found.symmetric = find_symmetry(function, at, entries, found);
  if (!mirrored) {  // components cannot be described, so that their degrees must be one
    const auto has_degree = [](const Component& component) { return component.degree != 0; };
    if (std::any_of(found.sources.begin(), found.sources.end(), has_degree) ||
        std::any_of(found.targets.begin(), found.targets.end(), has_degree)) {
      found.homogeneous = false;
      found.degree = 0;
    }
    found.sources.clear();
    found.targets.clear();
  }
  return found;
}

}
