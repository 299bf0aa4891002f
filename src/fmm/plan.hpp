// SPDX-License-Identifier: BSD-3-Clause
// What is behind a Plan: translations of its kernel, and an evaluation that joins them with a geometry.
#pragma once

#include <optional>

#include "fmm/geometry.hpp"
#include "fmm/near_field.hpp"
#include "fmm/vectors.hpp"
#include "nearfar/plan.hpp"

namespace nearfar {

/// What all ranks know of an apply.
struct Agreement {
  bool with_gradients = false;
  bool finite = true;          ///< all charges
  bool has_room = true;        ///< on all ranks
  std::vector<int> exponents;  ///< of the largest charge of each vector, where it is not of the order of 1
};

struct Plan::Implementation final : GeometryUser {
  /// Collective. `wanted` are the caller's options, with what is open. `makes_geometry`: for this plan alone, whose
  /// times of set-up are then part of the plan's.
  Implementation(Geometry geometry, const Kernel& kernel, const Options& options, const Options& wanted,
                 bool makes_geometry);
  ~Implementation() override;

  Geometry geometry;
  Options options;  ///< nothing left open
  Kernel kernel;
  bool order_is_given;
  bool makes_geometry;
  RaisedOrder raised_order;
  Translations translations;
  std::optional<Evaluation> evaluation;  ///< not with lists_only
  Interactions* interactions = nullptr;
  PhaseLog log;
  PhaseTimes setup_times, apply_times;
  std::vector<double> source_normals, target_normals;  ///< [point][3], in the caller's order
  bool has_normals = false;                            ///< all that the kernel needs

  [[nodiscard]] Geometry::Implementation& shared() const noexcept { return *geometry.implementation_; }
  [[nodiscard]] MPI_Comm comm() const noexcept { return shared().comm(); }

  /// Collective. Plan::apply.
  void apply(const CallerValues& values);
  /// Collective. Plan::set_normals.
  void set_normals(const Normals& normals);
  [[nodiscard]] std::string lacks_normals() const {
    return "source kinds or fields of this " + kernel.name + " kernel need normals: give them by Plan::set_normals";
  }
  /// Collective.
  [[nodiscard]] NormalsInTreeOrder normals_in_tree_order();
  /// Collective. Plan::multipoles and locals.
  [[nodiscard]] ExpansionBlocks blocks(Expansions Evaluation::*which, int components);

  [[nodiscard]] bool is_homogeneous() const override { return kernel.homogeneous; }
  [[nodiscard]] PhaseWork measured() const override;
  void release() override;
  void refresh() override;

 private:
  /// Collective. Probes new translations: takes the next order for those that are to be made instead, or throws Error
  /// where the order is given or the highest one.
  [[nodiscard]] bool raises_order();
  /// Collective. Whether translations are new.
  bool make_translations();
  /// Throws UsageError where the values do not fit the plan.
  void check_sizes(const CallerValues& values) const;
  /// Collective, by one reduction; by one more where there are many vectors. Sets charges_.
  [[nodiscard]] Agreement agree_on_apply(const CallerValues& values);
  /// Numbers that the sums give for them.
  [[nodiscard]] std::size_t num_results(const CallerValues& values) const {
    return usize(shared().num_targets) * usize(kernel.target_dim) * usize(values.num_vectors);
  }
  /// What the sums take, from what the caller gives.
  [[nodiscard]] std::span<const double> charges_of(const CallerValues& values);

  std::vector<double> charges_, potentials_;  ///< as the sums take and give them, where callers have something else
};

}
