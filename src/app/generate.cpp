// SPDX-License-Identifier: BSD-3-Clause
#include "app/generate.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <limits>

#include "app/distributions.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/text.hpp"
#include "comm/mpi.hpp"
#include "io/particles.hpp"
#include "nearfar/geometry.hpp"

namespace nearfar::app {
namespace {

constexpr int most_components = 16;

void require_valid(const GenerateOptions& options, int num_ranks) {
  if (options.num_points < 0) throw UsageError("--num-points must not be negative");
  if (options.seed < 0) throw UsageError("--seed must not be negative");
  if (options.num_components < 1 || options.num_components > most_components)
    throw UsageError(formatted("--components must be 1 to %d", most_components));
  if (options.num_points / num_ranks >= std::numeric_limits<Index>::max())
    throw UsageError("--num-points is too large for this number of ranks: a rank holds fewer than 2^31 points");
}

/// Appends points first .. first+count-1.
void add_particles(const GenerateOptions& options, GlobalIndex first, GlobalIndex count, Particles& particles) {
  const Distribution distribution = distribution_named(options.distribution);
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const auto append = [](std::vector<double> numbers, std::vector<double>& all) {
    if (all.empty())
      all = std::move(numbers);
    else
      all.insert(all.end(), numbers.begin(), numbers.end());
  };
  append(sample_points(distribution, seed, first, count), particles.sources);
  append(sample_charges(options.charges == "signed", seed, first, count, options.num_components), particles.charges);
  if (options.normals) append(sample_normals(distribution, seed, first, count), particles.source_normals);
}

/// This rank's block of the rows.
Particles make_particles(const GenerateOptions& options, int rank, int num_ranks) {
  const auto begin_of = [&](int r) {
    return options.num_points / num_ranks * r + std::min<GlobalIndex>(r, options.num_points % num_ranks);
  };
  Particles particles;
  particles.num_sources = options.num_points;
  particles.num_targets = options.num_points;
  add_particles(options, begin_of(rank), begin_of(rank + 1) - begin_of(rank), particles);
  return particles;
}

/// Collective. The same points in the order of a tree, each rank with those of its leaves.
Particles in_tree_order(MPI_Comm communicator, const GenerateOptions& options, const Particles& particles) {
  Geometry geometry(communicator, particles.sources, make_kernel("laplace"),
                    {.order = 6, .points_per_leaf = 100, .root_scale = 1.0});
  Particles sorted;
  sorted.num_sources = particles.num_sources;
  sorted.num_targets = particles.num_targets;
  for (const GlobalIndex number : geometry.source_numbers()) add_particles(options, number, 1, sorted);
  return sorted;
}

}

void declare_generate(CLI::App& command, GenerateOptions& options) {
  add_choice(command, "--distribution", options.distribution, distribution_names(), "Where the points lie, see below")
      ->required();
  add_number(command, "--num-points", options.num_points, "How many points; 1e6 may be written for 1000000")
      ->required()
      ->type_name("N");
  add_choice(command, "--charges", options.charges, {"positive", "signed"}, "Uniform in [0, 1), or in [-1, 1)")
      ->capture_default_str();
  add_number(command, "--components", options.num_components,
             "Numbers of each source, as many as the components of its kinds: see `nearfar kernels`")
      ->capture_default_str()
      ->type_name("K");
  command.add_flag("--normals", options.normals,
                   "Write unit normals too: outward for sphere and ellipsoid, random for the others");
  command.add_flag("--sort", options.sort,
                   "Write the points in the order of a tree, which saves messages on many ranks");
  add_number(command, "--seed", options.seed, "Seed of the random numbers, not negative")
      ->capture_default_str()
      ->type_name("S");
  command.add_option("--output", options.output, "File to write (HDF5)")->required()->type_name("FILE");
  command.footer(
      "Distributions:\n"
      "  cube       uniform in the unit cube\n"
      "  sphere     uniform on the surface of the sphere of radius 1/2 about (1/2, 1/2, 1/2)\n"
      "  ellipsoid  on the surface with semi-axes 1/8, 1/8, 1/2 about (1/2, 1/2, 1/2), uniform in the\n"
      "             spherical angles theta and phi, so crowded at the poles\n"
      "  plummer    Plummer model, density (1 + r^2)^(-5/2) about the origin, cut off at " +
      formatted("%.0f", plummer_cutoff) +
      " scale radii\n"
      "The points depend on the seed alone, not on the number of ranks.");
}

void run_generate(MPI_Comm communicator, const GenerateOptions& options) {
  const int num_ranks = size_of_communicator(communicator);
  require_valid(options, num_ranks);
  check_hdf5_writable(communicator, options.output);
  Progress progress(communicator);
  Particles particles;
  progress.step("generating", [&] { particles = make_particles(options, rank_of(communicator), num_ranks); });
  if (options.sort) progress.step("sorting", [&] { particles = in_tree_order(communicator, options, particles); });
  progress.step("writing " + options.output, [&] {
    write_particles(communicator, options.output, particles, {options.num_components, options.normals});
  });
  if (rank_of(communicator) == 0) {
    std::cout << formatted("wrote %lld points (%s, %s charges, seed %lld) to %s\n",
                           static_cast<long long>(options.num_points), options.distribution.c_str(),
                           options.charges.c_str(), static_cast<long long>(options.seed), options.output.c_str());
  }
}

}
