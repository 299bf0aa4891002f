// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

void m2p(const LevelOperators& operators, const PointOperators& points, const Box& box, const double* multipole,
         IndexRange targets, const TargetArrays& arrays, Scratch& scratch) {
  add_field_of_surface(points, operators.surfaces->inner, multipole, box, targets, arrays, scratch);
}

}
