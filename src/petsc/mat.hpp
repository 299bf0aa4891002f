// SPDX-License-Identifier: BSD-3-Clause
// Pieces of the matrix type that its files share. All functions return PETSc's error codes.
#pragma once

#include <array>

#include "nearfar/petsc.h"
#include "petsc/errors.hpp"
#include "petsc/operator.hpp"

// Documented and exported by PETSc, but declared in a private header alone.
PETSC_EXTERN PetscErrorCode PetscObjectStateGet(PetscObject, PetscObjectState*);
PETSC_EXTERN PetscErrorCode PetscObjectStateSet(PetscObject, PetscObjectState);

namespace nearfar {

/// A shift or scaling that a matrix has been given.
struct Change {
  enum class Kind { shift, scale, diagonal_scale, diagonal_set } kind = Kind::shift;
  PetscScalar factor = 0.0;
  InsertMode mode = ADD_VALUES;
  Vec left = nullptr;  ///< or the diagonal
  Vec right = nullptr;
  bool both_sides_alike = false;  ///< by one vector
};

/// Identity and state of the vectors composed as targets and as sources; 0 where there is none.
struct PointVectors {
  std::array<PetscObjectId, 2> ids{};
  std::array<PetscObjectState, 2> states{};
  bool operator==(const PointVectors&) const = default;
};

/// Behind each matrix.
struct Context {
  Operator op;
  std::vector<Change> changes;  ///< in the order in which they came
  PointVectors taken;           ///< the latest that the points already reflect
  /// Matrices that share their points and tree, this one too; null where there are no others.
  std::shared_ptr<std::vector<Mat>> sharers;
  bool has_added = false;                   ///< MatAXPY has added a matrix
  bool symmetry_told = false;               ///< MAT_SYMMETRIC has been set here, not by the user
  PetscInt num_set_ups = 0;                 ///< trees and operators made or moved
  std::vector<double> inverse_blocks;       ///< of the diagonal, [point][column][row]; solvers may point here
  bool has_inverse_blocks = false;          ///< these, of the matrix as it is
  double near_cutoff = 0.0;                 ///< of the last near field that was made
  std::string source_kinds, fields;         ///< what getters of names have given last
  PetscViewer expansions_viewer = nullptr;  ///< of -mat_nearfar_view_expansions
  PetscViewerFormat expansions_format = PETSC_VIEWER_DEFAULT;
};

[[nodiscard]] inline PetscObject object_of(Mat mat) { return reinterpret_cast<PetscObject>(mat); }
[[nodiscard]] inline MPI_Comm communicator_of(Mat mat) { return PetscObjectComm(object_of(mat)); }

/// The operator behind a matrix; an error when it is of another type.
PetscErrorCode get_operator(Mat mat, Operator** op);
/// Collective. The operator, set up; `call` is what needs it.
PetscErrorCode get_ready(Mat mat, const char* call, Operator** op);
/// Collective. An error on all ranks unless `call` has all of its arguments on all of them.
PetscErrorCode require_arguments(Mat mat, const char* call, bool given);

/// Collective. The coordinates, or the normals, of the points of those numbers, wherever they are, [point][3].
PetscErrorCode fetch_points(Mat mat, std::span<const double> points, const std::vector<std::int64_t>& numbers,
                            std::vector<double>& fetched);

/// Collective. Takes the points of vectors composed since the last time, if there are any.
PetscErrorCode take_composed_points(Mat mat, const char* call);
/// Whether there are any on this rank.
PetscErrorCode has_new_vectors(Mat mat, bool* answer);
/// Makes the points that a matrix has count as newer than what is composed now.
PetscErrorCode pass_over_composed_points(Mat mat);
/// Collective. The part of the set-up that needs no plan: takes composed points, sets sizes that are open, and refuses
/// sizes that do not fit the points.
PetscErrorCode fit_layouts(Mat mat, const char* call, Operator& op);
/// Collective. Refuses normals that are missing, do not fit the points, or make no rows.
PetscErrorCode require_normals(Mat mat, const char* call, Operator& op);
/// Collective. The points of a matrix are others now, and so are those of matrices that share them.
PetscErrorCode points_changed(Mat mat);
/// The matrix does not share its points any longer, or is about to end.
PetscErrorCode leave_sharers(Mat mat);
/// Tells solvers that the matrix is another one.
PetscErrorCode raise_state(Mat mat);
/// The same, and drops what was made for earlier settings, points or normals.
PetscErrorCode operator_changed(Mat mat);
/// Logically collective. Sets MAT_SYMMETRIC where the operator, with its scalings, is known to be symmetric, and clears
/// it where that has ended.
PetscErrorCode tell_symmetry(Mat mat);

// Operations.
PetscErrorCode mat_set_from_options(Mat mat, PetscOptionItems* items);
PetscErrorCode mat_view(Mat mat, PetscViewer viewer);
/// Collective. Shows the expansions of the plan's last product, if that is wanted.
PetscErrorCode view_expansions(Mat mat, Plan& plan);
PetscErrorCode mat_has_operation(Mat mat, MatOperation operation, PetscBool* has);
PetscErrorCode mat_mult(Mat mat, Vec x, Vec y);
PetscErrorCode mat_mult_transpose(Mat mat, Vec x, Vec y);
PetscErrorCode mat_get_diagonal(Mat mat, Vec diagonal);
PetscErrorCode mat_get_diagonal_block(Mat mat, Mat* block);
PetscErrorCode mat_invert_block_diagonal(Mat mat, const PetscScalar** values);
PetscErrorCode mat_invert_variable_block_diagonal(Mat mat, PetscInt count, const PetscInt* sizes, PetscScalar* values);
PetscErrorCode mat_set_products(Mat mat);
PetscErrorCode mat_transpose(Mat mat, MatReuse reuse, Mat* transposed);
PetscErrorCode mat_get_info(Mat mat, MatInfoType type, MatInfo* info);
PetscErrorCode mat_norm(Mat mat, NormType type, PetscReal* norm);

/// Makes a PCNEARFAR of a preconditioner without type.
PetscErrorCode create_pc(PC pc);

/// Records shifts and scalings from now on; see mat_changes.cpp.
PetscErrorCode extend_shell(Mat mat);
/// Forgets them, as MATSHELL does in MatAssemblyEnd.
PetscErrorCode undo_changes(Mat mat);
/// Gives a sparse matrix the shifts and scalings of another one's context.
PetscErrorCode apply_changes(const Context& context, Mat near_field);
/// The same as vectors of the square matrix's layout, which the caller destroys: it is diag(left) K diag(right) +
/// diag(added).
struct ChangesAsVectors {
  Vec left = nullptr, right = nullptr, added = nullptr;
};
PetscErrorCode get_changes(Mat mat, ChangesAsVectors* vectors);
PetscErrorCode destroy(ChangesAsVectors* vectors);
PetscErrorCode share_changes(const Context& from, Context& to);
PetscErrorCode destroy_changes(Context& context);
/// Drops the near field and the inverse blocks that a matrix keeps for preconditioners.
PetscErrorCode drop_near_field(Mat mat);

/// Collective. The global size, which PetscInt can hold, or an error that says what to do. `what` is "rows" or
/// "columns".
PetscErrorCode check_global_size(MPI_Comm communicator, PetscInt64 local, const char* what, PetscInt64 largest,
                                 PetscInt64* global);

/// Events of -log_view.
struct Events {
  PetscLogEvent set_up = -1, apply = -1;
};
extern Events events;

}
