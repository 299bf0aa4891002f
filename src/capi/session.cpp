// SPDX-License-Identifier: BSD-3-Clause
#include "capi/session.hpp"

#include <petscsys.h>

#include <cstdlib>
#include <mutex>
#include <vector>

#include "base/petsc.hpp"
#include "capi/errors.hpp"
#include "comm/mpi.hpp"
#include "nearfar/nearfar.h"

namespace nearfar::capi {
namespace {

/// Never destroyed: plans may be destroyed after the library's static objects.
struct Session {
  std::mutex mutex;
  std::vector<Perishable*> perishables;  ///< in the order in which they were made
  bool owns_petsc = false;
  bool knows_end_of_mpi = false, knows_end_of_petsc = false;
};

Session& session() {
  static auto* const one = new Session;
  return *one;
}

void release_all() noexcept {
  std::vector<Perishable*> all;
  {
    const std::lock_guard lock(session().mutex);
    all.swap(session().perishables);
  }
  for (Perishable* one : all) one->release();
}

/// PETSc calls it at the beginning of its end.
PetscErrorCode petsc_ends() {
  release_all();
  session().knows_end_of_petsc = false;  // another life would need another call
  return 0;
}

/// MPI calls it at the beginning of its end, when it can still be used.
int mpi_ends(MPI_Comm, int, void*, void*) {
  release_all();
  PetscBool initialized = PETSC_FALSE;
  if (session().owns_petsc && PetscInitialized(&initialized) == 0 && initialized == PETSC_TRUE) (void)PetscFinalize();
  return MPI_SUCCESS;
}

/// MPI may have been finalised by the program all the same.
void finalize_mpi() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized == 0) MPI_Finalize();
}

void initialize_mpi() {
  int finalized = 0, initialized = 0;
  MPI_Finalized(&finalized);
  if (finalized != 0) throw UsageError("MPI has been finalised: nothing more can be computed");
  MPI_Initialized(&initialized);
  if (initialized != 0) return;
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  std::atexit(finalize_mpi);
}

void initialize_petsc() {
  PetscBool initialized = PETSC_FALSE, finalized = PETSC_FALSE;
  check_petsc(PetscInitialized(&initialized), "PetscInitialized");
  if (initialized == PETSC_TRUE) return;
  check_petsc(PetscFinalized(&finalized), "PetscFinalized");
  if (finalized == PETSC_TRUE) throw UsageError("PETSc has been finalised: nothing more can be computed");
  check_petsc(PetscInitializeNoArguments(), "PetscInitialize");
  session().owns_petsc = true;
  // A crash should end the program with its signal, not in PETSc's handler.
  check_petsc(PetscPopSignalHandler(), "PetscPopSignalHandler");
}

}

void require_session() {
  initialize_mpi();
  initialize_petsc();
  if (!session().knows_end_of_petsc) {
    check_petsc(PetscRegisterFinalize(petsc_ends), "PetscRegisterFinalize");
    session().knows_end_of_petsc = true;
  }
  if (session().knows_end_of_mpi) return;
  // Attributes of MPI_COMM_SELF are deleted first when MPI ends, the last one set before the others.
  int key = MPI_KEYVAL_INVALID;
  check_mpi(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, mpi_ends, &key, nullptr), "MPI_Comm_create_keyval");
  check_mpi(MPI_Comm_set_attr(MPI_COMM_SELF, key, nullptr), "MPI_Comm_set_attr");
  session().knows_end_of_mpi = true;
}

Perishable::Perishable() {
  const std::lock_guard lock(session().mutex);
  session().perishables.push_back(this);
}

Perishable::~Perishable() {
  const std::lock_guard lock(session().mutex);
  std::erase(session().perishables, this);
}

MPI_Comm communicator_of(MPI_Fint handle) {
  require_session();
  return MPI_Comm_f2c(handle);
}

void require_communicator(MPI_Comm communicator) {
  if (communicator == MPI_COMM_NULL) throw UsageError("the communicator is MPI_COMM_NULL: give that of all ranks");
}

}

using nearfar::capi::guarded;

int nearfar_initialize(void) {
  return guarded([] { nearfar::capi::require_session(); });
}

int nearfar_comm_world_f(MPI_Fint* comm) {
  return guarded([&] {
    nearfar::capi::require_argument(comm, "the place for the communicator");
    nearfar::capi::require_session();
    *comm = MPI_Comm_c2f(MPI_COMM_WORLD);
  });
}

int nearfar_comm_self_f(MPI_Fint* comm) {
  return guarded([&] {
    nearfar::capi::require_argument(comm, "the place for the communicator");
    nearfar::capi::require_session();
    *comm = MPI_Comm_c2f(MPI_COMM_SELF);
  });
}

int nearfar_agree(MPI_Comm comm, int code, const char* message) {
  return guarded([&] {
    nearfar::capi::require_session();
    nearfar::capi::require_communicator(comm);
    nearfar::agree(comm, [&] {
      if (code != NEARFAR_SUCCESS) nearfar::capi::throw_error(code, message != nullptr ? message : "unknown error");
    });
  });
}

int nearfar_agree_f(MPI_Fint comm, int code, const char* message) {
  MPI_Comm communicator = MPI_COMM_NULL;
  const int result = guarded([&] { communicator = nearfar::capi::communicator_of(comm); });
  return result != NEARFAR_SUCCESS ? result : nearfar_agree(communicator, code, message);
}
