// SPDX-License-Identifier: BSD-3-Clause
// Kernels whose matrices are transposes of others: with their factors, in all units, and back again.
#include <gtest/gtest.h>

#include <vector>

#include "nearfar/families.hpp"
#include "support/direct_fields.hpp"
#include "support/pair_matrix.hpp"

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

TEST(TransposedKernel, HasTheTransposedMatrixBetweenExchangedPoints) {
  const Place a{{0.3, -0.2, 0.5}, {0.6, 0.0, 0.8}}, b{{-0.4, 0.7, 0.1}, {0.0, -0.6, 0.8}};
  int count = 0;
  for_each_pair_of_names([&](const KernelChoice& choice) {
    const Kernel kernel = make_kernel(choice);
    if (!kernel.transposed && !kernel.symmetric) return;
    const Kernel other = kernel.transposed ? kernel.transposed() : kernel;
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
