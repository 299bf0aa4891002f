// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/patches.hpp"

#include <algorithm>
#include <array>
#include <limits>

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

}
