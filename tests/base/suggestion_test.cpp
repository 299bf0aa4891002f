// SPDX-License-Identifier: BSD-3-Clause
#include "base/suggestion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace nearfar {
namespace {

/// The definition, by recursion over the last letters.
int slow_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return static_cast<int>(a.size() + b.size());
  const auto shorter_a = a.substr(0, a.size() - 1);
  const auto shorter_b = b.substr(0, b.size() - 1);
  int best = std::min({slow_distance(shorter_a, b) + 1, slow_distance(a, shorter_b) + 1,
                       slow_distance(shorter_a, shorter_b) + (a.back() == b.back() ? 0 : 1)});
  const bool swapped = a.size() > 1 && b.size() > 1 && a.back() == b[b.size() - 2] && a[a.size() - 2] == b.back();
  if (swapped) best = std::min(best, slow_distance(a.substr(0, a.size() - 2), b.substr(0, b.size() - 2)) + 1);
  return best;
}

TEST(Suggestion, EditDistanceMatchesItsDefinition) {
  // All words of up to 4 letters out of two.
  std::vector<std::string> words{""};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].size() == 4) break;
    const std::string word = words[i];
    words.push_back(word + 'a');
    words.push_back(word + 'b');
  }
  ASSERT_EQ(words.size(), 31U);
  for (const std::string& a : words) {
    for (const std::string& b : words) EXPECT_EQ(edit_distance(a, b), slow_distance(a, b)) << a << ' ' << b;
  }
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("order", "oredr"), 1);
}

TEST(Suggestion, FindsWhatWasMeant) {
  const std::vector<std::string> names{"--order", "--output", "--points-per-leaf", "--gradient", "--json", "-h"};
  EXPECT_EQ(nearest_name("--ordr", names), "--order");
  EXPECT_EQ(nearest_name("--oder", names), "--order");
  EXPECT_EQ(nearest_name("--outptu", names), "--output");
  EXPECT_EQ(nearest_name("--points", names), "--points-per-leaf");
  EXPECT_EQ(nearest_name("-order", names), "--order");
  EXPECT_EQ(nearest_name("--points_per_leaf", names), "--points-per-leaf");
  EXPECT_EQ(nearest_name("--gradiants", names), "--gradient");
}

TEST(Suggestion, IsSilentWhenNothingIsNear) {
  const std::vector<std::string> names{"--order", "--output", "-h"};
  EXPECT_EQ(nearest_name("--temperature", names), "");
  EXPECT_EQ(nearest_name("-z", names), "-h") << "one letter of two is still a likely slip";
  EXPECT_EQ(nearest_name("x", names), "");
  EXPECT_EQ(did_you_mean("--temperature", names), "");
  EXPECT_EQ(did_you_mean("--orderr", names), "; did you mean --order?");
}

}
}
