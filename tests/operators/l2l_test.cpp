// SPDX-License-Identifier: BSD-3-Clause
#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

class L2l : public OperatorTest {};

TEST_P(L2l, ChildrenReceiveTheFieldOfTheirParent) {
  const std::size_t level = GetParam().level;
  Scratch scratch(operators(level), points(level), 1);
  std::array<SampledFields, 8> computed, exact;
  for (unsigned seed = 1; seed <= num_charge_sets; ++seed) {
    const PointCloud sources = make_cloud(kernel, boxes[level], 3.0, 7.0, 300, seed);
    const std::vector<double> parent = exact_local(sources, level, boxes[level]);
    std::array<PointCloud, 8> locals;
    std::array<double*, 8> children{};
    for (const std::size_t child : {0U, 1U, 2U, 4U, 5U, 7U}) {  // and two that are missing
      locals[child].potentials.assign(parent.size(), 0.5);
      children[child] = locals[child].potentials.data();
    }
    const double* const input = parent.data();
    l2l(operators(level), {&input, 1}, {&children, 1}, scratch);

    for (std::size_t child = 0; child < 8; ++child) {
      if (children[child] == nullptr) continue;
      for (double& value : locals[child].potentials) value -= 0.5;  // it was added to
      computed[child].append(locals[child]);
      locals[child].potentials = exact_local(sources, level + 1, child_of(boxes[level], static_cast<int>(child)));
      exact[child].append(locals[child]);
    }
  }
  for (const std::size_t child : {0U, 1U, 2U, 4U, 5U, 7U})
    EXPECT_LT(relative_error(computed[child].potentials, exact[child].potentials), GetParam().bound)
        << "child " << child;
}

TEST_P(L2l, FamiliesOfAPanelDoNotMix) {
  const std::size_t size = usize(operators(0).local_size());
  std::vector<double> a(size), b(size);
  for (std::size_t i = 0; i < size; ++i) {
    a[i] = 1.0 + 1e-3 * std::sin(static_cast<double>(i));
    b[i] = 2.0;
  }
  std::vector<double> first(size, 0.0), second(size, 0.0), alone(size, 0.0), untouched(size, 0.0);
  Scratch scratch(operators(0), points(0), 1);

  const std::array<const double*, 3> parents{a.data(), b.data(), nullptr};
  std::array<std::array<double*, 8>, 3> children{};
  children[0][3] = first.data();
  children[1][3] = second.data();
  children[2][3] = untouched.data();
  l2l(operators(0), parents, children, scratch);
  std::array<std::array<double*, 8>, 1> one{};
  one[0][3] = alone.data();
  l2l(operators(0), {&parents[1], 1}, one, scratch);

  EXPECT_EQ(second, alone);
  EXPECT_NE(first, second);
  for (const double value : untouched) EXPECT_EQ(value, 0.0);
}

INSTANTIATE_TEST_SUITE_P(Operators, L2l,
                         testing::Values(OperatorCase{"laplace", 4, 1, 4e-4}, OperatorCase{"laplace", 6, 1, 5e-6},
                                         OperatorCase{"laplace", 8, 1, 1e-7}, OperatorCase{"yukawa", 4, 0, 2e-2},
                                         OperatorCase{"yukawa", 4, 1, 6e-3}, OperatorCase{"yukawa", 6, 0, 3e-4},
                                         OperatorCase{"yukawa", 6, 1, 8e-5}, OperatorCase{"yukawa", 8, 0, 8e-6},
                                         OperatorCase{"yukawa", 8, 1, 1.5e-6}, OperatorCase{"stokeslet", 4, 1, 5e-4},
                                         OperatorCase{"stokeslet", 6, 1, 8e-6}, OperatorCase{"stokeslet", 8, 1, 3e-7},
                                         OperatorCase{"dipole", 6, 1, 6e-5}),
                         name_of);

}
}
