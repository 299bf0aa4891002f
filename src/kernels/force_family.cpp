// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/force_family.hpp"

#include <utility>

namespace nearfar {

Family force_family(std::string name, std::string formula, const char* of_force,
                    std::function<Kernel(const ParameterValues&)> make) {
  Family family;
  family.name = std::move(name);
  family.formula = std::move(formula);
  for (int i = 0; i < 3; ++i) family.sources.push_back({{0, static_cast<std::uint8_t>(1 << i)}, {{.component = i}}});
  family.targets = family.sources;
  family.densities = family.checks = numbers_from(0, 3);
  const std::vector<Contraction> as_is{{0, 0}, {1, 1}, {2, 2}};
  family.source_kinds.push_back(named("force", 3, of_force, "f_x, f_y, f_z", as_is));
  family.fields.push_back(named("velocity", 3, "u", "u_x, u_y, u_z", as_is));
  family.variants.push_back({family.densities, family.checks, std::move(make)});
  family.duals = {{"force", "velocity"}};
  return family;
}

}
