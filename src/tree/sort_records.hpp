// SPDX-License-Identifier: BSD-3-Clause
// Sort of point records by key.
#pragma once

#include <span>
#include <tuple>

#include "base/aligned.hpp"
#include "base/types.hpp"
#include "geometry/morton.hpp"

namespace nearfar {

/// A key in memory, aligned as its halves.
class StoredKey {
 public:
  StoredKey() = default;
  StoredKey(PointKey key) noexcept : low_(low_half(key)), high_(high_half(key)) {}
  operator PointKey() const noexcept { return PointKey{high_} << 64 | low_; }

 private:
  std::uint64_t low_, high_;
};

/// A point as it travels: its key, and where it comes from. Arrays of them may be left unwritten.
struct PointRecord {
  StoredKey key;
  std::int32_t rank;
  Index index;
};

using PointRecords = UnwrittenVector<PointRecord>;

/// By key, then by rank and index.
[[nodiscard]] inline bool comes_before(const PointRecord& a, const PointRecord& b) noexcept {
  const PointKey key_a = a.key, key_b = b.key;
  return key_a != key_b ? key_a < key_b : std::tie(a.rank, a.index) < std::tie(b.rank, b.index);
}

/// Sorts with all threads, faster where the records are nearly sorted or a few sorted runs. `scratch` is for memory
/// alone, here and below: its size and contents before and after do not matter.
void sort_records(PointRecords& records, PointRecords& scratch);

/// Sorts records in any order by the bits of their keys.
void radix_sort(PointRecords& records, PointRecords& scratch);

/// Sorts records of which all but a few are near their places; leaves others as they are and returns false.
[[nodiscard]] bool sort_nearly_sorted(PointRecords& records, PointRecords& scratch);

/// Merges up to eight sorted runs, one behind the other, as after an exchange between a few ranks; leaves other records
/// as they are and returns false.
[[nodiscard]] bool merge_runs(PointRecords& records, PointRecords& scratch);

/// Merges two sorted arrays with all threads.
void merge_sorted(std::span<const PointRecord> a, std::span<const PointRecord> b, PointRecords& merged);

}
