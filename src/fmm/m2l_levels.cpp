// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/m2l_levels.hpp"

namespace nearfar {

template <class Scalar>
void M2lLevels<Scalar>::make_spectra(const AllOperators& operators) {
  for (std::size_t level = 2 + spectra.size(); level < operators.size(); ++level) {
    const LevelOperators& own = *operators[level];
    if (level > 2 && operators[level] == operators[level - 1]) {
      spectra.push_back(spectra.back());
    } else {
      spectra.push_back(
          std::make_shared<const M2lSpectra<Scalar>>(make_m2l_spectra<Scalar>(own.kernel, own.surfaces->inner)));
    }
  }
}

template <class Scalar>
void M2lLevels<Scalar>::make_sweeps(std::span<const M2lLevel> levels, int num_threads) {
  sweeps.clear();
  sweeps.reserve(spectra.size());
  for (std::size_t i = 2; i < levels.size(); ++i) {
    const auto& [sources, targets, neighbours] = levels[i];
    sweeps.emplace_back(*spectra[i - 2], M2lFamilies{sources, targets, neighbours}, num_threads);
  }
}

template <class Scalar>
void M2lLevels<Scalar>::reserve(int num_threads) {
  for (const auto& sweep : sweeps) {
    if (sweep.num_blocks() > 0) sweep.reserve(workspace, num_threads);
  }
}

template struct M2lLevels<double>;
template struct M2lLevels<float>;

}
