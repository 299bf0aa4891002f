// SPDX-License-Identifier: BSD-3-Clause
// Operators by blocks of parity against those of the whole matrices. Singular vectors may differ, fields may not.
#include "operators/box_matrices.hpp"

#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

struct BlocksCase {
  const char* kernel;
  int order;
};

class Blocks : public testing::TestWithParam<BlocksCase> {
 protected:
  void SetUp() override {
    kernel = kernel_of(GetParam().kernel);
    ASSERT_TRUE(is_mirror_symmetric(kernel));
    ASSERT_FALSE(is_mirror_symmetric(without_mirrors(kernel)));
    static std::map<std::pair<std::string, int>, std::array<Levels, 2>> made;
    levels = made[{GetParam().kernel, GetParam().order}];
    if (!levels[0].empty()) return;
    levels[0] = make_operators(without_identity(kernel), GetParam().order, 1.0, 1);
    levels[1] = make_operators(without_mirrors(kernel), GetParam().order, 1.0, 1);
    made[{GetParam().kernel, GetParam().order}] = levels;
  }
  static Box child_box(int child) {
    Box box{{}, 0.5};
    for (std::size_t axis = 0; axis < 3; ++axis) box.centre[axis] = child >> axis & 1 ? 0.5 : -0.5;
    return box;
  }
  /// Of some sources in a box, by the operators that were made one way or the other.
  [[nodiscard]] std::vector<double> multipole(std::size_t way, std::size_t level, const Box& box, unsigned seed) const {
    const LevelOperators& operators = *levels[way][level];
    const PointCloud sources = make_cloud(kernel, box, 0.0, 1.0, 20, seed);
    std::vector<double> result(usize(operators.multipole_size()));
    const PointOperators points(operators.kernel);
    Scratch scratch(operators, points, sources.size());
    const IndexRange range = sources.all();
    double* const output = result.data();
    p2m(operators, points, {&box, 1}, {&range, 1}, sources.sources(), {&output, 1}, scratch);
    return result;
  }
  /// Outside the box of the root.
  [[nodiscard]] std::vector<double> field(const std::vector<double>& multipole) const {
    PointCloud surface = surface_cloud(kernel, levels[0][0]->surfaces->inner, Box{});
    surface.charges = multipole;
    PointCloud targets = make_cloud(kernel, Box{}, 3.0, 7.0, 100, 99);
    add_direct(kernel, surface, targets);
    return targets.potentials;
  }
  /// Due to sources far away.
  [[nodiscard]] std::vector<double> local() const {
    const PointCloud sources = make_cloud(kernel, Box{}, 3.0, 6.0, 30, 5);
    PointCloud surface = surface_cloud(kernel, levels[0][0]->surfaces->inner, Box{});
    add_direct(kernel, sources, surface);
    for (double& value : surface.potentials) value /= kernel.scale;
    return surface.potentials;
  }

  Kernel kernel;
  std::array<Levels, 2> levels;
};

TEST_P(Blocks, P2mGivesTheSameField) {
  EXPECT_LT(relative_error(field(multipole(0, 0, Box{}, 1)), field(multipole(1, 0, Box{}, 1))), 2e-13);
}

TEST_P(Blocks, M2mGivesTheSameField) {
  for (int child = 0; child < 8; ++child) {
    const std::vector<double> from = multipole(1, 1, child_box(child), 2);
    std::array<std::vector<double>, 2> results;
    for (std::size_t way = 0; way < 2; ++way) {
      std::vector<double> parent(from.size());
      std::array<const double*, 8> children{};
      children[usize(child)] = from.data();
      double* const output = parent.data();
      Scratch scratch(*levels[way][0], PointOperators(kernel), 1);
      m2m(*levels[way][0], {&children, 1}, {&output, 1}, scratch);
      results[way] = field(parent);
    }
    EXPECT_LT(relative_error(results[0], results[1]), 2e-13) << child;
  }
}

TEST_P(Blocks, L2lGivesTheSameLocals) {
  const std::vector<double> parent = local();
  for (int child = 0; child < 8; ++child) {
    std::array<std::vector<double>, 2> results;
    for (std::size_t way = 0; way < 2; ++way) {
      results[way].assign(parent.size(), 0.0);
      std::array<double*, 8> children{};
      children[usize(child)] = results[way].data();
      const double* const from = parent.data();
      Scratch scratch(*levels[way][0], PointOperators(kernel), 1);
      l2l(*levels[way][0], {&from, 1}, {&children, 1}, scratch);
    }
    EXPECT_LT(relative_error(results[0], results[1]), 2e-13) << child;
  }
}

TEST_P(Blocks, L2pGivesTheSamePotentials) {
  const std::vector<double> from = local();
  std::array<PointCloud, 2> results;
  for (std::size_t way = 0; way < 2; ++way) {
    results[way] = make_cloud(kernel, Box{}, 0.0, 1.0, 50, 3);
    const PointOperators points(kernel);
    Scratch scratch(*levels[way][0], points, 50);
    const Box box;
    const IndexRange range = results[way].all();
    const double* const input = from.data();
    l2p(*levels[way][0], points, {&box, 1}, {&input, 1}, {&range, 1}, results[way].targets(true), scratch);
  }
  EXPECT_LT(relative_error(results[0].potentials, results[1].potentials), 2e-13);
  EXPECT_LT(relative_error(results[0].gradients, results[1].gradients), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Operators, Blocks,
                         testing::Values(BlocksCase{"laplace", 2}, BlocksCase{"laplace", 4}, BlocksCase{"laplace", 5},
                                         BlocksCase{"laplace", 6}, BlocksCase{"laplace", 8}, BlocksCase{"yukawa", 4},
                                         BlocksCase{"yukawa", 5}, BlocksCase{"yukawa", 8}, BlocksCase{"stokeslet", 4},
                                         BlocksCase{"stokeslet", 5}, BlocksCase{"stokeslet", 6},
                                         BlocksCase{"stokes", 4}, BlocksCase{"stokes", 5}, BlocksCase{"stokes", 6},
                                         BlocksCase{"dipole", 4}, BlocksCase{"dipole", 5}, BlocksCase{"stretched", 4}),
                         [](const auto& test) {
                           return std::string(test.param.kernel) + std::to_string(test.param.order);
                         });

}
}
