// SPDX-License-Identifier: BSD-3-Clause
// Runs on very many ranks, of which one is there: it has its own points, and a cloud answers for all others. The points
// of a cloud are never held. Every octant hands its number of points on to its children in proportion to the density
// there, rounded by a hash of its key, so that those in any range of keys can be counted in some steps from the root.
//
//   Cloud cloud(Shape::sphere, 1000 * 100000);
//   CloudCounts global(cloud);
//   choose_cuts(global, share_of(cloud, 7, 1000), options, 1000);  // what rank 7 of 1000 does
//
// `nearfar_bench --benchmark_filter=partition` prints time, memory, bytes in reductions and octants for 1e3 to 1e5
// ranks with 1e5 points each.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "domain/partition.hpp"

namespace nearfar {

/// Roughly: uniform, on a surface, crowded at the centre, and with as many points in each factor of two of the
/// distance from the centre, over eight decades.
enum class Shape { cube, sphere, plummer, log_radial };
inline constexpr std::array all_shapes{Shape::cube, Shape::sphere, Shape::plummer, Shape::log_radial};
[[nodiscard]] std::string name_of(Shape shape);

class Cloud {
 public:
  Cloud(Shape shape, std::int64_t num_points);
  [[nodiscard]] std::int64_t num_points() const noexcept { return path_.front().counts.back(); }
  /// Points before a key.
  [[nodiscard]] std::int64_t below(PointKey key);
  /// Key of the point with that number in the order of the curve.
  [[nodiscard]] PointKey key_of(std::int64_t point);

 private:
  /// An octant, and the points before each of its children and before its end.
  struct Node {
    OctantKey key = root_octant;
    std::array<std::int64_t, 9> counts{};
  };
  [[nodiscard]] Node divided(OctantKey key, std::int64_t before, std::int64_t count) const;
  [[nodiscard]] const Node& go_down(int number);
  void go_up_to(PointKey key);

  Shape shape_;
  std::vector<Node> path_;  ///< from the root to where the last question ended
};

/// Of this thread.
[[nodiscard]] double processor_seconds() noexcept;

/// Answers with the points of a cloud for each of the numbers: sources, targets and work.
class CloudCounts final : public GlobalCounts {
 public:
  explicit CloudCounts(Cloud& cloud) : cloud_(cloud) {}
  void add_up(std::span<const KeyRange> ranges, std::span<std::int64_t> counts) override;

  std::int64_t num_reductions = 0, bytes = 0;  ///< asked for so far
  double seconds = 0.0;                        ///< taken by the answers

 private:
  Cloud& cloud_;
};

/// The partition of one rank before the cuts: its share of the cloud's points, from all over the cloud.
[[nodiscard]] Partition share_of(Cloud& cloud, int rank, int num_ranks);

}
