// SPDX-License-Identifier: BSD-3-Clause
// What `evaluate` and `info` have in common: which particles, which kernel, which plan.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <mpi.h>

#include "io/particles.hpp"
#include "nearfar/families.hpp"
#include "nearfar/plan.hpp"

namespace CLI {
class App;
}

namespace nearfar::app {

struct ProblemOptions {
  std::string file;  ///< particles
  InputNames names;  ///< where the file has them, if not in the usual places
  std::string json;  ///< where the report goes as JSON; empty: nowhere
  std::string vtk;   ///< prefix of files for ParaView; empty: none
  KernelChoice kernel;
  std::vector<std::string> kernel_libraries;  ///< with kernels of the user's own
  std::string precision = "automatic";
  Options plan;  ///< but for the precision
};

/// Whether a subcommand reads particles from a file.
enum class Input { required, optional, none };

/// Declares the file, --sources, --targets, --charges, --source-normals, --target-normals, --tolerance, --order,
/// --points-per-leaf, --root-scale, --precision, --max-memory, the choice of a kernel, --vtk and --json.
void declare_problem(CLI::App& command, ProblemOptions& options, Input input = Input::required);

[[nodiscard]] Options plan_options(const ProblemOptions& options);

/// Collective. The plan of all particles of all ranks, with the normals that the kernel needs, and the cuts of an
/// earlier one if there are any.
[[nodiscard]] Plan make_plan(MPI_Comm communicator, const Kernel& kernel, const Particles& particles,
                             const Options& options, std::span<const std::int64_t> cuts = {});

/// Collective. Writes the leaves of the octree for ParaView: level, rank, points and predicted work.
void write_octree(MPI_Comm communicator, const std::string& path, const Plan& plan);

/// Names of the files of --vtk PREFIX.
[[nodiscard]] std::string particles_name(const std::string& prefix);
[[nodiscard]] std::string octree_name(const std::string& prefix);

/// Collective. Throws UsageError when two of the names that are not empty are one file, so that results never
/// overwrite the particles.
void require_different_files(MPI_Comm communicator, const std::vector<std::string>& paths);

}
