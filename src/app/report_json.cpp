// SPDX-License-Identifier: BSD-3-Clause
// The report as JSON. Other programs read these names: add, but do not rename.
#include <petscsys.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/kernel_options.hpp"
#include "app/report.hpp"
#include "app/text.hpp"
#include "nearfar/version.hpp"

namespace nearfar::app {
namespace {

using nlohmann::json;

json list_json(const ListStatistics& list) {
  return {{"mean", list.mean}, {"max", list.max}, {"mean_of_leaves", list.mean_of_leaves}};
}

json phases_json(const std::vector<PhaseSummary>& phases) {
  json result = json::object();
  for (const PhaseSummary& phase : phases) {
    result[phase.name] = {
        {"min", phase.seconds.min}, {"mean", phase.seconds.mean},          {"max", phase.seconds.max},
        {"flops", phase.flops},     {"busy_fraction", phase.cpu_fraction}, {"serial_share", phase.serial_share}};
  }
  return result;
}

/// The slowest rank's seconds of each phase, and of all together.
json setup_json(const RunSummary& summary) {
  json result = json::object();
  for (const PhaseSummary& phase : summary.setup_phases) result[phase.name] = phase.seconds.max;
  result["total"] = summary.setup_seconds;
  return result;
}

json evaluate_json(const std::vector<double>& seconds) {
  if (seconds.empty()) return nullptr;
  return {{"first", seconds.front()},
          {"min", *std::min_element(seconds.begin(), seconds.end())},
          {"median", median(seconds)},
          {"all", seconds}};
}

json check_json(const RunSummary& summary) {
  if (!summary.check) return nullptr;
  const std::vector<FieldError> errors = field_errors(*summary.check);
  json result{{"num_targets", summary.check->num_targets},
              {"potential_rel_l2", errors.front().rel_l2},
              {"potential_rel_max", errors.front().rel_max},
              {"potential_abs_l2", errors.front().abs_l2},
              {"gradient_rel_l2", nullptr},
              {"gradient_abs_l2", nullptr},
              {"fields", json::object()}};
  for (const FieldError& error : errors) {
    result["fields"][error.name] = {{"rel_l2", error.rel_l2}, {"rel_max", error.rel_max}, {"abs_l2", error.abs_l2}};
    if (error.name != "gradient") continue;
    result["gradient_rel_l2"] = error.rel_l2;
    result["gradient_abs_l2"] = error.abs_l2;
  }
  if (has_gradients_beside(summary)) {
    result["gradient_rel_l2"] = summary.check->gradient_rel_l2;
    result["gradient_abs_l2"] = summary.check->gradient_abs_l2;
  }
  return result;
}

json imbalance_json(const Imbalance& imbalance) {
  const auto value_or_null = [](const std::optional<double>& value) { return value ? json(*value) : json(nullptr); };
  return {{"predicted", imbalance.predicted},
          {"measured", value_or_null(imbalance.measured)},
          {"before_rebalancing", value_or_null(imbalance.before_rebalancing)}};
}

json threads_json(const ThreadForecast& threads) {
  return {
      {"serial_share", threads.serial_share}, {"speedup_16", threads.speedups[0]}, {"speedup_64", threads.speedups[1]}};
}

json levels_json(const TreeStatistics& tree) {
  json result = json::array();
  for (std::size_t level = 0; level < tree.octants_per_level.size() && static_cast<int>(level) <= tree.depth; ++level)
    result.push_back(tree.octants_per_level[level]);
  return result;
}

json raised_json(const RaisedOrder& raised) {
  if (raised.from == 0) return nullptr;
  return {{"from", raised.from}, {"promised_error", raised.promised}, {"found_error", raised.found}};
}

}

json to_json(const Spreads& spreads) {
  json result = json::object();
  for (const auto& [name, spread] : spreads)
    result[name] = {{"min", spread.min}, {"mean", spread.mean}, {"max", spread.max}};
  return result;
}

json to_json(const RunSummary& summary) {
  const TreeStatistics& tree = summary.tree;
  json report{
      {"version", summary.version},
      {"input", summary.input},
      {"host", summary.host},
      {"num_hosts", summary.load.num_hosts},
      {"usable_cores_of_a_rank", summary.load.usable_cores},
      {"threads_bound", summary.load.threads_bound},
      {"compiler", compiler()},
      {"simd", instruction_set()},
      {"petsc", formatted("%d.%d.%d", PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR)},
      {"mpi", mpi_library()},
      {"ranks", summary.num_ranks},
      {"threads", summary.num_threads},
      {"num_sources", tree.num_sources},
      {"num_targets", tree.num_targets},
      {"kernel", summary.kernel.name},
      {"lambda", lambda_of(summary.kernel)},
      {"tolerance", summary.options.tolerance},
      {"order", summary.options.order},
      {"raised_order", raised_json(summary.raised_order)},
      {"root_scale", summary.options.root_scale},
      {"precision", precision_name(summary.options.precision)},
      {"points_per_leaf", summary.options.points_per_leaf},
      {"gradient", summary.gradient},
      {"depth", tree.depth},
      {"num_leaves", tree.num_leaves},
      {"num_octants", tree.num_octants},
      {"octants_per_level", levels_json(tree)},
      {"num_overfull_leaves", tree.num_overfull_leaves},
      {"num_piles", tree.num_piles},
      {"largest_leaf", tree.largest_leaf},
      {"tree_checksum", hexadecimal(tree.checksum)},
      {"memory_estimate_bytes", summary.memory_estimate_bytes},
      {"lists",
       {{"U", list_json(tree.u)}, {"V", list_json(tree.v)}, {"W", list_json(tree.w)}, {"X", list_json(tree.x)}}},
      {"read_seconds", summary.read_seconds},
      {"setup_seconds", setup_json(summary)},
      {"setup_phases", phases_json(summary.setup_phases)},
      {"evaluate_seconds", evaluate_json(summary.evaluate_seconds)},
      {"phases", phases_json(summary.phases)},
      {"threads_forecast",
       {{"setup", threads_json(summary.setup_threads)},
        {"evaluation", summary.evaluation_threads ? threads_json(*summary.evaluation_threads) : json(nullptr)}}},
      {"communication", to_json(summary.communication)},
      {"imbalance", imbalance_json(summary.imbalance)},
      {"check", check_json(summary)},
      {"peak_rss_bytes",
       {{"max", static_cast<std::int64_t>(summary.memory.max)},
        {"sum", static_cast<std::int64_t>(summary.memory.sum)}}}};
  report.update(to_json(summary.kernel));
  return report;
}

}
