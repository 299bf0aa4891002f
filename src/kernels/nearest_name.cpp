// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>

#include "kernels/family.hpp"

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

std::string nearest_name(std::string_view word, const std::vector<std::string>& names) {
  return *std::min_element(names.begin(), names.end(), [word](const auto& a, const auto& b) {
    return edit_distance(word, a) < edit_distance(word, b);
  });
}

}
