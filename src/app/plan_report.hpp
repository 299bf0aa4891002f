// SPDX-License-Identifier: BSD-3-Clause
// What `nearfar plan` says of a run: figures of the ranks, as a table and as JSON.
#pragma once

#include "app/machine.hpp"
#include "app/report.hpp"
#include "forecast/virtual_ranks.hpp"

namespace nearfar::app {

/// What is predicted of a run.
struct Forecast {
  std::int64_t num_points = 0, num_simulated = 0;
  int num_ranks = 1, num_threads = 1;
  KernelChoice kernel;  ///< completed
  Options options;
  TreeStatistics tree;
  Spreads phases;        ///< seconds of an evaluation
  Spreads setup_phases;  ///< seconds
  Spreads communication;
  Spreads setup;         ///< SetupCounts
  Spreads caller_order;  ///< messages and bytes of an apply in each order
  Spread memory;         ///< bytes, at most
  Spread evaluation_memory, setup_memory;
  double imbalance = 1.0;
  double seconds = 0.0;        ///< of the slowest rank
  double setup_seconds = 0.0;  ///< of the slowest rank
};

/// From the ranks to the figures of the report. `translations`: seconds in which a rank makes its operators.
[[nodiscard]] Forecast summarize(const std::vector<VirtualRank>& ranks, const WholeTree& whole, const Machine& machine,
                                 int num_threads, double translations);

[[nodiscard]] std::string table(const Forecast& forecast);
[[nodiscard]] nlohmann::json to_json(const Forecast& forecast);

}
