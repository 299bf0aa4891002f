// SPDX-License-Identifier: BSD-3-Clause
// The work of an evaluation, counted.
#pragma once

#include "fmm/phase_log.hpp"
#include "fmm/schedule.hpp"
#include "fmm/translations.hpp"

namespace nearfar {

/// Work of one evaluation on this rank, counted exactly from the lists.
struct Work {
  std::int64_t p2l_pairs = 0, m2p_pairs = 0;  ///< points x inner surface points
  std::int64_t interior_pairs = 0, border_pairs = 0;
  double p2m_flops = 0.0, l2p_flops = 0.0, l2p_gradient_flops = 0.0;
  std::vector<std::int64_t> m2m_children, l2l_children;  ///< by level of the parents
  std::vector<double> m2m_flops, l2l_flops;              ///< by level of the parents
  int potential_flops = 0, gradient_flops = 0;           ///< of the kernel, each pair

  [[nodiscard]] double pair_flops(std::int64_t pairs, bool with_gradients) const;
  [[nodiscard]] double flops(Phase phase, bool with_gradients) const;
};

[[nodiscard]] Work count_work(const Layout& layout, const Interactions& interactions, const Schedule& schedule,
                              const Translations& translations);

}
