// SPDX-License-Identifier: BSD-3-Clause
// `nearfar kernels`: what kernels there are, with their source kinds, fields and parameters.
#pragma once

#include <string>
#include <vector>

#include <mpi.h>
#include <nlohmann/json_fwd.hpp>

#include "nearfar/families.hpp"

namespace CLI {
class App;
}

namespace nearfar::app {

struct KernelsOptions {
  std::string name;  ///< of the kernel to be described; empty: all
  std::string json;  ///< where the list goes as JSON; empty: nowhere
  std::vector<std::string> kernel_libraries;
};

void declare_kernels(CLI::App& command, KernelsOptions& options);

/// Collective.
void run_kernels(MPI_Comm communicator, const KernelsOptions& options);

[[nodiscard]] std::string text_of(const std::vector<FamilyDescription>& families);
[[nodiscard]] nlohmann::json to_json(const std::vector<FamilyDescription>& families);

}
