// SPDX-License-Identifier: BSD-3-Clause
#include "comm/sparse_exchange.hpp"

#include <petscsys.h>

#include <algorithm>

#include "base/petsc.hpp"

namespace nearfar {
namespace {

constexpr int message_tag = 71;

/// Sizes of the messages that this rank will receive, by sender.
[[nodiscard]] std::map<int, std::int64_t> announce(MPI_Comm communicator, const Parcels& outgoing) {
  std::vector<PetscMPIInt> ranks;
  std::vector<std::int64_t> sizes;
  for (const auto& [rank, parcel] : outgoing) {
    ranks.push_back(rank);
    sizes.push_back(static_cast<std::int64_t>(parcel.size()));
  }
  PetscMPIInt num_senders = 0;
  PetscMPIInt* senders = nullptr;
  std::int64_t* announced = nullptr;
  check_petsc(PetscCommBuildTwoSided(communicator, 1, MPI_INT64_T, static_cast<PetscMPIInt>(ranks.size()), ranks.data(),
                                     sizes.data(), &num_senders, &senders, static_cast<void*>(&announced)),
              "PetscCommBuildTwoSided");
  std::map<int, std::int64_t> incoming;
  for (int i = 0; i < num_senders; ++i) incoming[senders[i]] = announced[i];
  check_petsc(PetscFree(senders), "PetscFree");
  check_petsc(PetscFree(announced), "PetscFree");
  return incoming;
}

/// Visits the parts of a parcel, in blocks of 8 bytes, in the order in which they are sent.
template <class Visit>
void for_each_message(UnwrittenVector<std::byte>& parcel, std::int64_t message_limit, const Visit& visit) {
  for (std::size_t begin = 0; begin < parcel.size();) {
    const std::size_t size = std::min(parcel.size() - begin, usize(message_limit));
    visit(parcel.data() + begin, static_cast<int>(size / 8));
    begin += size;
  }
}

}

Parcels exchange_parcels(MPI_Comm communicator, Parcels outgoing, std::int64_t message_limit) {
  Parcels received;
  if (auto own = outgoing.extract(rank_of(communicator))) received.insert(std::move(own));
  const auto incoming = announce(communicator, outgoing);
  MPI_Datatype unit = MPI_DATATYPE_NULL;
  check_mpi(MPI_Type_contiguous(8, MPI_BYTE, &unit), "MPI_Type_contiguous");
  check_mpi(MPI_Type_commit(&unit), "MPI_Type_commit");
  std::vector<MPI_Request> requests;
  for (const auto& [rank, size] : incoming) {
    auto& parcel = received[rank];
    parcel.resize((usize(size) + 7) / 8 * 8);
    for_each_message(parcel, message_limit, [&, from = rank](std::byte* part, int units) {
      check_mpi(MPI_Irecv(part, units, unit, from, message_tag, communicator, &requests.emplace_back()), "MPI_Irecv");
    });
  }
  for (auto& [rank, parcel] : outgoing) {
    parcel.resize((parcel.size() + 7) / 8 * 8);
    for_each_message(parcel, message_limit, [&, to = rank](std::byte* part, int units) {
      check_mpi(MPI_Isend(part, units, unit, to, message_tag, communicator, &requests.emplace_back()), "MPI_Isend");
    });
  }
  check_mpi(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  check_mpi(MPI_Type_free(&unit), "MPI_Type_free");
  for (const auto& [rank, size] : incoming) received[rank].resize(usize(size));
  return received;
}

}
