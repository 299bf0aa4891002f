// SPDX-License-Identifier: BSD-3-Clause
// Two charges act on each other.
#include <petscsys.h>
#include <nearfar/plan.hpp>
#include <nearfar/version.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

int main(int argc, char** argv) {
  PetscInitialize(&argc, &argv, nullptr, nullptr);
  double error = 1.0;
  {
    const std::vector<double> points{0.0, 0.0, 0.0, 0.0, 3.0, 4.0}, charges{1.0, 2.0};
    std::vector<double> potentials(2);
    nearfar::Plan plan(PETSC_COMM_SELF, nearfar::make_kernel("laplace"), points);
    plan.apply(charges, potentials);
    error = std::abs(potentials[0] * 4.0 * std::acos(-1.0) - 0.4);
    std::printf("nearfar %s: error %.1e\n", nearfar::version(), error);
  }
  PetscFinalize();
#if !NEARFAR_VERSION_GE(0, 1, 0)
#error "the version is older than it says"
#endif
  return error < 1e-6 ? 0 : 1;
}
