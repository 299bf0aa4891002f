// SPDX-License-Identifier: BSD-3-Clause
#include "base/suggestion.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace nearfar {

int edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  // Rows of the usual table: distances from the first i letters of a to every beginning of b.
  std::vector<int> two_before(width), before(width), row(width);
  std::iota(before.begin(), before.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j < width; ++j) {
      const int replaced = before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_before[j - 2] + 1);
    }
    std::swap(two_before, before);
    std::swap(before, row);
  }
  return before.back();
}

std::string nearest_name(std::string_view typed, std::span<const std::string> names) {
  static constexpr std::size_t shortest_beginning = 3;
  std::string nearest;
  int smallest = std::max(2, static_cast<int>(typed.size()) / 3) + 1;
  for (const std::string& name : names) {
    // Of a short name a slip must leave something.
    const int distance = edit_distance(typed, name);
    if (distance < smallest && distance < static_cast<int>(std::max(typed.size(), name.size())) / 2 + 1) {
      smallest = distance;
      nearest = name;
    }
  }
  if (!nearest.empty()) return nearest;
  const auto begins_so = [&](const std::string& name) { return name.starts_with(typed); };
  const auto found = std::find_if(names.begin(), names.end(), begins_so);
  return typed.size() >= shortest_beginning && found != names.end() ? *found : std::string();
}

std::string did_you_mean(std::string_view typed, std::span<const std::string> names) {
  const std::string nearest = nearest_name(typed, names);
  return nearest.empty() ? std::string() : "; did you mean " + nearest + "?";
}

}
