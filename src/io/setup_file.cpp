// SPDX-License-Identifier: BSD-3-Clause
#include "io/setup_file.hpp"

#include <array>
#include <bit>
#include <cmath>

#include "comm/mpi.hpp"
#include "io/hdf5_dataset.hpp"
#include "io/paths.hpp"
#include "io/writers.hpp"

namespace nearfar {
namespace {

constexpr std::size_t num_choices = 13;
constexpr std::int64_t numbers_of_cut = 3;
constexpr double half = 4294967296.0;  ///< checksums are stored in halves, which numbers hold exactly

using Choices = std::array<double, num_choices>;

[[nodiscard]] Choices choices_of(const SavedSetup& setup) {
  const auto high = [](std::uint64_t sum) { return static_cast<double>(sum >> 32); };
  const auto low = [](std::uint64_t sum) { return static_cast<double>(sum & 0xffffffffU); };
  const Options& options = setup.options;
  return {options.tolerance,
          static_cast<double>(options.order),
          static_cast<double>(options.points_per_leaf),
          options.root_scale,
          static_cast<double>(options.precision),
          static_cast<double>(setup.num_sources),
          static_cast<double>(setup.num_targets),
          high(setup.points),
          low(setup.points),
          high(setup.kernel),
          low(setup.kernel),
          high(setup.tree),
          low(setup.tree)};
}

[[nodiscard]] SavedSetup setup_of(const Choices& choices, const std::string& foreign) {
  for (std::size_t i = 0; i < num_choices; ++i) {
    const bool whole = i == 0 || i == 3 || choices[i] == std::floor(choices[i]);
    if (!whole || !(choices[i] >= 0.0) || choices[i] > 0x1p53) throw InputError(foreign);
  }
  if (choices[4] > static_cast<double>(Precision::mixed) || choices[1] > 100.0 || choices[2] > 1e9)
    throw InputError(foreign);
  for (std::size_t i = 7; i < num_choices; ++i)
    if (choices[i] >= half) throw InputError(foreign);
  const auto sum = [&](std::size_t i) {
    return static_cast<std::uint64_t>(choices[i]) << 32 | static_cast<std::uint64_t>(choices[i + 1]);
  };
  SavedSetup setup;
  setup.options.tolerance = choices[0];
  setup.options.order = static_cast<int>(choices[1]);
  setup.options.points_per_leaf = static_cast<int>(choices[2]);
  setup.options.root_scale = choices[3];
  setup.options.precision = static_cast<Precision>(static_cast<int>(choices[4]));
  setup.num_sources = static_cast<std::int64_t>(choices[5]);
  setup.num_targets = static_cast<std::int64_t>(choices[6]);
  setup.points = sum(7);
  setup.kernel = sum(9);
  setup.tree = sum(11);
  return setup;
}

constexpr std::int64_t most_ranks = 10'000'000;

/// By rank 0 alone.
[[nodiscard]] SavedSetup read_alone(const std::string& path) {
  const std::string foreign =
      "file '" + path + "' holds no set-up of `nearfar evaluate --save-setup`; give another file";
  require_readable(path);
  const SilentHdf5 silent;
  const Hdf5Handle file = open_hdf5(path);
  for (const char* name : {"/setup", "/setup/choices", "/setup/cuts"})
    if (!hdf5_object_exists(file, path, name)) throw InputError(foreign);
  const Hdf5Dataset choices = open_dataset(file, path, "/setup/choices"),
                    cuts = open_dataset(file, path, "/setup/cuts");
  if (choices.extents != std::vector<std::int64_t>{num_choices} || cuts.extents.size() != 2 ||
      cuts.row_length() != numbers_of_cut || cuts.num_rows() > most_ranks)
    throw InputError(foreign);
  Choices numbers{};
  read_rows(choices, {0, choices.num_rows()}, numbers, default_slab_bytes);
  SavedSetup setup = setup_of(numbers, foreign);
  std::vector<double> values(usize(cuts.num_rows() * numbers_of_cut));
  read_rows(cuts, {0, cuts.num_rows()}, values, default_slab_bytes);
  for (const double value : values) {
    if (!(value >= 0.0) || value > 0x1p43 || value != std::floor(value)) throw InputError(foreign);
    setup.cuts.push_back(static_cast<std::int64_t>(value));
  }
  return setup;
}

}

void write_setup(MPI_Comm communicator, const std::string& path, const SavedSetup& setup) {
  std::vector<double> choices, cuts;
  if (rank_of(communicator) == 0) {
    const Choices all = choices_of(setup);
    choices.assign(all.begin(), all.end());
    cuts.assign(setup.cuts.begin(), setup.cuts.end());
  }
  FileContent content{.group = "/setup", .columns = {}, .attributes = {}};
  content.columns.push_back(make_column(communicator, "choices", {}, choices));
  content.columns.push_back(make_column(communicator, "cuts", {numbers_of_cut}, cuts, Stored::integer));
  write_file(communicator, path, content, default_slab_bytes);
}

SavedSetup read_setup(MPI_Comm communicator, const std::string& path) {
  SavedSetup setup;
  const bool reads = rank_of(communicator) == 0;
  agree(communicator, [&] {
    if (reads) setup = read_alone(path);
  });
  Choices choices = choices_of(setup);
  auto num_cuts = static_cast<std::int64_t>(setup.cuts.size());
  check_mpi(MPI_Bcast(choices.data(), num_choices, MPI_DOUBLE, 0, communicator), "MPI_Bcast");
  check_mpi(MPI_Bcast(&num_cuts, 1, MPI_INT64_T, 0, communicator), "MPI_Bcast");
  std::vector<std::int64_t> cuts = std::move(setup.cuts);
  cuts.resize(usize(num_cuts));
  check_mpi(MPI_Bcast(cuts.data(), static_cast<int>(num_cuts), MPI_INT64_T, 0, communicator), "MPI_Bcast");
  setup = setup_of(choices, path);
  setup.cuts = std::move(cuts);
  return setup;
}

}
