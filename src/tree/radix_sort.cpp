// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include <omp.h>

#include "base/region.hpp"
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
  std::uint64_t low = 0, high = 0;
  const bool is_large = std::ssize(records) > small_size;
  std::optional<Region> region;
  if (is_large) region.emplace();
#pragma omp parallel for schedule(static) reduction(| : low, high) if (is_large)
  for (std::ptrdiff_t i = 0; i < std::ssize(records); ++i) {
    const PointKey difference = records[usize(i)].key ^ first;
    low |= low_half(difference);
    high |= high_half(difference);
  }
  return bit_width(PointKey{high} << 64 | low);
}

/// Records to be sorted, and memory of the same size, where they are wanted if `moves`.
struct Task {
  Records here, there;
  int bits;  ///< the lowest ones of the keys, above which all are equal
  bool moves = false;

  [[nodiscard]] std::size_t size() const noexcept { return here.size(); }
  /// A bucket, whose records have gone to the other memory, of the digit above `rest` bits.
  [[nodiscard]] Task bucket(std::size_t begin, std::size_t end, int rest) const noexcept {
    Task part{there.subspan(begin, end - begin), here.subspan(begin, end - begin), rest, !moves};
    // Clusters share many of these bits: one pass finds how many instead of sorting by each digit.
    if (part.size() == size()) part.bits = differing_bits(part.here);
    return part;
  }
};

/// By comparisons; a few by insertion, on their way.
void sort_directly(const Task& task) {
  const Records wanted = task.moves ? task.there : task.here;
  if (std::ssize(wanted) > tiny_size) {
    if (task.moves) std::copy(task.here.begin(), task.here.end(), task.there.begin());
    return std::sort(wanted.begin(), wanted.end(), comes_before);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const PointRecord record = task.here[i];
    std::size_t place = i;
    for (; place > 0 && comes_before(record, wanted[place - 1]); --place) wanted[place] = wanted[place - 1];
    wanted[place] = record;
  }
}

/// Moves the records into buckets of the digit above `shift` bits, in their order. Returns where the buckets begin.
[[nodiscard]] std::vector<std::size_t> distribute(const Task& task, int shift) {
  const auto bucket_of = [shift](const PointRecord& record) {
    return low_half(record.key >> shift) & (num_buckets - 1);
  };
  const int num_threads = omp_get_max_threads();
  std::vector<Counts> places(usize(num_threads));
  std::vector<std::size_t> begins(num_buckets + 1);
  const auto part = [&](int thread) { return task.size() * usize(thread) / usize(num_threads); };
  const Region region;
#pragma omp parallel num_threads(num_threads)
  {
    // Loops over parts, not thread numbers, in case fewer threads come than were asked for.
#pragma omp for schedule(static)
    for (int t = 0; t < num_threads; ++t) {
      places[usize(t)].fill(0);
      for (std::size_t i = part(t); i < part(t + 1); ++i) ++places[usize(t)][bucket_of(task.here[i])];
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
        task.there[places[usize(t)][bucket_of(task.here[i])]++] = task.here[i];
  }
  return begins;
}

/// Sorts a range that one thread handles.
void sort_small(const Task& task) {
  constexpr int small_digit_bits = 8;
  constexpr std::size_t num_small_buckets = std::size_t{1} << small_digit_bits;
  if (task.bits == 0 || std::ssize(task.here) <= tiny_size) return sort_directly(task);
  const int shift = std::max(task.bits - small_digit_bits, 0);
  const auto bucket_of = [shift](const PointRecord& record) {
    return low_half(record.key >> shift) & (num_small_buckets - 1);
  };
  std::array<std::uint16_t, num_small_buckets> places{};
  static_assert(small_size < 65536);
  for (const auto& record : task.here) ++places[bucket_of(record)];
  std::uint16_t next = 0;
  for (auto& place : places) {
    const std::uint16_t begin = next;
    next = static_cast<std::uint16_t>(next + place);
    place = begin;
  }
  for (const auto& record : task.here) task.there[places[bucket_of(record)]++] = record;
  std::size_t begin = 0;
  for (const std::size_t end : places) {  // by now where the buckets end
    if (end > begin) sort_small(task.bucket(begin, end, shift));
    begin = end;
  }
}

}

void radix_sort(PointRecords& records, PointRecords& other) {
  other.clear();
  other.resize(records.size());
  std::vector<Task> large, small;
  const auto add = [&](const Task& task) { (std::ssize(task.here) > small_size ? large : small).push_back(task); };
  if (!records.empty()) add({records, other, differing_bits(records)});
  while (!large.empty()) {
    const Task task = large.back();
    large.pop_back();
    if (task.bits == 0) {  // a pile of coincident points
      sort_directly(task);
      continue;
    }
    const int shift = std::max(task.bits - digit_bits, 0);
    const auto begins = distribute(task, shift);
    for (std::size_t bucket = 0; bucket < num_buckets; ++bucket)
      if (begins[bucket] < begins[bucket + 1]) add(task.bucket(begins[bucket], begins[bucket + 1], shift));
  }
  parallel_pieces(std::ssize(small), [&](std::ptrdiff_t i) { sort_small(small[usize(i)]); });
}

}
