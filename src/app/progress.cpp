// SPDX-License-Identifier: BSD-3-Clause
#include "app/progress.hpp"

#include <unistd.h>

#include <iostream>

#include "app/text.hpp"
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

}

Progress::Progress(MPI_Comm communicator)
    : communicator_(communicator), speaks_(rank_of(communicator) == 0 && isatty(STDOUT_FILENO) == 1) {}

double Progress::step(const std::string& what, const std::function<void()>& action) {
  Line line(speaks_, what);
  check_mpi(MPI_Barrier(communicator_), "MPI_Barrier");
  const double start = MPI_Wtime();
  action();
  const double seconds = all_max(communicator_, MPI_Wtime() - start);
  line.end_with(formatted("%.2f s", seconds));
  return seconds;
}

}
