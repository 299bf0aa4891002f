// SPDX-License-Identifier: BSD-3-Clause
// Rank 0 lays the file out alone, then every rank writes its own rows to where they belong: HDF5's operations on a
// shared file would have to succeed on all ranks at once, and closing it is one of them; plain writes need not.
#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include "comm/mpi.hpp"
#include "comm/together.hpp"
#include "io/hdf5_dataset.hpp"
#include "io/output_file.hpp"
#include "io/particles.hpp"
#include "io/paths.hpp"
#include "io/writers.hpp"

namespace nearfar {
namespace {

/// Files of equal content are equal byte by byte: HDF5 would otherwise store the time.
void forget_times(const Hdf5Handle& creation) { H5Pset_obj_track_times(creation.get(), false); }

void write_attribute(const Hdf5Handle& object, const Attribute& attribute, const std::string& sentence) {
  const std::string& name = attribute.first;
  const auto& value = attribute.second;
  const Hdf5Handle space = require_hdf5(H5Screate(H5S_SCALAR), H5Sclose, sentence);
  const auto write = [&](hid_t file_type, hid_t memory_type, const void* data) {
    const Hdf5Handle id = require_hdf5(
        H5Acreate2(object.get(), name.c_str(), file_type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, sentence);
    if (H5Awrite(id.get(), memory_type, data) < 0) throw_hdf5(sentence);
  };
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    write(H5T_STD_I64LE, H5T_NATIVE_INT64, integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    write(H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, number);
  } else {
    const char* text = std::get<std::string>(value).c_str();
    const Hdf5Handle type = require_hdf5(H5Tcopy(H5T_C_S1), H5Tclose, sentence);
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    write(type.get(), type.get(), &text);
  }
}

/// What a VTKHDF group must say of itself, version 1.0: two integers, and a type in ASCII of fixed length.
void write_vtk_attributes(const Hdf5Handle& group, const std::string& vtk_type, const std::string& sentence) {
  const hsize_t two = 2;
  const std::array<std::int64_t, 2> version{1, 0};
  const Hdf5Handle pair = require_hdf5(H5Screate_simple(1, &two, nullptr), H5Sclose, sentence);
  const Hdf5Handle version_id = require_hdf5(
      H5Acreate2(group.get(), "Version", H5T_STD_I64LE, pair.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, sentence);
  if (H5Awrite(version_id.get(), H5T_NATIVE_INT64, version.data()) < 0) throw_hdf5(sentence);
  const Hdf5Handle scalar = require_hdf5(H5Screate(H5S_SCALAR), H5Sclose, sentence);
  const Hdf5Handle text = require_hdf5(H5Tcopy(H5T_C_S1), H5Tclose, sentence);
  H5Tset_size(text.get(), vtk_type.size());
  H5Tset_strpad(text.get(), H5T_STR_NULLPAD);
  const Hdf5Handle type_id = require_hdf5(
      H5Acreate2(group.get(), "Type", text.get(), scalar.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, sentence);
  if (H5Awrite(type_id.get(), text.get(), vtk_type.data()) < 0) throw_hdf5(sentence);
}

[[nodiscard]] hid_t file_type(Stored stored) {
  return stored == Stored::real ? H5T_IEEE_F64LE : stored == Stored::integer ? H5T_STD_I64LE : H5T_STD_U8LE;
}

/// Makes the subgroup of a name with a slash, unless it is there.
void create_subgroup(const Hdf5Handle& group, const std::string& name, const std::string& sentence) {
  const std::string subgroup = name.substr(0, name.find('/'));
  if (subgroup == name || H5Lexists(group.get(), subgroup.c_str(), H5P_DEFAULT) > 0) return;
  const Hdf5Handle creation = require_hdf5(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, sentence);
  forget_times(creation);
  const Hdf5Handle id = require_hdf5(
      H5Gcreate2(group.get(), subgroup.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Gclose, sentence);
}

[[nodiscard]] Hdf5Handle create_column(const Hdf5Handle& group, const Column& column, const std::string& sentence) {
  std::vector<hsize_t> extents{static_cast<hsize_t>(column.num_rows)};
  extents.insert(extents.end(), column.row_shape.begin(), column.row_shape.end());
  const Hdf5Handle space =
      require_hdf5(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose, sentence);
  const Hdf5Handle creation = require_hdf5(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, sentence);
  forget_times(creation);
  // All rows are about to be written, so there is nothing to fill in.
  H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER);
  H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY);
  return require_hdf5(H5Dcreate2(group.get(), column.name.c_str(), file_type(column.stored), space.get(), H5P_DEFAULT,
                                 creation.get(), H5P_DEFAULT),
                      H5Dclose, sentence);
}

/// Bytes that the whole file needs, rounded up generously.
[[nodiscard]] std::int64_t size_of_file(const FileContent& content) {
  std::int64_t bytes = 1 << 16;
  for (const Attribute& attribute : content.attributes) {
    bytes += 1024 + size_of(attribute.first);
    if (const auto* text = std::get_if<std::string>(&attribute.second)) bytes += size_of(*text);
  }
  for (const Column& column : content.columns)
    bytes += column.num_rows * column.row_length() * std::int64_t{sizeof(double)};
  return bytes;
}

/// Whether the group is there. Throws UsageError where a link on the way leads nowhere, out of the file, or to what is
/// no group.
[[nodiscard]] bool group_exists(const Hdf5Handle& file, const std::string& where, const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string name = path.substr(0, end);
    const htri_t exists = H5Lexists(file.get(), name.c_str(), H5P_DEFAULT);
    if (exists == 0) return false;
    H5L_info_t link{};
    const bool is_inside =
        exists > 0 && H5Lget_info(file.get(), name.c_str(), &link, H5P_DEFAULT) >= 0 && link.type != H5L_TYPE_EXTERNAL;
    const Hdf5Handle group(is_inside ? H5Gopen2(file.get(), name.c_str(), H5P_DEFAULT) : -1, H5Gclose);
    if (!group.valid())
      throw UsageError(where + ": '" + name + "' is not a group of this file; choose another with --output-group");
    if (end == std::string::npos) return true;
  }
}

/// Makes the groups on the way to it too.
[[nodiscard]] Hdf5Handle create_group(const Hdf5Handle& file, const std::string& name, const std::string& sentence) {
  const Hdf5Handle links = require_hdf5(H5Pcreate(H5P_LINK_CREATE), H5Pclose, sentence);
  const Hdf5Handle creation = require_hdf5(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, sentence);
  H5Pset_create_intermediate_group(links.get(), 1);
  forget_times(creation);
  return require_hdf5(H5Gcreate2(file.get(), name.c_str(), links.get(), creation.get(), H5P_DEFAULT), H5Gclose,
                      sentence);
}

/// By rank 0 alone: the file with its group, attributes and datasets, without their numbers. Returns where in the file
/// these belong, in bytes, for each column.
[[nodiscard]] std::vector<std::int64_t> lay_out(OutputFile& output, const FileContent& content) {
  const std::string sentence = output.where() + " cannot be written; check that the disk is not full";
  const std::int64_t copied = content.copied.empty() ? 0 : output.append_file(content.copied);
  output.reserve(copied + size_of_file(content));
  std::vector<std::int64_t> places;
  const Hdf5Handle file = content.copied.empty() ? create_hdf5(output.temporary()) : modify_hdf5(output.temporary());
  {
    const bool is_there = group_exists(file, output.where(), content.group);
    const Hdf5Handle group =
        is_there ? require_hdf5(H5Gopen2(file.get(), content.group.c_str(), H5P_DEFAULT), H5Gclose, sentence)
                 : create_group(file, content.group, sentence);
    for (const Attribute& attribute : content.attributes)
      if (!is_there) write_attribute(group, attribute, sentence);
    if (!content.vtk_type.empty()) write_vtk_attributes(group, content.vtk_type, sentence);
    for (const Column& column : content.columns) {
      create_subgroup(group, column.name, sentence);
      const Hdf5Handle dataset = create_column(group, column, sentence);
      for (const Attribute& attribute : content.attributes)
        if (is_there) write_attribute(dataset, attribute, sentence);
      const haddr_t place = H5Dget_offset(dataset.get());
      if (place == HADDR_UNDEF && column.num_rows > 0) throw_hdf5(sentence);
      places.push_back(place == HADDR_UNDEF ? 0 : static_cast<std::int64_t>(place));
    }
  }
  complete_hdf5(file, sentence);
  return places;
}

/// The rows of this rank, in the type of the file, to their place in it.
void write_rows(const PlainOutput& file, const Column& column, std::int64_t place, std::size_t slab_bytes) {
  const hid_t type = file_type(column.stored);
  const auto bytes = static_cast<std::int64_t>(H5Tget_size(type));
  place += column.first_row * column.row_length() * bytes;
  std::vector<double> slab;
  for (std::size_t done = 0; done < column.values.size(); done += slab.size()) {
    const auto numbers = column.values.subspan(
        done, std::min(std::max<std::size_t>(slab_bytes / sizeof(double), 1), column.values.size() - done));
    slab.assign(numbers.begin(), numbers.end());
    if (H5Tconvert(H5T_NATIVE_DOUBLE, type, slab.size(), slab.data(), nullptr, H5P_DEFAULT) < 0)
      throw_hdf5("dataset '" + column.name + "': its numbers cannot be converted");
    const auto size = slab.size() * usize(bytes);
    file.write(place, std::as_bytes(std::span(slab)).first(size));
    place += static_cast<std::int64_t>(size);
  }
}

/// Every rank writes its own rows.
void fill_in(MPI_Comm communicator, const OutputFile& output, const FileContent& content,
             const std::vector<std::int64_t>& places, std::size_t slab_bytes) {
  agree(communicator, [&] {
    const PlainOutput file(output);
    for (std::size_t i = 0; i < places.size(); ++i) write_rows(file, content.columns[i], places[i], slab_bytes);
    file.flush();
  });
}

/// A file of another name would not be read as HDF5.
void require_hdf5_name(const std::string& path) {
  if (is_text_name(path))
    throw InputError("file '" + path + "' would be HDF5, not text; choose a name that ends in .h5");
  if (is_npy_name(path) || is_npz_name(path))
    throw InputError("file '" + path + "' would be HDF5, not of numpy; choose a name that ends in .h5");
}

void require_equal_rows(const Column& a, const Column& b) {
  if (a.num_rows == b.num_rows) return;
  throw UsageError(b.name + " has " + std::to_string(b.num_rows) + " rows and " + a.name + " has " +
                   std::to_string(a.num_rows) + "; pass one row of each per point");
}

}

std::int64_t Column::row_length() const noexcept {
  return std::accumulate(row_shape.begin(), row_shape.end(), std::int64_t{1}, std::multiplies<>());
}

Column make_column(MPI_Comm communicator, std::string name, std::vector<std::int64_t> row_shape,
                   std::span<const double> values, Stored stored) {
  Column column{.name = std::move(name), .row_shape = std::move(row_shape), .values = values, .stored = stored};
  const std::int64_t row_length = column.row_length();
  const auto num_values = static_cast<std::int64_t>(values.size());
  agree(communicator, [&] {
    if (num_values % row_length != 0)
      throw UsageError(column.name + ": " + std::to_string(num_values) + " numbers are not rows of " +
                       std::to_string(row_length) + "; pass whole rows");
  });
  const std::int64_t num_rows = num_values / row_length;
  column.first_row = sum_below(communicator, num_rows);
  column.num_rows = all_sum(communicator, num_rows);
  return column;
}

void check_hdf5_writable(MPI_Comm communicator, const std::string& path, std::int64_t num_values) {
  together(communicator, [&] {
    require_hdf5_name(path);
    check_writable(communicator, path, num_values * std::int64_t{sizeof(double)});
  });
}

void write_file(MPI_Comm communicator, const std::string& path, const FileContent& content, std::size_t slab_bytes) {
  const SilentHdf5 silent;
  require_hdf5_name(path);
  OutputFile output(communicator, path);
  std::vector<std::int64_t> places(content.columns.size(), 0);
  agree(communicator, [&] {
    if (rank_of(communicator) == 0) places = lay_out(output, content);
  });
  all_reduce(communicator, std::span<std::int64_t>(places), MPI_SUM);
  fill_in(communicator, output, content, places, slab_bytes);
  output.commit();
}

void write_particles(MPI_Comm communicator, const std::string& path, const Particles& particles,
                     const ParticleNeeds& needs) {
  together(communicator, [&] {
    FileContent content{.group = "/particle_data", .columns = {}, .attributes = {}};
    const auto add = [&](const char* name, std::int64_t row_length,
                         const std::vector<double>& values) -> const Column& {
      content.columns.push_back(make_column(communicator, name, {row_length}, values));
      return content.columns.back();
    };
    const Column sources = add("sources", 3, particles.sources);  // NOLINT: a copy, since the columns move
    require_equal_rows(sources, add("source_densities", needs.num_strengths, particles.charges));
    if (needs.source_normals) require_equal_rows(sources, add("source_normals", 3, particles.source_normals));
    const Column targets = particles.targets_are_sources ? sources : add("targets", 3, particles.targets);
    if (needs.target_normals) require_equal_rows(targets, add("target_normals", 3, particles.target_normals));
    write_file(communicator, path, content, default_slab_bytes);
  });
}

void check_copy(MPI_Comm communicator, const Results& results) {
  const SilentHdf5 silent;
  agree(communicator, [&] {
    if (rank_of(communicator) != 0) return;
    const std::string where = "file '" + results.copied + "'";
    if (is_text_name(results.copied) || is_npy_name(results.copied) || is_npz_name(results.copied))
      throw UsageError(where + " is not HDF5, and results cannot be added to it; leave out --copy-input");
    const Hdf5Handle file = open_hdf5(results.copied);
    if (!group_exists(file, where, results.group)) return;
    const Hdf5Handle group(H5Gopen2(file.get(), results.group.c_str(), H5P_DEFAULT), H5Gclose);
    for (const ResultArray& array : results.arrays)
      if (H5Lexists(group.get(), array.name.c_str(), H5P_DEFAULT) != 0)
        throw UsageError(where + " has '" + results.group + "/" + array.name +
                         "' already; choose another group with --output-group");
  });
}

void write_results(MPI_Comm communicator, const std::string& path, const Results& results) {
  together(communicator, [&] {
    FileContent content{
        .group = results.group, .columns = {}, .attributes = results.attributes, .copied = results.copied};
    for (const ResultArray& array : results.arrays) {
      content.columns.push_back(make_column(communicator, array.name, array.row_shape, array.values));
      require_equal_rows(content.columns.front(), content.columns.back());
    }
    write_file(communicator, path, content, default_slab_bytes);
  });
}

}
