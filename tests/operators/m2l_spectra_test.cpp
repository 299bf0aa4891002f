// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <omp.h>

#include <complex>
#include <cstring>
#include <numbers>

#include "operators/m2l_dft.hpp"
#include "operators/m2l_support.hpp"
#include "operators/m2l_transpose.hpp"
#include "operators/mirror.hpp"
#include "support/test_kernels.hpp"

namespace nearfar::m2l_test {
namespace {

using Complex = std::complex<double>;

Complex wave(int product, int n) { return std::polar(1.0, -2.0 * std::numbers::pi * (product % n) / n); }

template <class Scalar>
class M2lDftTest : public testing::Test {
 protected:
  using Value = M2lChildren<Scalar>;
  static constexpr int lanes = m2l_children<Scalar>;
  /// Factor of the bounds: float has 29 bits less than double.
  static constexpr double precision = std::is_same_v<Scalar, float> ? 0x1p28 : 1.0;

  static Complex lane_of(const Value& value, int lane) { return {value.re[lane], value.im[lane]}; }
  static AlignedVector<Value> random_lines(int num_lines, int length);
};

/// Random lines of n points; lane l of line i is an independent sequence.
template <class Scalar>
AlignedVector<M2lChildren<Scalar>> M2lDftTest<Scalar>::random_lines(int num_lines, int length) {
  AlignedVector<Value> lines(usize(num_lines * length));
  std::mt19937 random(7);
  std::uniform_real_distribution<Scalar> uniform(-1, 1);
  for (Value& value : lines) {
    for (int lane = 0; lane < M2lDftTest::lanes; ++lane) {
      value.re[lane] = uniform(random);
      value.im[lane] = uniform(random);
    }
  }
  return lines;
}

using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(M2lDftTest, Scalars);

TYPED_TEST(M2lDftTest, MatchesTheDefinitionForFoldedInput) {
  for (const int p : {3, 4, 6}) {
    const M2lDft<TypeParam> dft(p);
    const int n = dft.n, num_lines = 5;
    const auto input = this->random_lines(num_lines, n);
    auto points = input;
    auto output = input;

    dft.forward(dft.fold(points.data(), 1, n, num_lines), {output.data(), 1, n}, num_lines, n);

    double error = 0.0;
    for (int line = 0; line < num_lines; ++line) {
      for (int k = 0; k < n; ++k) {
        for (int lane = 0; lane < this->lanes; ++lane) {
          Complex sum = 0.0;
          for (int j = 0; j < n; ++j) sum += wave(j * k, n) * this->lane_of(input[usize(line * n + j)], lane);
          error = std::max(error, std::abs(sum - this->lane_of(output[usize(line * n + k)], lane)));
        }
      }
    }
    EXPECT_LE(error, 5e-15 * this->precision);
  }
}

TYPED_TEST(M2lDftTest, InverseOfTheForwardTransformGivesTheInputBack) {
  const int p = 6, num_lines = 3;
  const M2lDft<TypeParam> dft(p);
  const auto input = this->random_lines(num_lines, p);
  auto frequencies = this->random_lines(num_lines, dft.n);
  auto output = input;

  dft.forward(dft.zero_extended(input.data(), 1, p), {frequencies.data(), num_lines, 1}, num_lines, dft.n);
  dft.inverse(dft.fold(frequencies.data(), num_lines, 1, num_lines), {output.data(), 1, p}, num_lines);

  double error = 0.0;
  for (std::size_t i = 0; i < input.size(); ++i) {
    for (int lane = 0; lane < this->lanes; ++lane) {
      const Complex back = this->lane_of(output[i], lane) / double(dft.n);
      error = std::max(error, std::abs(back - this->lane_of(input[i], lane)));
    }
  }
  EXPECT_LE(error, 2e-15 * this->precision);
}

TYPED_TEST(M2lDftTest, TransposesSquares) {
  constexpr int size = M2lDftTest<TypeParam>::lanes;
  const auto input = this->random_lines(1, size);
  std::array<M2lChildVector<TypeParam>, usize(size)> square;
  for (int row = 0; row < size; ++row) square[usize(row)] = input[usize(row)].re;

  transpose(square);

  for (int row = 0; row < size; ++row) {
    for (int lane = 0; lane < size; ++lane) EXPECT_EQ(square[usize(row)][lane], input[usize(lane)].re[row]);
  }
}

/// Largest difference between the spectra of one pair of components at an offset and their definition.
template <class Scalar>
double spectrum_error(const Problem& problem, const M2lSpectra<Scalar>& spectra, PointKernel point_kernel, int i, int j,
                      const std::array<int, 3>& t) {
  constexpr int lanes = m2l_lanes<Scalar>;
  const int p = spectra.order, n = 2 * p - 1;
  const double h = problem.surface.spacing;
  double error = 0.0;
  for (int frequency = 0; frequency < p * n * n; ++frequency) {
    const int slab = frequency / (n * n), kx = frequency / n % n, ky = frequency % n;
    if (kx * n + ky >= m2l_frequencies(p, slab)) continue;
    Complex sum = 0.0;
    for (int place = 0; place < n * n * n; ++place) {
      const int m[3] = {place / n / n - p + 1, place / n % n - p + 1, place % n - p + 1};
      const double r[3] = {h * m[0] - 2 * t[0], h * m[1] - 2 * t[1], h * m[2] - 2 * t[2]};
      double charge[4] = {}, potential[4] = {};
      charge[j] = spectra.pairs.source_signs[usize(j)];
      point_kernel(r, charge, potential);
      sum += potential[i] * wave((m[0] + n) * kx + (m[1] + n) * ky + (m[2] + n) * slab, n);
    }
    const int within = kx * n + ky;
    const M2lChunk<Scalar>& chunk =
        spectra.chunk(spectra.pairs.entry(i, j), slab, within / lanes)[m2l_offset(t[0], t[1], t[2])];
    const Complex value(chunk.re[within % lanes], chunk.im[within % lanes]);
    const double factor = std::ldexp(spectra.pairs.is_opposite(i, j) ? -1.0 : 1.0, spectra.exponent);
    error = std::max(error, std::abs(sum - factor * value));
  }
  return error;
}

/// Largest error of two kernels at some offsets.
template <class Scalar>
std::array<double, 2> spectrum_errors() {
  const Problem scalar = make_problem(laplace, 1, 1, 4), vector = make_problem(stokeslet, 3, 3, 3),
                mixed = make_problem(stokes, 4, 4, 3);
  const auto of_scalar = scalar.spectra<Scalar>();
  const auto of_vector = vector.spectra<Scalar>();
  const auto of_mixed = mixed.spectra<Scalar>();
  std::array<double, 2> errors{};
  for (const auto& t : {std::array{2, 0, 0}, std::array{-3, 1, 2}, std::array{0, 3, -2}, std::array{3, 3, 3}}) {
    errors[0] = std::max(errors[0], spectrum_error(scalar, of_scalar, laplace, 0, 0, t));
    errors[1] = std::max({errors[1], spectrum_error(vector, of_vector, stokeslet, 0, 1, t),
                          spectrum_error(vector, of_vector, stokeslet, 1, 0, t),
                          spectrum_error(vector, of_vector, stokeslet, 2, 2, t)});
    for (const auto& [i, j] : {std::pair{0, 3}, {3, 0}, {3, 1}, {2, 3}, {2, 1}})
      errors[1] = std::max(errors[1], spectrum_error(mixed, of_mixed, stokes, i, j, t));
  }
  return errors;
}

TEST(M2lSpectra, AreTheTransformsOfTheKernel) {
  const auto in_double = spectrum_errors<double>();
  EXPECT_LE(in_double[0], 2e-13);
  EXPECT_LE(in_double[1], 3e-14);
  const auto in_float = spectrum_errors<float>();
  EXPECT_LE(in_float[0], 4e-6);
  EXPECT_LE(in_float[1], 3e-6);
}

/// The spectra of a kernel made with and without mirror images of offsets: largest difference, over the largest entry.
template <class Scalar>
double difference_without_mirrors(const Kernel& kernel, int order) {
  const Surface surface = make_surface(order, inner_radius);
  const auto mirrored = make_m2l_spectra<Scalar>(kernel, surface);
  const auto all = make_m2l_spectra<Scalar>(without_mirrors(kernel), surface);
  EXPECT_EQ(mirrored.pairs.entries, all.pairs.entries);
  EXPECT_EQ(mirrored.pairs.source_signs, all.pairs.source_signs);
  EXPECT_EQ(mirrored.values.size(), all.values.size());
  double largest = 0.0, difference = 0.0;
  const auto* const a = reinterpret_cast<const Scalar*>(mirrored.values.data());
  const auto* const b = reinterpret_cast<const Scalar*>(all.values.data());
  for (std::size_t i = 0; i < all.values.size() * sizeof(all.values[0]) / sizeof(Scalar); ++i) {
    largest = std::max(largest, double{std::abs(b[i])});
    difference = std::max(difference, double{std::abs(a[i] - b[i])});
  }
  return difference / largest;
}

TEST(M2lSpectra, OfMirroredOffsetsAreMirrorImages) {
  for (const Kernel& kernel :
       {make_kernel("laplace"), make_kernel("yukawa"), make_kernel("stokeslet"), stokes_kernel(), dipole_kernel()}) {
    ASSERT_TRUE(is_mirror_symmetric(kernel)) << kernel.name;
    ASSERT_FALSE(is_mirror_symmetric(without_mirrors(kernel))) << kernel.name;
    for (const int order : {4, 5}) {
      EXPECT_LT(difference_without_mirrors<double>(kernel, order), 2e-15) << kernel.name << order;
      EXPECT_LT(difference_without_mirrors<float>(kernel, order), 1e-7) << kernel.name << order;
    }
  }
}

TEST(M2lSpectra, DoNotDependOnTheNumberOfThreads) {
  const int before = omp_get_max_threads();
  std::vector<M2lSpectra<double>> made;
  for (const int num_threads : {1, 3}) {
    omp_set_num_threads(num_threads);
    made.push_back(make_problem(stokes, 4, 4, 4).spectra());
  }
  omp_set_num_threads(before);
  ASSERT_EQ(made[0].values.size(), made[1].values.size());
  EXPECT_EQ(
      std::memcmp(made[0].values.data(), made[1].values.data(), made[0].values.size() * sizeof(made[0].values[0])), 0);
}

/// A kernel far from the order of 1, in the middle of what double can hold.
void tiny(const double* r, const double* charge, double* potential) {
  double value = 0.0;
  laplace(r, charge, &value);
  potential[0] += 1e-100 * value;
}

TEST(M2lSpectra, StayInTheRangeOfFloatForAnyKernel) {
  const Problem problem = make_problem(tiny, 1, 1, 4);
  const auto spectra = problem.spectra<float>();
  EXPECT_LE(spectrum_error(problem, spectra, tiny, 0, 0, {2, 0, 0}), 1e-106);
}

TEST(M2lSpectra, AreZeroForAdjacentBoxesAndInThePadding) {
  const int p = 3;
  const auto spectra = make_problem(laplace, 1, 1, p).spectra();
  constexpr int lanes = m2l_lanes<double>;

  for (int slab = 0; slab < p; ++slab) {
    for (int chunk = 0; chunk < m2l_chunks<double>(p, slab); ++chunk) {
      const M2lChunk<double>* values = spectra.chunk(0, slab, chunk);
      for (int i = 0; i < m2l_num_offsets * lanes; ++i) {
        const int offset = i / lanes, lane = i % lanes;
        const bool near =
            std::abs(offset % 7 - 3) <= 1 && std::abs(offset / 7 % 7 - 3) <= 1 && std::abs(offset / 49 - 3) <= 1;
        const bool padding = chunk * lanes + lane >= m2l_frequencies(p, slab);
        if (near || padding) {
          EXPECT_EQ(values[offset].re[lane], 0.0);
          EXPECT_EQ(values[offset].im[lane], 0.0);
        }
      }
    }
  }
}

}
}
