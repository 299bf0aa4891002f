// SPDX-License-Identifier: BSD-3-Clause
#include "domain/interactions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "support/interaction_checks.hpp"
#include "support/keys.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// Each setting, cut at random borders of leaves or where points are even.
template <class Action>
void for_all_domains(Index direct_limit, const Action& action, bool cut_evenly = false) {
  unsigned seed = 0;
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    std::vector<PointKey> borders;
    if (!cut_evenly) borders = random_leaf_borders(global_tree(setting, root_of(setting)), ++seed, comm);
    Interacting domain(setting, direct_limit, borders);
    action(setting, domain);
  }
}

std::set<OctantKey> keys_of(const Interacting& domain, std::span<const Index> list) {
  std::set<OctantKey> keys;
  for (const Index i : list) EXPECT_TRUE(keys.insert(domain.octant(i).key).second) << "twice in a list";
  return keys;
}

std::set<OctantKey> as_set(const std::vector<OctantKey>& keys) { return {keys.begin(), keys.end()}; }

TEST(Interactions, EverySourceReachesEveryTargetOnce) {
  for_all_domains(
      0, [](const auto& setting, auto& domain) { expect_full_coverage(setting, domain); }, true);
  for (const Index direct_limit : {4, 1000})
    for_all_domains(direct_limit, [](const auto& setting, auto& domain) { expect_full_coverage(setting, domain); });
}

TEST(Interactions, ListsAreThoseOfTheGlobalTree) {
  for_all_domains(0, [](const auto&, auto& domain) {
    const Interactions& all = domain.interactions;
    std::size_t num_targets = 0, num_source_leaves = 0;
    for (const auto& [key, octant] : domain.global) {
      if (domain.partition.owner_of_octant(key) != rank_of(comm)) continue;
      num_source_leaves += octant.leaf && octant.num_sources > 0 ? 1 : 0;
      num_targets += octant.num_targets > 0 ? 1 : 0;
    }
    EXPECT_EQ(all.source_leaves.size(), num_source_leaves);
    for (const Index leaf : all.source_leaves)
      EXPECT_TRUE(domain.essential.is_owned(leaf) && domain.tree().is_leaf(leaf) &&
                  domain.octant(leaf).num_sources > 0);
    ASSERT_EQ(all.targets.size(), num_targets);
    for (Index t = 0; t < size_of(all.targets); ++t) {
      const Index target = all.targets[usize(t)];
      EXPECT_TRUE(domain.essential.is_owned(target) && domain.octant(target).num_targets > 0);
      const GeometricLists expected = geometric_lists(domain.global, domain.octant(target).key);
      EXPECT_EQ(keys_of(domain, domain.lists.lists.direct[t]), as_set(expected.u));
      EXPECT_EQ(keys_of(domain, domain.v_list(target)), as_set(expected.v));
      EXPECT_EQ(domain.lists.lists.v_length[usize(t)], size_of(expected.v));
      EXPECT_EQ(keys_of(domain, all.w[t]), as_set(expected.w));
      EXPECT_EQ(keys_of(domain, all.x[t]), as_set(expected.x));
    }
  });
}

TEST(Interactions, NearRangesAreMergedAndAscending) {
  for_all_domains(4, [](const auto&, auto& domain) {
    const Interactions& all = domain.interactions;
    const Index num_own = domain.points.num_sources;
    ASSERT_EQ(all.near.size(), size_of(all.targets));
    ASSERT_EQ(all.interior.size(), all.targets.size());
    for (Index t = 0; t < all.near.size(); ++t) {
      bool interior = true;
      Index end = -1;
      for (const IndexRange& range : all.near[t]) {
        EXPECT_GT(range.begin, end) << "could be merged";
        EXPECT_GT(range.size(), 0);
        end = range.end;
        interior = interior && range.end <= num_own;
      }
      EXPECT_LE(end, all.num_sources);
      EXPECT_EQ(all.interior[usize(t)] != 0, interior);
      EXPECT_TRUE(all.near[t].empty() || domain.tree().is_leaf(all.targets[usize(t)]));
    }
  });
}

TEST(Interactions, SourceRangesHoldThePointsOfTheirLeaves) {
  for_all_domains(4, [](const auto& setting, auto& domain) {
    const auto numbers = domain.source_numbers();
    const auto sources = in_global_order(setting.sources, domain.dealt.source_shares, domain.options.root);
    std::vector<int> times(numbers.size(), 0);
    for (Index i = 0; i < domain.tree().size(); ++i) {
      const IndexRange range = domain.interactions.source_range[usize(i)];
      if (range.size() == 0) continue;
      const OctantKey key = domain.octant(i).key;
      EXPECT_EQ(range.begin >= domain.points.num_sources, !domain.essential.is_owned(i));
      const auto expected = between(sources, first_point(key), end_point(key));
      ASSERT_EQ(range.size(), size_of(expected));
      for (std::size_t k = 0; k < expected.size(); ++k) {
        EXPECT_EQ(numbers[usize(range.begin) + k], expected[k].number);
        ++times[usize(range.begin) + k];
      }
    }
    EXPECT_EQ(std::count(times.begin(), times.end(), 1), std::ssize(times)) << "every place has one source";
    for (const Csr<Index>* lists : {&domain.lists.lists.direct, &domain.interactions.x})
      for (const Index leaf : lists->values)
        EXPECT_EQ(domain.interactions.source_range[usize(leaf)].size(), domain.octant(leaf).num_sources)
            << "direct sums and P2L read the points";
  });
}

/// Own slots are those of the tree, ghosts follow, each octant in a slot of its own.
void expect_slots(const Interacting& domain, const std::vector<Index>& slots, Index num_slots) {
  std::set<Index> taken;
  for (Index i = 0; i < domain.tree().size(); ++i) {
    const Index slot = slots[usize(i)];
    if (domain.essential.is_owned(i)) {
      EXPECT_EQ(slot, domain.octant(i).slot);
    }
    if (slot < 0) continue;
    EXPECT_EQ(slot >= domain.essential.num_owned, !domain.essential.is_owned(i));
    EXPECT_TRUE(taken.insert(slot).second);
  }
  EXPECT_EQ(size_of(taken), num_slots);
  EXPECT_TRUE(taken.empty() || *taken.rbegin() == num_slots - 1);
}

/// Expansions of one number: own ones tell their octants, ghosts are unwritten.
std::vector<double> own_expansions(const Interacting& domain, const std::vector<Index>& slots, Index num_slots) {
  std::vector<double> values(usize(num_slots), NAN);
  for (Index i = 0; i < domain.tree().size(); ++i)
    if (domain.essential.is_owned(i)) values[usize(slots[usize(i)])] = static_cast<double>(domain.octant(i).key);
  return values;
}

void expect_expansion(const Interacting& domain, const std::vector<double>& values, const std::vector<Index>& slots,
                      Index octant, const char* what) {
  const Index slot = slots[usize(octant)];
  ASSERT_GE(slot, 0) << what << ' ' << name_of(domain.octant(octant).key);
  EXPECT_EQ(values[usize(slot)], static_cast<double>(domain.octant(octant).key)) << what;
}

/// Whether a multipole comes from the owner of a child to that of its parent.
bool comes_up(const Interacting& domain, Index octant) {
  return level_of(domain.octant(octant).key) > 2 && domain.essential.is_owned(domain.tree().parent[usize(octant)]);
}

/// Each once: up to the owner of the parent, as octants that lie on one rank alone, or as shared ones.
TEST(Interactions, GhostMultipolesComeFromTheirOwners) {
  for_all_domains(4, [](const auto&, auto& domain) {
    Interactions& all = domain.interactions;
    expect_slots(domain, all.multipole_slot, all.num_multipoles);
    auto values = own_expansions(domain, all.multipole_slot, all.num_multipoles);
    for (StarForest& up : all.up) up.copy(1, values.data(), values.data());
    all.ghost_multipoles.copy(1, values.data(), values.data());
    for (Index i = 0; i < domain.tree().size(); ++i) {
      const Index slot = all.multipole_slot[usize(i)];
      if (slot < 0) continue;
      EXPECT_EQ(std::isnan(values[usize(slot)]), slot >= domain.essential.num_owned &&
                                                     domain.partition.is_shared(domain.octant(i).key) &&
                                                     !comes_up(domain, i))
          << name_of(domain.octant(i).key);
    }
    all.ghost_shared_multipoles.copy(1, values.data(), values.data());
    EXPECT_TRUE(std::none_of(values.begin(), values.end(), [](double x) { return std::isnan(x); }));
    for (Index t = 0; t < size_of(all.targets); ++t) {
      for (const Index i : domain.v_list(all.targets[usize(t)]))
        expect_expansion(domain, values, all.multipole_slot, i, "V");
      for (const Index i : all.w[t]) expect_expansion(domain, values, all.multipole_slot, i, "W");
    }
    for (Index i = 0; i < domain.tree().size(); ++i) {
      if (domain.essential.is_owned(i)) continue;
      EXPECT_TRUE(all.multipole_slot[usize(i)] < 0 || domain.octant(i).num_sources > 0) << "nothing to send";
    }
  });
}

TEST(Interactions, ExpansionsTravelLevelByLevelBetweenParentsAndChildren) {
  for_all_domains(4, [](const auto&, auto& domain) {
    Interactions& all = domain.interactions;
    expect_slots(domain, all.local_slot, all.num_locals);
    ASSERT_EQ(std::ssize(all.up), domain.partition.deepest_shared_level + 2);
    ASSERT_EQ(all.up.size(), all.down.size());
    auto multipoles = own_expansions(domain, all.multipole_slot, all.num_multipoles);
    auto locals = own_expansions(domain, all.local_slot, all.num_locals);
    const auto count_missing = [](const auto& values) {
      return std::count_if(values.begin(), values.end(), [](double x) { return std::isnan(x); });
    };
    for (int level = 0; level < static_cast<int>(all.up.size()); ++level) {
      all.up[usize(level)].copy(1, multipoles.data(), multipoles.data());
      all.down[usize(level)].copy(1, locals.data(), locals.data());
    }
    EXPECT_EQ(count_missing(locals), 0);
    for (Index i = 0; i < domain.tree().size(); ++i) {
      const Index parent = domain.tree().parent[usize(i)];
      const int level = level_of(domain.octant(i).key);
      if (parent < 0) continue;
      if (domain.essential.is_owned(parent) && level >= 3 && domain.octant(i).num_sources > 0)
        expect_expansion(domain, multipoles, all.multipole_slot, i, "M2M");
      if (domain.essential.is_owned(i) && level >= 3 && domain.octant(i).num_targets > 0)
        expect_expansion(domain, locals, all.local_slot, parent, "L2L");
    }
  });
}

TEST(Interactions, CheapMembersBecomeDirectSums) {
  constexpr Index limit = 4;
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const Interacting all(setting, 0), some(setting, limit);
    ASSERT_EQ(all.interactions.targets, some.interactions.targets);
    for (Index t = 0; t < size_of(some.interactions.targets); ++t) {
      const OctantRecord& target = some.octant(some.interactions.targets[usize(t)]);
      const bool few_targets = target.leaf != 0 && target.num_targets <= limit;
      auto direct = keys_of(all, all.lists.lists.direct[t]);
      std::set<OctantKey> w, x;
      for (const OctantKey key : keys_of(all, all.interactions.w[t])) {
        const GlobalOctant& source = all.global.at(key);
        (source.leaf && source.num_sources <= limit ? direct : w).insert(key);
      }
      for (const OctantKey key : keys_of(all, all.interactions.x[t])) (few_targets ? direct : x).insert(key);
      EXPECT_EQ(keys_of(some, some.lists.lists.direct[t]), direct);
      EXPECT_EQ(keys_of(some, some.interactions.w[t]), w);
      EXPECT_EQ(keys_of(some, some.interactions.x[t]), x);
    }
  }
}

/// By their definition, octant by octant up from the leaf.
TEST(Interactions, TinyLeavesTakeTheirFarFieldFromTheLowestOctantThatHasAny) {
  Index num_found = 0;
  for_all_domains(0, [&](const auto&, auto& domain) {
    const Interactions& all = domain.interactions;
    for (const Index leaf : all.targets) {
      const OctantKey key = domain.octant(leaf).key;
      OctantKey expected = key;
      const auto adds_nothing = [&](OctantKey octant) {
        const GeometricLists lists = geometric_lists(domain.global, octant);
        return lists.v.empty() && lists.x.empty() && domain.partition.owner_of_octant(octant) == rank_of(comm);
      };
      while (domain.octant(leaf).leaf != 0 && level_of(expected) > 2 && adds_nothing(expected))
        expected = parent_of(expected);
      if (level_of(key) - level_of(expected) < 6) expected = key;
      EXPECT_EQ(domain.octant(all.far_field_of(leaf)).key, expected) << name_of(key);
      num_found += expected == key ? 0 : 1;
      if (expected != key) {
        EXPECT_GE(all.local_slot[usize(all.far_field_of(leaf))], 0);
      }
    }
  });
  EXPECT_GT(all_sum(comm, std::int64_t{num_found}), 0);
}

}
}
