// SPDX-License-Identifier: BSD-3-Clause
// Written by scripts/fit_errors.
#include <array>

#include "kernels/family.hpp"

namespace nearfar {
namespace {

struct Row {
  std::string_view family, kind, field;
  MeasuredErrors measured;
};

const std::array rows{
    Row{"laplace", "charge", "potential", {laplace_errors, 3e-7}},
    Row{"stokeslet",
        "force",
        "velocity",
        {{0.11, 8.5e-3, 5.4e-4, 5.9e-5, 9.6e-6, 1.7e-6, 4.2e-7, 4.2e-8, 9.6e-9, 1.5e-9, 2.9e-10, 6e-11, 1.2e-11, 4e-12,
          3e-12},
         4.3e-7}},
    Row{"yukawa",
        "charge",
        "potential",
        {{5e-2, 3.3e-3, 2.9e-4, 2.5e-5, 2.8e-6, 3.4e-7, 4.6e-8, 6.5e-9, 1e-9, 1.7e-10, 2.7e-11, 4.1e-12, 8e-13, 3e-13,
          2e-13},
         4.4e-7}},
};

}

MeasuredErrors measured_errors(std::string_view family, std::string_view kind, std::string_view field) {
  for (const Row& row : rows)
    if (row.family == family && row.kind == kind && row.field == field) return row.measured;
  return {scaled_errors(100.0, laplace_errors), 1e-5};
}

}
