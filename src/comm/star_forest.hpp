// SPDX-License-Identifier: BSD-3-Clause
// One-way graphs of copies: every leaf is a copy of one root on some rank. Values are blocks of doubles. One message
// goes from each rank to each that has copies of its roots.
#pragma once

#include <functional>
#include <map>
#include <span>

#include "base/aligned.hpp"
#include "comm/mpi.hpp"

namespace nearfar {

/// Where a root lies: the rank, and its position among that rank's roots. Arrays of them may be left unwritten.
struct RootPlace {
  int rank;
  Index index;
};

/// What one copy from roots to leaves sends between ranks, as this rank sees it.
struct Traffic {
  std::vector<int> receivers, senders;  ///< other ranks, ascending
  std::int64_t blocks_sent = 0, blocks_received = 0;
};

/// What a forest copies: leaf i, at position positions[i] of the leaf array (i itself when `positions` is empty), is a
/// copy of roots[i].
struct Copies {
  std::span<const RootPlace> roots;
  std::span<const Index> positions;
};

class StarForest {
 public:
  StarForest() = default;
  /// Collective. The arrays passed to the communication below have enough root and leaf blocks. The communicator must
  /// outlive the forest; forests communicate on it in the same order on all ranks.
  StarForest(MPI_Comm communicator, std::span<const RootPlace> roots, std::span<const Index> positions = {});
  /// Collective. As many forests as `copies` has members, on all ranks the same number, by one exchange.
  [[nodiscard]] static std::vector<StarForest> make(MPI_Comm communicator, std::span<const Copies> copies);
  ~StarForest();
  StarForest(StarForest&& other) noexcept;
  StarForest& operator=(StarForest&& other) noexcept;

  [[nodiscard]] Traffic traffic() const;

  /// Roots of this rank that are copied, once for each leaf.
  [[nodiscard]] std::span<const Index> copied_roots() const noexcept { return roots_.places; }

  /// Collective. Copies root blocks of `block` doubles to the leaves; between begin and end neither array may be
  /// touched where it takes part.
  void begin(int block, const double* roots, double* leaves);
  void end(int block, const double* roots, double* leaves);
  void copy(int block, const double* roots, double* leaves) {
    begin(block, roots, leaves);
    end(block, roots, leaves);
  }
  /// Collective. The same, but arrived(position, values) is called for each leaf instead of writing an array.
  void begin(int block, const double* roots);
  void end(int block, const double* roots, const std::function<void(Index, const double*)>& arrived);
  /// Between begin and end, by the thread that began, as often as it likes: many MPIs move large messages only while
  /// they are asked for them. Allocates nothing. Whether all has been sent and has arrived.
  bool advance();
  /// Collective. Copies the other way, from the leaves to their roots; a root without leaves keeps its value.
  void copy_back(int block, const double* leaves, double* roots);

  /// Reads or writes the block of one place.
  using Pack = std::function<void(Index place, double* block)>;
  using Unpack = std::function<void(Index place, const double* block)>;
  /// Collective. The same where blocks lie in rows of larger arrays: `pack` is called for the ones that are sent,
  /// `unpack` for those that arrive.
  void begin(int block, const Pack& pack);
  void end(int block, const Unpack& unpack);
  void copy_back(int block, const Pack& pack, const Unpack& unpack);

 private:
  /// The places of this rank that take part in the exchange with another one, or with itself.
  struct Partner {
    int rank;
    std::size_t begin, end;  ///< in Side::places
    bool consecutive;        ///< so that the message needs no copy
  };
  /// The roots or the leaves.
  struct Side {
    std::vector<Partner> partners;  ///< by rank
    UnwrittenVector<Index> places;
    UnwrittenVector<double> messages;

    void add(int rank, std::size_t begin, std::size_t end);
    [[nodiscard]] const Partner* find(int rank) const noexcept;
  };

  static void connect(MPI_Comm communicator, std::span<const Copies> copies, std::span<StarForest> forests);
  /// Roots that the leaves are copies of, by rank, in the order of leaves_.
  [[nodiscard]] std::map<int, std::vector<Index>> place_leaves(const Copies& copies);

  /// Messages of consecutive places are sent from, and received into, arrays that are given.
  template <class PackBlock>
  void start(int block, Side& from, const double* sent, const PackBlock& pack, Side& to, double* received);
  template <class Arrived>
  void finish(int block, const Side& from, const double* sent, const Side& to, bool in_place, const Arrived& arrived);
  [[nodiscard]] MPI_Datatype block_type(int block);

  MPI_Comm communicator_ = MPI_COMM_NULL;
  int own_rank_ = 0;
  Side roots_, leaves_;
  std::vector<MPI_Request> requests_;  ///< between begin and end; null ones once all have arrived
  std::map<int, MPI_Datatype> types_;
};

}
