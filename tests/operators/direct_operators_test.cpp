// SPDX-License-Identifier: BSD-3-Clause
// P2L, M2P and P2P are sums over a surface or over points and have no error but that of rounding.
#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

class DirectOperators : public OperatorTest {};

TEST_P(DirectOperators, P2lAddsPotentialsOnTheInnerSurface) {
  const std::size_t level = GetParam().level;
  const PointCloud sources = make_cloud(kernel, boxes[level], 1.5, 5.0, 700, 1);
  std::vector<double> local(usize(operators(level).local_size()), 0.0);
  const std::array<IndexRange, 3> ranges{IndexRange{0, 3}, IndexRange{3, 3}, IndexRange{3, 700}};

  Scratch scratch(operators(level), points(level), 50);
  p2l(operators(level), points(level), boxes[level], ranges, sources.sources(), local.data(), scratch);

  const std::vector<double> exact = exact_local(sources, level, boxes[level]);
  EXPECT_LT(relative_error(local, exact), GetParam().bound);
  p2l(operators(level), points(level), boxes[level], ranges, sources.sources(), local.data(), scratch);
  for (double& value : local) value *= 0.5;
  EXPECT_LT(relative_error(local, exact), GetParam().bound);
}

TEST_P(DirectOperators, M2pIsTheFieldOfTheInnerSurface) {
  const std::size_t level = GetParam().level;
  PointCloud surface = surface_cloud(kernel, operators(level).surfaces->inner, boxes[level]);
  for (std::size_t i = 0; i < surface.charges.size(); ++i) surface.charges[i] = std::sin(1.0 + static_cast<double>(i));
  PointCloud exact = make_cloud(kernel, boxes[level], 3.0, 5.0, 700, 1);
  PointCloud computed = exact, potentials_alone = exact;
  add_direct(kernel, surface, exact);

  Scratch scratch(operators(level), points(level), 50);
  for (const IndexRange range : {IndexRange{0, 3}, IndexRange{3, 700}}) {
    m2p(operators(level), points(level), boxes[level], surface.charges.data(), range, computed.targets(true), scratch);
    m2p(operators(level), points(level), boxes[level], surface.charges.data(), range, potentials_alone.targets(false),
        scratch);
  }

  EXPECT_LT(relative_error(computed.potentials, exact.potentials), GetParam().bound);
  EXPECT_LT(relative_error(computed.gradients, exact.gradients), GetParam().gradient_bound);
  EXPECT_LT(relative_error(potentials_alone.potentials, exact.potentials), GetParam().bound);
  for (const double untouched : potentials_alone.gradients) EXPECT_EQ(untouched, 0.0);
}

INSTANTIATE_TEST_SUITE_P(
    Operators, DirectOperators,
    testing::Values(OperatorCase{"laplace", 4, 2, 8e-15, 8e-15}, OperatorCase{"laplace", 6, 2, 8e-15, 8e-15},
                    OperatorCase{"laplace", 8, 2, 8e-15, 8e-15}, OperatorCase{"yukawa", 4, 0, 8e-15, 8e-15},
                    OperatorCase{"yukawa", 4, 2, 8e-15, 8e-15}, OperatorCase{"yukawa", 6, 0, 8e-15, 8e-15},
                    OperatorCase{"yukawa", 6, 2, 8e-15, 8e-15}, OperatorCase{"yukawa", 8, 0, 8e-15, 8e-15},
                    OperatorCase{"yukawa", 8, 2, 8e-15, 8e-15}, OperatorCase{"stokeslet", 4, 2, 8e-15, 8e-15},
                    OperatorCase{"stokeslet", 6, 2, 8e-15, 8e-15}, OperatorCase{"stokeslet", 8, 2, 8e-15, 8e-15},
                    OperatorCase{"dipole", 6, 2, 8e-15, 8e-15}),
    name_of);

TEST(P2p, MatchesAScalarLoop) {
  const Box box{{0.1, 0.2, 0.3}, 0.5};
  const Kernel kernel = make_kernel("laplace");
  PointCloud cloud = make_cloud(kernel, box, 0.0, 1.0, 90, 1);
  const std::array<IndexRange, 2> sources{IndexRange{0, 20}, IndexRange{33, 90}};

  p2p(kernel, sources, cloud.sources(), {12, 47}, cloud.targets(true));

  for (std::size_t t = 0; t < 90; ++t) {
    double potential = 0.0, slope = 0.0;
    for (const IndexRange range : sources) {
      for (std::size_t s = usize(range.begin); s < usize(range.end); ++s) {
        if (s == t) continue;
        const double dx = cloud.x[t] - cloud.x[s];
        const double r = std::hypot(dx, cloud.y[t] - cloud.y[s], cloud.z[t] - cloud.z[s]);
        potential += cloud.charges[s] / r;
        slope -= cloud.charges[s] * dx / (r * r * r);
      }
    }
    const double expected = t < 12 || t >= 47 ? 0.0 : 1.0 / 12.566370614359172;
    EXPECT_NEAR(cloud.potentials[t], expected * potential, 2e-13);
    EXPECT_NEAR(cloud.gradients[3 * t], expected * slope, 1e-12 * (1 + std::abs(slope)));
  }
}

TEST(P2p, WithoutGradientsLeavesThemAlone) {
  const Kernel kernel = make_kernel("stokeslet");
  PointCloud both = make_cloud(kernel, Box{}, 0.0, 1.0, 30, 1), potentials = both;
  const IndexRange all = both.all();

  p2p(kernel, {&all, 1}, both.sources(), all, both.targets(true));
  p2p(kernel, {&all, 1}, potentials.sources(), all, potentials.targets(false));

  EXPECT_LT(relative_error(potentials.potentials, both.potentials), 1e-15);
  for (const double untouched : potentials.gradients) EXPECT_EQ(untouched, 0.0);
}

}
}
