// SPDX-License-Identifier: BSD-3-Clause
#include "app/setup_checkpoint.hpp"

#include <bit>
#include <nlohmann/json.hpp>

#include "app/kernel_options.hpp"
#include "comm/mpi.hpp"

namespace nearfar::app {
namespace {

constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;

[[nodiscard]] std::uint64_t mixed(std::uint64_t hash) noexcept {
  hash = (hash ^ hash >> 31) * 0xbf58476d1ce4e5b9U;
  return hash ^ hash >> 29;
}

/// A sum over all points, so that neither their order nor their ranks matter.
std::uint64_t checksum_of(MPI_Comm communicator, const std::vector<double>& points) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < points.size(); i += 3) {
    std::uint64_t hash = odd;
    for (std::size_t axis = 0; axis < 3; ++axis)
      hash = mixed(hash * odd + std::bit_cast<std::uint64_t>(points[i + axis] + 0.0));
    sum += hash;
  }
  return all_sum(communicator, sum);
}

std::uint64_t checksum_of(MPI_Comm communicator, const Particles& particles) {
  const std::uint64_t sources = checksum_of(communicator, particles.sources);
  if (particles.targets_are_sources) return sources;
  return mixed(sources + odd) + checksum_of(communicator, particles.targets);
}

std::uint64_t checksum_of(const KernelChoice& kernel) {
  std::uint64_t hash = odd;
  for (const char character : kernel.name + to_json(kernel).dump())
    hash = mixed(hash * odd + static_cast<unsigned char>(character));
  return hash;
}

void require_same_problem(const SavedSetup& saved, const SavedSetup& given, const std::string& path) {
  const auto refuse = [&](const std::string& what) {
    throw InputError("set-up '" + path + "' was saved for " + what +
                     ": run once without --load-setup, and save a new one with --save-setup");
  };
  if (saved.num_sources != given.num_sources || saved.num_targets != given.num_targets || saved.points != given.points)
    refuse("other points");
  if (saved.kernel != given.kernel) refuse("another kernel, or other parameters, kinds or fields of it");
}

void require_no_choices(const ProblemOptions& problem) {
  const Options options = plan_options(problem);
  if (options.tolerance != 0.0 || options.order != 0 || options.points_per_leaf != 0 || options.root_scale != 0.0 ||
      options.precision != Precision::automatic)
    throw UsageError(
        "--load-setup brings tolerance, order, points per leaf, root scale and precision with it: leave these options "
        "out");
}

SavedSetup problem_of(MPI_Comm communicator, const Particles& particles, const KernelChoice& kernel) {
  return {.options = {},
          .num_sources = particles.num_sources,
          .num_targets = particles.num_targets,
          .points = checksum_of(communicator, particles),
          .kernel = checksum_of(kernel)};
}

}

SavedSetup setup_of(MPI_Comm communicator, const Plan& plan, const Particles& particles, const KernelChoice& kernel) {
  SavedSetup setup = problem_of(communicator, particles, kernel);
  setup.options = plan.options();
  setup.tree = plan.tree_statistics().checksum;
  setup.cuts = plan.geometry().cuts();
  return setup;
}

Plan make_saved_plan(MPI_Comm communicator, const Kernel& kernel, const Particles& particles,
                     const ProblemOptions& problem, const std::string& path) {
  require_no_choices(problem);
  const SavedSetup saved = read_setup(communicator, path);
  require_same_problem(saved, problem_of(communicator, particles, completed(problem.kernel, kernel)), path);
  Options options = plan_options(problem);
  options.tolerance = saved.options.tolerance;
  options.order = saved.options.order;
  options.points_per_leaf = saved.options.points_per_leaf;
  options.root_scale = saved.options.root_scale;
  options.precision = saved.options.precision;
  const bool as_many_ranks = std::ssize(saved.cuts) == 3 * (size_of_communicator(communicator) - 1);
  const std::span<const std::int64_t> cuts(saved.cuts);
  const auto make = [&] {
    try {
      return make_plan(communicator, kernel, particles, options, as_many_ranks ? cuts : cuts.first(0));
    } catch (const UsageError& error) {
      throw InputError("set-up '" + path + "' cannot be used: " + error.what() + "; or save a new one");
    }
  };
  Plan plan = make();
  if (plan.tree_statistics().checksum != saved.tree)
    throw InputError("set-up '" + path + "' has another tree than this version makes: save a new one");
  return plan;
}

}
