// SPDX-License-Identifier: BSD-3-Clause
#include "base/region.hpp"

#include <gtest/gtest.h>
#include <omp.h>
#include <time.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace nearfar {
namespace {

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

/// Uses that much processor time of the thread.
void work_for(double seconds) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double end = now() + seconds;
  while (now() < end) {
  }
}

TEST(Makespan, GivesEachPieceToTheFirstThreadThatIsFree) {
  const std::vector<float> pieces{4, 3, 2, 1, 6};
  EXPECT_EQ(makespan(pieces, 1), 16.0);
  EXPECT_EQ(makespan(pieces, 2), 11.0) << "4 and 3, then 2 after 3, 1 after 4, 6 after either";
  EXPECT_EQ(makespan(pieces, 3), 9.0) << "1 after 2, then 6 after the 3";
  EXPECT_EQ(makespan(pieces, 64), 6.0) << "the largest piece";
  EXPECT_EQ(makespan({}, 16), 0.0);
  EXPECT_DOUBLE_EQ(makespan(std::vector<float>(128, 0.5F), 64), 1.0);
}

TEST(Regions, AreApartFromSerialTime) {
  const RegionTimes before = region_times();
  sleep_for(0.02);
  EXPECT_EQ(since(before).wall, 0.0);
  parallel_for(0, omp_get_max_threads(), [](int) { sleep_for(0.02); });
  const RegionTimes even = since(before);
  EXPECT_GE(even.wall, 0.02);
  EXPECT_DOUBLE_EQ(even.predicted[0], even.wall * omp_get_max_threads());
  EXPECT_DOUBLE_EQ(even.predicted[2], even.predicted[0] / 64);
}

TEST(Regions, OfPiecesLastAsLongAsTheLargest) {
  const RegionTimes before = region_times();
  std::vector<int> done(5, 0);
  parallel_pieces(5, [&](int i) {
    work_for(i == 1 ? 0.06 : 0.01);
    done[static_cast<std::size_t>(i)] = i + 1;
  });
  EXPECT_EQ(done, (std::vector<int>{1, 2, 3, 4, 5}));
  const RegionTimes times = since(before);
  EXPECT_GE(times.predicted[0], 0.1) << "all pieces one after the other";
  EXPECT_GE(times.predicted[1], 0.06);
  EXPECT_LT(times.predicted[1], times.predicted[0] - 0.03) << "the others beside it";
  EXPECT_GE(times.wall, 0.06);
}

TEST(Regions, WithinOthersCountOnce) {
  const RegionTimes before = region_times();
  {
    const Region outer;
    const Region inner;
    sleep_for(0.02);
  }
  parallel_pieces(2, [](int) { parallel_for(0, 3, [](int) { work_for(0.005); }); });
  const RegionTimes times = since(before);
  EXPECT_GE(times.predicted[0], 0.02 * omp_get_max_threads() + 0.03);
  EXPECT_LT(times.predicted[2], 0.02 * omp_get_max_threads() / 64 + 0.03) << "one piece, and its loops not once more";
}

TEST(RegionErrors, AreThrownAfterTheRegion) {
  RegionErrors errors;
  int num_run = 0;
#pragma omp parallel for reduction(+ : num_run)
  for (int i = 0; i < 100; ++i) {
    errors.run([&] {
      if (i % 10 == 7) throw std::range_error("seven");
      ++num_run;
    });
  }
  EXPECT_EQ(num_run, 90);
  EXPECT_THROW(errors.rethrow(), std::range_error);
  EXPECT_NO_THROW(RegionErrors().rethrow());
}

TEST(Regions, PassOnWhatAPieceThrows) {
  int others = 0;
  const auto run = [&] {
    parallel_pieces(4, [&](int i) {
      if (i == 2) throw std::runtime_error("two");
#pragma omp atomic
      ++others;
    });
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_EQ(others, 3);
  const RegionTimes before = region_times();
  parallel_for(0, 2, [](int) {});
  EXPECT_GT(since(before).wall, 0.0) << "the region that threw has ended";
}

}
}
