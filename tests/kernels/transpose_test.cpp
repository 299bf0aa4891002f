// SPDX-License-Identifier: BSD-3-Clause
// Kernels whose matrices are transposes of others: with their factors, in all units, and back again.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/types.hpp"
#include "fmm/contraction.hpp"
#include "nearfar/families.hpp"
#include "support/direct_fields.hpp"

namespace nearfar {
namespace {

/// All kinds and fields, one of each.
template <class Visit>
void for_each_pair_of_names(const Visit& visit) {
  for (const KernelChoice& choice : each_kind_and_field(0.8)) visit(choice);
}

/// The factor between one strength and one value that contractions make, without normals; an empty list is the
/// identity.
[[nodiscard]] double sum_of_coefficients(const std::vector<Contraction>& contractions, int dim) {
  double sum = contractions.empty() ? dim : 0.0;
  for (const Contraction& c : contractions) sum += c.coefficient;
  return sum;
}

[[nodiscard]] double factor_of(const Kernel& kernel) {
  return sum_of_coefficients(kernel.source_contractions, kernel.source_dim) *
         sum_of_coefficients(kernel.field_contractions, kernel.target_dim);
}

struct Place {
  std::array<double, 3> point, normal;
};

/// [value][strength] of one source and one target.
[[nodiscard]] std::vector<double> matrix_of(const Kernel& kernel, const Place& target, const Place& source) {
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

TEST(TransposedKernel, HasTheTransposedMatrixBetweenExchangedPoints) {
  const Place a{{0.3, -0.2, 0.5}, {0.6, 0.0, 0.8}}, b{{-0.4, 0.7, 0.1}, {0.0, -0.6, 0.8}};
  int count = 0;
  for_each_pair_of_names([&](const KernelChoice& choice) {
    const Kernel kernel = make_kernel(choice);
    if (!kernel.transposed) return;
    const Kernel other = kernel.transposed();
    ASSERT_EQ(other.num_values(), kernel.num_strengths());
    ASSERT_EQ(other.num_strengths(), kernel.num_values());
    const auto matrix = matrix_of(kernel, a, b), transposed = matrix_of(other, b, a);
    for (int i = 0; i < kernel.num_values(); ++i)
      for (int j = 0; j < kernel.num_strengths(); ++j)
        EXPECT_NEAR(transposed[usize(j * kernel.num_values() + i)], matrix[usize(i * kernel.num_strengths() + j)],
                    1e-15)
            << name_of(choice);
    ++count;
  });
  EXPECT_GT(count, 20);
}

TEST(TransposedKernel, HasItsFactorsInAllUnits) {
  int count = 0;
  for_each_pair_of_names([&](const KernelChoice& choice) {
    const Kernel kernel = make_kernel(choice);
    if (!kernel.transposed) return;
    const Kernel other = kernel.transposed(), in_units = other.in_units_of(2.0).in_units_of(8.0);
    EXPECT_EQ(factor_of(in_units), factor_of(other)) << choice.name << ' ' << kernel.fields.front().name;
    if (factor_of(other) != factor_of(make_kernel(KernelChoice{
                                choice.name, {other.source_kinds.front().name}, {other.fields.front().name}, {}})))
      ++count;
  });
  EXPECT_GT(count, 0) << "there are factors";
}

}
}
