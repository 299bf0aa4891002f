// SPDX-License-Identifier: BSD-3-Clause
#include "io/table.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/types.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

[[noreturn]] void refuse(const Dataset& dataset, const std::string& needed, const std::string& advice) {
  throw InputError(dataset.where() + ": shape " + dataset.shape() + " where " + needed + "; " + advice);
}

}

Dataset::Dataset(std::string where, std::vector<std::int64_t> extents)
    : where_(std::move(where)),
      extents_(std::move(extents)),
      row_length_(std::accumulate(extents_.begin() + 1, extents_.end(), std::int64_t{1}, std::multiplies<>())) {}

std::string Dataset::shape() const {
  std::string text;
  for (const std::int64_t extent : extents_) text += (text.empty() ? "(" : ", ") + std::to_string(extent);
  return text + ")";
}

void require_shape(const Dataset& dataset, std::int64_t num_rows, std::int64_t row_length, const std::string& advice) {
  if (dataset.num_extents() <= 2 && dataset.row_length() == row_length &&
      (num_rows < 0 || dataset.num_rows() == num_rows))
    return;
  const std::string rows = num_rows < 0 ? "n" : std::to_string(num_rows);
  refuse(dataset, std::string("(").append(rows) + ", " + std::to_string(row_length) + ") is needed", advice);
}

Table::Table(Datasets datasets, std::int64_t row_length, std::int64_t num_rows, const std::string& advice)
    : row_length_(row_length) {
  if (datasets.size() == 1) require_shape(*datasets.front(), num_rows, row_length, advice);
  std::int64_t column = 0;
  for (std::unique_ptr<Dataset>& dataset : datasets) {
    const std::int64_t columns = dataset->row_length();
    if (dataset->num_extents() > 2 || columns < 1 || column + columns > row_length)
      refuse(*dataset, "at most " + std::to_string(row_length - column) + " columns complete the rows", advice);
    if (column > 0 && dataset->num_rows() != parts_.back().dataset->num_rows())
      refuse(*dataset, "the dataset before it has shape " + parts_.back().dataset->shape(), advice);
    parts_.push_back({std::move(dataset), num_rows_, column});
    column += columns;
    if (column < row_length) continue;
    num_rows_ += parts_.back().dataset->num_rows();
    column = 0;
  }
  const Dataset& last = *parts_.back().dataset;
  if (column > 0) refuse(last, std::to_string(row_length - column) + " more columns are needed after it", advice);
  if (num_rows >= 0 && num_rows_ != num_rows)
    throw InputError(last.where() + ": with the datasets before it " + std::to_string(num_rows_) + " rows where " +
                     std::to_string(num_rows) + " are needed; " + advice);
}

std::vector<double> Table::read(RowRange rows) const {
  require_rows_fit(parts_.front().dataset->where(), rows.size(), row_length_);
  std::vector<double> values(usize(rows.size() * row_length_));
  for (const Part& part : parts_) {
    const Dataset& dataset = *part.dataset;
    const std::int64_t columns = dataset.row_length();
    const RowRange own{std::max<std::int64_t>(rows.begin - part.first_row, 0),
                       std::min(rows.end - part.first_row, dataset.num_rows())};
    if (own.size() <= 0) continue;
    const std::int64_t first = part.first_row + own.begin - rows.begin;
    const bool alone = columns == row_length_;  // then its rows are those of the table
    std::vector<double> apart(usize(alone ? 0 : own.size() * columns));
    const std::span<double> numbers =
        alone ? std::span(values).subspan(usize(first * columns), usize(own.size() * columns)) : std::span(apart);
    dataset.read(own, numbers);
    require_finite(dataset.where(), numbers, columns, own.begin);
    for (std::int64_t i = 0; !alone && i < own.size(); ++i)
      std::copy_n(&numbers[usize(i * columns)], columns, &values[usize((first + i) * row_length_ + part.first_column)]);
  }
  return values;
}

}
