// SPDX-License-Identifier: BSD-3-Clause
// The lives of MPI and PETSc, and of plans, which must not outlive them.
#pragma once

#include <mpi.h>

namespace nearfar::capi {

/// Collective over MPI_COMM_WORLD the first time: initialises MPI and PETSc where that has not been done. Throws
/// UsageError when one of them has ended.
void require_session();

/// Something that has to go before PETSc ends.
class Perishable {
 public:
  /// Remembers it. Call after require_session.
  Perishable();
  virtual ~Perishable();
  Perishable(const Perishable&) = delete;
  Perishable& operator=(const Perishable&) = delete;
  /// Gives up all that needs MPI or PETSc; it is not called again.
  virtual void release() noexcept = 0;
};

/// Initialises, and then the communicator of a Fortran handle.
[[nodiscard]] MPI_Comm communicator_of(MPI_Fint handle);

/// Throws UsageError for MPI_COMM_NULL.
void require_communicator(MPI_Comm communicator);

}
