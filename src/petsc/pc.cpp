// SPDX-License-Identifier: BSD-3-Clause
// PCNEARFAR: a PCSHELL with another type name, as MATNEARFAR is a MATSHELL.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "comm/mpi.hpp"
#include "comm/together.hpp"
#include "petsc/block_solver.hpp"
#include "petsc/mat.hpp"

namespace nearfar {
namespace {

constexpr PetscInt most_rows = 20000;

/// How many rows blocks and patches have at most; 0: chosen.
struct Sizes {
  PetscInt block = 0, patch = 0;
};

/// Iterations for a single layer grow as H^(-1/2), H being the size of patches. Patches of P of the N rows of a surface
/// have H = h P^(1/2), and elements h = N^(-1/2): with P as N^(1/3) iterations grow as h^(-1/3), memory as N^(4/3) and
/// the time of set-up as N^(5/3). Small patches suit no surfaces that are very close: for two boxes 1e-5 apart, 64 rows
/// take 24 iterations and 128 rows 7.
[[nodiscard]] Sizes choose(const Sizes& set, PetscInt64 rows) {
  constexpr double usual = 300.0, usual_rows = 2e5, least = 128.0;
  constexpr PetscInt blocks = 4;  // of a patch
  Sizes chosen = set;
  if (set.patch == 0 && set.block == 0) {
    const double wanted = usual * std::cbrt(static_cast<double>(rows) / usual_rows);
    chosen.patch = static_cast<PetscInt>(std::clamp(std::round(wanted), least, static_cast<double>(most_rows)));
  } else if (set.patch == 0) {
    chosen.patch = std::min(blocks * set.block, most_rows);
  }
  if (set.block == 0) chosen.block = std::max<PetscInt>(1, chosen.patch / blocks);
  return chosen;
}

/// Behind each preconditioner.
struct PcContext {
  Sizes set, chosen;  ///< by options or callers, and for the matrix of the last set-up
  int components = 1;
  BlockSolver solver;
  PetscInt64 num_blocks = 0;               ///< on all ranks
  std::string fault;                       ///< why a patch has no solution; empty: all have one
  Vec around = nullptr, result = nullptr;  ///< of this rank's patches, and of their blocks
  VecScatter to_patches = nullptr, to_blocks = nullptr;
};

constexpr const char* context_name = "nearfar_pc";

[[nodiscard]] PetscObject object_of(PC pc) { return reinterpret_cast<PetscObject>(pc); }

PetscErrorCode get_context(PC pc, PcContext** context) {
  PetscFunctionBegin;
  PetscBool is_nearfar = PETSC_FALSE;
  PetscCheck(pc != nullptr, PETSC_COMM_SELF, PETSC_ERR_ARG_NULL, "the preconditioner is NULL: make it first");
  PetscCall(PetscObjectTypeCompare(object_of(pc), PCNEARFAR, &is_nearfar));
  PetscObject kept = nullptr;
  PetscCall(PetscObjectQuery(object_of(pc), context_name, &kept));
  PetscCheck(is_nearfar && kept != nullptr, PetscObjectComm(object_of(pc)), PETSC_ERR_ARG_WRONG,
             "the preconditioner is not of type \"%s\": call PCSetType(pc, PCNEARFAR) first", PCNEARFAR);
  void* pointer = nullptr;
  PetscCall(PetscContainerGetPointer(reinterpret_cast<PetscContainer>(kept), &pointer));
  *context = static_cast<PcContext*>(pointer);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode drop_solver(PcContext& context) {
  PetscFunctionBegin;
  context.solver = {};
  context.num_blocks = 0;
  context.chosen = context.set;
  context.fault.clear();
  for (Vec* vec : {&context.around, &context.result}) PetscCall(VecDestroy(vec));
  for (VecScatter* scatter : {&context.to_patches, &context.to_blocks}) PetscCall(VecScatterDestroy(scatter));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode destroy_context(void* pointer) {
  PetscFunctionBegin;
  auto* const context = static_cast<PcContext*>(pointer);
  PetscCall(drop_solver(*context));
  delete context;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode pc_destroy(PC pc) {
  PetscFunctionBegin;
  PetscCall(PetscObjectDestroyOptionsHandlers(object_of(pc)));
  PetscCall(PetscObjectCompose(object_of(pc), context_name, nullptr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Creates a sequential vector of these points' rows, and the scatter to it.
PetscErrorCode create_scatter(Vec of_matrix, const std::vector<std::int64_t>& points, int components, Vec* own,
                              VecScatter* scatter) {
  PetscFunctionBegin;
  IS set = nullptr;
  std::vector<PetscInt> numbers(points.begin(), points.end());
  const auto count = static_cast<PetscInt>(points.size());
  PetscCall(ISCreateBlock(PETSC_COMM_SELF, components, count, numbers.data(), PETSC_COPY_VALUES, &set));
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, count * components, own));
  PetscCall(VecScatterCreate(of_matrix, set, *own, nullptr, scatter));
  PetscCall(ISDestroy(&set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode set_up(Mat mat, const std::vector<Part>& parts, PcContext& context) {
  PetscFunctionBegin;
  const MPI_Comm comm = communicator_of(mat);
  std::vector<double> places, of_points;
  PetscCall(find_places(mat, parts, &places, &context.components));
  PetscInt num_rows = 0;
  PetscCall(MatGetSize(mat, &num_rows, nullptr));
  context.chosen = choose(context.set, num_rows);
  const auto points_in = [&](PetscInt rows) {
    return static_cast<int>(std::max<PetscInt>(1, rows / context.components));
  };
  std::optional<LocalPatches> local;
  NEARFAR_CALL(mat, const auto patches =
                        make_patches(comm, places, points_in(context.chosen.block), points_in(context.chosen.patch));
               agree(comm, [&] { local.emplace(patches); });
               context.num_blocks = all_sum(comm, static_cast<std::int64_t>(patches.size())));
  PetscCall(fetch_points(mat, places, local->points, of_points));
  LocalEntries entries;
  PetscCall(entries.set_up(mat, parts, local->points, context.components));
  const auto make_solver = [&] {
    const auto describe = [&](std::size_t patch, std::span<const double> nearly_null) {
      return local->fault_of(patch, of_points, nearly_null);
    };
    context.solver = BlockSolver(entries, local->patches, local->blocks, context.components, describe);
  };
  NEARFAR_CALL(
      mat, try { agree(comm, make_solver); } catch (const InputError& error) { context.fault = error.what(); });
  if (!context.fault.empty()) PetscFunctionReturn(PETSC_SUCCESS);  // on all ranks alike
  Vec of_matrix = nullptr;
  PetscCall(MatCreateVecs(mat, &of_matrix, nullptr));
  PetscCall(create_scatter(of_matrix, local->points, context.components, &context.around, &context.to_patches));
  PetscCall(create_scatter(of_matrix, local->of_blocks, context.components, &context.result, &context.to_blocks));
  PetscCall(VecDestroy(&of_matrix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode pc_set_up(PC pc) {
  PetscFunctionBegin;
  PcContext* context = nullptr;
  PetscCall(get_context(pc, &context));
  PetscCall(drop_solver(*context));
  PetscCall(PCSetFailedReason(pc, PC_NOERROR));
  Mat mat = nullptr;
  PetscCall(PCGetOperators(pc, nullptr, &mat));
  PetscBool congruent = PETSC_FALSE;
  PetscCall(MatHasCongruentLayouts(mat, &congruent));
  PetscCheck(congruent, communicator_of(mat), PETSC_ERR_SUP,
             "the preconditioner \"%s\" needs a matrix with the same layout of rows and columns", PCNEARFAR);
  std::vector<Part> parts;
  PetscErrorCode failure = PETSC_SUCCESS;
  // No exception may pass through PETSc, which calls this.
  const PetscErrorCode thrown = as_error_code(communicator_of(mat), [&] {
    failure = find_parts(mat, &parts);
    if (failure == PETSC_SUCCESS) failure = set_up(mat, parts, *context);
  });
  PetscCall(destroy(&parts));
  PetscCall(thrown);
  PetscCall(failure);
  if (!context->fault.empty()) {  // ends KSPSolve with KSP_DIVERGED_PC_FAILED
    PetscCall(PetscInfo(pc, "%s\n", context->fault.c_str()));
    PetscCall(PCSetFailedReason(pc, PC_FACTOR_NUMERIC_ZEROPIVOT));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The context of a preconditioner that is ready to make `y`. Of one with a fault it is null, and y is infinite, which
/// is what KSP looks for before it asks whether the preconditioner has failed.
PetscErrorCode get_ready(PC pc, Vec y, PcContext** context) {
  PetscFunctionBegin;
  PetscCall(get_context(pc, context));
  if ((*context)->to_patches == nullptr && (*context)->fault.empty()) PetscCall(pc_set_up(pc));
  if ((*context)->fault.empty()) PetscFunctionReturn(PETSC_SUCCESS);
  *context = nullptr;
  PetscCall(VecSet(y, std::numeric_limits<double>::infinity()));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode move(VecScatter scatter, Vec from, Vec to, InsertMode mode, ScatterMode direction) {
  PetscFunctionBegin;
  PetscCall(VecScatterBegin(scatter, from, to, mode, direction));
  PetscCall(VecScatterEnd(scatter, from, to, mode, direction));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// out = work(in), of vectors of this rank.
template <class Work>
PetscErrorCode transform(PC pc, Vec in, Vec out, const Work& work) {
  PetscFunctionBegin;
  const PetscScalar* from = nullptr;
  PetscScalar* to = nullptr;
  PetscInt size_in = 0, size_out = 0;
  PetscCall(VecGetLocalSize(in, &size_in));
  PetscCall(VecGetLocalSize(out, &size_out));
  PetscCall(VecGetArrayRead(in, &from));
  PetscCall(VecGetArray(out, &to));
  NEARFAR_CALL(pc, work(std::span<const double>(from, usize(size_in)), std::span<double>(to, usize(size_out))));
  PetscCall(VecRestoreArray(out, &to));
  PetscCall(VecRestoreArrayRead(in, &from));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode pc_apply(PC pc, Vec x, Vec y) {
  PetscFunctionBegin;
  PcContext* context = nullptr;
  PetscCall(get_ready(pc, y, &context));
  if (context == nullptr) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(move(context->to_patches, x, context->around, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(transform(pc, context->around, context->result,
                      [&](std::span<const double> from, std::span<double> to) { context->solver.multiply(from, to); }));
  PetscCall(move(context->to_blocks, context->result, y, INSERT_VALUES, SCATTER_REVERSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode pc_apply_transpose(PC pc, Vec x, Vec y) {
  PetscFunctionBegin;
  PcContext* context = nullptr;
  PetscCall(get_ready(pc, y, &context));
  if (context == nullptr) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(move(context->to_blocks, x, context->result, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecSet(context->around, 0.0));
  PetscCall(transform(pc, context->result, context->around, [&](std::span<const double> from, std::span<double> to) {
    context->solver.add_transposed(from, to);
  }));
  PetscCall(VecSet(y, 0.0));
  PetscCall(move(context->to_patches, context->around, y, ADD_VALUES, SCATTER_REVERSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode pc_view(PC pc, PetscViewer viewer) {
  PetscFunctionBegin;
  PcContext* context = nullptr;
  PetscBool is_ascii = PETSC_FALSE;
  PetscCall(get_context(pc, &context));
  PetscCall(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(viewer), PETSCVIEWERASCII, &is_ascii));
  if (!is_ascii) PetscFunctionReturn(PETSC_SUCCESS);
  PetscLogDouble bytes = context->solver.memory_bytes();
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &bytes, 1, MPI_DOUBLE, MPI_SUM, PetscObjectComm(object_of(pc))));
  PetscCall(PetscViewerASCIIPrintf(viewer,
                                   "  %" PetscInt64_FMT " blocks of at most %" PetscInt_FMT
                                   " rows, each solved with its nearest up to %" PetscInt_FMT " rows, %.1f MiB\n",
                                   context->num_blocks, context->chosen.block, context->chosen.patch,
                                   bytes / 1048576.0));
  if (!context->fault.empty()) PetscCall(PetscViewerASCIIPrintf(viewer, "  failed: %s\n", context->fault.c_str()));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode read_options(PetscObject object, PetscOptionItems* PetscOptionsObject, void*) {
  PetscFunctionBegin;
  const PC pc = reinterpret_cast<PC>(object);
  PcContext* context = nullptr;
  PetscCall(get_context(pc, &context));
  Sizes sizes = context->set;
  PetscOptionsHeadBegin(PetscOptionsObject, "nearfar preconditioner options");
  PetscCall(PetscOptionsInt("-pc_nearfar_block_size", "most rows of a block; 0: chosen", "PCNearfarSetBlockSize",
                            sizes.block, &sizes.block, nullptr));
  PetscCall(PetscOptionsInt("-pc_nearfar_patch_size", "most rows of a block and those around it; 0: chosen",
                            "PCNearfarSetPatchSize", sizes.patch, &sizes.patch, nullptr));
  PetscOptionsHeadEnd();
  PetscCall(PCNearfarSetBlockSize(pc, sizes.block));
  PetscCall(PCNearfarSetPatchSize(pc, sizes.patch));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode set_size(PC pc, const char* function, PetscInt size, PetscInt Sizes::*setting) {
  PetscFunctionBegin;
  PcContext* context = nullptr;
  PetscCall(get_context(pc, &context));
  NEARFAR_CALL(pc, (void)on_all_ranks(PetscObjectComm(object_of(pc)),
                                      std::string(function) + " (" + std::to_string(size) + ")", true));
  PetscCheck(size >= 0 && size <= most_rows, PetscObjectComm(object_of(pc)), PETSC_ERR_ARG_OUTOFRANGE,
             "%s takes 1 to %" PetscInt_FMT " rows, or 0 to have it chosen, not %" PetscInt_FMT, function, most_rows,
             size);
  if (context->set.*setting == size) PetscFunctionReturn(PETSC_SUCCESS);
  context->set.*setting = size;
  PetscCall(drop_solver(*context));  // the next use makes another one
  PetscCall(PCSetFailedReason(pc, PC_NOERROR));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode create_pc(PC pc) {
  PetscFunctionBegin;
  PetscCall(PCSetType(pc, PCSHELL));
  PetscCall(PCShellSetSetUp(pc, pc_set_up));
  PetscCall(PCShellSetApply(pc, pc_apply));
  PetscCall(PCShellSetApplyTranspose(pc, pc_apply_transpose));
  PetscCall(PCShellSetName(pc, "restricted additive Schwarz"));
  PetscCall(PCShellSetView(pc, pc_view));
  PetscCall(PCShellSetDestroy(pc, pc_destroy));
  PcContext* context = nullptr;
  NEARFAR_CALL(pc, context = new PcContext);
  PetscContainer container = nullptr;
  PetscCall(PetscContainerCreate(PetscObjectComm(object_of(pc)), &container));
  PetscCall(PetscContainerSetPointer(container, context));
  PetscCall(PetscContainerSetUserDestroy(container, destroy_context));
  PetscCall(PetscObjectCompose(object_of(pc), context_name, reinterpret_cast<PetscObject>(container)));
  PetscCall(PetscContainerDestroy(&container));
  PetscCall(PetscObjectAddOptionsHandler(object_of(pc), read_options, nullptr, nullptr));
  PetscCall(PetscObjectChangeTypeName(object_of(pc), PCNEARFAR));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode PCNearfarSetBlockSize(PC pc, PetscInt size) {
  return nearfar::set_size(pc, "PCNearfarSetBlockSize", size, &nearfar::Sizes::block);
}

PetscErrorCode PCNearfarSetPatchSize(PC pc, PetscInt size) {
  return nearfar::set_size(pc, "PCNearfarSetPatchSize", size, &nearfar::Sizes::patch);
}

PetscErrorCode PCNearfarGetBlockSize(PC pc, PetscInt* size) {
  using namespace nearfar;
  PetscFunctionBegin;
  PcContext* context = nullptr;
  PetscCall(get_context(pc, &context));
  if (size != nullptr) *size = context->chosen.block;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PCNearfarGetPatchSize(PC pc, PetscInt* size) {
  using namespace nearfar;
  PetscFunctionBegin;
  PcContext* context = nullptr;
  PetscCall(get_context(pc, &context));
  if (size != nullptr) *size = context->chosen.patch;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PCNearfarGetFault(PC pc, const char* fault[]) {
  using namespace nearfar;
  PetscFunctionBegin;
  PcContext* context = nullptr;
  PetscCall(get_context(pc, &context));
  if (fault != nullptr) *fault = context->fault.c_str();
  PetscFunctionReturn(PETSC_SUCCESS);
}
