// SPDX-License-Identifier: BSD-3-Clause
#include "comm/routed_forest.hpp"

#include <algorithm>

#include "comm/nodes.hpp"
#include "comm/sparse_exchange.hpp"

namespace nearfar {
namespace {

/// Where leaves are fetched from when their roots pass over relays.
struct Passage {
  std::vector<RootPlace> passing;  ///< roots that pass over this rank, by rank of the leaf
  std::vector<RootPlace> roots;    ///< places on relays, of the leaves of this rank
};

[[nodiscard]] Passage find_passage(MPI_Comm communicator, std::span<const RootPlace> roots) {
  const Relays relays = relays_of(communicator);
  const int own_rank = rank_of(communicator);
  const auto relay_of = [&](const RootPlace& root) { return relays.between(root.rank, own_rank); };
  std::map<int, std::vector<RootPlace>> wanted;
  for (const RootPlace& root : roots) wanted[relay_of(root)].push_back(root);
  // A relay keeps the roots in the order of the ranks that want them, and tells each where its own begin.
  Passage passage;
  std::map<int, std::vector<Index>> begins;
  for (const auto& [rank, parcel] : exchange_parcels(communicator, to_parcels(std::move(wanted)))) {
    begins[rank] = {size_of(passage.passing)};
    const auto some = values_of<RootPlace>(parcel);
    passage.passing.insert(passage.passing.end(), some.begin(), some.end());
  }
  std::map<int, Index> next;  // by relay
  for (const auto& [relay, parcel] : exchange_parcels(communicator, to_parcels(std::move(begins))))
    next[relay] = values_of<Index>(parcel)[0];
  for (const RootPlace& root : roots) {
    const int relay = relay_of(root);
    passage.roots.push_back({relay, next[relay]++});
  }
  return passage;
}

}

RoutedForest::RoutedForest(MPI_Comm communicator, std::span<const RootPlace> roots, std::span<const Index> positions,
                           bool over_relays)
    : over_relays_(over_relays) {
  if (!over_relays) {
    to_leaves_ = StarForest(communicator, roots, positions);
    return;
  }
  const Passage passage = find_passage(communicator, roots);
  num_passing_ = size_of(passage.passing);
  to_relays_ = StarForest(communicator, passage.passing);
  to_leaves_ = StarForest(communicator, passage.roots, positions);
}

Traffic RoutedForest::traffic() const {
  Traffic traffic = to_leaves_.traffic();
  if (!over_relays_) return traffic;
  const Traffic first = to_relays_.traffic();
  traffic.receivers.insert(traffic.receivers.end(), first.receivers.begin(), first.receivers.end());
  traffic.senders.insert(traffic.senders.end(), first.senders.begin(), first.senders.end());
  traffic.blocks_sent += first.blocks_sent;
  traffic.blocks_received += first.blocks_received;
  return traffic;
}

double* RoutedForest::passing(int block) {
  passing_.resize(usize(num_passing_) * usize(block));
  return passing_.data();
}

StarForest::Pack RoutedForest::packs_passing(int block) {
  return [values = passing(block), width = usize(block)](Index place, double* to) {
    std::copy_n(values + usize(place) * width, width, to);
  };
}

StarForest::Unpack RoutedForest::unpacks_passing(int block) {
  return [values = passing(block), width = usize(block)](Index place, const double* from) {
    std::copy_n(from, width, values + usize(place) * width);
  };
}

void RoutedForest::begin(int block, const double* roots, double* leaves) {
  if (over_relays_) {
    to_relays_.copy(block, roots, passing(block));
    roots = passing_.data();
  }
  to_leaves_.begin(block, roots, leaves);
}

void RoutedForest::end(int block, const double* roots, double* leaves) {
  to_leaves_.end(block, over_relays_ ? passing_.data() : roots, leaves);
}

void RoutedForest::begin(int block, const double* roots) {
  if (over_relays_) {
    to_relays_.copy(block, roots, passing(block));
    roots = passing_.data();
  }
  to_leaves_.begin(block, roots);
}

void RoutedForest::end(int block, const double* roots, const std::function<void(Index, const double*)>& arrived) {
  to_leaves_.end(block, over_relays_ ? passing_.data() : roots, arrived);
}

void RoutedForest::copy_back(int block, const double* leaves, double* roots) {
  if (!over_relays_) return to_leaves_.copy_back(block, leaves, roots);
  to_leaves_.copy_back(block, leaves, passing(block));
  to_relays_.copy_back(block, passing_.data(), roots);
}

void RoutedForest::begin(int block, const StarForest::Pack& pack) {
  if (!over_relays_) return to_leaves_.begin(block, pack);
  to_relays_.begin(block, pack);
  to_relays_.end(block, unpacks_passing(block));
  to_leaves_.begin(block, packs_passing(block));
}

void RoutedForest::end(int block, const StarForest::Unpack& unpack) { to_leaves_.end(block, unpack); }

void RoutedForest::copy_back(int block, const StarForest::Pack& pack, const StarForest::Unpack& unpack) {
  if (!over_relays_) return to_leaves_.copy_back(block, pack, unpack);
  to_leaves_.copy_back(block, pack, unpacks_passing(block));
  to_relays_.copy_back(block, packs_passing(block), unpack);
}

}
