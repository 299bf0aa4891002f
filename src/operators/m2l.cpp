// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <numeric>

namespace nearfar {
namespace {

/// Target families of a block. Large blocks make better use of the sources around them, as long as those stay in the
/// second-level cache; but a small level is cut into many blocks for the sake of the threads.
constexpr Index min_block_size = 32;
constexpr Index max_block_size = 128;
constexpr Index most_blocks_of_small_levels = 16;
static_assert(min_block_size % m2l_group_size == 0 && max_block_size % m2l_group_size == 0);

Index choose_block_size(Index num_targets) noexcept {
  const Index size = num_targets / most_blocks_of_small_levels;
  return std::clamp(size - size % m2l_group_size, min_block_size, max_block_size);
}

constexpr std::int32_t own_place = 13;

/// Asks for a part of the rows that the next chunk will read.
void prefetch_rows(const M2lComplex* spectra, std::span<const Index> rows) noexcept {
  constexpr std::size_t bytes = 8 * sizeof(M2lComplex);
  for (const Index row : rows) {
    const char* address = reinterpret_cast<const char*>(spectra + std::ptrdiff_t{row} * 8);
    for (std::size_t i = 0; i < bytes; i += cache_line) __builtin_prefetch(address + i, 0, 2);
  }
}

/// Operations of one transform, forward or inverse, of one box.
double dft_flops(double p) {
  const double n = 2 * p - 1;
  const double z = p * (4 * (p - 1) * p + 2 * (p - 2) * (p - 2)) * 2;
  const double y = p * p * (p - 1) * p * 4;
  const double x = p * n * (p - 1) * p * 4;
  return 2 * (z + y + x);
}

}

M2lSweep::M2lSweep(const LevelOperators& operators, const M2lFamilies& families)
    : operators_(operators), families_(families), twiddles_(operators.m2l.order) {
  max_chunks_ = std::max(m2l_chunks(twiddles_.p, 0), m2l_chunks(twiddles_.p, 1));
  // An odd number of families between chunks keeps the chunks of a family apart in the sets of the caches.
  const std::ptrdiff_t num_sources = size_of(families.sources);
  chunk_stride_ = 8 * (num_sources | 1);
  const std::size_t bytes = at(operators.kernel.source_dim * max_chunks_) * at(chunk_stride_) * sizeof(M2lComplex);
  spectra_.reset(static_cast<M2lComplex*>(::operator new(bytes, std::align_val_t(cache_line))));

  std::vector<Index> plane_row(at(num_sources), 0);
  block_size_ = choose_block_size(size_of(families.targets));
  for (Index first = 0; first < size_of(families.targets); first += block_size_) make_block(first, plane_row);
}

/// Lists the source families around a block. In `plane_row`, zero on entry and exit, they get numbers from 1.
void M2lSweep::make_block(Index first_target, std::vector<Index>& plane_row) {
  const Index num_targets = std::min(block_size_, size_of(families_.targets) - first_target);
  const Index num_groups = (num_targets + m2l_group_size - 1) / m2l_group_size;
  blocks_.push_back({first_target, num_targets, static_cast<Index>(groups_.size()), num_groups});
  std::array<std::uint32_t, max_block_size> directions{};  // of each target, one bit for each
  std::uint32_t used = 0;
  const std::size_t begin = rows_.values.size();
  for (Index target = 0; target < num_targets; ++target) {
    const auto& places = families_.neighbours[at(first_target + target)];
    for (std::int32_t d = 0; d < m2l_num_directions; ++d) {
      const Index family = places[at(d)];
      if (d == own_place || family < 0) continue;
      directions[at(target)] |= 1u << d;
      if (plane_row[at(family)] != 0) continue;
      rows_.values.push_back(family);
      plane_row[at(family)] = static_cast<Index>(rows_.values.size() - begin);
    }
    used |= directions[at(target)];
  }
  rows_.end_list();
  max_rows_ = std::max(max_rows_, static_cast<Index>(rows_.values.size() - begin));
  for (std::int32_t d = 0; d < m2l_num_directions; ++d) {
    if (used >> d & 1u) directions_.values.push_back(d);
  }
  directions_.end_list();
  make_groups(first_target, std::span(directions).first(at(num_targets)), plane_row);
  for (std::size_t i = begin; i < rows_.values.size(); ++i) plane_row[at(rows_.values[i])] = 0;
}

/// Puts targets with nearly the same directions together, since a group pays for each direction that any of it has.
void M2lSweep::make_groups(Index first_target, std::span<const std::uint32_t> directions,
                           const std::vector<Index>& plane_row) {
  std::vector<Index> left(directions.size());
  std::iota(left.begin(), left.end(), 0);
  while (!left.empty()) {
    std::vector<Index> group;
    std::uint32_t used = 0;
    while (!left.empty() && size_of(group) < m2l_group_size) {
      const auto cost = [&](Index target) { return std::popcount(used | directions[at(target)]); };
      const auto next = std::min_element(left.begin(), left.end(), [&](Index a, Index b) { return cost(a) < cost(b); });
      group.push_back(first_target + *next);
      used |= directions[at(*next)];
      left.erase(next);
    }
    order_.insert(order_.end(), group.begin(), group.end());
    for (std::int32_t d = 0; d < m2l_num_directions; ++d) {
      if (!(used >> d & 1u)) continue;
      groups_.values.push_back(d);
      for (Index i = 0; i < m2l_group_size; ++i) {
        const Index family = i < size_of(group) ? families_.neighbours[at(group[at(i)])][at(d)] : -1;
        groups_.values.push_back(family < 0 ? 0 : plane_row[at(family)]);
      }
    }
    groups_.end_list();
  }
}

const M2lComplex* M2lSweep::spectra(int component, int chunk) const noexcept {
  return spectra_.get() + (std::ptrdiff_t{component} * max_chunks_ + chunk) * chunk_stride_;
}

void M2lSweep::translate(Index block, int slab, M2lScratch& scratch) noexcept {
  const Block& targets = blocks_[at(block)];
  if (targets.num_targets == 0 || rows_[block].empty()) return;
  for (int component = 0; component < operators_.kernel.target_dim; ++component) {
    for (int chunk = 0; chunk < m2l_chunks(twiddles_.p, slab); ++chunk) {
      translate_chunk(block, slab, chunk, component, scratch);
    }
    for (Index target = 0; target < targets.num_targets; ++target) {
      const Index family = order_[at(targets.first_target + target)];
      const auto& children = families_.targets[at(family)];
      for (int first = 0; first < 8; first += m2l_lanes) {
        const auto wanted = std::span(children).subspan(at(first), at(m2l_lanes));
        if (std::all_of(wanted.begin(), wanted.end(), [](const double* local) { return local == nullptr; })) continue;
        load_spectra(target, first, slab, scratch);
        inverse_z(slab, scratch);
        add_to_locals(family, first, component, scratch);
      }
    }
  }
}

void M2lSweep::translate_chunk(Index block, int slab, int chunk, int component, M2lScratch& scratch) const noexcept {
  const Block& targets = blocks_[at(block)];
  const std::span<const Index> rows = rows_[block];
  const int source_dim = operators_.kernel.source_dim;
  const bool last = chunk + 1 == m2l_chunks(twiddles_.p, slab);
  for (int kz = 0; kz < 3; ++kz) {
    for (int source = 0; source < source_dim; ++source) {
      const double* operators = operators_.m2l.chunk(component, source, slab, chunk);
      m2l_make_operators(operators, directions_[block], kz, scratch.operators_.data());
      for (int k = 0; k < m2l_num_planes; ++k) {
        const int kx = 2 - k % 3;
        const int ky = k / 3;
        m2l_make_plane(spectra(source, chunk), rows, kx, ky, kz, scratch.planes_.data(), scratch.plane_stride_);
        const M2lComplex* plane = scratch.planes_.data() + kx * scratch.plane_stride_;
        const M2lComplex* plane_operators = scratch.operators_.data() + (kx + 3 * ky) * m2l_num_directions;
        M2lComplex* sums = scratch.products_.data() + (kx + 3 * ky) * block_size_;
        for (Index group = 0; group < targets.num_groups; ++group) {
          m2l_multiply(plane, plane_operators, groups_[targets.first_group + group], source > 0,
                       sums + group * m2l_group_size);
        }
        const std::size_t part = at(kz * m2l_num_planes + k);
        const std::size_t begin = rows.size() * part / 27;
        const std::size_t end = rows.size() * (part + 1) / 27;
        if (!last) prefetch_rows(spectra(source, chunk + 1), rows.subspan(begin, end - begin));
      }
    }
    m2l_add_children(scratch.products_.data(), block_size_, kz, targets.num_targets,
                     scratch.children_.data() + chunk * scratch.child_stride_);
  }
}

double M2lSweep::flops() const noexcept {
  double pairs = 0.0;
  for (const auto& places : families_.neighbours) {
    for (std::int32_t d = 0; d < m2l_num_directions; ++d) pairs += d != own_place && places[at(d)] >= 0;
  }
  const Kernel& kernel = operators_.kernel;
  const double num_frequencies =
      m2l_frequencies(twiddles_.p, 0) + (twiddles_.p - 1.0) * m2l_frequencies(twiddles_.p, 1);
  const double num_sources = static_cast<double>(families_.sources.size()) * kernel.source_dim;
  const double num_targets = static_cast<double>(families_.targets.size()) * kernel.target_dim;
  constexpr double map_flops = 2 * 19;  // complex additions of E and of D
  return pairs * kernel.source_dim * kernel.target_dim * num_frequencies * 27 * 8 +
         (num_sources + num_targets) * (num_frequencies * map_flops + 8 * dft_flops(twiddles_.p));
}

M2lScratch::M2lScratch(const M2lSweep& sweep) {
  const std::size_t p = at(sweep.twiddles_.p);
  const std::size_t n = at(sweep.twiddles_.n);
  const int size = std::max(sweep.operators_.multipole_size(), sweep.operators_.local_size());
  zeros_.resize(at(size));
  panel_.resize(at((size + m2l_lanes) * m2l_lanes));
  columns_.resize(p * p);
  lines_.resize(p * n);
  frequencies_.resize(at(sweep.max_chunks_ * m2l_lanes) + n);
  operators_.resize(at(m2l_num_planes * m2l_num_directions));
  plane_stride_ = sweep.max_rows_ + 1;
  planes_.resize(at(3 * plane_stride_));
  products_.resize(at(m2l_num_planes * sweep.block_size_));
  child_stride_ = 8 * (sweep.block_size_ + 1);
  children_.resize(at(sweep.max_chunks_) * at(child_stride_));
}

}
