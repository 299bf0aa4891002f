// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_dft.hpp"

#include <cmath>
#include <numbers>

namespace nearfar {
namespace {

/// The four sums from which a pair of frequencies, or of inverse points, is made.
template <class Scalar>
struct Sums {
  M2lChildVector<Scalar> even_re, even_im, odd_re, odd_im;
};

template <int lines, bool folded, class Scalar>
[[gnu::always_inline]] inline void sum_line(const M2lDft<Scalar>& dft, const typename M2lDft<Scalar>::Folded& input,
                                            int k, std::ptrdiff_t first_line, Sums<Scalar> (&sums)[lines]) noexcept {
  const Scalar* cosine = dft.cosine.data() + usize(k) * usize(dft.p);
  const Scalar* sine = dft.sine.data() + usize(k) * usize(dft.p);
  const auto* even = input.even + first_line * input.line_stride;
  const auto* odd = input.odd + first_line * input.line_stride;
#pragma GCC unroll 4
  for (int l = 0; l < lines; ++l) {
    const auto& first = even[l * input.line_stride];
    sums[l] = {first.re, first.im, M2lChildVector<Scalar>{}, M2lChildVector<Scalar>{}};
  }
  for (int j = 1; j < dft.p; ++j) {
    even += input.even_stride;
    odd += input.odd_stride;
#pragma GCC unroll 4
    for (int l = 0; l < lines; ++l) {
      const auto e = even[l * input.line_stride];
      const auto o = folded ? odd[l * input.line_stride] : e;
      sums[l].even_re += e.re * cosine[j];
      sums[l].even_im += e.im * cosine[j];
      sums[l].odd_re += o.re * sine[j];
      sums[l].odd_im += o.im * sine[j];
    }
  }
}

template <int lines, bool folded, class Scalar>
void forward_lines(const M2lDft<Scalar>& dft, const typename M2lDft<Scalar>::Folded& input,
                   const typename M2lDft<Scalar>::Output& output, int first_line, int num_frequencies) noexcept {
  auto* values = output.values + first_line * output.line_stride;
  for (int k = 0; k < dft.p; ++k) {
    Sums<Scalar> sums[lines];
    sum_line<lines, folded>(dft, input, k, first_line, sums);
#pragma GCC unroll 4
    for (int l = 0; l < lines; ++l) {
      const Sums<Scalar>& s = sums[l];
      auto* line = values + l * output.line_stride;
      line[k * output.stride] = {s.even_re + s.odd_im, s.even_im - s.odd_re};
      if (k > 0 && num_frequencies == dft.n) {
        line[(dft.n - k) * output.stride] = {s.even_re - s.odd_im, s.even_im + s.odd_re};
      }
    }
  }
}

template <int lines, class Scalar>
void inverse_lines(const M2lDft<Scalar>& dft, const typename M2lDft<Scalar>::Folded& input,
                   const typename M2lDft<Scalar>::Output& output, int first_line) noexcept {
  auto* values = output.values + first_line * output.line_stride;
  for (int k = 0; k < dft.p; ++k) {
    Sums<Scalar> sums[lines];
    sum_line<lines, true>(dft, input, k, first_line, sums);
#pragma GCC unroll 4
    for (int l = 0; l < lines; ++l) {
      const Sums<Scalar>& s = sums[l];
      values[l * output.line_stride + k * output.stride] = {s.even_re - s.odd_im, s.even_im + s.odd_re};
    }
  }
}

}

template <class Scalar>
M2lDft<Scalar>::M2lDft(int points_per_edge)
    : p(points_per_edge), n(2 * p - 1), cosine(usize(p) * usize(p)), sine(usize(p) * usize(p)) {
  for (int k = 0; k < p; ++k) {
    for (int j = 0; j < p; ++j) {
      const double angle = 2.0 * std::numbers::pi * ((j * k) % n) / n;
      cosine[usize(k * p + j)] = static_cast<Scalar>(std::cos(angle));
      sine[usize(k * p + j)] = static_cast<Scalar>(std::sin(angle));
    }
  }
}

template <class Scalar>
auto M2lDft<Scalar>::fold(Value* points, std::ptrdiff_t stride, std::ptrdiff_t line_stride,
                          int num_lines) const noexcept -> Folded {
  for (int j = 1; j < p; ++j) {
    Value* even = points + j * stride;
    Value* odd = points + (n - j) * stride;
    for (int l = 0; l < num_lines; ++l, even += line_stride, odd += line_stride) {
      const Value a = *even;
      const Value b = *odd;
      *even = a + b;
      *odd = a - b;
    }
  }
  return {points, points + n * stride, stride, -stride, line_stride};
}

template <class Scalar>
void M2lDft<Scalar>::forward(const Folded& input, const Output& output, int num_lines,
                             int num_frequencies) const noexcept {
  const bool folded = input.even != input.odd;
  int line = 0;
  for (; line + 2 <= num_lines; line += 2) {
    if (folded) {
      forward_lines<2, true>(*this, input, output, line, num_frequencies);
    } else {
      forward_lines<2, false>(*this, input, output, line, num_frequencies);
    }
  }
  if (line < num_lines) forward_lines<1, true>(*this, input, output, line, num_frequencies);
}

template <class Scalar>
void M2lDft<Scalar>::inverse(const Folded& input, const Output& output, int num_lines) const noexcept {
  int line = 0;
  for (; line + 2 <= num_lines; line += 2) inverse_lines<2>(*this, input, output, line);
  if (line < num_lines) inverse_lines<1>(*this, input, output, line);
}

template struct M2lDft<double>;
template struct M2lDft<float>;

}
