// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/caller_order.hpp"

#include <algorithm>
#include <cmath>

#include "comm/star_forest.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {
namespace {

constexpr std::int64_t record_bytes = sizeof(PointRecord), place_bytes = sizeof(RootPlace),
                       number_bytes = sizeof(Index), double_bytes = sizeof(double),
                       announcement_bytes = sizeof(std::int64_t);

[[nodiscard]] std::int64_t padded(std::int64_t bytes, std::int64_t unit) { return (bytes + unit - 1) / unit * unit; }

/// Of records that go over relays, with a label before those of each rank.
[[nodiscard]] std::int64_t labelled(std::int64_t records) { return 16 + padded(records * record_bytes, 16); }

/// A star forest of its own: which roots are copied.
void connect(const Transfers& wanted, SetupTally& tally) {
  tally.exchange(wanted, [](std::int64_t count) { return number_bytes * (1 + count); });
}

/// Messages and points of one rank in one of the steps, sent or received, when every rank has points for all others.
struct Steps {
  double messages = 0.0, points = 0.0;
};

/// To and from relays, and from there on, of `rank`.
[[nodiscard]] std::pair<Steps, Steps> steps_over_relays(int rank, const Relays& relays, double points) {
  const int num_ranks = relays.num_ranks(), columns = relays.num_columns(), full_rows = relays.num_full_rows();
  const int rest = num_ranks % columns;
  const int row = rank / columns, column = rank % columns;
  const bool is_relay = row < full_rows;
  // Ranks of a last row that is not full use relays of other rows.
  int guests = 0;
  if (is_relay)
    for (int c = row; c < rest; c += full_rows) ++guests;
  const int of_column = full_rows + (column < rest ? 1 : 0), senders = columns + guests;
  const double sent = 1.0 - std::exp(-points / columns);
  // Of each rank for each other one, and for those of this column.
  const double for_one = points / num_ranks, for_column = for_one * of_column;
  // What a guest of this column has for itself stays where it is.
  const double staying = is_relay && column < rest && column % full_rows == row ? for_one : 0.0;
  Steps first, second;
  first.messages = sent * (is_relay ? 2 * (columns - 1) + guests : columns);
  first.points = is_relay ? points - for_column + (senders - 1) * for_column - staying : points - for_one;
  second.messages = (is_relay ? of_column - 1 : 0) + full_rows - (is_relay ? 1 : 0);
  second.points = is_relay ? senders * (for_column - for_one) + points - senders * for_one - staying : points - for_one;
  return {first, second};
}

}

void SetupTally::exchange(const Transfers& transfers, const std::function<std::int64_t(std::int64_t)>& bytes_of) {
  for (const Transfer& t : transfers)
    for (const int rank : {t.from, t.to}) {
      counts_[usize(rank)].messages += 2;
      counts_[usize(rank)].bytes += announcement_bytes + padded(bytes_of(t.count), double_bytes);
    }
}

void SetupTally::copy(const Transfers& transfers, std::int64_t bytes_of_each) {
  for (const Transfer& t : transfers)
    for (const int rank : {t.from, t.to}) {
      ++counts_[usize(rank)].messages;
      counts_[usize(rank)].bytes += bytes_of_each * t.count;
    }
}

void count_records(const Transfers& records, bool relayed, const Relays& relays, SetupTally& tally) {
  if (!relayed) {
    tally.exchange(records, [](std::int64_t count) { return record_bytes * count; });
    return;
  }
  Transfers bytes = records;
  for (Transfer& t : bytes) t.count = labelled(t.count);
  const RelayedTransfers steps = over_relays(bytes, relays);
  for (const Transfers* step : {&steps.to_relays, &steps.from_relays})
    tally.exchange(*step, [](std::int64_t all) { return all; });
}

void count_setup(const CallerPath& path, const Relays& relays, SetupTally& tally) {
  constexpr std::int64_t coordinates = 3 * double_bytes;
  if (!path.relayed) {
    connect(reversed(path.points), tally);
    tally.copy(path.points, coordinates);
    return;
  }
  const RelayedTransfers steps = over_relays(path.points, relays);
  tally.exchange(reversed(steps.from_relays), [](std::int64_t count) { return place_bytes * count; });
  tally.exchange(steps.from_relays, [](std::int64_t) { return number_bytes; });
  for (const Transfers* step : {&steps.to_relays, &steps.from_relays}) {
    connect(reversed(*step), tally);
    tally.copy(*step, coordinates);
  }
}

void count_apply(const CallerPath& path, const Relays& relays, std::int64_t values, bool new_points,
                 std::vector<CallerCounts>& ranks) {
  const auto count = [&](const Transfers& step) {
    for (const Transfer& t : step)
      for (const int rank : {t.from, t.to}) {
        CallerCounts& counts = ranks[usize(rank)];
        ++counts.messages;
        counts.bytes += values * double_bytes * t.count;
        if (new_points) counts.travelling += t.count;
      }
  };
  if (!path.relayed) return count(path.points);
  const RelayedTransfers steps = over_relays(path.points, relays);
  count(steps.to_relays);
  count(steps.from_relays);
}

Transfers overlaps(const std::vector<double>& from, const std::vector<double>& to) {
  Transfers transfers;
  for (std::size_t a = 0, b = 0; a + 1 < from.size() && b + 1 < to.size();) {
    const double begin = std::max(from[a], to[b]), end = std::min(from[a + 1], to[b + 1]);
    if (end > begin) transfers.push_back({static_cast<int>(a), static_cast<int>(b), std::llround(end - begin)});
    (from[a + 1] < to[b + 1] ? a : b) += 1;
  }
  return merged(std::move(transfers));
}

std::vector<CallerCounts> count_random_order(const Relays& relays, double points_per_rank, int most_partners,
                                             const std::vector<std::int64_t>& dims, int num_maps) {
  const int num_ranks = relays.num_ranks();
  const double others = num_ranks - 1.0;
  const double partners = others * (1.0 - std::exp(-points_per_rank / num_ranks));
  const bool relayed = std::llround(partners) > most_partners;
  std::vector<CallerCounts> ranks;
  for (int rank = 0; rank < num_ranks; ++rank) {
    Steps first, second;
    if (relayed)
      std::tie(first, second) = steps_over_relays(rank, relays, points_per_rank);
    else
      second = {2.0 * partners, 2.0 * points_per_rank * others / num_ranks};
    CallerCounts counts;
    const double points = first.points + second.points;
    for (const std::int64_t dim : dims) {
      counts.messages += std::llround(first.messages + second.messages);
      counts.bytes += std::llround(static_cast<double>(dim * double_bytes) * points);
    }
    counts.travelling = num_maps * std::llround(points);
    // As count_records and count_setup: of the records, of which numbers are wanted, and of coordinates.
    const auto of_maps = [&](double number) { return num_maps * std::llround(number); };
    counts.setup.messages = of_maps(relayed ? 5.0 * first.messages + 9.0 * second.messages : 5.0 * second.messages);
    counts.setup.bytes = of_maps(points * (record_bytes + number_bytes + 3 * double_bytes) +
                                 (relayed ? second.points * place_bytes : 0.0));
    ranks.push_back(counts);
  }
  return ranks;
}

}
