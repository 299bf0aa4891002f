// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_spectra.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "operators/m2l_dft.hpp"
#include "operators/m2l_transpose.hpp"

namespace nearfar {
namespace {

/// Number of chunks in the slabs before this one.
int chunks_before(int order, int slab) noexcept {
  return slab == 0 ? 0 : m2l_chunks(order, 0) + (slab - 1) * m2l_chunks(order, 1);
}

std::array<int, 3> offset_of(int place) noexcept { return {place % 7 - 3, place / 7 % 7 - 3, place / 49 - 3}; }

bool is_far(int place) noexcept {
  const auto t = offset_of(place);
  return std::max({std::abs(t[0]), std::abs(t[1]), std::abs(t[2])}) > 1;
}

/// Transforms the kernel for as many offsets at a time as a vector has lanes.
class SpectraBuilder {
 public:
  SpectraBuilder(const Kernel& kernel, const Surface& inner, M2lSpectra& spectra);
  void build(int target_component, int source_component);

 private:
  void transform_plane(int i, int first_place, int target_component, const double* charge);
  void evaluate_plane(int i, int first_place, int target_component, const double* charge);
  void transform_x(int slab);
  void store(int slab, int first_place, double* values) const;

  const Kernel& kernel_;
  const double spacing_;
  const M2lTwiddles twiddles_;
  const int p_, n_;
  M2lSpectra& spectra_;
  AlignedVector<double> x_, y_, z_;        ///< targets [y][z][lane]
  AlignedVector<double> potentials_;       ///< [y][z][lane][target component]
  AlignedVector<M2lComplex> columns_;      ///< [k_z][y], of one x
  AlignedVector<M2lComplex> rows_;         ///< [k_z][x][k_y]
  AlignedVector<M2lComplex> frequencies_;  ///< [k_x][k_y] of one slab, and zeros
};

SpectraBuilder::SpectraBuilder(const Kernel& kernel, const Surface& inner, M2lSpectra& spectra)
    : kernel_(kernel),
      spacing_(inner.spacing),
      twiddles_(inner.points_per_edge),
      p_(twiddles_.p),
      n_(twiddles_.n),
      spectra_(spectra) {
  const std::size_t plane = at(n_ * n_);
  const std::size_t lanes = at(m2l_lanes);
  for (auto* coordinate : {&x_, &y_, &z_}) coordinate->resize(plane * lanes);
  potentials_.resize(plane * lanes * at(kernel.target_dim));
  columns_.resize(at(p_ * n_));
  rows_.resize(at(p_) * plane);
  frequencies_.resize(plane + lanes);
}

void SpectraBuilder::build(int target_component, int source_component) {
  std::vector<double> charge(at(kernel_.source_dim), 0.0);
  charge[at(source_component)] = 1.0;
  const std::size_t pair = at(target_component * kernel_.source_dim + source_component);
  double* values = spectra_.values.data() + pair * at(chunks_before(p_, p_)) * at(m2l_num_offsets * 2 * m2l_lanes);
  for (int first = 0; first < m2l_num_offsets; first += m2l_lanes) {
    for (int i = 0; i < n_; ++i) transform_plane(i, first, target_component, charge.data());
    for (int slab = 0; slab < p_; ++slab) {
      transform_x(slab);
      store(slab, first, values + at(chunks_before(p_, slab)) * at(m2l_num_offsets * 2 * m2l_lanes));
    }
  }
}

/// Kernel values at x index i for all y and z, transformed in z and y.
void SpectraBuilder::transform_plane(int i, int first_place, int target_component, const double* charge) {
  evaluate_plane(i, first_place, target_component, charge);
  const auto value = [&](int j, int k) {
    return simd::load<M2lReal>(potentials_.data() + at((j * n_ + k) * m2l_lanes));
  };
  for (int kz = 0; kz < p_; ++kz) {
    const double* cosine = twiddles_.cosine.data() + at(kz * p_);
    const double* sine = twiddles_.sine.data() + at(kz * p_);
    for (int j = 0; j < n_; ++j) {
      M2lComplex sum{value(j, 0), M2lReal{}};
      for (int k = 1; k < p_; ++k) {
        sum.re += (value(j, k) + value(j, n_ - k)) * cosine[k];
        sum.im -= (value(j, k) - value(j, n_ - k)) * sine[k];
      }
      columns_[at(kz * n_ + j)] = sum;
    }
  }
  const M2lFolded folded = fold(twiddles_, columns_.data(), 1, n_, p_);
  dft(twiddles_, folded, {rows_.data() + i * n_, 1, std::ptrdiff_t{n_} * n_}, p_, n_);
}

void SpectraBuilder::evaluate_plane(int i, int first_place, int target_component, const double* charge) {
  const auto coordinate = [&](int index, int offset) {
    return spacing_ * (index < p_ ? index : index - n_) - 2.0 * offset;
  };
  for (int lane = 0; lane < m2l_lanes; ++lane) {
    const auto t = offset_of(first_place + lane);
    for (int j = 0; j < n_; ++j) {
      for (int k = 0; k < n_; ++k) {
        const std::size_t target = at((j * n_ + k) * m2l_lanes + lane);
        x_[target] = coordinate(i, t[0]);
        y_[target] = coordinate(j, t[1]);
        z_[target] = coordinate(k, t[2]);
      }
    }
  }
  std::fill(potentials_.begin(), potentials_.end(), 0.0);
  const double origin = 0.0;
  const IndexRange one_source{0, 1};
  kernel_.add_sums({.targets = {x_.data(), y_.data(), z_.data()},
                    .num_targets = size_of(x_),
                    .sources = {&origin, &origin, &origin},
                    .charges = charge,
                    .source_ranges = {&one_source, 1},
                    .factor = 1.0 / kernel_.scale,
                    .potentials = potentials_.data()});
  // Keeps the one component, in place, and clears the offsets that are not wanted.
  for (std::size_t target = 0; target < x_.size(); ++target) {
    const int place = first_place + static_cast<int>(target % at(m2l_lanes));
    const bool wanted = place < m2l_num_offsets && is_far(place);
    potentials_[target] = wanted ? potentials_[target * at(kernel_.target_dim) + at(target_component)] : 0.0;
  }
}

void SpectraBuilder::transform_x(int slab) {
  M2lComplex* plane = rows_.data() + std::ptrdiff_t{slab} * n_ * n_;
  const M2lFolded folded = fold(twiddles_, plane, n_, 1, n_);
  dft(twiddles_, folded, {frequencies_.data(), n_, 1}, n_, slab == 0 ? p_ : n_);
  std::fill_n(frequencies_.begin() + m2l_frequencies(p_, slab), m2l_lanes, M2lComplex{});
}

/// From [frequency] of lanes that are offsets to [chunk][offset] of lanes that are frequencies.
void SpectraBuilder::store(int slab, int first_place, double* values) const {
  const int num_places = std::min(m2l_lanes, m2l_num_offsets - first_place);
  for (int chunk = 0; chunk < m2l_chunks(p_, slab); ++chunk) {
    std::array<M2lComplex, m2l_lanes> square;
    transpose(frequencies_.data() + chunk * m2l_lanes, square.data());
    double* out = values + (std::ptrdiff_t{chunk} * m2l_num_offsets + first_place) * 2 * m2l_lanes;
    for (int i = 0; i < num_places; ++i) {
      simd::store(out + 2 * i * m2l_lanes, square[at(i)].re);
      simd::store(out + (2 * i + 1) * m2l_lanes, square[at(i)].im);
    }
  }
}

}

int m2l_chunks(int order, int slab) noexcept { return (m2l_frequencies(order, slab) + m2l_lanes - 1) / m2l_lanes; }

const double* M2lSpectra::chunk(int target_component, int source_component, int slab, int chunk) const noexcept {
  const int pair = target_component * source_dim + source_component;
  const std::size_t index = at(pair) * at(chunks_before(order, order)) + at(chunks_before(order, slab) + chunk);
  return values.data() + index * at(m2l_num_offsets * 2 * m2l_lanes);
}

M2lSpectra make_m2l_spectra(const Kernel& kernel, const Surface& inner) {
  M2lSpectra spectra;
  spectra.order = inner.points_per_edge;
  spectra.source_dim = kernel.source_dim;
  const std::size_t num_pairs = at(kernel.target_dim) * at(kernel.source_dim);
  spectra.values.resize(num_pairs * at(chunks_before(spectra.order, spectra.order)) *
                        at(m2l_num_offsets * 2 * m2l_lanes));
  SpectraBuilder builder(kernel, inner, spectra);
  for (int i = 0; i < kernel.target_dim; ++i) {
    for (int j = 0; j < kernel.source_dim; ++j) builder.build(i, j);
  }
  return spectra;
}

}
