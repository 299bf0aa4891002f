// SPDX-License-Identifier: BSD-3-Clause
// Messages to a few ranks that do not expect them (non-blocking consensus, Hoefler, Siebert and Lumsdaine 2010).
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <type_traits>
#include <vector>

#include "base/aligned.hpp"
#include "comm/mpi.hpp"

namespace nearfar {

/// Bytes to send to or received from each rank.
using Parcels = std::map<int, UnwrittenVector<std::byte>>;

/// What an MPI message may hold, in bytes: as many blocks of 8 as an int can count. Larger parcels take several.
inline constexpr std::int64_t largest_message = std::int64_t{8} * std::numeric_limits<int>::max();

/// Collective. Delivers the parcels; the result is by sender. A parcel to oneself is delivered without MPI. The limit,
/// a multiple of 8, is the same on all ranks.
[[nodiscard]] Parcels exchange_parcels(MPI_Comm communicator, Parcels outgoing,
                                       std::int64_t message_limit = largest_message);

/// Values of one type as parcels; those without any are left out.
template <class T>
[[nodiscard]] Parcels to_parcels(std::map<int, std::vector<T>> outgoing) {
  static_assert(std::is_trivially_copyable_v<T>);
  Parcels parcels;
  for (auto& [rank, values] : outgoing) {
    if (values.empty()) continue;
    auto& parcel = parcels[rank];
    parcel.resize(values.size() * sizeof(T));
    std::memcpy(parcel.data(), values.data(), parcel.size());
    values = std::vector<T>();
  }
  return parcels;
}

/// The values of a parcel.
template <class T>
[[nodiscard]] std::vector<T> values_of(const UnwrittenVector<std::byte>& parcel) {
  std::vector<T> values(parcel.size() / sizeof(T));
  std::memcpy(values.data(), parcel.data(), values.size() * sizeof(T));
  return values;
}

/// Those of all parcels, one after the other.
template <class T>
[[nodiscard]] UnwrittenVector<T> join_parcels(const Parcels& parcels) {
  UnwrittenVector<T> all;
  for (const auto& [rank, parcel] : parcels) {
    const std::size_t before = all.size();
    all.resize(before + parcel.size() / sizeof(T));
    std::memcpy(all.data() + before, parcel.data(), parcel.size());
  }
  return all;
}

/// Collective. The same for values of one type; what arrives is in the order of the senders.
template <class T>
[[nodiscard]] UnwrittenVector<T> sparse_exchange(MPI_Comm communicator, std::map<int, std::vector<T>> outgoing,
                                                 std::int64_t message_limit = largest_message) {
  return join_parcels<T>(exchange_parcels(communicator, to_parcels(std::move(outgoing)), message_limit));
}

}
