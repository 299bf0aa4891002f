// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_dft.hpp"

#include <cmath>
#include <numbers>

namespace nearfar {
namespace {

/// The four sums from which a pair of frequencies, or of inverse points, is made.
struct Sums {
  M2lReal even_re, even_im, odd_re, odd_im;
};

template <int lines, bool folded>
[[gnu::always_inline]] inline void sum_line(const M2lTwiddles& twiddles, const M2lFolded& input, int k,
                                            std::ptrdiff_t first_line, Sums (&sums)[lines]) noexcept {
  const double* cosine = twiddles.cosine.data() + at(k) * at(twiddles.p);
  const double* sine = twiddles.sine.data() + at(k) * at(twiddles.p);
  const M2lComplex* even = input.even + first_line * input.line_stride;
  const M2lComplex* odd = input.odd + first_line * input.line_stride;
#pragma GCC unroll 4
  for (int l = 0; l < lines; ++l) {
    const M2lComplex& first = even[l * input.line_stride];
    sums[l] = {first.re, first.im, M2lReal{}, M2lReal{}};
  }
  for (int j = 1; j < twiddles.p; ++j) {
    even += input.even_stride;
    odd += input.odd_stride;
#pragma GCC unroll 4
    for (int l = 0; l < lines; ++l) {
      const M2lComplex e = even[l * input.line_stride];
      const M2lComplex o = folded ? odd[l * input.line_stride] : e;
      sums[l].even_re += e.re * cosine[j];
      sums[l].even_im += e.im * cosine[j];
      sums[l].odd_re += o.re * sine[j];
      sums[l].odd_im += o.im * sine[j];
    }
  }
}

template <int lines, bool folded>
void forward(const M2lTwiddles& twiddles, const M2lFolded& input, const M2lOutput& output, int first_line,
             int num_frequencies) noexcept {
  M2lComplex* values = output.values + first_line * output.line_stride;
  for (int k = 0; k < twiddles.p; ++k) {
    Sums sums[lines];
    sum_line<lines, folded>(twiddles, input, k, first_line, sums);
#pragma GCC unroll 4
    for (int l = 0; l < lines; ++l) {
      const Sums& s = sums[l];
      M2lComplex* line = values + l * output.line_stride;
      line[k * output.stride] = {s.even_re + s.odd_im, s.even_im - s.odd_re};
      if (k > 0 && num_frequencies == twiddles.n) {
        line[(twiddles.n - k) * output.stride] = {s.even_re - s.odd_im, s.even_im + s.odd_re};
      }
    }
  }
}

template <int lines, bool folded>
void inverse(const M2lTwiddles& twiddles, const M2lFolded& input, const M2lOutput& output, int first_line) noexcept {
  M2lComplex* values = output.values + first_line * output.line_stride;
  for (int k = 0; k < twiddles.p; ++k) {
    Sums sums[lines];
    sum_line<lines, folded>(twiddles, input, k, first_line, sums);
#pragma GCC unroll 4
    for (int l = 0; l < lines; ++l) {
      const Sums& s = sums[l];
      values[l * output.line_stride + k * output.stride] = {s.even_re - s.odd_im, s.even_im + s.odd_re};
    }
  }
}

}

M2lTwiddles::M2lTwiddles(int points_per_edge)
    : p(points_per_edge), n(2 * p - 1), cosine(at(p) * at(p)), sine(at(p) * at(p)) {
  for (int k = 0; k < p; ++k) {
    for (int j = 0; j < p; ++j) {
      const double angle = 2.0 * std::numbers::pi * ((j * k) % n) / n;
      cosine[at(k * p + j)] = std::cos(angle);
      sine[at(k * p + j)] = std::sin(angle);
    }
  }
}

M2lFolded fold(const M2lTwiddles& twiddles, M2lComplex* points, std::ptrdiff_t stride, std::ptrdiff_t line_stride,
               int num_lines) noexcept {
  for (int j = 1; j < twiddles.p; ++j) {
    M2lComplex* even = points + j * stride;
    M2lComplex* odd = points + (twiddles.n - j) * stride;
    for (int l = 0; l < num_lines; ++l, even += line_stride, odd += line_stride) {
      const M2lComplex a = *even;
      const M2lComplex b = *odd;
      *even = a + b;
      *odd = a - b;
    }
  }
  return {points, points + twiddles.n * stride, stride, -stride, line_stride};
}

void dft(const M2lTwiddles& twiddles, const M2lFolded& input, const M2lOutput& output, int num_lines,
         int num_frequencies) noexcept {
  const bool folded = input.even != input.odd;
  int line = 0;
  for (; line + 2 <= num_lines; line += 2) {
    if (folded) {
      forward<2, true>(twiddles, input, output, line, num_frequencies);
    } else {
      forward<2, false>(twiddles, input, output, line, num_frequencies);
    }
  }
  if (line < num_lines) forward<1, true>(twiddles, input, output, line, num_frequencies);
}

void inverse_dft(const M2lTwiddles& twiddles, const M2lFolded& input, const M2lOutput& output, int num_lines) noexcept {
  int line = 0;
  for (; line + 2 <= num_lines; line += 2) inverse<2, true>(twiddles, input, output, line);
  if (line < num_lines) inverse<1, true>(twiddles, input, output, line);
}

}
