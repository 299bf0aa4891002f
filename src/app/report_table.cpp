// SPDX-License-Identifier: BSD-3-Clause
// The report for people: the closing table and the warnings.
#include <algorithm>
#include <numeric>
#include <string_view>

#include "app/kernel_options.hpp"
#include "app/report.hpp"
#include "app/text.hpp"
#include "base/bytes.hpp"

namespace nearfar::app {
namespace {

constexpr double percent = 100.0;

long long count(std::int64_t value) { return value; }

std::string phase_row(const PhaseSummary& phase, double total) {
  const double share = total > 0.0 ? percent * phase.seconds.mean / total : 0.0;
  // Phases of the set-up do not count processor time.
  const std::string cpu = phase.cpu_fraction > 0.0 ? formatted(" %8.1f%%", percent * phase.cpu_fraction) : "";
  return formatted("  %-16s %10.4f %10.4f %10.4f %8.1f%%", phase.name.c_str(), phase.seconds.min, phase.seconds.mean,
                   phase.seconds.max, share) +
         cpu + "\n";
}

/// Phases under a heading, then what they leave of the total; shares are of the means.
std::string phase_rows(const std::string& heading, const std::vector<PhaseSummary>& phases, double total) {
  std::string rows =
      formatted("%-18s %10s %10s %10s %9s %9s\n", heading.c_str(), "min s", "mean s", "max s", "share", "CPU");
  double sum = 0.0;
  for (const PhaseSummary& phase : phases) {
    rows += phase_row(phase, total);
    sum += phase.seconds.mean;
  }
  const double other = std::max(0.0, total - sum);
  rows += formatted("  %-16s %10s %10.4f %10s %8.1f%%\n", "other", "", other, "",
                    total > 0.0 ? percent * other / total : 0.0);
  rows += formatted("  %-16s %10s %10s %10.4f %8.1f%%\n", "total", "", "", total, percent);
  return rows;
}

/// "serial" covers waiting for other ranks too.
std::string threads_row(const ThreadForecast& threads) {
  return formatted(
      "  serial %.2f %%; speed-up over one thread: %.3g on 16, %.3g on 64 (memory bandwidth not counted)\n",
      percent * threads.serial_share, threads.speedups[0], threads.speedups[1]);
}

std::string list_row(const char* name, const ListStatistics& list) {
  return formatted("  %-16s %10.1f %10.1f %10lld\n", name, list.mean, list.mean_of_leaves, count(list.max));
}

std::string parameters(const RunSummary& summary) {
  const TreeStatistics& tree = summary.tree;
  const Options& options = summary.options;
  std::string text = formatted("sources %lld, targets %lld, kernel %s\n", count(tree.num_sources),
                               count(tree.num_targets), kernel_text(summary.kernel).c_str());
  text += "source kind " + joined(summary.kernel.source_kinds, ", ") + "; fields " +
          joined(summary.kernel.fields, ", ") + (has_gradients_beside(summary) ? " with gradients" : "") + "\n";
  if (options.tolerance > 0.0) text += formatted("tolerance %g: ", options.tolerance);
  text += formatted("order %d, points per leaf %d, root scale %g, precision %s\n", options.order,
                    options.points_per_leaf, options.root_scale, precision_name(options.precision));
  text += formatted("ranks %d, threads %d each\n", summary.num_ranks, summary.num_threads);
  text += formatted("leaves %lld, octants %lld, depth %d, largest leaf %lld, checksum %s\n", count(tree.num_leaves),
                    count(tree.num_octants), tree.depth, count(tree.largest_leaf), hexadecimal(tree.checksum).c_str());
  text += formatted("%-18s %10s %10s %10s\n", "lists", "octants", "leaves", "largest");
  return text + list_row("U", tree.u) + list_row("V", tree.v) + list_row("W", tree.w) + list_row("X", tree.x);
}

std::string octants_by_level(const TreeStatistics& tree) {
  std::string text = "octants by level  ";
  for (std::size_t level = 0; level < tree.octants_per_level.size() && static_cast<int>(level) <= tree.depth; ++level)
    text += formatted(" %lld", count(tree.octants_per_level[level]));
  return text + "\n";
}

std::string evaluation(const RunSummary& summary) {
  const std::size_t repeat = summary.evaluate_seconds.size();
  const std::string heading = repeat == 1 ? "evaluation" : formatted("evaluation %zu of %zu", repeat, repeat);
  std::string text = phase_rows(heading, summary.phases, summary.evaluate_seconds.back());
  if (summary.evaluation_threads) text += threads_row(*summary.evaluation_threads);
  const double typical = median(summary.evaluate_seconds);
  text += formatted("evaluation: first %.4f s, fastest %.4f s, median %.4f s", summary.evaluate_seconds.front(),
                    *std::min_element(summary.evaluate_seconds.begin(), summary.evaluate_seconds.end()), typical);
  if (summary.tree.num_targets > 0)
    text += formatted(", %.1f ns per target", 1e9 * typical / static_cast<double>(summary.tree.num_targets));
  return text + "\n";
}

/// What ranks send and receive in one evaluation.
std::string imbalance_text(const Imbalance& imbalance) {
  std::string text = formatted("imbalance of the ranks (largest over mean): predicted %.2f", imbalance.predicted);
  if (imbalance.measured) text += formatted(", measured %.2f", *imbalance.measured);
  if (imbalance.before_rebalancing) text += formatted(", before rebalancing %.2f", *imbalance.before_rebalancing);
  return text + "\n";
}

std::string check(const RunSummary& summary) {
  const SampledError& error = *summary.check;
  std::vector<std::string> errors;
  const auto of_magnitudes = [](double abs_l2) {
    return abs_l2 > 0.0 ? formatted(", %.2e (of sums of |K q|)", abs_l2) : std::string();
  };
  for (const auto& [name, rel_l2, rel_max, abs_l2] : field_errors(error))
    errors.push_back(formatted("%s %.2e (relative L2), %.2e (maximum)", name.c_str(), rel_l2, rel_max) +
                     of_magnitudes(abs_l2));
  if (has_gradients_beside(summary))
    errors.push_back(formatted("gradient %.2e (relative L2)", error.gradient_rel_l2) +
                     of_magnitudes(error.gradient_abs_l2));
  return formatted("error against direct sums at %lld targets: ", count(error.num_targets)) + joined(errors, ", ") +
         "\n";
}

/// Where sums cancel so far that no relative error can be promised.
void add_cancellations(const RunSummary& summary, std::vector<std::string>& result) {
  if (!summary.check) return;
  std::vector<FieldError> errors = field_errors(*summary.check);
  if (has_gradients_beside(summary))
    errors.push_back(
        {.name = "gradient", .rel_l2 = summary.check->gradient_rel_l2, .abs_l2 = summary.check->gradient_abs_l2});
  for (const FieldError& error : errors) {
    const bool is_beside = has_gradients_beside(summary) && &error == &errors.back();
    const double allowed = (is_beside ? 10.0 : 1.0) * summary.options.tolerance;
    if (!(error.rel_l2 > allowed && error.abs_l2 > 0.0 && error.abs_l2 <= allowed)) continue;
    result.push_back(
        formatted("the %s cancels to about %.1e of the sums of |K q|: its error relative to these, %.2e, keeps the "
                  "tolerance; relative to what is left it is %.2e",
                  error.name.c_str(), error.abs_l2 / error.rel_l2, error.abs_l2, error.rel_l2));
  }
}

}

std::string spread_rows(const char* heading, const Spreads& spreads, const char* number_format) {
  const int width = std::max(18, static_cast<int>(std::string_view(heading).size()));
  std::string rows = formatted("%-*s %12s %12s %12s\n", width, heading, "min", "mean", "max");
  for (const auto& [name, spread] : spreads) {
    rows += formatted("  %-*s", width - 2, name.c_str());
    for (const double value : {spread.min, spread.mean, spread.max}) rows += formatted(number_format, value);
    rows += "\n";
  }
  return rows;
}

std::string table(const RunSummary& summary) {
  const bool evaluated = !summary.evaluate_seconds.empty();
  std::string text = parameters(summary);
  if (!evaluated) text += octants_by_level(summary.tree);
  text += formatted("reading %.4f s\n", summary.read_seconds);
  text += phase_rows("set-up", summary.setup_phases, summary.setup_seconds) + threads_row(summary.setup_threads);
  if (evaluated) text += evaluation(summary);
  if (summary.num_ranks > 1) text += spread_rows("communication", summary.communication, " %12.0f");
  if (summary.num_ranks > 1) text += imbalance_text(summary.imbalance);
  if (summary.check) text += check(summary);
  if (!evaluated)
    text += "estimated memory for an evaluation: " + bytes_text(static_cast<double>(summary.memory_estimate_bytes)) +
            " on the fullest rank\n";
  return text + "peak memory: " + bytes_text(summary.memory.max) + " on the fullest rank, " +
         bytes_text(summary.memory.sum) + " in all\n";
}

std::vector<std::string> warnings(const RunSummary& summary) {
  std::vector<std::string> result;
  if (const RaisedOrder& raised = summary.raised_order; raised.from != 0)
    result.push_back(formatted(
        "the order was raised from %d to %d: at %d the operators have an error of %.2g where %.2g is promised",
        raised.from, summary.options.order, raised.from, raised.found, raised.promised));
  add_cancellations(summary, result);
  const TreeStatistics& tree = summary.tree;
  if (tree.num_overfull_leaves > 0) {
    const std::int64_t clusters = tree.num_overfull_leaves - tree.num_piles;
    const std::string piles = formatted("%lld of them coincident points", count(tree.num_piles));
    result.push_back(formatted("%lld leaves at the depth limit hold more than %d points, the largest %lld: ",
                               count(tree.num_overfull_leaves), summary.options.points_per_leaf,
                               count(tree.largest_leaf)) +
                     (clusters == 0 ? "coincident points"
                                    : piles + ", the others clusters 1e12 times smaller than the extent of all points, "
                                              "which are summed directly"));
  }
  const HostLoad& load = summary.load;
  if (load.ranks * load.threads > load.cores) {
    result.push_back(
        formatted("%d ranks x %d threads share the %d cores of a host: use fewer of either, or do not "
                  "trust the timings",
                  load.ranks, load.threads, load.cores));
  } else if (summary.num_threads > load.usable_cores) {
    result.push_back(formatted("a rank with %d threads may use only %d cores: give mpirun --bind-to none",
                               summary.num_threads, load.usable_cores));
  } else if (load.ranks > 1 && load.usable_cores == load.cores && !load.threads_bound) {
    result.push_back(
        "ranks and threads are not bound to cores: give mpirun --map-by (see scripts/README.md), or set "
        "OMP_PLACES=cores and OMP_PROC_BIND=close");
  }
  return result;
}

}
