// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/fewer_ranks.hpp"

#include <algorithm>
#include <numeric>

#include "forecast/virtual_cuts.hpp"

namespace nearfar {
namespace {

[[nodiscard]] double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of the largest from the mean.
[[nodiscard]] double excess_of(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end()) - mean_of(values);
}

}

std::vector<double> with_imbalance_of(const std::vector<double>& of_fewer, std::vector<double> work) {
  const double mean = mean_of(work), found = imbalance_of(work);
  if (found <= 1.0) return work;
  const double kept = (imbalance_of(of_fewer) - 1.0) / (found - 1.0);
  for (double& each : work) each = mean + kept * (each - mean);
  return work;
}

std::vector<double> with_mean_of(const std::vector<double>& of_fewer, std::vector<double> values) {
  const double mean = mean_of(values), of_full = mean_of(of_fewer), excess = excess_of(values);
  const double stretch = excess > 0.0 ? std::max(1.0, excess_of(of_fewer) / excess) : 1.0;
  for (double& value : values) value = std::max(of_full + stretch * (value - mean), 0.0);
  return values;
}

}
