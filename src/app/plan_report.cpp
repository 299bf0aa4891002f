// SPDX-License-Identifier: BSD-3-Clause
#include "app/plan_report.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/kernel_options.hpp"
#include "app/text.hpp"
#include "base/bytes.hpp"
#include "forecast/setup_time.hpp"

namespace nearfar::app {
namespace {

template <class Value>
Spread spread_of(const std::vector<VirtualRank>& ranks, const Value& value) {
  Spread spread{INFINITY, 0.0, 0.0};
  for (const VirtualRank& rank : ranks) {
    const double v = value(rank);
    spread = {std::min(spread.min, v), spread.mean + v / static_cast<double>(ranks.size()), std::max(spread.max, v)};
  }
  return spread;
}

/// Seconds of one run on a machine.
class Clock {
 public:
  Clock(const Machine& machine, int num_ranks, int num_threads)
      : machine_(machine), num_ranks_(num_ranks), num_threads_(num_threads) {}

  [[nodiscard]] double phase(const VirtualRank& rank, Phase phase) const {
    return 1e-9 * rank.work[phase] * factor(phase) / num_threads_;
  }
  [[nodiscard]] double compute(const VirtualRank& rank) const {
    double sum = 0.0;
    for (auto i = static_cast<int>(Phase::p2m); i <= static_cast<int>(Phase::p2p); ++i)
      sum += phase(rank, static_cast<Phase>(i));
    return sum;
  }
  [[nodiscard]] double setup_phase(const VirtualRank& rank, Phase phase, const WholeTree& whole) const {
    const Tuning& tuning = whole.layout.tuning;
    const int threads = has_threads(phase) ? num_threads_ : 1;
    return 1e-9 * factor(phase) / threads *
           predicted_setup(phase, rank.sizes, {rank.setup.trees, whole.is_sampled}, tuning.kernel.of_expansions(),
                           tuning.options.order);
  }
  [[nodiscard]] double messages(std::int64_t count, std::int64_t bytes) const {
    return static_cast<double>(count) * machine_.latency_seconds +
           static_cast<double>(bytes) / machine_.bandwidth_bytes_per_second;
  }
  /// Each number goes up and down, over as many ranks as halvings leave one.
  [[nodiscard]] double reductions(std::int64_t count, std::int64_t bytes) const {
    const auto steps = std::bit_width(static_cast<unsigned>(num_ranks_ - 1));
    return static_cast<double>(count * steps) * machine_.latency_seconds +
           2.0 * static_cast<double>(bytes) / machine_.bandwidth_bytes_per_second;
  }

 private:
  [[nodiscard]] double factor(Phase phase) const {
    return machine_.factor(std::string(phase_names[static_cast<std::size_t>(phase)]));
  }

  const Machine& machine_;
  int num_ranks_, num_threads_;
};

/// "2,000,000"
std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(usize(at), 1, ',');
  return text;
}

/// A line for ranks that have too little to be balanced, or nothing.
std::string advice_about(const Forecast& forecast) {
  constexpr double uneven = 1.5;
  const std::int64_t points_of_rank = forecast.num_points / std::max(1, forecast.num_ranks);
  if (forecast.imbalance < uneven || points_of_rank >= 10 * forecast.options.points_per_leaf) return "";
  return formatted("A rank has %lld points, too few to share the work evenly: use fewer ranks.\n",
                   static_cast<long long>(points_of_rank));
}

constexpr std::int64_t bytes_in_an_apply = 128;  ///< reduced, see Plan::Implementation::agree_on_apply

template <class OfRank>
void add_row(Spreads& rows, std::string name, const std::vector<VirtualRank>& ranks, const OfRank& of_rank) {
  rows.emplace_back(std::move(name), spread_of(ranks, of_rank));
}

/// The rows of some figures together: of the rank that has most.
template <class... OfRank>
double largest_sum(const std::vector<VirtualRank>& ranks, const OfRank&... of_rank) {
  return spread_of(ranks, [&](const VirtualRank& rank) { return (of_rank(rank) + ...); }).max;
}

void add_evaluation(const std::vector<VirtualRank>& ranks, const Clock& clock, Forecast& forecast) {
  for (auto i = static_cast<int>(Phase::p2m); i <= static_cast<int>(Phase::p2p); ++i)
    add_row(forecast.phases, std::string(phase_names[usize(i)]), ranks,
            [&](const VirtualRank& rank) { return clock.phase(rank, static_cast<Phase>(i)); });
  const auto ghosts = [&](const VirtualRank& rank) {
    return clock.messages(rank.communication.messages, rank.communication.bytes);
  };
  const auto caller = [&](const VirtualRank& rank) {
    return clock.messages(rank.communication.caller_messages, rank.communication.caller_bytes);
  };
  const auto reductions = [&](const VirtualRank&) { return clock.reductions(1, bytes_in_an_apply); };
  add_row(forecast.phases, "ghosts", ranks, ghosts);
  add_row(forecast.phases, "caller's order", ranks, caller);
  add_row(forecast.phases, "reductions", ranks, reductions);
  const auto compute = [&](const VirtualRank& rank) { return clock.compute(rank); };
  const Spread work = spread_of(ranks, compute);
  forecast.imbalance = work.mean > 0.0 ? work.max / work.mean : 1.0;
  forecast.seconds = largest_sum(ranks, compute, ghosts, caller, reductions);
}

void add_setup(const std::vector<VirtualRank>& ranks, const WholeTree& whole, const Clock& clock, double translations,
               Forecast& forecast) {
  constexpr std::array phases{Phase::partition, Phase::tree, Phase::lists, Phase::expansions};
  for (const Phase phase : phases)
    add_row(forecast.setup_phases, std::string(phase_names[static_cast<std::size_t>(phase)]), ranks,
            [&](const VirtualRank& rank) { return clock.setup_phase(rank, phase, whole); });
  const auto operators = [&](const VirtualRank&) { return translations; };
  const auto messages = [&](const VirtualRank& rank) { return clock.messages(rank.setup.messages, rank.setup.bytes); };
  const auto reductions = [&](const VirtualRank& rank) {
    return clock.reductions(rank.setup.reductions, rank.setup.reduced_bytes);
  };
  add_row(forecast.setup_phases, "translations", ranks, operators);
  add_row(forecast.setup_phases, "messages", ranks, messages);
  add_row(forecast.setup_phases, "reductions", ranks, reductions);
  const auto compute = [&](const VirtualRank& rank) {
    double sum = 0.0;
    for (const Phase phase : phases) sum += clock.setup_phase(rank, phase, whole);
    return sum;
  };
  forecast.setup_seconds = largest_sum(ranks, compute, operators, messages, reductions);
  const auto count = [&](const char* name, std::int64_t SetupCounts::*number) {
    add_row(forecast.setup, name, ranks,
            [&](const VirtualRank& rank) { return static_cast<double>(rank.setup.*number); });
  };
  count("messages", &SetupCounts::messages);
  count("bytes", &SetupCounts::bytes);
  count("reductions", &SetupCounts::reductions);
  count("reduced_bytes", &SetupCounts::reduced_bytes);
}

void add_counts(const std::vector<VirtualRank>& ranks, Forecast& forecast) {
  const auto names = named_counts({});
  for (std::size_t i = 0; i < names.size(); ++i)
    add_row(forecast.communication, names[i].first, ranks,
            [&](const VirtualRank& rank) { return static_cast<double>(named_counts(rank.communication)[i].second); });
  const auto add_order = [&](const std::string& name, const CallerCounts VirtualRank::*order) {
    add_row(forecast.caller_order, name + "_messages", ranks,
            [&](const VirtualRank& rank) { return static_cast<double>((rank.*order).messages); });
    add_row(forecast.caller_order, name + "_bytes", ranks,
            [&](const VirtualRank& rank) { return static_cast<double>((rank.*order).bytes); });
  };
  add_order("random", &VirtualRank::in_random_order);
  add_order("tree", &VirtualRank::in_tree_order);
}

void add_memory(const std::vector<VirtualRank>& ranks, const WholeTree& whole, const Machine& machine,
                Forecast& forecast) {
  const Kernel& kernel = whole.layout.tuning.kernel;
  const bool same = whole.layout.points.targets_are_sources;
  const int of_source = 3 + kernel.num_strengths() + (kernel.needs_source_normals() ? 3 : 0);
  const int of_target = kernel.num_values() + (kernel.needs_target_normals() ? 3 : 0) + (same ? 0 : 3);
  const auto always = [&](const VirtualRank& rank) {
    return machine.process_bytes +
           static_cast<double>(8 * (rank.sizes.sources * of_source + rank.sizes.targets * of_target));
  };
  const auto evaluation = [&](const VirtualRank& rank) {
    return always(rank) + static_cast<double>(estimate_memory(rank.sizes, kernel, forecast.options));
  };
  const auto setup = [&](const VirtualRank& rank) {
    return always(rank) + static_cast<double>(estimate_setup_memory(rank.sizes, same));
  };
  forecast.evaluation_memory = spread_of(ranks, evaluation);
  forecast.setup_memory = spread_of(ranks, setup);
  forecast.memory = spread_of(ranks, [&](const VirtualRank& rank) { return std::max(evaluation(rank), setup(rank)); });
}

}

Forecast summarize(const std::vector<VirtualRank>& ranks, const WholeTree& whole, const Machine& machine,
                   int num_threads, double translations) {
  Forecast forecast;
  forecast.num_ranks = static_cast<int>(ranks.size());
  forecast.num_threads = num_threads;
  forecast.options = whole.layout.tuning.options;
  forecast.tree = whole.layout.statistics;
  const Clock clock(machine, forecast.num_ranks, num_threads);
  add_evaluation(ranks, clock, forecast);
  add_setup(ranks, whole, clock, translations, forecast);
  add_counts(ranks, forecast);
  add_memory(ranks, whole, machine, forecast);
  return forecast;
}

std::string table(const Forecast& forecast) {
  std::string text =
      formatted("%lld points, kernel %s, order %d, points per leaf %d, precision %s\n",
                static_cast<long long>(forecast.num_points), kernel_text(forecast.kernel).c_str(),
                forecast.options.order, forecast.options.points_per_leaf, precision_name(forecast.options.precision));
  text += formatted("ranks %d, threads %d each\n", forecast.num_ranks, forecast.num_threads);
  if (forecast.num_simulated < forecast.num_points)
    text += formatted(
        "Simulated with %s points. Work and memory are scaled with the number of points, ghosts with the surface of a "
        "rank's part; numbers of messages are not scaled.\n",
        with_commas(forecast.num_simulated).c_str());
  const auto rows = [](const char* heading, const Spreads& spreads, const char* number_format) {
    return spread_rows(formatted("%-35s", heading).c_str(), spreads, number_format);
  };
  text += rows("seconds of set-up", forecast.setup_phases, " %12.3g") +
          rows("seconds of an evaluation", forecast.phases, " %12.3g") +
          rows("messages and bytes of set-up", forecast.setup, " %12.0f") +
          rows("messages and bytes of an evaluation", forecast.communication, " %12.0f") +
          rows("for the caller's order", forecast.caller_order, " %12.0f") +
          "  (charges to the ranks that own the points in the tree, and results back; points at random, or in the "
          "order of the tree)\n";
  text += formatted("imbalance of the ranks (largest over mean): %.2f\n", forecast.imbalance) + advice_about(forecast);
  text += formatted("set-up: %.3g s\n", forecast.setup_seconds);
  text += formatted("evaluation: %.3g s, %.3g ns per point and core\n", forecast.seconds,
                    1e9 * forecast.seconds * forecast.num_ranks * forecast.num_threads /
                        static_cast<double>(std::max<std::int64_t>(1, forecast.num_points)));
  return text + "memory: " + bytes_text(forecast.memory.max) + " on the fullest rank (" +
         bytes_text(forecast.setup_memory.max) + " in set-up), " + bytes_text(forecast.memory.mean) + " on average\n";
}

nlohmann::json to_json(const Forecast& forecast) {
  nlohmann::json report{{"num_points", forecast.num_points},
                        {"num_simulated", forecast.num_simulated},
                        {"ranks", forecast.num_ranks},
                        {"threads", forecast.num_threads},
                        {"kernel", forecast.kernel.name},
                        {"order", forecast.options.order},
                        {"points_per_leaf", forecast.options.points_per_leaf},
                        {"precision", precision_name(forecast.options.precision)},
                        {"tree_checksum", hexadecimal(forecast.tree.checksum)},
                        {"phases", to_json(forecast.phases)},
                        {"setup_phases", to_json(forecast.setup_phases)},
                        {"setup", to_json(forecast.setup)},
                        {"communication", to_json(forecast.communication)},
                        {"caller_order", to_json(forecast.caller_order)},
                        {"imbalance", forecast.imbalance},
                        {"evaluate_seconds", forecast.seconds},
                        {"setup_seconds", forecast.setup_seconds},
                        {"memory_bytes",
                         {{"mean", forecast.memory.mean},
                          {"max", forecast.memory.max},
                          {"evaluation_max", forecast.evaluation_memory.max},
                          {"setup_max", forecast.setup_memory.max}}}};
  report.update(to_json(forecast.kernel));
  return report;
}

}
