// SPDX-License-Identifier: BSD-3-Clause
// Kernels whose matrices are transposes of others: with their factors, in all units, and back again.
#include <gtest/gtest.h>

#include "nearfar/families.hpp"

namespace nearfar {
namespace {

/// All kinds and fields, one of each.
template <class Visit>
void for_each_pair_of_names(const Visit& visit) {
  for (const FamilyDescription& family : kernel_families())
    for (const QuantityDescription& kind : family.source_kinds)
      for (const QuantityDescription& field : family.fields)
        visit(KernelChoice{family.name, {kind.quantity.name}, {field.quantity.name}, {}});
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

TEST(TransposedKernel, OfATransposeIsTheKernel) {
  int count = 0;
  for_each_pair_of_names([&](const KernelChoice& choice) {
    const Kernel kernel = make_kernel(choice);
    if (!kernel.transposed) return;
    const Kernel back = kernel.transposed().transposed();
    EXPECT_EQ(back.source_kinds.front().name, kernel.source_kinds.front().name);
    EXPECT_EQ(back.fields.front().name, kernel.fields.front().name);
    EXPECT_EQ(factor_of(back), factor_of(kernel)) << choice.name << ' ' << kernel.fields.front().name;
    ++count;
  });
  EXPECT_GT(count, 4);
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
