// SPDX-License-Identifier: BSD-3-Clause
#include "app/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/types.hpp"

namespace nearfar::app {
namespace {

using testing::ElementsAre;

TEST(Fields, RowsAreSplitByQuantity) {
  const std::vector<double> rows{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const NamedArrays split({{"pressure", 1}, {"velocity", 3}, {"work", 2}}, rows);
  const auto& arrays = split.arrays();
  ASSERT_EQ(arrays.size(), 3U);
  EXPECT_EQ(arrays[0].name, "pressure");
  EXPECT_THAT(arrays[0].row_shape, ElementsAre());
  EXPECT_THAT(arrays[0].values, ElementsAre(1, 7));
  EXPECT_EQ(arrays[1].name, "velocity");
  EXPECT_THAT(arrays[1].row_shape, ElementsAre(3));
  EXPECT_THAT(arrays[1].values, ElementsAre(2, 3, 4, 8, 9, 10));
  EXPECT_THAT(arrays[2].values, ElementsAre(5, 6, 11, 12));
  EXPECT_EQ(split.vtk_fields()[1].num_components, 3);
  EXPECT_EQ(split.vtk_fields()[0].num_components, 1);
}

TEST(Fields, OneQuantityIsNotCopied) {
  const std::vector<double> rows{1, 2, 3};
  const NamedArrays split({{"velocity", 3}}, rows);
  EXPECT_EQ(split.arrays()[0].values.data(), rows.data());
}

TEST(Fields, NoRowsAreSplitToo) {
  const NamedArrays split({{"pressure", 1}, {"velocity", 3}}, {});
  ASSERT_EQ(split.arrays().size(), 2U);
  EXPECT_TRUE(split.arrays()[1].values.empty());
}

TEST(Fields, GradientsOfPotentialsAreAnArrayOfTheirOwn) {
  for (const std::string& name : kernel_names()) {
    const Kernel kernel = make_kernel(name);
    if (!kernel.has_gradients) continue;
    Sums sums{std::vector<double>(usize(kernel.num_values())), std::vector<double>(usize(3 * kernel.target_dim)), true};
    const NamedArrays fields = fields_of(kernel, sums);
    ASSERT_EQ(fields.arrays().size(), 2U);
    EXPECT_EQ(fields.arrays()[1].name, "gradient");
    EXPECT_EQ(fields.arrays()[1].row_shape, kernel.target_dim == 1 ? std::vector<std::int64_t>{3}
                                                                   : (std::vector<std::int64_t>{kernel.target_dim, 3}));
    EXPECT_EQ(fields.vtk_fields()[1].num_components, 3 * kernel.target_dim);
    const auto datasets = with_default_names(fields.arrays());
    EXPECT_EQ(datasets[0].name, "potentials");
    EXPECT_EQ(datasets[1].name, "gradients");
    sums.with_gradients = false;
    EXPECT_EQ(fields_of(kernel, sums).arrays().size(), 1U);
  }
}

}
}
