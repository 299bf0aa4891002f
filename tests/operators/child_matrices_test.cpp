// SPDX-License-Identifier: BSD-3-Clause
// M2M and L2L of a kernel whose components have different degrees: an expansion is in units of its own box. Other
// kernels are in m2m_test and l2l_test.
#include "operators/child_matrices.hpp"

#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

class Degrees : public testing::TestWithParam<bool> {
 protected:
  Degrees() : kernel(GetParam() ? stokes_kernel() : without_mirrors(stokes_kernel())) {
    operators = make_operators(kernel, 6, 1.0, 1)[0];
    EXPECT_EQ(operators->m2m.is_mirrored(), GetParam());
  }
  static Box child_box(int child) {
    Box box{{}, 0.5};
    for (std::size_t axis = 0; axis < 3; ++axis) box.centre[axis] = child >> axis & 1 ? 0.5 : -0.5;
    return box;
  }
  /// What sources with these charges bring to the inner surface of a box.
  [[nodiscard]] std::vector<double> on_surface(const PointCloud& sources, const Box& box) const {
    PointCloud surface = surface_cloud(kernel, operators->surfaces->inner, box);
    add_direct(kernel, sources, surface);
    return surface.potentials;
  }

  Kernel kernel;
  std::shared_ptr<const LevelOperators> operators;
};

TEST_P(Degrees, OfMultipolesAreInM2m) {
  const PointOperators points(kernel);
  Scratch scratch(*operators, points, 20);
  for (const int child : {0, 3, 7}) {
    // Densities of a box of half width 1, taken as those of the child.
    const PointCloud sources = make_cloud(kernel, Box{}, 0.0, 1.0, 20, 1);
    std::vector<double> densities(usize(operators->multipole_size())), parent(densities.size());
    const Box unit;
    const IndexRange range = sources.all();
    double* const of_child = densities.data();
    p2m(*operators, points, {&unit, 1}, {&range, 1}, sources.sources(), {&of_child, 1}, scratch);
    std::array<const double*, 8> children{};
    children[usize(child)] = densities.data();
    double* const of_parent = parent.data();
    m2m(*operators, {&children, 1}, {&of_parent, 1}, scratch);

    PointCloud surface = surface_cloud(kernel, operators->surfaces->inner, child_box(child));
    for (std::size_t i = 0; i < densities.size(); ++i)
      surface.charges[i] = densities[i] * std::pow(0.5, -kernel.source_components[i % 4].degree);
    PointCloud exact = make_cloud(kernel, unit, 3.0, 5.0, 100, 2), computed = exact;
    add_direct(kernel, surface, exact);
    surface = surface_cloud(kernel, operators->surfaces->inner, unit);
    surface.charges = parent;
    add_direct(kernel, surface, computed);
    EXPECT_LT(relative_error(computed.potentials, exact.potentials), 1e-5) << child;
  }
}

TEST_P(Degrees, OfLocalsAreInL2l) {
  const PointOperators points(kernel);
  Scratch scratch(*operators, points, 20);
  const PointCloud sources = make_cloud(kernel, Box{}, 3.0, 5.0, 20, 1);
  std::vector<double> parent = on_surface(sources, Box{});
  for (double& value : parent) value /= kernel.scale;
  for (const int child : {0, 3, 7}) {
    std::vector<double> exact = on_surface(sources, child_box(child)), computed(exact.size(), 0.0);
    for (std::size_t i = 0; i < exact.size(); ++i)
      exact[i] *= std::pow(0.5, -kernel.degree - kernel.target_components[i % 4].degree) / kernel.scale;
    std::array<double*, 8> children{};
    children[usize(child)] = computed.data();
    const double* const of_parent = parent.data();
    l2l(*operators, {&of_parent, 1}, {&children, 1}, scratch);
    EXPECT_LT(relative_error(computed, exact), 1e-4) << child;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, Degrees, testing::Bool(),
                         [](const auto& test) { return test.param ? "mirrored" : "whole"; });

}
}
