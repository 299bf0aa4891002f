// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_karatsuba.hpp"

#include <array>

#include "operators/m2l_spectra.hpp"

namespace nearfar {
namespace {

M2lComplex load_spectrum(const double* spectra, int offset) noexcept {
  const double* values = spectra + std::ptrdiff_t{offset} * 2 * m2l_lanes;
  return {simd::load<M2lReal>(values), simd::load<M2lReal>(values + m2l_lanes)};
}

/// The E map in one dimension: x_0 + x_1, x_1, x_0.
bool takes(int k, int o) noexcept { return k == 0 || o == 2 - k; }

template <int count>
void sum_children(const M2lComplex* spectra, std::span<const Index> rows, const std::array<int, 4>& children,
                  M2lComplex* plane) noexcept {
  for (const Index row : rows) {
    const M2lComplex* family = spectra + std::ptrdiff_t{row} * 8;
    M2lComplex sum = family[children[0]];
#pragma GCC unroll 8
    for (int i = 1; i < count; ++i) sum = sum + family[children[at(i)]];
    *plane++ = sum;
  }
}

}

void m2l_make_operators(const double* spectra, std::span<const std::int32_t> directions, int kz,
                        M2lComplex* operators) noexcept {
  constexpr int shift[3] = {0, 1, -1};
  for (const std::int32_t d : directions) {
    const int centre = m2l_offset(2 * (d % 3 - 1), 2 * (d / 3 % 3 - 1), 2 * (d / 9 - 1));
    M2lComplex in_z[3][3];  // [y][x]
#pragma GCC unroll 3
    for (int y = 0; y < 3; ++y) {
#pragma GCC unroll 3
      for (int x = 0; x < 3; ++x) {
        const int offset = centre + 7 * shift[y] + shift[x];
        in_z[y][x] = load_spectrum(spectra, offset + 49 * shift[kz]);
        if (kz > 0) in_z[y][x] = in_z[y][x] - load_spectrum(spectra, offset);
      }
    }
#pragma GCC unroll 3
    for (int ky = 0; ky < 3; ++ky) {
      M2lComplex in_y[3];
#pragma GCC unroll 3
      for (int x = 0; x < 3; ++x) in_y[x] = ky == 0 ? in_z[0][x] : in_z[ky][x] - in_z[0][x];
      M2lComplex* out = operators + 3 * ky * m2l_num_directions + d;
      out[0] = in_y[0];
      out[m2l_num_directions] = in_y[1] - in_y[0];
      out[2 * m2l_num_directions] = in_y[2] - in_y[0];
    }
  }
}

void m2l_make_plane(const M2lComplex* spectra, std::span<const Index> rows, int kx, int ky, int kz, M2lComplex* planes,
                    std::ptrdiff_t plane_stride) noexcept {
  M2lComplex* plane = planes + kx * plane_stride + 1;
  if (kx == 0) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      plane[i] = plane[at(plane_stride) + i] + plane[at(2 * plane_stride) + i];
    return;
  }
  std::array<int, 4> children{};
  int count = 0;
  for (int o = 0; o < 8; ++o) {
    if (takes(kx, o & 1) && takes(ky, o >> 1 & 1) && takes(kz, o >> 2 & 1)) children[at(count++)] = o;
  }
  if (count == 1) sum_children<1>(spectra, rows, children, plane);
  if (count == 2) sum_children<2>(spectra, rows, children, plane);
  if (count == 4) sum_children<4>(spectra, rows, children, plane);
}

void m2l_multiply(const M2lComplex* plane, const M2lComplex* operators, std::span<const std::int32_t> list, bool add,
                  M2lComplex* sums) noexcept {
  M2lReal re[m2l_group_size] = {};
  M2lReal im[m2l_group_size] = {};
  const std::int32_t* const end = list.data() + list.size();
  for (const std::int32_t* entry = list.data(); entry != end; entry += 1 + m2l_group_size) {
    const M2lComplex w = operators[entry[0]];
#pragma GCC unroll 8
    for (int t = 0; t < m2l_group_size; ++t) {
      const M2lComplex u = plane[entry[1 + t]];
      re[t] += u.re * w.re;
      im[t] += u.re * w.im;
      re[t] -= u.im * w.im;
      im[t] += u.im * w.re;
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < m2l_group_size; ++t) {
    const M2lComplex sum{re[t], im[t]};
    sums[t] = add ? sums[t] + sum : sum;
  }
}

void m2l_add_children(const M2lComplex* sums, std::ptrdiff_t sums_stride, int kz, Index num_targets,
                      M2lComplex* children) noexcept {
  for (Index target = 0; target < num_targets; ++target, children += 8) {
    M2lComplex in_x[3][2];  // [ky][x]
#pragma GCC unroll 3
    for (int ky = 0; ky < 3; ++ky) {
      const M2lComplex* p = sums + 3 * ky * sums_stride + target;
      in_x[ky][0] = p[0] + p[sums_stride];
      in_x[ky][1] = p[0] + p[2 * sums_stride];
    }
#pragma GCC unroll 4
    for (int o = 0; o < 4; ++o) {
      const M2lComplex value = in_x[0][o & 1] + in_x[1 + (o >> 1)][o & 1];
      if (kz == 0) {
        children[o] = value;
        children[o + 4] = value;
      } else {
        M2lComplex& child = children[kz == 1 ? o : o + 4];
        child = child + value;
      }
    }
  }
}

}
