// SPDX-License-Identifier: BSD-3-Clause
// Where each simulated point represents several, ranks have fewer points than in the run. Their numbers are corrected
// by those of fewer ranks that are as full as the real ones.
#pragma once

#include <vector>

namespace nearfar {

/// Work of all ranks, with their mean, whose largest differs from it by as much of it as that of the fewer ranks does.
[[nodiscard]] std::vector<double> with_imbalance_of(const std::vector<double>& of_fewer, std::vector<double> work);

/// What ranks share, with the mean of the fewer ranks. The differences are those of large octants, as found with all
/// ranks, but not less than between the fewer ones; nothing is below 0.
[[nodiscard]] std::vector<double> with_mean_of(const std::vector<double>& of_fewer, std::vector<double> values);

}
