// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/families.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {

Kernel stokes_kernel() { return make_kernel({"stokes", {"force", "sink"}, {"velocity", "pressure"}, {}}); }

Kernel without_mirrors(Kernel kernel) {
  kernel.identity.clear();
  if (kernel.source_components.empty())
    for (int i = 0; i < kernel.source_dim; ++i)
      kernel.source_components.push_back({0, static_cast<std::uint8_t>(kernel.source_dim == 3 ? 1 << i : 0)});
  for (Component& component : kernel.source_components) component.odd_axes ^= 1;
  kernel.in_units_of = [in_units_of = kernel.in_units_of](double length) {
    return without_mirrors(in_units_of(length));
  };
  return kernel;
}

}
