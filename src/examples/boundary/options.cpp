// SPDX-License-Identifier: BSD-3-Clause
#include <petscsys.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "examples/boundary/problem.hpp"

namespace boundary {
namespace {

/// The value of an option that has one; without the option `text` stays.
PetscErrorCode read_text(const char* name, std::string* text, std::string* complaint) {
  PetscFunctionBegin;
  char value[PETSC_MAX_PATH_LEN] = "";
  PetscBool is_given = PETSC_FALSE;
  PetscCall(PetscOptionsGetString(nullptr, nullptr, name, value, sizeof value, &is_given));
  if (is_given) *text = value;
  if (is_given && text->empty()) *complaint = std::string(name) + " needs a value";
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// One of several names, the first by default.
PetscErrorCode read_choice(const char* name, const std::vector<std::string>& choices, std::string* choice,
                           std::string* complaint) {
  PetscFunctionBegin;
  *choice = choices.front();
  PetscCall(read_text(name, choice, complaint));
  if (!complaint->empty() || std::find(choices.begin(), choices.end(), *choice) != choices.end())
    PetscFunctionReturn(PETSC_SUCCESS);
  *complaint = std::string(name) + " must be ";
  for (std::size_t k = 0; k < choices.size(); ++k)
    *complaint += (k == 0 ? "" : k + 1 < choices.size() ? ", " : " or ") + choices[k];
  *complaint += ", not " + *choice;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// What does not go together.
[[nodiscard]] std::string check_problem(const Problem& problem, bool kernel_given) {
  const std::string& kernel = problem.physics.kernel;
  const bool is_capacitance = problem.problem.starts_with("capacitance");
  std::error_code ignored;
  if (!problem.output.empty() && !problem.output.ends_with(".vtu"))
    return "-output " + problem.output + " must end in .vtu, as ParaView expects";
  if (!problem.output.empty() && !problem.mesh.empty() &&
      std::filesystem::equivalent(problem.output, problem.mesh, ignored))
    return "-output would overwrite the mesh: give it another name";
  if (is_capacitance && kernel != "laplace") return "-problem " + problem.problem + " takes -kernel laplace";
  if (problem.problem == "resistance" && kernel_given && kernel != "stokes")
    return "-problem resistance takes -kernel stokes";
  if (problem.second_kind && problem.problem != "capacitance")
    return "-formulation second_kind takes -problem capacitance: the other problems have one equation each";
  if (problem.data == "pressure" && (kernel != "elasticity" || problem.problem != "neumann" || !problem.exterior))
    return "-data pressure takes -problem neumann, -side exterior and -kernel elasticity";
  const bool needs_more = kernel == "stokes" || (kernel == "elasticity" && !problem.exterior);
  if (problem.problem == "neumann" && needs_more)
    return "-problem neumann takes -kernel laplace or yukawa, or elasticity with -side exterior: "
           "the equations of the others have no unique answer";
  if (problem.problem == "dirichlet" && !problem.exterior && kernel == "stokes")
    return "-problem dirichlet with -kernel stokes takes -side exterior: "
           "inside, the equation has no unique answer";
  return "";
}

PetscErrorCode read_numbers(Problem* problem, std::string* complaint) {
  PetscFunctionBegin;
  if (problem->mesh.empty()) PetscCall(PetscOptionsGetInt(nullptr, nullptr, "-refine", &problem->refinement, nullptr));
  PetscCall(PetscOptionsGetInt(nullptr, nullptr, "-points", &problem->num_points, nullptr));
  PetscCall(PetscOptionsGetReal(nullptr, nullptr, "-near", &problem->near, nullptr));
  Physics& physics = problem->physics;
  if (physics.kernel == "yukawa") PetscCall(PetscOptionsGetReal(nullptr, nullptr, "-lambda", &physics.lambda, nullptr));
  if (physics.kernel == "elasticity") {
    PetscCall(PetscOptionsGetReal(nullptr, nullptr, "-mu", &physics.mu, nullptr));
    PetscCall(PetscOptionsGetReal(nullptr, nullptr, "-nu", &physics.nu, nullptr));
  }
  if (!(problem->near >= 1.0 && problem->near <= 100.0))
    *complaint = "-near must be 1 to 100 diameters, not " + format("%g", problem->near);
  else if (!(physics.lambda >= 0.0 && physics.lambda < 1e100))
    *complaint = "-lambda must not be negative, but is " + format("%g", physics.lambda);
  else if (!(physics.mu > 1e-100 && physics.mu < 1e100))
    *complaint = "-mu must be positive, not " + format("%g", physics.mu);
  else if (!(physics.nu >= -0.99 && physics.nu <= 0.49))
    *complaint = "-nu must be -0.99 to 0.49, not " + format("%g", physics.nu);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

std::string format(const char* text, ...) {
  std::va_list arguments;
  va_start(arguments, text);
  char line[400] = "";
  std::vsnprintf(line, sizeof line, text, arguments);
  va_end(arguments);
  return line;
}

PetscErrorCode create_density(const Surface& surface, int components, Vec* density) {
  PetscFunctionBegin;
  PetscCall(VecCreateMPI(surface.communicator, surface.num_own() * components, PETSC_DETERMINE, density));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode read_options(Problem* problem, std::string* complaint) {
  PetscFunctionBegin;
  std::string kernel, formulation, side;
  PetscCall(read_choice("-problem", {"capacitance", "capacitance_matrix", "dirichlet", "neumann", "resistance"},
                        &problem->problem, complaint));
  PetscCall(read_text("-shape", &problem->shape, complaint));
  PetscCall(read_text("-mesh", &problem->mesh, complaint));
  PetscCall(read_text("-output", &problem->output, complaint));
  PetscCall(read_text("-kernel", &kernel, complaint));
  // Options that have no part in the problem are not read, and warned of in the end.
  const bool has_side = problem->problem == "dirichlet" || problem->problem == "neumann";
  if (has_side) PetscCall(read_choice("-side", {"exterior", "interior"}, &side, complaint));
  PetscCall(read_choice("-data", {"sources", "pressure"}, &problem->data, complaint));
  PetscCall(read_choice("-formulation", {"single_layer", "second_kind"}, &formulation, complaint));
  if (problem->problem.starts_with("capacitance") && formulation != "second_kind")
    PetscCall(read_choice("-preconditioner", {"blocks", "near", "direct_sums"}, &problem->preconditioner, complaint));
  problem->exterior = side == "exterior";
  problem->second_kind = formulation == "second_kind";
  if (!problem->mesh.empty() && !problem->shape.empty()) *complaint = "give either -shape or -mesh";
  if (problem->shape.empty()) problem->shape = "sphere";
  const bool kernel_given = !kernel.empty();
  if (!kernel_given) kernel = problem->problem == "resistance" ? "stokes" : "laplace";
  try {
    problem->physics = make_physics(kernel);
    PetscCall(read_numbers(problem, complaint));
    (void)make_rule(static_cast<int>(problem->num_points));
    if (problem->mesh.empty()) check_shape(problem->shape, problem->refinement);
    if (complaint->empty()) *complaint = check_problem(*problem, kernel_given);
  } catch (const std::exception& error) {
    *complaint = error.what();
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
