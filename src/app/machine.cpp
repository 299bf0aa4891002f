// SPDX-License-Identifier: BSD-3-Clause
#include "app/machine.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/text.hpp"
#include "base/printable.hpp"
#include "io/paths.hpp"
#include "nearfar/error.hpp"

namespace nearfar::app {
namespace {

using nlohmann::json;

double positive(const json& value, const std::string& name, const std::string& path) {
  if (!value.is_number() || !(value.get<double>() > 0.0) || !std::isfinite(value.get<double>()))
    throw InputError("machine file '" + path + "': " + name + " must be a positive number");
  return value.get<double>();
}

}

double Machine::factor(const std::string& phase) const {
  const auto found = factors.find(phase);
  return found == factors.end() ? 1.0 : found->second;
}

std::map<std::string, double> time_factors(const std::map<std::string, double>& measured,
                                           const std::map<std::string, double>& predicted) {
  constexpr double shortest = 1e-5;
  std::map<std::string, double> factors;
  for (const auto& [phase, seconds] : predicted) {
    const auto found = measured.find(phase);
    if (seconds > shortest && found != measured.end()) factors[phase] = found->second / seconds;
  }
  return factors;
}

void set_network(Machine& machine, double small_round_trip, double large_round_trip, double large_bytes) {
  constexpr double shortest = 1e-9;
  machine.latency_seconds = std::max(0.5 * small_round_trip, shortest);
  machine.bandwidth_bytes_per_second = large_bytes / std::max(0.5 * large_round_trip, shortest);
  machine.network_measured = true;
}

Machine read_machine(const std::string& path) {
  require_readable(path);
  std::ifstream stream(path);
  json root;
  try {
    root = json::parse(stream);
  } catch (const json::exception& error) {
    throw InputError("machine file '" + path + "' is not JSON: " + printable(one_line(error.what()), 200));
  }
  if (!root.is_object()) throw InputError("machine file '" + path + "' must hold an object, {...}");
  Machine machine;
  for (const auto& [name, value] : root.items()) {
    if (name == "latency_seconds") {
      machine.latency_seconds = positive(value, name, path);
    } else if (name == "bandwidth_bytes_per_second") {
      machine.bandwidth_bytes_per_second = positive(value, name, path);
    } else if (name == "process_bytes") {
      machine.process_bytes = positive(value, name, path);
    } else if (name == "network_measured") {
      machine.network_measured = value.is_boolean() && value.get<bool>();
    } else if (name == "factors" && value.is_object()) {
      for (const auto& [phase, factor] : value.items())
        machine.factors[phase] = positive(factor, "factor " + printable(phase, 30), path);
    } else {
      throw InputError(
          "machine file '" + path + "': " + in_quotes(name) +
          " is not one of factors, latency_seconds, bandwidth_bytes_per_second, process_bytes, network_measured");
    }
  }
  return machine;
}

json to_json(const Machine& machine) {
  return {{"factors", machine.factors},
          {"latency_seconds", machine.latency_seconds},
          {"bandwidth_bytes_per_second", machine.bandwidth_bytes_per_second},
          {"process_bytes", machine.process_bytes},
          {"network_measured", machine.network_measured}};
}

}
