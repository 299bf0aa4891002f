// SPDX-License-Identifier: BSD-3-Clause
#include "io/hdf5_handle.hpp"

#include "comm/mpi.hpp"

namespace nearfar {
namespace {

herr_t keep_first_reason(unsigned, const H5E_error2_t* entry, void* data) {
  auto& reason = *static_cast<std::string*>(data);
  if (reason.empty() && entry->desc != nullptr) reason = entry->desc;
  return 0;
}

/// Collective: the ranks meet in HDF5, which duplicates the communicator, and none of them may fail before that.
[[nodiscard]] Hdf5Handle mpi_access(MPI_Comm communicator) {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  const bool is_set = H5Pset_fapl_mpio(access.get(), communicator, MPI_INFO_NULL) >= 0 &&
                      H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG) >= 0;
  agree(communicator, [&] {
    if (!is_set) throw_hdf5("HDF5 cannot use MPI");
  });
  return access;
}

herr_t leave_open(hid_t) { return 0; }

[[nodiscard]] Hdf5Handle open_with(MPI_Comm communicator, const std::string& path, unsigned flags,
                                   Hdf5Handle::Close close) {
  const Hdf5Handle access = mpi_access(communicator);
  // The ranks meet again here.
  Hdf5Handle file(H5Fopen(path.c_str(), flags, access.get()), close);
  agree(communicator, [&] {
    if (file.valid()) return;
    if (H5Fis_hdf5(path.c_str()) > 0)
      throw_hdf5("file '" + path + "' is HDF5, but damaged or not written to its end; write it again");
    throw InputError("file '" + path +
                     "' is not an HDF5 file; convert it, or give a text file a name that ends in .csv or .txt");
  });
  return file;
}

}

SilentHdf5::SilentHdf5() {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

SilentHdf5::~SilentHdf5() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

void throw_hdf5(const std::string& sentence) {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first_reason, &reason);
  throw InputError(reason.empty() ? sentence : sentence + " (HDF5: " + reason + ")");
}

Hdf5Handle require_hdf5(hid_t id, Hdf5Handle::Close close, const std::string& sentence) {
  if (id < 0) throw_hdf5(sentence);
  return {id, close};
}

Hdf5Handle open_hdf5(MPI_Comm communicator, const std::string& path) {
  return open_with(communicator, path, H5F_ACC_RDONLY, H5Fclose);
}

Hdf5Handle modify_hdf5(MPI_Comm communicator, const std::string& path) {
  return open_with(communicator, path, H5F_ACC_RDWR, leave_open);
}

Hdf5Handle create_hdf5(MPI_Comm communicator, const std::string& path) {
  const Hdf5Handle access = mpi_access(communicator);
  return require_hdf5(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), leave_open,
                      "file '" + path + "' cannot be created; check that the disk is not full");
}

void complete_hdf5(MPI_Comm communicator, const Hdf5Handle& file, const std::string& sentence) {
  const auto require_on_all = [&](bool is_done) {
    agree(communicator, [&] {
      if (!is_done) throw_hdf5(sentence);
    });
  };
  require_on_all(H5Fflush(file.get(), H5F_SCOPE_GLOBAL) >= 0);
  require_on_all(H5Fclose(file.get()) >= 0);
}

}
