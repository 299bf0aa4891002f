// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/patches.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

#include "base/types.hpp"
#include "nearfar/plan.hpp"

namespace nearfar {
namespace {

/// A point in the tree's units.
struct Place {
  std::int64_t number = 0;
  std::array<double, 3> position{};
};

struct Box {
  std::array<double, 3> lower{}, upper{};

  explicit Box(std::span<const Place> places) {
    lower.fill(std::numeric_limits<double>::infinity());
    upper.fill(-std::numeric_limits<double>::infinity());
    for (const Place& place : places)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        lower[axis] = std::min(lower[axis], place.position[axis]);
        upper[axis] = std::max(upper[axis], place.position[axis]);
      }
  }
  [[nodiscard]] std::size_t longest_axis() const noexcept {
    std::size_t longest = 0;
    for (std::size_t axis = 1; axis < 3; ++axis)
      if (upper[axis] - lower[axis] > upper[longest] - lower[longest]) longest = axis;
    return longest;
  }
  /// Squared.
  [[nodiscard]] double distance(const double* position) const noexcept {
    double sum = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double d = std::max({0.0, lower[axis] - position[axis], position[axis] - upper[axis]});
      sum += d * d;
    }
    return sum;
  }
};

/// Halves sets of points, across their longest side, until none has more than `most`.
void bisect(std::span<Place> places, std::size_t most, std::vector<std::span<Place>>& blocks) {
  if (places.empty()) return;
  if (places.size() <= most) {
    blocks.push_back(places);
    return;
  }
  const std::size_t axis = Box(places).longest_axis(), middle = places.size() / 2;
  std::nth_element(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(middle), places.end(),
                   [axis](const Place& a, const Place& b) {
                     return a.position[axis] != b.position[axis] ? a.position[axis] < b.position[axis]
                                                                 : a.number < b.number;
                   });
  bisect(places.first(middle), most, blocks);
  bisect(places.subspan(middle), most, blocks);
}

/// The points nearest to a block that have come so far.
class Surroundings {
 public:
  Surroundings(std::span<const Place> block, std::size_t most) : box_(block), most_(most) {
    for (const Place& place : block) own_.push_back(place.number);
    std::sort(own_.begin(), own_.end());
  }

  void add(std::span<const std::int64_t> numbers, std::span<const double> positions) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (!std::binary_search(own_.begin(), own_.end(), numbers[i]))
        nearest_.push_back({box_.distance(&positions[3 * i]), numbers[i]});
    std::sort(nearest_.begin(), nearest_.end());
    nearest_.erase(std::unique(nearest_.begin(), nearest_.end()), nearest_.end());
    nearest_.resize(std::min(nearest_.size(), most_));
  }

  [[nodiscard]] Patch patch() const {
    Patch patch{own_, static_cast<int>(own_.size())};
    for (const auto& [distance, number] : nearest_) patch.points.push_back(number);
    return patch;
  }

 private:
  Box box_;
  std::size_t most_;
  std::vector<std::int64_t> own_;
  std::vector<std::pair<double, std::int64_t>> nearest_;
};

/// Whose leaves have room for a patch, so that their neighbours have all that may be in it.
[[nodiscard]] Plan tree_of(MPI_Comm communicator, std::span<const double> points, int patch) {
  Options options;
  options.order = 2;
  options.points_per_leaf = patch;
  options.lists_only = true;
  return {communicator, make_kernel("laplace"), points, options};
}

/// Points of a patch that are no farther apart than this part of its extent coincide.
constexpr double coincident = 1e-8;

struct Distances {
  std::pair<std::size_t, std::size_t> nearest{};
  double least = std::numeric_limits<double>::infinity(), largest = 0.0;
};

[[nodiscard]] double distance_of(const std::pair<std::size_t, std::size_t>& points, std::span<const double> places) {
  const double *p = &places[3 * points.first], *q = &places[3 * points.second];
  return std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

[[nodiscard]] Distances distances(const std::vector<std::size_t>& points, std::span<const double> places) {
  Distances found;
  for (std::size_t a = 0; a < points.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      const double distance = distance_of({points[a], points[b]}, places);
      if (distance < found.least) found.nearest = {points[b], points[a]};
      found.least = std::min(found.least, distance);
      found.largest = std::max(found.largest, distance);
    }
  return found;
}

/// The point of the largest strength, and the nearest one with a large strength of the other sign.
[[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> opposite_points(const std::vector<std::size_t>& points,
                                                                                 std::span<const double> places,
                                                                                 std::span<const double> strengths) {
  if (strengths.empty()) return {};
  const auto largest = std::max_element(strengths.begin(), strengths.end(),
                                        [](double a, double b) { return std::abs(a) < std::abs(b); });
  const std::size_t dim = strengths.size() / points.size(), place = usize(largest - strengths.begin());
  const std::size_t point = points[place / dim];
  std::optional<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double strength = strengths[i * dim + place % dim] / *largest;
    if (strength < -0.1 && (!found || distance_of({point, points[i]}, places) < distance_of(*found, places)))
      found = {point, points[i]};
  }
  if (found && found->first > found->second) std::swap(found->first, found->second);
  return found;
}

}

std::vector<Patch> make_patches(MPI_Comm communicator, std::span<const double> points, int block, int patch) {
  Plan tree = tree_of(communicator, points, patch);
  std::vector<Place> places;
  tree.visit_near_field([&](const NearRow& row) { places.push_back({row.target, row.position}); }, false);
  std::vector<std::span<Place>> blocks;
  bisect(places, usize(block), blocks);
  std::vector<Surroundings> surroundings;
  std::vector<std::pair<std::int64_t, std::size_t>> block_of;  // point and block, by points
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    surroundings.emplace_back(blocks[i], usize(patch) - std::min(usize(patch), blocks[i].size()));
    for (const Place& place : blocks[i]) block_of.emplace_back(place.number, i);
  }
  std::sort(block_of.begin(), block_of.end());
  // Points of a leaf have the same near ones, so each block takes those once.
  std::vector<std::int64_t> taken;
  std::vector<bool> has_taken(blocks.size(), false);
  tree.visit_near_field(
      [&](const NearRow& row) {
        if (!std::equal(taken.begin(), taken.end(), row.sources.begin(), row.sources.end())) {
          taken.assign(row.sources.begin(), row.sources.end());
          has_taken.assign(blocks.size(), false);
        }
        const std::size_t own =
            std::lower_bound(block_of.begin(), block_of.end(), std::pair{row.target, std::size_t{0}})->second;
        if (!has_taken[own]) surroundings[own].add(row.sources, row.positions);
        has_taken[own] = true;
      },
      false);
  std::vector<Patch> patches;
  for (const Surroundings& around : surroundings) patches.push_back(around.patch());
  return patches;
}

LocalPatches::LocalPatches(const std::vector<Patch>& given) {
  for (const Patch& patch : given) {
    points.insert(points.end(), patch.points.begin(), patch.points.end());
    of_blocks.insert(of_blocks.end(), patch.points.begin(), patch.points.begin() + patch.block);
    blocks.push_back(patch.block);
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  for (const Patch& patch : given) {
    std::vector<std::size_t>& places = patches.emplace_back();
    for (const std::int64_t point : patch.points)
      places.push_back(usize(std::lower_bound(points.begin(), points.end(), point) - points.begin()));
  }
}

std::string LocalPatches::fault_of(std::size_t patch, std::span<const double> places,
                                   std::span<const double> nearly_null) const {
  const std::vector<std::size_t>& own = patches[patch];
  const auto number = [&](std::size_t place) { return std::to_string(points[place]); };
  std::string text = "the equations of neighbouring points have no unique solution";
  if (own.size() < 2) return text + ": the entry of point " + number(own[0]) + " is zero";
  auto [nearest, least, largest] = distances(own, places);
  const bool coincide = least <= coincident * largest;
  const auto opposite = coincide ? std::nullopt : opposite_points(own, places, nearly_null);
  if (opposite) {
    nearest = *opposite;
    least = distance_of(nearest, places);
  }
  std::array<char, 96> at{};
  const double* place = &places[3 * nearest.first];
  std::snprintf(at.data(), at.size(), "%.6g apart at (%.6g, %.6g, %.6g)", least, place[0], place[1], place[2]);
  if (opposite)
    return text + ": points " + number(nearest.first) + " and " + number(nearest.second) + ", " + at.data() +
           ", lie on faces that coincide or nearly do, or the kernel is too smooth for points so dense: remove these "
           "faces, or take another preconditioner";
  if (!coincide)
    return text + ": those of point " + number(own[0]) + " and the " + std::to_string(own.size() - 1) +
           " around it, of which the nearest two are " + at.data() + "; take another preconditioner";
  return text + ": points " + number(nearest.first) + " and " + number(nearest.second) + " are " + at.data() +
         ", so remove one of them, or of two faces that coincide, or take another preconditioner";
}

}
