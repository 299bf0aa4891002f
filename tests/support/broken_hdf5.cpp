// SPDX-License-Identifier: BSD-3-Clause
#include <hdf5.h>

#include <fstream>
#include <iterator>
#include <limits>

#include "io/file_support.hpp"
#include "support/broken_files.hpp"

namespace nearfar::testing_support {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

/// What closes itself.
class Type {
 public:
  explicit Type(hid_t id) : id_(id) {}
  ~Type() { H5Tclose(id_); }
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;
  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_;
};

[[nodiscard]] hid_t numeric_type(Choices& choices) {
  static const std::vector<hid_t> all{H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_IEEE_F32LE,    H5T_STD_I64LE,
                                      H5T_STD_U8LE,   H5T_STD_I16BE,  H5T_NATIVE_LDOUBLE};
  const hid_t type = H5Tcopy(choices.of(all));
  if (choices.one_in(8)) {
    const std::size_t size = std::size_t{1} << choices.below(8);
    H5E_BEGIN_TRY { H5Tset_size(type, size); }
    H5E_END_TRY
  }
  return type;
}

[[nodiscard]] hid_t odd_type(Choices& choices) {
  const hsize_t three = 3;
  hid_t type = H5I_INVALID_HID;
  switch (choices.below(8)) {
    case 0:
      type = H5Tcopy(H5T_C_S1);
      H5Tset_size(type, choices.one_in(2) ? H5T_VARIABLE : 1 + choices.below(40));
      return type;
    case 1:
      type = H5Tcreate(H5T_COMPOUND, 24);
      H5Tinsert(type, "a", 0, H5T_IEEE_F64LE);
      H5Tinsert(type, "b", 8, H5T_STD_I64LE);
      return type;
    case 2:
      return H5Tarray_create2(H5T_IEEE_F64LE, 1, &three);
    case 3:
      return H5Tvlen_create(H5T_IEEE_F64LE);
    case 4:
      return H5Tcreate(H5T_OPAQUE, 1 + choices.below(16));
    case 5:
      return H5Tcopy(H5T_STD_REF_OBJ);
    case 6:
      return H5Tcopy(H5T_STD_B16LE);
    default:
      return H5Tenum_create(H5T_STD_I32LE);
  }
}

[[nodiscard]] std::vector<hsize_t> broken_extents(Choices& choices, hsize_t rows) {
  static const std::vector<hsize_t> sizes{0, 1, 2, 3, 4, 7, hsize_t{1} << 31, hsize_t{1} << 40, hsize_t{1} << 61};
  std::vector<hsize_t> extents(choices.below(5), rows);
  for (hsize_t& extent : extents) extent = choices.one_in(3) ? choices.of(sizes) : choices.one_in(2) ? 3 : rows;
  return extents;
}

void set_storage(hid_t creation, const std::vector<hsize_t>& extents, Choices& choices) {
  const std::size_t rank = extents.size();
  const bool chunked = rank > 0 && choices.one_in(3);
  if (chunked) {
    std::vector<hsize_t> chunk(rank, 1);
    for (hsize_t& size : chunk) size = 1 + choices.below(9);
    H5Pset_chunk(creation, static_cast<int>(rank), chunk.data());
    if (choices.one_in(3)) H5Pset_deflate(creation, 4);
    if (choices.one_in(3)) H5Pset_shuffle(creation);
    if (choices.one_in(3)) H5Pset_fletcher32(creation);
    if (choices.one_in(8)) H5Pset_filter(creation, 32999, H5Z_FLAG_OPTIONAL, 0, nullptr);
  }
  if (choices.one_in(8)) {
    const double fill = choices.one_in(2) ? nan : infinity;
    H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &fill);
  }
  if (!chunked && choices.one_in(12)) H5Pset_external(creation, "/dev/zero", 0, H5F_UNLIMITED);
}

/// `fault_in`: something is wrong once in so many places.
void add_broken(hid_t file, const std::string& name, std::vector<hsize_t> extents, Choices& choices,
                std::size_t fault_in) {
  if (choices.one_in(fault_in)) extents = broken_extents(choices, extents[0]);
  const Type type(choices.one_in(fault_in) ? odd_type(choices) : numeric_type(choices));
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (choices.one_in(2)) set_storage(creation, extents, choices);
  const bool null = choices.one_in(fault_in);
  const hid_t space = null              ? H5Screate(H5S_NULL)
                      : extents.empty() ? H5Screate(H5S_SCALAR)
                                        : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
  const hid_t id = H5Dcreate2(file, name.c_str(), type.get(), space, H5P_DEFAULT, creation, H5P_DEFAULT);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (id >= 0 && count > 0 && count < 1000 && !choices.one_in(8)) {
    std::vector<double> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.25 * static_cast<double>(i);
    if (choices.one_in(fault_in)) values[choices.below(values.size())] = choices.one_in(2) ? nan : -infinity;
    H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }
  if (id >= 0) H5Dclose(id);
  H5Sclose(space);
  H5Pclose(creation);
}

void add_odd_object(hid_t file, const std::string& name, Choices& choices) {
  static const std::vector<std::string> targets{"/nowhere",   "/particle_data/sources", ".", "/",
                                                "\x1B[31m\n", "particle_data"};
  switch (choices.below(5)) {
    case 0:
      H5Lcreate_soft(choices.of(targets).c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    case 1:
      H5Lcreate_external("no\n.h5", choices.of(targets).c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    case 2:
      if (const hid_t group = H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT); group >= 0)
        H5Gclose(group);
      break;
    case 3:
      H5Tcommit2(file, name.c_str(), Type(H5Tcopy(H5T_IEEE_F64LE)).get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      break;
    default:
      H5Lcreate_hard(file, "/", file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  }
}

}

void write_broken_hdf5(const std::string& path, Choices& choices) {
  const std::size_t fault_in = 2 + choices.below(30);
  H5E_BEGIN_TRY {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (choices.one_in(2)) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    if (!choices.one_in(fault_in)) H5Gclose(H5Gcreate2(file, "/particle_data", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const hsize_t rows = choices.below(12);
    for (const auto& [name, columns] :
         {std::pair{"sources", 3}, {"source_densities", 1}, {"targets", 3}, {"source_normals", 3}}) {
      const std::string full = std::string("/particle_data/") + name;
      const bool is_needed = name[0] == 's' && name[6] != '_';
      if (choices.one_in(is_needed ? fault_in : 2)) continue;
      if (choices.one_in(fault_in)) {
        add_odd_object(file, full, choices);
        continue;
      }
      std::vector<hsize_t> extents{rows};
      if (columns > 1 || choices.one_in(3)) extents.push_back(static_cast<hsize_t>(columns));
      add_broken(file, full, std::move(extents), choices, fault_in);
    }
    H5Fclose(file);
  }
  H5E_END_TRY
  if (!choices.one_in(4)) return;
  std::string bytes = content_of(path);
  damage(bytes, choices);
  std::ofstream(path, std::ios::binary) << bytes;
}

}
