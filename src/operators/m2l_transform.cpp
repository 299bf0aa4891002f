// SPDX-License-Identifier: BSD-3-Clause
// The transforms of M2lSweep between the expansions of boxes and their spectra. As many boxes as a vector has
// lanes are transformed side by side.
#include <algorithm>
#include <array>

#include "operators/m2l.hpp"
#include "operators/m2l_transpose.hpp"

namespace nearfar {
namespace {

/// As many doubles as a vector of children has lanes.
template <class Scalar>
using Doubles = typename M2lVector<double, m2l_children<Scalar>>::type;

template <class Scalar>
using Square = std::array<M2lChildVector<Scalar>, usize(m2l_children<Scalar>)>;

}

template <class Scalar>
void M2lSweep<Scalar>::transform_boxes(std::span<const Index> boxes, int slab, Workspace& workspace,
                                       Scratch& scratch) const noexcept {
  const int p = dft_.p;
  const int n = dft_.n;
  read_multipoles(boxes, scratch);
  for (int component = 0; component < spectra_.pairs.source_dim; ++component) {
    transform_z(component, slab, scratch);
    dft_.forward(dft_.zero_extended(scratch.columns.data(), 1, p), {scratch.lines.data(), 1, n}, p, n);
    dft_.forward(dft_.zero_extended(scratch.lines.data(), n, 1), {scratch.frequencies.data(), n, 1}, n,
                 slab == 0 ? p : n);
    if (spectra_.pairs.source_signs[usize(component)] < 0.0)
      for (Children& frequency : std::span(scratch.frequencies).first(usize(m2l_frequencies(p, slab))))
        frequency = {-frequency.re, -frequency.im};
    store_spectra(boxes, slab, workspace.spectra.get() + spectra_begin(component, 0), scratch);
  }
}

/// Brings the coefficients of boxes side by side.
template <class Scalar>
void M2lSweep<Scalar>::read_multipoles(std::span<const Index> boxes, Scratch& scratch) const noexcept {
  const int size = surface_size(dft_.p) * spectra_.pairs.source_dim;
  std::array<const double*, usize(children)> multipoles;
  multipoles.fill(scratch.zeros.data());
  for (std::size_t lane = 0; lane < boxes.size(); ++lane) {
    const double* multipole = families_.sources[usize(boxes[lane] / 8)][usize(boxes[lane] % 8)];
    if (multipole != nullptr) multipoles[lane] = multipole;
  }
  Scalar* panel = scratch.panel.data();
  int i = 0;
  for (; i + children <= size; i += children) {
    Square<Scalar> square;
#pragma GCC unroll 8
    for (int lane = 0; lane < children; ++lane)
      square[usize(lane)] = __builtin_convertvector(simd::load<Doubles<Scalar>>(multipoles[usize(lane)] + i), Vector);
    transpose(square);
#pragma GCC unroll 8
    for (int row = 0; row < children; ++row) simd::store(panel + (i + row) * children, square[usize(row)]);
  }
  for (; i < size; ++i) {
    for (int lane = 0; lane < children; ++lane)
      panel[i * children + lane] = static_cast<Scalar>(multipoles[usize(lane)][i]);
  }
}

/// The transform in z at one k_z. The points of the surface are in the order of (x, y, z); a column (x, y) has either
/// all z or just the two ends.
template <class Scalar>
void M2lSweep<Scalar>::transform_z(int component, int slab, Scratch& scratch) const noexcept {
  const int p = dft_.p;
  const Scalar* cosine = dft_.cosine.data() + slab * p;
  const Scalar* sine = dft_.sine.data() + slab * p;
  const std::ptrdiff_t stride = std::ptrdiff_t{spectra_.pairs.source_dim} * children;
  const Scalar* point = scratch.panel.data() + component * children;
  Children* column = scratch.columns.data();
  for (int x = 0; x < p; ++x) {
    for (int y = 0; y < p; ++y) {
      const bool whole = x == 0 || x == p - 1 || y == 0 || y == p - 1;
      Children sum{simd::load<Vector>(point), Vector{}};
      for (int z = whole ? 1 : p - 1; z < p; ++z) {
        point += stride;
        sum.re += simd::load<Vector>(point) * cosine[z];
        sum.im -= simd::load<Vector>(point) * sine[z];
      }
      point += stride;
      *column++ = sum;
    }
  }
}

/// From [frequency] of lanes that are boxes to [chunk][box] of lanes that are frequencies.
template <class Scalar>
void M2lSweep<Scalar>::store_spectra(std::span<const Index> boxes, int slab, Chunk* spectra,
                                     Scratch& scratch) const noexcept {
  Children* in = scratch.frequencies.data();
  const int num_chunks = m2l_chunks<Scalar>(dft_.p, slab);
  std::fill(in + m2l_frequencies(dft_.p, slab), in + num_chunks * lanes, Children{});
  const std::ptrdiff_t stride = chunk_stride();
  for (int chunk = 0; chunk < num_chunks; ++chunk, spectra += stride) {
    for (int first = 0; first < lanes; first += children, in += children) {
      Square<Scalar> re, im;
#pragma GCC unroll 8
      for (int i = 0; i < children; ++i) {
        re[usize(i)] = in[i].re;
        im[usize(i)] = in[i].im;
      }
      transpose(re);
      transpose(im);
      for (std::size_t lane = 0; lane < boxes.size(); ++lane) {
        Chunk& out = spectra[boxes[lane]];
        simd::store(reinterpret_cast<Scalar*>(&out.re) + first, re[lane]);
        simd::store(reinterpret_cast<Scalar*>(&out.im) + first, im[lane]);
      }
    }
  }
}

/// The way back, from the sums of a block.
template <class Scalar>
void M2lSweep<Scalar>::load_spectra(const Places& places, int slab, Scratch& scratch) const noexcept {
  Children* out = scratch.frequencies.data();
  const Chunk* spectra = scratch.children.data();
  for (int chunk = 0; chunk < m2l_chunks<Scalar>(dft_.p, slab); ++chunk, spectra += scratch.child_stride) {
    for (int first = 0; first < lanes; first += children, out += children) {
      Square<Scalar> re, im;
#pragma GCC unroll 8
      for (int i = 0; i < children; ++i) {
        const Chunk& in = spectra[places[usize(i)]];
        re[usize(i)] = simd::load<Vector>(reinterpret_cast<const Scalar*>(&in.re) + first);
        im[usize(i)] = simd::load<Vector>(reinterpret_cast<const Scalar*>(&in.im) + first);
      }
      transpose(re);
      transpose(im);
#pragma GCC unroll 8
      for (int i = 0; i < children; ++i) out[i] = {re[usize(i)], im[usize(i)]};
    }
  }
}

/// From the frequencies of a slab to its share of the potentials at the surface points, in the panel.
template <class Scalar>
void M2lSweep<Scalar>::inverse_z(int slab, Scratch& scratch) const noexcept {
  const int p = dft_.p;
  const int n = dft_.n;
  Children* frequencies = scratch.frequencies.data();
  // Slab 0 has half of its k_x; the other half would double the real part of the result at k_x > 0.
  auto folded = dft_.zero_extended(frequencies, n, 1);
  if (slab == 0) {
    for (int i = n; i < p * n; ++i) frequencies[i] = frequencies[i] + frequencies[i];
  } else {
    folded = dft_.fold(frequencies, n, 1, n);
  }
  dft_.inverse(folded, {scratch.lines.data(), n, 1}, n);
  dft_.inverse(dft_.fold(scratch.lines.data(), 1, n, p), {scratch.columns.data(), 1, p}, p);

  const auto factor = static_cast<Scalar>((slab == 0 ? 1.0 : 2.0) / (double(n) * n * n));
  const Scalar* cosine = dft_.cosine.data() + slab * p;
  const Scalar* sine = dft_.sine.data() + slab * p;
  Scalar* point = scratch.panel.data();
  const Children* column = scratch.columns.data();
  for (int x = 0; x < p; ++x) {
    for (int y = 0; y < p; ++y, ++column) {
      const bool whole = x == 0 || x == p - 1 || y == 0 || y == p - 1;
      const Children value{column->re * factor, column->im * factor};
      for (int z = 0; z < p; z += whole ? 1 : p - 1, point += children) {
        simd::store(point, Vector(value.re * cosine[z] - value.im * sine[z]));
      }
    }
  }
}

/// Adds the panel to one component of locals.
template <class Scalar>
void M2lSweep<Scalar>::add_to_locals(const Locals& locals, int component, const Scratch& scratch) const noexcept {
  const int stride = spectra_.pairs.target_dim;
  const int num_points = surface_size(dft_.p);
  for (int i = 0; i < num_points; i += children) {
    Square<Scalar> square;
#pragma GCC unroll 8
    for (int row = 0; row < children; ++row)
      square[usize(row)] = simd::load<Vector>(scratch.panel.data() + (i + row) * children);
    transpose(square);
    for (int lane = 0; lane < children; ++lane) {
      double* local = locals[usize(lane)];
      if (local == nullptr) continue;
      local += i * stride + component;
      const auto values = __builtin_convertvector(square[usize(lane)], Doubles<Scalar>) * local_factor_;
      if (stride == 1 && i + children <= num_points) {
        simd::store(local, Doubles<Scalar>(simd::load<Doubles<Scalar>>(local) + values));
      } else {
        for (int row = 0; row < std::min(children, num_points - i); ++row) local[row * stride] += values[row];
      }
    }
  }
}

#define NEARFAR_INSTANTIATE(Scalar)                                                                                  \
  template void M2lSweep<Scalar>::transform_boxes(std::span<const Index>, int, Workspace&, Scratch&) const noexcept; \
  template void M2lSweep<Scalar>::load_spectra(const Places&, int, Scratch&) const noexcept;                         \
  template void M2lSweep<Scalar>::inverse_z(int, Scratch&) const noexcept;                                           \
  template void M2lSweep<Scalar>::add_to_locals(const Locals&, int, const Scratch&) const noexcept
NEARFAR_INSTANTIATE(double);
NEARFAR_INSTANTIATE(float);

}
