// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/work_model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/region.hpp"
#include "base/simd_level.hpp"
#include "fmm/costs.hpp"

namespace nearfar {
namespace {

constexpr Index num_predicted_parts = 256;

/// Measured: how the time of both matrices of a leaf is shared between P2M and L2P.
constexpr double leaf_in_p2m = 1.15, leaf_in_l2p = 2.0 - leaf_in_p2m;

/// Costs and sizes that all octants share.
struct Model {
  const EssentialTree& essential;
  const TargetLists& target_lists;
  LevelCosts costs;
  double pair;                          ///< direct sum of one pair when all vectors are counted
  double near_field_time;               ///< over that of the stored rate
  double weight;                        ///< of a point
  UnwrittenVector<double> num_sources;  ///< of each octant, weighted

  [[nodiscard]] double sources(Index i) const { return num_sources[usize(i)]; }
  [[nodiscard]] double targets(Index i) const { return weight * static_cast<double>(octant(i).num_targets); }

  [[nodiscard]] const OctantRecord& octant(Index i) const { return essential.tree.octants[usize(i)]; }
  [[nodiscard]] const InteractionLists& lists() const { return target_lists.lists; }
  [[nodiscard]] unsigned source_children(Index i) const { return target_lists.child_masks[usize(i)].sources; }
  [[nodiscard]] bool has_far_field(Index i) const { return level_of(essential.tree.key(i)) >= 2; }
};

void add_source_side(const Model& model, Index octant, PhaseWork& work) {
  const OctantRecord& record = model.octant(octant);
  if (record.num_sources == 0 || !model.has_far_field(octant)) return;
  const Costs& costs = model.costs.at(level_of(record.key));
  if (record.leaf != 0)
    work[Phase::p2m] += leaf_in_p2m * costs.leaf + model.sources(octant) * costs.source_point;
  else
    work[Phase::m2m] += std::popcount(model.source_children(octant)) * costs.translation;
}

/// M2L, of which octants of one family share the work.
struct FamilyShare {
  Index parent = -1;
  int neighbours = 0;  ///< colleagues of the parent whose children have sources
  int members = 0;     ///< octants with targets among the parent's children, whoever owns them
};

[[nodiscard]] FamilyShare family_of(const Model& model, Index parent) {
  const Octree& tree = model.essential.tree;
  FamilyShare share{.parent = parent};
  for (int d = 0; d < num_directions; ++d) {
    const Index other = model.target_lists.colleagues[parent][usize(d)];
    if (other >= 0 && d != own_direction && model.source_children(other) != 0) ++share.neighbours;
  }
  for (int number = 0; number < 8; ++number) {
    const Index child = tree.child(parent, number);
    if (child >= 0 && tree.octants[usize(child)].num_targets > 0) ++share.members;
  }
  return share;
}

void add_target_side(const Model& model, Index t, const FamilyShare& family, PhaseWork& work) {
  const Index octant = model.target_lists.targets[usize(t)];
  const OctantRecord& record = model.octant(octant);
  const Costs& costs = model.costs.at(level_of(record.key));
  const double targets = model.targets(octant);
  const auto sources_of = [&](std::span<const Index> leaves) {
    double sum = 0.0;
    for (const Index leaf : leaves) sum += model.sources(leaf);
    return sum;
  };
  if (model.has_far_field(octant)) {
    const double by_families = costs.family_pair * family.neighbours / family.members;
    const double by_pairs = costs.octant_pair * model.lists().v_length[usize(t)];
    // The multipoles around are transformed where they are wanted, about one for each local.
    if (family.neighbours > 0) work[Phase::m2l] += costs.transform + std::min(by_families, by_pairs);
    if (level_of(record.key) > 2) work[Phase::l2l] += costs.translation;
    if (record.leaf != 0) work[Phase::l2p] += leaf_in_l2p * costs.leaf + targets * costs.target_point;
  }
  std::span<const Index> near = model.lists().direct[t];
  double sources = sources_of(near);
  // Most leaves at the depth limit are piles of equal points, whose own sums vanish.
  if (level_of(record.key) == max_depth && std::find(near.begin(), near.end(), octant) != near.end())
    sources -= model.sources(octant);
  work[Phase::p2p] += model.near_field_time * (targets * sources * model.pair + (near.empty() ? 0.0 : costs.near_leaf));
  for (const Index smaller : model.lists().w[t])
    work[Phase::m2p] += targets * model.costs.at(level_of(model.essential.tree.key(smaller))).surface;
  work[Phase::p2l] += sources_of(model.lists().x[t]) * costs.surface;
}

/// Work of the own octants among some, into their slots.
void predict_part(const Model& model, IndexRange part, OctantWorks& octants) {
  const Octree& tree = model.essential.tree;
  const auto& targets = model.target_lists.targets;
  FamilyShare family;
  auto t = static_cast<Index>(std::lower_bound(targets.begin(), targets.end(), part.begin) - targets.begin());
  for (Index i = part.begin; i < part.end; ++i) {
    if (!model.essential.is_owned(i)) continue;
    PhaseWork work;
    add_source_side(model, i, work);
    if (t < size_of(targets) && targets[usize(t)] == i) {
      const Index parent = tree.parent[usize(i)];
      if (parent >= 0 && parent != family.parent) family = family_of(model, parent);
      add_target_side(model, t++, family, work);
    }
    octants[usize(model.octant(i).slot)] = {tree.key(i), work};
  }
}

}

double PhaseWork::total() const noexcept { return std::accumulate(ns.begin(), ns.end(), 0.0); }

PhaseWork& PhaseWork::operator+=(const PhaseWork& other) noexcept {
  for (std::size_t i = 0; i < ns.size(); ++i) ns[i] += other.ns[i];
  return *this;
}

void predict_work(const EssentialTree& essential, const TargetLists& lists, const Kernel& kernel,
                  const Options& options, const LevelOrders& orders, int point_weight, OctantWorks& octants) {
  const LevelCosts costs(kernel, orders, options.precision);
  Model model{essential,
              lists,
              costs,
              costs.of_small_boxes().pair * cost_beside_others(kernel, options.num_vectors),
              near_field_time_here(),
              1.0 * point_weight,
              {}};
  model.num_sources.resize(usize(essential.tree.size()));
  parallel_for(std::size_t{0}, model.num_sources.size(), [&](std::size_t i) {
    model.num_sources[i] = model.weight * static_cast<double>(essential.tree.octants[i].num_sources);
  });
  octants.resize(usize(essential.num_owned));
  parallel_pieces(num_predicted_parts, [&](Index part) {
    const auto begin = [&](Index p) {
      return static_cast<Index>(std::int64_t{essential.tree.size()} * p / num_predicted_parts);
    };
    predict_part(model, {begin(part), begin(part + 1)}, octants);
  });
}

double near_field_time_here() {
  constexpr double with_vectors_of_eight = 0.62;  // measured: 0.55 to 0.71 where M2L takes 1.0 to 1.1, orders 5 to 10
#ifdef __AVX512F__
  return with_vectors_of_eight;  // compiled for this processor alone
#endif
  return simd_level() == SimdLevel::v4 ? with_vectors_of_eight : 1.0;
}

PhaseWork sum_of(const OctantWorks& octants) noexcept {
  PhaseWork sum;
  for (const OctantWork& octant : octants) sum += octant.work;
  return sum;
}

WorkProfile make_profile(const OctantWorks& octants, const PhaseWork& factors) {
  std::vector<std::pair<PointKey, std::int64_t>> costs;
  costs.reserve(octants.size());
  for (const OctantWork& octant : octants) {
    double ns = 0.0;
    for (std::size_t i = 0; i < factors.ns.size(); ++i) ns += factors.ns[i] * octant.work.ns[i];
    costs.emplace_back(middle_point(octant.key), std::llround(ns));
  }
  return WorkProfile(std::move(costs));
}

PhaseWork same_factors() noexcept {
  PhaseWork factors;
  factors.ns.fill(1.0);
  return factors;
}

PhaseWork measured_work(const PhaseLog& log) {
  PhaseWork measured;
  for (auto i = static_cast<int>(Phase::p2m); i <= static_cast<int>(Phase::p2p); ++i)
    measured[static_cast<Phase>(i)] = 1e9 * log.time(static_cast<Phase>(i)).cpu_seconds;
  return measured;
}

PhaseWork measured_factors(const PhaseWork& predicted, const PhaseWork& measured) {
  PhaseWork factors;
  for (std::size_t i = 0; i < factors.ns.size(); ++i)
    factors.ns[i] = predicted.ns[i] > 0.0 && measured.ns[i] > 0.0 ? measured.ns[i] / predicted.ns[i] : 1.0;
  return factors;
}

double imbalance(MPI_Comm communicator, double work) {
  const double sum = all_sum(communicator, work);
  return sum > 0.0 ? all_max(communicator, work) * size_of_communicator(communicator) / sum : 1.0;
}

}
