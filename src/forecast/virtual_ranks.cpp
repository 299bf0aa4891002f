// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/virtual_ranks.hpp"

#include <algorithm>
#include <cmath>

#include "forecast/caller_paths.hpp"
#include "forecast/fewer_ranks.hpp"
#include "forecast/tree_setup.hpp"

namespace nearfar {
namespace {

/// Something of one rank that another needs: an octant or a source leaf, once for each rank that needs it.
struct Need {
  Index octant = 0;
  int user = 0;
  friend auto operator<=>(const Need&, const Need&) = default;
};

/// Sorts and drops what is there twice, and what a rank needs of itself.
void make_unique(std::vector<Need>& needs, const std::vector<int>& owners) {
  std::erase_if(needs, [&](const Need& need) { return owners[usize(need.octant)] == need.user; });
  std::sort(needs.begin(), needs.end());
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
}

constexpr std::int64_t most_sampled = 1 << 14;  ///< points, about

class Simulation {
 public:
  Simulation(const WholeTree& whole, int num_ranks)
      : whole_(whole),
        layout_(whole.layout),
        cuts_(make_virtual_cuts(whole.layout, num_ranks)),
        ranks_(usize(num_ranks)),
        setup_(num_ranks) {}

  std::vector<VirtualRank> run(const VirtualRun& run, const Growth& growth) {
    cuts_.ranks_per_node = run.ranks_per_node;
    count_tree_setup(tree(), cuts_.first_splitters, layout_.partition.points_per_leaf, setup_);
    if (cuts_.twice) count_tree_setup(tree(), cuts_.splitters, layout_.partition.points_per_leaf, setup_);
    count_moves_between_cuts(layout_, cuts_, setup_);
    count_octants();
    exchange_multipoles();
    exchange_sources();
    exchange_coarse();
    connect_forests();
    count_neighbours();
    for (std::size_t r = 0; r < ranks_.size(); ++r) ranks_[r].setup = setup_.counts()[r];
    for (VirtualRank& rank : ranks_) scale(growth, rank);
    count_caller_order(run);
    for (VirtualRank& rank : ranks_) {
      rank.setup.trees = cuts_.twice ? 2 : 1;
      rank.sizes.cut_bytes = cuts_.bytes;
    }
    count_reductions();
    return std::move(ranks_);
  }

 private:
  [[nodiscard]] const Octree& tree() const noexcept { return layout_.essential.tree; }
  [[nodiscard]] int owner(Index octant) const { return cuts_.owners[usize(octant)]; }
  [[nodiscard]] bool has_multipole(Index octant) const {
    return level_of(tree().key(octant)) >= 2 && tree().octants[usize(octant)].num_sources > 0;
  }

  /// Whether the owner of its parent gets a multipole before the others.
  [[nodiscard]] bool goes_up(const Need& need) const {
    return level_of(tree().key(need.octant)) > 2 && owner(tree().parent[usize(need.octant)]) == need.user;
  }

  void count_octants() {
    std::vector<std::array<std::int64_t, max_depth + 1>> by_level(ranks_.size());
    for (Index i = 0; i < tree().size(); ++i) {
      const OctantRecord& octant = tree().octants[usize(i)];
      VirtualRank& rank = ranks_[usize(owner(i))];
      rank.work += layout_.octant_work[usize(i)].work;
      ++rank.sizes.octants;
      ++rank.sizes.multipoles;
      ++rank.sizes.locals;
      auto& of_level = by_level[usize(owner(i))][usize(level_of(octant.key))];
      rank.sizes.largest_level = std::max(rank.sizes.largest_level, ++of_level);
      rank.sizes.depth = whole_.layout.statistics.depth;
      if (octant.leaf == 0) {
        ++rank.sizes.parents;
        continue;
      }
      rank.sizes.sources += octant.num_sources * layout_.tuning.point_weight;
      rank.sizes.targets += octant.num_targets * layout_.tuning.point_weight;
    }
    for (Index t = 0; t < size_of(whole_.interactions.targets); ++t) {
      RankSizes& sizes = ranks_[usize(owner(whole_.interactions.targets[usize(t)]))].sizes;
      sizes.near_ranges += static_cast<std::int64_t>(whole_.interactions.near[t].size());
      sizes.wx_members += static_cast<std::int64_t>(whole_.interactions.w[t].size() + whole_.interactions.x[t].size());
    }
  }

  /// One message for each pair of ranks, with `blocks_of(octant)` blocks of so many doubles for each need.
  template <class BlocksOf>
  void send(const std::vector<Need>& needs, std::int64_t block, const BlocksOf& blocks_of, bool coarse) {
    Transfers transfers;
    for (const Need& need : needs) transfers.push_back({owner(need.octant), need.user, blocks_of(need.octant)});
    transfers = merged(std::move(transfers));
    for (const Transfer& t : transfers)
      for (const int rank : {t.from, t.to}) {
        CommunicationCounts& counts = ranks_[usize(rank)].communication;
        ++counts.messages;
        if (coarse) ++counts.coarse_messages;
        counts.bytes += t.count * block * std::int64_t{sizeof(double)};
      }
    copied_.insert(copied_.end(), transfers.begin(), transfers.end());
    last_ = std::move(transfers);
  }

  /// Every rank asks others for all that it copies, by one message to each.
  void connect_forests() {
    const std::int64_t num_forests = 3 + 2 * (cuts_.deepest_shared_level + 2);
    copied_ = merged(std::move(copied_));
    setup_.exchange(reversed(copied_),
                    [&](std::int64_t count) { return std::int64_t{sizeof(Index)} * (num_forests + count); });
  }

  void count_neighbours() {
    Transfers pairs;
    for (const Transfer& t : copied_) pairs.push_back({std::min(t.from, t.to), std::max(t.from, t.to), 0});
    for (const Transfer& t : merged(std::move(pairs)))
      for (const int rank : {t.from, t.to}) ++ranks_[usize(rank)].communication.neighbours;
  }

  [[nodiscard]] std::int64_t multipole_block() const {
    return std::int64_t{surface_size(layout_.tuning.options.order)} * layout_.tuning.kernel.of_expansions().source_dim;
  }

  [[nodiscard]] std::int64_t local_block() const {
    return std::int64_t{surface_size(layout_.tuning.options.order)} * layout_.tuning.kernel.of_expansions().target_dim;
  }

  /// V lists by families, W lists, and M2M.
  void exchange_multipoles() {
    const Interactions& lists = whole_.interactions;
    std::vector<Need> needs;
    const auto need = [&](Index octant, int user) {
      if (has_multipole(octant)) needs.push_back({octant, user});
    };
    for (Index parent = 0; parent < tree().size(); ++parent) {
      std::vector<int> users;  // owners of the targets among the children
      for (int number = 0; number < 8; ++number)
        if (const Index child = tree().child(parent, number);
            child >= 0 && tree().octants[usize(child)].num_targets > 0 &&
            std::find(users.begin(), users.end(), owner(child)) == users.end())
          users.push_back(owner(child));
      if (users.empty()) continue;
      for (int d = 0; d < num_directions; ++d) {
        const Index other = lists.colleagues[parent][usize(d)];
        if (other < 0 || d == own_direction) continue;
        for (int number = 0; number < 8; ++number)
          if (const Index child = tree().child(other, number); child >= 0)
            for (const int user : users) need(child, user);
      }
    }
    for (Index t = 0; t < size_of(lists.targets); ++t)
      for (const Index octant : lists.w[t]) need(octant, owner(lists.targets[usize(t)]));
    for (Index i = 1; i < tree().size(); ++i) need(i, owner(tree().parent[usize(i)]));
    make_unique(needs, cuts_.owners);
    for (const bool shared : {false, true}) {
      std::vector<Need> sent;
      for (const Need& n : needs)
        if (!goes_up(n) && is_shared(cuts_.splitters, tree().key(n.octant)) == shared) sent.push_back(n);
      send(
          sent, multipole_block(), [](Index) { return 1; }, false);
    }
    for (const Need& n : needs) {
      VirtualRank& user = ranks_[usize(n.user)];
      ++user.communication.ghost_multipoles;
      ++user.sizes.multipoles;
      ++user.sizes.ghost_multipoles;
      ++user.sizes.octants;
    }
  }

  void exchange_sources() {
    const Interactions& lists = whole_.interactions;
    std::vector<Need> needs;
    for (Index t = 0; t < size_of(lists.targets); ++t) {
      const int user = owner(lists.targets[usize(t)]);
      for (const Index leaf : whole_.lists.lists.direct[t]) needs.push_back({leaf, user});
      for (const Index leaf : lists.x[t]) needs.push_back({leaf, user});
    }
    make_unique(needs, cuts_.owners);
    const auto count = [&](Index leaf) {
      return tree().octants[usize(leaf)].num_sources * layout_.tuning.point_weight;
    };
    send(needs, layout_.tuning.kernel.source_dim, count, false);
    setup_.copy(last_, 3 * std::int64_t{sizeof(double)});
    for (const Need& n : needs) {
      ranks_[usize(n.user)].communication.ghost_sources += count(n.octant);
      ranks_[usize(n.user)].sizes.ghost_sources += count(n.octant);
    }
  }

  /// Between the owners of parents and of their children, level by level: multipoles up and locals down.
  void exchange_coarse() {
    for (int level = 3; level < tree().num_levels(); ++level) {
      std::vector<Need> up, down;
      for (Index i = tree().level_begin[usize(level)]; i < tree().level_begin[usize(level) + 1]; ++i) {
        const Index parent = tree().parent[usize(i)];
        if (owner(parent) == owner(i)) continue;
        if (has_multipole(i)) up.push_back({i, owner(parent)});
        if (tree().octants[usize(i)].num_targets > 0) down.push_back({parent, owner(i)});
      }
      make_unique(up, cuts_.owners);
      make_unique(down, cuts_.owners);
      const auto one = [](Index) { return 1; };
      send(up, multipole_block(), one, true);
      send(down, local_block(), one, true);
      for (const Need& n : down) {
        ++ranks_[usize(n.user)].communication.ghost_locals;
        ++ranks_[usize(n.user)].sizes.locals;
      }
    }
  }

  /// Counted in real runs; each exchange without known partners takes one to find them.
  void count_reductions() {
    const bool travels =
        std::any_of(ranks_.begin(), ranks_.end(), [](const auto& r) { return r.sizes.travelling > 0; });
    const int num_maps = layout_.partition.targets_are_sources ? 1 : 2;
    constexpr int always = 16, of_map = 4, of_tree = 2, of_moves = 3, of_sample = 4;
    std::int64_t number = cuts_.reductions + always + of_map * num_maps;
    if (cuts_.twice) number += of_tree + of_moves * num_maps;
    if (travels) number += 1 + num_maps;
    std::int64_t bytes = cuts_.reduced_bytes;
    if (whole_.is_sampled) {
      number += of_sample;
      bytes += std::min(layout_.partition.num_sources, most_sampled) * std::int64_t{sizeof(PointKey)};
    }
    for (VirtualRank& rank : ranks_) {
      rank.setup.reductions = number;
      rank.setup.reduced_bytes = bytes;
    }
  }

  /// Charges come from, and potentials go back to, the ranks that have the points.
  void count_caller_order(const VirtualRun& run) {
    const auto count = [&](CallerOrder order) { return count_caller(layout_, cuts_, order, run.factor); };
    const std::vector<CallerCounts> random = count(CallerOrder::random), sorted = count(CallerOrder::tree);
    const std::vector<CallerCounts> given = run.order == CallerOrder::given  ? count(CallerOrder::given)
                                            : run.order == CallerOrder::tree ? sorted
                                                                             : random;
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      VirtualRank& rank = ranks_[r];
      rank.in_random_order = random[r];
      rank.in_tree_order = sorted[r];
      rank.communication.caller_messages = given[r].messages;
      rank.communication.caller_bytes = given[r].bytes;
      rank.sizes.travelling = given[r].travelling;
      rank.setup.messages += given[r].setup.messages;
      rank.setup.bytes += given[r].setup.bytes;
    }
  }

  const WholeTree& whole_;
  const Layout& layout_;
  VirtualCuts cuts_;
  std::vector<VirtualRank> ranks_;
  SetupTally setup_;
  Transfers copied_, last_;  // by an apply, of all kinds and of one
};

}

WholeTree::WholeTree(MPI_Comm communicator_, const Kernel& kernel, const CallerPoints& points, const Options& options,
                     int point_weight)
    : communicator(communicator_), is_sampled(options.points_per_leaf == 0 || options.root_scale == 0.0) {
  PhaseLog log;
  lists = make_layout(communicator, points, {.kernel = kernel, .options = options, .point_weight = point_weight},
                      layout, log);
  interactions = make_interactions(communicator, layout.partition, layout.essential, layout.points, lists);
}

namespace {

template <class Number>
[[nodiscard]] std::vector<double> numbers_of(const std::vector<VirtualRank>& ranks, const Number& number) {
  std::vector<double> numbers;
  for (const VirtualRank& rank : ranks) numbers.push_back(static_cast<double>(number(rank)));
  return numbers;
}

void keep_imbalance(const std::vector<VirtualRank>& of_fewer, std::vector<VirtualRank>& ranks) {
  const auto work_of = [](const VirtualRank& rank) { return rank.work.total(); };
  const std::vector<double> work = numbers_of(ranks, work_of),
                            wanted = with_imbalance_of(numbers_of(of_fewer, work_of), work);
  for (std::size_t r = 0; r < ranks.size(); ++r)
    if (work[r] > 0.0)
      for (double& ns : ranks[r].work.ns) ns *= wanted[r] / work[r];
}

void keep_shared(const std::vector<VirtualRank>& of_fewer, std::vector<VirtualRank>& ranks) {
  const auto keep = [&](const auto& number) {
    const std::vector<double> wanted = with_mean_of(numbers_of(of_fewer, number), numbers_of(ranks, number));
    for (std::size_t r = 0; r < ranks.size(); ++r) number(ranks[r]) = std::llround(wanted[r]);
  };
  for (VirtualRank& rank : ranks)
    for (auto* all : {&rank.sizes.multipoles, &rank.sizes.octants}) *all -= rank.sizes.ghost_multipoles;
  keep([](auto& rank) -> auto& { return rank.communication.bytes; });
  keep([](auto& rank) -> auto& { return rank.communication.ghost_sources; });
  keep([](auto& rank) -> auto& { return rank.communication.ghost_multipoles; });
  keep([](auto& rank) -> auto& { return rank.sizes.ghost_sources; });
  keep([](auto& rank) -> auto& { return rank.sizes.ghost_multipoles; });
  for (VirtualRank& rank : ranks)
    for (auto* all : {&rank.sizes.multipoles, &rank.sizes.octants}) *all += rank.sizes.ghost_multipoles;
}

}

std::vector<VirtualRank> make_virtual_ranks(const WholeTree& whole, const VirtualRun& run) {
  const TreeStatistics& tree = whole.layout.statistics;
  constexpr int least_ranks = 8;
  const int as_full = std::max(static_cast<int>(run.num_ranks / run.factor), std::min(run.num_ranks, least_ranks));
  if (as_full == run.num_ranks) return Simulation(whole, run.num_ranks).run(run, growth_of(tree, run.factor));
  VirtualRun of_fewer = run;
  of_fewer.num_ranks = as_full;
  of_fewer.factor = run.factor * as_full / run.num_ranks;
  const std::vector<VirtualRank> fewer = Simulation(whole, as_full).run(of_fewer, growth_of(tree, of_fewer.factor));
  std::vector<VirtualRank> ranks = Simulation(whole, run.num_ranks).run(run, {run.factor, 1.0});
  keep_imbalance(fewer, ranks);
  keep_shared(fewer, ranks);
  return ranks;
}

}
