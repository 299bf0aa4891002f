// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

void p2l(const LevelOperators& operators, const PointOperators& points, const Box& box,
         std::span<const IndexRange> sources, const SourceArrays& arrays, double* local, Scratch& scratch) {
  for (const IndexRange range : sources)
    add_field_on_surface(points, operators.surfaces->inner, box, range, arrays, local, scratch);
}

}
