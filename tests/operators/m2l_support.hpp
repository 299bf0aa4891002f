// SPDX-License-Identifier: BSD-3-Clause
// Random levels of families for the tests of M2L, and the dense sums they are compared with.
#pragma once

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "operators/m2l.hpp"
#include "operators/surface.hpp"

namespace nearfar::m2l_test {

/// Adds charges[source_dim] at the origin, seen from r, to potentials[target_dim].
using PointKernel = void (*)(const double* r, const double* charge, double* potential);

inline void laplace(const double* r, const double* charge, double* potential) {
  potential[0] += charge[0] / std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
}

inline void yukawa(const double* r, const double* charge, double* potential) {
  const double distance = std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
  potential[0] += charge[0] * std::exp(-0.7 * distance) / distance;
}

inline void stokeslet(const double* r, const double* charge, double* potential) {
  const double r2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
  const double dot = r[0] * charge[0] + r[1] * charge[1] + r[2] * charge[2];
  for (int i = 0; i < 3; ++i) potential[i] += (charge[i] + dot / r2 * r[i]) / std::sqrt(r2);
}

/// Three charge components, one potential; not even in r, so that a wrong sign of the offset shows.
inline void dipole(const double* r, const double* charge, double* potential) {
  const double r2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
  potential[0] += (r[0] * charge[0] + r[1] * charge[1] + r[2] * charge[2]) / (r2 * std::sqrt(r2));
}

/// Forces and a sink in, the flow and the pressure out: an entry that is zero, and some that are transposed up to a
/// sign.
inline void stokes(const double* r, const double* charge, double* potential) {
  const double r2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
  const double r3 = r2 * std::sqrt(r2);
  const double dot = r[0] * charge[0] + r[1] * charge[1] + r[2] * charge[2];
  for (int i = 0; i < 3; ++i) potential[i] += (charge[i] * r2 + dot * r[i] - 2.0 * charge[3] * r[i]) / r3;
  potential[3] += 2.0 * dot / r3;
}

/// Waves of complex charges: two entries, one of them with both signs.
inline void waves(const double* r, const double* charge, double* potential) {
  const double distance = std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
  const double c = std::cos(1.3 * distance) / distance, s = std::sin(1.3 * distance) / distance;
  potential[0] += c * charge[0] + s * charge[1];
  potential[1] += s * charge[0] - c * charge[1];
}

/// Zero but on the diagonal, whose entries differ.
inline void uncoupled(const double* r, const double* charge, double* potential) {
  for (int i = 0; i < 3; ++i) {
    const double scaled = (1.0 + i) * charge[i];
    laplace(r, &scaled, potential + i);
  }
}

/// The last potential is zero.
inline void silent(const double* r, const double* charge, double* potential) { laplace(r, charge, potential); }

inline Kernel make_test_kernel(PointKernel point_kernel, int source_dim, int target_dim) {
  Kernel kernel;
  kernel.source_dim = source_dim;
  kernel.target_dim = target_dim;
  kernel.scale = 0.25;
  if (source_dim == 4) kernel.source_components = kernel.target_components = {{0, 1}, {0, 2}, {0, 4}, {-1, 0}};
  kernel.add_sums = [=](const PairSum& sum) {
    for (Index t = 0; t < sum.num_targets; ++t) {
      std::array<double, 4> total{};
      for (const IndexRange range : sum.source_ranges) {
        for (Index s = range.begin; s < range.end; ++s) {
          const double r[3] = {sum.targets.x[t] - sum.sources.x[s], sum.targets.y[t] - sum.sources.y[s],
                               sum.targets.z[t] - sum.sources.z[s]};
          if (r[0] != 0.0 || r[1] != 0.0 || r[2] != 0.0) point_kernel(r, sum.charges + s * source_dim, total.data());
        }
      }
      for (int i = 0; i < target_dim; ++i) {
        sum.potentials[t * target_dim + i] += sum.factor * 0.25 * total[usize(i)];
      }
    }
  };
  return kernel;
}

/// A kernel, the surface of its expansions and their sizes.
struct Problem {
  Kernel kernel;
  Surface surface;

  [[nodiscard]] int multipole_size() const { return surface.size() * kernel.source_dim; }
  [[nodiscard]] int local_size() const { return surface.size() * kernel.target_dim; }
  template <class Scalar = double>
  [[nodiscard]] M2lSpectra<Scalar> spectra() const {
    return make_m2l_spectra<Scalar>(kernel, surface);
  }
};

inline Problem make_problem(PointKernel point_kernel, int source_dim, int target_dim, int order) {
  return {make_test_kernel(point_kernel, source_dim, target_dim), make_surface(order, inner_radius)};
}

/// Families on a grid of edge^3 parents, with their expansions.
struct Level {
  int edge = 0;
  std::vector<std::array<int, 3>> source_parents, target_parents;
  std::vector<std::array<const double*, 8>> sources;
  std::vector<std::array<double*, 8>> targets;
  std::vector<std::array<std::int32_t, 27>> neighbours;
  std::vector<double> multipoles, locals;

  [[nodiscard]] M2lFamilies families() const { return {sources, targets, neighbours}; }
};

/// Each parent, and each child of those, exists with the given probability; sources and targets independently.
inline Level make_level(const Problem& problem, int edge, double probability, unsigned seed) {
  Level level;
  level.edge = edge;
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::vector<std::int32_t> source_at(usize(edge * edge * edge), -1);
  for (int i = 0; i < edge * edge * edge; ++i) {
    const std::array<int, 3> parent{i % edge, i / edge % edge, i / edge / edge};
    if (uniform(random) < probability) {
      source_at[usize(i)] = size_of(level.source_parents);
      level.source_parents.push_back(parent);
    }
    if (uniform(random) < probability) level.target_parents.push_back(parent);
  }
  const std::size_t multipole_size = usize(problem.multipole_size());
  const std::size_t local_size = usize(problem.local_size());
  level.multipoles.resize(level.source_parents.size() * 8 * multipole_size);
  for (double& q : level.multipoles) q = uniform(random) - 0.5;
  level.locals.assign(level.target_parents.size() * 8 * local_size, 0.0);
  level.sources.resize(level.source_parents.size());
  level.targets.resize(level.target_parents.size());
  for (std::size_t i = 0; i < level.sources.size() * 8; ++i) {
    level.sources[i / 8][i % 8] =
        uniform(random) < probability ? level.multipoles.data() + i * multipole_size : nullptr;
  }
  for (std::size_t i = 0; i < level.targets.size() * 8; ++i) {
    level.targets[i / 8][i % 8] = uniform(random) < probability ? level.locals.data() + i * local_size : nullptr;
  }
  for (const auto& parent : level.target_parents) {
    auto& places = level.neighbours.emplace_back();
    for (int d = 0; d < 27; ++d) {
      const int x = parent[0] + d % 3 - 1, y = parent[1] + d / 3 % 3 - 1, z = parent[2] + d / 9 - 1;
      const bool inside = std::min({x, y, z}) >= 0 && std::max({x, y, z}) < edge;
      places[usize(d)] = inside ? source_at[usize(x + edge * (y + edge * z))] : -1;
    }
  }
  return level;
}

/// Leaves out all boxes but those that the diagonal plane x + y + z = edge passes through, as a surface would.
inline void keep_layer(Level& level) {
  const auto is_cut = [&](const std::array<int, 3>& parent, int child) {
    int corner = 0;  // of the child, in its own widths
    for (int axis = 0; axis < 3; ++axis) corner += 2 * parent[usize(axis)] + (child >> axis & 1);
    return corner < 3 * level.edge && 3 * level.edge < corner + 3;
  };
  for (std::size_t i = 0; i < level.sources.size() * 8; ++i)
    if (!is_cut(level.source_parents[i / 8], static_cast<int>(i % 8))) level.sources[i / 8][i % 8] = nullptr;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < level.targets.size(); ++i) {
    for (int child = 0; child < 8; ++child)
      if (!is_cut(level.target_parents[i], child)) level.targets[i][usize(child)] = nullptr;
    if (std::all_of(level.targets[i].begin(), level.targets[i].end(), [](double* local) { return local == nullptr; }))
      continue;
    level.targets[kept] = level.targets[i];
    level.neighbours[kept] = level.neighbours[i];
    level.target_parents[kept++] = level.target_parents[i];
  }
  level.targets.resize(kept);
  level.neighbours.resize(kept);
  level.target_parents.resize(kept);
}

enum class Order { ascending, descending };

/// In a workspace that has room for it.
template <class Scalar>
void run_reserved(const M2lSweep<Scalar>& sweep, M2lWorkspace<Scalar>& workspace, Order order = Order::ascending) {
  const auto visit = [&](Index count, auto&& work) {
    for (Index i = 0; i < count; ++i) work(order == Order::ascending ? i : count - 1 - i);
  };
  for (int slab = 0; slab < sweep.num_slabs(); ++slab) {
    visit(sweep.num_transforms(slab), [&](Index i) { sweep.transform(i, slab, workspace, 0); });
    visit(sweep.num_blocks(), [&](Index block) { sweep.translate(block, slab, workspace, 0); });
  }
}

template <class Scalar>
void run(const M2lSweep<Scalar>& sweep, M2lWorkspace<Scalar>& workspace, Order order = Order::ascending) {
  sweep.reserve(workspace, 1);
  run_reserved(sweep, workspace, order);
}

template <class Scalar>
void run(const M2lSweep<Scalar>& sweep, Order order = Order::ascending) {
  M2lWorkspace<Scalar> workspace;
  run(sweep, workspace, order);
}

/// Adds the field of one multipole at offset t (in box widths) to a local, by dense sums.
inline void add_dense(const Problem& problem, PointKernel point_kernel, const std::array<int, 3>& t,
                      const double* multipole, double* local) {
  const Surface& surface = problem.surface;
  for (int i = 0; i < surface.size(); ++i) {
    for (int j = 0; j < surface.size(); ++j) {
      const double r[3] = {surface.x[usize(i)] - surface.x[usize(j)] - 2.0 * t[0],
                           surface.y[usize(i)] - surface.y[usize(j)] - 2.0 * t[1],
                           surface.z[usize(i)] - surface.z[usize(j)] - 2.0 * t[2]};
      point_kernel(r, multipole + j * problem.kernel.source_dim, local + i * problem.kernel.target_dim);
    }
  }
}

/// The local of child o of a target family from all boxes of the level that are not adjacent.
inline std::vector<double> dense_local(const Problem& problem, PointKernel point_kernel, const Level& level,
                                       std::size_t family, int o) {
  std::vector<double> local(usize(problem.local_size()), 0.0);
  for (std::size_t source = 0; source < level.sources.size(); ++source) {
    std::array<int, 3> d, t;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      d[axis] = level.source_parents[source][axis] - level.target_parents[family][axis];
    }
    if (std::max({std::abs(d[0]), std::abs(d[1]), std::abs(d[2])}) > 1) continue;
    for (int child = 0; child < 8; ++child) {
      for (std::size_t axis = 0; axis < 3; ++axis) t[axis] = 2 * d[axis] + (child >> axis & 1) - (o >> axis & 1);
      if (std::max({std::abs(t[0]), std::abs(t[1]), std::abs(t[2])}) <= 1) continue;
      const double* multipole = level.sources[source][usize(child)];
      if (multipole != nullptr) add_dense(problem, point_kernel, t, multipole, local.data());
    }
  }
  return local;
}

}
