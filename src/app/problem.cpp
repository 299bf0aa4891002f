// SPDX-License-Identifier: BSD-3-Clause
#include "app/problem.hpp"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "app/kernel_options.hpp"
#include "app/options.hpp"
#include "comm/mpi.hpp"
#include "io/paths.hpp"
#include "io/vtk.hpp"

namespace nearfar::app {
namespace {

namespace fs = std::filesystem;

/// 0 leaves a number of the plan open, which is not for a user to write.
const CLI::Validator not_zero(
    [](const std::string& text) {
      char* end = nullptr;
      const double number = std::strtod(text.c_str(), &end);
      if (end == text.c_str() || *end != '\0') return text + " is not a number";
      return number == 0.0 ? text + " is not above 0" : std::string();
    },
    "");

bool same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  if (fs::equivalent(a, b, ignored)) return true;
  // Of files that do not exist yet. What makes a path unusable is for OutputFile to say.
  const auto place = [&](const std::string& path) {
    const fs::path whole = fs::absolute(follow_links(path), ignored);
    const fs::path canonical = fs::weakly_canonical(whole, ignored);
    return ignored ? whole.lexically_normal() : canonical;
  };
  return place(a) == place(b);
}

void declare_input_names(CLI::App& command, InputNames& names) {
  const auto add = [&](const char* option, std::vector<std::string>& into, const char* description) {
    add_names(command, option, into, description)->group(input_group);
  };
  add("--sources", names.sources, "HDF5 datasets, arrays of .npz or columns of text of the sources, if not as usual");
  add("--targets", names.targets, "Those of the targets; the sources unless given");
  const auto take_charges = [&names](const std::vector<std::string>& given) {
    char* end = nullptr;
    const double number = std::strtod(given.front().c_str(), &end);
    const bool is_number = given.size() == 1 && *end == '\0';
    if (is_number && !std::isfinite(number))
      throw CLI::ValidationError("--charges", "'" + given.front() + "' is not finite; give one number for all sources");
    if (is_number)
      names.charge = number;
    else
      names.charges = given;
  };
  add_names(command, "--charges", take_charges, "Those of the strengths, or one number for all sources")
      ->group(input_group)
      ->type_name("NAME,...|NUMBER");
  add("--source-normals", names.source_normals, "Those of the sources' normals");
  add("--target-normals", names.target_normals, "Those of the targets' normals");
}

void declare_accuracy(CLI::App& command, ProblemOptions& options) {
  command
      .add_option("--tolerance", options.plan.tolerance,
                  "Relative L2 error wanted of potentials, 1e-12 to 0.1 (1e-6); gradients may err 10 times")
      ->check(not_zero)
      ->group(accuracy_group)
      ->type_name("E");
  add_number(command, "--order", options.plan.order, "Points along an edge of the equivalent surfaces, 2 to 16")
      ->check(not_zero)
      ->group(accuracy_group)
      ->type_name("P");
  add_number(command, "--points-per-leaf", options.plan.points_per_leaf, "Most sources, and most targets, of a leaf")
      ->check(not_zero)
      ->group(accuracy_group)
      ->type_name("N");
  command
      .add_option("--root-scale", options.plan.root_scale,
                  "Side of the root cube over the extent of the points, 1 to 2")
      ->check(not_zero)
      ->group(accuracy_group)
      ->type_name("S");
  add_choice(command, "--precision", options.precision, {"automatic", "full", "mixed"},
             "Near field and M2L in double (full) or single (mixed; adds 2e-7)")
      ->group(accuracy_group);
}

}

void declare_problem(CLI::App& command, ProblemOptions& options, Input input) {
  if (input != Input::none) {
    command.add_option("FILE", options.file, "Particles: HDF5, text (.csv, .txt) or numpy (.npy, .npz)")
        ->required(input == Input::required)
        ->type_name("");
    declare_input_names(command, options.names);
  }
  declare_accuracy(command, options);
  if (input == Input::required)
    add_bytes(command, "--max-memory", options.plan.max_memory,
              "Refuse what is estimated to need more on a rank, beside the particles; 4G = 4 * 1024^3");
  declare_kernel(command, options.kernel);
  declare_kernel_libraries(command, options.kernel_libraries);
  if (input == Input::required)
    command.add_option("--vtk", options.vtk, "Write files for ParaView 5.10: PREFIX_particles.hdf, PREFIX_octree.hdf")
        ->group(output_group)
        ->type_name("PREFIX");
  command.add_option("--json", options.json, "Write the report as JSON")->group(output_group)->type_name("FILE");
}

Options plan_options(const ProblemOptions& options) {
  Options plan = options.plan;
  plan.precision = options.precision == "full"    ? Precision::full
                   : options.precision == "mixed" ? Precision::mixed
                                                  : Precision::automatic;
  return plan;
}

Plan make_plan(MPI_Comm communicator, const Kernel& kernel, const Particles& particles, const Options& options,
               std::span<const std::int64_t> cuts) {
  Plan plan = particles.targets_are_sources
                  ? Plan(communicator, kernel, particles.sources, options, cuts)
                  : Plan(communicator, kernel, particles.sources, particles.targets, options, cuts);
  if (kernel.needs_source_normals() || kernel.needs_target_normals())
    plan.set_normals({particles.source_normals, particles.target_normals});
  return plan;
}

std::string particles_name(const std::string& prefix) { return prefix.empty() ? "" : prefix + "_particles.hdf"; }
std::string octree_name(const std::string& prefix) { return prefix.empty() ? "" : prefix + "_octree.hdf"; }

void write_octree(MPI_Comm communicator, const std::string& path, const Plan& plan) {
  std::vector<VtkBox> boxes;
  std::vector<double> levels, ranks, sources, targets, work;
  for (const Leaf& leaf : plan.leaves()) {
    boxes.push_back({leaf.lower, leaf.side});
    levels.push_back(leaf.level);
    ranks.push_back(rank_of(communicator));
    sources.push_back(static_cast<double>(leaf.num_sources));
    targets.push_back(static_cast<double>(leaf.num_targets));
    work.push_back(leaf.predicted_seconds);
  }
  write_vtk_boxes(communicator, path, boxes,
                  {{"level", 1, levels},
                   {"rank", 1, ranks},
                   {"num_sources", 1, sources},
                   {"num_targets", 1, targets},
                   {"predicted_seconds", 1, work}});
}

void require_different_files(MPI_Comm communicator, const std::vector<std::string>& paths) {
  // Only rank 0 looks, in case the hosts see different file systems.
  agree(communicator, [&] {
    if (rank_of(communicator) != 0) return;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!paths[i].empty() && !paths[j].empty() && same_file(paths[i], paths[j]))
          throw UsageError(paths[i] + " would be overwritten: give the input and every output file a name of its own");
      }
    }
  });
}

}
