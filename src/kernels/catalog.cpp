// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/catalog.hpp"

#include <algorithm>
#include <numeric>

#include "nearfar/error.hpp"

namespace nearfar {
namespace {

/// Fewest insertions, deletions and replacements of a letter that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const KernelEntry& entry : kernel_catalog()) names.emplace_back(entry.name);
  std::sort(names.begin(), names.end());
  return names;
}

Kernel make_kernel(std::string_view name, const KernelParameters& parameters) {
  for (const KernelEntry& entry : kernel_catalog())
    if (name == entry.name) return entry.make(parameters);
  const std::vector<std::string> names = kernel_names();
  const auto nearest = std::min_element(names.begin(), names.end(), [name](const auto& a, const auto& b) {
    return edit_distance(name, a) < edit_distance(name, b);
  });
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  throw UsageError("there is no kernel '" + std::string(name) + "'; did you mean '" + *nearest +
                   "'? The kernels are: " + list);
}

}
