// SPDX-License-Identifier: BSD-3-Clause
// What all scalar families share: charges, dipoles, and the derivatives of potentials up to the second.
#pragma once

#include "kernels/family.hpp"
#include "kernels/scalar_formulas.hpp"

namespace nearfar {

/// Numbers of sources (charge, dipole x y z) and of targets (potential, gradient, Hessian) with all kinds and fields.
[[nodiscard]] Family scalar_family(std::string name, std::string formula);

/// The kernel of a formula with the results of its gradient() side by side.
[[nodiscard]] Kernel with_gradient_results(Kernel kernel);

/// Adds the formulas. `charges(values)` makes the kernel of charges alone with Radial{...} from the parameters.
template <class Radial>
void add_scalar_variants(Family& family, const std::function<Kernel(const ParameterValues&)>& charges,
                         const std::function<Radial(const ParameterValues&)>& radial) {
  const std::vector<int> charge{0}, dipole{1, 2, 3}, both{0, 1, 2, 3};
  const std::vector<int> potential{0}, gradient = numbers_from(0, 4), hessian = numbers_from(0, 10);
  const auto add = [&]<class Formula>(const std::vector<int>& sources, const std::vector<int>& targets,
                                      std::type_identity<Formula>) {
    family.variants.push_back({sources, targets, [radial, targets](const ParameterValues& values) {
                                 const Kernel kernel = wrap_shared(Formula{radial(values)});
                                 return targets.size() == 4 ? with_gradient_results(kernel) : kernel;
                               }});
  };
  family.variants.push_back({charge, potential, charges});
  family.variants.push_back(
      {charge, gradient, [charges](const ParameterValues& values) { return with_gradient_results(charges(values)); }});
  add(charge, hessian, std::type_identity<ScalarHessian<Radial, true, false>>{});
  add(dipole, potential, std::type_identity<ScalarFormula<Radial, false, true>>{});
  add(dipole, gradient, std::type_identity<ScalarFormula<Radial, false, true>>{});
  add(dipole, hessian, std::type_identity<ScalarHessian<Radial, false, true>>{});
  add(both, potential, std::type_identity<ScalarFormula<Radial, true, true>>{});
  add(both, gradient, std::type_identity<ScalarFormula<Radial, true, true>>{});
  add(both, hessian, std::type_identity<ScalarHessian<Radial, true, true>>{});
}

/// The same where charges need no formula of their own.
template <class Radial>
void add_scalar_variants(Family& family, const std::function<Radial(const ParameterValues&)>& radial) {
  const auto charges = [radial](const ParameterValues& values) {
    return wrap_shared(ScalarFormula<Radial, true, false>{radial(values)});
  };
  add_scalar_variants<Radial>(family, charges, radial);
}

}
