// SPDX-License-Identifier: BSD-3-Clause
// Ranks that pass on messages, where each rank would talk to nearly all others: the ranks form the rows of about a
// square, and a message goes along the sender's row to the receiver's column, then along that column. So a rank has
// about the square root of their number of partners in each of the two steps. Where nodes are known, rows are made of
// whole ones: what goes along a row that is one node does not use the network.
#pragma once

#include <algorithm>

namespace nearfar {

class Relays {
 public:
  /// `ranks_per_node`: of nodes that have as many consecutive ranks each, but for the last; 1 where they do not.
  explicit Relays(int num_ranks, int ranks_per_node = 1) noexcept : num_ranks_(num_ranks) {
    while (num_columns_ * num_columns_ < num_ranks) ++num_columns_;
    // Ranks of one node are partners, too: more than a few times the square root are no help.
    if (ranks_per_node < num_ranks && ranks_per_node <= 4 * num_columns_)
      num_columns_ = std::max(1, (num_columns_ + ranks_per_node / 2) / ranks_per_node) * ranks_per_node;
    num_full_rows_ = num_ranks / num_columns_;
  }
  /// The rank over which a message goes; it may be one of the two.
  [[nodiscard]] int between(int from, int to) const noexcept {
    const int row = from / num_columns_, column = from % num_columns_;
    // The ranks of a last row that is not full use the others, spread over them.
    return (row < num_full_rows_ ? row : column % num_full_rows_) * num_columns_ + to % num_columns_;
  }

  [[nodiscard]] int num_ranks() const noexcept { return num_ranks_; }
  [[nodiscard]] int num_columns() const noexcept { return num_columns_; }
  [[nodiscard]] int num_full_rows() const noexcept { return num_full_rows_; }

 private:
  int num_ranks_;
  int num_columns_ = 1;
  int num_full_rows_ = 1;
};

}
