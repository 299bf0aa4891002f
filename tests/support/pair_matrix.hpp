// SPDX-License-Identifier: BSD-3-Clause
// The matrix of a kernel between one target and one source, by its scalar sums and its contractions.
#pragma once

#include <array>
#include <vector>

#include "base/types.hpp"
#include "fmm/contraction.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar {

struct Place {
  std::array<double, 3> point, normal;
};

/// [value][strength]
[[nodiscard]] inline std::vector<double> matrix_of(const Kernel& kernel, const Place& target, const Place& source) {
  const int num_strengths = kernel.num_strengths(), num_values = kernel.num_values();
  std::vector<double> matrix(usize(num_strengths * num_values));
  const IndexRange one{0, 1};
  for (int j = 0; j < num_strengths; ++j) {
    std::vector<double> unit(usize(num_strengths), 0.0), charge(usize(kernel.source_dim), 0.0);
    unit[usize(j)] = 1.0;
    charge = unit;
    if (!kernel.source_contractions.empty()) {
      charge.resize(usize(kernel.source_dim));
      contract(kernel.source_contractions, source.normal.data(), 1, 1, {unit.data(), num_strengths},
               {charge.data(), kernel.source_dim});
    }
    std::vector<double> result(usize(kernel.target_dim), 0.0), values(usize(num_values));
    kernel.add_reference_sums({.targets = {&target.point[0], &target.point[1], &target.point[2]},
                               .num_targets = 1,
                               .sources = {&source.point[0], &source.point[1], &source.point[2]},
                               .charges = charge.data(),
                               .source_ranges = {&one, 1},
                               .potentials = result.data()});
    values = result;
    if (!kernel.field_contractions.empty()) {
      values.resize(usize(num_values));
      contract(kernel.field_contractions, target.normal.data(), 1, 1, {result.data(), kernel.target_dim},
               {values.data(), num_values});
    }
    for (int i = 0; i < num_values; ++i) matrix[usize(i * num_strengths + j)] = values[usize(i)];
  }
  return matrix;
}

}
