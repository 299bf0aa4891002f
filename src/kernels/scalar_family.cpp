// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/scalar_family.hpp"

namespace nearfar {

Kernel with_gradient_results(Kernel kernel) {
  const auto with_slopes = [](const std::function<void(const PairSum&)>& add) {
    return [add](const PairSum& sum) {
      PairSum all = sum;
      all.gradients_beside_potentials = true;
      add(all);
    };
  };
  kernel.add_sums = with_slopes(kernel.add_sums);
  kernel.add_reference_sums = with_slopes(kernel.add_reference_sums);
  kernel.target_dim *= 4;
  kernel.potential_flops = kernel.gradient_flops;
  kernel.has_gradients = false;
  kernel.symmetric = false;
  kernel.identity = kernel.identity.empty() ? "" : kernel.identity + " gradient";
  if (kernel.several)
    kernel.several = [several = kernel.several](int num_vectors, bool) {
      return with_gradient_results(several(num_vectors, true));
    };
  kernel.in_units_of = [in_units_of = kernel.in_units_of](double length) {
    return with_gradient_results(in_units_of(length));
  };
  return kernel;
}

Family scalar_family(std::string name, std::string formula) {
  Family family;
  family.name = std::move(name);
  family.formula = std::move(formula);

  family.sources.push_back({{0, scalar_parity[0]}, {{}}});
  for (int axis = 0; axis < 3; ++axis)
    family.sources.push_back({{-1, scalar_parity[static_cast<std::size_t>(1 + axis)]}, {{.axes = {axis, -1}}}});
  family.targets.push_back({{0, scalar_parity[0]}, {{}}});
  for (int axis = 0; axis < 3; ++axis)
    family.targets.push_back({{-1, scalar_parity[static_cast<std::size_t>(1 + axis)]}, {{.axes = {axis, -1}}}});
  for (int k = 0, result = 4; k < 3; ++k)
    for (int l = k; l < 3; ++l, ++result)
      family.targets.push_back({{-2, scalar_parity[static_cast<std::size_t>(result)]}, {{.axes = {k, l}}}});
  family.densities = family.checks = {0};

  const auto one_by_one = [](int first, int count, bool of_kind) {
    std::vector<Contraction> contractions;
    for (int i = 0; i < count; ++i)
      contractions.push_back(of_kind ? Contraction{i, first + i} : Contraction{first + i, i});
    return contractions;
  };
  family.source_kinds.push_back(
      named("charge", 1, "q g(r), g the potential of a unit charge", "q", one_by_one(0, 1, true)));
  family.source_kinds.push_back(named_with_normals("dipole", 1, "mu n . grad_y g(r), n the source's normal", "mu",
                                                   {{0, 1, 0}, {0, 2, 1}, {0, 3, 2}}));
  family.source_kinds.push_back(named("vector_dipole", 3, "d . grad_y g(r)", "d_x, d_y, d_z", one_by_one(1, 3, true)));
  family.fields.push_back(named("potential", 1, "u", "u", one_by_one(0, 1, false)));
  family.fields.push_back(named("gradient", 3, "grad u", "du/dx, du/dy, du/dz", one_by_one(1, 3, false)));
  family.fields.push_back(named("hessian", 6, "grad grad u", "xx, xy, xz, yy, yz, zz", one_by_one(4, 6, false)));
  family.fields.push_back(named_with_normals("normal_derivative", 1, "n . grad u, n the target's normal", "du/dn",
                                             {{1, 0, 0}, {2, 0, 1}, {3, 0, 2}}));
  family.duals = {{"charge", "potential"}, {"dipole", "normal_derivative"}, {"vector_dipole", "gradient"}};
  return family;
}

}
