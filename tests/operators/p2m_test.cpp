// SPDX-License-Identifier: BSD-3-Clause
#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

class P2m : public OperatorTest {};

TEST_P(P2m, MultipoleHasTheFieldOfTheSourcesOutside) {
  const std::size_t level = GetParam().level;
  const Box& box = boxes[level];
  SampledFields computed, exact;
  for (unsigned seed = 1; seed <= num_charge_sets; ++seed) {
    const PointCloud sources = make_cloud(kernel, box, 0.0, 1.0, 100, seed);
    PointCloud targets = make_cloud(kernel, box, 3.0, 7.0, 300, 99);
    add_direct(kernel, sources, targets);
    exact.append(targets);

    targets = make_cloud(kernel, box, 3.0, 7.0, 300, 99);
    PointCloud surface = surface_cloud(kernel, operators(level).surfaces->inner, box);
    surface.charges = multipole_of(sources, level, box);
    add_direct(kernel, surface, targets);
    computed.append(targets);
  }
  EXPECT_LT(relative_error(computed.potentials, exact.potentials), GetParam().bound);
}

TEST_P(P2m, BoxesOfAPanelDoNotMixAndChunksDoNotMatter) {
  const Box box = boxes[2], other = child_of(boxes[1], 2);
  PointCloud sources = make_cloud(kernel, box, 0.0, 1.0, 300, 1);
  const PointCloud more = make_cloud(kernel, other, 0.0, 1.0, 41, 3);
  const std::vector<double> alone = multipole_of(sources, 2, box);
  sources.x.insert(sources.x.end(), more.x.begin(), more.x.end());
  sources.y.insert(sources.y.end(), more.y.begin(), more.y.end());
  sources.z.insert(sources.z.end(), more.z.begin(), more.z.end());
  sources.charges.insert(sources.charges.end(), more.charges.begin(), more.charges.end());

  const std::array<Box, 3> panel{other, box, box};
  const std::array<IndexRange, 3> ranges{IndexRange{300, 341}, IndexRange{0, 300}, IndexRange{7, 7}};
  std::array<std::vector<double>, 3> results;
  std::array<double*, 3> outputs{};
  for (std::size_t i = 0; i < 3; ++i) outputs[i] = (results[i].assign(alone.size(), 1e9), results[i].data());
  Scratch scratch(operators(2), points(2), 64);
  p2m(operators(2), points(2), panel, ranges, sources.sources(), outputs, scratch);

  // Rounding of the sums is amplified by the inverse, but not in the fields; those of 64 points at once agree.
  PointCloud expected = make_cloud(kernel, box, 3.0, 7.0, 100, 2), computed = expected;
  PointCloud surface = surface_cloud(kernel, operators(2).surfaces->inner, box);
  surface.charges = alone;
  add_direct(kernel, surface, expected);
  surface.charges = results[1];
  add_direct(kernel, surface, computed);
  EXPECT_LT(relative_error(computed.potentials, expected.potentials), 1e-12);
  EXPECT_LT(relative_error(results[0], multipole_of(more, 2, other)), 1e-12);
  for (const double value : results[2]) EXPECT_EQ(value, 0.0);
}

INSTANTIATE_TEST_SUITE_P(Operators, P2m,
                         testing::Values(OperatorCase{"laplace", 4, 2, 5e-5}, OperatorCase{"laplace", 6, 2, 4e-7},
                                         OperatorCase{"laplace", 8, 2, 6e-9}, OperatorCase{"yukawa", 4, 0, 4e-3},
                                         OperatorCase{"yukawa", 4, 2, 3e-4}, OperatorCase{"yukawa", 6, 0, 5e-5},
                                         OperatorCase{"yukawa", 6, 2, 2e-6}, OperatorCase{"yukawa", 8, 0, 8e-7},
                                         OperatorCase{"yukawa", 8, 2, 3e-8}, OperatorCase{"stokeslet", 4, 2, 4e-4},
                                         OperatorCase{"stokeslet", 6, 2, 4e-6}, OperatorCase{"stokeslet", 8, 2, 1.5e-7},
                                         OperatorCase{"dipole", 6, 2, 3e-6}, OperatorCase{"oblique", 6, 2, 6e-7},
                                         OperatorCase{"one", 4, 2, 1.5e-14}),
                         name_of);

}
}
