// SPDX-License-Identifier: BSD-3-Clause
#include "app/calibrate.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/distributions.hpp"
#include "app/kernel_options.hpp"
#include "app/machine.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/report.hpp"
#include "app/text.hpp"
#include "comm/mpi.hpp"
#include "io/output_file.hpp"

namespace nearfar::app {
namespace {

/// Measured over predicted time of each phase with work, all ranks together, of the faster of two evaluations.
std::map<std::string, double> measure_factors(MPI_Comm communicator, const CalibrateOptions& options,
                                              const Kernel& kernel) {
  const int num_ranks = size_of_communicator(communicator);
  const GlobalIndex count = options.num_points, first = rank_of(communicator) * count;
  Particles particles;
  particles.sources = sample_points(Distribution::cube, 1, first, count);
  particles.charges = sample_charges(true, 1, first, count, kernel.num_strengths());
  if (kernel.needs_source_normals()) particles.source_normals = sample_normals(Distribution::cube, 1, first, count);
  if (kernel.needs_target_normals()) particles.target_normals = sample_normals(Distribution::cube, 1, first, count);
  std::vector<double> potentials(usize(count) * usize(kernel.num_values()));
  Plan plan = make_plan(communicator, kernel, particles, plan_options(options.problem));
  std::map<std::string, double> fastest, predicted;
  for (int i = 0; i < 3; ++i) {
    plan.apply(particles.charges, potentials);
    for (const auto& [phase, time] : plan.apply_times()) {
      const double cpu = all_sum(communicator, time.cpu_seconds) / num_ranks;
      const auto [place, is_new] = fastest.try_emplace(phase, cpu);
      place->second = std::min(place->second, cpu);
    }
  }
  for (const auto& [phase, time] : plan.predicted_times())
    predicted[phase] = all_sum(communicator, time.cpu_seconds) / num_ranks;
  return time_factors(fastest, predicted);
}

/// The fastest round trip of a message of `size` bytes between the first and the last rank.
double round_trip_seconds(MPI_Comm communicator, int size, int repeat) {
  const int rank = rank_of(communicator), last = size_of_communicator(communicator) - 1;
  std::vector<char> message(usize(size));
  double fastest = 1e30;
  for (int i = 0; i < repeat; ++i) {
    const double begin = MPI_Wtime();
    for (const int sender : {0, last}) {
      const int receiver = last - sender;
      if (rank == sender) check_mpi(MPI_Send(message.data(), size, MPI_CHAR, receiver, 0, communicator), "MPI_Send");
      if (rank == receiver)
        check_mpi(MPI_Recv(message.data(), size, MPI_CHAR, sender, 0, communicator, MPI_STATUS_IGNORE), "MPI_Recv");
    }
    if (rank == 0) fastest = std::min(fastest, MPI_Wtime() - begin);
  }
  return all_min(communicator, fastest);
}

void measure_network(MPI_Comm communicator, Machine& machine) {
  constexpr int small = 8, large = 1 << 23;
  const double small_seconds = round_trip_seconds(communicator, small, 1000);
  set_network(machine, small_seconds, round_trip_seconds(communicator, large, 20), large);
}

}

void declare_calibrate(CLI::App& command, CalibrateOptions& options) {
  declare_problem(command, options.problem, Input::none);
  add_number(command, "--num-points", options.num_points, "Points of the evaluation that is timed, on each rank")
      ->capture_default_str()
      ->type_name("N");
  command.footer(
      "Times an evaluation of points in a cube against the rates stored in the library, and messages between the\n"
      "first and the last rank: start one rank on each of two hosts to measure the network between them.\n"
      "`nearfar plan --machine FILE` takes the file that --json writes.");
}

void run_calibrate(MPI_Comm communicator, const CalibrateOptions& options) {
  if (options.num_points < 1000) throw UsageError("--num-points must be at least 1000");
  load_kernel_libraries(communicator, options.problem.kernel_libraries);
  const Kernel kernel = make_kernel(options.problem.kernel);
  if (!options.problem.json.empty()) check_writable(communicator, options.problem.json);
  Progress progress(communicator);
  Machine machine;
  progress.step("measuring the phases", [&] { machine.factors = measure_factors(communicator, options, kernel); });
  if (size_of_communicator(communicator) > 1)
    progress.step("measuring messages", [&] { measure_network(communicator, machine); });
  if (rank_of(communicator) == 0) {
    std::cout << "time over what the stored rates predict\n";
    for (const auto& [phase, factor] : machine.factors)
      std::cout << formatted("  %-16s %8.2f\n", phase.c_str(), factor);
    std::cout << formatted("latency %.2g s, bandwidth %.3g bytes/s%s\n", machine.latency_seconds,
                           machine.bandwidth_bytes_per_second,
                           machine.network_measured ? "" : " (assumed: run on two ranks to measure them)");
  }
  if (!options.problem.json.empty()) write_text(communicator, options.problem.json, to_json(machine).dump(2) + "\n");
}

}
