// SPDX-License-Identifier: BSD-3-Clause
// What an evaluation computes, apart by name: for files.
#pragma once

#include <vector>

#include "io/particles.hpp"
#include "io/vtk.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar::app {

/// This rank's results as Plan::apply gives them.
struct Sums {
  std::vector<double> values;     ///< [target][num_values]
  std::vector<double> gradients;  ///< [target][target_dim][3]
  bool with_gradients = false;    ///< whether Plan::apply gives them; otherwise they are empty
};

/// Splits rows that hold the components of several quantities side by side. The arrays refer to `values` where there is
/// one quantity, else to copies.
class NamedArrays {
 public:
  NamedArrays(const std::vector<Quantity>& quantities, std::span<const double> values);
  NamedArrays(NamedArrays&&) = default;
  NamedArrays(const NamedArrays&) = delete;
  /// Adds an array of another origin, not owned.
  void add(ResultArray array) { arrays_.push_back(std::move(array)); }

  [[nodiscard]] const std::vector<ResultArray>& arrays() const noexcept { return arrays_; }
  /// The same for ParaView.
  [[nodiscard]] std::vector<VtkField> vtk_fields() const;

 private:
  std::vector<std::vector<double>> copies_;
  std::vector<ResultArray> arrays_;
};

/// The fields of a kernel, and "gradient" where Plan::apply gave gradients.
[[nodiscard]] NamedArrays fields_of(const Kernel& kernel, const Sums& sums);

/// The names of datasets when no fields were chosen by name: the first one is "potentials", and "gradient" becomes
/// "gradients".
[[nodiscard]] std::vector<ResultArray> with_default_names(std::vector<ResultArray> arrays);

}
