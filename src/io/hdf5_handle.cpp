// SPDX-License-Identifier: BSD-3-Clause
#include "io/hdf5_handle.hpp"

#include <mpi.h>

#include "nearfar/error.hpp"

namespace nearfar {
namespace {

herr_t keep_first_reason(unsigned, const H5E_error2_t* entry, void* data) {
  auto& reason = *static_cast<std::string*>(data);
  if (reason.empty() && entry->desc != nullptr) reason = entry->desc;
  return 0;
}

/// Each rank opens files for itself: when one fails in the middle of HDF5's collective calls, the others wait there for
/// ever.
[[nodiscard]] Hdf5Handle own_access() {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG) < 0) throw_hdf5("HDF5 cannot close what is open in files");
  return access;
}

/// MPI-IO takes no file locks, which some file systems lack.
[[nodiscard]] Hdf5Handle mpi_access() {
  Hdf5Handle access = own_access();
  if (H5Pset_fapl_mpio(access.get(), MPI_COMM_SELF, MPI_INFO_NULL) < 0) throw_hdf5("HDF5 cannot use MPI");
  return access;
}

/// Without locks, too, and not by MPI-IO: where the disk fails, Open MPI's says that all was read, and the numbers are
/// wrong.
[[nodiscard]] Hdf5Handle reading_access() {
  Hdf5Handle access = own_access();
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  if (H5Pset_file_locking(access.get(), false, true) < 0) throw_hdf5("HDF5 cannot read without locks");
#endif
  return access;
}

herr_t leave_open(hid_t) { return 0; }

[[nodiscard]] Hdf5Handle open_with(const std::string& path, unsigned flags, Hdf5Handle::Close close) {
  const Hdf5Handle access = flags == H5F_ACC_RDONLY ? reading_access() : mpi_access();
  Hdf5Handle file(H5Fopen(path.c_str(), flags, access.get()), close);
  if (file.valid()) return file;
  if (H5Fis_hdf5(path.c_str()) > 0)
    throw_hdf5("file '" + path + "' is HDF5, but damaged or not written to its end; write it again");
  throw InputError("file '" + path +
                   "' is not an HDF5 file; convert it, or give a text file a name that ends in .csv or .txt");
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

Hdf5Handle open_hdf5(const std::string& path) { return open_with(path, H5F_ACC_RDONLY, H5Fclose); }

Hdf5Handle modify_hdf5(const std::string& path) { return open_with(path, H5F_ACC_RDWR, leave_open); }

Hdf5Handle create_hdf5(const std::string& path) {
  return require_hdf5(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, mpi_access().get()), leave_open,
                      "file '" + path + "' cannot be created; check that the disk is not full");
}

void complete_hdf5(const Hdf5Handle& file, const std::string& sentence) {
  if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0) throw_hdf5(sentence);
  if (H5Fclose(file.get()) < 0) throw_hdf5(sentence);
}

}
