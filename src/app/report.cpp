// SPDX-License-Identifier: BSD-3-Clause
// Gathers what the ranks know.
#include "app/report.hpp"

#include <omp.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <sstream>

#include "app/kernel_options.hpp"
#include "app/text.hpp"
#include "comm/mpi.hpp"
#include "io/output_file.hpp"
#include "nearfar/version.hpp"

namespace nearfar::app {
namespace {

/// The phases of one application, in the order of the method.
const std::vector<std::string>& apply_phase_names() {
  static const std::vector<std::string> names{"P2M", "M2M", "M2L", "P2L", "L2L", "L2P", "M2P", "P2P", "communication"};
  return names;
}

/// The first phases of the set-up; a plan may have more.
const std::vector<std::string>& setup_phase_names() {
  static const std::vector<std::string> names{"partition", "tree", "lists", "translations"};
  return names;
}

/// Names of all ranks, sorted; names contain no line breaks.
std::set<std::string> names_of_all_ranks(MPI_Comm communicator, const PhaseTimes& times) {
  std::string own;
  for (const auto& [name, time] : times) own += name + '\n';
  const std::vector<int> lengths = all_gather(communicator, static_cast<int>(own.size()));
  std::vector<int> begins(lengths.size(), 0);
  std::partial_sum(lengths.begin(), lengths.end() - 1, begins.begin() + 1);
  std::string all(usize(begins.back() + lengths.back()), '\0');
  check_mpi(MPI_Allgatherv(own.data(), static_cast<int>(own.size()), MPI_CHAR, all.data(), lengths.data(),
                           begins.data(), MPI_CHAR, communicator),
            "MPI_Allgatherv");
  std::set<std::string> names;
  std::istringstream stream(all);
  for (std::string name; std::getline(stream, name);) names.insert(name);
  return names;
}

Spread spread_over_ranks(MPI_Comm communicator, double value) {
  return {all_min(communicator, value), all_sum(communicator, value) / size_of_communicator(communicator),
          all_max(communicator, value)};
}

PhaseSummary summarize_phase(MPI_Comm communicator, const std::string& name, const PhaseTime& time, int num_threads) {
  const double sum = all_sum(communicator, time.seconds);
  const double cpu = all_sum(communicator, time.cpu_seconds);
  PhaseSummary summary;
  summary.name = name;
  summary.seconds = spread_over_ranks(communicator, time.seconds);
  summary.flops = all_sum(communicator, time.flops);
  summary.cpu_fraction = sum > 0.0 ? cpu / (sum * num_threads) : 0.0;
  summary.serial_share = sum > 0.0 ? all_sum(communicator, time.serial_seconds) / sum : 0.0;
  return summary;
}

/// "VmHWM" of the system's account of this process, in bytes.
double own_peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    return std::stod(line.substr(6)) * 1024.0;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0;
}

int usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores)
                                                         : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
}

/// Of the host with the most threads per core.
HostLoad host_load(MPI_Comm communicator, int num_threads) {
  MPI_Comm host = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(communicator, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host), "MPI_Comm_split_type");
  const int own_ranks = size_of_communicator(host);
  const bool is_first = rank_of(host) == 0;
  MPI_Comm_free(&host);
  const std::vector<int> ranks = all_gather(communicator, own_ranks);
  const std::vector<int> threads = all_gather(communicator, num_threads);
  const std::vector<int> cores = all_gather(communicator, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  HostLoad fullest;
  double highest = -1.0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const double load = static_cast<double>(ranks[i]) * threads[i] / cores[i];
    if (load <= highest) continue;
    highest = load;
    fullest = {.ranks = ranks[i], .threads = threads[i], .cores = cores[i]};
  }
  fullest.num_hosts = all_sum(communicator, is_first ? 1 : 0);
  fullest.usable_cores = all_min(communicator, usable_cores());
  fullest.threads_bound = all_min(communicator, omp_get_proc_bind() == omp_proc_bind_false ? 0 : 1) != 0;
  return fullest;
}

/// Largest over mean of the ranks' CPU seconds in all phases.
double imbalance_of(MPI_Comm communicator, const PhaseTimes& times) {
  double cpu = 0.0;
  for (const auto& [name, time] : times) cpu += time.cpu_seconds;
  const double sum = all_sum(communicator, cpu);
  return sum > 0.0 ? all_max(communicator, cpu) * size_of_communicator(communicator) / sum : 1.0;
}

}

RunSummary describe_run(MPI_Comm communicator, const ProblemOptions& problem, const Kernel& kernel) {
  RunSummary summary;
  summary.version = version();
  summary.input = problem.file;
  summary.kernel = completed(problem.kernel, kernel);
  summary.num_ranks = size_of_communicator(communicator);
  summary.num_threads = omp_get_max_threads();
  summary.load = host_load(communicator, summary.num_threads);
  std::array<char, MPI_MAX_PROCESSOR_NAME> host{};
  int length = 0;
  check_mpi(MPI_Get_processor_name(host.data(), &length), "MPI_Get_processor_name");
  summary.host = std::string(host.data(), usize(length));
  return summary;
}

std::vector<std::pair<std::string, std::int64_t>> named_counts(const CommunicationCounts& counts) {
  return {{"neighbours", counts.neighbours},           {"messages", counts.messages},
          {"coarse_messages", counts.coarse_messages}, {"bytes", counts.bytes},
          {"ghost_sources", counts.ghost_sources},     {"ghost_multipoles", counts.ghost_multipoles},
          {"ghost_locals", counts.ghost_locals},       {"caller_messages", counts.caller_messages},
          {"caller_bytes", counts.caller_bytes}};
}

void add_setup(MPI_Comm communicator, RunSummary& summary, const Plan& plan) {
  summary.options = plan.options();
  summary.raised_order = plan.raised_order();
  summary.tree = plan.tree_statistics();
  summary.memory_estimate_bytes = all_max(communicator, plan.memory_estimate_bytes());
  summary.setup_phases = summarize_phases(communicator, plan.setup_times(), setup_phase_names(), summary.num_threads);
  summary.communication.clear();
  for (const auto& [name, count] : named_counts(plan.communication()))
    summary.communication.emplace_back(name, spread_over_ranks(communicator, static_cast<double>(count)));
  summary.imbalance.predicted = imbalance_of(communicator, plan.predicted_times());
}

void add_evaluation(MPI_Comm communicator, RunSummary& summary, const Plan& plan) {
  summary.phases = summarize_phases(communicator, plan.apply_times(), apply_phase_names(), summary.num_threads);
  summary.imbalance.measured = imbalance_of(communicator, plan.apply_times());
}

PeakMemory peak_memory(MPI_Comm communicator) {
  const double own = own_peak_memory();
  return {all_max(communicator, own), all_sum(communicator, own)};
}

std::vector<PhaseSummary> summarize_phases(MPI_Comm communicator, const PhaseTimes& times,
                                           const std::vector<std::string>& order, int num_threads) {
  std::vector<std::string> names = order;
  for (const std::string& name : names_of_all_ranks(communicator, times)) {
    if (std::find(order.begin(), order.end(), name) == order.end()) names.push_back(name);
  }
  std::vector<PhaseSummary> phases;
  for (const std::string& name : names) {
    const auto found = times.find(name);
    const PhaseTime time = found == times.end() ? PhaseTime{} : found->second;
    phases.push_back(summarize_phase(communicator, name, time, num_threads));
  }
  return phases;
}

std::vector<FieldError> field_errors(const SampledError& check) {
  if (!check.fields.empty()) return check.fields;
  return {{"potential", check.potential_rel_l2, check.potential_rel_max, check.potential_abs_l2}};
}

bool has_gradients_beside(const RunSummary& summary) {
  const std::vector<std::string>& fields = summary.kernel.fields;
  return summary.gradient && std::find(fields.begin(), fields.end(), "gradient") == fields.end();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

void publish(MPI_Comm communicator, const RunSummary& summary, const std::string& json_path) {
  if (rank_of(communicator) == 0) {
    std::cout << table(summary) << std::flush;
    for (const std::string& warning : warnings(summary)) std::cerr << "nearfar: warning: " << warning << '\n';
  }
  if (!json_path.empty()) write_text(communicator, json_path, to_json(summary).dump(2) + "\n");
}

}
