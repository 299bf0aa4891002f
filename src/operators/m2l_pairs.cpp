// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_pairs.hpp"

#include "operators/m2l_spectra.hpp"

namespace nearfar {

template <class Chunk>
void m2l_gather(const Chunk* spectra, std::span<const Index> boxes, bool opposite, Chunk* sources) noexcept {
  for (const Index box : boxes) *sources++ = opposite ? -spectra[box] : spectra[box];
}

template <class Chunk>
Chunk m2l_sum_pairs(const Chunk* sources, const Chunk* operators, std::span<const M2lPair> pairs,
                    const Chunk& initial) noexcept {
  using Vector = decltype(Chunk::re);
  // Eight chains of sums hide the latency of the multiply-adds.
  Vector re_re[2] = {initial.re, {}}, re_im[2] = {initial.im, {}}, im_im[2] = {}, im_re[2] = {};
  const auto add = [&](const M2lPair& pair, int chain) __attribute__((always_inline)) {
    const Chunk& u = sources[pair.source];
    const Chunk& w = operators[pair.offset];
    re_re[chain] += u.re * w.re;
    im_im[chain] += u.im * w.im;
    re_im[chain] += u.re * w.im;
    im_re[chain] += u.im * w.re;
  };
  const std::size_t even = pairs.size() / 2 * 2;
  for (std::size_t i = 0; i < even; i += 2) {
    add(pairs[i], 0);
    add(pairs[i + 1], 1);
  }
  if (even < pairs.size()) add(pairs[even], 0);
  return {(re_re[0] + re_re[1]) - (im_im[0] + im_im[1]), (re_im[0] + re_im[1]) + (im_re[0] + im_re[1])};
}

#define NEARFAR_INSTANTIATE(Chunk)                                                       \
  template void m2l_gather(const Chunk*, std::span<const Index>, bool, Chunk*) noexcept; \
  template Chunk m2l_sum_pairs(const Chunk*, const Chunk*, std::span<const M2lPair>, const Chunk&) noexcept
NEARFAR_INSTANTIATE(M2lChunk<double>);
NEARFAR_INSTANTIATE(M2lChunk<float>);

}
