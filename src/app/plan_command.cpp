// SPDX-License-Identifier: BSD-3-Clause
#include "app/plan_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/distributions.hpp"
#include "app/kernel_options.hpp"
#include "app/machine.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/report.hpp"
#include "app/text.hpp"
#include "base/bytes.hpp"
#include "comm/mpi.hpp"
#include "forecast/virtual_ranks.hpp"
#include "io/output_file.hpp"

namespace nearfar::app {
namespace {

constexpr int most_ranks = 10'000'000;
constexpr std::int64_t most_weight = 1000;  ///< of a simulated point; leaves hold fewer

/// What is predicted of a run.
struct Forecast {
  std::int64_t num_points = 0, num_simulated = 0;
  KernelChoice kernel;  ///< completed
  Options options;
  TreeStatistics tree;
  Spreads phases;  ///< seconds
  Spreads communication;
  Spread memory;  ///< bytes
  double imbalance = 1.0;
  double seconds = 0.0;  ///< of the slowest rank
};

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

template <class Value>
Spread spread_of(const std::vector<VirtualRank>& ranks, const Value& value) {
  Spread spread{INFINITY, 0.0, 0.0};
  for (const VirtualRank& rank : ranks) {
    const double v = value(rank);
    spread = {std::min(spread.min, v), spread.mean + v / static_cast<double>(ranks.size()), std::max(spread.max, v)};
  }
  return spread;
}

double seconds_of(const VirtualRank& rank, Phase phase, const Machine& machine, int num_threads) {
  return 1e-9 * rank.work[phase] * machine.factor(std::string(phase_names[static_cast<std::size_t>(phase)])) /
         num_threads;
}

double seconds_of_compute(const VirtualRank& rank, const Machine& machine, int num_threads) {
  double sum = 0.0;
  for (auto i = static_cast<int>(Phase::p2m); i <= static_cast<int>(Phase::p2p); ++i)
    sum += seconds_of(rank, static_cast<Phase>(i), machine, num_threads);
  return sum;
}

double seconds_of_messages(std::int64_t messages, std::int64_t bytes, const Machine& machine) {
  return static_cast<double>(messages) * machine.latency_seconds +
         static_cast<double>(bytes) / machine.bandwidth_bytes_per_second;
}

/// From the ranks to the figures of the report.
Forecast summarize(const std::vector<VirtualRank>& ranks, const WholeTree& whole, const Machine& machine,
                   int num_threads) {
  Forecast forecast;
  forecast.options = whole.layout.tuning.options;
  forecast.tree = whole.layout.statistics;
  for (auto i = static_cast<int>(Phase::p2m); i <= static_cast<int>(Phase::p2p); ++i) {
    const auto phase = static_cast<Phase>(i);
    forecast.phases.emplace_back(phase_names[usize(i)], spread_of(ranks, [&](const VirtualRank& rank) {
                                   return seconds_of(rank, phase, machine, num_threads);
                                 }));
  }
  const auto ghosts = [&](const VirtualRank& rank) {
    return seconds_of_messages(rank.communication.messages, rank.communication.bytes, machine);
  };
  const auto caller = [&](const VirtualRank& rank) {
    return seconds_of_messages(rank.communication.caller_messages, rank.communication.caller_bytes, machine);
  };
  const auto compute = [&](const VirtualRank& rank) { return seconds_of_compute(rank, machine, num_threads); };
  forecast.phases.emplace_back("ghosts", spread_of(ranks, ghosts));
  forecast.phases.emplace_back("caller's order", spread_of(ranks, caller));
  const Spread work = spread_of(ranks, compute);
  forecast.imbalance = work.mean > 0.0 ? work.max / work.mean : 1.0;
  forecast.seconds =
      spread_of(ranks, [&](const VirtualRank& rank) { return compute(rank) + ghosts(rank) + caller(rank); }).max;
  const auto names = named_counts({});
  for (std::size_t i = 0; i < names.size(); ++i)
    forecast.communication.emplace_back(names[i].first, spread_of(ranks, [&](const VirtualRank& rank) {
                                          return static_cast<double>(named_counts(rank.communication)[i].second);
                                        }));
  const Kernel& kernel = whole.layout.tuning.kernel;
  forecast.memory = spread_of(ranks, [&](const VirtualRank& rank) {
    const int of_source = 3 + kernel.num_strengths() + (kernel.needs_source_normals() ? 3 : 0);
    const int of_target = kernel.num_values() + (kernel.needs_target_normals() ? 3 : 0) +
                          (whole.layout.points.targets_are_sources ? 0 : 3);
    const std::int64_t caller_arrays = 8 * (rank.sizes.sources * of_source + rank.sizes.targets * of_target);
    return machine.process_bytes +
           static_cast<double>(estimate_memory(rank.sizes, kernel, forecast.options) + caller_arrays);
  });
  return forecast;
}

std::string table_of(const Forecast& forecast, const PlanCommandOptions& options) {
  std::string text =
      formatted("%lld points, kernel %s, order %d, points per leaf %d, precision %s\n",
                static_cast<long long>(forecast.num_points), kernel_text(forecast.kernel).c_str(),
                forecast.options.order, forecast.options.points_per_leaf, precision_name(forecast.options.precision));
  text += formatted("ranks %d, threads %d each\n", options.num_ranks, options.num_threads);
  if (forecast.num_simulated < forecast.num_points)
    text += formatted(
        "simulated with %lld points that stand for more: what ranks have is scaled with the points, what they share "
        "with the borders of their parts, messages not at all\n",
        static_cast<long long>(forecast.num_simulated));
  text += spread_rows("seconds", forecast.phases, " %12.3g") +
          spread_rows("communication", forecast.communication, " %12.0f");
  text += formatted("imbalance of the ranks (largest over mean): %.2f\n", forecast.imbalance);
  text += formatted("evaluation: %.3g s, %.3g ns per point and core\n", forecast.seconds,
                    1e9 * forecast.seconds * options.num_ranks * options.num_threads /
                        static_cast<double>(std::max<std::int64_t>(1, forecast.num_points)));
  return text + "memory: " + bytes_text(forecast.memory.max) + " on the fullest rank, " +
         bytes_text(forecast.memory.mean) + " on average\n";
}

nlohmann::json to_json(const Forecast& forecast, const PlanCommandOptions& options) {
  nlohmann::json report{{"num_points", forecast.num_points},
                        {"num_simulated", forecast.num_simulated},
                        {"ranks", options.num_ranks},
                        {"threads", options.num_threads},
                        {"kernel", forecast.kernel.name},
                        {"order", forecast.options.order},
                        {"points_per_leaf", forecast.options.points_per_leaf},
                        {"precision", precision_name(forecast.options.precision)},
                        {"tree_checksum", hexadecimal(forecast.tree.checksum)},
                        {"phases", app::to_json(forecast.phases)},
                        {"communication", app::to_json(forecast.communication)},
                        {"imbalance", forecast.imbalance},
                        {"evaluate_seconds", forecast.seconds},
                        {"memory_bytes", {{"mean", forecast.memory.mean}, {"max", forecast.memory.max}}}};
  report.update(app::to_json(forecast.kernel));
  return report;
}

}

void declare_plan(CLI::App& command, PlanCommandOptions& options) {
  declare_problem(command, options.problem, Input::optional);
  add_choice(command, "--distribution", options.distribution, distribution_names(),
             "Points of `nearfar generate` instead of a file");
  add_number(command, "--num-points", options.num_points, "How many of them")->type_name("N");
  add_number(command, "--ranks", options.num_ranks, "Ranks of the run to be predicted")->required()->type_name("P");
  add_number(command, "--threads", options.num_threads, "Threads of each of these ranks")
      ->capture_default_str()
      ->type_name("T");
  command.add_option("--machine", options.machine, "What `nearfar calibrate --json` wrote on that machine")
      ->type_name("FILE");
  add_number(command, "--simulate", options.most_simulated,
             "Simulates with at most as many points of --distribution, and scales what comes out")
      ->capture_default_str()
      ->type_name("N");
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
    std::vector<VirtualRank> ranks = make_virtual_ranks(*whole, options.num_ranks);
    if (wanted > particles.num_targets) {
      const double simulated = static_cast<double>(particles.num_targets) * whole->layout.tuning.point_weight;
      const Growth growth = growth_of(whole->layout.statistics, static_cast<double>(wanted) / simulated);
      for (VirtualRank& rank : ranks) scale(growth, rank);
    }
    forecast = summarize(ranks, *whole, machine, options.num_threads);
    forecast.kernel = completed(options.problem.kernel, kernel);
    forecast.num_points = wanted;
    forecast.num_simulated = particles.num_targets;
  });
  std::cout << table_of(forecast, options) << std::flush;
  if (!options.problem.json.empty())
    write_text(communicator, options.problem.json, to_json(forecast, options).dump(2) + "\n");
}

}
