// SPDX-License-Identifier: BSD-3-Clause
#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace nearfar {

std::string printable(std::string_view text, std::size_t longest) {
  std::string beginning(text.substr(0, longest));
  std::replace_if(
      beginning.begin(), beginning.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  if (text.size() > longest) beginning += "...";
  return beginning;
}

std::string in_quotes(std::string_view text, std::size_t longest) {
  std::string quoted("'");
  quoted += printable(text, longest);
  quoted += '\'';
  return quoted;
}

std::string shortest(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return text.data();
}

}
