// SPDX-License-Identifier: BSD-3-Clause
#include "capi/plan.hpp"

#include <memory>
#include <new>
#include <string>

#include "capi/arguments.hpp"
#include "capi/errors.hpp"
#include "comm/mpi.hpp"
#include "fmm/direct_evaluation.hpp"
#include "nearfar/version.hpp"

namespace nearfar::capi {
namespace {

[[nodiscard]] Plan& plan_of(nearfar_plan* handle) {
  require_argument(handle, "the plan");
  if (!handle->plan) throw UsageError("the plan has ended with MPI or PETSc: destroy it");
  return *handle->plan;
}

/// Whether any rank gave normals.
[[nodiscard]] bool any_normals(MPI_Comm comm, const Normals& normals) {
  return all_max(comm, normals.sources.empty() && normals.targets.empty() ? 0 : 1) != 0;
}

[[nodiscard]] std::unique_ptr<nearfar_plan> create(MPI_Comm caller, const nearfar_kernel* kernel,
                                                   const nearfar_points* sources, const nearfar_points* targets,
                                                   const nearfar_options* given, nearfar_plan** place) {
  require_session();
  require_communicator(caller);
  const Communicator communicator(caller);
  const MPI_Comm comm = communicator.get();
  Options options;
  std::unique_ptr<nearfar_plan> handle;
  agree(comm, [&] {
    require_argument(place, "the place for the plan");
    options = options_of(given);
    handle = std::make_unique<nearfar_plan>();
  });
  const Arguments arguments = arguments_of(comm, kernel, sources, targets);
  if (arguments.targets_are_sources)
    handle->plan.emplace(caller, arguments.kernel, arguments.sources.coordinates, options);
  else
    handle->plan.emplace(caller, arguments.kernel, arguments.sources.coordinates, arguments.targets.coordinates,
                         options);
  handle->info =
      info_of(*handle->plan, arguments.kernel, static_cast<std::int64_t>(arguments.sources.coordinates.size() / 3),
              static_cast<std::int64_t>(arguments.targets.coordinates.size() / 3));
  if (any_normals(comm, arguments.normals)) handle->plan->set_normals(arguments.normals);
  return handle;
}

void direct(MPI_Comm caller, const nearfar_kernel* kernel, const nearfar_points* sources, const nearfar_points* targets,
            int num_vectors, const double* charges, double* potentials) {
  require_session();
  require_communicator(caller);
  const Communicator communicator(caller);
  const Arguments arguments = arguments_of(communicator.get(), kernel, sources, targets);
  const auto num_sources = static_cast<std::int64_t>(arguments.sources.coordinates.size() / 3);
  const auto num_targets = static_cast<std::int64_t>(arguments.targets.coordinates.size() / 3);
  DirectProblem problem{arguments.sources.coordinates, arguments.targets.coordinates, arguments.normals, {}};
  problem.num_vectors = num_vectors;
  problem.charges = span_of(charges, num_sources, arguments.kernel.num_strengths(), num_vectors);
  problem.potentials = span_of(potentials, num_targets, arguments.kernel.num_values(), num_vectors);
  evaluate_directly(communicator.get(), arguments.kernel, problem);
}

}

nearfar_plan_info info_of(const Plan& plan, const Kernel& kernel, std::int64_t num_sources, std::int64_t num_targets) {
  const Options& options = plan.options();
  nearfar_plan_info info{};
  info.num_sources = num_sources;
  info.num_targets = num_targets;
  info.num_strengths = kernel.num_strengths();
  info.num_values = kernel.num_values();
  info.num_gradients = kernel.has_gradients ? 3 * kernel.target_dim : 0;
  info.options = {options.tolerance,
                  options.order,
                  options.points_per_leaf,
                  options.root_scale,
                  options.precision == Precision::full ? NEARFAR_PRECISION_FULL : NEARFAR_PRECISION_MIXED,
                  options.num_vectors,
                  options.max_memory};
  return info;
}

}

using nearfar::capi::guarded;
using nearfar::capi::plan_of;
using nearfar::capi::span_of;

const char* nearfar_version(void) { return nearfar::version(); }

int nearfar_plan_create(MPI_Comm comm, const nearfar_kernel* kernel, const nearfar_points* sources,
                        const nearfar_points* targets, const nearfar_options* options, nearfar_plan** plan) {
  if (plan != nullptr) *plan = nullptr;
  return guarded([&] { *plan = nearfar::capi::create(comm, kernel, sources, targets, options, plan).release(); });
}

int nearfar_plan_create_f(MPI_Fint comm, const nearfar_kernel* kernel, const nearfar_points* sources,
                          const nearfar_points* targets, const nearfar_options* options, nearfar_plan** plan) {
  MPI_Comm communicator = MPI_COMM_NULL;
  const int code = guarded([&] { communicator = nearfar::capi::communicator_of(comm); });
  if (code != NEARFAR_SUCCESS && plan != nullptr) *plan = nullptr;
  return code != NEARFAR_SUCCESS ? code : nearfar_plan_create(communicator, kernel, sources, targets, options, plan);
}

int nearfar_plan_destroy(nearfar_plan** plan) {
  return guarded([&] {
    if (plan == nullptr) return;
    delete *plan;
    *plan = nullptr;
  });
}

int nearfar_plan_apply(nearfar_plan* handle, int num_vectors, const double* charges, double* potentials,
                       double* gradients) {
  return guarded([&] {
    nearfar::Plan& plan = plan_of(handle);
    const nearfar_plan_info& info = handle->info;
    // Where there are none, a number that the plan refuses on all ranks.
    const std::span<double> wanted = info.num_gradients > 0 || gradients == nullptr
                                         ? span_of(gradients, info.num_targets, info.num_gradients, num_vectors)
                                         : std::span<double>(gradients, 1);
    plan.apply(span_of(charges, info.num_sources, info.num_strengths, num_vectors),
               span_of(potentials, info.num_targets, info.num_values, num_vectors), wanted, num_vectors);
  });
}

int nearfar_plan_set_normals(nearfar_plan* handle, const double* source_normals, const double* target_normals) {
  return guarded([&] {
    nearfar::Plan& plan = plan_of(handle);
    plan.set_normals(
        {span_of(source_normals, handle->info.num_sources, 3), span_of(target_normals, handle->info.num_targets, 3)});
  });
}

int nearfar_plan_update_points(nearfar_plan* handle, const double* sources, const double* targets) {
  return guarded([&] {
    nearfar::Plan& plan = plan_of(handle);
    plan.update_points(span_of(sources, handle->info.num_sources, 3), span_of(targets, handle->info.num_targets, 3));
  });
}

int nearfar_plan_get_info(const nearfar_plan* plan, nearfar_plan_info* info) {
  return guarded([&] {
    nearfar::capi::require_argument(plan, "the plan");
    nearfar::capi::require_argument(info, "the place for the information");
    *info = plan->info;
  });
}

int nearfar_direct(MPI_Comm comm, const nearfar_kernel* kernel, const nearfar_points* sources,
                   const nearfar_points* targets, int num_vectors, const double* charges, double* potentials) {
  return guarded([&] { nearfar::capi::direct(comm, kernel, sources, targets, num_vectors, charges, potentials); });
}

int nearfar_direct_f(MPI_Fint comm, const nearfar_kernel* kernel, const nearfar_points* sources,
                     const nearfar_points* targets, int num_vectors, const double* charges, double* potentials) {
  return guarded([&] {
    nearfar::capi::direct(nearfar::capi::communicator_of(comm), kernel, sources, targets, num_vectors, charges,
                          potentials);
  });
}
