// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/translations.hpp"

#include <atomic>
#include <cmath>
#include <string>
#include <utility>

#include "base/weak_cache.hpp"

namespace nearfar {
namespace {

std::atomic<std::int64_t> num_built = 0;

/// New ones, or those in use in this process for the same kernel and order.
template <class Scalar>
[[nodiscard]] std::shared_ptr<const M2lSpectra<Scalar>> shared_spectra(const Kernel& kernel, const Surface& inner) {
  const auto make = [&] {
    ++num_built;
    return std::make_shared<const M2lSpectra<Scalar>>(make_m2l_spectra<Scalar>(kernel, inner));
  };
  if (kernel.identity.empty()) return make();
  static WeakCache<std::pair<std::string, int>, M2lSpectra<Scalar>> cache;
  return cache.get({kernel.identity, inner.points_per_edge}, make);
}

/// For the levels of `operators` that have none yet.
template <class Scalar>
void make_spectra(const AllOperators& operators, LevelSpectra<Scalar>& spectra) {
  for (std::size_t level = 2 + spectra.size(); level < operators.size(); ++level) {
    const LevelOperators& own = *operators[level];
    if (level > 2 && operators[level] == operators[level - 1])
      spectra.push_back(spectra.back());
    else
      spectra.push_back(shared_spectra<Scalar>(own.kernel, own.surfaces->inner));
  }
}

}

void Translations::make(const Kernel& caller_kernel, const RootCube& root, int depth) {
  const double half_width = root.half_width(0);
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
  operators = make_operators(kernel.of_expansions(), order, half_width, depth, std::move(operators));
  for (int level = static_cast<int>(points.size()); level <= depth; ++level)
    points.push_back(kernel.homogeneous && level > 0
                         ? points.front()
                         : std::make_shared<const PointOperators>(kernel.in_units_of(std::ldexp(half_width, -level))));
  std::visit([&](auto& levels) { make_spectra(operators, levels); }, spectra);
  length = wanted;
}

std::int64_t num_spectra_built() noexcept { return num_built; }

}
