// SPDX-License-Identifier: BSD-3-Clause
#include "app/evaluate.hpp"

#include <CLI/CLI.hpp>
#include <optional>

#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/report.hpp"
#include "app/text.hpp"
#include "base/types.hpp"
#include "comm/mpi.hpp"
#include "io/output_file.hpp"
#include "io/vtk.hpp"

namespace nearfar::app {
namespace {

/// This rank's sums.
struct Sums {
  std::vector<double> potentials;
  std::vector<double> gradients;  ///< empty when not wanted
};

void require_valid(const EvaluateOptions& options) {
  if (options.num_checks < 0) throw UsageError("--check must not be negative");
  if (options.repeat < 1) throw UsageError("--repeat must be at least 1");
}

const std::vector<double>& target_points(const Particles& particles) {
  return particles.targets_are_sources ? particles.sources : particles.targets;
}

Sums make_sums(const Particles& particles, const Kernel& kernel, bool with_gradients) {
  const std::size_t num_values = target_points(particles).size() / 3 * usize(kernel.num_values());
  Sums sums;
  sums.potentials.resize(num_values);
  if (with_gradients) sums.gradients.resize(3 * num_values);
  return sums;
}

void apply_repeatedly(Plan& plan, const Particles& particles, Sums& sums, int repeat, Progress& progress,
                      RunSummary& summary) {
  for (int i = 1; i <= repeat; ++i) {
    const std::string what = repeat == 1 ? "evaluating" : formatted("evaluating %d of %d", i, repeat);
    const auto apply = [&] { plan.apply(particles.charges, sums.potentials, sums.gradients); };
    summary.evaluate_seconds.push_back(progress.step(what, apply));
  }
}

void rebalance(MPI_Comm communicator, Plan& plan, const Particles& particles, Sums& sums, Progress& progress,
               RunSummary& summary) {
  progress.step("evaluating to measure the work",
                [&] { plan.apply(particles.charges, sums.potentials, sums.gradients); });
  add_evaluation(communicator, summary, plan);
  summary.imbalance.before_rebalancing = summary.imbalance.measured;
  summary.setup_seconds = progress.step(
      "rebalancing", [&] { plan.update_points(particles.sources, particles.targets, Balance::measured); });
  add_setup(communicator, summary, plan);
}

std::vector<Attribute> attributes(const RunSummary& summary) {
  const auto integer = [](std::int64_t value) { return value; };
  return {{"version", summary.version},
          {"kernel", summary.kernel},
          {"lambda", summary.lambda},
          {"order", integer(summary.options.order)},
          {"points_per_leaf", integer(summary.options.points_per_leaf)},
          {"tolerance", summary.options.tolerance},
          {"root_scale", summary.options.root_scale},
          {"precision", precision_name(summary.options.precision)},
          {"gradient", integer(summary.gradient ? 1 : 0)},
          {"num_ranks", integer(summary.num_ranks)},
          {"num_threads", integer(summary.num_threads)},
          {"num_sources", summary.tree.num_sources},
          {"num_targets", summary.tree.num_targets},
          {"tree_checksum", hexadecimal(summary.tree.checksum)},
          {"input", summary.input}};
}

/// All that the files of an evaluation show.
struct Evaluation {
  const Kernel& kernel;
  const Particles& particles;
  const Plan& plan;
  const Sums& sums;
  const RunSummary& summary;
};

void write_files(MPI_Comm communicator, const EvaluateOptions& options, const Evaluation& done, Progress& progress) {
  const int dim = done.kernel.num_values();
  if (!options.output.empty()) {
    const Results results{done.sums.potentials, done.sums.gradients, dim, attributes(done.summary)};
    progress.step("writing " + options.output, [&] { write_results(communicator, options.output, results); });
  }
  const std::string& prefix = options.problem.vtk;
  if (prefix.empty()) return;
  progress.step("writing " + octree_name(prefix), [&] { write_octree(communicator, octree_name(prefix), done.plan); });
  progress.step("writing " + particles_name(prefix), [&] {
    std::vector<VtkField> fields{{"potential", dim, done.sums.potentials}};
    if (options.gradient) fields.push_back({"gradient", 3 * dim, done.sums.gradients});
    if (done.particles.targets_are_sources)
      fields.push_back({"charge", done.kernel.num_strengths(), done.particles.charges});
    write_vtk_points(communicator, particles_name(prefix), target_points(done.particles), fields);
  });
}

/// Files that an evaluation may write, checked before hours of work.
void check_files(MPI_Comm communicator, const EvaluateOptions& options) {
  const ProblemOptions& problem = options.problem;
  const std::vector<std::string> outputs{options.output, particles_name(problem.vtk), octree_name(problem.vtk)};
  require_different_files(communicator, {problem.file, problem.json, outputs[0], outputs[1], outputs[2]});
  for (const std::string& path : outputs)
    if (!path.empty()) check_hdf5_writable(communicator, path);
  if (!problem.json.empty()) check_writable(communicator, problem.json);
}

/// That the results will fit on the disk, as soon as their number is known.
void check_room(MPI_Comm communicator, const EvaluateOptions& options, const Kernel& kernel,
                const Particles& particles) {
  const auto num_targets = all_sum(communicator, static_cast<std::int64_t>(target_points(particles).size() / 3));
  const std::int64_t num_results = num_targets * kernel.num_values() * (options.gradient ? 4 : 1);
  if (!options.output.empty()) check_hdf5_writable(communicator, options.output, num_results);
  if (!options.problem.vtk.empty())
    check_hdf5_writable(communicator, particles_name(options.problem.vtk), num_results + 3 * num_targets);
}

}

void declare_evaluate(CLI::App& command, EvaluateOptions& options) {
  declare_problem(command, options.problem);
  command.add_option("--output", options.output, "Write potentials (and gradients) to this file (HDF5)")
      ->type_name("FILE");
  command.add_flag("--gradient", options.gradient, "Compute gradients too");
  add_number(command, "--check", options.num_checks,
             "Compare with direct sums at K targets and print the relative errors")
      ->type_name("K");
  command.add_flag("--rebalance", options.rebalance,
                   "Evaluate once, partition anew so that the ranks take the same time, and go on");
  add_number(command, "--repeat", options.repeat, "Evaluate R times, for timings")
      ->capture_default_str()
      ->type_name("R");
  command.footer(
      "Reads the particles, sets up a plan, evaluates, and prints where the time went.\n"
      "Results are written only when --output is given.");
}

void run_evaluate(MPI_Comm communicator, const EvaluateOptions& options) {
  const ProblemOptions& problem = options.problem;
  require_valid(options);
  const Kernel kernel = make_problem_kernel(problem);
  check_files(communicator, options);

  Progress progress(communicator);
  RunSummary summary = describe_run(communicator, problem, kernel);
  summary.gradient = options.gradient;
  Particles particles;
  summary.read_seconds = progress.step("reading " + problem.file, [&] {
    particles = read_particles(communicator, problem.file, kernel.num_strengths());
  });
  check_room(communicator, options, kernel, particles);
  std::optional<Plan> plan;
  summary.setup_seconds = progress.step(
      "setting up", [&] { plan.emplace(make_plan(communicator, kernel, particles, plan_options(problem))); });
  add_setup(communicator, summary, *plan);

  Sums sums = make_sums(particles, kernel, options.gradient);
  if (options.rebalance) rebalance(communicator, *plan, particles, sums, progress, summary);
  apply_repeatedly(*plan, particles, sums, options.repeat, progress, summary);
  add_evaluation(communicator, summary, *plan);
  summary.memory = peak_memory(communicator);
  if (options.num_checks > 0) {
    progress.step("checking against direct sums", [&] {
      summary.check = sampled_error(communicator, kernel,
                                    {.sources = particles.sources,
                                     .charges = particles.charges,
                                     .targets = target_points(particles),
                                     .potentials = sums.potentials,
                                     .gradients = sums.gradients},
                                    options.num_checks);
    });
  }
  // The report comes first, so that it is not lost when the disk has become full meanwhile.
  publish(communicator, summary, problem.json);
  write_files(communicator, options, {kernel, particles, *plan, sums, summary}, progress);
}

}
