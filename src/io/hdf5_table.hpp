// SPDX-License-Identifier: BSD-3-Clause
// Rows of a fixed length that lie in one dataset or in several. Nothing here is collective.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/hdf5_dataset.hpp"

namespace nearfar {

/// Throws InputError, which ends with `advice`, unless a dataset is (num_rows, row_length), or (num_rows) where rows
/// are single numbers; any number of rows will do if `num_rows` is negative.
void require_shape(const Hdf5Dataset& dataset, std::int64_t num_rows, std::int64_t row_length,
                   const std::string& advice);

class Hdf5Table {
 public:
  /// Datasets lie side by side until a row has `row_length` numbers; the next ones are further rows. Throws InputError
  /// where they do not fit, or are not `num_rows` rows unless that is negative; `advice` ends the sentence.
  Hdf5Table(std::vector<Hdf5Dataset> datasets, std::int64_t row_length, std::int64_t num_rows,
            const std::string& advice);

  [[nodiscard]] std::int64_t num_rows() const noexcept { return num_rows_; }
  /// Rows [row][row_length]. Throws InputError for numbers that are not finite, and for more than fits.
  [[nodiscard]] std::vector<double> read(RowRange rows, std::size_t slab_bytes) const;

 private:
  struct Part {
    Hdf5Dataset dataset;
    std::int64_t first_row;
    std::int64_t first_column;
  };

  std::vector<Part> parts_;
  std::int64_t row_length_;
  std::int64_t num_rows_ = 0;
};

}
