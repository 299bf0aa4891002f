// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/virtual_cuts.hpp"

#include <algorithm>
#include <numeric>

namespace nearfar {
namespace {

/// Counts what is added up where all points are.
class CountedReductions final : public GlobalCounts {
 public:
  void add_up(std::span<const KeyRange>, std::span<std::int64_t> counts) override { add(counts.size_bytes()); }
  void add(std::size_t bytes) noexcept {
    ++number_;
    bytes_ += static_cast<std::int64_t>(bytes);
  }
  [[nodiscard]] std::int64_t number() const noexcept { return number_; }
  [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }

 private:
  std::int64_t number_ = 0, bytes_ = 0;
};

void cut_by(const PartitionOptions& options, const Layout& whole, int num_ranks, CountedReductions& reductions,
            VirtualCuts& result) {
  Cuts cuts = choose_cuts(reductions, whole.partition, options, num_ranks);
  reductions.add(cuts.shared_octants.size() * sizeof(Index));  // their slots
  result.splitters = std::move(cuts.splitters);
  result.deepest_shared_level = cuts.shared_octants.empty() ? -1 : level_of(cuts.shared_octants.back().key);
  result.bytes = static_cast<std::int64_t>(result.splitters.size() * sizeof(PointKey) +
                                           cuts.shared_octants.size() * sizeof(OctantRecord));
  result.owners.clear();
  for (const OctantRecord& octant : whole.essential.tree.octants)
    result.owners.push_back(owner_of_octant(result.splitters, octant.key));
}

}

VirtualCuts make_virtual_cuts(const Layout& whole, int num_ranks) {
  CountedReductions reductions;
  VirtualCuts cuts;
  PartitionOptions options{.points_per_leaf = whole.partition.points_per_leaf, .root = whole.partition.root};
  cut_by(options, whole, num_ranks, reductions, cuts);
  cuts.first_splitters = cuts.splitters;
  cuts.twice = imbalance_of(work_of(whole, cuts)) > tolerated_imbalance;
  if (cuts.twice) {
    options.work = make_profile(whole.octant_work, same_factors());
    cut_by(options, whole, num_ranks, reductions, cuts);
  }
  cuts.reductions = reductions.number();
  cuts.reduced_bytes = reductions.bytes();
  return cuts;
}

std::vector<double> work_of(const Layout& whole, const VirtualCuts& cuts) {
  std::vector<double> work(usize(cuts.num_ranks()), 0.0);
  for (std::size_t i = 0; i < whole.octant_work.size(); ++i)
    work[usize(cuts.owners[i])] += whole.octant_work[i].work.total();
  return work;
}

double imbalance_of(const std::vector<double>& work) {
  const double sum = std::accumulate(work.begin(), work.end(), 0.0);
  return sum > 0.0 ? *std::max_element(work.begin(), work.end()) * static_cast<double>(work.size()) / sum : 1.0;
}

}
