// SPDX-License-Identifier: BSD-3-Clause
// Points and trees that plans share.
#include <memory>
#include <optional>

#include "capi/arguments.hpp"
#include "capi/errors.hpp"
#include "capi/plan.hpp"
#include "comm/mpi.hpp"

struct nearfar_geometry final : nearfar::capi::Perishable {
  std::optional<nearfar::Communicator> communicator;
  std::optional<nearfar::Geometry> geometry;
  std::int64_t num_sources = 0, num_targets = 0;

  void release() noexcept override {
    geometry.reset();
    communicator.reset();
  }
};

namespace nearfar::capi {
namespace {

[[nodiscard]] nearfar_geometry& geometry_of(nearfar_geometry* handle) {
  require_argument(handle, "the geometry");
  if (!handle->geometry) throw UsageError("the geometry has ended with MPI or PETSc: destroy it");
  return *handle;
}

[[nodiscard]] std::unique_ptr<nearfar_geometry> create(MPI_Comm caller, const nearfar_kernel* tuned_for,
                                                       const nearfar_points* sources, const nearfar_points* targets,
                                                       const nearfar_options* given, nearfar_geometry** place) {
  require_session();
  require_communicator(caller);
  const Communicator communicator(caller);
  const MPI_Comm comm = communicator.get();
  Options options;
  std::unique_ptr<nearfar_geometry> handle;
  agree(comm, [&] {
    require_argument(place, "the place for the geometry");
    options = options_of(given);
    handle = std::make_unique<nearfar_geometry>();
  });
  const Arguments arguments = arguments_of(comm, tuned_for, sources, targets);
  if (arguments.targets_are_sources)
    handle->geometry.emplace(comm, arguments.sources.coordinates, arguments.kernel, options);
  else
    handle->geometry.emplace(comm, arguments.sources.coordinates, arguments.targets.coordinates, arguments.kernel,
                             options);
  handle->num_sources = static_cast<std::int64_t>(arguments.sources.coordinates.size() / 3);
  handle->num_targets = static_cast<std::int64_t>(arguments.targets.coordinates.size() / 3);
  handle->communicator.emplace(caller);
  return handle;
}

[[nodiscard]] std::unique_ptr<nearfar_plan> create_plan(nearfar_geometry* handle, const nearfar_kernel* given_kernel,
                                                        const nearfar_options* given, nearfar_plan** place) {
  nearfar_geometry& geometry = geometry_of(handle);
  Kernel kernel;
  Options options;
  std::unique_ptr<nearfar_plan> plan;
  agree(geometry.communicator->get(), [&] {
    require_argument(place, "the place for the plan");
    kernel = kernel_of(given_kernel);
    options = options_of(given);
    plan = std::make_unique<nearfar_plan>();
  });
  plan->plan.emplace(*geometry.geometry, kernel, options);
  plan->info = info_of(*plan->plan, kernel, geometry.num_sources, geometry.num_targets);
  return plan;
}

}
}

using nearfar::capi::guarded;

int nearfar_geometry_create(MPI_Comm comm, const nearfar_kernel* tuned_for, const nearfar_points* sources,
                            const nearfar_points* targets, const nearfar_options* options,
                            nearfar_geometry** geometry) {
  if (geometry != nullptr) *geometry = nullptr;
  return guarded(
      [&] { *geometry = nearfar::capi::create(comm, tuned_for, sources, targets, options, geometry).release(); });
}

int nearfar_geometry_create_f(MPI_Fint comm, const nearfar_kernel* tuned_for, const nearfar_points* sources,
                              const nearfar_points* targets, const nearfar_options* options,
                              nearfar_geometry** geometry) {
  MPI_Comm communicator = MPI_COMM_NULL;
  const int code = guarded([&] { communicator = nearfar::capi::communicator_of(comm); });
  if (code != NEARFAR_SUCCESS && geometry != nullptr) *geometry = nullptr;
  return code != NEARFAR_SUCCESS
             ? code
             : nearfar_geometry_create(communicator, tuned_for, sources, targets, options, geometry);
}

int nearfar_geometry_destroy(nearfar_geometry** geometry) {
  return guarded([&] {
    if (geometry == nullptr) return;
    delete *geometry;
    *geometry = nullptr;
  });
}

int nearfar_geometry_update_points(nearfar_geometry* handle, const double* sources, const double* targets) {
  return guarded([&] {
    nearfar_geometry& geometry = nearfar::capi::geometry_of(handle);
    geometry.geometry->update_points(nearfar::capi::span_of(sources, geometry.num_sources, 3),
                                     nearfar::capi::span_of(targets, geometry.num_targets, 3));
  });
}

int nearfar_plan_create_on(nearfar_geometry* geometry, const nearfar_kernel* kernel, const nearfar_options* options,
                           nearfar_plan** plan) {
  if (plan != nullptr) *plan = nullptr;
  return guarded([&] { *plan = nearfar::capi::create_plan(geometry, kernel, options, plan).release(); });
}
