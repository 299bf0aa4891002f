// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_spectra.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "base/parallel.hpp"
#include "operators/m2l_dft.hpp"
#include "operators/mirror.hpp"

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

/// Places of far offsets, of which mirrored ones are left out if that is wanted.
std::vector<int> far_places(bool mirrored) {
  std::vector<int> places;
  for (int place = 0; place < m2l_num_offsets; ++place) {
    const auto t = offset_of(place);
    if (is_far(place) && !(mirrored && std::min({t[0], t[1], t[2]}) < 0)) places.push_back(place);
  }
  return places;
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

/// Transforms the kernel's entries for one source component, in double, for as many offsets at a time as a vector has
/// lanes.
template <class Scalar>
class SpectraBuilder {
 public:
  SpectraBuilder(const Kernel& kernel, const Surface& inner, bool mirrored, int source_component,
                 M2lSpectra<Scalar>& spectra);
  /// Stores the spectra of these offsets, at most as many as lanes, and of their mirror images.
  void build(std::span<const int> places);

 private:
  void evaluate_plane(int i, std::span<const int> places);
  void transform_plane(int i, int target_component, M2lChildren<double>* rows);
  void transform_x(int slab, M2lChildren<double>* rows);
  void store(int slab, int target, std::span<const int> places);
  void store_image(int slab, int target, int lane, const std::array<int, 3>& offset, int axes);

  const Kernel& kernel_;
  const double spacing_;
  const M2lDft<double> dft_;
  const int p_, n_;
  const bool mirrored_;
  const int source_component_;
  M2lSpectra<Scalar>& spectra_;
  std::vector<int> targets_;                        ///< components whose entries with this source are stored
  OddAxes odd_axes_;                                ///< of these entries
  AlignedVector<double> x_, y_, z_;                 ///< targets [y][z][lane]
  AlignedVector<double> potentials_;                ///< [y][z][lane][target component]
  AlignedVector<double> values_;                    ///< [y][z][lane], of one component
  AlignedVector<M2lChildren<double>> columns_;      ///< [k_z][y], of one x
  AlignedVector<M2lChildren<double>> rows_;         ///< [target][k_z][x][k_y]
  AlignedVector<M2lChildren<double>> frequencies_;  ///< [k_x][k_y] of one slab
  std::array<std::vector<int>, 4> images_;          ///< [k_x and k_y reversed][k_x][k_y] in frequencies_
};

template <class Scalar>
SpectraBuilder<Scalar>::SpectraBuilder(const Kernel& kernel, const Surface& inner, bool mirrored, int source_component,
                                       M2lSpectra<Scalar>& spectra)
    : kernel_(kernel),
      spacing_(inner.spacing),
      dft_(inner.points_per_edge),
      p_(dft_.p),
      n_(dft_.n),
      mirrored_(mirrored),
      source_component_(source_component),
      spectra_(spectra) {
  const OddAxes of_targets = odd_axes_of_targets(kernel), of_sources = odd_axes_of_sources(kernel);
  std::vector<bool> is_stored(usize(spectra.pairs.num_entries), false);
  for (int i = 0; i < kernel.target_dim; ++i) {
    // An entry that is met again is stored with its first source.
    for (int j = 0; j < kernel.source_dim; ++j) {
      const int entry = spectra.pairs.entry(i, j);
      if (entry < 0 || is_stored[usize(entry)]) continue;
      is_stored[usize(entry)] = true;
      if (j != source_component) continue;
      targets_.push_back(i);
      odd_axes_.push_back(of_targets[usize(i)] ^ of_sources[usize(j)]);
    }
  }
  const std::size_t plane = usize(n_ * n_);
  for (auto* coordinate : {&x_, &y_, &z_, &values_}) coordinate->resize(plane * usize(lanes));
  potentials_.resize(plane * usize(lanes) * usize(kernel.target_dim));
  columns_.resize(usize(p_ * n_));
  rows_.resize(targets_.size() * usize(p_) * plane);
  frequencies_.resize(plane);
  for (int reversed = 0; reversed < 4; ++reversed) {
    const auto image = [&](int k, int bit) { return reversed & bit ? (n_ - k) % n_ : k; };
    for (int kx = 0; kx < n_; ++kx)
      for (int ky = 0; ky < n_; ++ky) images_[usize(reversed)].push_back(image(kx, 1) * n_ + image(ky, 2));
  }
}

template <class Scalar>
void SpectraBuilder<Scalar>::build(std::span<const int> places) {
  const std::ptrdiff_t rows_of_target = std::ptrdiff_t{p_} * n_ * n_;
  if (targets_.empty()) return;
  for (int i = 0; i < n_; ++i) {
    evaluate_plane(i, places);
    for (std::size_t target = 0; target < targets_.size(); ++target)
      transform_plane(i, targets_[target], rows_.data() + static_cast<std::ptrdiff_t>(target) * rows_of_target);
  }
  for (int target = 0; target < size_of(targets_); ++target) {
    for (int slab = 0; slab < p_; ++slab) {
      transform_x(slab, rows_.data() + target * rows_of_target);
      store(slab, target, places);
    }
  }
}

/// Kernel values at x index i for all y and z. Lanes without an offset repeat the last.
template <class Scalar>
void SpectraBuilder<Scalar>::evaluate_plane(int i, std::span<const int> places) {
  const auto coordinate = [&](int index, int offset) {
    return spacing_ * (index < p_ ? index : index - n_) - 2.0 * offset;
  };
  for (int lane = 0; lane < lanes; ++lane) {
    const auto t = offset_of(places[std::min(usize(lane), places.size() - 1)]);
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
  std::vector<double> charge(usize(kernel_.source_dim), 0.0);
  charge[usize(source_component_)] = spectra_.pairs.source_signs[usize(source_component_)];
  const double origin = 0.0;
  const IndexRange one_source{0, 1};
  kernel_.add_sums({.targets = {x_.data(), y_.data(), z_.data()},
                    .num_targets = size_of(x_),
                    .sources = {&origin, &origin, &origin},
                    .charges = charge.data(),
                    .source_ranges = {&one_source, 1},
                    .factor = 1.0 / kernel_.scale,
                    .potentials = potentials_.data()});
}

/// The values of one component, transformed in z and y.
template <class Scalar>
void SpectraBuilder<Scalar>::transform_plane(int i, int target_component, M2lChildren<double>* rows) {
  for (std::size_t target = 0; target < x_.size(); ++target)
    values_[target] = potentials_[target * usize(kernel_.target_dim) + usize(target_component)];
  const auto value = [&](int j, int k) {
    return simd::load<M2lChildVector<double>>(values_.data() + usize((j * n_ + k) * lanes));
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
  dft_.forward(folded, {rows + i * n_, 1, std::ptrdiff_t{n_} * n_}, p_, n_);
}

template <class Scalar>
void SpectraBuilder<Scalar>::transform_x(int slab, M2lChildren<double>* rows) {
  const auto folded = dft_.fold(rows + std::ptrdiff_t{slab} * n_ * n_, n_, 1, n_);
  dft_.forward(folded, {frequencies_.data(), n_, 1}, n_, n_);
}

template <class Scalar>
void SpectraBuilder<Scalar>::store(int slab, int target, std::span<const int> places) {
  for (int lane = 0; lane < size_of(places); ++lane) {
    const auto t = offset_of(places[usize(lane)]);
    const int moved = (t[0] != 0 ? 1 : 0) | (t[1] != 0 ? 2 : 0) | (t[2] != 0 ? 4 : 0);
    for (int axes = 0; axes < (mirrored_ ? 8 : 1); ++axes)
      if ((axes & ~moved) == 0) store_image(slab, target, lane, t, axes);
  }
}

/// From [frequency] of lanes that are offsets to [chunk][offset] of lanes that are frequencies. The transform at the
/// mirrored offset is that at mirrored frequencies; a negative k_z is the conjugate at the opposite frequency.
template <class Scalar>
void SpectraBuilder<Scalar>::store_image(int slab, int target, int lane, const std::array<int, 3>& offset, int axes) {
  constexpr int chunk_lanes = m2l_lanes<Scalar>;
  const auto image = [&](int axis) { return axes >> axis & 1 ? -offset[usize(axis)] : offset[usize(axis)]; };
  const bool conjugate = (axes & 4) != 0;
  const std::vector<int>& images = images_[usize(conjugate ? ~axes & 3 : axes & 3)];
  const double re_factor = std::ldexp(mirror_sign(odd_axes_[usize(target)], axes), -spectra_.exponent);
  const double im_factor = conjugate ? -re_factor : re_factor;
  const int entry = spectra_.pairs.entry(targets_[usize(target)], source_component_);
  M2lChunk<Scalar>* to = spectra_.chunk(entry, slab, 0) + m2l_offset(image(0), image(1), image(2));
  const int count = m2l_frequencies(p_, slab);
  for (int first = 0; first < count; first += chunk_lanes, to += m2l_num_offsets) {
    M2lChunk<Scalar> chunk{};
    for (int i = 0; i < std::min(chunk_lanes, count - first); ++i) {
      const M2lChildren<double>& frequency = frequencies_[usize(images[usize(first + i)])];
      chunk.re[i] = static_cast<Scalar>(frequency.re[lane] * re_factor);
      chunk.im[i] = static_cast<Scalar>(frequency.im[lane] * im_factor);
    }
    *to = chunk;
  }
}

template <class Scalar>
void clear_near_offsets(M2lSpectra<Scalar>& spectra, int entry) {
  M2lChunk<Scalar>* values = spectra.chunk(entry, 0, 0);
  const int num_chunks = chunks_before<Scalar>(spectra.order, spectra.order);
  for (int chunk = 0; chunk < num_chunks; ++chunk, values += m2l_num_offsets)
    for (int place = 0; place < m2l_num_offsets; ++place)
      if (!is_far(place)) values[place] = M2lChunk<Scalar>{};
}

}

template <class Scalar>
std::ptrdiff_t M2lSpectra<Scalar>::position(int entry, int slab, int chunk) const noexcept {
  const std::ptrdiff_t before = chunks_before<Scalar>(order, slab) + chunk;
  return (std::ptrdiff_t{entry} * chunks_before<Scalar>(order, order) + before) * m2l_num_offsets;
}

template <class Scalar>
M2lSpectra<Scalar> make_m2l_spectra(const Kernel& kernel, const Surface& inner) {
  M2lSpectra<Scalar> spectra;
  spectra.order = inner.points_per_edge;
  spectra.exponent = magnitude_exponent(kernel);
  spectra.pairs = find_component_pairs(kernel);
  spectra.values.resize(usize(spectra.position(spectra.pairs.num_entries, 0, 0)) * 2 * m2l_lanes<Scalar>);
  const bool mirrored = is_mirror_symmetric(kernel);
  const std::vector<int> places = far_places(mirrored);
  const int num_batches = (size_of(places) + lanes - 1) / lanes;
  parallel_tasks(kernel.source_dim * num_batches + spectra.pairs.num_entries, [&](int task) {
    if (task >= kernel.source_dim * num_batches)
      return clear_near_offsets(spectra, task - kernel.source_dim * num_batches);
    const std::size_t first = usize(task % num_batches * lanes);
    const std::size_t count = std::min(usize(lanes), places.size() - first);
    SpectraBuilder<Scalar>(kernel, inner, mirrored, task / num_batches, spectra)
        .build(std::span(places).subspan(first, count));
  });
  return spectra;
}

template struct M2lSpectra<double>;
template struct M2lSpectra<float>;
template M2lSpectra<double> make_m2l_spectra<double>(const Kernel&, const Surface&);
template M2lSpectra<float> make_m2l_spectra<float>(const Kernel&, const Surface&);

}
