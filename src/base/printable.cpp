// SPDX-License-Identifier: BSD-3-Clause
#include "base/printable.hpp"

#include <algorithm>

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

}
