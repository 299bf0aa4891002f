// SPDX-License-Identifier: BSD-3-Clause
#include "operators/component_pairs.hpp"

#include <algorithm>
#include <cmath>

#include "operators/kernel_matrix.hpp"
#include "operators/mirror.hpp"

namespace nearfar {
namespace {

/// Points in all directions, none of them special, from the smallest distance that M2L has between surfaces on. They
/// are spread by multiples of irrational numbers, powers of the root of x^4 = x + 1.
PointSet probes() {
  constexpr int num_probes = 64;
  constexpr double nearest = 1.9, root = 1.2207440846057596;
  const auto spread = [](int i, double step) { return 2.0 * std::fmod(0.5 + i * step, 1.0) - 1.0; };
  PointSet points;
  for (int i = 1; i <= num_probes; ++i) {
    const double x = spread(i, 1.0 / root), y = spread(i, 1.0 / (root * root)), z = spread(i, std::pow(root, -3));
    const double factor = nearest * (1.0 + 3.0 * (i - 1) / num_probes) / std::sqrt(x * x + y * y + z * z);
    points.x.push_back(factor * x);
    points.y.push_back(factor * y);
    points.z.push_back(factor * z);
  }
  return points;
}

class Values {
 public:
  explicit Values(const Kernel& kernel)
      : matrix_(kernel_matrix(kernel, probes(), PointSet{{0.0}, {0.0}, {0.0}})), target_dim_(kernel.target_dim) {}
  /// Exactly: an entry that is small everywhere may meet large charges.
  [[nodiscard]] bool is_zero(int target, int source) const {
    for (int row = target; row < matrix_.rows; row += target_dim_)
      if (matrix_(row, source) != 0.0) return false;
    return true;
  }
  /// Whether an entry is `sign` times another one.
  [[nodiscard]] bool are_equal(int target, int source, int other_target, int other_source, double sign) const {
    double difference = 0.0, largest = 0.0;  // of these entries alone, since the charges of others may be small
    for (int row = 0; row < matrix_.rows; row += target_dim_) {
      const double entry = matrix_(row + target, source), other = sign * matrix_(row + other_target, other_source);
      difference = std::max(difference, std::abs(entry - other));
      largest = std::max({largest, std::abs(entry), std::abs(other)});
    }
    return difference <= 1e-14 * largest;
  }

 private:
  Matrix matrix_;
  int target_dim_;
};

/// Appends K_ij, the next one, as one that is there or a new one.
void add_entry(const Values& values, int i, int j, ComponentPairs& pairs) {
  if (values.is_zero(i, j)) {
    pairs.entries.push_back(-1);
    pairs.opposite.push_back(false);
    return;
  }
  for (int place = 0; place < i * pairs.source_dim + j; ++place) {
    const int target = place / pairs.source_dim, source = place % pairs.source_dim;
    if (pairs.entry(target, source) < 0 || pairs.is_opposite(target, source)) continue;
    const double signs = pairs.source_signs[usize(j)] * pairs.source_signs[usize(source)];
    for (const bool opposite : {false, true}) {
      if (!values.are_equal(i, j, target, source, opposite ? -signs : signs)) continue;
      pairs.entries.push_back(pairs.entry(target, source));
      pairs.opposite.push_back(opposite);
      return;
    }
  }
  pairs.entries.push_back(pairs.num_entries++);
  pairs.opposite.push_back(false);
}

}

int ComponentPairs::num_products() const noexcept {
  return static_cast<int>(std::count_if(entries.begin(), entries.end(), [](int entry) { return entry >= 0; }));
}

bool ComponentPairs::is_reached(int target) const noexcept {
  for (int source = 0; source < source_dim; ++source)
    if (entry(target, source) >= 0) return true;
  return false;
}

ComponentPairs find_component_pairs(const Kernel& kernel) {
  const Values values(kernel);
  const OddAxes odd_axes = odd_axes_of_sources(kernel);
  ComponentPairs pairs;
  pairs.source_dim = kernel.source_dim;
  pairs.target_dim = kernel.target_dim;
  // K_ij(r) = K_ji(-r), which is K_ji(r) or its opposite as just one of i and j is odd or not.
  for (const int axes : odd_axes) pairs.source_signs.push_back(mirror_sign(axes ^ odd_axes[0], 7));
  for (int i = 0; i < kernel.target_dim; ++i)
    for (int j = 0; j < kernel.source_dim; ++j) add_entry(values, i, j, pairs);
  return pairs;
}

}
