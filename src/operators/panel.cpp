// SPDX-License-Identifier: BSD-3-Clause
#include "operators/panel.hpp"

#include "operators/simd_loops.hpp"

namespace nearfar {

int PanelMatrix::block_rows() noexcept { return simd_loops().block_rows; }

void PanelMatrix::multiply_add(const double* x, double* y) const noexcept {
  simd_loops().multiply_add(entries_.data(), rows_, columns_, x, y);
}

}
