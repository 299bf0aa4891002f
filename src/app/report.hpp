// SPDX-License-Identifier: BSD-3-Clause
// What a run did and how long it took: gathered over the ranks, then printed as a table and written as JSON.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include <mpi.h>

#include "app/problem.hpp"
#include "nearfar/plan.hpp"

namespace nearfar::app {

/// Over the ranks.
struct Spread {
  double min = 0.0;
  double mean = 0.0;
  double max = 0.0;
};

/// One phase over all ranks.
struct PhaseSummary {
  std::string name;
  Spread seconds;
  double flops = 0.0;         ///< of all ranks
  double cpu_fraction = 0.0;  ///< time that threads worked over the time they had, all ranks together
  double serial_share = 0.0;  ///< part of the time that is outside parallel regions
};

/// What more threads in each rank would bring.
struct ThreadForecast {
  double serial_share = 0.0;         ///< of the wall-clock time, over all ranks; with waiting for other ranks
  std::array<double, 2> speedups{};  ///< over one thread, on 16 and on 64: serial parts and unequal pieces of work
                                     ///< are in the way, memory is not
};

/// Figures of the ranks by name.
using Spreads = std::vector<std::pair<std::string, Spread>>;

/// Largest over mean of the ranks, 1 for equal work: of the time the phases of one application should take and of the
/// time that threads worked in the last one.
struct Imbalance {
  double predicted = 1.0;
  std::optional<double> measured;
  std::optional<double> before_rebalancing;  ///< measured
};

/// Largest resident memory so far.
struct PeakMemory {
  double max = 0.0;  ///< of one rank, in bytes
  double sum = 0.0;  ///< over the ranks
};

/// Threads against cores.
struct HostLoad {
  int ranks = 0;         ///< on the fullest host
  int threads = 0;       ///< of one of these ranks
  int cores = 0;         ///< of that host
  int usable_cores = 0;  ///< fewest that a rank is allowed to run on
  int num_hosts = 1;
  bool threads_bound = false;  ///< by OpenMP, on all ranks
};

struct RunSummary {
  std::string version;
  std::string input;
  KernelChoice kernel;  ///< completed
  Options options;
  RaisedOrder raised_order;
  bool gradient = false;
  int num_ranks = 1;
  int num_threads = 1;  ///< of one rank
  HostLoad load;
  std::string host;  ///< of rank 0
  TreeStatistics tree;
  std::int64_t memory_estimate_bytes = 0;  ///< of the fullest rank
  double read_seconds = 0.0;
  double setup_seconds = 0.0;  ///< of the slowest rank
  std::vector<PhaseSummary> setup_phases;
  ThreadForecast setup_threads;
  std::vector<double> evaluate_seconds;              ///< of the slowest rank, in the order of the applications
  std::vector<PhaseSummary> phases;                  ///< of the last application
  std::optional<ThreadForecast> evaluation_threads;  ///< of the last application
  std::optional<SampledError> check;
  Imbalance imbalance;
  Spreads communication;  ///< CommunicationCounts
  PeakMemory memory;
};

/// Collective. A summary with all that is known before the particles are read.
[[nodiscard]] RunSummary describe_run(MPI_Comm communicator, const ProblemOptions& problem, const Kernel& kernel);

/// Collective. Adds tree and set-up times of the plan.
void add_setup(MPI_Comm communicator, RunSummary& summary, const Plan& plan);

/// Collective. Adds the times of the plan's last application.
void add_evaluation(MPI_Comm communicator, RunSummary& summary, const Plan& plan);

/// Names and values, in the order of the report.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> named_counts(const CommunicationCounts& counts);

/// Collective.
[[nodiscard]] PeakMemory peak_memory(MPI_Comm communicator);

/// Collective. Phases that any rank knows, those named in `order` first and always there; a rank that does not know a
/// phase spent no time in it.
[[nodiscard]] std::vector<PhaseSummary> summarize_phases(MPI_Comm communicator, const PhaseTimes& times,
                                                         const std::vector<std::string>& order, int num_threads);

[[nodiscard]] double median(std::vector<double> values);

/// The error of each field; of "potential" where the sample names none.
[[nodiscard]] std::vector<FieldError> field_errors(const SampledError& check);

/// Whether the gradients are those that Plan::apply gives beside the fields.
[[nodiscard]] bool has_gradients_beside(const RunSummary& summary);

/// The closing table.
[[nodiscard]] std::string table(const RunSummary& summary);

/// What the user should know before trusting or repeating this run.
[[nodiscard]] std::vector<std::string> warnings(const RunSummary& summary);

[[nodiscard]] nlohmann::json to_json(const RunSummary& summary);

/// A table of them, with numbers of a format for printf.
[[nodiscard]] std::string spread_rows(const char* heading, const Spreads& spreads, const char* number_format);

[[nodiscard]] nlohmann::json to_json(const Spreads& spreads);

/// Collective. Rank 0 prints table and warnings; the JSON file is written unless `json_path` is empty.
void publish(MPI_Comm communicator, const RunSummary& summary, const std::string& json_path);

}
