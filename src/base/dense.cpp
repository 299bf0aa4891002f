// SPDX-License-Identifier: BSD-3-Clause
#include "base/dense.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

extern "C" {
// Fortran interfaces; the lengths of character arguments come last.
void dgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n, const int* k,
            const double* alpha, const double* a, const int* leading_a, const double* b, const int* leading_b,
            const double* beta, double* c, const int* leading_c, std::size_t, std::size_t);
void dgesdd_(const char* job, const int* m, const int* n, double* a, const int* leading_a, double* s, double* u,
             const int* leading_u, double* vt, const int* leading_vt, double* work, const int* work_size, int* iwork,
             int* info, std::size_t);
// Present in OpenBLAS alone; null elsewhere.
[[gnu::weak]] int openblas_get_num_threads();
[[gnu::weak]] void openblas_set_num_threads(int num_threads);
}

namespace nearfar {
namespace {

/// While it lives, OpenBLAS runs on one thread. The OpenMP build of OpenBLAS keeps its number in OpenMP's own, which is
/// put back too.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas() { set(1); }
  ~SingleThreadedBlas() {
    set(blas_threads_);
    omp_set_num_threads(omp_threads_);
  }
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;

 private:
  static void set(int num_threads) {
    if (openblas_set_num_threads) openblas_set_num_threads(num_threads);
  }
  int omp_threads_ = omp_get_max_threads();
  int blas_threads_ = openblas_get_num_threads ? openblas_get_num_threads() : 1;
};

struct SingularValues {
  Matrix u;                   ///< columns are left singular vectors
  std::vector<double> sigma;  ///< falling
  Matrix vt;                  ///< rows are right singular vectors
};

SingularValues singular_values(Matrix a) {
  const int m = a.rows, n = a.columns, k = std::min(m, n);
  SingularValues result{Matrix(m, k), std::vector<double>(usize(k)), Matrix(k, n)};
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

PseudoInverse pseudo_inverse(const Matrix& a, double cutoff) {
  PseudoInverse result{Matrix(a.columns, std::min(a.rows, a.columns)), Matrix(std::min(a.rows, a.columns), a.rows)};
  // Scaled to a largest entry of 1, so that tiny numbers do not underflow inside the decomposition. Those whose inverse
  // would overflow count as zero.
  constexpr double tiniest = 1e-280;
  double largest = 0.0;
  for (const double entry : a.entries) largest = std::max(largest, std::abs(entry));
  if (largest < tiniest) return result;
  Matrix scaled = a;
  for (double& entry : scaled.entries) entry /= largest;

  const SingleThreadedBlas guard;
  const SingularValues svd = singular_values(std::move(scaled));
  for (int k = 0; k < result.left.columns; ++k) {
    const double sigma = svd.sigma[usize(k)];
    if (sigma <= cutoff * svd.sigma[0]) break;
    for (int i = 0; i < a.columns; ++i) result.left(i, k) = svd.vt(k, i) / sigma;
    for (int j = 0; j < a.rows; ++j) result.right(k, j) = svd.u(j, k) / largest;
  }
  return result;
}

}
