// SPDX-License-Identifier: BSD-3-Clause
// Potentials and gradients of 1/(4 pi r) at random points, on any number of ranks: mpirun -n 4 quick_start
#include <petscsys.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "nearfar/plan.hpp"

int main(int argc, char** argv) {
  PetscInitialize(&argc, &argv, nullptr, nullptr);
  int rank = 0;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  {
    // Every rank has points of its own, anywhere.
    const std::size_t num_points = 10000;
    std::mt19937_64 random(static_cast<std::uint64_t>(rank));
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    std::vector<double> points(3 * num_points), charges(num_points), potentials(num_points), gradients(3 * num_points);
    for (double& coordinate : points) coordinate = uniform(random);
    for (double& charge : charges) charge = uniform(random);

    const nearfar::Kernel kernel = nearfar::make_kernel("laplace");
    nearfar::Plan plan(PETSC_COMM_WORLD, kernel, points, {.tolerance = 1e-6});
    plan.apply(charges, potentials, gradients);  // again and again, with other charges

    const nearfar::SampledError error =
        nearfar::sampled_error(PETSC_COMM_WORLD, kernel, {points, charges, points, potentials, gradients}, 100);
    if (rank == 0) std::printf("potential[0] = %.6f, relative error %.1e\n", potentials[0], error.potential_rel_l2);

    // Several kernels on the same points share one tree.
    const nearfar::Kernel laplace = nearfar::make_kernel("laplace");
    nearfar::Geometry geometry(PETSC_COMM_WORLD, points, laplace, {.tolerance = 1e-6});
    nearfar::Plan electrostatic(geometry, laplace, {.tolerance = 1e-6});
    nearfar::Plan screened(geometry, nearfar::make_kernel("yukawa", {.lambda = 2.0}), {.tolerance = 1e-4});
    screened.apply(charges, potentials);
    if (rank == 0) std::printf("screened: potential[0] = %.6f\n", potentials[0]);

    for (double& coordinate : points) coordinate *= 0.5;
    plan.update_points(points);  // after they moved
    plan.apply(charges, potentials);
    if (rank == 0) std::printf("half as far apart: potential[0] = %.6f\n", potentials[0]);
  }
  PetscFinalize();
}
