// SPDX-License-Identifier: BSD-3-Clause
// A line of bytes for each argument.
#include "app/command_line.hpp"
#include "fuzz/fuzz_support.hpp"
#include "nearfar/error.hpp"

int LLVMFuzzerInitialize(int*, char***) { return 0; }

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nearfar;
  std::vector<std::string> words{"nearfar"};
  for (const std::uint8_t byte : std::span(data, size)) {
    if (byte == '\n') {
      words.emplace_back();
    } else if (byte != 0) {
      words.back() += static_cast<char>(byte);
    }
  }
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  try {
    (void)app::parse_arguments(app::split_arguments(static_cast<int>(argv.size()), argv.data()).own);
  } catch (const UsageError& error) {
    if (std::string_view(error.what()).find('\n') != std::string_view::npos)
      fuzz::require_no_fault("more than one line: " + std::string(error.what()));
  }
  return 0;
}
