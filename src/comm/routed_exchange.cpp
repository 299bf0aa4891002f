// SPDX-License-Identifier: BSD-3-Clause
#include "comm/routed_exchange.hpp"

#include "base/types.hpp"

namespace nearfar {
namespace {

/// Before each parcel within a larger one, which it fills up to a multiple of its own size.
struct Label {
  std::int64_t rank;  ///< where it goes, and on the second way where it came from
  std::int64_t size;
};

[[nodiscard]] std::size_t padded(std::size_t size) noexcept { return (size + 15) / 16 * 16; }

void append(int rank, const std::byte* data, std::size_t size, UnwrittenVector<std::byte>& parcel) {
  const Label label{rank, static_cast<std::int64_t>(size)};
  const std::size_t begin = parcel.size();
  parcel.resize(begin + sizeof(Label) + padded(size));
  std::memcpy(parcel.data() + begin, &label, sizeof(Label));
  if (size > 0) std::memcpy(parcel.data() + begin + sizeof(Label), data, size);
}

/// Calls visit(rank, data, size) for each parcel within one.
template <class Visit>
void unpack(const UnwrittenVector<std::byte>& parcel, const Visit& visit) {
  for (std::size_t begin = 0; begin < parcel.size();) {
    Label label{};
    std::memcpy(&label, parcel.data() + begin, sizeof(Label));
    begin += sizeof(Label);
    visit(static_cast<int>(label.rank), parcel.data() + begin, usize(label.size));
    begin += padded(usize(label.size));
  }
}

}

Parcels exchange_over_relays(MPI_Comm communicator, Parcels outgoing) {
  const Relays relays = relays_of(communicator);
  const int own_rank = rank_of(communicator);
  Parcels received;
  if (auto own = outgoing.extract(own_rank)) received.insert(std::move(own));
  Parcels to_relays;
  for (auto& [rank, parcel] : outgoing) {
    append(rank, parcel.data(), parcel.size(), to_relays[relays.between(own_rank, rank)]);
    parcel = {};
  }
  Parcels onward;
  for (auto& [from, parcel] : exchange_parcels(communicator, std::move(to_relays)))
    unpack(parcel, [&, sender = from](int to, const std::byte* data, std::size_t size) {
      append(sender, data, size, onward[to]);
    });
  for (auto& [relay, parcel] : exchange_parcels(communicator, std::move(onward)))
    unpack(parcel,
           [&](int from, const std::byte* data, std::size_t size) { received[from].assign(data, data + size); });
  return received;
}

}
