// SPDX-License-Identifier: BSD-3-Clause
#include "app/evaluate.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "app/fields.hpp"
#include "app/kernel_options.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/report.hpp"
#include "app/setup_checkpoint.hpp"
#include "app/text.hpp"
#include "base/types.hpp"
#include "comm/mpi.hpp"
#include "io/output_file.hpp"
#include "io/vtk.hpp"

namespace nearfar::app {
namespace {

constexpr std::int64_t default_num_checks = 1000;

void require_valid(const EvaluateOptions& options) {
  if (options.num_checks < 0) throw UsageError("--check must not be negative");
  if (!(options.check_tolerance >= 0.0)) throw UsageError("--check-tolerance must not be negative");
  const std::string group = "/" + options.output_group + "/";
  if (options.output_group.empty() || options.output_group.ends_with('/') || group.find("//", 1) != std::string::npos ||
      group.find("/./") != std::string::npos || group.find("/../") != std::string::npos)
    throw UsageError("--output-group must be a name, or several with one '/' between them, not '" +
                     options.output_group + "'");
  if (options.repeat < 1) throw UsageError("--repeat must be at least 1");
}

const std::vector<double>& target_points(const Particles& particles) {
  return particles.targets_are_sources ? particles.sources : particles.targets;
}

/// --gradient means what Plan::apply gives beside the potentials, or else the field of that name.
Kernel make_evaluated_kernel(const EvaluateOptions& options) {
  Kernel kernel = make_kernel(options.problem.kernel);
  if (!options.gradient || kernel.has_gradients || has_field(kernel, "gradient")) return kernel;
  const FamilyDescription family = family_named(kernel.name);
  std::vector<std::string> names;
  for (const QuantityDescription& field : family.fields) names.push_back(field.quantity.name);
  if (std::find(names.begin(), names.end(), "gradient") == names.end())
    throw UsageError("the " + kernel.name +
                     " kernel has no gradients for --gradient; choose from its --fields: " + joined(names, ", "));
  KernelChoice choice = completed(options.problem.kernel, kernel);
  choice.fields.push_back("gradient");
  return make_kernel(choice);
}

Sums make_sums(const Particles& particles, const Kernel& kernel, bool with_gradients) {
  const std::size_t num_targets = target_points(particles).size() / 3;
  Sums sums;
  sums.values.resize(num_targets * usize(kernel.num_values()));
  sums.with_gradients = with_gradients;
  if (with_gradients) sums.gradients.resize(num_targets * 3 * usize(kernel.target_dim));
  return sums;
}

void apply_repeatedly(Plan& plan, const Particles& particles, Sums& sums, int repeat, Progress& progress,
                      RunSummary& summary) {
  for (int i = 1; i <= repeat; ++i) {
    const std::string what = repeat == 1 ? "evaluating" : formatted("evaluating %d of %d", i, repeat);
    const auto apply = [&] { plan.apply(particles.charges, sums.values, sums.gradients); };
    summary.evaluate_seconds.push_back(progress.step(what, apply));
  }
  summary.evaluation_threads = progress.threads();
}

void rebalance(MPI_Comm communicator, Plan& plan, const Particles& particles, Sums& sums, Progress& progress,
               RunSummary& summary) {
  progress.step("evaluating to measure the work", [&] { plan.apply(particles.charges, sums.values, sums.gradients); });
  add_evaluation(communicator, summary, plan);
  summary.imbalance.before_rebalancing = summary.imbalance.measured;
  summary.setup_seconds = progress.step(
      "rebalancing", [&] { plan.update_points(particles.sources, particles.targets, Balance::measured); });
  summary.setup_threads = progress.threads();
  add_setup(communicator, summary, plan);
}

std::vector<Attribute> attributes(const RunSummary& summary) {
  const auto integer = [](std::int64_t value) { return value; };
  return {{"version", summary.version},
          {"kernel", summary.kernel.name},
          {"source_kind", joined(summary.kernel.source_kinds, ",")},
          {"fields", joined(summary.kernel.fields, ",")},
          {"parameters", parameters_text(summary.kernel)},
          {"lambda", lambda_of(summary.kernel)},
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

/// Without attributes.
Results results_of(const EvaluateOptions& options, const NamedArrays& fields) {
  const bool by_name = !options.problem.kernel.fields.empty();
  const std::string& name = options.output_group;
  return {.arrays = by_name ? fields.arrays() : with_default_names(fields.arrays()),
          .group = name.starts_with('/') ? name : "/" + name,
          .copied = options.copy_input ? options.problem.file : ""};
}

void write_files(MPI_Comm communicator, const EvaluateOptions& options, const Evaluation& done, Progress& progress) {
  const NamedArrays fields = fields_of(done.kernel, done.sums);
  if (!options.output.empty()) {
    Results results = results_of(options, fields);
    results.attributes = attributes(done.summary);
    progress.step("writing " + options.output, [&] { write_results(communicator, options.output, results); });
  }
  const std::string& prefix = options.problem.vtk;
  if (prefix.empty()) return;
  progress.step("writing " + octree_name(prefix), [&] { write_octree(communicator, octree_name(prefix), done.plan); });
  progress.step("writing " + particles_name(prefix), [&] {
    std::vector<VtkField> arrays = fields.vtk_fields();
    const NamedArrays strengths(done.kernel.source_kinds, done.particles.charges);
    if (done.particles.targets_are_sources)
      for (VtkField& array : strengths.vtk_fields()) arrays.push_back(std::move(array));
    write_vtk_points(communicator, particles_name(prefix), target_points(done.particles), arrays);
  });
}

/// Files that an evaluation may write, checked before hours of work.
void check_files(MPI_Comm communicator, const EvaluateOptions& options) {
  const ProblemOptions& problem = options.problem;
  const std::vector<std::string> outputs{options.output, particles_name(problem.vtk), octree_name(problem.vtk),
                                         options.save_setup};
  require_different_files(communicator, {problem.file, options.load_setup, options.save_setup, problem.json, outputs[0],
                                         outputs[1], outputs[2]});
  for (const std::string& path : outputs)
    if (!path.empty()) check_hdf5_writable(communicator, path);
  if (!problem.json.empty()) check_writable(communicator, problem.json);
}

/// That the results will fit on the disk, as soon as their number is known.
void check_room(MPI_Comm communicator, const EvaluateOptions& options, const Kernel& kernel, bool with_gradients,
                const Particles& particles) {
  const auto num_targets = all_sum(communicator, static_cast<std::int64_t>(target_points(particles).size() / 3));
  const std::int64_t num_results = num_targets * (kernel.num_values() + (with_gradients ? 3 * kernel.target_dim : 0));
  if (!options.output.empty())
    check_hdf5_writable(
        communicator, options.output,
        num_results +
            (options.copy_input ? static_cast<std::int64_t>(std::filesystem::file_size(options.problem.file) / 8) : 0));
  if (!options.problem.vtk.empty())
    check_hdf5_writable(communicator, particles_name(options.problem.vtk), num_results + 3 * num_targets);
}

/// The largest relative L2 error of a field; NaN if one is.
FieldError worst_field(const RunSummary& summary) {
  std::vector<FieldError> errors = field_errors(*summary.check);
  if (has_gradients_beside(summary)) errors.push_back({.name = "gradient", .rel_l2 = summary.check->gradient_rel_l2});
  FieldError worst = errors.front();
  for (const FieldError& error : errors)
    if (std::isnan(error.rel_l2) || error.rel_l2 > worst.rel_l2) worst = error;
  return worst;
}

/// Throws CheckFailure where the check found more than the user tolerates.
void require_check(const EvaluateOptions& options, const RunSummary& summary) {
  if (options.check_tolerance == 0.0) return;
  const FieldError worst = worst_field(summary);
  if (worst.rel_l2 <= options.check_tolerance) return;
  throw CheckFailure(formatted("the relative L2 error of the %s is %.2e in the check, above --check-tolerance %g",
                               worst.name.c_str(), worst.rel_l2, options.check_tolerance));
}

SampledError check(MPI_Comm communicator, const Kernel& kernel, const Particles& particles, const Sums& sums,
                   std::int64_t num_samples) {
  return sampled_error(communicator, kernel,
                       {.sources = particles.sources,
                        .charges = particles.charges,
                        .targets = target_points(particles),
                        .potentials = sums.values,
                        .gradients = sums.gradients,
                        .normals = {particles.source_normals, particles.target_normals}},
                       num_samples);
}

}

void declare_evaluate(CLI::App& command, EvaluateOptions& options) {
  declare_problem(command, options.problem);
  CLI::Option* const output = command.add_option("--output", options.output, "Write the results (HDF5)")
                                  ->group(output_group)
                                  ->type_name("FILE");
  command.add_option("--output-group", options.output_group, "Group of the results in it")
      ->group(output_group)
      ->type_name("GROUP")
      ->capture_default_str()
      ->needs(output);
  command.add_flag("--copy-input", options.copy_input, "Add the results to a copy of the input")
      ->group(output_group)
      ->needs(output);
  command.add_flag("--gradient", options.gradient, "Compute gradients of the potentials too")->group(kernel_group);
  add_number(command, "--check", options.num_checks, "Compare with direct sums at K targets, print the relative errors")
      ->type_name("K");
  command
      .add_option("--check-tolerance", options.check_tolerance,
                  "Exit with 4 if a relative L2 error of the check (K: 1000) exceeds E")
      ->type_name("E");
  command.add_option("--save-setup", options.save_setup, "Write what the set-up decides (HDF5), for --load-setup")
      ->group(output_group)
      ->type_name("FILE");
  command
      .add_option("--load-setup", options.load_setup,
                  "Take accuracy, leaves and, on as many ranks, the partition from such a file")
      ->type_name("FILE");
  command.add_flag("--rebalance", options.rebalance,
                   "Evaluate once, partition anew by the times of the ranks, and go on");
  add_number(command, "--repeat", options.repeat, "Evaluate R times, for timings")
      ->capture_default_str()
      ->type_name("R");
  command.footer("What --sources and the like mean, and the formats of files: src/io/README.md");
}

void run_evaluate(MPI_Comm communicator, const EvaluateOptions& options) {
  const ProblemOptions& problem = options.problem;
  require_valid(options);
  load_kernel_libraries(communicator, problem.kernel_libraries);
  const Kernel kernel = make_evaluated_kernel(options);
  const bool with_gradients = options.gradient && kernel.has_gradients && !has_field(kernel, "gradient");
  check_files(communicator, options);
  if (options.copy_input)
    check_copy(communicator, results_of(options, fields_of(kernel, make_sums(Particles{}, kernel, with_gradients))));

  Progress progress(communicator);
  RunSummary summary = describe_run(communicator, problem, kernel);
  summary.gradient = with_gradients || has_field(kernel, "gradient");
  Particles particles;
  summary.read_seconds = progress.step("reading " + problem.file, [&] {
    particles = read_particles(communicator, problem.file, needs_of(kernel, problem.names));
  });
  check_room(communicator, options, kernel, with_gradients, particles);
  std::optional<Plan> plan;
  summary.setup_seconds = progress.step("setting up", [&] {
    plan.emplace(options.load_setup.empty()
                     ? make_plan(communicator, kernel, particles, plan_options(problem))
                     : make_saved_plan(communicator, kernel, particles, problem, options.load_setup));
  });
  summary.setup_threads = progress.threads();
  add_setup(communicator, summary, *plan);

  Sums sums = make_sums(particles, kernel, with_gradients);
  if (options.rebalance) rebalance(communicator, *plan, particles, sums, progress, summary);
  if (!options.save_setup.empty())
    progress.step("writing " + options.save_setup, [&] {
      write_setup(communicator, options.save_setup, setup_of(communicator, *plan, particles, summary.kernel));
    });
  apply_repeatedly(*plan, particles, sums, options.repeat, progress, summary);
  add_evaluation(communicator, summary, *plan);
  summary.memory = peak_memory(communicator);
  const std::int64_t num_checks =
      options.num_checks == 0 && options.check_tolerance > 0.0 ? default_num_checks : options.num_checks;
  if (num_checks > 0)
    progress.step("checking against direct sums",
                  [&] { summary.check = check(communicator, kernel, particles, sums, num_checks); });
  // The report comes first, so that it is not lost when the disk has become full meanwhile.
  publish(communicator, summary, problem.json);
  write_files(communicator, options, {kernel, particles, *plan, sums, summary}, progress);
  require_check(options, summary);
}

}
