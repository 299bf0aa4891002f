// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_spectra.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "operators/m2l_dft.hpp"

namespace nearfar {
namespace {

/// Number of chunks in the slabs before this one.
template <class Scalar>
int chunks_before(int order, int slab) noexcept {
  return slab == 0 ? 0 : m2l_chunks<Scalar>(order, 0) + (slab - 1) * m2l_chunks<Scalar>(order, 1);
}

std::array<int, 3> offset_of(int place) noexcept { return {place % 7 - 3, place / 7 % 7 - 3, place / 49 - 3}; }

bool is_far(int place) noexcept {
  const auto t = offset_of(place);
  return std::max({std::abs(t[0]), std::abs(t[1]), std::abs(t[2])}) > 1;
}

/// The exponent of the kernel's magnitude, without its scale, at the distance of the nearest boxes.
int magnitude_exponent(const Kernel& kernel) {
  const double x = 2.0, y = 0.3, z = 0.1, origin = 0.0;
  const IndexRange one_source{0, 1};
  double largest = 0.0;
  for (int component = 0; component < kernel.source_dim; ++component) {
    std::vector<double> charge(usize(kernel.source_dim), 0.0), potential(usize(kernel.target_dim), 0.0);
    charge[usize(component)] = 1.0;
    kernel.add_sums({.targets = {&x, &y, &z},
                     .num_targets = 1,
                     .sources = {&origin, &origin, &origin},
                     .charges = charge.data(),
                     .source_ranges = {&one_source, 1},
                     .factor = 1.0 / kernel.scale,
                     .potentials = potential.data()});
    for (const double value : potential) largest = std::max(largest, std::abs(value));
  }
  return largest > 0.0 && std::isfinite(largest) ? std::ilogb(largest) : 0;
}

constexpr int lanes = m2l_children<double>;

/// Transforms the kernel, in double, for as many offsets at a time as a vector has lanes.
template <class Scalar>
class SpectraBuilder {
 public:
  SpectraBuilder(const Kernel& kernel, const Surface& inner, M2lSpectra<Scalar>& spectra);
  void build(int target_component, int source_component);

 private:
  void transform_plane(int i, int first_place, int target_component, const double* charge);
  void evaluate_plane(int i, int first_place, int target_component, const double* charge);
  void transform_x(int slab);
  void store(int slab, int first_place, M2lChunk<Scalar>* values) const;

  const Kernel& kernel_;
  const double spacing_;
  const M2lDft<double> dft_;
  const int p_, n_;
  M2lSpectra<Scalar>& spectra_;
  AlignedVector<double> x_, y_, z_;                 ///< targets [y][z][lane]
  AlignedVector<double> potentials_;                ///< [y][z][lane][target component]
  AlignedVector<M2lChildren<double>> columns_;      ///< [k_z][y], of one x
  AlignedVector<M2lChildren<double>> rows_;         ///< [k_z][x][k_y]
  AlignedVector<M2lChildren<double>> frequencies_;  ///< [k_x][k_y] of one slab
};

template <class Scalar>
SpectraBuilder<Scalar>::SpectraBuilder(const Kernel& kernel, const Surface& inner, M2lSpectra<Scalar>& spectra)
    : kernel_(kernel), spacing_(inner.spacing), dft_(inner.points_per_edge), p_(dft_.p), n_(dft_.n), spectra_(spectra) {
  const std::size_t plane = usize(n_ * n_);
  for (auto* coordinate : {&x_, &y_, &z_}) coordinate->resize(plane * usize(lanes));
  potentials_.resize(plane * usize(lanes) * usize(kernel.target_dim));
  columns_.resize(usize(p_ * n_));
  rows_.resize(usize(p_) * plane);
  frequencies_.resize(plane);
}

template <class Scalar>
void SpectraBuilder<Scalar>::build(int target_component, int source_component) {
  std::vector<double> charge(usize(kernel_.source_dim), 0.0);
  charge[usize(source_component)] = 1.0;
  const std::size_t pair = usize(target_component * kernel_.source_dim + source_component);
  M2lChunk<Scalar>* values =
      spectra_.values.data() + pair * usize(chunks_before<Scalar>(p_, p_)) * usize(m2l_num_offsets);
  for (int first = 0; first < m2l_num_offsets; first += lanes) {
    for (int i = 0; i < n_; ++i) transform_plane(i, first, target_component, charge.data());
    for (int slab = 0; slab < p_; ++slab) {
      transform_x(slab);
      store(slab, first, values + usize(chunks_before<Scalar>(p_, slab)) * usize(m2l_num_offsets));
    }
  }
}

/// Kernel values at x index i for all y and z, transformed in z and y.
template <class Scalar>
void SpectraBuilder<Scalar>::transform_plane(int i, int first_place, int target_component, const double* charge) {
  evaluate_plane(i, first_place, target_component, charge);
  const auto value = [&](int j, int k) {
    return simd::load<M2lChildVector<double>>(potentials_.data() + usize((j * n_ + k) * lanes));
  };
  for (int kz = 0; kz < p_; ++kz) {
    const double* cosine = dft_.cosine.data() + usize(kz * p_);
    const double* sine = dft_.sine.data() + usize(kz * p_);
    for (int j = 0; j < n_; ++j) {
      M2lChildren<double> sum{value(j, 0), {}};
      for (int k = 1; k < p_; ++k) {
        sum.re += (value(j, k) + value(j, n_ - k)) * cosine[k];
        sum.im -= (value(j, k) - value(j, n_ - k)) * sine[k];
      }
      columns_[usize(kz * n_ + j)] = sum;
    }
  }
  const auto folded = dft_.fold(columns_.data(), 1, n_, p_);
  dft_.forward(folded, {rows_.data() + i * n_, 1, std::ptrdiff_t{n_} * n_}, p_, n_);
}

template <class Scalar>
void SpectraBuilder<Scalar>::evaluate_plane(int i, int first_place, int target_component, const double* charge) {
  const auto coordinate = [&](int index, int offset) {
    return spacing_ * (index < p_ ? index : index - n_) - 2.0 * offset;
  };
  for (int lane = 0; lane < lanes; ++lane) {
    const auto t = offset_of(first_place + lane);
    for (int j = 0; j < n_; ++j) {
      for (int k = 0; k < n_; ++k) {
        const std::size_t target = usize((j * n_ + k) * lanes + lane);
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
    const int place = first_place + static_cast<int>(target % usize(lanes));
    const bool wanted = place < m2l_num_offsets && is_far(place);
    potentials_[target] = wanted ? potentials_[target * usize(kernel_.target_dim) + usize(target_component)] : 0.0;
  }
}

template <class Scalar>
void SpectraBuilder<Scalar>::transform_x(int slab) {
  M2lChildren<double>* plane = rows_.data() + std::ptrdiff_t{slab} * n_ * n_;
  const auto folded = dft_.fold(plane, n_, 1, n_);
  dft_.forward(folded, {frequencies_.data(), n_, 1}, n_, slab == 0 ? p_ : n_);
}

/// From [frequency] of lanes that are offsets to [chunk][offset] of lanes that are frequencies.
template <class Scalar>
void SpectraBuilder<Scalar>::store(int slab, int first_place, M2lChunk<Scalar>* values) const {
  constexpr int chunk_lanes = m2l_lanes<Scalar>;
  const double factor = std::ldexp(1.0, -spectra_.exponent);
  const int num_places = std::min(lanes, m2l_num_offsets - first_place);
  for (int i = 0; i < m2l_frequencies(p_, slab); ++i) {
    const M2lChildren<double>& frequency = frequencies_[usize(i)];
    M2lChunk<Scalar>* chunk = values + std::ptrdiff_t{i / chunk_lanes} * m2l_num_offsets + first_place;
    for (int place = 0; place < num_places; ++place) {
      chunk[place].re[i % chunk_lanes] = static_cast<Scalar>(frequency.re[place] * factor);
      chunk[place].im[i % chunk_lanes] = static_cast<Scalar>(frequency.im[place] * factor);
    }
  }
}

}

template <class Scalar>
const M2lChunk<Scalar>* M2lSpectra<Scalar>::chunk(int target_component, int source_component, int slab,
                                                  int chunk) const noexcept {
  const int pair = target_component * source_dim + source_component;
  const std::size_t index =
      usize(pair) * usize(chunks_before<Scalar>(order, order)) + usize(chunks_before<Scalar>(order, slab) + chunk);
  return values.data() + index * usize(m2l_num_offsets);
}

template <class Scalar>
M2lSpectra<Scalar> make_m2l_spectra(const Kernel& kernel, const Surface& inner) {
  M2lSpectra<Scalar> spectra;
  spectra.order = inner.points_per_edge;
  spectra.source_dim = kernel.source_dim;
  spectra.target_dim = kernel.target_dim;
  spectra.exponent = magnitude_exponent(kernel);
  const std::size_t num_pairs = usize(kernel.target_dim) * usize(kernel.source_dim);
  spectra.values.resize(num_pairs * usize(chunks_before<Scalar>(spectra.order, spectra.order)) *
                        usize(m2l_num_offsets));
  SpectraBuilder<Scalar> builder(kernel, inner, spectra);
  for (int i = 0; i < kernel.target_dim; ++i) {
    for (int j = 0; j < kernel.source_dim; ++j) builder.build(i, j);
  }
  return spectra;
}

template struct M2lSpectra<double>;
template struct M2lSpectra<float>;
template M2lSpectra<double> make_m2l_spectra<double>(const Kernel&, const Surface&);
template M2lSpectra<float> make_m2l_spectra<float>(const Kernel&, const Surface&);

}
