// SPDX-License-Identifier: BSD-3-Clause
// How the rows of a file are shared out, and the checks that every reader makes on its share.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace nearfar {

/// Rows [begin, end) of a file.
struct RowRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  [[nodiscard]] std::int64_t size() const noexcept { return end - begin; }
};

/// The rows of one rank: from num_rows * rank / num_ranks (rounded down) to the same of the next rank.
[[nodiscard]] RowRange rows_of_rank(std::int64_t num_rows, int rank, int num_ranks) noexcept;

/// Throws InputError when one rank cannot hold that many rows: more than an Index counts, or than its machine's memory.
void require_rows_fit(const std::string& where, std::int64_t num_rows, std::int64_t row_length);

/// Throws InputError naming the first number that is not finite; `first_row` is the number of the first row in the
/// file.
void require_finite(const std::string& where, std::span<const double> values, std::int64_t row_length,
                    std::int64_t first_row);

}
