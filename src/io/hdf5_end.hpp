// SPDX-License-Identifier: BSD-3-Clause
// How a program that writes HDF5 ends.
#pragma once

namespace nearfar {

/// Before MPI_Init: HDF5 never shuts down. It would in MPI_Finalize, and crash there over a file that it could not
/// complete because the disk stays full.
void keep_hdf5_up();

}
