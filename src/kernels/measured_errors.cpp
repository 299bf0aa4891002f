// SPDX-License-Identifier: BSD-3-Clause
// Rows are written by scripts/fit_errors.
#include <array>

#include "kernels/family.hpp"

namespace nearfar {
namespace {

struct Row {
  std::string_view family, kind, field;
  MeasuredErrors measured;
};

// clang-format off
const std::array rows{
    Row{"laplace", "charge", "potential", {{0.06, 0.0036, 0.00027, 2.5e-05, 2.7e-06, 3.3e-07, 3.7e-08, 5e-09, 8.5e-10, 1.3e-10, 2.6e-11, 3.9e-12, 7e-13, 3e-13, 2e-13}, 3e-07}},
    Row{"stokeslet", "force", "velocity", {{0.11, 0.0085, 0.00054, 5.9e-05, 9.6e-06, 1.7e-06, 4.2e-07, 4.2e-08, 9.6e-09, 1.5e-09, 2.9e-10, 6e-11, 1.2e-11, 4e-12, 3e-12}, 4.3e-07}},
    Row{"yukawa", "charge", "potential", {{0.05, 0.0033, 0.00029, 2.5e-05, 2.8e-06, 3.4e-07, 4.6e-08, 6.5e-09, 1e-09, 1.7e-10, 2.7e-11, 4.1e-12, 8e-13, 3e-13, 2e-13}, 4.4e-07}},
};
// clang-format on

}

MeasuredErrors measured_errors(std::string_view family, std::string_view kind, std::string_view field) {
  for (const Row& row : rows)
    if (row.family == family && row.kind == kind && row.field == field) return row.measured;
  return {scaled_errors(100.0, laplace_errors), 1e-5};
}

}
