// SPDX-License-Identifier: BSD-3-Clause
#include "base/weak_cache.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace nearfar {
namespace {

using Cache = WeakCache<int, std::string>;

/// Builds a value and counts how often.
struct Maker {
  std::string value = "value";
  std::atomic<int> count = 0;
  Cache::Pointer operator()() {
    ++count;
    return std::make_shared<const std::string>(value);
  }
  Cache::Pointer get(Cache& cache, int key) {
    return cache.get(key, [this] { return (*this)(); });
  }
};

TEST(WeakCache, BuildsAValueOnceWhileItIsInUse) {
  Cache cache;
  Maker maker;
  const auto first = maker.get(cache, 1), second = maker.get(cache, 1);
  EXPECT_EQ(first, second);
  EXPECT_EQ(*first, "value");
  EXPECT_EQ(maker.count, 1);
  EXPECT_NE(maker.get(cache, 2), first);
  EXPECT_EQ(maker.count, 2);
}

TEST(WeakCache, FindsWhatIsInUse) {
  Cache cache;
  Maker maker;
  EXPECT_EQ(cache.find(1), nullptr);
  auto value = maker.get(cache, 1);
  EXPECT_EQ(cache.find(1), value);
  EXPECT_EQ(cache.find(2), nullptr);
  value.reset();
  EXPECT_EQ(cache.find(1), nullptr);
}

TEST(WeakCache, OwnsNothing) {
  Cache cache;
  Maker maker;
  auto value = maker.get(cache, 1);
  const std::weak_ptr<const std::string> watch = value;
  auto user = cache.find(1);
  value.reset();
  EXPECT_FALSE(watch.expired()) << "one user is left";
  user.reset();
  EXPECT_TRUE(watch.expired());
  maker.value = "another";
  EXPECT_EQ(*maker.get(cache, 1), "another");
}

TEST(WeakCache, DropsEntriesThatNobodyUses) {
  Cache cache;
  Maker maker;
  const auto kept = maker.get(cache, -1);
  for (int key = 0; key < 1000; ++key) {
    const auto value = maker.get(cache, key);
    ASSERT_EQ(cache.size(), 2U);
  }
  EXPECT_EQ(cache.find(-1), kept);
  EXPECT_EQ(maker.count, 1001);
}

TEST(WeakCache, SurvivesAFailure) {
  Cache cache;
  const auto fail = []() -> Cache::Pointer { throw std::runtime_error("no memory"); };
  EXPECT_THROW((void)cache.get(1, fail), std::runtime_error);
  EXPECT_EQ(cache.size(), 0U);
  Maker maker;
  EXPECT_EQ(*maker.get(cache, 1), "value");
}

TEST(WeakCache, ThreadsWaitForWhatAnotherBuilds) {
  Cache cache;
  std::atomic<int> count = 0;
  std::array<Cache::Pointer, 8> values;
  std::vector<std::thread> threads;
  for (auto& value : values)
    threads.emplace_back([&] {
      value = cache.get(1, [&] {
        ++count;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return std::make_shared<const std::string>("value");
      });
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 1);
  for (const auto& value : values) EXPECT_EQ(value, values[0]);
}

}
}
