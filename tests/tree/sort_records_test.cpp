// SPDX-License-Identifier: BSD-3-Clause
#include "tree/sort_records.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "support/keys.hpp"

namespace nearfar {
namespace {

[[nodiscard]] PointRecords records_of(const std::vector<PointKey>& keys) {
  PointRecords records;
  for (std::size_t i = 0; i < keys.size(); ++i)
    records.push_back({keys[i], static_cast<std::int32_t>(i * 7 % 5), static_cast<Index>(i)});
  return records;
}

[[nodiscard]] auto as_tuple(const PointRecord& r) { return std::tuple(PointKey{r.key}, r.rank, r.index); }

void expect_equal(const PointRecords& records, const PointRecords& expected) {
  ASSERT_EQ(records.size(), expected.size());
  for (std::size_t i = 0; i < records.size(); ++i) ASSERT_EQ(as_tuple(records[i]), as_tuple(expected[i])) << i;
}

/// Sorted by the standard library.
[[nodiscard]] PointRecords sorted(PointRecords records) {
  std::sort(records.begin(), records.end(), [&](const auto& a, const auto& b) { return as_tuple(a) < as_tuple(b); });
  return records;
}

void check_sort(const std::vector<PointKey>& keys) {
  auto records = records_of(keys);
  PointRecords scratch;
  radix_sort(records, scratch);
  expect_equal(records, sorted(records_of(keys)));
}

TEST(RadixSort, SortsAnyNumberOfRandomKeys) {
  std::mt19937_64 random(3);
  for (const std::size_t size : {0U, 1U, 2U, 24U, 25U, 300U, 8192U, 8193U, 200000U}) {
    std::vector<PointKey> keys(size);
    for (auto& key : keys) key = random_key(random);
    check_sort(keys);
  }
}

TEST(RadixSort, SortsClustersThatShareMostBits) {
  std::mt19937_64 random(4);
  for (const int bits : {1, 3, 12, 40, 66, 79}) {
    std::vector<PointKey> keys;
    for (int i = 0; i < 60000; ++i) {
      const PointKey cluster = random() % 3;
      keys.push_back(cluster << 120 | PointKey{0x123456789} << 80 | (random_key(random) & ((PointKey{1} << bits) - 1)));
    }
    check_sort(keys);
  }
}

TEST(RadixSort, SortsPilesOfEqualKeysByRankAndIndex) {
  check_sort(std::vector<PointKey>(50000, PointKey{77}));
  std::vector<PointKey> keys(30000, point_key_end - 1);
  keys[11] = 0;
  keys[29000] = 5;
  check_sort(keys);
}

/// Random keys in order, of which every `step`-th moves somewhere else and the others by up to `shift`.
[[nodiscard]] std::vector<PointKey> moved_keys(std::size_t size, std::size_t step, PointKey shift) {
  std::mt19937_64 random(5);
  std::vector<PointKey> keys(size);
  for (auto& key : keys) key = random_key(random);
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < size; ++i)
    keys[i] = i % step == 0 ? random_key(random) : std::min(keys[i] + random_key(random) % shift, point_key_end - 1);
  return keys;
}

void check_nearly_sorted(const std::vector<PointKey>& keys, bool takes) {
  auto records = records_of(keys);
  PointRecords scratch;
  EXPECT_EQ(sort_nearly_sorted(records, scratch), takes);
  expect_equal(records, takes ? sorted(records_of(keys)) : records_of(keys));
  sort_records(records, scratch);
  expect_equal(records, sorted(records_of(keys)));
}

TEST(NearlySorted, MergesStraysIntoRecordsThatHaveMovedALittle) {
  const PointKey gap = point_key_end / 100000;
  for (const PointKey shift : {PointKey{1}, gap, 20 * gap, 60 * gap})
    for (const std::size_t step : {std::size_t{12}, std::size_t{100}, std::size_t{1000000}})
      for (const std::size_t size : {8192U, 8193U, 100000U}) check_nearly_sorted(moved_keys(size, step, shift), true);
}

TEST(NearlySorted, MergesATailInAnyOrder) {
  auto keys = moved_keys(80000, 100, 1);
  const auto tail = moved_keys(20000, 1, 1);
  keys.insert(keys.end(), tail.begin(), tail.end());
  check_nearly_sorted(keys, true);
}

TEST(NearlySorted, KeepsPilesInTheirOrder) {
  auto keys = moved_keys(100000, 100, 1);
  std::fill(keys.begin() + 20000, keys.begin() + 23000, keys[20001]);
  check_nearly_sorted(keys, true);
  keys[90000] = keys[20001];
  keys[5] = point_key_end - 1;
  keys[99999] = 0;
  check_nearly_sorted(keys, true);
}

TEST(MergeRuns, MergesUpToEightRunsOfAnyLength) {
  std::mt19937_64 random(6);
  for (const std::size_t num_runs : {0U, 1U, 2U, 3U, 5U, 8U, 9U}) {
    for (const PointKey largest : {PointKey{40}, point_key_end}) {  // with many equal keys, and with few
      std::vector<PointKey> keys;
      for (std::size_t run = 0; run < num_runs; ++run) {
        const std::size_t begin = keys.size(), length = run == 1 ? 1 : 1 + random() % 30000;
        for (std::size_t i = 0; i < length; ++i) keys.push_back(random_key(random) % largest);
        keys.back() = 0;
        keys.push_back(point_key_end - 1);  // each run ends above the beginning of the next
        std::sort(keys.begin() + static_cast<std::ptrdiff_t>(begin), keys.end());
      }
      auto records = records_of(keys);
      for (std::size_t i = 0; i < records.size(); ++i) records[i].rank = 3;  // equal keys in runs are in order
      auto wanted = sorted(records), before = records;
      PointRecords scratch;
      EXPECT_EQ(merge_runs(records, scratch), num_runs <= 8) << num_runs;
      expect_equal(records, num_runs <= 8 ? wanted : before);
      sort_records(records, scratch);
      expect_equal(records, wanted);
    }
  }
}

TEST(MergeSorted, TakesEveryRecordInOrder) {
  std::mt19937_64 random(7);
  for (const std::size_t first : {0U, 1U, 1000U, 30000U})
    for (const std::size_t second : {0U, 1U, 700U})
      for (const PointKey largest : {PointKey{40}, point_key_end}) {
        std::vector<PointKey> keys(first + second);
        for (auto& key : keys) key = random_key(random) % largest;
        const PointRecords all = records_of(keys);
        const auto a = sorted(PointRecords(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first)));
        const auto b = sorted(PointRecords(all.begin() + static_cast<std::ptrdiff_t>(first), all.end()));
        PointRecords merged;
        merge_sorted(a, b, merged);
        expect_equal(merged, sorted(all));
      }
}

TEST(NearlySorted, LeavesOtherOrdersAlone) {
  check_nearly_sorted(moved_keys(100000, 1, 1), false);
  check_nearly_sorted(moved_keys(100000, 2, 1), false);
  check_nearly_sorted(moved_keys(8191, 100, 1), false);
  auto keys = moved_keys(100000, 1000, 1);
  std::reverse(keys.begin(), keys.end());
  check_nearly_sorted(keys, false);
  // Two sorted halves, one behind the other, as after an exchange with another rank.
  keys = moved_keys(100000, 1000, 1);
  std::rotate(keys.begin(), keys.begin() + 50000, keys.end());
  check_nearly_sorted(keys, false);
}

}
}
