// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/caller_paths.hpp"

#include <array>
#include <cmath>

namespace nearfar {
namespace {

/// visit(records, numbers of each point that travel in an apply) for the sources, and the targets if they are others.
template <class Visit>
void for_each_kind(const Layout& whole, const Visit& visit) {
  const std::array<std::int64_t, 2> dims{whole.tuning.kernel.source_dim, whole.tuning.kernel.target_dim};
  const std::span both(dims);
  visit(whole.partition.sources, whole.partition.targets_are_sources ? both : both.first(1));
  if (!whole.partition.targets_are_sources) visit(whole.partition.targets, both.last(1));
}

/// Points before each splitter.
[[nodiscard]] std::vector<double> points_before(const PointRecords& records, const std::vector<PointKey>& splitters,
                                                double weight) {
  std::vector<double> before;
  Index place = 0;
  for (const PointKey splitter : splitters) {
    while (place < size_of(records) && records[usize(place)].key < splitter) ++place;
    before.push_back(weight * place);
  }
  return before;
}

[[nodiscard]] Transfers from_tree_order(const PointRecords& records, const std::vector<PointKey>& splitters,
                                        double weight) {
  const std::vector<double> before = points_before(records, splitters, weight);
  std::vector<double> of_caller;
  for (std::size_t rank = 0; rank < before.size(); ++rank)
    of_caller.push_back(std::floor(before.back() * static_cast<double>(rank) / static_cast<double>(before.size() - 1)));
  return overlaps(of_caller, before);
}

[[nodiscard]] Transfers from_given_order(const PointRecords& records, const std::vector<PointKey>& splitters) {
  const auto count = static_cast<std::int64_t>(records.size());
  const auto num_ranks = static_cast<std::int64_t>(splitters.size()) - 1;
  Transfers transfers;
  for (const PointRecord& record : records) {
    // Rank r reads the points from count * r / num_ranks on.
    auto here = record.index * num_ranks / count;
    while ((here + 1) * count / num_ranks <= record.index) ++here;
    transfers.push_back({static_cast<int>(here), owner_of(splitters, record.key), 1});
  }
  return merged(std::move(transfers));
}

[[nodiscard]] Transfers moves_between_cuts(const PointRecords& records, const VirtualCuts& cuts, double weight) {
  return overlaps(points_before(records, cuts.first_splitters, weight), points_before(records, cuts.splitters, weight));
}

[[nodiscard]] std::vector<CallerCounts> count_paths(const Layout& whole, const VirtualCuts& cuts, CallerOrder order,
                                                    double weight) {
  const int num_ranks = cuts.num_ranks(), most_partners = whole.tuning.options.most_partners;
  const Relays relays = cuts.relays();
  const auto from_caller = [&](const PointRecords& records, const std::vector<PointKey>& splitters) {
    return order == CallerOrder::tree ? from_tree_order(records, splitters, weight)
                                      : from_given_order(records, splitters);
  };
  std::vector<CallerCounts> counts(usize(num_ranks));
  SetupTally tally(num_ranks);
  bool are_far = false;
  for_each_kind(whole, [&](const PointRecords& records, std::span<const std::int64_t>) {
    const Transfers to_owners = from_caller(records, cuts.first_splitters);
    const bool relayed = most_receivers(to_owners, num_ranks) > most_partners;
    count_records(to_owners, relayed, relays, tally);
    are_far = are_far || relayed ||
              (cuts.twice && most_receivers(moves_between_cuts(records, cuts, weight), num_ranks) > most_partners);
  });
  for_each_kind(whole, [&](const PointRecords& records, std::span<const std::int64_t> dims) {
    CallerPath path{.points = from_caller(records, cuts.splitters)};
    path.relayed = most_receivers(reversed(path.points), num_ranks) > (are_far ? 0 : most_partners);
    for (std::size_t i = 0; i < dims.size(); ++i) count_apply(path, relays, dims[i], i == 0, counts);
    count_setup(path, relays, tally);
  });
  for (std::size_t r = 0; r < counts.size(); ++r) counts[r].setup = tally.counts()[r];
  return counts;
}

}

std::vector<CallerCounts> count_caller(const Layout& whole, const VirtualCuts& cuts, CallerOrder order, double factor) {
  const double weight = whole.tuning.point_weight * factor;
  if (order != CallerOrder::random) return count_paths(whole, cuts, order, weight);
  std::vector<std::int64_t> all_dims;
  double num_points = 0.0;
  int num_maps = 0;
  for_each_kind(whole, [&](const PointRecords& records, std::span<const std::int64_t> dims) {
    num_points += weight * static_cast<double>(records.size());
    all_dims.insert(all_dims.end(), dims.begin(), dims.end());
    ++num_maps;
  });
  return count_random_order(cuts.relays(), num_points / num_maps / cuts.num_ranks(), whole.tuning.options.most_partners,
                            all_dims, num_maps);
}

void count_moves_between_cuts(const Layout& whole, const VirtualCuts& cuts, SetupTally& tally) {
  if (!cuts.twice) return;
  for_each_kind(whole, [&](const PointRecords& records, std::span<const std::int64_t>) {
    const Transfers moves = moves_between_cuts(records, cuts, whole.tuning.point_weight);
    const bool relayed = most_receivers(moves, cuts.num_ranks()) > whole.tuning.options.most_partners;
    count_records(moves, relayed, cuts.relays(), tally);
  });
}

}
