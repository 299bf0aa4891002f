// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <complex>
#include <numbers>

#include "operators/m2l_support.hpp"
#include "operators/m2l_transpose.hpp"

namespace nearfar::m2l_test {
namespace {

using Complex = std::complex<double>;

Complex wave(int product, int n) { return std::polar(1.0, -2.0 * std::numbers::pi * (product % n) / n); }

/// Random lines of n points; lane l of line i is an independent sequence.
AlignedVector<M2lComplex> random_lines(int num_lines, int length) {
  AlignedVector<M2lComplex> lines(at(num_lines * length));
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  for (M2lComplex& value : lines) {
    for (int lane = 0; lane < m2l_lanes; ++lane) {
      value.re[lane] = uniform(random);
      value.im[lane] = uniform(random);
    }
  }
  return lines;
}

Complex lane_of(const M2lComplex& value, int lane) { return {value.re[lane], value.im[lane]}; }

TEST(M2lDft, MatchesTheDefinitionForFoldedInput) {
  for (const int p : {3, 4, 6}) {
    const M2lTwiddles twiddles(p);
    const int n = twiddles.n, num_lines = 5;
    const auto input = random_lines(num_lines, n);
    auto points = input;
    AlignedVector<M2lComplex> output(at(num_lines * n));

    dft(twiddles, fold(twiddles, points.data(), 1, n, num_lines), {output.data(), 1, n}, num_lines, n);

    for (int line = 0; line < num_lines; ++line) {
      for (int k = 0; k < n; ++k) {
        for (int lane = 0; lane < m2l_lanes; ++lane) {
          Complex sum = 0.0;
          for (int j = 0; j < n; ++j) sum += wave(j * k, n) * lane_of(input[at(line * n + j)], lane);
          EXPECT_LE(std::abs(sum - lane_of(output[at(line * n + k)], lane)), 5e-15);
        }
      }
    }
  }
}

TEST(M2lDft, InverseOfTheForwardTransformGivesTheInputBack) {
  const int p = 6, num_lines = 3;
  const M2lTwiddles twiddles(p);
  const auto input = random_lines(num_lines, p);
  AlignedVector<M2lComplex> frequencies(at(num_lines * twiddles.n)), output(at(num_lines * p));

  dft(twiddles, zero_extended(input.data(), 1, p), {frequencies.data(), num_lines, 1}, num_lines, twiddles.n);
  const M2lFolded folded = fold(twiddles, frequencies.data(), num_lines, 1, num_lines);
  inverse_dft(twiddles, folded, {output.data(), 1, p}, num_lines);

  for (std::size_t i = 0; i < input.size(); ++i) {
    for (int lane = 0; lane < m2l_lanes; ++lane) {
      EXPECT_LE(std::abs(lane_of(output[i], lane) / double(twiddles.n) - lane_of(input[i], lane)), 2e-15);
    }
  }
}

TEST(M2lDft, TransposesSquares) {
  const auto input = random_lines(1, m2l_lanes);
  AlignedVector<M2lComplex> output(at(m2l_lanes));

  transpose(input.data(), output.data());

  for (int row = 0; row < m2l_lanes; ++row) {
    for (int lane = 0; lane < m2l_lanes; ++lane) {
      EXPECT_EQ(lane_of(output[at(row)], lane), lane_of(input[at(lane)], row));
    }
  }
}

/// Largest difference between the spectra of one pair of components at an offset and their definition.
double spectrum_error(const LevelOperators& operators, PointKernel point_kernel, int i, int j,
                      const std::array<int, 3>& t) {
  const int p = operators.m2l.order, n = 2 * p - 1;
  const double h = operators.surfaces->inner.spacing;
  double error = 0.0;
  for (int frequency = 0; frequency < p * n * n; ++frequency) {
    const int slab = frequency / (n * n), kx = frequency / n % n, ky = frequency % n;
    if (kx * n + ky >= m2l_frequencies(p, slab)) continue;
    Complex sum = 0.0;
    for (int place = 0; place < n * n * n; ++place) {
      const int m[3] = {place / n / n - p + 1, place / n % n - p + 1, place % n - p + 1};
      const double r[3] = {h * m[0] - 2 * t[0], h * m[1] - 2 * t[1], h * m[2] - 2 * t[2]};
      double charge[3] = {}, potential[3] = {};
      charge[j] = 1.0;
      point_kernel(r, charge, potential);
      sum += potential[i] * wave((m[0] + n) * kx + (m[1] + n) * ky + (m[2] + n) * slab, n);
    }
    const int within = kx * n + ky;
    const double* value = operators.m2l.chunk(i, j, slab, within / m2l_lanes) +
                          m2l_offset(t[0], t[1], t[2]) * 2 * m2l_lanes + within % m2l_lanes;
    error = std::max(error, std::abs(sum - Complex(value[0], value[m2l_lanes])));
  }
  return error;
}

TEST(M2lSpectra, AreTheTransformsOfTheKernel) {
  const auto scalar = make_test_operators(make_test_kernel(laplace, 1, 1), 4);
  const auto vector = make_test_operators(make_test_kernel(stokeslet, 3, 3), 3);

  double a = 0.0, b = 0.0;
  for (const auto& t : {std::array{2, 0, 0}, std::array{-3, 1, 2}, std::array{0, 3, -2}, std::array{3, 3, 3}}) {
    a = std::max(a, spectrum_error(scalar, laplace, 0, 0, t));
    b = std::max({b, spectrum_error(vector, stokeslet, 0, 1, t), spectrum_error(vector, stokeslet, 2, 2, t)});
  }
  EXPECT_LE(a, 2e-13);
  EXPECT_LE(b, 3e-14);
}

TEST(M2lSpectra, AreZeroForAdjacentBoxesAndInThePadding) {
  const int p = 3;
  const auto operators = make_test_operators(make_test_kernel(laplace, 1, 1), p);

  for (int slab = 0; slab < p; ++slab) {
    for (int chunk = 0; chunk < m2l_chunks(p, slab); ++chunk) {
      const double* values = operators.m2l.chunk(0, 0, slab, chunk);
      for (int i = 0; i < m2l_num_offsets * 2 * m2l_lanes; ++i) {
        const int offset = i / (2 * m2l_lanes);
        const bool near =
            std::abs(offset % 7 - 3) <= 1 && std::abs(offset / 7 % 7 - 3) <= 1 && std::abs(offset / 49 - 3) <= 1;
        const bool padding = chunk * m2l_lanes + i % m2l_lanes >= m2l_frequencies(p, slab);
        if (near || padding) {
          EXPECT_EQ(values[i], 0.0);
        }
      }
    }
  }
}

}
}
