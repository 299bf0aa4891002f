// SPDX-License-Identifier: BSD-3-Clause
#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

class L2p : public OperatorTest {
 protected:
  void evaluate(const std::vector<double>& local, std::size_t level, PointCloud& targets, bool with_gradients,
                Index points_per_leaf) const {
    Scratch scratch(operators(level), points(level), points_per_leaf);
    const double* const input = local.data();
    const IndexRange range = targets.all();
    l2p(operators(level), points(level), {&boxes[level], 1}, {&input, 1}, {&range, 1}, targets.targets(with_gradients),
        scratch);
  }
};

TEST_P(L2p, LocalHasTheFieldOfFarSourcesInside) {
  const std::size_t level = GetParam().level;
  SampledFields computed, exact, potentials_alone;
  for (unsigned seed = 1; seed <= num_charge_sets; ++seed) {
    const PointCloud sources = make_cloud(kernel, boxes[level], 3.0, 7.0, 300, seed);
    const PointCloud targets = make_cloud(kernel, boxes[level], 0.0, 1.0, 100, 99);
    const std::vector<double> local = exact_local(sources, level, boxes[level]);

    PointCloud results = targets;
    add_direct(kernel, sources, results);
    exact.append(results);
    results = targets;
    evaluate(local, level, results, true, 30);
    computed.append(results);
    results = targets;
    evaluate(local, level, results, false, 100);
    potentials_alone.append(results);
  }
  EXPECT_LT(relative_error(computed.potentials, exact.potentials), GetParam().bound);
  EXPECT_LT(relative_error(computed.gradients, exact.gradients), GetParam().gradient_bound);
  EXPECT_LT(relative_error(potentials_alone.potentials, computed.potentials), 1e-12);
  for (const double untouched : potentials_alone.gradients) EXPECT_EQ(untouched, 0.0);
}

TEST_P(L2p, BoxesOfAPanelDoNotMixAndResultsAreAdded) {
  PointCloud alone = make_cloud(kernel, boxes[2], 0.0, 1.0, 40, 2);
  PointCloud panel = alone;
  const std::vector<double> local = exact_local(make_cloud(kernel, boxes[2], 3.0, 7.0, 50, 1), 2, boxes[2]);
  const std::vector<double> other = exact_local(make_cloud(kernel, boxes[2], 3.0, 7.0, 50, 3), 2, boxes[2]);
  evaluate(local, 2, alone, true, 40);
  std::fill(panel.potentials.begin(), panel.potentials.end(), 3.0);

  Scratch scratch(operators(2), points(2), 40);
  const std::array<Box, 3> same{boxes[2], boxes[2], boxes[2]};
  const std::array<const double*, 3> locals{other.data(), local.data(), other.data()};
  const std::array<IndexRange, 3> ranges{IndexRange{0, 10}, IndexRange{10, 30}, IndexRange{30, 30}};
  l2p(operators(2), points(2), same, locals, ranges, panel.targets(true), scratch);

  const double size = *std::max_element(alone.potentials.begin(), alone.potentials.end());
  const std::size_t dim = usize(kernel.target_dim);
  for (std::size_t i = 10 * dim; i < 30 * dim; ++i)
    EXPECT_NEAR(panel.potentials[i] - 3.0, alone.potentials[i], 1e-10 * (1 + size));
  for (std::size_t i = 30 * dim; i < 40 * dim; ++i) EXPECT_EQ(panel.potentials[i], 3.0);
}

INSTANTIATE_TEST_SUITE_P(
    Operators, L2p,
    testing::Values(OperatorCase{"laplace", 4, 2, 3e-4, 6e-3}, OperatorCase{"laplace", 6, 2, 1.5e-6, 6e-5},
                    OperatorCase{"laplace", 8, 2, 1.5e-8, 1e-6}, OperatorCase{"yukawa", 4, 0, 1.5e-2, 5e-2},
                    OperatorCase{"yukawa", 4, 2, 1.5e-3, 1e-2}, OperatorCase{"yukawa", 6, 0, 1e-4, 8e-4},
                    OperatorCase{"yukawa", 6, 2, 8e-6, 1e-4}, OperatorCase{"yukawa", 8, 0, 1.5e-6, 1.5e-5},
                    OperatorCase{"yukawa", 8, 2, 8e-8, 2e-6}, OperatorCase{"stokeslet", 4, 2, 4e-4, 1e-2},
                    OperatorCase{"stokeslet", 6, 2, 6e-6, 1.5e-4}, OperatorCase{"stokeslet", 8, 2, 3e-7, 6e-6},
                    OperatorCase{"dipole", 6, 2, 2e-5, 6e-4}, OperatorCase{"oblique", 6, 2, 2.5e-6, 1e-4}),
    name_of);

}
}
