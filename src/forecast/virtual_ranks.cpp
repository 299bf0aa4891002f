// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/virtual_ranks.hpp"

#include <algorithm>
#include <numeric>

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

/// A message between two ranks, some of which are of one kind.
using Message = std::pair<int, int>;

class Simulation {
 public:
  Simulation(const WholeTree& whole, int num_ranks) : whole_(whole), layout_(whole.layout), ranks_(usize(num_ranks)) {
    cut();
  }

  std::vector<VirtualRank> run() {
    count_octants();
    exchange_multipoles();
    exchange_sources();
    exchange_coarse();
    count_caller_order();
    std::sort(partners_.begin(), partners_.end());
    partners_.erase(std::unique(partners_.begin(), partners_.end()), partners_.end());
    for (const auto& [a, b] : partners_) {
      ++ranks_[usize(a)].communication.neighbours;
      ++ranks_[usize(b)].communication.neighbours;
    }
    return std::move(ranks_);
  }

 private:
  [[nodiscard]] const Octree& tree() const noexcept { return layout_.essential.tree; }
  [[nodiscard]] int owner(Index octant) const { return owners_[usize(octant)]; }
  [[nodiscard]] bool has_multipole(Index octant) const {
    return level_of(tree().key(octant)) >= 2 && tree().octants[usize(octant)].num_sources > 0;
  }

  void find_owners(std::span<const PointKey> splitters) {
    owners_.clear();
    for (const OctantRecord& octant : tree().octants) owners_.push_back(owner_of(splitters, first_point(octant.key)));
  }

  /// As the plan of a real run: by points, and where that leaves the work uneven by work.
  void cut() {
    const MPI_Comm comm = whole_.communicator;
    const auto num_ranks = static_cast<int>(ranks_.size());
    PartitionOptions options{.points_per_leaf = layout_.partition.points_per_leaf, .root = layout_.partition.root};
    splitters_ = choose_cuts(comm, layout_.partition, options, num_ranks).splitters;
    find_owners(splitters_);
    std::vector<double> work(ranks_.size(), 0.0);
    for (std::size_t i = 0; i < layout_.octant_work.size(); ++i)
      work[usize(owners_[i])] += layout_.octant_work[i].work.total();
    const double sum = std::accumulate(work.begin(), work.end(), 0.0);
    if (*std::max_element(work.begin(), work.end()) * num_ranks <= tolerated_imbalance * sum) return;
    options.work = make_profile(layout_.octant_work, same_factors());
    splitters_ = choose_cuts(comm, layout_.partition, options, num_ranks).splitters;
    find_owners(splitters_);
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
    std::vector<Message> messages;
    for (const Need& need : needs) {
      const int from = owner(need.octant);
      messages.emplace_back(from, need.user);
      const std::int64_t bytes = blocks_of(need.octant) * block * std::int64_t{sizeof(double)};
      ranks_[usize(from)].communication.bytes += bytes;
      ranks_[usize(need.user)].communication.bytes += bytes;
    }
    std::sort(messages.begin(), messages.end());
    messages.erase(std::unique(messages.begin(), messages.end()), messages.end());
    for (const auto& [from, to] : messages) {
      for (const int rank : {from, to}) {
        ++ranks_[usize(rank)].communication.messages;
        if (coarse) ++ranks_[usize(rank)].communication.coarse_messages;
      }
      partners_.emplace_back(std::min(from, to), std::max(from, to));
    }
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
    make_unique(needs, owners_);
    send(
        needs, multipole_block(), [](Index) { return 1; }, false);
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
    make_unique(needs, owners_);
    const auto count = [&](Index leaf) {
      return tree().octants[usize(leaf)].num_sources * layout_.tuning.point_weight;
    };
    send(needs, layout_.tuning.kernel.source_dim, count, false);
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
      make_unique(up, owners_);
      make_unique(down, owners_);
      const auto one = [](Index) { return 1; };
      send(up, multipole_block(), one, true);
      send(down, local_block(), one, true);
      for (const Need& n : down) {
        ++ranks_[usize(n.user)].communication.ghost_locals;
        ++ranks_[usize(n.user)].sizes.locals;
      }
    }
  }

  /// Charges come from, and potentials go back to, the ranks that read the particles.
  void count_caller_order() {
    const Partition& partition = layout_.partition;
    count_caller_points(partition.sources, partition.num_sources, layout_.tuning.kernel.source_dim, true);
    count_caller_points(partition.target_records(), partition.num_targets, layout_.tuning.kernel.target_dim,
                        !partition.targets_are_sources);
  }

  /// `new_points`: not those counted before.
  void count_caller_points(const PointRecords& records, std::int64_t count, std::int64_t dim, bool new_points) {
    const auto num_ranks = static_cast<std::int64_t>(ranks_.size());
    std::vector<Message> messages;
    for (const PointRecord& record : records) {
      const int there = owner_of(splitters_, record.key);
      // Rank r reads the points from count * r / num_ranks on.
      auto here = static_cast<int>(record.index * num_ranks / count);
      while ((here + 1) * count / num_ranks <= record.index) ++here;
      if (here == there) continue;
      messages.emplace_back(here, there);
      for (const int rank : {here, there}) {
        ranks_[usize(rank)].communication.caller_bytes +=
            layout_.tuning.point_weight * dim * std::int64_t{sizeof(double)};
        if (new_points) ranks_[usize(rank)].sizes.travelling += layout_.tuning.point_weight;
      }
    }
    std::sort(messages.begin(), messages.end());
    messages.erase(std::unique(messages.begin(), messages.end()), messages.end());
    for (const auto& [from, to] : messages)
      for (const int rank : {from, to}) ++ranks_[usize(rank)].communication.caller_messages;
  }

  const WholeTree& whole_;
  const Layout& layout_;
  std::vector<VirtualRank> ranks_;
  std::vector<PointKey> splitters_;
  std::vector<int> owners_;        // by octant
  std::vector<Message> partners_;  // lower rank first
};

}

WholeTree::WholeTree(MPI_Comm communicator_, const Kernel& kernel, const CallerPoints& points, const Options& options,
                     int point_weight)
    : communicator(communicator_) {
  PhaseLog log;
  lists = make_layout(communicator, points, {.kernel = kernel, .options = options, .point_weight = point_weight},
                      layout, log);
  interactions = make_interactions(communicator, layout.partition, layout.essential, layout.points, lists);
}

std::vector<VirtualRank> make_virtual_ranks(const WholeTree& whole, int num_ranks) {
  return Simulation(whole, num_ranks).run();
}

}
