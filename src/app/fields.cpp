// SPDX-License-Identifier: BSD-3-Clause
#include "app/fields.hpp"

#include <functional>
#include <numeric>

#include "base/types.hpp"

namespace nearfar::app {
namespace {

/// One number is a row without a shape.
[[nodiscard]] std::vector<std::int64_t> shape_of(int components) {
  return components == 1 ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{components};
}

}

NamedArrays::NamedArrays(const std::vector<Quantity>& quantities, std::span<const double> values) {
  if (quantities.size() == 1) {
    arrays_.push_back({quantities[0].name, shape_of(quantities[0].components), values});
    return;
  }
  const std::size_t stride = usize(std::accumulate(
      quantities.begin(), quantities.end(), 0, [](int sum, const Quantity& other) { return sum + other.components; }));
  copies_.reserve(quantities.size());
  std::size_t first = 0;
  for (const Quantity& quantity : quantities) {
    const std::size_t count = usize(quantity.components);
    std::vector<double>& copy = copies_.emplace_back();
    copy.reserve(values.size() / stride * count);
    for (std::size_t row = first; row < values.size(); row += stride)
      for (std::size_t i = 0; i < count; ++i) copy.push_back(values[row + i]);
    arrays_.push_back({quantity.name, shape_of(quantity.components), copy});
    first += count;
  }
}

std::vector<VtkField> NamedArrays::vtk_fields() const {
  std::vector<VtkField> fields;
  for (const ResultArray& array : arrays_) {
    const auto components =
        std::accumulate(array.row_shape.begin(), array.row_shape.end(), std::int64_t{1}, std::multiplies<>());
    fields.push_back({array.name, static_cast<int>(components), array.values});
  }
  return fields;
}

NamedArrays fields_of(const Kernel& kernel, const Sums& sums) {
  NamedArrays fields(kernel.fields, sums.values);
  if (sums.with_gradients) {
    std::vector<std::int64_t> shape = shape_of(kernel.target_dim);
    shape.push_back(3);
    fields.add({"gradient", std::move(shape), sums.gradients});
  }
  return fields;
}

std::vector<ResultArray> with_default_names(std::vector<ResultArray> arrays) {
  for (ResultArray& array : arrays)
    if (array.name == "gradient") array.name = "gradients";
  if (!arrays.empty()) arrays.front().name = "potentials";
  return arrays;
}

}
