/* SPDX-License-Identifier: BSD-3-Clause */
/* MATNEARFAR: the sums of a kernel over points as a PETSc matrix, for KSP and everything else that takes a Mat.

   Entry block (i, j) is K(x_i - y_j) for target i and source j, left out where the two points coincide. What sources
   are (source kinds) and what rows are (fields) can be chosen, several of each side by side: rows are [target][value]
   with the components of all fields, columns [source][strength] with those of all source kinds, in the order and on the
   ranks in which the points are given. nearfar/families.hpp describes the kernels. The type is MATSHELL underneath:
   MatShift, MatScale, MatDiagonalScale, MatDiagonalSet and MatAXPY work as they do there, so that MatAssemblyEnd undoes
   them. A sparse correction, of singular integrals for example, is added with MATCOMPOSITE or MatAXPY.

   The transpose is the matrix of the dual kinds and fields with the normals exchanged ("dipole" for
   "normal_derivative", "stresslet" for minus "traction", ...). Where the kernel lacks a dual, MatHasOperation says so
   and MatMultTranspose is an error.

   Every function returns a PETSc error code and is collective on the matrix unless it says otherwise. Names and numbers
   must be the same on all ranks; all ranks return an error if they differ, if a value is out of range, or if an
   argument is NULL on one of them. Setters may be called at any time. A new value makes the next use set up again and
   raises the state of the matrix, so that solvers make a new preconditioner; an equal one changes nothing. */
#ifndef NEARFAR_PETSC_H
#define NEARFAR_PETSC_H

#include <petscmat.h>

#if defined(PETSC_USE_COMPLEX) || !defined(PETSC_USE_REAL_DOUBLE)
#error "MATNEARFAR needs a PETSc whose PetscScalar is double: choose another build of PETSc"
#endif

#define MATNEARFAR "nearfar"

/* Not collective. Makes MatSetType(A, MATNEARFAR) known. MatCreateNearfar does it too, as does loading the shared
   library after PetscInitialize, or the option -dll_prepend libnearfar.so. */
PETSC_EXTERN PetscErrorCode MatNearfarRegister(void);

/* The matrix of a kernel ("laplace", ...), of its first source kind and field, between this rank's m / values targets
   and n / strengths sources, whose coordinates are [point][3] and copied. Kinds and fields of other sizes need a matrix
   made with MatCreate, MatSetType and the setters below. m, n or M, N may be PETSC_DECIDE or PETSC_DETERMINE; if both
   are given, the local sizes must add up to the global one. coords_source NULL on all ranks (or the same array): the
   targets are the sources. Call MatSetFromOptions for the options -mat_nearfar_*. */
PETSC_EXTERN PetscErrorCode MatCreateNearfar(MPI_Comm comm, PetscInt m, PetscInt n, PetscInt M, PetscInt N,
                                             const PetscReal coords_target[], const PetscReal coords_source[],
                                             const char kernel[], Mat* A);

/* The points of a matrix made with MatCreate and MatSetType; sizes may have been set before, and must fit then.
   sources NULL on all ranks, or the same array: the targets are the sources.
   Instead, vectors of coordinates may be composed with the matrix as "nearfar_targets" and, if the sources differ,
   "nearfar_sources" (PetscObjectCompose). Each rank has whole points. When another vector is composed, or the values in
   it change, the next use moves the points; call MatNearfarSetUp before KSPSolve for a new preconditioner as well. */
PETSC_EXTERN PetscErrorCode MatNearfarSetPoints(Mat A, PetscInt num_targets, const PetscReal targets[],
                                                PetscInt num_sources, const PetscReal sources[]);
/* Moves the points of a matrix: as many as before on each rank; sources NULL where the targets are the sources. Normals
   stay as they are. */
PETSC_EXTERN PetscErrorCode MatNearfarUpdatePoints(Mat A, const PetscReal targets[], const PetscReal sources[]);

/* Another kernel starts with its own first source kind and first field, so set those afterwards; the same name changes
   nothing. Parameters stay, for those kernels that have them. -mat_nearfar_kernel laplace */
PETSC_EXTERN PetscErrorCode MatNearfarSetKernel(Mat A, const char kernel[]);
/* Names of the kernel's source kinds with commas between them, "charge,dipole"; -mat_nearfar_source_kind. An unknown
   name is an error here. Sizes that are set already must fit, or MatSetUp fails. */
PETSC_EXTERN PetscErrorCode MatNearfarSetSourceKind(Mat A, const char kinds[]);
/* The same for fields, "velocity,pressure"; -mat_nearfar_fields. Options set the kernel first, so that all three may be
   given at once. */
PETSC_EXTERN PetscErrorCode MatNearfarSetFields(Mat A, const char fields[]);
/* A number in the kernel's formula: -mat_nearfar_parameter lambda=2, several with commas between them. Some kernel must
   have a parameter of that name and take the value; where the kernel now is another one, it is kept for later. */
PETSC_EXTERN PetscErrorCode MatNearfarSetParameter(Mat A, const char name[], PetscReal value);
/* MatNearfarSetParameter for "lambda"; -mat_nearfar_lambda 1, over which -mat_nearfar_parameter wins. */
PETSC_EXTERN PetscErrorCode MatNearfarSetLambda(Mat A, PetscReal lambda);
PETSC_EXTERN PetscErrorCode MatNearfarSetTolerance(Mat A, PetscReal tolerance); /* -mat_nearfar_tolerance 1e-6 */
PETSC_EXTERN PetscErrorCode MatNearfarSetOrder(Mat A, PetscInt order);          /* -mat_nearfar_order; 0: tolerance */
PETSC_EXTERN PetscErrorCode MatNearfarSetPointsPerLeaf(Mat A, PetscInt points); /* -mat_nearfar_points_per_leaf */
/* "automatic", "full" or "mixed": -mat_nearfar_precision */
PETSC_EXTERN PetscErrorCode MatNearfarSetPrecision(Mat A, const char precision[]);
/* Expected number of columns in MatMatMult, for which the leaf size is chosen. -mat_nearfar_vectors 1 */
PETSC_EXTERN PetscErrorCode MatNearfarSetVectors(Mat A, PetscInt vectors);
/* Targets at which the first product with one vector after a set-up, or after points or normals have changed, is
   compared with direct sums, 0 for none; -mat_nearfar_check */
PETSC_EXTERN PetscErrorCode MatNearfarSetCheck(Mat A, PetscInt samples);
/* The relative L2 error found by that check, the largest of all fields, or that of the gradients whose contractions
   with normals the rows are; negative before it. Not collective. */
PETSC_EXTERN PetscErrorCode MatNearfarGetError(Mat A, PetscReal* error);

/* Normals of the targets, [target][3], of any length and copied; NULL on all ranks: none. Fields that need them
   ("normal_derivative", "traction") take them. Otherwise rows become derivatives along them, n_i . grad K(x_i - y_j):
   the field "potential" becomes "normal_derivative", in all that the matrix does (for charges the adjoint double layer,
   whose transpose is that of dipoles). Fields of a kernel without "normal_derivative" are contracted from their
   gradients where there are any ("stokeslet": du/dn, not the traction); such a matrix has no transpose and no near
   field. For other fields MatNearfarSetUp fails until normals are NULL again. The number of targets must be known from
   points or MatSetSizes; other points must be as many, or MatNearfarSetUp fails until new normals are given. Normals
   equal to those before change nothing. */
PETSC_EXTERN PetscErrorCode MatNearfarSetTargetNormals(Mat A, const PetscReal normals[]);
/* The same for the sources, [source][3], also where the targets are the sources, whose target normals are others: for
   source kinds that need them ("dipole", "stresslet"), without which MatNearfarSetUp fails. Other kinds ignore them. */
PETSC_EXTERN PetscErrorCode MatNearfarSetSourceNormals(Mat A, const PetscReal normals[]);

/* Builds tree, lists and operators; otherwise the first use does. -mat_view shows the matrix at the end of each set-up.
 */
PETSC_EXTERN PetscErrorCode MatNearfarSetUp(Mat A);

/* The option -mat_nearfar_view_expansions VIEWER (ascii, binary:FILE, hdf5:FILE, ...; read by MatSetFromOptions for
   this matrix alone, not its copies) shows after each product three vectors with one block for each octant:
   "multipoles" and "locals", as nearfar::ExpansionBlocks describes them, and "octants" with centre x, y, z and side. Of
   several columns the last one's; after a product with numbers that are not finite those before it. The viewer stays
   open until the matrix is destroyed or MatSetFromOptions is called again: binary files get one product after the
   other, hdf5 keeps the last while the points stay. */

/* y = A x, and in g the gradients of the potentials with respect to the targets, [row][3]. With target normals y still
   has the derivatives along them, y_i = n_i . g_i. Shifts and scalings do not take part. An error where the fields have
   no gradients beside them: most kernels have gradients as a field. */
PETSC_EXTERN PetscErrorCode MatNearfarMultGradient(Mat A, Vec x, Vec y, Vec g);

/* The direct sums (U lists) as a MATAIJ with the rows and columns of A, which the caller destroys: for PCILU, PCASM,
   PCBJACOBI as the second matrix of KSPSetOperators. With the shifts and scalings of A, but not what MatAXPY added. Its
   options prefix is that of A followed by near_field_. MatGetDiagonalBlock(A), which those preconditioners call, gives
   its diagonal block. */
PETSC_EXTERN PetscErrorCode MatNearfarGetNearField(Mat A, Mat* near_field);

/* The same operator, with its normals, for points in tree order, that of the tree on the ranks that own its leaves:
   products send no vector entries to other ranks. Entry i of a vector in tree order is entry rows[i] (columns[i]) of
   A's; the caller destroys all three. Without shifts and scalings. */
PETSC_EXTERN PetscErrorCode MatNearfarGetNative(Mat A, Mat* native, IS* rows, IS* columns);

#endif
