// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_karatsuba.hpp"

#include <array>

#include "operators/m2l_spectra.hpp"

namespace nearfar {
namespace {

/// The E map in one dimension: x_0 + x_1, x_1, x_0.
bool takes(int k, int o) noexcept { return k == 0 || o == 2 - k; }

/// Planes from the children at the lower end of x given, and their neighbours in x.
template <int count, class Chunk>
void sum_children(const Chunk* spectra, std::span<const Index> rows, const std::array<int, 4>& children, bool opposite,
                  Chunk* planes, std::ptrdiff_t plane_stride) noexcept {
  for (const Index row : rows) {
    const Chunk* family = spectra + std::ptrdiff_t{row} * 8;
    Chunk lower = family[children[0]], upper = family[children[0] + 1];
#pragma GCC unroll 4
    for (std::size_t i = 1; i < count; ++i) {
      lower = lower + family[children[i]];
      upper = upper + family[children[i] + 1];
    }
    if (opposite) lower = -lower, upper = -upper;
    planes[0] = lower + upper;
    planes[plane_stride] = upper;
    planes[2 * plane_stride] = lower;
    ++planes;
  }
}

/// The element that many words away.
template <class Chunk>
[[nodiscard, gnu::always_inline]] inline const Chunk& element(const Chunk* base, M2lPlace words) noexcept {
  return *reinterpret_cast<const Chunk*>(reinterpret_cast<const char*>(base) + std::size_t{words} * m2l_word);
}

}

template <class Chunk>
void m2l_make_operators(const Chunk* spectra, Chunk* operators) noexcept {
  constexpr int shift[3] = {0, 1, -1};
  for (int d = 0; d < m2l_num_directions; ++d) {
    const Chunk* centre = spectra + m2l_offset(2 * (d % 3 - 1), 2 * (d / 3 % 3 - 1), 2 * (d / 9 - 1));
    Chunk in_z[3][3], in_y[3][3];  // [y][x], [ky][x]
    for (int kz = 0; kz < 3; ++kz) {
      for (int y = 0; y < 3; ++y) {
        for (int x = 0; x < 3; ++x) {
          const Chunk* value = centre + 7 * shift[y] + shift[x];
          in_z[y][x] = kz == 0 ? value[0] : value[49 * shift[kz]] - value[0];
        }
      }
      for (int x = 0; x < 3; ++x) {
        in_y[0][x] = in_z[0][x];
        in_y[1][x] = in_z[1][x] - in_z[0][x];
        in_y[2][x] = in_z[2][x] - in_z[0][x];
      }
      for (int ky = 0; ky < 3; ++ky) {
        Chunk* out = operators + (9 * kz + 3 * ky) * m2l_num_directions + d;
        out[0] = in_y[ky][0];
        out[m2l_num_directions] = in_y[ky][1] - in_y[ky][0];
        out[2 * m2l_num_directions] = in_y[ky][2] - in_y[ky][0];
      }
    }
  }
}

template <class Chunk>
void m2l_make_planes(const Chunk* spectra, std::span<const Index> rows, int ky, int kz, bool opposite, Chunk* planes,
                     std::ptrdiff_t plane_stride) noexcept {
  std::array<int, 4> children{};
  int count = 0;
  for (int o = 0; o < 8; o += 2) {
    if (takes(ky, o >> 1 & 1) && takes(kz, o >> 2 & 1)) children[usize(count++)] = o;
  }
  if (count == 1) sum_children<1>(spectra, rows, children, opposite, planes + 1, plane_stride);
  if (count == 2) sum_children<2>(spectra, rows, children, opposite, planes + 1, plane_stride);
  if (count == 4) sum_children<4>(spectra, rows, children, opposite, planes + 1, plane_stride);
}

template <class Chunk>
void m2l_multiply(const Chunk* plane, const Chunk* operators, std::span<const M2lPlace> list, const Chunk* initial,
                  Chunk* sums) noexcept {
  using Vector = decltype(Chunk::re);
  Vector re[m2l_group_size] = {}, im[m2l_group_size] = {};
  if (initial != nullptr) {
#pragma GCC unroll 8
    for (int t = 0; t < m2l_group_size; ++t) {
      re[t] = initial[t].re;
      im[t] = initial[t].im;
    }
  }
  const M2lPlace* const end = list.data() + list.size();
  for (const M2lPlace* entry = list.data(); entry != end; entry += 1 + m2l_group_size) {
    const Chunk& w = element(operators, entry[0]);
    const Vector w_re = w.re, w_im = w.im;
#pragma GCC unroll 8
    for (int t = 0; t < m2l_group_size; ++t) {
      const Chunk& u = element(plane, entry[1 + t]);
      const Vector u_re = u.re, u_im = u.im;
      re[t] += u_re * w_re;
      im[t] += u_re * w_im;
      re[t] -= u_im * w_im;
      im[t] += u_im * w_re;
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < m2l_group_size; ++t) sums[t] = {re[t], im[t]};
}

template <class Chunk>
void m2l_add_children(const Chunk* sums, std::ptrdiff_t sums_stride, int kz, Index num_targets,
                      Chunk* children) noexcept {
  for (Index target = 0; target < num_targets; ++target, ++sums, children += 8) {
#pragma GCC unroll 4
    for (int o = 0; o < 4; ++o) {
      const Chunk* in_x = sums + 3 * (1 + (o >> 1)) * sums_stride;
      const Chunk value = in_x[0] + in_x[(1 + (o & 1)) * sums_stride];
      if (kz == 0) children[o] = value;
      if (kz == 1) children[o] = children[o] + value;
      if (kz == 2) children[o + 4] = children[o] + value;
    }
  }
}

#define NEARFAR_INSTANTIATE(Chunk)                                                                                  \
  template void m2l_make_operators(const Chunk*, Chunk*) noexcept;                                                  \
  template void m2l_make_planes(const Chunk*, std::span<const Index>, int, int, bool, Chunk*,                       \
                                std::ptrdiff_t) noexcept;                                                           \
  template void m2l_multiply(const Chunk*, const Chunk*, std::span<const M2lPlace>, const Chunk*, Chunk*) noexcept; \
  template void m2l_add_children(const Chunk*, std::ptrdiff_t, int, Index, Chunk*) noexcept
NEARFAR_INSTANTIATE(M2lChunk<double>);
NEARFAR_INSTANTIATE(M2lChunk<float>);

}
