// SPDX-License-Identifier: BSD-3-Clause
#include "support/domains.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace nearfar {
namespace {

[[nodiscard]] Points joined(Points a, const Points& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Two piles of `count` points and others around.
[[nodiscard]] Points with_piles(std::size_t count) {
  Points points = uniform_points(300, 21);
  for (std::size_t i = 0; i < count; ++i) points.insert(points.end(), {0.3, 0.6, 0.1});
  for (std::size_t i = 0; i < count; ++i) points.insert(points.end(), {0.7, 0.2, 0.9});
  return points;
}

/// A pile in a cell of the last level and two points in the octant beside its parent, which does not touch the cell.
[[nodiscard]] Points pile_beside_few() {
  const auto in_cell = [](int x) { return std::ldexp(x + 0.5, -max_depth); };
  Points points{0.0, 0.0, 0.0, 1.0, 1.0, 1.0};
  for (int i = 0; i < 25; ++i) points.insert(points.end(), {in_cell(400000), in_cell(400000), in_cell(400000)});
  for (int i = 0; i < 2; ++i) points.insert(points.end(), {in_cell(400002 + i), in_cell(400000), in_cell(400001)});
  return points;
}

[[nodiscard]] Shares shares_of(std::size_t count, Deal deal, MPI_Comm communicator) {
  std::vector<std::uint64_t> own;
  for (const std::size_t number : dealt(count, deal, communicator)) own.push_back(number);
  const auto sizes = all_gather(communicator, static_cast<int>(own.size()));
  const auto all = all_gather_lists(communicator, own);
  Shares shares;
  auto next = all.begin();
  for (const int size : sizes) {
    shares.emplace_back(next, next + size);
    next += size;
  }
  return shares;
}

[[nodiscard]] PointKey key_of(const Points& points, std::size_t number, const RootCube& root) {
  const double* p = &points[3 * number];
  return root.point_key(p[0] / root.unit, p[1] / root.unit, p[2] / root.unit);
}

using Keys = std::vector<PointKey>;

[[nodiscard]] Keys keys_of(const Points& points, const RootCube& root) {
  Keys keys;
  for (std::size_t i = 0; 3 * i < points.size(); ++i) keys.push_back(key_of(points, i, root));
  return keys;
}

[[nodiscard]] Keys inside(const Keys& keys, OctantKey octant) {
  Keys part;
  for (const PointKey key : keys)
    if (octant_at(key, level_of(octant)) == octant) part.push_back(key);
  return part;
}

/// Visits an octant with points and, where visit(key, octant) returns true, its children.
template <class Visit>
void descend(OctantKey key, const Keys& sources, const Keys& targets, const Visit& visit) {
  if (sources.empty() && targets.empty()) return;
  if (!visit(key, GlobalOctant{std::ssize(sources), std::ssize(targets), false})) return;
  for (int number = 0; number < 8; ++number) {
    const OctantKey child = child_of(key, number);
    descend(child, inside(sources, child), inside(targets, child), visit);
  }
}

}

Points uniform_points(std::size_t count, unsigned seed, double side, double corner) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  Points points;
  for (std::size_t i = 0; i < 3 * count; ++i) points.push_back(corner + side * uniform(random));
  return points;
}

std::vector<DomainSetting> domain_settings() {
  using app::Distribution;
  const auto sample = [](Distribution distribution, GlobalIndex count) {
    return app::sample_points(distribution, 3, 0, count);
  };
  const Points cube = uniform_points(500, 11);
  return {{.name = "cube", .sources = sample(Distribution::cube, 1000)},
          {.name = "sphere", .sources = sample(Distribution::sphere, 1000), .deal = Deal::all_on_last},
          {.name = "ellipsoid", .sources = sample(Distribution::ellipsoid, 1000), .deal = Deal::blocks},
          {.name = "plummer", .sources = sample(Distribution::plummer, 1000), .deal = Deal::odd_ranks},
          {.name = "clusters", .sources = joined(uniform_points(400, 12, 1e-3, 0.1), uniform_points(400, 13))},
          {.name = "own targets", .sources = cube, .targets = uniform_points(700, 14, 0.6, 0.2), .same = false},
          {.name = "far targets",
           .sources = uniform_points(400, 15, 0.2),
           .targets = uniform_points(200, 16, 0.3, 0.9),
           .same = false,
           .deal = Deal::blocks},
          {.name = "piles", .sources = with_piles(25)},
          {.name = "pile beside few", .sources = pile_beside_few()},
          {.name = "no sources", .sources = {}, .targets = cube, .same = false},
          {.name = "no targets", .sources = cube, .targets = {}, .same = false},
          {.name = "one leaf", .sources = uniform_points(9, 17)},
          {.name = "few leaves", .sources = uniform_points(30, 18)},
          {.name = "one point", .sources = {3.0, 4.0, 5.0}},
          {.name = "no points", .sources = {}}};
}

DealtPoints::DealtPoints(const DomainSetting& setting, MPI_Comm communicator) : same(setting.same) {
  const auto rank = usize(rank_of(communicator));
  source_shares = shares_of(setting.sources.size() / 3, setting.deal, communicator);
  target_shares = shares_of(setting.all_targets().size() / 3, setting.deal, communicator);
  sources = take(setting.sources, source_shares[rank], 3);
  if (!same) targets = take(setting.targets, target_shares[rank], 3);
}

RootCube root_of(const DomainSetting& setting) {
  std::array<double, 3> lower{1.0, 1.0, 1.0}, upper{-1.0, -1.0, -1.0};
  const Points all = joined(setting.sources, setting.targets);
  for (std::size_t i = 0; i < all.size(); ++i) {
    lower[i % 3] = i < 3 ? all[i] : std::min(lower[i % 3], all[i]);
    upper[i % 3] = i < 3 ? all[i] : std::max(upper[i % 3], all[i]);
  }
  return make_root_cube(lower, upper);
}

PartitionOptions options_of(const DomainSetting& setting) {
  PartitionOptions options;
  options.points_per_leaf = setting.points_per_leaf;
  options.root = root_of(setting);
  return options;
}

std::vector<OrderedPoint> in_global_order(const Points& points, const Shares& shares, const RootCube& root) {
  std::vector<OrderedPoint> ordered;
  for (std::size_t rank = 0; rank < shares.size(); ++rank)
    for (std::size_t i = 0; i < shares[rank].size(); ++i)
      ordered.push_back(
          {key_of(points, shares[rank][i], root), static_cast<int>(rank), static_cast<Index>(i), shares[rank][i]});
  std::sort(ordered.begin(), ordered.end());
  return ordered;
}

std::vector<OrderedPoint> between(const std::vector<OrderedPoint>& points, PointKey begin, PointKey end) {
  std::vector<OrderedPoint> part;
  for (const OrderedPoint& point : points)
    if (begin <= point.key && point.key < end) part.push_back(point);
  return part;
}

GlobalTree global_tree(const DomainSetting& setting, const RootCube& root) {
  const Keys sources = keys_of(setting.sources, root), targets = keys_of(setting.all_targets(), root);
  std::set<OctantKey> split;
  std::vector<OctantKey> open;
  const auto split_octant = [&](OctantKey key) {
    if (split.insert(key).second) open.push_back(key);
  };
  descend(root_octant, sources, targets, [&](OctantKey key, const GlobalOctant& octant) {
    const std::int64_t most = std::max(octant.num_sources, octant.num_targets);
    const bool is_split = most > setting.points_per_leaf && level_of(key) < max_depth;
    if (is_split) split_octant(key);
    return is_split;
  });
  while (!open.empty()) {
    const OctantKey key = open.back();
    open.pop_back();
    for (int d = 0; d < num_directions; ++d)
      if (const OctantKey around = colleague(key, d); around > root_octant) split_octant(parent_of(around));
  }
  GlobalTree tree;
  descend(root_octant, sources, targets, [&](OctantKey key, const GlobalOctant& octant) {
    const bool is_split = split.contains(key);
    tree[key] = {octant.num_sources, octant.num_targets, !is_split};
    return is_split;
  });
  return tree;
}

OctantKey leaf_of(const GlobalTree& tree, PointKey key) {
  int level = 0;
  while (!tree.at(octant_at(key, level)).leaf) ++level;
  return octant_at(key, level);
}

GeometricLists geometric_lists(const GlobalTree& tree, OctantKey octant) {
  GeometricLists lists;
  const auto colleagues = [](OctantKey a, OctantKey b) {
    return a != 0 && b != 0 && level_of(a) == level_of(b) && adjacent(a, b);
  };
  const bool leaf = tree.at(octant).leaf;
  for (const auto& [other, values] : tree) {
    if (values.num_sources == 0) continue;
    if (adjacent(octant, other)) {
      if (leaf && values.leaf) lists.u.push_back(other);
      continue;
    }
    if (colleagues(parent_of(octant), parent_of(other))) lists.v.push_back(other);
    if (leaf && colleagues(octant, parent_of(other))) lists.w.push_back(other);
    if (values.leaf && colleagues(parent_of(octant), other)) lists.x.push_back(other);
  }
  return lists;
}

BuiltDomain::BuiltDomain(const DomainSetting& setting, MPI_Comm communicator,
                         const std::vector<PointKey>& forced_splitters)
    : dealt(setting, communicator), options(options_of(setting)) {
  options.forced_splitters = forced_splitters;
  partition = make_partition(communicator, dealt.view(), options);
  essential = make_essential_tree(communicator, partition);
  fetch_points_to_tree(communicator, partition, dealt.view(), points);
}

std::vector<PointKey> random_leaf_borders(const GlobalTree& tree, unsigned seed, MPI_Comm communicator) {
  std::vector<PointKey> anchors{0};
  for (const auto& [key, octant] : tree)
    if (octant.leaf) anchors.push_back(first_point(key));
  std::mt19937_64 random(seed);
  std::vector<PointKey> borders;
  for (int rank = 1; rank < size_of_communicator(communicator); ++rank)
    borders.push_back(anchors[random() % anchors.size()]);
  std::sort(borders.begin(), borders.end());
  return borders;
}

std::vector<Index> ghost_sends(const EssentialTree& whole, const Partition& partition) {
  std::vector<std::set<int>> receivers(partition.splitters.size() - 1);
  for (OctantRecord octant : whole.tree.octants) {
    octant.owner = partition.owner_of_octant(octant.key);
    if (octant.key == root_octant || partition.is_shared(octant.key)) continue;
    for (const int rank : ranks_around(partition, octant)) receivers[usize(octant.owner)].insert(rank);
  }
  std::vector<Index> sends;
  for (const auto& ranks : receivers) sends.push_back(size_of(ranks));
  return sends;
}

}
