// SPDX-License-Identifier: BSD-3-Clause
// What travels between the caller's order of the points and that of the tree.
#pragma once

#include <functional>

#include "forecast/transfers.hpp"

namespace nearfar {

/// What setting up a plan takes of the network.
struct SetupCounts {
  std::int64_t messages = 0;       ///< sent and received; each that nobody expects is announced by another one
  std::int64_t bytes = 0;          ///< sent and received in these
  std::int64_t reductions = 0;     ///< that all ranks take part in
  std::int64_t reduced_bytes = 0;  ///< of one rank in all of them
  int trees = 1;                   ///< made: two where the first cut leaves work uneven
};

/// In which order the ranks have the points, and their charges and potentials: that of the numbers of the points, any
/// order at all, or that of the tree.
enum class CallerOrder { given, random, tree };

/// Of one rank.
struct CallerCounts {
  std::int64_t messages = 0;    ///< of an apply, sent and received
  std::int64_t bytes = 0;       ///< in these, for one vector
  std::int64_t travelling = 0;  ///< points sent or received, those that pass over this rank as well
  SetupCounts setup;            ///< messages and bytes
};

/// Points that go from the caller to the tree, the sources or the targets.
struct CallerPath {
  Transfers points;  ///< those that move
  bool relayed = false;
};

/// Adds what messages of set-up cost.
class SetupTally {
 public:
  explicit SetupTally(int num_ranks) : counts_(static_cast<std::size_t>(num_ranks)) {}
  /// Messages that nobody expects, of bytes_of(count) bytes.
  void exchange(const Transfers& transfers, const std::function<std::int64_t(std::int64_t)>& bytes_of);
  /// Messages that are expected, of so many bytes for each of the count.
  void copy(const Transfers& transfers, std::int64_t bytes_of_each);
  [[nodiscard]] std::vector<SetupCounts>& counts() noexcept { return counts_; }

 private:
  std::vector<SetupCounts> counts_;  ///< by rank
};

/// Adds the messages of a set-up: of records to their owners, of the map between the orders, and of coordinates.
void count_setup(const CallerPath& path, const Relays& relays, SetupTally& tally);
void count_records(const Transfers& records, bool relayed, const Relays& relays, SetupTally& tally);

/// Adds `values` doubles of each point in an apply; `new_points`: not those of another path.
void count_apply(const CallerPath& path, const Relays& relays, std::int64_t values, bool new_points,
                 std::vector<CallerCounts>& ranks);

/// What moves when points that are cut in one way along a line are cut in another. Both: points before each rank's, and
/// at the end of all.
[[nodiscard]] Transfers overlaps(const std::vector<double>& from, const std::vector<double>& to);

/// What each rank expects when it has any of the points: of `dims` numbers that each point sends or gets, in maps of
/// which `num_maps` are made.
[[nodiscard]] std::vector<CallerCounts> count_random_order(const Relays& relays, double points_per_rank,
                                                           int most_partners, const std::vector<std::int64_t>& dims,
                                                           int num_maps);

}
