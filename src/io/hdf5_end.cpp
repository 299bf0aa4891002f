// SPDX-License-Identifier: BSD-3-Clause
#include "io/hdf5_end.hpp"

#include <hdf5.h>

namespace nearfar {

void keep_hdf5_up() {
  // Started without MPI, HDF5 asks for its end by atexit alone; started later, also by a callback of MPI_Finalize.
  H5dont_atexit();
  H5open();
}

}
