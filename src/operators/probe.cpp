// SPDX-License-Identifier: BSD-3-Clause
#include "operators/probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "base/types.hpp"
#include "operators/kernel_matrix.hpp"
#include "operators/operators.hpp"

namespace nearfar {
namespace {

constexpr int num_sources = 60;
constexpr int num_targets = 120;

/// V list, up to mirrors and exchanges of axes: those nearest, where the error is largest.
constexpr std::array<std::array<double, 3>, 4> offsets{{{4, 0, 0}, {4, -2, 2}, {-2, 4, 4}, {2, 0, -4}}};

/// Of sums at points, [point][component].
using Values = std::vector<double>;

struct Points : PointSet {
  /// Those of a box of half width 1 around `centre`, or with `nearest`, that far from it along some axis.
  Points(int count, std::array<double, 3> centre, double nearest, std::mt19937_64& random) {
    const double farthest = nearest > 0.0 ? nearest * 1.3 : 1.0;
    std::uniform_real_distribution<double> position(-farthest, farthest);
    while (size() < count) {
      std::array<double, 3> place{position(random), position(random), position(random)};
      const double distance = std::max({std::abs(place[0]), std::abs(place[1]), std::abs(place[2])});
      if (distance < nearest) continue;
      if (nearest > 0.0)  // onto the surface of the cube
        for (double& coordinate : place) coordinate *= nearest / distance;
      x.push_back(centre[0] + place[0]);
      y.push_back(centre[1] + place[1]);
      z.push_back(centre[2] + place[2]);
    }
  }
};

[[nodiscard]] Values sums_at(const Kernel& kernel, const PointSet& targets, const PointSet& sources,
                             const Values& charges) {
  Values values(usize(targets.size()) * usize(kernel.target_dim), 0.0);
  const IndexRange all{0, sources.size()};
  kernel.add_sums({.targets = targets.points(),
                   .num_targets = targets.size(),
                   .sources = sources.points(),
                   .charges = charges.data(),
                   .source_ranges = {&all, 1},
                   .potentials = values.data()});
  return values;
}

/// Root mean squares by component.
[[nodiscard]] Values norms_of(const Values& values, int dim) {
  Values norms(usize(dim), 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) norms[i % usize(dim)] += values[i] * values[i];
  for (double& norm : norms) norm = std::sqrt(norm * dim / static_cast<double>(values.size()));
  return norms;
}

/// A box of sources at the origin and its multipole.
class Probe {
 public:
  Probe(const LevelOperators& operators, const Kernel& kernel, double half_width)
      : operators_(operators),
        kernel_(kernel),
        points_(kernel),
        scratch_(operators, points_, num_targets),
        sources_(num_sources, {}, 0.0, random_),
        charges_(usize(num_sources * kernel.source_dim)),
        multipole_(usize(operators.multipole_size())) {
    std::uniform_real_distribution<double> charge(-1.0, 1.0);
    for (std::size_t i = 0; i < charges_.size(); ++i)
      charges_[i] = charge(random_) * points_.source_factor(static_cast<int>(i) % kernel.source_dim, half_width);
    const Box box;
    const IndexRange all{0, num_sources};
    double* const output = multipole_.data();
    p2m(operators_, points_, {&box, 1}, {&all, 1}, {sources_.points(), charges_.data()}, {&output, 1}, scratch_);
    near_ = norms_of(direct(Points(num_targets, {}, 0.0, random_)), kernel.target_dim);
  }

  [[nodiscard]] ExpansionErrors errors(bool with_single) {
    ExpansionErrors found;
    const Points targets(num_targets, {}, 3.0, random_);
    const Values exact = direct(targets);
    Values computed(exact.size(), 0.0);
    m2p(operators_, points_, Box{}, multipole_.data(), {0, num_targets}, {targets.points(), computed.data()}, scratch_);
    found.m2p = error_of(computed, exact, exact);
    for (const auto& offset : offsets) {
      const Points there(num_targets, offset, 0.0, random_);
      const Values exact_there = direct(there), by_local = of_local(offset, there, false);
      found.m2l = std::max(found.m2l, error_of(by_local, exact_there, exact_there));
      if (with_single)
        found.single = std::max(found.single, error_of(by_local, of_local(offset, there, true), exact_there));
    }
    return found;
  }

 private:
  [[nodiscard]] Values direct(const PointSet& targets) const { return sums_at(kernel_, targets, sources_, charges_); }

  /// The largest over the components. What errors are relative to: a target's near field comes from some points of its
  /// own box and from those beside it, and its far field from many boxes like this one.
  [[nodiscard]] double error_of(Values computed, const Values& expected, const Values& far) const {
    for (std::size_t i = 0; i < computed.size(); ++i) computed[i] -= expected[i];
    const Values differences = norms_of(computed, kernel_.target_dim), of_far = norms_of(far, kernel_.target_dim);
    double largest = 0.0;
    for (std::size_t i = 0; i < near_.size(); ++i) {
      const double total = std::hypot(of_far[i], 0.25 * near_[i]);
      if (!std::isfinite(differences[i] + total)) return INFINITY;
      if (total > 0.0) largest = std::max(largest, differences[i] / total);
    }
    return largest;
  }

  /// By the local expansion of the box there.
  [[nodiscard]] Values of_local(const std::array<double, 3>& offset, const PointSet& targets, bool in_single) {
    PointSet checks = operators_.surfaces->inner;
    for (double& x : checks.x) x += offset[0];
    for (double& y : checks.y) y += offset[1];
    for (double& z : checks.z) z += offset[2];
    const Values local = in_single ? local_in_single(checks) : local_at(checks);
    Values values(usize(targets.size()) * usize(kernel_.target_dim), 0.0);
    const Box box{offset};
    const IndexRange all{0, targets.size()};
    const double* const input = local.data();
    l2p(operators_, points_, {&box, 1}, {&input, 1}, {&all, 1}, {targets.points(), values.data()}, scratch_);
    return values;
  }

  [[nodiscard]] Values local_at(const PointSet& checks) const {
    Values local = sums_at(operators_.kernel, checks, operators_.surfaces->inner, multipole_);
    for (double& value : local) value /= operators_.kernel.scale;
    return local;
  }

  /// With kernel and densities rounded to single precision.
  [[nodiscard]] Values local_in_single(const PointSet& checks) const {
    const Matrix matrix = kernel_matrix(operators_.kernel, checks, operators_.surfaces->inner);
    Values local(usize(matrix.rows), 0.0);
    for (int j = 0; j < matrix.columns; ++j)
      for (int i = 0; i < matrix.rows; ++i)
        local[usize(i)] += static_cast<float>(matrix(i, j)) * static_cast<float>(multipole_[usize(j)]);
    return local;
  }

  const LevelOperators& operators_;
  const Kernel& kernel_;
  std::mt19937_64 random_{20040517};
  PointOperators points_;
  Scratch scratch_;
  Points sources_;
  Values charges_, multipole_;
  Values near_;  ///< by component
};

}

ExpansionErrors probe_expansions(const LevelOperators& operators, const Kernel& kernel, double half_width,
                                 bool with_single) {
  return Probe(operators, kernel, half_width).errors(with_single);
}

}
