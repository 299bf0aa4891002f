// SPDX-License-Identifier: BSD-3-Clause
// The capacitance of a conductor: the exterior Dirichlet problem of Laplace's equation, by collocation.
//
// The charge density s on a closed surface, constant on each of its flat triangles, makes the potential
// (S s)(x) = integral of s(y) / (4 pi |x - y|). The charge density of a conductor at potential 1 solves one of two
// equations:
//   single_layer:  S s = 1, an equation of the first kind;
//   second_kind:   (1/2 + K') s + M S s = 1. Inside a conductor, where the potential is constant, its normal derivative
//                  (1/2 + K') s vanishes. This leaves the potential of each closed surface undetermined; M S s, the
//                  mean of S s over each of them, makes it 1: by Gauss's law the first term has no mean.
// The capacitance is the whole charge, in units in which a ball of radius a has 4 pi a. All conductors of a mesh have
// potential 1. A surface within another one carries no charge.
static const char* const help =
    "capacitance: the charge on a conductor at potential 1\n"
    "  -shape sphere|cube|torus|ellipsoid   a generated surface (default sphere), or\n"
    "  -mesh FILE                           one from an .off, .stl or Gmsh .msh file\n"
    "  -refine N                            generated surfaces: 4^N times as many triangles (default 3)\n"
    "  -formulation single_layer|second_kind\n"
    "  -points 1|3|6|7                      quadrature points of a triangle (default 3); with 1 the error becomes\n"
    "                                       first order in the triangles' size, with the others it is second order\n"
    "  -near D                              exact integrals up to D diameters away (default 2.5)\n"
    "  -preconditioner near|direct_sums     of the single layer: exact integrals over near triangles (default), or\n"
    "                                       all direct sums of the leaves; their diagonal where that fails\n"
    "  -output FILE.vtu                     the charge density, for ParaView\n"
    "and PETSc's -ksp_*, -pc_*; nearfar's -mat_nearfar_*.\n"
    "Exit codes: 0 fine, 1 wrong usage, 2 unusable file, 3 no answer found.\n";

#include <petsctime.h>
#include <petscvec.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "examples/capacitance/solve.hpp"

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS 0
#endif

namespace capacitance {
namespace {

/// Exit codes, as those of nearfar.
constexpr int wrong_usage = 1, unusable_file = 2, no_answer = 3;

struct Problem {
  std::string shape, mesh, output;
  PetscInt refinement = 3, num_points = 3;
  PetscReal near = 2.5;
  bool second_kind = false, direct_sums = false;
};

/// The value of an option that has one, "" without the option.
PetscErrorCode read_text(const char* name, std::string* text, std::string* complaint) {
  PetscFunctionBegin;
  char value[PETSC_MAX_PATH_LEN] = "";
  PetscBool is_given = PETSC_FALSE;
  PetscCall(PetscOptionsGetString(nullptr, nullptr, name, value, sizeof value, &is_given));
  if (is_given) *text = value;
  if (is_given && text->empty()) *complaint = std::string(name) + " needs a value";
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// One of two names.
PetscErrorCode read_choice(const char* name, const char* usual, const char* other, bool* is_other,
                           std::string* complaint) {
  PetscFunctionBegin;
  std::string text = usual;
  PetscCall(read_text(name, &text, complaint));
  *is_other = text == other;
  if (complaint->empty() && !*is_other && text != usual)
    *complaint = std::string(name) + " must be " + usual + " or " + other + ", not " + text;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode read_options(Problem* problem, std::string* complaint) {
  PetscFunctionBegin;
  PetscCall(read_text("-shape", &problem->shape, complaint));
  PetscCall(read_text("-mesh", &problem->mesh, complaint));
  PetscCall(read_text("-output", &problem->output, complaint));
  PetscCall(read_choice("-formulation", "single_layer", "second_kind", &problem->second_kind, complaint));
  PetscCall(read_choice("-preconditioner", "near", "direct_sums", &problem->direct_sums, complaint));
  PetscCall(PetscOptionsGetInt(nullptr, nullptr, "-refine", &problem->refinement, nullptr));
  PetscCall(PetscOptionsGetInt(nullptr, nullptr, "-points", &problem->num_points, nullptr));
  PetscCall(PetscOptionsGetReal(nullptr, nullptr, "-near", &problem->near, nullptr));
  if (!problem->mesh.empty() && !problem->shape.empty()) *complaint = "give either -shape or -mesh";
  if (problem->shape.empty()) problem->shape = "sphere";
  if (!(problem->near >= 1.0 && problem->near <= 100.0))
    *complaint = "-near must be 1 to 100 diameters, not " + std::to_string(problem->near);
  try {
    (void)make_rule(static_cast<int>(problem->num_points));
    if (problem->mesh.empty()) check_shape(problem->shape, problem->refinement);
  } catch (const std::exception& error) {
    *complaint = error.what();
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// From the first rank to all.
template <class Values>
void share(Values* values) {
  auto count = static_cast<std::uint64_t>(values->size());
  MPI_Bcast(&count, 1, MPI_UINT64_T, 0, PETSC_COMM_WORLD);
  values->resize(count);
  constexpr std::size_t size = sizeof(typename Values::value_type), most = std::size_t{1} << 30;
  auto* const bytes = reinterpret_cast<char*>(values->data());
  for (std::size_t begin = 0; begin < count * size; begin += most)
    MPI_Bcast(bytes + begin, static_cast<int>(std::min(most, count * size - begin)), MPI_BYTE, 0, PETSC_COMM_WORLD);
}

PetscErrorCode report(const Mesh& mesh, double unit, const Solution& solution, Vec areas, double seconds) {
  PetscFunctionBegin;
  PetscScalar charge = 0.0;
  PetscCall(VecDot(solution.density, areas, &charge));
  charge *= unit;
  if (!solution.note.empty()) PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s\n", solution.note.c_str()));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "%zu triangles, %" PetscInt_FMT " iterations, %.1f s: capacitance %.9g = 4 pi %.9g\n",
                        mesh.triangles.size(), solution.iterations, seconds, charge, charge / (4.0 * PETSC_PI)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode write_density(const Problem& problem, Mesh mesh, double unit, Vec density, std::string* complaint) {
  PetscFunctionBegin;
  for (Vector& vertex : mesh.vertices) vertex = unit * vertex;
  PetscCall(VecScale(density, 1.0 / unit));
  Vec all = nullptr;
  VecScatter scatter = nullptr;
  PetscMPIInt rank = 0;
  PetscCall(VecScatterCreateToZero(density, &scatter, &all));
  PetscCall(VecScatterBegin(scatter, density, all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(scatter, density, all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) {
    const PetscScalar* values = nullptr;
    PetscCall(VecGetArrayRead(all, &values));
    try {
      write_vtu(problem.output, mesh, "charge_density", std::vector<double>(values, values + mesh.triangles.size()));
    } catch (const std::exception& error) {
      *complaint = error.what();
    }
    PetscCall(VecRestoreArrayRead(all, &values));
  }
  share(complaint);
  PetscCall(VecScatterDestroy(&scatter));
  PetscCall(VecDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The mesh on all ranks, from the first one's file. Returns what is wrong with it, on all ranks alike.
std::string make_mesh(const Problem& problem, Mesh* mesh) {
  std::string complaint;
  int rank = 0;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) try {
      *mesh = !problem.mesh.empty() ? read_mesh(problem.mesh)
                                    : make_shape(problem.shape, static_cast<int>(problem.refinement));
      make_outward(*mesh);
      sort_along_curve(*mesh);
    } catch (const std::exception& error) {
      complaint = error.what();
    }
  share(&complaint);
  if (complaint.empty()) {
    share(&mesh->vertices);
    share(&mesh->triangles);
    share(&mesh->surfaces);
  }
  return complaint;
}

/// Misspelt options would be taken for absent ones.
PetscErrorCode warn_of_unused_options() {
  PetscFunctionBegin;
  PetscInt count = 0;
  char **names = nullptr, **values = nullptr;
  PetscCall(PetscOptionsLeftGet(nullptr, &count, &names, &values));
  for (PetscInt i = 0; i < count; ++i)
    PetscCall(PetscFPrintf(PETSC_COMM_WORLD, stderr, "capacitance: warning: option -%s had no effect\n", names[i]));
  PetscCall(PetscOptionsLeftRestore(nullptr, &count, &names, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Sets `complaint` when there is no answer.
PetscErrorCode run(std::string* complaint, int* exit_code) {
  PetscFunctionBegin;
  Problem problem;
  PetscCall(read_options(&problem, complaint));
  *exit_code = wrong_usage;
  if (!complaint->empty()) PetscFunctionReturn(PETSC_SUCCESS);
  Mesh mesh;
  *complaint = make_mesh(problem, &mesh);
  *exit_code = unusable_file;
  if (!complaint->empty()) PetscFunctionReturn(PETSC_SUCCESS);
  const double unit = scale_to_unit(mesh);
  const Surface surface(PETSC_COMM_WORLD, mesh, static_cast<int>(problem.num_points), problem.near);
  Vec areas = nullptr;
  Solution solution;
  PetscCall(VecCreateMPI(PETSC_COMM_WORLD, surface.num_own(), PETSC_DETERMINE, &areas));
  PetscCall(VecDuplicate(areas, &solution.density));
  for (std::size_t i = surface.begin; i < surface.end; ++i)
    PetscCall(VecSetValue(areas, static_cast<PetscInt>(i), surface.triangles[i].area, INSERT_VALUES));
  PetscCall(VecAssemblyBegin(areas));
  PetscCall(VecAssemblyEnd(areas));
  PetscLogDouble start = 0.0, stop = 0.0;
  PetscCall(PetscTime(&start));
  if (problem.second_kind)
    PetscCall(solve_second_kind(surface, areas, &solution));
  else
    PetscCall(solve_single_layer(surface, problem.direct_sums, &solution));
  PetscCall(PetscTime(&stop));
  *exit_code = no_answer;
  *complaint = solution.failure;
  if (complaint->empty()) PetscCall(report(mesh, unit, solution, areas, stop - start));
  if (complaint->empty() && !problem.output.empty()) {
    *exit_code = unusable_file;
    PetscCall(write_density(problem, mesh, unit, solution.density, complaint));
  }
  if (complaint->empty()) PetscCall(warn_of_unused_options());
  PetscCall(VecDestroy(&solution.density));
  PetscCall(VecDestroy(&areas));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
}

int main(int argc, char** argv) {
  PetscCall(PetscInitialize(&argc, &argv, nullptr, help));
  std::string complaint;
  int exit_code = 0, rank = 0;
  PetscCall(capacitance::run(&complaint, &exit_code));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (!complaint.empty() && rank == 0) std::fprintf(stderr, "capacitance: %s\n", complaint.c_str());
  PetscCall(PetscFinalize());
  return complaint.empty() ? 0 : exit_code;
}
