// SPDX-License-Identifier: BSD-3-Clause
#include "base/dense.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/parallel.hpp"

extern "C" {
// Fortran interfaces; the lengths of character arguments come last.
void dgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n, const int* k,
            const double* alpha, const double* a, const int* leading_a, const double* b, const int* leading_b,
            const double* beta, double* c, const int* leading_c, std::size_t, std::size_t);
void dgesdd_(const char* job, const int* m, const int* n, double* a, const int* leading_a, double* s, double* u,
             const int* leading_u, double* vt, const int* leading_vt, double* work, const int* work_size, int* iwork,
             int* info, std::size_t);
void dgetrf_(const int* m, const int* n, double* a, const int* leading_a, int* pivots, int* info);
void dgecon_(const char* norm, const int* n, const double* a, const int* leading_a, const double* norm_of_a,
             double* reciprocal, double* work, int* iwork, int* info, std::size_t);
void dgetrs_(const char* transpose, const int* n, const int* columns, const double* a, const int* leading_a,
             const int* pivots, double* b, const int* leading_b, int* info, std::size_t);
}

namespace nearfar {
namespace {

struct SingularValues {
  Matrix u;                   ///< columns are left singular vectors
  std::vector<double> sigma;  ///< falling
  Matrix vt;                  ///< rows are right singular vectors
};

SingularValues singular_values(Matrix a) {
  const int m = a.rows, n = a.columns, k = std::min(m, n);
  SingularValues result{Matrix(m, k), std::vector<double>(usize(k)), Matrix(k, n)};
  if (k == 0) return result;
  const SingleThreadedBlas guard;
  std::vector<int> integers(8 * usize(k));
  std::vector<double> work(1);
  int info = 0;
  const auto call = [&](int work_size) {
    dgesdd_("S", &m, &n, a.entries.data(), &m, result.sigma.data(), result.u.entries.data(), &m,
            result.vt.entries.data(), &k, work.data(), &work_size, integers.data(), &info, 1);
    if (info != 0) throw std::runtime_error("LAPACK's dgesdd failed with info = " + std::to_string(info));
  };
  call(-1);
  const auto work_size = static_cast<int>(work[0]);
  work.resize(usize(work_size));
  call(work_size);
  return result;
}

/// The pseudo-inverse of `scale` times a decomposed matrix, without the singular values up to `smallest`.
PseudoInverse inverse_of(const SingularValues& svd, double smallest, double scale) {
  const auto rank = static_cast<int>(
      std::count_if(svd.sigma.begin(), svd.sigma.end(), [smallest](double sigma) { return sigma > smallest; }));
  PseudoInverse result{Matrix(svd.vt.columns, rank), Matrix(rank, svd.u.rows)};
  for (int k = 0; k < rank; ++k) {
    for (int i = 0; i < result.left.rows; ++i) result.left(i, k) = svd.vt(k, i) / svd.sigma[usize(k)];
    for (int j = 0; j < result.right.columns; ++j) result.right(k, j) = svd.u(j, k) / scale;
  }
  return result;
}

/// The sum of the largest column; NaN where an entry is.
[[nodiscard]] double norm_1(const Matrix& a) {
  double norm = 0.0;
  for (int j = 0; j < a.columns; ++j) {
    double sum = 0.0;
    for (int i = 0; i < a.rows; ++i) sum += std::abs(a(i, j));
    if (sum > norm || std::isnan(sum)) norm = sum;
    if (std::isnan(norm)) break;
  }
  return norm;
}

/// Powers of 2 that make the largest entry of each row, and then of each column, 1 to 2: equations of different units
/// must not count as singular. Those of zeros stay.
struct Scales {
  std::vector<double> rows, columns;

  explicit Scales(const Matrix& a) : rows(usize(a.rows), 0.0), columns(usize(a.columns), 0.0) {
    const auto scale_of = [](double largest) {
      return largest > 0.0 ? std::ldexp(1.0, -std::clamp(std::ilogb(largest), -1000, 1000)) : 1.0;
    };
    for (int j = 0; j < a.columns; ++j)
      for (int i = 0; i < a.rows; ++i) rows[usize(i)] = std::max(rows[usize(i)], std::abs(a(i, j)));
    for (double& row : rows) row = scale_of(row);
    for (int j = 0; j < a.columns; ++j) {
      for (int i = 0; i < a.rows; ++i)
        columns[usize(j)] = std::max(columns[usize(j)], rows[usize(i)] * std::abs(a(i, j)));
      columns[usize(j)] = scale_of(columns[usize(j)]);
    }
  }
  [[nodiscard]] Matrix of(Matrix a) const {
    for (int j = 0; j < a.columns; ++j)
      for (int i = 0; i < a.rows; ++i) a(i, j) *= rows[usize(i)] * columns[usize(j)];
    return a;
  }
};

}

Matrix transposed(const Matrix& a) {
  Matrix result(a.columns, a.rows);
  for (int j = 0; j < a.columns; ++j)
    for (int i = 0; i < a.rows; ++i) result(j, i) = a(i, j);
  return result;
}

Matrix product(const Matrix& a, const Matrix& b) {
  if (a.columns != b.rows) throw std::invalid_argument("product of matrices whose shapes do not fit");
  Matrix c(a.rows, b.columns);
  if (c.entries.empty() || a.columns == 0) return c;
  const SingleThreadedBlas guard;
  constexpr double one = 1.0, zero = 0.0;
  dgemm_("N", "N", &a.rows, &b.columns, &a.columns, &one, a.entries.data(), &a.rows, b.entries.data(), &b.rows, &zero,
         c.entries.data(), &c.rows, 1, 1);
  return c;
}

std::optional<Matrix> rows_of_inverse(const Matrix& a, int count, double least) {
  if (a.rows != a.columns || count > a.rows) throw std::invalid_argument("a square matrix has an inverse");
  const int n = a.rows;
  Matrix rows(n, count);
  if (rows.entries.empty()) return rows;
  const SingleThreadedBlas guard;
  if (!std::isfinite(norm_1(a))) return {};
  const Scales scales(a);
  Matrix factors = scales.of(a);
  std::vector<int> pivots(usize(n)), integers(usize(n));
  std::vector<double> work(4 * usize(n));
  const double norm = norm_1(factors);
  double reciprocal = 0.0;
  int info = 0;
  dgetrf_(&n, &n, factors.entries.data(), &n, pivots.data(), &info);
  if (info != 0) return {};
  dgecon_("1", &n, factors.entries.data(), &n, &norm, &reciprocal, work.data(), integers.data(), &info, 1);
  if (!(reciprocal > least)) return {};
  for (int i = 0; i < count; ++i) rows(i, i) = 1.0;
  dgetrs_("T", &n, &count, factors.entries.data(), &n, pivots.data(), rows.entries.data(), &n, &info, 1);
  for (int k = 0; k < count; ++k)
    for (int i = 0; i < n; ++i) rows(i, k) *= scales.rows[usize(i)] * scales.columns[usize(k)];
  return rows;
}

std::vector<double> nearly_null_vector(const Matrix& a) {
  constexpr int most_rows = 2000;
  if (a.rows == 0 || a.rows > most_rows || !std::isfinite(norm_1(a))) return {};
  const SingularValues svd = singular_values(Scales(a).of(a));
  std::vector<double> vector;
  for (int j = 0; j < a.columns; ++j) vector.push_back(svd.vt(a.rows - 1, j));
  return vector;
}

std::vector<PseudoInverse> pseudo_inverses(std::span<const Matrix> blocks, double cutoff) {
  std::vector<PseudoInverse> results;
  for (const Matrix& a : blocks) results.push_back({Matrix(a.columns, 0), Matrix(0, a.rows)});
  // Scaled to a largest entry of 1, so that tiny numbers do not underflow inside the decomposition. Those whose inverse
  // would overflow count as zero.
  constexpr double tiniest = 1e-280;
  double largest = 0.0;
  for (const Matrix& a : blocks)
    for (const double entry : a.entries) largest = std::max(largest, std::abs(entry));
  if (largest < tiniest) return results;

  std::vector<SingularValues> decompositions(blocks.size());
  parallel_tasks(static_cast<int>(blocks.size()), [&](int i) {
    Matrix scaled = blocks[usize(i)];
    for (double& entry : scaled.entries) entry /= largest;
    decompositions[usize(i)] = singular_values(std::move(scaled));
  });
  double largest_sigma = 0.0;
  for (const SingularValues& svd : decompositions)
    if (!svd.sigma.empty()) largest_sigma = std::max(largest_sigma, svd.sigma[0]);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    results[i] = inverse_of(decompositions[i], cutoff * largest_sigma, largest);
  return results;
}

PseudoInverse pseudo_inverse(const Matrix& a, double cutoff) {
  return std::move(pseudo_inverses({&a, 1}, cutoff).front());
}

}
