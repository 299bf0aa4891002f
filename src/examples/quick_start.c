/* SPDX-License-Identifier: BSD-3-Clause */
/* Potentials and gradients of 1/(4 pi r) at random points, on any number of ranks, from C:
   gcc quick_start.c $(pkg-config --cflags --libs nearfar) -o quick_start && mpirun -n 4 quick_start */
#include <nearfar/nearfar.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  const int num_points = 10000; /* of this rank */
  double* points = malloc(3 * num_points * sizeof(double));
  double* charges = malloc(num_points * sizeof(double));
  double* values = malloc(4 * num_points * sizeof(double));
  int i, rank = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  srand(rank + 1);
  for (i = 0; i < 3 * num_points; ++i) points[i] = rand() / (double)RAND_MAX;
  for (i = 0; i < num_points; ++i) charges[i] = rand() / (double)RAND_MAX;

  nearfar_kernel kernel = {.name = "laplace", .fields = "potential,gradient"};
  nearfar_points sources = {.count = num_points, .coordinates = points}; /* [point][3], of this rank */
  nearfar_options options = {.tolerance = 1e-6};
  nearfar_plan* plan;
  if (nearfar_plan_create(MPI_COMM_WORLD, &kernel, &sources, NULL, &options, &plan) != NEARFAR_SUCCESS ||
      nearfar_plan_apply(plan, 1, charges, values, NULL) != NEARFAR_SUCCESS) { /* values[4 * i]: potential and gradient */
    fprintf(stderr, "%s\n", nearfar_last_error());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  if (rank == 0) printf("potential[0] = %.6f\n", values[0]);
  nearfar_plan_destroy(&plan);
  MPI_Finalize();
  free(points);
  free(charges);
  free(values);
  return 0;
}
