// SPDX-License-Identifier: BSD-3-Clause
#include "app/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "app/text.hpp"
#include "base/bytes.hpp"
#include "base/suggestion.hpp"
#include "nearfar/error.hpp"

namespace nearfar::app {
namespace {

/// Turns "1e6" into "1000000". The result is empty, or what is wrong, as CLI11 wants it.
std::string make_plain_integer(std::string& text) {
  double value = 0.0;
  std::istringstream stream(text);
  // Above 2^53 not every integer is a double; such numbers must be written out.
  const bool has_exponent = text.find_first_of("eE") != std::string::npos;
  if (has_exponent && stream >> value && stream.eof() && std::trunc(value) == value && std::abs(value) < 0x1.0p53)
    text = formatted("%.0f", value);
  std::int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error == std::errc::result_out_of_range || (has_exponent && std::abs(value) >= 0x1.0p63))
    return text + " is too large";
  if (has_exponent && std::abs(value) >= 0x1.0p53) return text + " is too large for an exponent; write out its digits";
  return error == std::errc() && end == text.data() + text.size() ? "" : text + " is not a whole number";
}

template <class Integer>
CLI::Option* add_whole_number(CLI::App& command, const std::string& name, Integer& value,
                              const std::string& description) {
  CLI::Option* option = command.add_option(name, value, description);
  option->transform(CLI::Validator(make_plain_integer, ""));
  return option;
}

}

CLI::Option* add_number(CLI::App& command, const std::string& name, int& value, const std::string& description) {
  return add_whole_number(command, name, value, description);
}

CLI::Option* add_number(CLI::App& command, const std::string& name, std::int64_t& value,
                        const std::string& description) {
  return add_whole_number(command, name, value, description);
}

CLI::Option* add_bytes(CLI::App& command, const std::string& name, std::int64_t& value,
                       const std::string& description) {
  const auto make_number = [](std::string& text) {
    try {
      text = std::to_string(parse_bytes(text));
      return std::string();
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
  };
  CLI::Option* option = command.add_option(name, value, description);
  option->transform(CLI::Validator(make_number, ""));
  return option->type_name("BYTES");
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& value,
                        const std::vector<std::string>& choices, const std::string& description) {
  std::string joined;
  for (const std::string& choice : choices) joined += (joined.empty() ? "" : "|") + choice;
  const auto check = [choices, joined](const std::string& text) {
    if (std::find(choices.begin(), choices.end(), text) != choices.end()) return std::string();
    return text + " is not one of " + joined + did_you_mean(text, choices);
  };
  return command.add_option(name, value, description)->check(CLI::Validator(check, ""))->type_name(joined);
}

CLI::Option* add_names(CLI::App& command, const std::string& name, std::function<void(std::vector<std::string>)> take,
                       const std::string& description) {
  const auto split_names = [take = std::move(take), name](const std::string& text) {
    std::vector<std::string> names = split(text, ',');
    if (std::find(names.begin(), names.end(), "") != names.end())
      throw CLI::ValidationError(name, "a name is missing in '" + text + "'; join names by single commas");
    take(std::move(names));
  };
  return command.add_option_function<std::string>(name, split_names, description)->type_name("NAME,...");
}

CLI::Option* add_names(CLI::App& command, const std::string& name, std::vector<std::string>& names,
                       const std::string& description) {
  return add_names(
      command, name, [&names](std::vector<std::string> given) { names = std::move(given); }, description);
}

}
