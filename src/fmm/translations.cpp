// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/translations.hpp"

#include <atomic>
#include <cmath>
#include <string>
#include <utility>

#include "base/simd_level.hpp"
#include "base/weak_cache.hpp"
#include "fmm/costs.hpp"
#include "fmm/tuner.hpp"
#include "operators/simd_loops.hpp"

namespace nearfar {
namespace {

std::atomic<std::int64_t> num_built = 0;

/// New ones, or those in use in this process for the same kernel and order.
template <class Scalar>
[[nodiscard]] std::shared_ptr<const M2lSpectra<Scalar>> shared_spectra(const Kernel& kernel, const Surface& inner) {
  const auto make = [&] {
    ++num_built;
    return std::make_shared<const M2lSpectra<Scalar>>(simd_loops().m2l_of<Scalar>().make_spectra(kernel, inner));
  };
  if (kernel.identity.empty()) return make();
  static WeakCache<std::pair<std::string, int>, M2lSpectra<Scalar>> cache;
  return cache.get({kernel.identity, inner.points_per_edge}, make);
}

/// For the levels of `operators` that have none yet. `kernel` is that of the expansions in units of the root.
template <class Scalar>
void make_spectra(const Kernel& kernel, double half_width, const AllOperators& operators, const FarField& far,
                  LevelSpectra<Scalar>& spectra) {
  bool as_above = false;  // the kernel is that of the level above
  for (int level = 2; level < size_of(operators); ++level) {
    const bool exists = level - 2 < size_of(spectra);
    if (level < far.first_level) {
      if (!exists) spectra.push_back(nullptr);
      continue;
    }
    Kernel own = kernel.in_units_of(std::ldexp(half_width, -level));
    const bool simple = kernel.homogeneous || is_negligible(own.screening, Screened::m2l, far.tolerance);
    if (simple && !kernel.homogeneous) own = own.in_units_of(0.0);
    if (!exists)
      spectra.push_back(as_above ? spectra.back()
                                 : shared_spectra<Scalar>(own, operators[usize(level)]->surfaces->inner));
    as_above = simple;
  }
}

}

void Translations::make(const Kernel& caller_kernel, const RootCube& root, int depth) {
  const double half_width = root.half_width(0);
  if (first_side == 0.0) first_side = root.side * root.unit;
  require_suitable_order(caller_kernel, first_side, root.side * root.unit);
  kernel = caller_kernel.in_units_of(root.unit);
  const double wanted = kernel.homogeneous ? 1.0 : half_width * root.unit;
  if (length != wanted) {
    operators.clear();
    points.clear();
    if (precision == Precision::mixed)
      spectra = LevelSpectra<float>();
    else
      spectra = LevelSpectra<double>();
  }
  length = 0.0;  // until all are there
  const Kernel& of_expansions = kernel.of_expansions();
  if (orders.largest() != order)
    orders = {order, phase_of_largest_boxes(caller_kernel.of_expansions().wavenumber, first_side)};
  far.tolerance = predicted_error(kernel, order, precision);
  far.first_level = first_far_level(of_expansions.screening * half_width, far.tolerance);
  operators = make_operators(of_expansions, orders, half_width, depth, std::move(operators), far);
  for (int level = static_cast<int>(points.size()); level <= depth; ++level)
    points.push_back(kernel.homogeneous && level > 0
                         ? points.front()
                         : std::make_shared<const PointOperators>(kernel.in_units_of(std::ldexp(half_width, -level))));
  std::visit([&](auto& levels) { make_spectra(of_expansions, half_width, operators, far, levels); }, spectra);
  length = wanted;
  end_wide_vectors();
}

std::int64_t num_spectra_built() noexcept { return num_built; }

}
