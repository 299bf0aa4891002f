// SPDX-License-Identifier: BSD-3-Clause
// Operators of equal kernels and boxes are built once. Lambdas here are used by no other test, of which some keep
// theirs.
#include <functional>

#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

constexpr int order = 3;

Kernel yukawa(double lambda) { return make_kernel("yukawa", {.lambda = lambda}); }

std::int64_t num_built_by(const std::function<void()>& what) {
  const std::int64_t before = num_operators_built();
  what();
  return num_operators_built() - before;
}

TEST(SharedOperators, AreBuiltOnceForEqualKernels) {
  AllOperators first, second;
  EXPECT_EQ(num_built_by([&] { first = make_operators(yukawa(0.71), order, 0.7, 3); }), 4);
  EXPECT_EQ(num_built_by([&] { second = make_operators(yukawa(0.71), order, 0.7, 3); }), 0);
  EXPECT_EQ(first, second);
  EXPECT_EQ(first[0]->surfaces, first[3]->surfaces);

  EXPECT_EQ(num_built_by([&] { first = make_operators(make_kernel("stokeslet"), order, 0.7, 3); }), 1);
  EXPECT_EQ(num_built_by([&] { second = make_operators(make_kernel("stokeslet"), order, 0.1, 5); }), 0);
  for (const auto& level : second) EXPECT_EQ(level, first[0]);
}

TEST(SharedOperators, AreNotThoseOfOtherKernelsOrOrders) {
  const auto first = make_operators(yukawa(0.72), order, 0.5, 1);
  EXPECT_EQ(num_built_by([&] { (void)make_operators(yukawa(std::nextafter(0.72, 1.0)), order, 0.5, 1); }), 2);
  EXPECT_EQ(num_built_by([&] { (void)make_operators(yukawa(0.72), order + 1, 0.5, 1); }), 2);
  EXPECT_EQ(make_operators(yukawa(0.72), order + 1, 0.5, 1)[0]->surfaces->inner.points_per_edge, order + 1);
  EXPECT_EQ(num_built_by([&] { (void)make_operators(yukawa(0.72), order, 0.8, 1); }), 2);
  const auto laplace = make_operators(make_kernel("laplace"), order, 0.5, 1);
  const auto stokeslet = make_operators(make_kernel("stokeslet"), order, 0.5, 1);
  EXPECT_NE(laplace[0], stokeslet[0]);
  EXPECT_EQ(stokeslet[0]->kernel.name, "stokeslet");
}

TEST(SharedOperators, DependOnTheBoxAndNotOnTheRoot) {
  const auto levels = make_operators(yukawa(0.73), order, 0.7, 4);
  AllOperators smaller_root, stronger;
  EXPECT_EQ(num_built_by([&] { smaller_root = make_operators(yukawa(0.73), order, 0.35, 3); }), 0);
  for (std::size_t level = 0; level < 4; ++level) EXPECT_EQ(smaller_root[level], levels[level + 1]);
  EXPECT_EQ(num_built_by([&] { stronger = make_operators(yukawa(2 * 0.73), order, 0.35, 4); }), 0);
  EXPECT_EQ(stronger, levels);
}

TEST(SharedOperators, WithChildrenServeDeepestBoxesToo) {
  const auto deep = make_operators(yukawa(0.74), order, 0.7, 3);
  AllOperators shallow;
  EXPECT_EQ(num_built_by([&] { shallow = make_operators(yukawa(0.74), order, 0.7, 1); }), 0);
  EXPECT_EQ(shallow[1], deep[1]);
  EXPECT_GT(shallow[1]->m2m.size(), 0);
  // These are not built again when there are children.
  EXPECT_EQ(num_built_by([&] { shallow = make_operators(yukawa(0.74), order, 0.7, 2, std::move(shallow)); }), 0);

  AllOperators deeper;
  EXPECT_EQ(num_built_by([&] { deeper = make_operators(yukawa(0.74), order, 0.7, 4); }), 2);
  EXPECT_NE(deeper[3], deep[3]) << "lacks the matrices to children";
  EXPECT_GT(deeper[3]->m2m.size(), 0);
  EXPECT_EQ(make_operators(yukawa(0.74), order, 0.7, 3)[3], deeper[3]);
}

TEST(SharedOperators, WithChildrenStayWhenTheTreeGrows) {
  AllOperators deep = make_operators(yukawa(0.75), order, 0.7, 3);
  AllOperators growing = make_operators(yukawa(0.75), order, 0.7, 1);
  deep.clear();
  EXPECT_EQ(num_built_by([&] { growing = make_operators(yukawa(0.75), order, 0.7, 2, std::move(growing)); }), 1);
}

TEST(SharedOperators, OfEqualLevelsAreOne) {
  AllOperators levels;
  EXPECT_EQ(num_built_by([&] { levels = make_operators(yukawa(0.0), order, 0.7, 3); }), 1);
  for (const auto& level : levels) EXPECT_EQ(level, levels[0]);
}

TEST(SharedOperators, NeedAnIdentity) {
  for (const Kernel& kernel : {without_identity(yukawa(0.76)), dipole_kernel()}) {
    ASSERT_EQ(kernel.identity, "") << kernel.name;
    const std::int64_t num_sets = kernel.homogeneous ? 1 : 3;
    AllOperators first, second;
    EXPECT_EQ(num_built_by([&] { first = make_operators(kernel, order, 0.7, 2); }), num_sets) << kernel.name;
    EXPECT_EQ(num_built_by([&] { second = make_operators(kernel, order, 0.7, 2); }), num_sets) << kernel.name;
    for (std::size_t level = 0; level < 3; ++level) EXPECT_NE(first[level], second[level]) << kernel.name;
  }
}

TEST(SharedOperators, GoWithTheirLastUser) {
  AllOperators first = make_operators(yukawa(0.77), order, 0.7, 2);
  AllOperators second = make_operators(yukawa(0.77), order, 0.7, 2);
  const std::vector<std::weak_ptr<const LevelOperators>> watch(first.begin(), first.end());
  first.clear();
  for (const auto& level : watch) EXPECT_FALSE(level.expired());
  second.clear();
  for (const auto& level : watch) EXPECT_TRUE(level.expired());
  EXPECT_EQ(num_built_by([&] { first = make_operators(yukawa(0.77), order, 0.7, 2); }), 3);
}

}
}
