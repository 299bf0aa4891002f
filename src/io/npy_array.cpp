// SPDX-License-Identifier: BSD-3-Clause
#include "io/npy_array.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <numeric>
#include <string_view>

#include "base/printable.hpp"
#include "base/types.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

/// What follows `'key':` in the header's dictionary, without blanks before it.
[[nodiscard]] std::string_view value_of(std::string_view header, const std::string& key) {
  const std::size_t place = header.find("'" + key + "'");
  if (place == std::string_view::npos) return {};
  std::string_view rest = header.substr(place + key.size() + 2);
  rest.remove_prefix(std::min(rest.find_first_not_of(" :"), rest.size()));
  return rest;
}

/// More than any disk holds, and few enough that bytes can be counted.
constexpr std::int64_t most_numbers = std::int64_t{1} << 50;

/// A number with what separates it from the next one; -1 if there is none.
[[nodiscard]] std::int64_t take_number(std::string_view& text) {
  std::int64_t number = -1;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9' && number < most_numbers) {
    number = (number < 0 ? 0 : number) * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
  return number;
}

/// "(101, 4)"; empty if it is damaged or a single value.
[[nodiscard]] std::vector<std::int64_t> extents_of(std::string_view shape) {
  constexpr std::size_t most_extents = 32;  // of numpy
  if (!shape.starts_with('(')) return {};
  shape.remove_prefix(1);
  std::vector<std::int64_t> extents;
  for (std::int64_t product = 1; !shape.starts_with(')');) {
    const std::int64_t extent = take_number(shape);
    if (extent < 0 || extent > most_numbers / product || extents.size() == most_extents) return {};
    product *= std::max<std::int64_t>(extent, 1);
    extents.push_back(extent);
  }
  return extents;
}

template <class T>
void read_numbers(NpyBytes& bytes, std::int64_t place, std::span<double> values) {
  constexpr std::size_t most_at_once = std::size_t{1} << 20;
  std::vector<T> numbers(std::min(values.size(), most_at_once));
  for (std::size_t done = 0; done < values.size(); done += numbers.size()) {
    numbers.resize(std::min(numbers.size(), values.size() - done));
    const std::span<char> space(reinterpret_cast<char*>(numbers.data()), numbers.size() * sizeof(T));
    bytes.read(place + static_cast<std::int64_t>(done * sizeof(T)), space);
    for (std::size_t i = 0; i < numbers.size(); ++i) values[done + i] = static_cast<double>(numbers[i]);
  }
}

struct NpyType {
  std::string_view name;
  std::int64_t num_bytes;  ///< of one number; a complex one is two
  bool is_complex;
  void (*read)(NpyBytes&, std::int64_t, std::span<double>);
};

constexpr std::array<NpyType, 6> npy_types{{{"<f8", 8, false, read_numbers<double>},
                                            {"<f4", 4, false, read_numbers<float>},
                                            {"<i8", 8, false, read_numbers<std::int64_t>},
                                            {"<i4", 4, false, read_numbers<std::int32_t>},
                                            {"<c16", 8, true, read_numbers<double>},
                                            {"<c8", 4, true, read_numbers<float>}}};

[[nodiscard]] const NpyType* find_type(const std::string& name) {
  const auto* const found =
      std::find_if(npy_types.begin(), npy_types.end(), [&](const NpyType& type) { return type.name == name; });
  return found == npy_types.end() ? nullptr : found;
}

[[nodiscard]] std::string type_of(std::string_view header) {
  const std::string_view text = value_of(header, "descr");
  constexpr std::size_t longest = 20;
  return text.starts_with('\'') ? std::string(text.substr(1, std::min(text.find('\'', 1) - 1, longest))) : "";
}

[[nodiscard]] std::string read_dictionary(NpyBytes& bytes, NpyArray& array, const std::string& where) {
  // In their order, since what is compressed can only be read forwards.
  std::array<char, 12> start{};
  constexpr std::int64_t up_to_version = 8;
  constexpr std::string_view signature = "\x93NUMPY";
  if (bytes.size() >= std::ssize(start)) bytes.read(0, std::span(start).first(up_to_version));
  if (!std::string_view(start.data(), start.size()).starts_with(signature) || start[6] < 1 || start[6] > 3)
    throw InputError(where + " is not an array of numpy; write it with numpy.save");
  const std::size_t length_bytes = start[6] == 1 ? 2 : 4;  // little-endian
  bytes.read(up_to_version, std::span(start).subspan(up_to_version, length_bytes));
  std::int64_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = 256 * length + static_cast<unsigned char>(start[8 + i]);
  const auto begin = static_cast<std::int64_t>(8 + length_bytes);
  array.begin = begin + length;
  constexpr std::int64_t longest = 65536;
  if (length > longest)
    throw InputError(where + " has a header of " + std::to_string(length) + " bytes; it is damaged");
  std::string header(usize(std::min(length, bytes.size() - begin)), ' ');
  bytes.read(begin, header);
  return header;
}

}

NpyArray read_npy_header(NpyBytes& bytes, const std::string& where) {
  if (std::endian::native != std::endian::little)
    throw InputError(where + ": arrays of numpy are read on little-endian machines alone; store HDF5");
  NpyArray array;
  const std::string header = read_dictionary(bytes, array, where);
  const std::string_view order = value_of(header, "fortran_order");
  if (order.starts_with("True")) throw InputError(where + " is stored by columns; save numpy.ascontiguousarray of it");
  if (!order.starts_with("False")) throw InputError(where + " has a damaged header; write it again");
  array.type = type_of(header);
  const NpyType* const type = find_type(array.type);
  if (type == nullptr)
    throw InputError(where + " holds numbers of the type " + in_quotes(array.type) + "; save it with .astype('<f8')");
  array.extents = extents_of(value_of(header, "shape"));
  if (array.extents.empty()) throw InputError(where + " is a single value or damaged; store one row per point");
  if (type->is_complex) array.extents.push_back(2);
  const std::int64_t num_bytes =
      std::accumulate(array.extents.begin(), array.extents.end(), type->num_bytes, std::multiplies<>());
  if (bytes.size() - array.begin != num_bytes)
    throw InputError(where + " is not of the size that its header tells; write it again");
  return array;
}

void read_npy_rows(NpyBytes& bytes, const NpyArray& array, RowRange rows, std::span<double> values) {
  if (values.empty()) return;
  const NpyType& type = *find_type(array.type);
  const std::int64_t row_bytes = static_cast<std::int64_t>(values.size()) / rows.size() * type.num_bytes;
  type.read(bytes, array.begin + rows.begin * row_bytes, values);
}

}
