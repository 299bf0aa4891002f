// SPDX-License-Identifier: BSD-3-Clause
#include "app/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "app/text.hpp"
#include "base/region.hpp"
#include "comm/mpi.hpp"

namespace nearfar::app {
namespace {

/// Ends the line that a step has begun, also when the step throws.
class Line {
 public:
  Line(bool speaks, const std::string& what) : speaks_(speaks) {
    if (speaks_) std::cout << what << " ... " << std::flush;
  }
  ~Line() {
    if (speaks_) std::cout << ending_ << std::endl;
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  void end_with(std::string ending) { ending_ = std::move(ending); }

 private:
  bool speaks_;
  std::string ending_ = "failed";
};

/// `wall` seconds of this rank, of which it has spent `regions` in parallel regions.
[[nodiscard]] ThreadForecast forecast(MPI_Comm communicator, double wall, const RegionTimes& regions) {
  const double serial = all_sum(communicator, std::max(0.0, wall - regions.wall));
  const auto on = [&](std::size_t i) { return serial + all_sum(communicator, regions.predicted[i]); };
  const double on_one = on(0);
  ThreadForecast result{.serial_share = serial / all_sum(communicator, wall)};
  for (std::size_t i = 0; i < result.speedups.size(); ++i) result.speedups[i] = on_one / on(i + 1);
  return result;
}

}

Progress::Progress(MPI_Comm communicator)
    : communicator_(communicator), speaks_(rank_of(communicator) == 0 && isatty(STDOUT_FILENO) == 1) {}

double Progress::step(const std::string& what, const std::function<void()>& action) {
  Line line(speaks_, what);
  check_mpi(MPI_Barrier(communicator_), "MPI_Barrier");
  const RegionTimes regions = region_times();
  const double start = MPI_Wtime();
  action();
  const double own_seconds = MPI_Wtime() - start;
  threads_ = forecast(communicator_, own_seconds, since(regions));
  const double seconds = all_max(communicator_, own_seconds);
  line.end_with(formatted("%.2f s", seconds));
  return seconds;
}

}
