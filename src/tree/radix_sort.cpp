// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>

#include <omp.h>

#include "tree/sort_records.hpp"

namespace nearfar {
namespace {

constexpr int digit_bits = 11;
constexpr std::size_t num_buckets = std::size_t{1} << digit_bits;

/// Ranges up to this size are sorted by one thread each: they fit the second cache.
constexpr std::ptrdiff_t small_size = 8192;

/// Ranges up to this size are sorted by comparisons.
constexpr std::ptrdiff_t tiny_size = 24;

using Records = std::span<PointRecord>;
using Counts = std::array<std::size_t, num_buckets>;

/// The highest bit in which two of the keys differ, plus one.
[[nodiscard]] int differing_bits(Records records) noexcept {
  const PointKey first = records.front().key;
  PointKey differences = 0;
#pragma omp parallel for schedule(static) reduction(| : differences) if (std::ssize(records) > small_size)
  for (std::ptrdiff_t i = 0; i < std::ssize(records); ++i) differences |= records[usize(i)].key ^ first;
  return static_cast<int>(std::bit_width(differences));
}

/// Distributes the records over buckets of the digit below `bits`, in their order; the result goes to `sorted`, which
/// swaps roles with `records`. Returns where the buckets begin.
[[nodiscard]] std::vector<std::size_t> distribute(Records records, Records sorted, int bits) {
  const int shift = std::max(bits - digit_bits, 0);
  const auto bucket_of = [shift](const PointRecord& record) { return (record.key >> shift) & (num_buckets - 1); };
  const int num_threads = omp_get_max_threads();
  std::vector<Counts> places(usize(num_threads));
  std::vector<std::size_t> begins(num_buckets + 1);
  const auto part = [&](int thread) { return records.size() * usize(thread) / usize(num_threads); };
#pragma omp parallel num_threads(num_threads)
  {
    // Loops over parts, not thread numbers, in case fewer threads come than were asked for.
#pragma omp for schedule(static)
    for (int t = 0; t < num_threads; ++t) {
      places[usize(t)].fill(0);
      for (std::size_t i = part(t); i < part(t + 1); ++i) ++places[usize(t)][bucket_of(records[i])];
    }
#pragma omp single
    {
      std::size_t next = 0;
      for (std::size_t bucket = 0; bucket < num_buckets; ++bucket) {
        begins[bucket] = next;
        for (auto& counts : places) next += std::exchange(counts[bucket], next);
      }
      begins[num_buckets] = next;
    }
#pragma omp for schedule(static)
    for (int t = 0; t < num_threads; ++t)
      for (std::size_t i = part(t); i < part(t + 1); ++i)
        sorted[places[usize(t)][bucket_of(records[i])]++] = records[i];
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < records.size(); ++i) records[i] = sorted[i];
  }
  return begins;
}

/// Sorts a range that one thread handles.
void sort_small(Records records, Records other) {
  constexpr int small_digit_bits = 8;
  constexpr std::size_t num_small_buckets = std::size_t{1} << small_digit_bits;
  const int bits = std::ssize(records) <= tiny_size ? 0 : differing_bits(records);
  if (bits == 0) {
    std::sort(records.begin(), records.end(), comes_before);
    return;
  }
  const int shift = std::max(bits - small_digit_bits, 0);
  const auto bucket_of = [shift](const PointRecord& record) { return (record.key >> shift) & (num_small_buckets - 1); };
  std::array<std::uint16_t, num_small_buckets> places{};
  static_assert(small_size < 65536);
  for (const auto& record : records) ++places[bucket_of(record)];
  std::uint16_t next = 0;
  for (auto& place : places) {
    const std::uint16_t begin = next;
    next = static_cast<std::uint16_t>(next + place);
    place = begin;
  }
  for (const auto& record : records) other[places[bucket_of(record)]++] = record;
  std::copy_n(other.begin(), records.size(), records.begin());
  std::size_t begin = 0;
  for (const std::size_t end : places) {  // by now where the buckets end
    if (end - begin > 1) sort_small(records.subspan(begin, end - begin), other.subspan(begin, end - begin));
    begin = end;
  }
}

}

void radix_sort(PointRecords& records, PointRecords& other) {
  other.clear();
  other.resize(records.size());
  std::vector<Records> large, small;
  const auto sort_into = [&](Records range) {
    if (range.size() > 1) (std::ssize(range) > small_size ? large : small).push_back(range);
  };
  sort_into(records);
  while (!large.empty()) {
    const Records range = large.back();
    large.pop_back();
    const int bits = differing_bits(range);
    if (bits == 0) {  // a pile of coincident points
      std::sort(range.begin(), range.end(), comes_before);
      continue;
    }
    const auto begins = distribute(range, Records(other).first(range.size()), bits);
    for (std::size_t bucket = 0; bucket < num_buckets; ++bucket)
      sort_into(range.subspan(begins[bucket], begins[bucket + 1] - begins[bucket]));
  }
#pragma omp parallel for schedule(dynamic, 1)
  for (std::ptrdiff_t i = 0; i < std::ssize(small); ++i) {
    const Records range = small[usize(i)];
    sort_small(range, Records(other).subspan(static_cast<std::size_t>(range.data() - records.data()), range.size()));
  }
}

}
