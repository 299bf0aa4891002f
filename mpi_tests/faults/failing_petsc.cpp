// SPDX-License-Identifier: BSD-3-Clause
// What PETSc does for nearfar: phases begin with an event of its log, and messages that are not expected are its.
#include <dlfcn.h>
#include <petscsys.h>

#include <cctype>
#include <stdexcept>
#include <string>
#include <string_view>

#include "faults/fault.hpp"
#include "fmm/phase_log.hpp"

namespace nearfar::faults {
namespace {

PetscErrorCode (*log_begin)(PetscLogEvent, int, PetscObject, PetscObject, PetscObject, PetscObject) = nullptr;

/// The name of the phase that an event stands for; null for those of PETSc itself, whose code in C exceptions must not
/// leave.
[[nodiscard]] const char* phase_of(PetscLogEvent event) {
  for (const std::string_view phase : phase_names) {
    std::string name = "Nf" + std::string(phase);
    name[2] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[2])));
    PetscLogEvent found = -1;
    if (PetscLogEventGetId(name.c_str(), &found) == 0 && found == event) return phase.data();
  }
  return nullptr;
}

PetscErrorCode begin_event(PetscLogEvent event, int t, PetscObject a, PetscObject b, PetscObject c, PetscObject d) {
  if (is_counted(Kind::phases))
    if (const char* const phase = phase_of(event); phase != nullptr && is_to_fail(Kind::phases, phase))
      throw std::runtime_error(std::string("the phase ") + phase + " fails");
  return log_begin(event, t, a, b, c, d);
}

}

void watch_phases() {
  if (PetscLogDefaultBegin() != 0 || PetscLogPLB == nullptr) throw std::runtime_error("PETSc does not log");
  log_begin = PetscLogPLB;
  PetscLogPLB = &begin_event;
}

}

// Takes the place of PETSc's.
extern "C" PetscErrorCode PetscCommBuildTwoSided(MPI_Comm comm, PetscMPIInt count, MPI_Datatype type,
                                                 PetscMPIInt num_to, const PetscMPIInt* to, const void* sent,
                                                 PetscMPIInt* num_from, PetscMPIInt** from, void* received) {
  using namespace nearfar::faults;
  if (is_code_of_program(__builtin_return_address(0)) && is_to_fail(Kind::messages, __func__)) return PETSC_ERR_MPI;
  static const auto others = reinterpret_cast<decltype(&PetscCommBuildTwoSided)>(dlsym(RTLD_NEXT, __func__));
  return others(comm, count, type, num_to, to, sent, num_from, from, received);
}
