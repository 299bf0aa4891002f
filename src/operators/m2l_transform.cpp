// SPDX-License-Identifier: BSD-3-Clause
// The transforms of M2lSweep between the expansions of boxes and their spectra. The children of a family, or as many of
// them as a vector has lanes, are transformed side by side.
#include <algorithm>

#include "operators/m2l.hpp"
#include "operators/m2l_transpose.hpp"

namespace nearfar {

void M2lSweep::transform(Index source_family, int slab, M2lScratch& scratch) noexcept {
  const int p = twiddles_.p;
  const int n = twiddles_.n;
  for (int first = 0; first < 8; first += m2l_lanes) {
    const auto children = std::span(families_.sources[at(source_family)]).subspan(at(first), at(m2l_lanes));
    const bool empty = std::all_of(children.begin(), children.end(), [](const double* q) { return q == nullptr; });
    if (empty) {
      std::fill(scratch.frequencies_.begin(), scratch.frequencies_.end(), M2lComplex{});
    } else {
      read_multipoles(source_family, first, scratch);
    }
    for (int component = 0; component < operators_.kernel.source_dim; ++component) {
      if (!empty) {
        transform_z(component, slab, scratch);
        dft(twiddles_, zero_extended(scratch.columns_.data(), 1, p), {scratch.lines_.data(), 1, n}, p, n);
        dft(twiddles_, zero_extended(scratch.lines_.data(), n, 1), {scratch.frequencies_.data(), n, 1}, n,
            slab == 0 ? p : n);
      }
      store_spectra(component, source_family, first, slab, scratch);
    }
  }
}

/// Brings the coefficients of children side by side.
void M2lSweep::read_multipoles(Index family, int first_child, M2lScratch& scratch) const noexcept {
  const int size = operators_.multipole_size();
  std::array<const double*, m2l_lanes> children;
  for (int lane = 0; lane < m2l_lanes; ++lane) {
    const double* child = families_.sources[at(family)][at(first_child + lane)];
    children[at(lane)] = child != nullptr ? child : scratch.zeros_.data();
  }
  double* panel = scratch.panel_.data();
  int i = 0;
  for (; i + m2l_lanes <= size; i += m2l_lanes) {
    M2lSquare square;
    for (int lane = 0; lane < m2l_lanes; ++lane) square[at(lane)] = simd::load<M2lReal>(children[at(lane)] + i);
    transpose(square);
    for (int row = 0; row < m2l_lanes; ++row) simd::store(panel + (i + row) * m2l_lanes, square[at(row)]);
  }
  for (; i < size; ++i) {
    for (int lane = 0; lane < m2l_lanes; ++lane) panel[i * m2l_lanes + lane] = children[at(lane)][i];
  }
}

/// The transform in z at one k_z. The points of the surface are in the order of (x, y, z); a column (x, y) has either
/// all z or just the two ends.
void M2lSweep::transform_z(int component, int slab, M2lScratch& scratch) const noexcept {
  const int p = twiddles_.p;
  const double* cosine = twiddles_.cosine.data() + slab * p;
  const double* sine = twiddles_.sine.data() + slab * p;
  const std::ptrdiff_t stride = std::ptrdiff_t{operators_.kernel.source_dim} * m2l_lanes;
  const double* point = scratch.panel_.data() + component * m2l_lanes;
  M2lComplex* column = scratch.columns_.data();
  for (int x = 0; x < p; ++x) {
    for (int y = 0; y < p; ++y) {
      const bool whole = x == 0 || x == p - 1 || y == 0 || y == p - 1;
      M2lComplex sum{simd::load<M2lReal>(point), M2lReal{}};
      for (int z = whole ? 1 : p - 1; z < p; ++z) {
        point += stride;
        sum.re += simd::load<M2lReal>(point) * cosine[z];
        sum.im -= simd::load<M2lReal>(point) * sine[z];
      }
      point += stride;
      *column++ = sum;
    }
  }
}

void M2lSweep::store_spectra(int component, Index family, int first_child, int slab, M2lScratch& scratch) noexcept {
  const M2lComplex* in = scratch.frequencies_.data();
  std::fill_n(scratch.frequencies_.begin() + m2l_frequencies(twiddles_.p, slab), m2l_lanes - 1, M2lComplex{});
  M2lComplex* out = spectra_.get() + std::ptrdiff_t{component} * max_chunks_ * chunk_stride_ +
                    std::ptrdiff_t{family} * 8 + first_child;
  for (int chunk = 0; chunk < m2l_chunks(twiddles_.p, slab); ++chunk, in += m2l_lanes, out += chunk_stride_) {
    transpose(in, out);
  }
}

void M2lSweep::load_spectra(Index target, int first_child, int slab, M2lScratch& scratch) const noexcept {
  M2lComplex* out = scratch.frequencies_.data();
  const M2lComplex* in = scratch.children_.data() + std::ptrdiff_t{target} * 8 + first_child;
  for (int chunk = 0; chunk < m2l_chunks(twiddles_.p, slab); ++chunk, out += m2l_lanes, in += scratch.child_stride_) {
    transpose(in, out);
  }
}

/// From the frequencies of a slab to its share of the potentials at the surface points, in the panel.
void M2lSweep::inverse_z(int slab, M2lScratch& scratch) const noexcept {
  const int p = twiddles_.p;
  const int n = twiddles_.n;
  M2lComplex* frequencies = scratch.frequencies_.data();
  // Slab 0 has half of its k_x; the other half would double the real part of the result at k_x > 0.
  M2lFolded folded = zero_extended(frequencies, n, 1);
  if (slab == 0) {
    for (int i = n; i < p * n; ++i) frequencies[i] = frequencies[i] + frequencies[i];
  } else {
    folded = fold(twiddles_, frequencies, n, 1, n);
  }
  inverse_dft(twiddles_, folded, {scratch.lines_.data(), n, 1}, n);
  inverse_dft(twiddles_, fold(twiddles_, scratch.lines_.data(), 1, n, p), {scratch.columns_.data(), 1, p}, p);

  const double factor = (slab == 0 ? 1.0 : 2.0) / (double(n) * n * n);
  const double* cosine = twiddles_.cosine.data() + slab * p;
  const double* sine = twiddles_.sine.data() + slab * p;
  double* point = scratch.panel_.data();
  const M2lComplex* column = scratch.columns_.data();
  for (int x = 0; x < p; ++x) {
    for (int y = 0; y < p; ++y, ++column) {
      const bool whole = x == 0 || x == p - 1 || y == 0 || y == p - 1;
      const M2lComplex value{column->re * factor, column->im * factor};
      for (int z = 0; z < p; z += whole ? 1 : p - 1, point += m2l_lanes) {
        simd::store(point, value.re * cosine[z] - value.im * sine[z]);
      }
    }
  }
}

/// Adds the panel to one component of the locals of children.
void M2lSweep::add_to_locals(Index family, int first_child, int component, const M2lScratch& scratch) const noexcept {
  const int num_points = operators_.surfaces->inner.size();
  const int stride = operators_.kernel.target_dim;
  const auto& children = families_.targets[at(family)];
  for (int i = 0; i < num_points; i += m2l_lanes) {
    M2lSquare square;
    for (int row = 0; row < m2l_lanes; ++row)
      square[at(row)] = simd::load<M2lReal>(scratch.panel_.data() + (i + row) * m2l_lanes);
    transpose(square);
    for (int lane = 0; lane < m2l_lanes; ++lane) {
      double* local = children[at(first_child + lane)];
      if (local == nullptr) continue;
      local += i * stride + component;
      if (stride == 1 && i + m2l_lanes <= num_points) {
        simd::store(local, simd::load<M2lReal>(local) + square[at(lane)]);
      } else {
        for (int row = 0; row < std::min(m2l_lanes, num_points - i); ++row) {
          local[row * stride] += square[at(lane)][row];
        }
      }
    }
  }
}

}
