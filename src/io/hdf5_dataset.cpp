// SPDX-License-Identifier: BSD-3-Clause
#include "io/hdf5_dataset.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string_view>

#include "base/printable.hpp"
#include "base/types.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

/// The file that an object lies in.
[[nodiscard]] std::string name_of_file(const Hdf5Handle& object) {
  const ssize_t size = H5Fget_name(object.get(), nullptr, 0);
  std::string name(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  if (size > 0) H5Fget_name(object.get(), name.data(), name.size() + 1);
  return name;
}

/// The beginning of every sentence about a dataset.
[[nodiscard]] std::string place_of(const std::string& path, const std::string& name) {
  return "file '" + path + "', dataset '" + name + "'";
}

constexpr std::size_t most_quoted = 100;

/// What a soft or external link names.
[[nodiscard]] std::string value_of_link(const Hdf5Handle& file, const std::string& link) {
  H5L_info_t info{};
  if (H5Lget_info(file.get(), link.c_str(), &info, H5P_DEFAULT) < 0 || info.type == H5L_TYPE_HARD)
    return "a damaged object";
  std::vector<char> value(info.u.val_size + 1, '\0');
  if (H5Lget_val(file.get(), link.c_str(), value.data(), info.u.val_size, H5P_DEFAULT) < 0) return "an unknown place";
  if (info.type == H5L_TYPE_SOFT) return in_quotes(value.data(), most_quoted);
  unsigned flags = 0;
  const char* file_name = nullptr;
  const char* object_name = nullptr;
  if (H5Lunpack_elink_val(value.data(), info.u.val_size, &flags, &file_name, &object_name) < 0)
    return "an unknown place";
  return in_quotes(object_name, most_quoted) + " of the file " + in_quotes(file_name, most_quoted);
}

constexpr std::size_t most_listed = 8;

/// Adds the name of a dataset to the std::vector<std::string> behind `names`; ends the visit with 1 when it is full.
herr_t list_dataset(hid_t place, const char* name, const H5O_info_t* info, void* names) {
  static_cast<void>(place);
  auto& list = *static_cast<std::vector<std::string>*>(names);
  if (info->type == H5O_TYPE_DATASET) list.push_back(std::string("/").append(name));
  return list.size() > most_listed ? 1 : 0;
}

/// "; it has /a, /b, ...", or nothing where there are no datasets, or no order in the file.
[[nodiscard]] std::string datasets_of(const Hdf5Handle& file) {
  std::vector<std::string> names;
  if (H5Ovisit2(file.get(), H5_INDEX_NAME, H5_ITER_INC, list_dataset, &names, H5O_INFO_BASIC) < 0) return "";
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_listed); ++i)
    text += (i == 0 ? "; the file has " : ", ") + in_quotes(names[i], most_quoted);
  return text + (names.size() > most_listed ? ", and others" : "");
}

/// HDF5 stores types of any size and would convert them without end; a damaged file may claim gigabytes a number.
constexpr std::size_t largest_number_bytes = 16;

/// Two doubles of the same names as the members of a type of complex numbers, whose first one is the real part; not
/// valid for other types.
[[nodiscard]] Hdf5Handle complex_type_of(const Hdf5Handle& type) {
  if (H5Tget_class(type.get()) != H5T_COMPOUND || H5Tget_nmembers(type.get()) != 2) return {};
  constexpr std::array<std::array<std::string_view, 2>, 3> names{{{"r", "i"}, {"re", "im"}, {"real", "imag"}}};
  std::array<bool, names.size()> is_named{true, true, true};
  Hdf5Handle pair(H5Tcreate(H5T_COMPOUND, 2 * sizeof(double)), H5Tclose);
  for (const unsigned part : {0U, 1U}) {
    const Hdf5Handle member(H5Tget_member_type(type.get(), part), H5Tclose);
    char* const name = H5Tget_member_name(type.get(), part);
    const bool is_number = name != nullptr && H5Tget_class(member.get()) == H5T_FLOAT &&
                           H5Tget_size(member.get()) <= largest_number_bytes &&
                           H5Tinsert(pair.get(), name, part * sizeof(double), H5T_NATIVE_DOUBLE) >= 0;
    for (std::size_t k = 0; k < names.size(); ++k)
      is_named[k] = is_named[k] && name != nullptr && name == names[k][part];
    H5free_memory(name);
    if (!is_number) return {};
  }
  if (std::find(is_named.begin(), is_named.end(), true) == is_named.end()) return {};
  return pair;
}

void require_numbers(Hdf5Dataset& dataset) {
  const Hdf5Handle type =
      require_hdf5(H5Dget_type(dataset.id.get()), H5Tclose, dataset.where + ": its type is unreadable");
  dataset.complex_type = complex_type_of(type);
  if (dataset.complex_type.valid()) return;
  const H5T_class_t kind = H5Tget_class(type.get());
  if (kind != H5T_FLOAT && kind != H5T_INTEGER)
    throw InputError(dataset.where + ": its elements are not numbers; store integers or floating-point numbers");
  const std::size_t bytes = H5Tget_size(type.get());
  if (bytes > largest_number_bytes)
    throw InputError(dataset.where + ": its numbers have " + std::to_string(bytes) +
                     " bytes each; the file is damaged, or store doubles");
}

/// Virtual and external datasets lie in other files, which other ranks may not see; a filter may be missing.
void require_readable_storage(const Hdf5Dataset& dataset) {
  const Hdf5Handle creation =
      require_hdf5(H5Dget_create_plist(dataset.id.get()), H5Pclose, dataset.where + ": its storage is unreadable");
  if (H5Pget_layout(creation.get()) == H5D_VIRTUAL || H5Pget_external_count(creation.get()) > 0)
    throw InputError(dataset.where + ": its numbers lie in other files; copy them into one with h5repack -l CONTI");
  const int num_filters = H5Pget_nfilters(creation.get());
  for (int i = 0; i < num_filters; ++i) {
    unsigned flags = 0;
    unsigned configuration = 0;
    std::size_t num_values = 0;
    std::string name(64, '\0');
    const H5Z_filter_t filter = H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags, &num_values, nullptr,
                                               name.size(), name.data(), &configuration);
    if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
    const std::string label = name[0] == '\0' ? "" : ' ' + in_quotes(name.c_str());
    throw InputError(dataset.where + ": compressed with filter " + std::to_string(filter) + label +
                     ", which this HDF5 does not have; store it with gzip or uncompressed");
  }
}

[[nodiscard]] std::vector<std::int64_t> read_extents(const Hdf5Dataset& dataset) {
  const Hdf5Handle space = require_hdf5(H5Dget_space(dataset.id.get()), H5Sclose, dataset.where + ": has no shape");
  if (H5Sget_simple_extent_type(space.get()) == H5S_NULL)
    throw InputError(dataset.where + ": empty, without a shape (a null dataspace); store one row per point");
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 1 || H5Sget_simple_extent_type(space.get()) != H5S_SIMPLE)
    throw InputError(dataset.where + ": a single value where an array is needed; store one row per point");
  std::vector<hsize_t> extents(usize(rank));
  H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  // Products of extents and row numbers are formed later on; half of the range is more than any disk holds.
  double size = sizeof(double);
  for (const hsize_t extent : extents) size *= static_cast<double>(std::max<hsize_t>(extent, 1));
  if (size > 0.5 * static_cast<double>(std::numeric_limits<std::int64_t>::max()))
    throw InputError(dataset.where + ": its size is impossible; the file is damaged, write it again");
  if (dataset.complex_type.valid()) extents.push_back(2);
  return {extents.begin(), extents.end()};
}

/// Calls transfer(memory space, file space, position of the first number) for one slab of rows after another.
template <class Transfer>
void for_each_slab(const Hdf5Dataset& dataset, RowRange rows, std::size_t slab_bytes, Transfer&& transfer) {
  const std::int64_t row_length = dataset.row_length();
  if (row_length == 0) return;
  const auto row_bytes = usize(row_length) * sizeof(double);
  const auto rows_per_slab = static_cast<std::int64_t>(std::max<std::size_t>(slab_bytes / row_bytes, 1));
  const Hdf5Handle file_space =
      require_hdf5(H5Dget_space(dataset.id.get()), H5Sclose, dataset.where + ": has no shape");
  std::vector<hsize_t> count(dataset.extents.begin(), dataset.extents.end());
  if (dataset.complex_type.valid()) count.pop_back();
  std::vector<hsize_t> start(count.size(), 0);
  for (std::int64_t row = rows.begin; row < rows.end; row += rows_per_slab) {
    start[0] = static_cast<hsize_t>(row);
    count[0] = static_cast<hsize_t>(std::min(rows_per_slab, rows.end - row));
    const Hdf5Handle memory_space =
        require_hdf5(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose,
                     dataset.where + ": rows cannot be selected");
    if (H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0)
      throw_hdf5(dataset.where + ": rows cannot be selected");
    transfer(memory_space.get(), file_space.get(), usize((row - rows.begin) * row_length));
  }
}

/// The name that numpy has for a type of real or complex numbers; empty for others.
[[nodiscard]] std::string numpy_name_of(const Hdf5Handle& type) {
  if (H5Tget_class(type.get()) == H5T_COMPOUND) {
    const Hdf5Handle real(H5Tget_member_type(type.get(), 0), H5Tclose),
        imaginary(H5Tget_member_type(type.get(), 1), H5Tclose);
    const std::size_t bytes = H5Tget_size(real.get());
    const bool is_packed = H5Tget_member_offset(type.get(), 0) == 0 && H5Tget_member_offset(type.get(), 1) == bytes &&
                           H5Tget_size(type.get()) == 2 * bytes && H5Tequal(real.get(), imaginary.get()) > 0;
    const std::string part = is_packed ? numpy_name_of(real) : "";
    return part == "<f8" ? "<c16" : part == "<f4" ? "<c8" : "";
  }
  for (const auto& [known, name] :
       {std::pair{H5T_IEEE_F64LE, "<f8"}, {H5T_IEEE_F32LE, "<f4"}, {H5T_STD_I64LE, "<i8"}, {H5T_STD_I32LE, "<i4"}})
    if (H5Tequal(type.get(), known) > 0) return name;
  return "";
}

}

std::int64_t Hdf5Dataset::row_length() const noexcept {
  std::int64_t length = 1;
  for (std::size_t i = 1; i < extents.size(); ++i) length *= extents[i];
  return length;
}

bool hdf5_object_exists(const Hdf5Handle& file, const std::string& path, const std::string& name) {
  // Every link on the way has to be asked for, and each may lead nowhere.
  for (std::size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    const std::string link = name.substr(0, end);
    const htri_t exists = H5Lexists(file.get(), link.c_str(), H5P_DEFAULT);
    if (exists < 0) throw_hdf5(place_of(path, name) + ": '" + link + "' cannot be looked up");
    if (exists == 0) return false;
    if (H5Oexists_by_name(file.get(), link.c_str(), H5P_DEFAULT) <= 0)
      throw InputError(place_of(path, name) + ": the link '" + link + "' leads to " + value_of_link(file, link) +
                       ", which does not exist; restore that or remove the link");
    if (end == std::string::npos) return true;
  }
}

Hdf5Dataset open_dataset(const Hdf5Handle& file, const std::string& path, const std::string& name) {
  Hdf5Dataset dataset;
  dataset.where = place_of(path, name);
  if (!hdf5_object_exists(file, path, name))
    throw InputError(dataset.where + ": missing; add it, or name another" + datasets_of(file));
  {
    const Hdf5Handle object =
        require_hdf5(H5Oopen(file.get(), name.c_str(), H5P_DEFAULT), H5Oclose, dataset.where + ": cannot be opened");
    if (H5Iget_type(object.get()) != H5I_DATASET)
      throw InputError(dataset.where + ": not a dataset but a group or a type; store an array under this name");
  }
  dataset.id =
      require_hdf5(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), H5Dclose, dataset.where + ": cannot be opened");
  require_numbers(dataset);
  dataset.extents = read_extents(dataset);
  require_readable_storage(dataset);
  return dataset;
}

std::optional<NpyArray> plain_numbers(const Hdf5Dataset& dataset, const Hdf5Handle& file, std::int64_t file_size) {
  if (name_of_file(dataset.id) != name_of_file(file)) return std::nullopt;  // behind an external link
  const Hdf5Handle type(H5Dget_type(dataset.id.get()), H5Tclose),
      creation(H5Dget_create_plist(dataset.id.get()), H5Pclose);
  NpyArray array;
  array.type = numpy_name_of(type);
  array.extents = dataset.extents;
  const auto size = static_cast<haddr_t>(file_size), place = H5Dget_offset(dataset.id.get());
  const hsize_t bytes = static_cast<hsize_t>(dataset.num_rows() * dataset.row_length()) * H5Tget_size(type.get()) /
                        (dataset.complex_type.valid() ? 2 : 1);
  if (std::endian::native != std::endian::little || array.type.empty() ||
      H5Pget_layout(creation.get()) != H5D_CONTIGUOUS || H5Dget_storage_size(dataset.id.get()) != bytes ||
      place == HADDR_UNDEF || place > size || bytes > size - place)
    return std::nullopt;
  array.begin = static_cast<std::int64_t>(place);
  return array;
}

void read_rows(const Hdf5Dataset& dataset, RowRange rows, std::span<double> values, std::size_t slab_bytes) {
  const hid_t type = dataset.complex_type.valid() ? dataset.complex_type.get() : H5T_NATIVE_DOUBLE;
  for_each_slab(dataset, rows, slab_bytes, [&](hid_t memory_space, hid_t file_space, std::size_t first) {
    if (H5Dread(dataset.id.get(), type, memory_space, file_space, H5P_DEFAULT, values.data() + first) < 0)
      throw_hdf5(dataset.where + ": its numbers cannot be read; the file is damaged, write it again");
  });
}

}
