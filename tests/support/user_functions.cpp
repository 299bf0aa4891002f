// SPDX-License-Identifier: BSD-3-Clause
#include "support/user_functions.hpp"

#include <array>
#include <cmath>
#include <cstddef>

namespace nearfar {
namespace {

[[nodiscard]] double length(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }

}

NearfarUserKernel function_of(const char* name, int source_dim, int target_dim, NearfarKernelFunction function) {
  return {name, nullptr, source_dim, target_dim, function, nullptr, nullptr, 0.0};
}

void inverse_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values) {
  for (int k = 0; k < n; ++k) values[k] = 1.0 / length(dx[k], dy[k], dz[k]);
}

void screened_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values) {
  for (int k = 0; k < n; ++k) {
    const double r = length(dx[k], dy[k], dz[k]);
    values[k] = std::exp(-2.0 * r) / r;
  }
}

void screened_gradient(void*, int n, const double* dx, const double* dy, const double* dz, double* values) {
  for (int k = 0; k < n; ++k) {
    const double r = length(dx[k], dy[k], dz[k]), slope = -std::exp(-2.0 * r) * (2.0 + 1.0 / r) / (r * r);
    values[k] = slope * dx[k];
    values[n + k] = slope * dy[k];
    values[2 * n + k] = slope * dz[k];
  }
}

void softened_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values) {
  for (int k = 0; k < n; ++k) values[k] = 1.0 / std::sqrt(dx[k] * dx[k] + dy[k] * dy[k] + dz[k] * dz[k] + 0.01);
}

void dipole_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values) {
  for (int k = 0; k < n; ++k) {
    const double inverse = std::pow(length(dx[k], dy[k], dz[k]), -3.0);
    values[k] = dx[k] * inverse;
    values[n + k] = dy[k] * inverse;
    values[2 * n + k] = dz[k] * inverse;
  }
}

void oblique_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values) {
  for (int k = 0; k < n; ++k) values[k] = 1.0 / length(dx[k] + 0.3 * dy[k], 1.2 * dy[k] - 0.2 * dz[k], 0.9 * dz[k]);
}

void flow_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values) {
  const auto at = [&](int i, int j, int k) -> double& { return values[(i * 4 + j) * n + k]; };
  for (int k = 0; k < n; ++k) {
    const std::array<double, 3> r{dx[k], dy[k], dz[k]};
    const double norm = length(dx[k], dy[k], dz[k]);
    for (int i = 0; i < 3; ++i) {
      const auto place = static_cast<std::size_t>(i);
      for (int j = 0; j < 3; ++j)
        at(i, j, k) = (i == j ? 1.0 / norm : 0.0) + r[place] * r[static_cast<std::size_t>(j)] / std::pow(norm, 3.0);
      at(i, 3, k) = -2.0 * r[place] / std::pow(norm, 3.0);
      at(3, i, k) = 2.0 * r[place] / std::pow(norm, 3.0);
    }
    at(3, 3, k) = 0.0;
  }
}

}
