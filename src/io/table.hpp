// SPDX-License-Identifier: BSD-3-Clause
// What a file of named arrays looks like to the readers, whatever its format, and rows of a fixed length that lie in
// one array or in several. Nothing here is collective.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/rows.hpp"

namespace nearfar {

/// Numbers whose first extent counts rows.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// Reads rows into `values`, whose size is rows.size() * row_length(). Throws InputError.
  virtual void read(RowRange rows, std::span<double> values) const = 0;

  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  [[nodiscard]] std::int64_t num_rows() const noexcept { return extents_.front(); }
  [[nodiscard]] std::int64_t row_length() const noexcept { return row_length_; }
  [[nodiscard]] std::size_t num_extents() const noexcept { return extents_.size(); }
  [[nodiscard]] std::string shape() const;  ///< such as "(100, 3)"

 protected:
  /// `where` begins every sentence about it: file and dataset. Of complex numbers the last extent is 2.
  Dataset(std::string where, std::vector<std::int64_t> extents);

 private:
  std::string where_;
  std::vector<std::int64_t> extents_;
  std::int64_t row_length_;
};

/// A file of datasets by name.
class DatasetFile {
 public:
  virtual ~DatasetFile() = default;
  [[nodiscard]] virtual bool has(const std::string& name) const = 0;
  /// Throws InputError when it is missing or cannot be read as numbers.
  [[nodiscard]] virtual std::unique_ptr<Dataset> open(const std::string& name) const = 0;
  /// File and dataset, for sentences about one that is missing.
  [[nodiscard]] virtual std::string where(const std::string& name) const = 0;
  /// The default name of a dataset, such as "/particle_data/sources" for "sources".
  [[nodiscard]] virtual std::string usual_name(const std::string& name) const = 0;
};

/// Throws InputError, which ends with `advice`, unless a dataset is (num_rows, row_length), or (num_rows) where rows
/// are single numbers; any number of rows will do if `num_rows` is negative.
void require_shape(const Dataset& dataset, std::int64_t num_rows, std::int64_t row_length, const std::string& advice);

class Table {
 public:
  using Datasets = std::vector<std::unique_ptr<Dataset>>;

  /// Datasets lie side by side until a row has `row_length` numbers; the next ones are further rows. Throws InputError
  /// where they do not fit, or are not `num_rows` rows unless that is negative; `advice` ends the sentence.
  Table(Datasets datasets, std::int64_t row_length, std::int64_t num_rows, const std::string& advice);

  [[nodiscard]] std::int64_t num_rows() const noexcept { return num_rows_; }
  /// Rows [row][row_length]. Throws InputError for numbers that are not finite, and for more than fits.
  [[nodiscard]] std::vector<double> read(RowRange rows) const;

 private:
  struct Part {
    std::unique_ptr<Dataset> dataset;
    std::int64_t first_row;
    std::int64_t first_column;
  };

  std::vector<Part> parts_;
  std::int64_t row_length_;
  std::int64_t num_rows_ = 0;
};

}
