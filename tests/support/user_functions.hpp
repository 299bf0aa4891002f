// SPDX-License-Identifier: BSD-3-Clause
// Kernels as C functions, for tests.
#pragma once

#include "nearfar/user_kernels.h"

namespace nearfar {

[[nodiscard]] NearfarUserKernel function_of(const char* name, int source_dim, int target_dim,
                                            NearfarKernelFunction function);

void inverse_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values);
/// exp(-2 r) / r
void screened_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values);
void screened_gradient(void*, int n, const double* dx, const double* dy, const double* dz, double* values);
/// 1 / sqrt(r^2 + 0.01), which solves no equation
void softened_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values);
/// d.r / r^3
void dipole_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values);
/// 1/r in stretched coordinates, oblique to the axes
void oblique_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values);
/// Stokes flow: velocity and pressure of a force and a sink, without the factor 1 / (8 pi)
void flow_function(void*, int n, const double* dx, const double* dy, const double* dz, double* values);

}
