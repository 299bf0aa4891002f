// SPDX-License-Identifier: BSD-3-Clause
// The options that choose a kernel, and the words for what was chosen.
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

/// Declares --kernel, --source-kind, --fields, --parameter and --lambda.
void declare_kernel(CLI::App& command, KernelChoice& choice);

/// Declares --load-kernel.
void declare_kernel_libraries(CLI::App& command, std::vector<std::string>& libraries);

/// Collective. Registers the kernels of shared libraries.
void load_kernel_libraries(MPI_Comm communicator, const std::vector<std::string>& libraries);

/// The family of that name, which exists.
[[nodiscard]] FamilyDescription family_named(const std::string& name);

/// The choice that made a kernel with nothing left open: its source kinds and fields, and all parameters.
[[nodiscard]] KernelChoice completed(const KernelChoice& choice, const Kernel& kernel);

/// "yukawa (lambda 3)", from a completed choice.
[[nodiscard]] std::string kernel_text(const KernelChoice& choice);

/// "lambda=3", several joined by commas.
[[nodiscard]] std::string parameters_text(const KernelChoice& choice);

/// "source_kind", "fields" and "parameters".
[[nodiscard]] nlohmann::json to_json(const KernelChoice& choice);

/// The parameter lambda as reports have always shown it: 1 for a kernel without it.
[[nodiscard]] double lambda_of(const KernelChoice& choice);

[[nodiscard]] bool has_field(const Kernel& kernel, const std::string& name);

}
