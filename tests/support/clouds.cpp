// SPDX-License-Identifier: BSD-3-Clause
#include "support/clouds.hpp"

#include <cmath>
#include <ctime>

namespace nearfar {
namespace {

[[nodiscard]] std::uint64_t hash_of(Bits128 bits, std::uint64_t seed) noexcept {
  std::uint64_t hash = seed;
  for (const std::uint64_t half : {low_half(bits), high_half(bits)}) {
    hash = (hash ^ half) * 0x9e3779b97f4a7c15U;
    hash = (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9U;
    hash ^= hash >> 32;
  }
  return hash;
}

/// Uniform in [0, 1).
[[nodiscard]] double fraction_of(OctantKey key) noexcept {
  return std::ldexp(static_cast<double>(hash_of(key, 1) >> 11), -53);
}

constexpr double pi = 3.14159265358979323846;
constexpr std::array centre{0.5321, 0.4687, 0.5113};

/// Of the centre of log-radial clouds, which is uniform.
constexpr double core = 0.45e-8;

/// Density at the square of a distance from the centre, in cells of that side.
[[nodiscard]] double density(Shape shape, double square, double side) noexcept {
  switch (shape) {
    case Shape::cube:
      return 1.0;
    case Shape::sphere:
      return std::max(0.0, 1.0 - std::abs(std::sqrt(square) - 0.45) / side);
    case Shape::plummer: {
      const double q = 1.0 + square / (0.005 * 0.005);
      return 1.0 / (q * q * std::sqrt(q));
    }
    case Shape::log_radial:
      return square > 0.45 * 0.45 ? 0.0 : 1.0 / std::pow(std::max(square, core * core), 1.5);
  }
  return 0.0;
}

/// What an octant has of the whole, up to a factor.
[[nodiscard]] double weight(Shape shape, OctantKey key) noexcept {
  if (shape == Shape::cube) return 1.0;
  const GridPosition position = position_of(key);
  const double side = std::ldexp(1.0, -level_of(key)), cell = 0.5 * side;
  double sum = 0.0, furthest = 0.0;
  for (std::size_t c = 0; c < 8; ++c) {
    double square = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double step = 0.5 + static_cast<double>(c >> axis & 1);
      const double x = (2.0 * static_cast<double>(position[axis]) + step) * cell - centre[axis];
      square += x * x;
      furthest = std::max(furthest, std::abs(x));
    }
    sum += density(shape, square, cell) * cell * cell * cell;
  }
  const bool holds_centre = furthest < 0.75 * side;
  return shape == Shape::log_radial && holds_centre && side > 4.0 * core ? 4.0 * pi * std::log(0.5 * side / core) : sum;
}

/// Where the only point of an octant is.
[[nodiscard]] PointKey lone_point(OctantKey key) noexcept {
  const Bits128 random = Bits128{hash_of(key, 3)} << 64 | hash_of(key, 4);
  return first_point(key) + random % (end_point(key) - first_point(key));
}

}

double processor_seconds() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string name_of(Shape shape) {
  constexpr std::array names{"cube", "sphere", "plummer", "log_radial"};
  return names[static_cast<std::size_t>(shape)];
}

Cloud::Cloud(Shape shape, std::int64_t num_points) : shape_(shape) {
  path_.push_back(divided(root_octant, 0, num_points));
}

Cloud::Node Cloud::divided(OctantKey key, std::int64_t before, std::int64_t count) const {
  Node node;
  node.key = key;
  node.counts.fill(before);
  if (count == 0) return node;
  std::array<double, 9> sums{};
  for (std::size_t number = 0; number < 8; ++number)
    sums[number + 1] = sums[number] + weight(shape_, child_of(key, static_cast<int>(number)));
  if (sums[8] == 0.0)
    for (std::size_t number = 1; number < 9; ++number) sums[number] = static_cast<double>(number);
  const double shift = fraction_of(key);
  for (std::size_t number = 1; number < 8; ++number)
    node.counts[number] += std::min(
        count, static_cast<std::int64_t>(std::floor(static_cast<double>(count) * (sums[number] / sums[8]) + shift)));
  node.counts[8] += count;
  return node;
}

const Cloud::Node& Cloud::go_down(int number) {
  const Node& node = path_.back();
  const std::int64_t before = node.counts[usize(number)];
  path_.push_back(divided(child_of(node.key, number), before, node.counts[usize(number) + 1] - before));
  return path_.back();
}

void Cloud::go_up_to(PointKey key) {
  while (key < first_point(path_.back().key) || end_point(path_.back().key) <= key) path_.pop_back();
}

std::int64_t Cloud::below(PointKey key) {
  if (key >= point_key_end) return num_points();
  go_up_to(key);
  for (const Node* node = &path_.back();;) {
    const std::int64_t count = node->counts[8] - node->counts[0];
    if (first_point(node->key) == key || count == 0 || level_of(node->key) == max_depth) return node->counts[0];
    if (count == 1) return node->counts[0] + (lone_point(node->key) < key ? 1 : 0);
    node = &go_down(child_number(octant_at(key, level_of(node->key) + 1)));
  }
}

PointKey Cloud::key_of(std::int64_t point) {
  while (point < path_.back().counts[0] || path_.back().counts[8] <= point) path_.pop_back();
  for (const Node* node = &path_.back();;) {
    if (level_of(node->key) == max_depth) return first_point(node->key);
    if (node->counts[8] - node->counts[0] == 1) return lone_point(node->key);
    int number = 0;
    while (node->counts[usize(number) + 1] <= point) ++number;
    node = &go_down(number);
  }
}

void CloudCounts::add_up(std::span<const KeyRange> ranges, std::span<std::int64_t> counts) {
  const double begin = processor_seconds();
  ++num_reductions;
  bytes += static_cast<std::int64_t>(counts.size_bytes());
  const std::size_t numbers = counts.size() / ranges.size();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::int64_t before = cloud_.below(ranges[i].begin);
    std::fill_n(counts.begin() + static_cast<std::ptrdiff_t>(i * numbers), numbers,
                cloud_.below(ranges[i].end) - before);
  }
  seconds += processor_seconds() - begin;
}

Partition share_of(Cloud& cloud, int rank, int num_ranks) {
  Partition partition;
  partition.targets_are_sources = true;
  partition.num_sources = partition.num_targets = cloud.num_points();
  const auto ranks = static_cast<std::uint64_t>(num_ranks);
  for (std::int64_t first = 0; first < cloud.num_points(); first += num_ranks) {
    // One of each `num_ranks` points; all ranks together have all of them.
    const std::uint64_t shift = hash_of(static_cast<Bits128>(first), 2) % ranks;
    const auto point = first + static_cast<std::int64_t>((shift + static_cast<std::uint64_t>(rank)) % ranks);
    if (point < cloud.num_points())
      partition.sources.push_back({cloud.key_of(point), rank, size_of(partition.sources)});
  }
  return partition;
}

}
