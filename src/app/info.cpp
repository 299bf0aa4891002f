// SPDX-License-Identifier: BSD-3-Clause
#include "app/info.hpp"

#include <CLI/CLI.hpp>
#include <optional>

#include "app/kernel_options.hpp"
#include "app/progress.hpp"
#include "app/report.hpp"
#include "io/output_file.hpp"

namespace nearfar::app {

void declare_info(CLI::App& command, InfoOptions& options) { declare_problem(command, options.problem); }

void run_info(MPI_Comm communicator, const InfoOptions& options) {
  const ProblemOptions& problem = options.problem;
  load_kernel_libraries(communicator, problem.kernel_libraries);
  const Kernel kernel = make_kernel(problem.kernel);
  const std::string vtk_octree = octree_name(problem.vtk);
  require_different_files(communicator, {problem.file, problem.json, vtk_octree});
  if (!vtk_octree.empty()) check_hdf5_writable(communicator, vtk_octree);
  if (!problem.json.empty()) check_writable(communicator, problem.json);

  Options options_of_lists = plan_options(problem);
  options_of_lists.lists_only = true;
  Progress progress(communicator);
  Particles particles;
  RunSummary summary = describe_run(communicator, problem, kernel);
  summary.read_seconds = progress.step("reading " + problem.file, [&] {
    particles = read_particles(communicator, problem.file, needs_of(kernel, problem.names));
  });
  std::optional<Plan> plan;
  summary.setup_seconds = progress.step(
      "building tree and lists", [&] { plan.emplace(make_plan(communicator, kernel, particles, options_of_lists)); });
  summary.setup_threads = progress.threads();
  add_setup(communicator, summary, *plan);
  summary.memory = peak_memory(communicator);
  if (!vtk_octree.empty())
    progress.step("writing " + vtk_octree, [&] { write_octree(communicator, vtk_octree, *plan); });
  publish(communicator, summary, problem.json);
}

}
