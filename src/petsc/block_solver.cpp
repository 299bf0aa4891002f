// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/block_solver.hpp"

#include <algorithm>

#include "base/parallel.hpp"

namespace nearfar {
namespace {

/// Least reciprocal condition of a patch. Below it, inverses in single precision have no right digit, and direct sums
/// of faces as close have too few: two boxes 1e-7 apart have 1e-8, and the solver takes 60 iterations.
constexpr double least_reciprocal = 1e-9;

}

BlockSolver::BlockSolver(const LocalEntries& entries, std::vector<std::vector<std::size_t>> patches,
                         const std::vector<int>& blocks, int components,
                         const std::function<std::string(std::size_t, std::span<const double>)>& describe)
    : inverses_(patches.size()) {
  const auto dim = usize(components);
  std::size_t row = 0;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    Inverse& inverse = inverses_[i];
    inverse.first_row = row;
    inverse.num_rows = usize(blocks[i]) * dim;
    row += inverse.num_rows;
    for (const std::size_t point : patches[i])
      for (std::size_t c = 0; c < dim; ++c) inverse.columns.push_back(point * dim + c);
  }
  std::vector<char> has_failed(patches.size(), 0);
  parallel_tasks(static_cast<int>(patches.size()), [&](int number) {
    Inverse& inverse = inverses_[usize(number)];
    const std::optional<Matrix> rows =
        rows_of_inverse(entries.block(patches[usize(number)]), static_cast<int>(inverse.num_rows), least_reciprocal);
    if (!rows) {
      has_failed[usize(number)] = 1;
      return;
    }
    const double largest = std::abs(*std::max_element(rows->entries.begin(), rows->entries.end(),
                                                      [](double a, double b) { return std::abs(a) < std::abs(b); }));
    inverse.unit = largest > 0.0 ? largest : 1.0;
    for (int k = 0; k < rows->rows; ++k)
      for (int i = 0; i < rows->columns; ++i)
        inverse.entries.push_back(static_cast<float>((*rows)(k, i) / inverse.unit));
  });
  const auto failed = std::find(has_failed.begin(), has_failed.end(), 1);
  if (failed == has_failed.end()) return;
  const auto number = usize(failed - has_failed.begin());
  throw InputError(describe(number, nearly_null_vector(entries.block(patches[number]))));
}

void BlockSolver::multiply(std::span<const double> x, std::span<double> y) const {
  parallel_tasks(static_cast<int>(inverses_.size()), [&](int number) {
    const Inverse& inverse = inverses_[usize(number)];
    // Sums in double: rounding would otherwise make a preconditioner that is not linear, and residuals of solvers
    // wrong.
    std::vector<double> sums(inverse.num_rows, 0.0);
    const float* entries = inverse.entries.data();
    for (const std::size_t column : inverse.columns) {
      for (std::size_t i = 0; i < inverse.num_rows; ++i) sums[i] += x[column] * static_cast<double>(entries[i]);
      entries += inverse.num_rows;
    }
    for (std::size_t i = 0; i < inverse.num_rows; ++i) y[inverse.first_row + i] = inverse.unit * sums[i];
  });
}

void BlockSolver::add_transposed(std::span<const double> y, std::span<double> x) const {
  for (const Inverse& inverse : inverses_) {
    const float* entries = inverse.entries.data();
    for (const std::size_t column : inverse.columns) {
      double sum = 0.0;
      for (std::size_t i = 0; i < inverse.num_rows; ++i)
        sum += y[inverse.first_row + i] * static_cast<double>(entries[i]);
      x[column] += inverse.unit * sum;
      entries += inverse.num_rows;
    }
  }
}

double BlockSolver::memory_bytes() const noexcept {
  double bytes = 0.0;
  for (const Inverse& inverse : inverses_)
    bytes += static_cast<double>(sizeof(float) * inverse.entries.size() + sizeof(std::size_t) * inverse.columns.size());
  return bytes;
}

}
