// SPDX-License-Identifier: BSD-3-Clause
#include "comm/star_forest.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/prefetch.hpp"
#include "comm/sparse_exchange.hpp"

namespace nearfar {
namespace {

/// Messages of different forests have the same tag: they are received in the order in which they are sent.
constexpr int message_tag = 72;

/// Writes blocks to their places in an array.
[[nodiscard]] auto copies_to(double* array, int block) {
  return [array, width = usize(block)](Index place, const double* values) {
    std::copy_n(values, width, array + usize(place) * width);
  };
}

/// Reads the blocks of places in an array.
[[nodiscard]] auto copies_from(const double* array, int block, const UnwrittenVector<Index>& places) {
  return [array, width = usize(block), &places](std::size_t i, double* values) {
    prefetch_row(array, width, places, static_cast<Index>(i));
    std::copy_n(array + usize(places[i]) * width, width, values);
  };
}

}

void StarForest::Side::add(int rank, std::size_t begin, std::size_t end) {
  bool consecutive = true;
  for (std::size_t i = begin + 1; i < end && consecutive; ++i) consecutive = places[i] == places[i - 1] + 1;
  partners.push_back({rank, begin, end, consecutive});
}

const StarForest::Partner* StarForest::Side::find(int rank) const noexcept {
  const auto found = std::find_if(partners.begin(), partners.end(), [rank](const auto& p) { return p.rank == rank; });
  return found == partners.end() ? nullptr : &*found;
}

StarForest::StarForest(MPI_Comm communicator, std::span<const RootPlace> roots, std::span<const Index> positions)
    : communicator_(communicator), own_rank_(rank_of(communicator)) {
  std::vector<std::size_t> begins(usize(size_of_communicator(communicator)) + 1, 0);
  for (const RootPlace& root : roots) ++begins[usize(root.rank) + 1];
  for (std::size_t rank = 1; rank < begins.size(); ++rank) begins[rank] += begins[rank - 1];
  UnwrittenVector<Index> wanted(roots.size());
  leaves_.places.resize(roots.size());
  auto next = begins;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const std::size_t place = next[usize(roots[i].rank)]++;
    wanted[place] = roots[i].index;
    leaves_.places[place] = positions.empty() ? static_cast<Index>(i) : positions[i];
  }
  // Every rank tells the others which of their roots it copies.
  Parcels requests;
  for (std::size_t rank = 0; rank + 1 < begins.size(); ++rank) {
    if (begins[rank] == begins[rank + 1]) continue;
    leaves_.add(static_cast<int>(rank), begins[rank], begins[rank + 1]);
    const auto* bytes = reinterpret_cast<const std::byte*>(wanted.data());
    requests[static_cast<int>(rank)].assign(bytes + begins[rank] * sizeof(Index),
                                            bytes + begins[rank + 1] * sizeof(Index));
  }
  for (const auto& [rank, parcel] : exchange_parcels(communicator, std::move(requests))) {
    const std::size_t begin = roots_.places.size();
    roots_.places.resize(begin + parcel.size() / sizeof(Index));
    std::memcpy(roots_.places.data() + begin, parcel.data(), parcel.size());
    roots_.add(rank, begin, roots_.places.size());
  }
}

StarForest::~StarForest() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized != 0) return;
  // Left when an error came between begin and end.
  for (MPI_Request& request : requests_) {
    MPI_Cancel(&request);
    MPI_Request_free(&request);
  }
  for (auto& [block, type] : types_) MPI_Type_free(&type);
}

StarForest::StarForest(StarForest&& other) noexcept { *this = std::move(other); }

StarForest& StarForest::operator=(StarForest&& other) noexcept {
  std::swap(communicator_, other.communicator_);
  std::swap(own_rank_, other.own_rank_);
  std::swap(roots_, other.roots_);
  std::swap(leaves_, other.leaves_);
  std::swap(requests_, other.requests_);
  std::swap(types_, other.types_);
  return *this;
}

MPI_Datatype StarForest::block_type(int block) {
  if (block == 1) return MPI_DOUBLE;
  auto [place, is_new] = types_.try_emplace(block, MPI_DATATYPE_NULL);
  if (is_new) {
    check_mpi(MPI_Type_contiguous(block, MPI_DOUBLE, &place->second), "MPI_Type_contiguous");
    check_mpi(MPI_Type_commit(&place->second), "MPI_Type_commit");
  }
  return place->second;
}

Traffic StarForest::traffic() const {
  Traffic traffic;
  const auto add = [this](const Side& side, std::vector<int>& others, std::int64_t& blocks) {
    for (const Partner& partner : side.partners) {
      if (partner.rank == own_rank_) continue;
      others.push_back(partner.rank);
      blocks += static_cast<std::int64_t>(partner.end - partner.begin);
    }
  };
  add(roots_, traffic.receivers, traffic.blocks_sent);
  add(leaves_, traffic.senders, traffic.blocks_received);
  return traffic;
}

template <class PackBlock>
void StarForest::start(int block, Side& from, const double* sent, const PackBlock& pack, Side& to, double* received) {
  if (!requests_.empty()) throw std::logic_error("a star forest was begun again before it ended");
  const MPI_Datatype type = block_type(block);
  const auto width = usize(block);
  for (Side* side : {&from, &to}) {
    side->messages.clear();  // nothing to be kept
    side->messages.resize(side->places.size() * width);
  }
  for (const Partner& partner : to.partners) {
    if (partner.rank == own_rank_) continue;
    double* message = partner.consecutive && received != nullptr ? received + usize(to.places[partner.begin]) * width
                                                                 : to.messages.data() + partner.begin * width;
    check_mpi(MPI_Irecv(message, static_cast<int>(partner.end - partner.begin), type, partner.rank, message_tag,
                        communicator_, &requests_.emplace_back()),
              "MPI_Irecv");
  }
  for (const Partner& partner : from.partners) {
    if (partner.rank == own_rank_ && sent != nullptr) continue;
    double* packed = from.messages.data() + partner.begin * width;
    const bool in_place = partner.consecutive && sent != nullptr;
    const double* message = in_place ? sent + usize(from.places[partner.begin]) * width : packed;
    if (!in_place)
      for (std::size_t i = partner.begin; i < partner.end; ++i, packed += width) pack(i, packed);
    if (partner.rank == own_rank_) continue;
    check_mpi(MPI_Isend(message, static_cast<int>(partner.end - partner.begin), type, partner.rank, message_tag,
                        communicator_, &requests_.emplace_back()),
              "MPI_Isend");
  }
}

/// `in_place`: messages of consecutive places are where they belong.
template <class Arrived>
void StarForest::finish(int block, const Side& from, const double* sent, const Side& to, bool in_place,
                        const Arrived& arrived) {
  const auto width = usize(block);
  if (const Partner* own = to.find(own_rank_)) {
    std::size_t source = from.find(own_rank_)->begin;
    for (std::size_t i = own->begin; i < own->end; ++i, ++source)
      arrived(to.places[i],
              sent != nullptr ? sent + usize(from.places[source]) * width : from.messages.data() + source * width);
  }
  check_mpi(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  requests_.clear();
  for (const Partner& partner : to.partners) {
    if (partner.rank == own_rank_ || (partner.consecutive && in_place)) continue;
    const double* values = to.messages.data() + partner.begin * width;
    for (std::size_t i = partner.begin; i < partner.end; ++i, values += width) arrived(to.places[i], values);
  }
}

void StarForest::begin(int block, const double* roots, double* leaves) {
  start(block, roots_, roots, copies_from(roots, block, roots_.places), leaves_, leaves);
}

void StarForest::end(int block, const double* roots, double* leaves) {
  finish(block, roots_, roots, leaves_, true, copies_to(leaves, block));
}

void StarForest::begin(int block, const double* roots) { begin(block, roots, nullptr); }

void StarForest::end(int block, const double* roots, const std::function<void(Index, const double*)>& arrived) {
  finish(block, roots_, roots, leaves_, false, arrived);
}

void StarForest::copy_back(int block, const double* leaves, double* roots) {
  start(block, leaves_, leaves, copies_from(leaves, block, leaves_.places), roots_, roots);
  finish(block, leaves_, leaves, roots_, true, copies_to(roots, block));
}

void StarForest::begin(int block, const Pack& pack) {
  start(
      block, roots_, nullptr, [&](std::size_t i, double* to) { pack(roots_.places[i], to); }, leaves_, nullptr);
}

void StarForest::end(int block, const Unpack& unpack) { finish(block, roots_, nullptr, leaves_, false, unpack); }

void StarForest::copy_back(int block, const Pack& pack, const Unpack& unpack) {
  start(
      block, leaves_, nullptr, [&](std::size_t i, double* to) { pack(leaves_.places[i], to); }, roots_, nullptr);
  finish(block, leaves_, nullptr, roots_, false, unpack);
}

}
