// SPDX-License-Identifier: BSD-3-Clause
// `nearfar generate`: test points and charges in a file.
#pragma once

#include <cstdint>
#include <string>

#include <mpi.h>

namespace CLI {
class App;
}

namespace nearfar::app {

struct GenerateOptions {
  std::string distribution;
  std::int64_t num_points = 0;
  std::string charges = "positive";
  int num_components = 1;
  bool normals = false;
  bool sort = false;  ///< into the order of a tree
  std::int64_t seed = 0;
  std::string output;
};

void declare_generate(CLI::App& command, GenerateOptions& options);

/// Collective.
void run_generate(MPI_Comm communicator, const GenerateOptions& options);

}
