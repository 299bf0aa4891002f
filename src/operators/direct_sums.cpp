// SPDX-License-Identifier: BSD-3-Clause
#include "operators/direct_sums.hpp"

#include "base/simd_level.hpp"
#include "operators/simd_loops.hpp"

namespace nearfar {

bool has_close_pair(const PairSum& sum) noexcept { return simd_loops().has_close_pair(sum); }

void add_direct_sums(const Kernel& kernel, const PairSum& sum) {
  if (has_close_pair(sum))
    kernel.add_reference_sums(sum);
  else
    kernel.add_sums(sum);
  end_wide_vectors();
}

}
