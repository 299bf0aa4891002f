/* SPDX-License-Identifier: BSD-3-Clause */
/* MATNEARFAR: the sums of a kernel over points as a PETSc matrix, for KSP and everything else that takes a Mat.

   Entry block (i, j) is K(x_i - y_j) for target i and source j, left out where the two points coincide. What sources
   are (source kinds) and what rows are (fields) can be chosen, several of each side by side: rows are [target][value]
   with the components of all fields, columns [source][strength] with those of all source kinds, in the order and on the
   ranks in which the points are given. nearfar/families.hpp describes the kernels, as -help does. The type is MATSHELL
   underneath: MatShift, MatScale, MatDiagonalScale, MatDiagonalSet and MatAXPY work as they do there, so that
   MatAssemblyEnd undoes them. A sparse correction, of singular integrals for example, is added with MATCOMPOSITE or
   MatAXPY.

   The transpose is the matrix of the dual kinds and fields with the normals exchanged ("dipole" for
   "normal_derivative", "-stresslet" for "traction", ...). Where the kernel lacks a dual, MatHasOperation says so
   and MatMultTranspose is an error. MatTranspose with MAT_INITIAL_MATRIX makes a MATNEARFAR of them, with points,
   normals, shifts and scalings of its own; of complex numbers, or after MatAXPY, it makes what MatCreateTranspose
   does, of a duplicate.

   MAT_SYMMETRIC is set where products are symmetric, up to the tolerance, and known to be: the targets are the sources,
   the kernel is its own transpose, and no MatDiagonalScale of two vectors nor MatAXPY has spoilt it. Solvers that need
   a definite matrix must still be chosen with care. MatNorm estimates NORM_1 and NORM_INFINITY (after Hager and Higham)
   and NORM_2 (by power iterations) from 4 to 60 products: lower bounds, nearly always within 1 % for NORM_2 and sharp
   for the others where entries have one sign. MatGetInfo tells the memory (an estimate), how often the matrix was set
   up (assemblies), and as nz_used the entries that it stands for, of which none is stored. Block sizes of matrix and
   vectors are the numbers of values and strengths.

   Every function returns a PETSc error code and is collective on the matrix unless it says otherwise. Names and numbers
   must be the same on all ranks; all ranks return an error if they differ, if a value is out of range, or if an
   argument is NULL on one of them. Memory that runs out where ranks cannot agree any more ends the job (a sentence, and
   MPI_Abort of MPI_COMM_WORLD). Setters may be called at any time. A new value makes the next use set up again and
   raises the state of the matrix, so that solvers make a new preconditioner; an equal one changes nothing.

   Every setter has a getter, which is not collective. It gives what is set or, where that was left open and the matrix
   has been set up, what was chosen. Arrays and names belong to the matrix, and are valid until they are set again. */
#ifndef NEARFAR_PETSC_H
#define NEARFAR_PETSC_H

#include <petscpc.h>

#if defined(PETSC_USE_COMPLEX)
#error "nearfar/petsc.h needs a PETSc of real numbers, but PetscScalar is complex: choose another build of PETSc"
#elif !defined(PETSC_USE_REAL_DOUBLE)
#error "nearfar/petsc.h needs a PETSc of double precision, but PetscReal is not double: choose another build of PETSc"
#endif

#define MATNEARFAR "nearfar"
#define PCNEARFAR "nearfar"

/* MatNearfarRegister - Makes MatSetType(A, MATNEARFAR) and PCSetType(pc, PCNEARFAR) known. Not collective.
   Level: beginner
   Note: MatCreateNearfar does it too, as does loading the shared library after PetscInitialize, or the option
   -dll_prepend DIR/libnearfar.so with the whole path. */
PETSC_EXTERN PetscErrorCode MatNearfarRegister(void);

/* MatCreateNearfar - Makes the matrix of a kernel, of its first source kind and field, between points.
   Input Parameters:
     m, n   - this rank's rows and columns: its targets times values, its sources times strengths; or PETSC_DECIDE
     M, N   - their sums over the ranks, or PETSC_DETERMINE; if both are given, the local sizes must add up
     coords_target - [target][3], copied
     coords_source - [source][3], copied; NULL on all ranks, or the same array: the targets are the sources
     kernel - "laplace", "stokes", ...
   Output Parameter:
     A      - the matrix, which the caller destroys
   Level: beginner
   Note: Call MatSetFromOptions for the options -mat_nearfar_*. Kinds and fields of other sizes need a matrix made with
   MatCreate, MatSetType and the setters below. */
PETSC_EXTERN PetscErrorCode MatCreateNearfar(MPI_Comm comm, PetscInt m, PetscInt n, PetscInt M, PetscInt N,
                                             const PetscReal coords_target[], const PetscReal coords_source[],
                                             const char kernel[], Mat* A);

/* MatNearfarSetPoints - Sets the points of a matrix made with MatCreate and MatSetType.
   Input Parameters:
     num_targets, targets - this rank's targets, [target][3], copied
     num_sources, sources - the same of the sources; NULL on all ranks, or the same array: the targets are the sources
   Level: beginner
   Notes: Sizes may have been set before, and must fit then. Instead, vectors of coordinates may be composed with the
   matrix as "nearfar_targets" and, if the sources differ, "nearfar_sources" (PetscObjectCompose). Each rank has whole
   points. When another vector is composed, or the values in it change, the next use moves the points; call
   MatNearfarSetUp before KSPSolve for a new preconditioner as well. */
PETSC_EXTERN PetscErrorCode MatNearfarSetPoints(Mat A, PetscInt num_targets, const PetscReal targets[],
                                                PetscInt num_sources, const PetscReal sources[]);
/* MatNearfarGetPoints - Gives this rank's points; any place for an answer may be NULL. Not collective.
   Output Parameters:
     num_targets, targets, num_sources, sources - as they were set; composed vectors are taken at the next use only
   Level: intermediate */
PETSC_EXTERN PetscErrorCode MatNearfarGetPoints(Mat A, PetscInt* num_targets, const PetscReal* targets[],
                                                PetscInt* num_sources, const PetscReal* sources[]);

/* MatNearfarUpdatePoints - Moves the points, as many as before on each rank.
   Input Parameters:
     targets - [target][3], copied
     sources - [source][3], copied; NULL where the targets are the sources
   Level: intermediate
   Note: Normals stay as they are: where they turn with the points, set them as well. */
PETSC_EXTERN PetscErrorCode MatNearfarUpdatePoints(Mat A, const PetscReal targets[], const PetscReal sources[]);

/* MatNearfarShareGeometry - Gives A the points of B, and has both share partition, tree and lists of one geometry.
   Input Parameters:
     A - whose points, if it has any, are given up; its kernel, settings and normals are its own
     B - of the same ranks, with points; it need not have been set up, and may share them with others already
   Level: intermediate
   Notes: The tree is that of the matrix that is set up first, which suits similar kernels and tolerances; settings of
   another leaf size make MatNearfarSetUp fail while there are others. When the points of one of them move
   (MatNearfarUpdatePoints, composed vectors), those of all do, the state of all is raised, and the tree is updated
   once. MatNearfarSetPoints gives a matrix points of its own again. Sizes of A that are set already must fit, or its
   MatSetUp fails. Operators of equal kernels are shared by all matrices in any case, and MatDuplicate and MatTranspose
   share the tree (the latter where the targets are the sources) until settings or points of one of the two change. */
PETSC_EXTERN PetscErrorCode MatNearfarShareGeometry(Mat A, Mat B);

/* MatNearfarSetKernel - Chooses the kernel by its name.
   Options Database Key: -mat_nearfar_kernel <laplace>; -mat_nearfar_load_kernel FILE adds kernels of your own
   Level: beginner
   Note: Another kernel starts with its own first source kind and first field, so set those afterwards; the same name
   changes nothing. Parameters stay, for those kernels that have them. */
PETSC_EXTERN PetscErrorCode MatNearfarSetKernel(Mat A, const char kernel[]);
PETSC_EXTERN PetscErrorCode MatNearfarGetKernel(Mat A, const char* kernel[]);

/* MatNearfarSetSourceKind - Chooses what sources are.
   Input Parameter: kinds - names of the kernel's source kinds with commas between them, "charge,dipole", or sums of
   them: "charge-2.5*dipole" is one column for each source, a single layer minus 2.5 double layers
   Options Database Key: -mat_nearfar_source_kind
   Level: beginner
   Notes: A sum needs kinds with as many components each, and costs little more than its dearest kind. Multiples of the
   identity beside it are given by MatShift. Sizes that are set already must fit, or MatSetUp fails. The getter's name
   is valid until the next one, and writes sums without blanks. */
PETSC_EXTERN PetscErrorCode MatNearfarSetSourceKind(Mat A, const char kinds[]);
PETSC_EXTERN PetscErrorCode MatNearfarGetSourceKind(Mat A, const char* kinds[]);

/* MatNearfarSetFields - Chooses what rows are, in the same way.
   Input Parameter: fields - "velocity,pressure"; "potential+0.5*normal_derivative" is one row for each target
   Options Database Key: -mat_nearfar_fields
   Level: beginner
   Note: Options set the kernel first, so that all three may be given at once. */
PETSC_EXTERN PetscErrorCode MatNearfarSetFields(Mat A, const char fields[]);
PETSC_EXTERN PetscErrorCode MatNearfarGetFields(Mat A, const char* fields[]);

/* MatNearfarSetParameter - Sets a number in the kernel's formula.
   Options Database Key: -mat_nearfar_parameter lambda=2, several with commas between them
   Level: beginner
   Note: Some kernel must have a parameter of that name and take the value; where the kernel now is another one, it is
   kept for later. The getter gives the default where none has been set. */
PETSC_EXTERN PetscErrorCode MatNearfarSetParameter(Mat A, const char name[], PetscReal value);
PETSC_EXTERN PetscErrorCode MatNearfarGetParameter(Mat A, const char name[], PetscReal* value);

/* MatNearfarSetLambda - MatNearfarSetParameter for "lambda".
   Options Database Key: -mat_nearfar_lambda <1>, over which -mat_nearfar_parameter wins
   Level: beginner */
PETSC_EXTERN PetscErrorCode MatNearfarSetLambda(Mat A, PetscReal lambda);
PETSC_EXTERN PetscErrorCode MatNearfarGetLambda(Mat A, PetscReal* lambda);

/* MatNearfarSetTolerance - Sets the wanted relative L2 error of products, 1e-12 to 0.1.
   Options Database Key: -mat_nearfar_tolerance <1e-6>
   Level: beginner
   Note: Make it ten times smaller than that of the solver, which cannot see errors of products. */
PETSC_EXTERN PetscErrorCode MatNearfarSetTolerance(Mat A, PetscReal tolerance);
PETSC_EXTERN PetscErrorCode MatNearfarGetTolerance(Mat A, PetscReal* tolerance);

/* MatNearfarSetOrder - Sets the order of the expansions, 2 to 16; 0: by the tolerance.
   Options Database Key: -mat_nearfar_order <0>
   Level: advanced */
PETSC_EXTERN PetscErrorCode MatNearfarSetOrder(Mat A, PetscInt order);
PETSC_EXTERN PetscErrorCode MatNearfarGetOrder(Mat A, PetscInt* order);

/* MatNearfarSetPointsPerLeaf - Sets the most points of a leaf; 0: chosen.
   Options Database Key: -mat_nearfar_points_per_leaf <0>
   Level: advanced */
PETSC_EXTERN PetscErrorCode MatNearfarSetPointsPerLeaf(Mat A, PetscInt points);
PETSC_EXTERN PetscErrorCode MatNearfarGetPointsPerLeaf(Mat A, PetscInt* points);

/* MatNearfarSetPrecision - Sets the numbers of the inner sums: "automatic", "full" (double) or "mixed".
   Options Database Key: -mat_nearfar_precision <automatic>
   Level: advanced */
PETSC_EXTERN PetscErrorCode MatNearfarSetPrecision(Mat A, const char precision[]);
PETSC_EXTERN PetscErrorCode MatNearfarGetPrecision(Mat A, const char* precision[]);

/* MatNearfarSetVectors - Sets the expected number of columns in MatMatMult, for which the leaf size is chosen.
   Options Database Key: -mat_nearfar_vectors <1>
   Level: intermediate */
PETSC_EXTERN PetscErrorCode MatNearfarSetVectors(Mat A, PetscInt vectors);
PETSC_EXTERN PetscErrorCode MatNearfarGetVectors(Mat A, PetscInt* vectors);

/* MatNearfarSetCheck - Sets how many targets of the first product with one vector after a set-up, or after points or
   normals have changed, are compared with direct sums; 0: none.
   Options Database Key: -mat_nearfar_check <0>
   Level: intermediate
   Note: The plan stays, and the next product is checked. */
PETSC_EXTERN PetscErrorCode MatNearfarSetCheck(Mat A, PetscInt samples);
PETSC_EXTERN PetscErrorCode MatNearfarGetCheck(Mat A, PetscInt* samples);
/* MatNearfarGetError - Gives the relative L2 error found by that check. Not collective.
   Output Parameter: error - the largest of all fields, or that of the gradients whose contractions with normals the
   rows are; negative before the check
   Level: intermediate */
PETSC_EXTERN PetscErrorCode MatNearfarGetError(Mat A, PetscReal* error);

/* MatNearfarSetTargetNormals - Sets the normals of the targets.
   Input Parameter: normals - [target][3], of any length and copied; NULL on all ranks: none
   Level: intermediate
   Notes: Fields that need them ("normal_derivative", "traction") take them. Otherwise rows become derivatives along
   them, n_i . grad K(x_i - y_j): the field "potential" becomes "normal_derivative", in all that the matrix does (for
   charges the adjoint double layer, whose transpose is that of dipoles). Fields of a kernel without "normal_derivative"
   are contracted from their gradients where there are any ("stokeslet": du/dn, not the traction); such a matrix has no
   transpose and no near field. For other fields MatNearfarSetUp fails until normals are NULL again.
   The number of targets must be known, from points or from MatSetSizes; before the points, set kernel and fields
   first, whose components say how many targets the rows are. Other points must be as many, or MatNearfarSetUp fails
   until new normals are given. Normals equal to those before change nothing. The getter gives NULL for none. */
PETSC_EXTERN PetscErrorCode MatNearfarSetTargetNormals(Mat A, const PetscReal normals[]);
PETSC_EXTERN PetscErrorCode MatNearfarGetTargetNormals(Mat A, const PetscReal* normals[]);

/* MatNearfarSetSourceNormals - Sets the normals of the sources, in the same way.
   Input Parameter: normals - [source][3], also where the targets are the sources, whose target normals are others
   Level: intermediate
   Note: Source kinds that need them ("dipole", "stresslet") make MatNearfarSetUp fail without; others ignore them. */
PETSC_EXTERN PetscErrorCode MatNearfarSetSourceNormals(Mat A, const PetscReal normals[]);
PETSC_EXTERN PetscErrorCode MatNearfarGetSourceNormals(Mat A, const PetscReal* normals[]);

/* MatNearfarSetUp - Builds tree, lists and operators; otherwise the first use does.
   Options Database Keys: -mat_view shows the matrix at the end of each set-up
     -mat_nearfar_view_expansions VIEWER (ascii, binary:FILE, hdf5:FILE, ...) shows after each product three vectors
       with one block for each octant: "multipoles" and "locals", as nearfar::ExpansionBlocks describes them, and
       "octants" with centre x, y, z and side
   Level: intermediate
   Note: MatSetFromOptions reads the second option for this matrix alone, not its copies. Of several columns the last
   one's are shown; after a product with numbers that are not finite those before it. The viewer stays open until the
   matrix is destroyed or MatSetFromOptions is called again: binary files get one product after the other, hdf5 keeps
   the last while the points stay. */
PETSC_EXTERN PetscErrorCode MatNearfarSetUp(Mat A);

/* MatNearfarMultGradient - Multiplies by a vector, and gives the gradients with respect to the targets as well.
   Input Parameter:
     x - of the columns
   Output Parameters:
     y - A x: with target normals the derivatives along them, y_i = n_i . g_i
     g - gradients of the potentials, [row][3]; x, y and g are three vectors
   Level: intermediate
   Note: Shifts and scalings do not take part. An error where the fields have no gradients beside them: most kernels
   have gradients as a field. */
PETSC_EXTERN PetscErrorCode MatNearfarMultGradient(Mat A, Vec x, Vec y, Vec g);

/* MatNearfarGetNearField - Gives the direct sums as a sparse matrix with the rows and columns of A.
   Output Parameter: near_field - a MATAIJ or, where a target has as many values as a source strengths and more than
   one, a MATBAIJ, which the caller destroys, for PCILU, PCASM, PCBJACOBI as the second matrix of KSPSetOperators
   Options Database Key: -near_field_mat_type <aij, baij>, with A's prefix before it: aij for PCGAMG and direct
   solvers, which take nothing else: half as much memory again for blocks of three components
   Level: intermediate
   Notes: Entries up to MatNearfarSetNearCutoff. With the shifts and scalings of A, but not what MatAXPY added. Its
   options prefix is that of A followed by near_field_, its blocks are those of A, and so is its near null space.
   MatGetDiagonalBlock(A), which those preconditioners call, gives its diagonal block. PCPBJACOBI and PCVPBJACOBI take A
   itself. */
PETSC_EXTERN PetscErrorCode MatNearfarGetNearField(Mat A, Mat* near_field);

/* MatNearfarSetNearCutoff - Sets how far entries of the sparse near field go; products do not depend on it.
   Input Parameter:
     cutoff - entries stay whose points lie in the same cell, or in cells that touch, of a grid with cells of this
              fraction of the larger leaf's side: none is farther than twice that along an axis, all within once are
              there. 4 or more: all direct sums. 0: as many as keep rows to 279 entries on average, 64 MiB for 20,000
              rows
   Options Database Key: -mat_nearfar_near_cutoff <0>
   Level: intermediate
   Notes: All direct sums precondition best, and take several times the memory. The getter gives what was chosen for the
   last near field. */
PETSC_EXTERN PetscErrorCode MatNearfarSetNearCutoff(Mat A, PetscReal cutoff);
PETSC_EXTERN PetscErrorCode MatNearfarGetNearCutoff(Mat A, PetscReal* cutoff);

/* MatNearfarGetPairsWithin - Gives the entries of all targets and sources that are no farther apart.
   Input Parameter:
     distance - in the unit of the points, however large leaves are
   Output Parameter:
     pairs - a matrix of the same type and prefix as that of MatNearfarGetNearField, which the caller destroys: without
             the shifts and scalings of A, and with a place for each pair, whose entries are zero where the two coincide
   Level: intermediate
   Notes: For quadratures of one's own. As a pattern: MatZeroEntries, then MatSetValuesBlocked for each pair. To leave
   pairs out of products: MatScale by -1, add what belongs in their place, and add the result to A by MATCOMPOSITE. No
   other entries are computed; pairs are searched among the direct sums of a tree whose smallest leaf is as large as the
   distance: many more where points are much denser in some places than in others. */
PETSC_EXTERN PetscErrorCode MatNearfarGetPairsWithin(Mat A, PetscReal distance, Mat* pairs);

/* MatNearfarGetPairsOfElements - Gives the entries of all points of elements that are near each other.
   Input Parameters:
     distance                         - elements are near that have a target and a source no farther apart, in the unit
                                        of the points
     target_elements, source_elements - numbers, from 0, of the elements of this rank's targets and sources, which may
                                        have points on several ranks; NULL on all ranks: each point is by itself. Where
                                        the targets are the sources, the first counts for both
   Output Parameter:
     pairs - as that of MatNearfarGetPairsWithin
   Level: intermediate
   Notes: Elements of equal numbers on both sides are the same, and near themselves. Memory grows with the largest
   number. To have elements that touch count as near, take the largest distance between neighbouring points of two such
   elements. */
PETSC_EXTERN PetscErrorCode MatNearfarGetPairsOfElements(Mat A, PetscReal distance, const PetscInt target_elements[],
                                                         const PetscInt source_elements[], Mat* pairs);

/* MatNearfarCreateAtTargets - Makes the matrix of the same sources, with their kinds and normals, at other targets.
   Input Parameters:
     num_targets, targets - this rank's, [target][3], copied
     fields - names with commas between them, or NULL on all ranks: those that A was given
   Output Parameter:
     B - the matrix, with A's settings and prefix, which the caller destroys; without shifts, scalings, target normals
   Level: intermediate
   Note: For fields off a surface when its densities are known: B times them. B makes a tree of its own, and takes a
   product with the sources as A does; operators are shared. Points that move, move in A alone. Where each product with
   A should give the fields as well, give A all targets at first. */
PETSC_EXTERN PetscErrorCode MatNearfarCreateAtTargets(Mat A, PetscInt num_targets, const PetscReal targets[],
                                                      const char fields[], Mat* B);

/* MatNearfarCreateRigidBody - Makes the six motions of A's sources as a rigid body, for MatSetNearNullSpace of a near
   field that PCGAMG takes (with -near_field_mat_type aij), or, with MatNullSpaceRemove, for equations that leave them
   open.
   Output Parameter: motions - orthonormal, which the caller destroys
   Level: intermediate
   Note: Columns must be [source][3]. MatNearfarGetNearField keeps the near null space of A. */
PETSC_EXTERN PetscErrorCode MatNearfarCreateRigidBody(Mat A, MatNullSpace* motions);

/* MatNearfarGetNative - Gives the same operator, with its normals, for points in tree order.
   Output Parameters:
     native - the order is that of the tree, on the ranks that own its leaves: products send no vector entries to other
              ranks; without shifts and scalings
     rows, columns - entry i of a vector in tree order is entry rows[i] (columns[i]) of A's
   Level: advanced
   Note: The caller destroys all three. */
PETSC_EXTERN PetscErrorCode MatNearfarGetNative(Mat A, Mat* native, IS* rows, IS* columns);

/* PCNEARFAR - A preconditioner for equations with a MATNEARFAR: restricted additive Schwarz. Each block of neighbouring
   points is solved for together with the points nearest to it, whose entries are all there, and keeps its own values.
   Options Database Keys:
     -pc_type nearfar
     -pc_nearfar_block_size <0> - most rows of a block
     -pc_nearfar_patch_size <0> - most rows of a block and those around it
   Level: beginner
   Notes: It takes the second matrix of KSPSetOperators apart: a MATNEARFAR, with its shifts and scalings; or a
   MATCOMPOSITE that adds such a matrix, products of one with sparse factors (W' A W of a Galerkin method, A W of a
   collocation), and sparse corrections. What MatAXPY has added to a MATNEARFAR is refused; scalings of a MATCOMPOSITE
   are not known to it. After a term of a MATCOMPOSITE has changed, call MatAssemblyBegin and MatAssemblyEnd on the
   MATCOMPOSITE. Blocks follow the tree, on whichever ranks their rows are; patches reach across ranks. It is not
   symmetric: take GMRES, not CG. Close faces need no larger patches, down to 1e-6 of their size, but no two points or
   faces may coincide, or nearly so (patches of a condition above 1e9): KSPSolve ends with KSP_DIVERGED_PC_FAILED, and
   -info, -ksp_view and PCNearfarGetFault name them. Memory is 4 bytes times the patch size for each row. Where no size
   is set, patches have 300 rows for a matrix of 200,000, grow as the cube root of the rows, and have at least 128, so
   that iterations for a single layer grow about as h^(-1/3), h being the size of elements; the time of set-up grows
   about as the rows to the power 5/3. The getters give what the last set-up chose, 0 before it. -help lists the options
   once the type is chosen. */

/* PCNearfarSetBlockSize - Sets how many rows a block has at most: 1 to 20000; 0: at most a quarter of the patch size.
   Options Database Key: -pc_nearfar_block_size <0>
   Level: intermediate
   Note: Of larger blocks fewer are factorised, and fewer points are around each. */
PETSC_EXTERN PetscErrorCode PCNearfarSetBlockSize(PC pc, PetscInt size);
PETSC_EXTERN PetscErrorCode PCNearfarGetBlockSize(PC pc, PetscInt* size);

/* PCNearfarSetPatchSize - Sets how many rows are solved for together, a block and those around it: 1 to 20000; 0: four
   times the block size where that is set, or else by the number of rows, see PCNEARFAR.
   Options Database Key: -pc_nearfar_patch_size <0>
   Level: intermediate
   Notes: Larger ones take fewer iterations, more memory, and time of set-up that grows as their square or worse. A
   patch has at least its block, whatever the size. */
PETSC_EXTERN PetscErrorCode PCNearfarSetPatchSize(PC pc, PetscInt size);
PETSC_EXTERN PetscErrorCode PCNearfarGetPatchSize(PC pc, PetscInt* size);

/* PCNearfarGetFault - Gives why the last set-up has failed: what is wrong with which points. Not collective.
   Output Parameter: fault - a sentence, the same on all ranks and valid until sizes are set, or pc is set up or
                           destroyed; empty where it has not
   Level: intermediate */
PETSC_EXTERN PetscErrorCode PCNearfarGetFault(PC pc, const char* fault[]);

#endif
