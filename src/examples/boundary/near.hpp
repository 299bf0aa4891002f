// SPDX-License-Identifier: BSD-3-Clause
// The part of an operator that quadrature points are too coarse for.
#pragma once

#include "examples/boundary/surface.hpp"

namespace boundary {

/// For triangles near each other: the exact integrals, and what they differ by from quadrature. The caller destroys
/// both.
PetscErrorCode create_near(const Surface& surface, const Layer& layer, Mat* exact, Mat* correction);

}
