// SPDX-License-Identifier: BSD-3-Clause
// Ranks that pass on messages, where each rank would talk to nearly all others: the ranks form the rows of about a
// square, and a message goes along the sender's row to the receiver's column, then along that column. So a rank has
// about the square root of their number of partners in each of the two steps.
#pragma once

namespace nearfar {

class Relays {
 public:
  explicit Relays(int num_ranks) noexcept {
    while (num_columns_ * num_columns_ < num_ranks) ++num_columns_;
    num_full_rows_ = num_ranks / num_columns_;
  }
  /// The rank over which a message goes; it may be one of the two.
  [[nodiscard]] int between(int from, int to) const noexcept {
    const int row = from / num_columns_, column = from % num_columns_;
    // The ranks of a last row that is not full use the others, spread over them.
    return (row < num_full_rows_ ? row : column % num_full_rows_) * num_columns_ + to % num_columns_;
  }

 private:
  int num_columns_ = 1;
  int num_full_rows_ = 1;
};

}
