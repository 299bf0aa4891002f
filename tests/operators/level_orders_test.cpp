// SPDX-License-Identifier: BSD-3-Clause
// Levels of different orders, as oscillating kernels have them.
#include "nearfar/families.hpp"
#include "operators/operators_support.hpp"
#include "operators/oscillation.hpp"

namespace nearfar {
namespace {

TEST(LevelOrders, FallWithThePhaseOfBoxes) {
  const LevelOrders orders(10, 6.0);
  EXPECT_EQ(orders.largest(), 10);
  EXPECT_EQ(orders.without_phase(), 6);
  EXPECT_EQ(orders.smallest(), 6);
  const std::array<int, 8> wanted{10, 10, 10, 8, 7, 6, 6, 6};  // ceil(0.75 phase - 1) more than 6; phase 6 on level 2
  for (int level = 0; level < 8; ++level) EXPECT_EQ(orders.at(level), wanted[usize(level)]) << level;
}

TEST(LevelOrders, DoNotFallWhereRootCubesAreRoundedUp) {
  for (int order = 4; order <= 8; ++order)
    for (double phase = 0.25; phase <= 8.0; phase += 0.25) {
      const int largest = order + orders_for_phase(order, phase);
      EXPECT_GE(LevelOrders(largest, 1.004 * phase).without_phase(), order) << phase;
      EXPECT_LE(LevelOrders(largest, phase).without_phase(), order + 1) << phase;
    }
}

TEST(LevelOrders, AreOneWithoutAPhase) {
  for (const int order : {min_order, 7, max_order}) {
    const LevelOrders orders = order;
    for (const int level : {0, 2, 3, 42}) EXPECT_EQ(orders.at(level), order);
    EXPECT_EQ(orders.smallest(), order);
    EXPECT_EQ(orders.without_phase(), order);
  }
}

/// A box of level 2, of half width 1, and its children, whose order is lower.
class TwoOrders : public testing::TestWithParam<bool> {
 protected:
  TwoOrders() {
    kernel = make_kernel(KernelChoice{.name = "helmholtz", .parameters = {{"k", 4.0}}});
    if (!GetParam()) kernel = without_mirrors(kernel);
    levels = make_operators(kernel, {7, 4.0}, 4.0, 3);
    EXPECT_EQ(parent().m2m.is_mirrored(), GetParam());
    EXPECT_EQ(parent().surfaces->inner.points_per_edge, 7);
    EXPECT_EQ(child().surfaces->inner.points_per_edge, 5);
    EXPECT_EQ(parent().m2m.size(), parent().multipole_size());
    EXPECT_EQ(parent().m2m.child_size(), child().multipole_size());
  }
  [[nodiscard]] const LevelOperators& parent() const { return *levels[2]; }
  [[nodiscard]] const LevelOperators& child() const { return *levels[3]; }
  static Box child_box(int number) {
    Box box{{}, 0.5};
    for (std::size_t axis = 0; axis < 3; ++axis) box.centre[axis] = number >> axis & 1 ? 0.5 : -0.5;
    return box;
  }

  Kernel kernel;
  AllOperators levels;
};

TEST_P(TwoOrders, ParentHasTheFieldOfItsChildren) {
  PointCloud exact = make_cloud(kernel, Box{}, 3.0, 7.0, 300, 99), computed = exact;
  std::array<std::vector<double>, 8> multipoles;
  std::array<const double*, 8> children{};
  const PointOperators points(child().kernel);
  Scratch scratch(parent(), PointOperators(kernel), 20);
  for (const int number : {0, 3, 5, 6, 7}) {
    const Box box = child_box(number);
    const PointCloud sources = make_cloud(kernel, box, 0.0, 1.0, 20, 10 + static_cast<unsigned>(number));
    std::vector<double>& multipole = multipoles[usize(number)];
    multipole.assign(usize(child().multipole_size()), 1e9);
    const IndexRange range = sources.all();
    double* const output = multipole.data();
    p2m(child(), points, {&box, 1}, {&range, 1}, sources.sources(), {&output, 1}, scratch);
    children[usize(number)] = output;
    add_direct(kernel, sources, exact);
  }
  PointCloud surface = surface_cloud(kernel, parent().surfaces->inner, Box{});
  double* const output = surface.charges.data();
  m2m(parent(), {&children, 1}, {&output, 1}, scratch);
  add_direct(kernel, surface, computed);
  EXPECT_LT(relative_error(computed.potentials, exact.potentials), 4e-5);
}

TEST_P(TwoOrders, ChildrenReceiveTheFieldOfTheirParent) {
  const PointCloud sources = make_cloud(kernel, Box{}, 3.0, 7.0, 300, 1);
  const auto on_surface = [&](const LevelOperators& operators, const Box& box) {
    PointCloud surface = surface_cloud(kernel, operators.surfaces->inner, box);
    add_direct(kernel, sources, surface);
    for (double& value : surface.potentials) value /= kernel.scale * std::pow(box.half_width, kernel.degree);
    return surface.potentials;
  };
  Scratch scratch(parent(), PointOperators(kernel), 1);
  const std::vector<double> local = on_surface(parent(), Box{});
  for (const int number : {0, 3, 5, 6, 7}) {
    const std::vector<double> exact = on_surface(child(), child_box(number));
    std::vector<double> computed(exact.size(), 0.0);
    std::array<double*, 8> children{};
    children[usize(number)] = computed.data();
    const double* const input = local.data();
    l2l(parent(), {&input, 1}, {&children, 1}, scratch);
    EXPECT_LT(relative_error(computed, exact), 6e-5) << "child " << number;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, TwoOrders, testing::Bool(),
                         [](const auto& test) { return test.param ? "mirrored" : "whole"; });

}
}
