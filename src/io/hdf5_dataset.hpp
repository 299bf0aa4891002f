// SPDX-License-Identifier: BSD-3-Clause
// Datasets whose first extent counts rows: what they are, and reading and writing a range of rows as doubles.
// Nothing here is collective: transfers are independent, so that one rank's failure cannot make the others wait.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5_handle.hpp"
#include "io/npy_array.hpp"
#include "io/rows.hpp"

namespace nearfar {

/// MPI-IO and some file systems count bytes in 32 bits, so no single transfer is larger than this.
inline constexpr std::size_t default_slab_bytes = std::size_t{1} << 29;

struct Hdf5Dataset {
  Hdf5Handle id;
  std::string where;                  ///< file and dataset, the beginning of every sentence about it
  std::vector<std::int64_t> extents;  ///< rows first; of complex numbers the last one is 2
  Hdf5Handle complex_type{};          ///< two doubles, of complex numbers; otherwise not valid

  [[nodiscard]] std::int64_t num_rows() const noexcept { return extents.front(); }
  [[nodiscard]] std::int64_t row_length() const noexcept;
};

/// Whether the file at `path` has an object of that name (absolute), whatever its kind. Throws InputError for a link
/// that leads nowhere.
[[nodiscard]] bool hdf5_object_exists(const Hdf5Handle& file, const std::string& path, const std::string& name);

/// Opens a dataset of numbers, real or complex: pairs of real and imaginary part, as h5py stores them. Throws
/// InputError when it is missing, not a dataset, not numeric, a single value, or stored in other files or by a
/// filter that is missing.
[[nodiscard]] Hdf5Dataset open_dataset(const Hdf5Handle& file, const std::string& path, const std::string& name);

/// Where the numbers lie, if they lie in one piece of the file as an array of numpy would hold them.
[[nodiscard]] std::optional<NpyArray> plain_numbers(const Hdf5Dataset& dataset, const Hdf5Handle& file,
                                                    std::int64_t file_size);

/// Reads rows into `values`, whose size is rows.size() * row_length.
void read_rows(const Hdf5Dataset& dataset, RowRange rows, std::span<double> values, std::size_t slab_bytes);

}
