// SPDX-License-Identifier: BSD-3-Clause
#include "faults/fault.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>

extern "C" {
// Of the linker: begin and end of the code of this program.
extern const char __executable_start, etext;
}

namespace nearfar::faults {
namespace {

std::atomic<Kind> counted{Kind::none};
std::atomic<std::int64_t> count{0};
std::atomic<std::int64_t> failing{0};
std::atomic<const char*> failed{""};

/// The first calls that were counted.
std::array<std::atomic<const char*>, 64> first_calls{};

}

void begin_fault(Kind kind, std::int64_t number) noexcept {
  count = 0;
  failing = number;
  failed = "";
  counted = kind;
}

void end_fault() noexcept { counted = Kind::none; }

bool has_failed() noexcept { return failing != 0 && count >= failing; }

bool is_counted(Kind kind) noexcept { return counted.load(std::memory_order_relaxed) == kind; }

bool is_to_fail(Kind kind, const char* what) noexcept {
  if (!is_counted(kind)) return false;
  const std::int64_t number = count.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number <= std::ssize(first_calls)) first_calls[static_cast<std::size_t>(number) - 1] = what;
  if (number != failing.load(std::memory_order_relaxed)) return false;
  failed = what;
  return true;
}

std::int64_t num_calls(const char* part) noexcept {
  return std::count_if(first_calls.begin(),
                       first_calls.begin() + std::min<std::int64_t>(count, std::ssize(first_calls)),
                       [part](const char* call) { return std::strstr(call, part) != nullptr; });
}

bool is_code_of_program(const void* address) noexcept {
  const auto* const place = static_cast<const char*>(address);
  return place >= &__executable_start && place < &etext;
}

const char* what_failed() noexcept { return failed; }

std::string fault_folder() {
  const char* const folder = std::getenv("FAULT_FOLDER");
  return folder == nullptr ? "." : folder;
}

std::vector<std::string> unfinished_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(fault_folder()))
    if (entry.path().extension() == ".part") names.push_back(entry.path());
  return names;
}

}
