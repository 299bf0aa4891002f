// SPDX-License-Identifier: BSD-3-Clause
// Says on a terminal what is going on, and measures how long it takes.
#pragma once

#include <functional>
#include <string>

#include <mpi.h>

#include "app/report.hpp"

namespace nearfar::app {

class Progress {
 public:
  /// Rank 0 speaks when its standard output is a terminal. Open MPI's mpirun gives it one always, so what is printed
  /// is whole lines, which do no harm in a file.
  explicit Progress(MPI_Comm communicator);

  /// Collective. Runs `action` between two barriers, prints "what ... 0.12 s", and returns the seconds of the slowest
  /// rank.
  double step(const std::string& what, const std::function<void()>& action);

  /// Of the last step.
  [[nodiscard]] const ThreadForecast& threads() const noexcept { return threads_; }

 private:
  MPI_Comm communicator_;
  bool speaks_;
  ThreadForecast threads_;
};

}
