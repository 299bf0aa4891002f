// SPDX-License-Identifier: BSD-3-Clause
#include "tree/radix_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

namespace nearfar {
namespace {

/// Sorts records with these keys and compares with the library's own sort.
void check_sort(const std::vector<PointKey>& keys) {
  std::vector<PointRecord> records;
  for (std::size_t i = 0; i < keys.size(); ++i)
    records.push_back({keys[i], static_cast<std::int32_t>(i * 7 % 5), static_cast<Index>(i)});
  const auto as_tuple = [](const PointRecord& r) { return std::tuple(r.key, r.rank, r.index); };
  auto expected = records;
  std::sort(expected.begin(), expected.end(), [&](const auto& a, const auto& b) { return as_tuple(a) < as_tuple(b); });
  radix_sort(records);
  for (std::size_t i = 0; i < records.size(); ++i) ASSERT_EQ(as_tuple(records[i]), as_tuple(expected[i])) << i;
}

TEST(RadixSort, SortsAnyNumberOfRandomKeys) {
  std::mt19937_64 random(3);
  for (const std::size_t size : {0, 1, 2, 24, 25, 300, 8192, 8193, 200000}) {
    std::vector<PointKey> keys(size);
    for (auto& key : keys) key = random() >> 1;
    check_sort(keys);
  }
}

TEST(RadixSort, SortsClustersThatShareMostBits) {
  std::mt19937_64 random(4);
  for (const int bits : {1, 3, 12, 40}) {
    std::vector<PointKey> keys;
    for (int i = 0; i < 60000; ++i) {
      const PointKey cluster = random() % 3;
      keys.push_back(cluster << 60 | PointKey{0x123456789} << 20 | (random() & ((PointKey{1} << bits) - 1)));
    }
    check_sort(keys);
  }
}

TEST(RadixSort, SortsPilesOfEqualKeysByRankAndIndex) {
  check_sort(std::vector<PointKey>(50000, PointKey{77}));
  std::vector<PointKey> keys(30000, (PointKey{1} << 63) - 1);
  keys[11] = 0;
  keys[29000] = 5;
  check_sort(keys);
}

}
}
