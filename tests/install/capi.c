/* SPDX-License-Identifier: BSD-3-Clause */
/* The C interface: sums against a loop, errors by code, and the order of the ends. "capi" and "capi library" leave MPI
   to the library, "capi mpi" has it from the program, whose plan outlives MPI, "capi petsc" ends PETSc before the plan,
   and "capi exit" leaves the plan to the end of the process. */
#include <math.h>
#include <nearfar/nearfar.h>
#include <petscsys.h>
#include <stdio.h>
#include <string.h>

#define NUM_POINTS 400
#define NUM_TARGETS 50

static int failures = 0;

static void expect(int fine, const char* what) {
  if (fine) return;
  ++failures;
  fprintf(stderr, "failed: %s (last error: %s)\n", what, nearfar_last_error());
}
#define EXPECT(condition) expect((condition), #condition)

static double points[3 * NUM_POINTS], targets[3 * NUM_TARGETS], charges[NUM_POINTS];
static const nearfar_kernel laplace = {.name = "laplace"};

static double next_random(void) {
  static unsigned state = 1;
  state = (1664525u * state + 1013904223u) & 0xffffffffu;
  return state / 4294967296.0;
}

static void make_points(void) {
  int i;
  for (i = 0; i < 3 * NUM_POINTS; ++i) points[i] = next_random();
  for (i = 0; i < 3 * NUM_TARGETS; ++i) targets[i] = next_random();
  for (i = 0; i < NUM_POINTS; ++i) charges[i] = next_random() - 0.5;
}

/* Potential and gradient at a target, by the formula. */
static void sum_at(const double* x, double result[4]) {
  int i;
  result[0] = result[1] = result[2] = result[3] = 0.0;
  for (i = 0; i < NUM_POINTS; ++i) {
    const double dx = x[0] - points[3 * i], dy = x[1] - points[3 * i + 1], dz = x[2] - points[3 * i + 2];
    const double r = sqrt(dx * dx + dy * dy + dz * dz), value = charges[i] / (4.0 * acos(-1.0) * r);
    if (r == 0.0) continue;
    result[0] += value;
    result[1] -= value * dx / (r * r);
    result[2] -= value * dy / (r * r);
    result[3] -= value * dz / (r * r);
  }
}

/* Relative L2 distance of numbers from the sums: `width` numbers a target, the first of them component `first`. */
static double error_of(const double* values, int width, int first, const double* at, int num_targets) {
  double difference = 0.0, norm = 0.0, exact[4];
  int i, k;
  for (i = 0; i < num_targets; ++i) {
    sum_at(&at[3 * i], exact);
    for (k = 0; k < width; ++k) {
      difference += pow(values[width * i + k] - exact[first + k], 2);
      norm += pow(exact[first + k], 2);
    }
  }
  return sqrt(difference / norm);
}

static void test_sums(nearfar_plan** plan) {
  const nearfar_points sources = {.count = NUM_POINTS, .coordinates = points};
  const nearfar_points others = {.count = NUM_TARGETS, .coordinates = targets};
  const nearfar_kernel both = {.name = "laplace", .fields = "potential, gradient"};
  static double potentials[NUM_POINTS], gradients[3 * NUM_POINTS], fields[4 * NUM_TARGETS], direct[NUM_TARGETS];
  nearfar_options options;
  nearfar_plan_info info;
  nearfar_plan* second = NULL;
  int i, strengths = 0, values = 0;
  EXPECT(nearfar_options_init(&options) == NEARFAR_SUCCESS);
  options.tolerance = 1e-8;
  options.points_per_leaf = 30;
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &laplace, &sources, NULL, &options, plan) == NEARFAR_SUCCESS);
  EXPECT(nearfar_plan_apply(*plan, 1, charges, potentials, gradients) == NEARFAR_SUCCESS);
  EXPECT(error_of(potentials, 1, 0, points, NUM_POINTS) < 1e-8);
  EXPECT(error_of(gradients, 3, 1, points, NUM_POINTS) < 1e-7);
  EXPECT(nearfar_plan_get_info(*plan, &info) == NEARFAR_SUCCESS);
  EXPECT(info.num_sources == NUM_POINTS && info.num_targets == NUM_POINTS && info.num_strengths == 1);
  EXPECT(info.num_values == 1 && info.num_gradients == 3 && info.options.points_per_leaf == 30);

  EXPECT(nearfar_kernel_sizes(&both, &strengths, &values) == NEARFAR_SUCCESS && strengths == 1 && values == 4);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &both, &sources, &others, NULL, &second) == NEARFAR_SUCCESS);
  EXPECT(nearfar_plan_apply(second, 1, charges, fields, NULL) == NEARFAR_SUCCESS);
  for (i = 0; i < NUM_TARGETS; ++i) potentials[i] = fields[4 * i];
  EXPECT(error_of(potentials, 1, 0, targets, NUM_TARGETS) < 1e-6);
  EXPECT(nearfar_plan_destroy(&second) == NEARFAR_SUCCESS && second == NULL);

  EXPECT(nearfar_direct(MPI_COMM_SELF, &laplace, &sources, &others, 1, charges, direct) == NEARFAR_SUCCESS);
  EXPECT(error_of(direct, 1, 0, targets, NUM_TARGETS) < 1e-13);

  for (i = 0; i < 3 * NUM_POINTS; ++i) points[i] = 2.0 * points[i] * points[i];
  EXPECT(nearfar_plan_update_points(*plan, points, NULL) == NEARFAR_SUCCESS);
  EXPECT(nearfar_plan_apply(*plan, 1, charges, potentials, NULL) == NEARFAR_SUCCESS);
  EXPECT(error_of(potentials, 1, 0, points, NUM_POINTS) < 1e-8);
}

static void test_errors(nearfar_plan* plan) {
  const nearfar_points sources = {.count = NUM_POINTS, .coordinates = points}, missing = {.count = 3};
  const nearfar_kernel misspelt = {.name = "laplase"}, nameless = {.fields = "potential"};
  const nearfar_kernel parameters = {.name = "yukawa", .num_parameters = 1};
  static double potentials[NUM_POINTS];
  static double wrong[NUM_POINTS];
  const nearfar_points infinite = {.count = 2, .coordinates = wrong};
  nearfar_options options = {.order = 99};
  nearfar_plan* none = plan;
  memset(wrong, 0, sizeof wrong);
  wrong[1] = HUGE_VAL;
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &misspelt, &sources, NULL, NULL, &none) == NEARFAR_USAGE_ERROR);
  EXPECT(none == NULL);
  EXPECT(strstr(nearfar_last_error(), "did you mean laplace?") != NULL);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &nameless, &sources, NULL, NULL, &none) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &parameters, &sources, NULL, NULL, &none) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, NULL, &sources, NULL, NULL, &none) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &laplace, NULL, NULL, NULL, &none) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &laplace, &sources, NULL, NULL, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_create(MPI_COMM_NULL, &laplace, &sources, NULL, NULL, &none) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &laplace, &missing, NULL, NULL, &none) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &laplace, &sources, NULL, &options, &none) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_create(MPI_COMM_SELF, &laplace, &infinite, NULL, NULL, &none) == NEARFAR_INPUT_ERROR);
  EXPECT(strstr(nearfar_last_error(), "source 0") != NULL);
  EXPECT(nearfar_plan_apply(plan, 1, wrong, potentials, NULL) == NEARFAR_INPUT_ERROR);
  EXPECT(nearfar_plan_apply(plan, 1, NULL, potentials, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_apply(plan, 1, charges, NULL, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_apply(plan, 0, charges, potentials, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_apply(NULL, 1, charges, potentials, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_set_normals(plan, points, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_plan_update_points(plan, NULL, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_direct(MPI_COMM_SELF, &laplace, &sources, NULL, 1, wrong, potentials) == NEARFAR_INPUT_ERROR);
  EXPECT(nearfar_direct(MPI_COMM_SELF, &laplace, &sources, NULL, 1, charges, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_agree(MPI_COMM_SELF, NEARFAR_INPUT_ERROR, "mine") == NEARFAR_INPUT_ERROR);
  EXPECT(strcmp(nearfar_last_error(), "mine") == 0);
  EXPECT(nearfar_plan_get_info(plan, NULL) == NEARFAR_USAGE_ERROR);
  EXPECT(nearfar_families(NULL, NULL) == NEARFAR_USAGE_ERROR);
  none = NULL;
  EXPECT(nearfar_plan_destroy(&none) == NEARFAR_SUCCESS && nearfar_plan_destroy(NULL) == NEARFAR_SUCCESS);
  EXPECT(nearfar_plan_apply(plan, 1, charges, potentials, NULL) == NEARFAR_SUCCESS);
}

static void test_descriptions(void) {
  const nearfar_family* families = NULL;
  int count = 0, i, found = 0;
  EXPECT(nearfar_families(&count, &families) == NEARFAR_SUCCESS && count > 5);
  for (i = 0; i < count; ++i) {
    if (strcmp(families[i].name, "helmholtz") != 0) continue;
    found = families[i].num_parameters == 1 && strcmp(families[i].parameters[0].name, "k") == 0 &&
            families[i].source_kinds[0].components == 2 && families[i].source_kinds[1].with_normals == 1;
  }
  EXPECT(found);
}

int main(int argc, char** argv) {
  const char* order = argc > 1 ? argv[1] : "";
  const int with_mpi = strcmp(order, "mpi") == 0, with_petsc = strcmp(order, "petsc") == 0;
  nearfar_plan* plan = NULL;
  static double potentials[NUM_POINTS];
  test_descriptions(); /* which needs no MPI */
  make_points();
  if (with_mpi) MPI_Init(&argc, &argv);
  if (with_petsc && PetscInitialize(NULL, NULL, NULL, NULL) != 0) return 1;
  test_sums(&plan);
  test_errors(plan);
  if (with_petsc) PetscFinalize();
  if (with_mpi) MPI_Finalize();
  if (with_mpi || with_petsc) {
    EXPECT(nearfar_plan_apply(plan, 1, charges, potentials, NULL) == NEARFAR_USAGE_ERROR);
    EXPECT(strstr(nearfar_last_error(), "has ended") != NULL);
    EXPECT(nearfar_initialize() == NEARFAR_USAGE_ERROR);
  }
  if (strcmp(order, "exit") != 0) EXPECT(nearfar_plan_destroy(&plan) == NEARFAR_SUCCESS);
  printf("nearfar %s from C, %s: %d failures\n", nearfar_version(), order, failures);
  return failures == 0 ? 0 : 1;
}
