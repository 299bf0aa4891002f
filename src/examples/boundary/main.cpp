// SPDX-License-Identifier: BSD-3-Clause
// Boundary value problems on closed surfaces of triangles, by collocation: densities that are constant on each flat
// triangle, equations at the centroids. layer.hpp has the operators; capacitance.cpp, boundary_values.cpp and
// resistance.cpp the equations.
static const char* const help =
    "boundary: boundary value problems on closed surfaces\n"
    "  -problem capacitance          the charge on conductors at potential 1 (default)\n"
    "           capacitance_matrix   the charges on all conductors with one of them at potential 1, the others at 0\n"
    "           dirichlet | neumann  given values, or normal derivatives or tractions, those of point sources on the\n"
    "                                other side; reports the error of the solution\n"
    "           resistance           forces and torques on rigid bodies in Stokes flow by their motions, and the "
    "inverse\n"
    "  -kernel laplace|yukawa|stokes|elasticity, with -lambda (default 1), -mu (1), -nu (0.3)\n"
    "  -side exterior|interior              of dirichlet and neumann (default exterior)\n"
    "  -data sources|pressure               pressure: of a cavity in an elastic body, with -problem neumann\n"
    "  -shape sphere|cube|torus|ellipsoid   a generated surface (default sphere), or\n"
    "  -mesh FILE                           one from an .off, .stl or Gmsh .msh file\n"
    "  -refine N                            generated surfaces: 4^N times as many triangles (default 3)\n"
    "  -formulation single_layer|second_kind   of capacitance\n"
    "  -points 1|3|6|7                      quadrature points of a triangle (default 3); with 1 the error becomes\n"
    "                                       first order in the triangles' size, with the others it is second order\n"
    "  -near D                              exact integrals up to D diameters away (default 2.5)\n"
    "  -preconditioner blocks|near|direct_sums   of the single layer: blocks of neighbouring triangles (default, as\n"
    "                                       -pc_type nearfar); factors of exact integrals over near triangles, or of\n"
    "                                       all direct sums of the leaves, and their diagonal where those fail\n"
    "  -output FILE.vtu                     the density, for ParaView; of several right-hand sides the last\n"
    "and PETSc's -ksp_*, for single layers -pc_*; nearfar's -mat_nearfar_*, but for kernel, kinds and fields.\n"
    "Exit codes: 0 fine, 1 wrong usage, 2 unusable file, 3 no answer found.\n";

#include <petsctime.h>
#include <petscvec.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "examples/boundary/problem.hpp"
#include "nearfar/petsc.h"

namespace boundary {
namespace {

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

/// Densities and the triangles, from the first rank.
PetscErrorCode write_density(const Problem& problem, Mesh mesh, double unit, const Solution& solution,
                             std::string* complaint) {
  PetscFunctionBegin;
  for (Vector& vertex : mesh.vertices) vertex = unit * vertex;
  Vec all = nullptr;
  VecScatter scatter = nullptr;
  PetscMPIInt rank = 0;
  PetscCall(VecScatterCreateToZero(solution.density, &scatter, &all));
  PetscCall(VecScatterBegin(scatter, solution.density, all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(scatter, solution.density, all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) {
    const PetscScalar* values = nullptr;
    PetscCall(VecGetArrayRead(all, &values));
    const char* const name = problem.problem.starts_with("capacitance") ? "charge_density" : "density";
    const std::size_t count = mesh.triangles.size() * static_cast<std::size_t>(solution.components);
    try {
      write_vtu(problem.output, mesh, name, std::vector<double>(values, values + count));
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
    PetscCall(PetscFPrintf(PETSC_COMM_WORLD, stderr, "boundary: warning: option -%s had no effect\n", names[i]));
  PetscCall(PetscOptionsLeftRestore(nullptr, &count, &names, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode solve(const Problem& problem, const Surface& surface, double unit, Solution* solution) {
  PetscFunctionBegin;
  if (problem.problem.starts_with("capacitance"))
    PetscCall(solve_capacitance(problem, surface, unit, solution));
  else if (problem.problem == "resistance")
    PetscCall(solve_resistance(problem, surface, unit, solution));
  else
    PetscCall(solve_boundary_values(problem, surface, unit, solution));
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
  problem.physics.lambda *= unit;
  const Surface surface(PETSC_COMM_WORLD, mesh, static_cast<int>(problem.num_points), problem.near);
  Solution solution;
  solution.components = problem.physics.components;
  PetscCall(create_density(surface, solution.components, &solution.density));
  PetscLogDouble start = 0.0, stop = 0.0;
  PetscCall(PetscTime(&start));
  PetscCall(solve(problem, surface, unit, &solution));
  PetscCall(PetscTime(&stop));
  *exit_code = no_answer;
  *complaint = solution.failure;
  if (complaint->empty()) {
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%zu triangles, %" PetscInt_FMT " iterations, %.1f s\n",
                          mesh.triangles.size(), solution.iterations, stop - start));
    for (const std::string& line : solution.lines) PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s\n", line.c_str()));
  }
  if (complaint->empty() && !problem.output.empty()) {
    *exit_code = unusable_file;
    PetscCall(write_density(problem, mesh, unit, solution, complaint));
  }
  if (complaint->empty()) PetscCall(warn_of_unused_options());
  PetscCall(VecDestroy(&solution.density));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
}

int main(int argc, char** argv) {
  PetscCall(PetscInitialize(&argc, &argv, nullptr, help));
  PetscCall(MatNearfarRegister());
  std::string complaint;
  int exit_code = 0, rank = 0;
  PetscCall(boundary::run(&complaint, &exit_code));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (!complaint.empty() && rank == 0) std::fprintf(stderr, "boundary: %s\n", complaint.c_str());
  PetscCall(PetscFinalize());
  return complaint.empty() ? 0 : exit_code;
}
