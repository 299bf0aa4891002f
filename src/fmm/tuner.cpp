// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/tuner.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/printable.hpp"
#include "fmm/accuracy.hpp"
#include "fmm/costs.hpp"
#include "fmm/densities.hpp"
#include "fmm/trial_trees.hpp"
#include "nearfar/error.hpp"
#include "operators/oscillation.hpp"

namespace nearfar {
namespace {

/// Of the largest boxes with a far field.
[[nodiscard]] double phase_of(const Kernel& kernel, double root_side) {
  return phase_of_largest_boxes(kernel.of_expansions().wavenumber, root_side);
}

/// What is wrong with accuracy options for a root cube; empty: nothing.
[[nodiscard]] std::string why_no_order(const Options& options, const Kernel& kernel, double root_side) {
  const double phase = phase_of(kernel, root_side);
  const double tolerance = options.tolerance == 0.0 ? default_tolerance : options.tolerance;
  const std::string given = "the " + kernel.name + " kernel has k D = " + shortest(8.0 * phase) +
                            " (wavenumber k = " + shortest(kernel.of_expansions().wavenumber) +
                            ", root cube of side D = " + shortest(root_side) + ")";
  if (phase > max_phase)
    return given + ", but expansions serve up to k D = " + shortest(8.0 * max_phase) +
           ": lower the wavenumber or the extent of the points";
  if (std::string reason = why_contradicting(options, kernel, phase); !reason.empty()) return reason;
  if (phase == 0.0 || options.order != 0) return {};
  const int order = lowest_order(kernel, tolerance, options.precision, phase),
            needed = order + orders_for_phase(order, phase);
  if (needed <= max_order) return {};
  return given + ", which takes order " + std::to_string(needed) + " for the tolerance " + shortest(tolerance) +
         ", but the highest is " + std::to_string(max_order) + ": with this tolerance k D may be " +
         shortest(8.0 * phase_of_orders(order, max_order - order)) + "; lower it or raise the tolerance";
}

constexpr std::array leaf_sizes{16,  20,  25,  32,  40,  50,   64,   80,   100,  125,  160,  200, 250,
                                320, 400, 500, 640, 800, 1000, 1250, 1600, 2000, 2500, 3200, 4000};
constexpr std::array scales{1.0, 1.06, 1.12, 1.19, 1.26, 1.33, 1.41, 1.5, 1.59, 1.68, 1.78, 1.89};
constexpr double keys_per_leaf = 8.0;     ///< at least, for trees of a sample to be like those of the points
constexpr double worth_a_scale = 0.97;    ///< of the cost, if that is counted
constexpr double worth_uncounted = 0.92;  ///< if not
constexpr std::ptrdiff_t smaller_sizes = 2, larger_sizes = 4;  ///< than the best one, to be tried with other scales

/// By leaf size.
using SizeCosts = std::vector<double>;

[[nodiscard]] std::ptrdiff_t place_of_least(const SizeCosts& costs) {
  return std::min_element(costs.begin(), costs.end()) - costs.begin();
}

/// What evaluations of some points cost.
struct CostModel {
  const Kernel& kernel;
  int num_vectors;
  std::span<const PointKey> sample;  ///< in a root cube of scale 1
  double points_per_key;
  std::vector<Density> densities;
  double extent;  ///< of the root cube of scale 1, in the caller's units

  [[nodiscard]] std::span<const int> sizes() const;
  [[nodiscard]] std::size_t first_counted() const;
  [[nodiscard]] LevelCosts costs_of(const Options& options) const {
    const double phase = phase_of(kernel, options.root_scale * extent);
    return {kernel, {options.order, phase}, options.precision};
  }
  [[nodiscard]] double from_densities(const Options& options) const;
  [[nodiscard]] SizeCosts from_densities_by_size(Options options) const;
  [[nodiscard]] CountedCosts counted(const Options& options, std::span<const int> sizes) const;
  [[nodiscard]] SizeCosts counted_by_size(const Options& options, const SizeCosts& from_densities) const;
};

/// Those to choose from: leaves as large as the points themselves would leave ranks and threads nothing to share.
std::span<const int> CostModel::sizes() const {
  const double largest = std::max(500.0, static_cast<double>(sample.size()) * points_per_key / 16.0);
  const auto end = std::upper_bound(leaf_sizes.begin(), leaf_sizes.end(), largest);
  return std::span(leaf_sizes).first(usize(end - leaf_sizes.begin()));
}

std::size_t CostModel::first_counted() const {
  const double least = keys_per_leaf * points_per_key;
  return usize(std::lower_bound(sizes().begin(), sizes().end(), least) - sizes().begin());
}

double CostModel::from_densities(const Options& options) const {
  Costs costs = costs_of(options).of_small_boxes();
  costs.pair *= cost_beside_others(kernel, num_vectors);
  return cost_of_densities(densities, costs, options.points_per_leaf, options.root_scale);
}

SizeCosts CostModel::from_densities_by_size(Options options) const {
  SizeCosts result;
  for (const int size : sizes()) {
    options.points_per_leaf = size;
    result.push_back(from_densities(options));
  }
  return result;
}

/// In a root cube of the scale of the options.
CountedCosts CostModel::counted(const Options& options, std::span<const int> sizes) const {
  const TrialCosts costs{costs_of(options), cost_beside_others(kernel, num_vectors), direct_limit(kernel, options)};
  if (options.root_scale == 1.0) return count_costs(sample, points_per_key, sizes, costs);
  std::vector<PointKey> keys;
  keys.reserve(sample.size());
  for (const PointKey key : sample) {
    GridPosition position = position_of(octant_at(key, max_depth));
    for (auto& x : position) x = static_cast<GridPosition::value_type>(static_cast<double>(x) / options.root_scale);
    keys.push_back(first_point(octant_key(position, max_depth)));
  }
  std::sort(keys.begin(), keys.end());
  return count_costs(keys, points_per_key, sizes, costs);
}

/// Leaves too small to be counted cost what densities say in proportion to the smallest ones that are not: but at least
/// what evenly spread points would, since octants with few points look denser to densities than they are.
SizeCosts CostModel::counted_by_size(const Options& options, const SizeCosts& from_densities) const {
  const std::size_t first = first_counted();
  if (sample.empty() || first == sizes().size()) return from_densities;
  const CountedCosts costs = counted(options, sizes().subspan(first));
  SizeCosts result(sizes().size());
  for (std::size_t i = first; i < result.size(); ++i) result[i] = costs.far[i - first] + costs.near[i - first];
  for (std::size_t i = 0; i < first; ++i) {
    const double part = 1.0 * sizes()[i] / sizes()[first];
    result[i] = std::max(from_densities[i] * result[first] / from_densities[first],
                         costs.far.front() / part + costs.near.front() * part);
  }
  return result;
}

/// Most points are near corners of octants of one level, each near its own.
[[nodiscard]] bool are_near_corners(std::span<const PointKey> sample, int level) {
  const GridPosition::value_type cell = GridPosition::value_type{1} << (max_depth - level);
  std::vector<GridPosition> corners;
  for (const PointKey key : sample) {
    GridPosition position = position_of(octant_at(key, max_depth));
    bool is_near = true;
    for (auto& x : position) {
      is_near = is_near && 5 * std::min(x % cell, cell - x % cell) <= cell;
      x = (x + cell / 2) / cell;
    }
    if (is_near) corners.push_back(position);
  }
  std::sort(corners.begin(), corners.end());
  return 2 * (std::unique(corners.begin(), corners.end()) - corners.begin()) > std::ssize(sample);
}

/// Most points are corners of octants of a root cube of scale 1, as on regular grids of 2^k + 1 points along an edge,
/// or near them, since sides of root cubes are rounded up. There expansions are least accurate: of alternating charges
/// on grids of 33 points, gradients have errors up to ten times those in other cubes.
[[nodiscard]] bool are_on_faces(std::span<const PointKey> sample) {
  constexpr int finest_level = 10, most_rounded_level = 6;  // below that, sides are rounded up by whole cells
  for (int level = 2; level <= most_rounded_level; ++level)
    if (are_near_corners(sample, level)) return true;
  constexpr GridPosition::value_type cells = GridPosition::value_type{1} << (max_depth - finest_level);
  const auto is_corner = [](PointKey key) {
    const GridPosition position = position_of(octant_at(key, max_depth));
    return std::all_of(position.begin(), position.end(), [](auto x) { return (x + 1) % cells <= 2; });  // if rounded
  };
  return 2 * std::count_if(sample.begin(), sample.end(), is_corner) > std::ssize(sample);
}

/// The choice of points_per_leaf and root_scale.
class TreeChoice {
 public:
  TreeChoice(const Options& options, CostModel model) : options_(options), model_(std::move(model)) {}

  [[nodiscard]] Options best() const;

 private:
  struct Candidate {
    Options options;
    double cost = INFINITY;
  };

  [[nodiscard]] bool serves(double scale) const {
    return why_no_order(options_, model_.kernel, scale * model_.extent).empty();
  }
  [[nodiscard]] Options with_scale(double scale) const;
  [[nodiscard]] Candidate best_by_densities(std::span<const int> sizes, std::span<const double> scales_to_try) const;
  [[nodiscard]] Candidate best_by_count(const Options& with_scale, std::span<const int> sizes) const;
  [[nodiscard]] Candidate best_other_scale(std::ptrdiff_t best_size, const SizeCosts& from_densities) const;

  const Options& options_;
  CostModel model_;
};

Options TreeChoice::with_scale(double scale) const {
  Options accurate = choose_accuracy(options_, model_.kernel, scale * model_.extent);
  accurate.root_scale = scale;
  return accurate;
}

TreeChoice::Candidate TreeChoice::best_by_densities(std::span<const int> sizes,
                                                    std::span<const double> scales_to_try) const {
  Candidate best;
  for (const double scale : scales_to_try) {
    if (best.cost < INFINITY && !serves(scale)) break;
    Options candidate = with_scale(scale);
    for (const int size : sizes) {
      candidate.points_per_leaf = size;
      const double cost = model_.from_densities(candidate);
      if (cost < best.cost) best = {candidate, cost};
    }
  }
  return best;
}

TreeChoice::Candidate TreeChoice::best_by_count(const Options& with_scale, std::span<const int> sizes) const {
  const CountedCosts counted = model_.counted(with_scale, sizes);
  std::vector<double> costs = counted.far;
  for (std::size_t i = 0; i < costs.size(); ++i) costs[i] += counted.near[i];
  const std::ptrdiff_t place = place_of_least(costs);
  Candidate best{with_scale, costs[usize(place)]};
  best.options.points_per_leaf = sizes[usize(place)];
  return best;
}

/// Densities tell which scale other than 1 is best for sizes around the best one, and a count whether that is so: they
/// know of no borders.
TreeChoice::Candidate TreeChoice::best_other_scale(std::ptrdiff_t best_size, const SizeCosts& from_densities) const {
  if (!serves(scales[1])) return {};
  const auto around = [&](std::ptrdiff_t place) {
    const std::ptrdiff_t begin = std::max<std::ptrdiff_t>(0, place - smaller_sizes);
    return std::pair{begin, std::min(place + larger_sizes + 1, std::ssize(from_densities))};
  };
  const auto [begin, end] = around(best_size);
  const auto part = [&](std::ptrdiff_t first, std::ptrdiff_t last) {
    return model_.sizes().subspan(usize(first), usize(last - first));
  };
  const Candidate other = best_by_densities(part(begin, end), std::span(scales).subspan(1));
  const double least = *std::min_element(from_densities.begin() + begin, from_densities.begin() + end);
  if (other.cost > worth_a_scale * least) return {};
  const auto found = std::lower_bound(model_.sizes().begin(), model_.sizes().end(), other.options.points_per_leaf);
  if (*found < keys_per_leaf * model_.points_per_key)
    return other.cost < worth_uncounted * least ? Candidate{other.options, 0.0} : Candidate{};
  const auto [first, last] = around(found - model_.sizes().begin());
  return best_by_count(other.options, part(std::max(first, static_cast<std::ptrdiff_t>(model_.first_counted())), last));
}

Options TreeChoice::best() const {
  const double given_scale[] = {options_.root_scale};
  auto scales_to_try = options_.root_scale != 0.0 ? std::span<const double>(given_scale) : std::span(scales);
  if (options_.root_scale == 0.0 && are_on_faces(model_.sample) && serves(scales[1]))
    scales_to_try = scales_to_try.subspan(1);
  if (options_.points_per_leaf != 0) {
    const int size[] = {options_.points_per_leaf};
    return best_by_densities(size, scales_to_try).options;
  }
  Options best = with_scale(scales_to_try.front());
  const SizeCosts from_densities = model_.from_densities_by_size(best);
  const SizeCosts costs = model_.counted_by_size(best, from_densities);
  const std::ptrdiff_t place = place_of_least(costs);
  best.points_per_leaf = model_.sizes()[usize(place)];
  if (options_.root_scale != 0.0 || model_.sample.empty()) return best;
  const Candidate other = best_other_scale(place, from_densities);
  return other.cost < worth_a_scale * costs[usize(place)] ? other.options : best;
}

}

const char* precision_name(Precision precision) noexcept {
  return precision == Precision::full ? "full" : precision == Precision::mixed ? "mixed" : "automatic";
}

void check_options(const Options& options) {
  if (options.order != 0 && (options.order < min_order || options.order > max_order))
    throw UsageError("order must be " + std::to_string(min_order) + " to " + std::to_string(max_order) + ", not " +
                     std::to_string(options.order));
  if (options.points_per_leaf < 0)
    throw UsageError("points_per_leaf must be at least 1, not " + std::to_string(options.points_per_leaf));
  if (options.num_vectors < 1)
    throw UsageError("num_vectors must be at least 1, not " + std::to_string(options.num_vectors));
  if (options.most_partners < 0)
    throw UsageError("most_partners must be at least 1, not " + std::to_string(options.most_partners));
  if (options.max_memory < 0)
    throw UsageError("max_memory must not be negative, but it is " + std::to_string(options.max_memory));
  if (options.tolerance != 0.0 && !(options.tolerance >= 1e-12 && options.tolerance <= 0.1))
    throw UsageError("tolerance must be 1e-12 to 0.1, not " + shortest(options.tolerance));
  if (options.root_scale != 0.0 && !(options.root_scale >= 1.0 && options.root_scale <= 2.0))
    throw UsageError("root_scale must be 1 to 2, not " + shortest(options.root_scale));
}

Options choose_accuracy(const Options& options, const Kernel& kernel, double root_side) {
  Options chosen = options;
  if (const std::string reason = why_no_order(options, kernel, root_side); !reason.empty()) throw UsageError(reason);
  const double phase = phase_of(kernel, root_side);
  int order = order_without_phase(chosen.order, phase);
  if (chosen.order == 0) {
    if (chosen.tolerance == 0.0) chosen.tolerance = default_tolerance;
    // The error of single precision counts where a higher order makes up for it.
    const bool is_reached = error_of_order(kernel, max_order, chosen.precision, phase) <= chosen.tolerance;
    order = lowest_order(kernel, chosen.tolerance, is_reached ? chosen.precision : Precision::full, phase);
    chosen.order = order + orders_for_phase(order, phase);
  }
  if (chosen.precision == Precision::automatic) {
    const double mixed = error_of_order(kernel, order, Precision::mixed, phase);
    const bool allowed = chosen.tolerance > 0.0 && mixed <= chosen.tolerance;
    chosen.precision = allowed ? Precision::mixed : Precision::full;
  }
  return chosen;
}

void require_suitable_order(const Kernel& kernel, double chosen_for_side, double root_side) {
  const double before = phase_of(kernel, chosen_for_side), now = phase_of(kernel, root_side);
  // Root cubes that follow the points are up to a tenth larger than they must be; the error of an order may grow up to
  // tenfold on the way.
  if (now <= before || now <= std::min(before + 1.0, 1.1 * max_phase)) return;
  throw UsageError("the points have moved apart: the order was chosen for wavenumber times root side k D = " +
                   shortest(8.0 * before) + ", which is " + shortest(8.0 * now) + " now; make another plan");
}

Options choose_tree(const Options& options, const Kernel& kernel, std::span<const PointKey> sample,
                    double points_per_sample, double extent) {
  return TreeChoice(options, {kernel, options.num_vectors, sample, points_per_sample,
                              find_densities(sample, points_per_sample), extent})
      .best();
}

}
