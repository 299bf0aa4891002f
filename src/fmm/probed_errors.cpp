// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/probed_errors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "base/printable.hpp"
#include "comm/mpi.hpp"
#include "fmm/tuner.hpp"
#include "kernels/catalog.hpp"
#include "kernels/promises.hpp"
#include "operators/probe.hpp"

namespace nearfar {
namespace {

/// Errors of plans are up to this many times those of one translation: there are many boxes, and M2M and L2L besides.
/// Measured: up to 1.3 times, and where sources or results are derivatives, up to 2.1 times.
[[nodiscard]] double margin_of(const Kernel& kernel) { return kernel.expansion ? 4.0 : 2.0; }
constexpr double near_field_in_single = 3e-7;
/// Errors of one box may be a few times those of a table, which are relative to sums over all boxes. Measured over all
/// families and orders: up to 4.3 times, and below some size they are rounding.
constexpr double tolerated = 8.0, rounding_of_operators = 1e-11;

struct FoundErrors {
  double full = 0.0, single = 0.0;
  double two_orders_before = INFINITY;  ///< of the same boxes, where it was measured
};

/// Measures the errors of one kernel in boxes of some sizes.
class Search {
 public:
  Search(const Kernel& kernel, const BoxSizes& boxes) : kernel_(kernel) {
    // One level is like all others, or a few stand for all. Components of other degrees count for more at finer levels.
    const bool has_degrees = std::any_of(kernel.source_components.begin(), kernel.source_components.end(),
                                         [](const Component& component) { return component.degree != 0; });
    const int deepest = std::clamp(boxes.deepest_level, 2, 8);
    const int last = !kernel.homogeneous ? deepest : has_degrees ? std::min(deepest, 4) : 2;
    for (int level = 2; level <= last; level += kernel.homogeneous ? 2 : 1)
      levels_.push_back({std::ldexp(boxes.root_half_width, -level), {}});
    require_homogeneous(kernel, {levels_.front().half_width, std::ldexp(boxes.root_half_width, -deepest)});
  }

  /// The largest over the levels; the first one above `tolerance`, where there is one.
  [[nodiscard]] FoundErrors errors(int order, double tolerance) {
    FoundErrors largest;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const FoundErrors found = errors_of(levels_[i], order);
      if (found.full >= largest.full) {
        largest.full = found.full;
        largest.two_orders_before = found.two_orders_before;
      }
      largest.single = std::max(largest.single, found.single);
      if (found.full <= tolerance) continue;
      std::swap(levels_[0], levels_[i]);  // first in line for the next order
      break;
    }
    return largest;
  }

 private:
  struct Level {
    double half_width = 1.0;
    std::map<int, double> errors;  ///< by order
  };

  [[nodiscard]] FoundErrors errors_of(Level& level, int order) const {
    const Kernel kernel = kernel_.in_units_of(level.half_width);
    const AllOperators operators = make_operators(kernel.of_expansions(), order, 1.0, 0);
    const ExpansionErrors found = probe_expansions(*operators.front(), kernel, level.half_width);
    const double margin = margin_of(kernel), error = margin * std::max(found.m2p, found.m2l);
    level.errors[order] = std::isfinite(error) ? error : INFINITY;
    const auto before = level.errors.find(order - 2);
    return {level.errors[order], std::max(near_field_in_single, margin * found.single),
            before != level.errors.end() ? before->second : INFINITY};
  }

  const Kernel& kernel_;
  std::vector<Level> levels_;
};

/// `error` is the largest over the levels.
[[noreturn]] void refuse(const Kernel& kernel, double tolerance, int order, double error) {
  throw UsageError(
      "expansions of the kernel " + kernel.name + " have an error of " + shortest(error, 2) + " at order " +
      std::to_string(order) + ", above the tolerance " + shortest(tolerance, 2) + ", and " +
      (order == max_order ? "no order is higher" : "higher orders gain little") +
      ". Sums that solve no elliptic equation outside their sources, as those of softened kernels, have such a floor: "
      "ask for a larger tolerance. Errors near 1 tell of a net flux that the kernel cannot represent, or of "
      "oscillations within a box");
}

/// The kernel with these errors, in other units too.
[[nodiscard]] Kernel with_found_errors(Kernel kernel, const ErrorsByOrder& errors, double single_error) {
  kernel.errors = errors;
  kernel.single_error = single_error;
  kernel.in_units_of = [in_units_of = kernel.in_units_of, errors, single_error](double length) {
    return with_found_errors(in_units_of(length), errors, single_error);
  };
  return kernel;
}

/// Errors by order, ending with the first that keeps the tolerance.
void find_errors(Kernel& kernel, const Options& options, const BoxSizes& boxes) {
  Search search(kernel, boxes);
  if (options.order != 0) {
    const FoundErrors found = search.errors(options.order, INFINITY);
    kernel.errors.fill(found.full);
    kernel.single_error = found.single;
    // Lower orders are refused with a word on others (fmm/accuracy.hpp).
    if (options.order == max_order && options.tolerance != 0.0 && found.full > options.tolerance)
      refuse(kernel, options.tolerance, options.order, found.full);
    return;
  }
  const double tolerance = options.tolerance == 0.0 ? default_tolerance : options.tolerance;
  ErrorsByOrder errors{};
  for (int order = min_order + 1; order <= max_order; ++order) {
    const FoundErrors found = search.errors(order, tolerance);
    const auto place = usize(order - min_order);
    std::fill(errors.begin() + static_cast<std::ptrdiff_t>(place), errors.end(), found.full);
    kernel.single_error = found.single;
    if (order == min_order + 1) errors[0] = found.full;
    if (found.full <= tolerance) break;
    // A good kernel gains a factor of 5 or more with each order; at a floor there is little to gain.
    const bool falls = order < min_order + 4 || found.full < 0.6 * found.two_orders_before;
    if (!falls || order == max_order) refuse(kernel, tolerance, order, search.errors(order, INFINITY).full);
  }
  kernel.errors = errors;
}

}

ProbedError probe_promise(const Translations& translations) {
  const ErrorsByOrder& promises = translations.kernel.of_expansions().errors;
  const LevelOperators* operators = translations.operators.back().get();  // of most boxes
  if (operators == nullptr || promises == unknown_errors) return {};
  if (error_source_of(translations.kernel.name) == ErrorSource::plans) return {};
  const int order = std::max(translations.orders.without_phase(), min_order);
  // Nothing is promised of orders that are too low for the phase.
  if (order == min_order && translations.orders.largest() > min_order) return {};
  const ExpansionErrors found = probe_expansions(*operators, operators->kernel, 1.0, false);
  return {promises[usize(order - min_order)], std::max(found.m2p, found.m2l)};
}

bool keeps(double promised, double found, bool with_margin) noexcept {
  return found <= std::max((with_margin ? tolerated : 1.0) * promised, rounding_of_operators);
}

void require_probed_size(const Kernel& kernel, double side_before, double side) {
  if (kernel.homogeneous || error_source_of(kernel.name) != ErrorSource::plans) return;
  if (side <= 2.0 * side_before && side_before <= 2.0 * side) return;
  throw UsageError("the points have moved: errors of the kernel " + kernel.name +
                   " were measured for a root cube of side " + shortest(side_before, 2) + ", which has a side of " +
                   shortest(side, 2) + " now; make another plan");
}

int usual_depth(const PointSample& sample) {
  constexpr double points_per_leaf = 48.0;
  for (int level = 0; level < max_depth; ++level) {
    double in_large = 0.0;
    for (auto begin = sample.keys.begin(); begin != sample.keys.end();) {
      const auto end = std::lower_bound(begin, sample.keys.end(), end_point(octant_at(*begin, level)));
      const auto count = static_cast<double>(end - begin);
      if (count * sample.points_per_key > points_per_leaf) in_large += count;
      begin = end;
    }
    if (in_large <= 0.1 * static_cast<double>(sample.keys.size())) return level;
  }
  return max_depth;
}

Kernel with_errors(MPI_Comm communicator, Kernel kernel, const Options& options, const BoxSizes& boxes) {
  if (kernel.errors != unknown_errors) return kernel;
  // On one rank: machines that round in another way must not choose another order.
  std::array<double, std::tuple_size_v<ErrorsByOrder> + 1> numbers{};
  agree(communicator, [&] {
    if (rank_of(communicator) != 0) return;
    find_errors(kernel, options, boxes);
    std::copy(kernel.errors.begin(), kernel.errors.end(), numbers.begin());
    numbers.back() = kernel.single_error;
  });
  all_reduce(communicator, std::span<double>(numbers), MPI_MAX);  // zeros on the others
  ErrorsByOrder errors{};
  std::copy_n(numbers.begin(), errors.size(), errors.begin());
  return with_found_errors(std::move(kernel), errors, numbers.back());
}

}
