// SPDX-License-Identifier: BSD-3-Clause
#include "app/plan_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/distributions.hpp"
#include "app/kernel_options.hpp"
#include "app/options.hpp"
#include "app/plan_report.hpp"
#include "app/progress.hpp"
#include "app/text.hpp"
#include "comm/mpi.hpp"
#include "forecast/setup_time.hpp"
#include "io/output_file.hpp"

namespace nearfar::app {
namespace {

constexpr int most_ranks = 10'000'000;
constexpr std::int64_t most_weight = 1000;  ///< of a simulated point; leaves hold fewer

void require_valid(const PlanCommandOptions& options, int num_ranks) {
  if (num_ranks > 1) throw UsageError("nearfar plan runs on one rank: --ranks says how many it predicts");
  if (options.problem.file.empty() == options.distribution.empty())
    throw UsageError("give a file of particles, or --distribution and --num-points, and not both");
  if (!options.distribution.empty() && options.num_points < 1)
    throw UsageError("--distribution needs --num-points, at least 1");
  if (options.distribution.empty() && options.num_points != 0)
    throw UsageError("--num-points needs --distribution; a file sets its own number of points");
  if (!options.distribution.empty() && options.problem.names.any())
    throw UsageError("--sources, --targets, --charges and the normals name parts of a file, not of a --distribution");
  if (options.num_ranks < 1 || options.num_ranks > most_ranks)
    throw UsageError(formatted("--ranks must be 1 to %d", most_ranks));
  if (options.ranks_per_node < 1) throw UsageError("--ranks-per-node must be at least 1");
  if (options.num_threads < 1) throw UsageError("--threads must be at least 1");
  if (options.most_simulated < 1) throw UsageError("--simulate must be at least 1");
}

Particles take_particles(MPI_Comm communicator, const PlanCommandOptions& options, const Kernel& kernel) {
  if (!options.problem.file.empty())
    return read_particles(communicator, options.problem.file, needs_of(kernel, options.problem.names));
  Particles particles;
  particles.num_sources = particles.num_targets = std::min(options.num_points, options.most_simulated);
  particles.sources = sample_points(distribution_named(options.distribution), 0, 0, particles.num_sources);
  return particles;
}

}

void declare_plan(CLI::App& command, PlanCommandOptions& options) {
  declare_problem(command, options.problem, Input::optional);
  add_choice(command, "--distribution", options.distribution, distribution_names(),
             "Points of `nearfar generate` instead of a file");
  add_number(command, "--num-points", options.num_points, "How many of them")->type_name("N");
  add_number(command, "--ranks", options.num_ranks, "Ranks of the run to be predicted")->required()->type_name("P");
  add_number(command, "--ranks-per-node", options.ranks_per_node,
             "Ranks on each node, in turn: points in random order go within nodes first")
      ->capture_default_str()
      ->type_name("K");
  add_number(command, "--threads", options.num_threads, "Threads of each of these ranks")
      ->capture_default_str()
      ->type_name("T");
  command.add_option("--machine", options.machine, "What `nearfar calibrate --json` wrote on that machine")
      ->type_name("FILE");
  add_number(command, "--simulate", options.most_simulated,
             "Simulates with at most as many points of --distribution, and scales what comes out")
      ->capture_default_str()
      ->type_name("N");
  command.add_flag("--sort", options.sorted, "The points are in tree order, as `nearfar generate --sort` writes them");
  command.footer(
      "Builds the whole tree on one rank, cuts it as so many ranks would, and counts what each would compute, send\n"
      "and hold. Counts are those of a real run; times follow from the machine's rates, latency and bandwidth,\n"
      "without any overlap.");
}

void run_plan(MPI_Comm communicator, const PlanCommandOptions& options) {
  require_valid(options, size_of_communicator(communicator));
  load_kernel_libraries(communicator, options.problem.kernel_libraries);
  const Kernel kernel = make_kernel(options.problem.kernel);
  require_different_files(communicator, {options.problem.file, options.machine, options.problem.json});
  const Machine machine = options.machine.empty() ? Machine{} : read_machine(options.machine);
  if (!options.problem.json.empty()) check_writable(communicator, options.problem.json);

  Progress progress(communicator);
  Particles particles;
  progress.step("taking the points", [&] { particles = take_particles(communicator, options, kernel); });
  const std::int64_t wanted = options.distribution.empty() ? particles.num_targets : options.num_points;
  const std::int64_t stands_for = wanted / std::max<std::int64_t>(1, particles.num_targets);
  const auto weight = static_cast<int>(std::clamp<std::int64_t>(stands_for, 1, most_weight));
  const CallerPoints points{particles.sources, particles.targets, particles.targets_are_sources};
  std::optional<WholeTree> whole;
  progress.step("building tree and lists",
                [&] { whole.emplace(communicator, kernel, points, plan_options(options.problem), weight); });
  Forecast forecast;
  progress.step("cutting and counting", [&] {
    VirtualRun run{.num_ranks = options.num_ranks, .ranks_per_node = options.ranks_per_node};
    if (wanted > particles.num_targets) {
      run.factor = static_cast<double>(wanted) /
                   (static_cast<double>(particles.num_targets) * whole->layout.tuning.point_weight);
      run.order = CallerOrder::random;  // as the distributions are
    }
    if (options.sorted) run.order = CallerOrder::tree;
    forecast = summarize(make_virtual_ranks(*whole, run), *whole, machine, options.num_threads,
                         measured_translations(whole->layout));
    forecast.kernel = completed(options.problem.kernel, kernel);
    forecast.num_points = wanted;
    forecast.num_simulated = particles.num_targets;
  });
  std::cout << table(forecast) << std::flush;
  if (!options.problem.json.empty()) write_text(communicator, options.problem.json, to_json(forecast).dump(2) + "\n");
}

}
