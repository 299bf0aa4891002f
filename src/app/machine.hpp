// SPDX-License-Identifier: BSD-3-Clause
// What a machine is like, for predictions: how fast its cores and its network are.
#pragma once

#include <map>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace nearfar::app {

/// Factors and figures stand in a small JSON file that `nearfar calibrate` writes and a user may write as well.
struct Machine {
  /// Time of a phase on one core over the time that the library's stored rates predict; 1 for phases not named.
  std::map<std::string, double> factors;
  double latency_seconds = 2e-6;            ///< of a small message between two ranks
  double bandwidth_bytes_per_second = 5e9;  ///< of large messages, for one rank
  bool network_measured = false;
  double process_bytes = 60e6;  ///< memory of a process of an MPI run before it has any points

  [[nodiscard]] double factor(const std::string& phase) const;
};

/// Measured over predicted seconds, of phases that take any time.
[[nodiscard]] std::map<std::string, double> time_factors(const std::map<std::string, double>& measured,
                                                         const std::map<std::string, double>& predicted);

/// Sets latency and bandwidth from the seconds of round trips of a small message and of one of `large_bytes`.
void set_network(Machine& machine, double small_round_trip, double large_round_trip, double large_bytes);

/// Throws InputError when the file is not such a file or a figure is not positive.
[[nodiscard]] Machine read_machine(const std::string& path);

[[nodiscard]] nlohmann::json to_json(const Machine& machine);

}
