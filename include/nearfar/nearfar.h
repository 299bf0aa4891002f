/* SPDX-License-Identifier: BSD-3-Clause */
/* The C interface: plans, direct sums, and what kernels there are. Fortran, Python and others call it too.

   Every function returns NEARFAR_SUCCESS or the code of an error, unless it says otherwise; nearfar_last_error() has
   the sentence. Functions that say "Collective" are called by all ranks of the communicator, which is duplicated, with
   the same kernel, options and number of vectors. Their errors are then the same on all ranks, but for a plan or
   communicator that is NULL, which the other ranks cannot know of. Memory that runs out where ranks cannot agree any
   more ends the job: a sentence, and MPI_Abort of MPI_COMM_WORLD.

   MPI and PETSc are initialised by the first call that needs them, where the program has not done so: that call is
   collective over MPI_COMM_WORLD, so call nearfar_initialize first where only some ranks will make plans. MPI is then
   finalised at exit, and PETSc when MPI is. A program that initialises them itself finalises them itself, in any order:
   plans release what they have when PETSc or MPI ends, and may be destroyed later.

   Arrays belong to the caller, are copied where they must be kept, and may be NULL where they hold nothing. */
#ifndef NEARFAR_NEARFAR_H
#define NEARFAR_NEARFAR_H

#include <mpi.h>
#include <stdint.h>

#include "nearfar/version.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  NEARFAR_SUCCESS = 0,
  NEARFAR_USAGE_ERROR = 1, /* an argument is out of its range, or a name is unknown */
  NEARFAR_INPUT_ERROR = 2, /* data is not finite or misshaped */
  NEARFAR_OTHER_ERROR = 3  /* memory, MPI, PETSc, or an error inside the library */
};

/* The sentence of this thread's last error: what is wrong, where, and what to do; "" before the first one. Valid until
   the thread's next error. Never NULL. */
const char* nearfar_last_error(void);

/* Version of the library that runs, "major.minor.patch"; nearfar/version.h has that of the header. */
const char* nearfar_version(void);

/* Collective over MPI_COMM_WORLD. Initialises MPI and PETSc where that has not been done; see above. */
int nearfar_initialize(void);

/* The Fortran handles of MPI_COMM_WORLD and MPI_COMM_SELF, for languages without mpi.h; they initialise like others. */
int nearfar_comm_world_f(MPI_Fint* comm);
int nearfar_comm_self_f(MPI_Fint* comm);

/* Collective. For wrappers in other languages that check arguments of their own: if any rank gives a code that is not
   NEARFAR_SUCCESS, all ranks return that of the lowest such rank, and have its message as the last error. */
int nearfar_agree(MPI_Comm comm, int code, const char* message);
int nearfar_agree_f(MPI_Fint comm, int code, const char* message);

/* Which sums: nearfar_kernel kernel = {.name = "laplace"}. What is left 0 is chosen. Between commas there may be sums,
   too: with "charge-2.5*dipole" one strength of a source acts as both. */
typedef struct {
  const char* name;        /* "laplace", "stokes", ...: see nearfar_families */
  const char* source_kind; /* what sources are, several joined by commas: "charge,dipole"; NULL: the kernel's first */
  const char* fields; /* what is computed, several joined by commas: "velocity,pressure"; NULL: the kernel's first */
  int num_parameters; /* others have their defaults */
  const char* const* parameter_names;
  const double* parameter_values;
} nearfar_kernel;

/* Numbers that callers give for each source and get for each target: the components of all source kinds and of all
   fields. Not collective; needs neither MPI nor PETSc. NULL: not wanted. */
int nearfar_kernel_sizes(const nearfar_kernel* kernel, int* num_strengths, int* num_values);

typedef enum {
  NEARFAR_PRECISION_AUTOMATIC = 0, /* single in the inner sums where the tolerance allows it */
  NEARFAR_PRECISION_FULL = 1,      /* double */
  NEARFAR_PRECISION_MIXED = 2
} nearfar_precision;

/* How a plan is made. All zeros are the defaults; nearfar_options_init fills in what they mean. */
typedef struct {
  double tolerance;    /* wanted relative L2 error, 1e-12 to 0.1; 0: 1e-6, or that of the order. Refused where a given
                          order or precision cannot keep it */
  int order;           /* points along an edge of the expansions' surfaces, 2 to 16; 0: by the tolerance */
  int points_per_leaf; /* most sources and most targets of a leaf; 0: chosen */
  double root_scale;   /* side of the root cube over the extent of the points, 1 to 2; 0: chosen */
  int precision;       /* a nearfar_precision */
  int num_vectors;     /* charge vectors that most applies will have at once; 0: 1 */
  int64_t max_memory;  /* bytes a rank may take for the plan and an apply, by an estimate; beyond: refused. 0: any */
} nearfar_options;

int nearfar_options_init(nearfar_options* options);

/* This rank's points, on any rank in any order; a rank may have none. */
typedef struct {
  int64_t count;
  const double* coordinates; /* [point][3] */
  const double* normals;     /* [point][3], of any length, for source kinds or fields that need them; or NULL */
} nearfar_points;

typedef struct nearfar_plan nearfar_plan;

/* Collective. Makes a plan, which the caller destroys. targets NULL on all ranks: the targets are the sources, and have
   the normals of the sources. A point does not act on itself, nor on others at the same place. Normals may be given
   later (nearfar_plan_set_normals). options NULL: the defaults. On errors *plan is NULL. */
int nearfar_plan_create(MPI_Comm comm, const nearfar_kernel* kernel, const nearfar_points* sources,
                        const nearfar_points* targets, const nearfar_options* options, nearfar_plan** plan);
int nearfar_plan_create_f(MPI_Fint comm, const nearfar_kernel* kernel, const nearfar_points* sources,
                          const nearfar_points* targets, const nearfar_options* options, nearfar_plan** plan);

/* Points, their partition over the ranks and their tree, for any number of plans of one kernel or several. */
typedef struct nearfar_geometry nearfar_geometry;

/* Collective. As for nearfar_plan_create; the tree suits plans of that kernel with these options, and serves all
   others. Normals are left to the plans. */
int nearfar_geometry_create(MPI_Comm comm, const nearfar_kernel* tuned_for, const nearfar_points* sources,
                            const nearfar_points* targets, const nearfar_options* options, nearfar_geometry** geometry);
int nearfar_geometry_create_f(MPI_Fint comm, const nearfar_kernel* tuned_for, const nearfar_points* sources,
                              const nearfar_points* targets, const nearfar_options* options,
                              nearfar_geometry** geometry);

/* Collective. A plan on a geometry; give normals, where it needs some, by nearfar_plan_set_normals before it is
   applied. Options that are not those of the geometry are its own, but leave points_per_leaf and root_scale at 0. */
int nearfar_plan_create_on(nearfar_geometry* geometry, const nearfar_kernel* kernel, const nearfar_options* options,
                           nearfar_plan** plan);

/* Collective. Moves the points of all plans on the geometry, as nearfar_plan_update_points of one of them does. */
int nearfar_geometry_update_points(nearfar_geometry* geometry, const double* sources, const double* targets);

/* Collective. As nearfar_plan_destroy; its plans live on. */
int nearfar_geometry_destroy(nearfar_geometry** geometry);

/* Collective. Sets *plan to NULL; where it is NULL already nothing happens. Also after MPI_Finalize. */
int nearfar_plan_destroy(nearfar_plan** plan);

/* Collective. Charges are [source][vector][num_strengths] and potentials, which are overwritten,
   [target][vector][num_values]. gradients, NULL on all ranks unless wanted, are [target][vector][num_gradients] with
   the three derivatives of each component; most kernels have gradients as a field instead. */
int nearfar_plan_apply(nearfar_plan* plan, int num_vectors, const double* charges, double* potentials,
                       double* gradients);

/* Collective. Other normals, [source][3] and [target][3]; NULL for those that nothing needs. They are kept when points
   move. */
int nearfar_plan_set_normals(nearfar_plan* plan, const double* source_normals, const double* target_normals);

/* Collective. The points have moved, of other plans on its geometry, too: as many as before on each rank. targets NULL
   where they are the sources. */
int nearfar_plan_update_points(nearfar_plan* plan, const double* sources, const double* targets);

typedef struct {
  int64_t num_sources, num_targets; /* of this rank */
  int num_strengths, num_values;    /* numbers of each source and each target */
  int num_gradients;                /* of each target; 0 where the kernel gives none beside its fields */
  nearfar_options options;          /* with nothing left open */
} nearfar_plan_info;

/* Not collective. */
int nearfar_plan_get_info(const nearfar_plan* plan, nearfar_plan_info* info);

/* Collective. The same sums over all pairs, in the same layouts, by scalar code: what plans are compared with. targets
   NULL on all ranks: the sources. Takes time as the number of all targets times that of all sources. */
int nearfar_direct(MPI_Comm comm, const nearfar_kernel* kernel, const nearfar_points* sources,
                   const nearfar_points* targets, int num_vectors, const double* charges, double* potentials);
int nearfar_direct_f(MPI_Fint comm, const nearfar_kernel* kernel, const nearfar_points* sources,
                     const nearfar_points* targets, int num_vectors, const double* charges, double* potentials);

/* A number in the formula of a kernel; the range includes its ends. */
typedef struct {
  const char *name, *meaning, *unit;
  double least, most, default_value;
} nearfar_parameter;

/* What sources can be, or what can be computed at targets. */
typedef struct {
  const char* name;
  const char* formula;
  int components;
  const char* component_order; /* in words; complex numbers are pairs "re q, im q" */
  int with_normals;            /* whether points need normals */
} nearfar_quantity;

typedef struct {
  const char *name, *formula;
  int num_parameters, num_source_kinds, num_fields;
  const nearfar_parameter* parameters;
  const nearfar_quantity *source_kinds, *fields; /* the first ones are the default */
} nearfar_family;

/* All kernels by name, user-defined ones too (nearfar/user_kernels.h). Not collective; needs neither MPI nor PETSc.
   Valid until this thread calls it again. */
int nearfar_families(int* count, const nearfar_family** families);
/* The family of a choice, with its source kinds and fields alone; a sum has its name as formula, and as component_order
   that of its first part. In the same way. */
int nearfar_kernel_family(const nearfar_kernel* kernel, const nearfar_family** family);

#ifdef __cplusplus
}
#endif
#endif
