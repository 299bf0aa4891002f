// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/family.hpp"

#include <algorithm>
#include <numeric>

namespace nearfar {

NamedQuantity named(const char* name, int components, const char* formula, const char* in_words,
                    std::vector<Contraction> contractions) {
  NamedQuantity quantity;
  quantity.description.quantity.name = name;
  quantity.description.quantity.components = components;
  quantity.description.formula = formula;
  quantity.description.components = in_words;
  quantity.contractions = std::move(contractions);
  return quantity;
}

NamedQuantity named_with_normals(const char* name, int components, const char* formula, const char* in_words,
                                 std::vector<Contraction> contractions) {
  NamedQuantity quantity = named(name, components, formula, in_words, std::move(contractions));
  quantity.description.quantity.with_normals = true;
  return quantity;
}

std::vector<int> numbers_from(int first, int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

int Kernel::num_strengths() const noexcept {
  if (source_contractions.empty()) return source_dim;
  return std::accumulate(source_kinds.begin(), source_kinds.end(), 0,
                         [](int sum, const Quantity& kind) { return sum + kind.components; });
}

int Kernel::num_values() const noexcept {
  if (field_contractions.empty()) return target_dim;
  return std::accumulate(fields.begin(), fields.end(), 0,
                         [](int sum, const Quantity& field) { return sum + field.components; });
}

bool Kernel::needs_source_normals() const noexcept {
  return std::any_of(source_kinds.begin(), source_kinds.end(), [](const Quantity& kind) { return kind.with_normals; });
}

bool Kernel::needs_target_normals() const noexcept {
  return std::any_of(fields.begin(), fields.end(), [](const Quantity& field) { return field.with_normals; });
}

}
