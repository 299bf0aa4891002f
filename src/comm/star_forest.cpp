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

StarForest::StarForest(MPI_Comm communicator, std::span<const RootPlace> roots, std::span<const Index> positions) {
  const Copies copies{roots, positions};
  connect(communicator, std::span(&copies, 1), std::span(this, 1));
}

std::vector<StarForest> StarForest::make(MPI_Comm communicator, std::span<const Copies> copies) {
  std::vector<StarForest> forests(copies.size());
  connect(communicator, copies, forests);
  return forests;
}

std::map<int, std::vector<Index>> StarForest::place_leaves(const Copies& copies) {
  std::map<int, std::vector<Index>> leaves;  // by the rank of their roots
  for (std::size_t i = 0; i < copies.roots.size(); ++i) leaves[copies.roots[i].rank].push_back(static_cast<Index>(i));
  leaves_.places.reserve(copies.roots.size());
  for (auto& [rank, numbers] : leaves) {
    const std::size_t begin = leaves_.places.size();
    for (Index& number : numbers) {
      leaves_.places.push_back(copies.positions.empty() ? number : copies.positions[usize(number)]);
      number = copies.roots[usize(number)].index;
    }
    leaves_.add(rank, begin, leaves_.places.size());
  }
  return leaves;
}

/// Every rank tells the others which of their roots it copies: how many for each forest, then which.
void StarForest::connect(MPI_Comm communicator, std::span<const Copies> copies, std::span<StarForest> forests) {
  std::map<int, std::vector<Index>> messages;
  for (std::size_t f = 0; f < forests.size(); ++f) {
    forests[f].communicator_ = communicator;
    forests[f].own_rank_ = rank_of(communicator);
    for (const auto& [rank, roots] : forests[f].place_leaves(copies[f])) {
      std::vector<Index>& message = messages[rank];
      message.resize(std::max(message.size(), forests.size()), 0);
      message[f] = size_of(roots);
      message.insert(message.end(), roots.begin(), roots.end());
    }
  }
  Parcels requests;
  for (const auto& [rank, message] : messages) {
    const auto* bytes = reinterpret_cast<const std::byte*>(message.data());
    requests[rank].assign(bytes, bytes + message.size() * sizeof(Index));
  }
  for (const auto& [rank, parcel] : exchange_parcels(communicator, std::move(requests))) {
    const auto read = [&, bytes = parcel.data()](std::size_t first, std::size_t count, Index* to) {
      std::memcpy(to, bytes + first * sizeof(Index), count * sizeof(Index));
    };
    std::vector<Index> counts(forests.size());
    read(0, counts.size(), counts.data());
    std::size_t next = counts.size();
    for (std::size_t f = 0; f < forests.size(); ++f) {
      if (counts[f] == 0) continue;
      Side& side = forests[f].roots_;
      const std::size_t begin = side.places.size();
      side.places.resize(begin + usize(counts[f]));
      read(next, usize(counts[f]), side.places.data() + begin);
      side.add(rank, begin, side.places.size());
      next += usize(counts[f]);
    }
  }
}

StarForest::~StarForest() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized != 0) return;
  // Left when an error came between begin and end.
  for (MPI_Request& request : requests_) {
    if (request == MPI_REQUEST_NULL) continue;
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

bool StarForest::advance() {
  // All requests are null once all are complete, and none before.
  if (requests_.empty() || requests_.front() == MPI_REQUEST_NULL) return true;
  int are_complete = 0;
  check_mpi(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &are_complete, MPI_STATUSES_IGNORE),
            "MPI_Testall");
  return are_complete != 0;
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
