// SPDX-License-Identifier: BSD-3-Clause
// Arrays of numpy: a header that is a Python dictionary, then the numbers (numpy.lib.format, versions 1 to 3).
#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/printable.hpp"
#include "base/types.hpp"
#include "comm/mpi.hpp"
#include "io/readers.hpp"
#include "io/rows.hpp"

namespace nearfar {
namespace {

struct Npy {
  std::string type;  ///< such as "<f8"
  std::int64_t num_rows = 0;
  std::int64_t num_columns = 0;
  std::int64_t begin = 0;  ///< of the numbers, in bytes
};

/// What follows `'key':` in the header's dictionary, without blanks before it.
[[nodiscard]] std::string_view value_of(std::string_view header, const std::string& key) {
  const std::size_t place = header.find("'" + key + "'");
  if (place == std::string_view::npos) return {};
  std::string_view rest = header.substr(place + key.size() + 2);
  rest.remove_prefix(std::min(rest.find_first_not_of(" :"), rest.size()));
  return rest;
}

[[nodiscard]] std::int64_t take_number(std::string_view& text) {
  std::int64_t number = -1;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9' && number < (std::int64_t{1} << 50)) {
    number = (number < 0 ? 0 : number) * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
  return number;
}

[[nodiscard]] Npy read_header(std::ifstream& file, const std::string& where, int row_length,
                              const std::string& description) {
  unsigned char start[12] = {};
  file.read(reinterpret_cast<char*>(start), 12);
  if (!file || std::memcmp(start, "\x93NUMPY", 6) != 0 || start[6] < 1 || start[6] > 3)
    throw InputError(where + " is not an array of numpy; write it with numpy.save");
  const bool is_short = start[6] == 1;
  const std::int64_t length = is_short
                                  ? start[8] + 256 * start[9]
                                  : start[8] + 256 * (start[9] + 256 * (start[10] + std::int64_t{256} * start[11]));
  Npy npy;
  npy.begin = (is_short ? 10 : 12) + length;
  if (length > 65536) throw InputError(where + " has a header of " + std::to_string(length) + " bytes; it is damaged");
  std::string header(usize(length), ' ');
  file.seekg(npy.begin - length);
  file.read(header.data(), length);
  const std::string_view type = value_of(header, "descr");
  if (type.starts_with('\'')) npy.type = type.substr(1, std::min<std::size_t>(type.find('\'', 1) - 1, 20));
  const std::string_view order = value_of(header, "fortran_order");
  if (order.starts_with("True")) throw InputError(where + " is stored by columns; save numpy.ascontiguousarray of it");
  if (!order.starts_with("False")) throw InputError(where + " has a damaged header; write it again");
  std::string_view shape = value_of(header, "shape");
  shape.remove_prefix(std::min<std::size_t>(shape.size(), 1));
  npy.num_rows = take_number(shape);
  npy.num_columns = take_number(shape);
  if (npy.num_rows < 0 || npy.num_columns != row_length || !shape.starts_with(')'))
    throw InputError(where + " does not have shape (n, " + std::to_string(row_length) +
                     "); store one row per point: " + description);
  return npy;
}

template <class T>
void read_numbers(std::ifstream& file, std::span<double> values) {
  std::vector<T> numbers(std::min<std::size_t>(values.size(), std::size_t{1} << 20));
  for (std::size_t done = 0; done < values.size() && file; done += numbers.size()) {
    numbers.resize(std::min(numbers.size(), values.size() - done));
    file.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(numbers.size() * sizeof(T)));
    for (std::size_t i = 0; i < numbers.size(); ++i) values[done + i] = static_cast<double>(numbers[i]);
  }
}

using Read = void (*)(std::ifstream&, std::span<double>);

[[nodiscard]] Read reader_of(const Npy& npy, const std::string& where) {
  if (std::endian::native != std::endian::little)
    throw InputError(where + ": arrays of numpy are read on little-endian machines alone; store HDF5");
  if (npy.type == "<f8") return read_numbers<double>;
  if (npy.type == "<f4") return read_numbers<float>;
  if (npy.type == "<i8") return read_numbers<std::int64_t>;
  if (npy.type == "<i4") return read_numbers<std::int32_t>;
  throw InputError(where + " holds numbers of the type " + in_quotes(npy.type) + "; save it with .astype('<f8')");
}

}

Particles read_npy(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs) {
  const std::string where = "file '" + path + "'";
  Particles particles;
  std::int64_t num_points = 0;
  agree(communicator, [&] {
    if (needs.names.any()) throw UsageError(where + ": an array of numpy has no names; leave out those of its parts");
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError(where + " cannot be opened on every node; put it on a shared file system");
    const Npy npy = read_header(file, where, row_length(needs), row_description(needs));
    const Read read = reader_of(npy, where);
    const std::int64_t row_bytes = npy.num_columns * (npy.type.back() - '0');
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path));
    if (npy.num_rows != (size - npy.begin) / row_bytes || (size - npy.begin) % row_bytes != 0)
      throw InputError(where + " is not of the size that its header tells; write it again");
    num_points = npy.num_rows;
    const RowRange rows = rows_of_rank(num_points, rank_of(communicator), size_of_communicator(communicator));
    require_rows_fit(where, rows.size(), npy.num_columns);
    std::vector<double> values(usize(rows.size() * npy.num_columns));
    file.seekg(npy.begin + rows.begin * row_bytes);
    read(file, values);
    if (!file) throw InputError(where + " cannot be read to its end; check the disk");
    require_finite(where, values, npy.num_columns, rows.begin);
    particles = particles_of_rows(values, needs);
  });
  particles.num_sources = particles.num_targets = num_points;
  return particles;
}

}
