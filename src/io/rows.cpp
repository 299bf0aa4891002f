// SPDX-License-Identifier: BSD-3-Clause
#include "io/rows.hpp"

#include <unistd.h>

#include <cmath>
#include <limits>

#include "base/types.hpp"
#include "nearfar/error.hpp"

namespace nearfar {

RowRange rows_of_rank(std::int64_t num_rows, int rank, int num_ranks) noexcept {
  // The quotient and the remainder apart, so that no product overflows.
  const std::int64_t each = num_rows / num_ranks;
  const std::int64_t rest = num_rows % num_ranks;
  const auto begin = [&](std::int64_t r) { return each * r + rest * r / num_ranks; };
  return {begin(rank), begin(rank + 1)};
}

void require_rows_fit(const std::string& where, std::int64_t num_rows, std::int64_t row_length) {
  const double bytes = static_cast<double>(num_rows) * static_cast<double>(row_length) * sizeof(double);
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (num_rows <= std::numeric_limits<Index>::max() && bytes < memory) return;
  throw InputError(where + ": " + std::to_string(num_rows) + " rows of " + std::to_string(row_length) +
                   " numbers on one rank are more than it can hold; use more ranks, or check the size of the dataset");
}

void require_finite(const std::string& where, std::span<const double> values, std::int64_t row_length,
                    std::int64_t first_row) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    const auto row = first_row + static_cast<std::int64_t>(i) / row_length;
    const auto column = static_cast<std::int64_t>(i) % row_length;
    throw InputError(where + ", row " + std::to_string(row) + " (the first is 0), column " + std::to_string(column) +
                     ": " + std::to_string(values[i]) + " is not a finite number; correct or remove this row");
  }
}

}
