// SPDX-License-Identifier: BSD-3-Clause
#include "tree/radix_sort.hpp"

#include <array>

namespace nearfar {
namespace {

constexpr int digit_bits = 9;
constexpr int num_digits = 7;  // of a 63-bit key
constexpr std::size_t num_values = std::size_t{1} << digit_bits;

[[nodiscard]] std::size_t digit(PointKey key, int place) noexcept {
  return (key >> (place * digit_bits)) & (num_values - 1);
}

}

void radix_sort(std::vector<PointRecord>& records) {
  // Counts of all digits in one pass over the keys; a digit that all keys share needs no pass of its own.
  std::vector<std::array<std::size_t, num_values>> counts(num_digits);
  for (const auto& record : records)
    for (int place = 0; place < num_digits; ++place) ++counts[at(place)][digit(record.key, place)];
  std::vector<PointRecord> other(records.size());
  for (int place = 0; place < num_digits; ++place) {
    auto& positions = counts[at(place)];
    if (!records.empty() && positions[digit(records.front().key, place)] == records.size()) continue;
    std::size_t begin = 0;
    for (auto& position : positions) {
      const std::size_t count = position;
      position = begin;
      begin += count;
    }
    for (const auto& record : records) other[positions[digit(record.key, place)]++] = record;
    records.swap(other);
  }
}

}
