// SPDX-License-Identifier: BSD-3-Clause
#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

class M2m : public OperatorTest {};

TEST_P(M2m, ParentHasTheFieldOfItsChildren) {
  const std::size_t level = GetParam().level;
  const Box& parent = boxes[level];
  Scratch scratch(operators(level), points(level), 1);
  SampledFields computed, exact;
  for (unsigned seed = 1; seed <= num_charge_sets; ++seed) {
    PointCloud targets = make_cloud(kernel, parent, 3.0, 7.0, 300, 99);
    PointCloud parent_targets = targets;
    std::array<std::vector<double>, 8> multipoles;
    std::array<const double*, 8> children{};
    for (const int child : {0, 1, 2, 4, 5, 7}) {  // and two that are missing
      const Box box = child_of(parent, child);
      const PointCloud sources = make_cloud(kernel, box, 0.0, 1.0, 20, 10 * seed + static_cast<unsigned>(child));
      multipoles[usize(child)] = multipole_of(sources, level + 1, box);
      children[usize(child)] = multipoles[usize(child)].data();
      PointCloud surface = surface_cloud(kernel, operators(level + 1).surfaces->inner, box);
      surface.charges = multipoles[usize(child)];
      add_direct(kernel, surface, targets);
    }
    exact.append(targets);

    PointCloud surface = surface_cloud(kernel, operators(level).surfaces->inner, parent);
    surface.charges.assign(usize(operators(level).multipole_size()), 1e9);
    double* const output = surface.charges.data();
    m2m(operators(level), {&children, 1}, {&output, 1}, scratch);
    add_direct(kernel, surface, parent_targets);
    computed.append(parent_targets);
  }
  EXPECT_LT(relative_error(computed.potentials, exact.potentials), GetParam().bound);
}

TEST_P(M2m, FamiliesOfAPanelDoNotMix) {
  const std::size_t size = usize(operators(0).multipole_size());
  std::vector<double> a(size), b(size);
  for (std::size_t i = 0; i < size; ++i) {
    a[i] = std::sin(static_cast<double>(i));
    b[i] = std::cos(3.0 * static_cast<double>(i));
  }
  std::array<std::array<const double*, 8>, 8> families{};
  families[0] = {a.data(), nullptr, b.data(), nullptr, nullptr, nullptr, nullptr, a.data()};
  families[7] = {nullptr, b.data(), nullptr, nullptr, nullptr, nullptr, a.data(), nullptr};
  Scratch scratch(operators(0), points(0), 1);
  const auto parents_of = [&](std::span<const std::array<const double*, 8>> children) {
    std::vector<std::vector<double>> parents(children.size(), std::vector<double>(size, 1e9));
    std::vector<double*> outputs;
    for (auto& parent : parents) outputs.push_back(parent.data());
    m2m(operators(0), children, outputs, scratch);
    return parents;
  };

  const auto together = parents_of(families);

  for (const std::size_t family : {std::size_t{0}, std::size_t{3}, std::size_t{7}})
    EXPECT_EQ(together[family], parents_of({&families[family], 1})[0]);
  for (const double value : together[3]) EXPECT_EQ(value, 0.0);
}

INSTANTIATE_TEST_SUITE_P(Operators, M2m,
                         testing::Values(OperatorCase{"laplace", 4, 1, 1e-4}, OperatorCase{"laplace", 6, 1, 5e-7},
                                         OperatorCase{"laplace", 8, 1, 8e-9}, OperatorCase{"yukawa", 4, 0, 6e-3},
                                         OperatorCase{"yukawa", 4, 1, 1.5e-3}, OperatorCase{"yukawa", 6, 0, 5e-5},
                                         OperatorCase{"yukawa", 6, 1, 8e-6}, OperatorCase{"yukawa", 8, 0, 8e-7},
                                         OperatorCase{"yukawa", 8, 1, 1.5e-7}, OperatorCase{"stokeslet", 4, 1, 4e-4},
                                         OperatorCase{"stokeslet", 6, 1, 5e-6}, OperatorCase{"stokeslet", 8, 1, 2e-7},
                                         OperatorCase{"dipole", 6, 1, 3e-6}, OperatorCase{"one", 4, 1, 1.5e-14}),
                         name_of);

}
}
