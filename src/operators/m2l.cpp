// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l.hpp"

#include <algorithm>
#include <cmath>

namespace nearfar {
namespace {

/// Operations of one transform, forward or inverse, of one box.
double dft_flops(double p) {
  const double n = 2 * p - 1;
  const double z = p * (4 * (p - 1) * p + 2 * (p - 2) * (p - 2)) * 2;
  const double y = p * p * (p - 1) * p * 4;
  const double x = p * n * (p - 1) * p * 4;
  return 2 * (z + y + x);
}

}

template <class Scalar>
M2lSweep<Scalar>::M2lSweep(const M2lSpectra<Scalar>& spectra, const M2lFamilies& families, int num_threads)
    : spectra_(spectra),
      families_(families),
      dft_(spectra.order),
      blocks_(make_m2l_blocks(families, num_threads)),
      local_factor_(std::ldexp(1.0, spectra.exponent)) {}

template <class Scalar>
int M2lSweep<Scalar>::max_chunks() const noexcept {
  return std::max(m2l_chunks<Scalar>(dft_.p, 0), m2l_chunks<Scalar>(dft_.p, 1));
}

template <class Scalar>
std::ptrdiff_t M2lSweep<Scalar>::chunk_stride() const noexcept {
  // An odd number of families between chunks keeps the chunks of a family apart in the sets of the caches.
  return 8 * (std::ptrdiff_t{size_of(families_.sources)} | 1);
}

template <class Scalar>
std::ptrdiff_t M2lSweep<Scalar>::spectra_begin(int component, int chunk) const noexcept {
  return (std::ptrdiff_t{component} * max_chunks() + chunk) * chunk_stride();
}

template <class Scalar>
std::ptrdiff_t M2lSweep<Scalar>::operators_begin(int target_component, int source_component, int chunk) const noexcept {
  const std::ptrdiff_t pair = target_component * spectra_.source_dim + source_component;
  return (pair * max_chunks() + chunk) * (m2l_num_planes * m2l_num_directions);
}

template <class Scalar>
Index M2lSweep<Scalar>::num_transforms(int slab) const noexcept {
  const int num_pairs = spectra_.source_dim * spectra_.target_dim;
  return num_pairs * m2l_chunks<Scalar>(dft_.p, slab) + size_of(families_.sources);
}

template <class Scalar>
void M2lSweep<Scalar>::transform(Index i, int slab, Workspace& workspace, int thread) const noexcept {
  const int num_chunks = m2l_chunks<Scalar>(dft_.p, slab);
  const Index num_operators = num_transforms(slab) - size_of(families_.sources);
  if (i >= num_operators) {
    transform_family(i - num_operators, slab, workspace, workspace.scratch[at(thread)]);
    return;
  }
  const int pair = i / num_chunks, chunk = i % num_chunks;
  const int target = pair / spectra_.source_dim, source = pair % spectra_.source_dim;
  m2l_make_operators(spectra_.chunk(target, source, slab, chunk),
                     workspace.operators.data() + operators_begin(target, source, chunk));
}

template <class Scalar>
void M2lSweep<Scalar>::translate(Index block, int slab, Workspace& workspace, int thread) const noexcept {
  const M2lBlocks::Block& targets = blocks_.blocks[at(block)];
  if (blocks_.rows[block].empty()) return;
  Scratch& scratch = workspace.scratch[at(thread)];
  for (int component = 0; component < spectra_.target_dim; ++component) {
    for (int chunk = 0; chunk < m2l_chunks<Scalar>(dft_.p, slab); ++chunk) {
      translate_chunk(block, chunk, component, workspace, scratch);
    }
    for (Index target = 0; target < targets.num_targets; ++target) {
      const Index family = blocks_.order[at(targets.first_target + target)];
      const auto& locals = families_.targets[at(family)];
      for (int first = 0; first < 8; first += children) {
        const auto wanted = std::span(locals).subspan(at(first), at(children));
        if (std::all_of(wanted.begin(), wanted.end(), [](const double* local) { return local == nullptr; })) continue;
        load_spectra(target, first, slab, scratch);
        inverse_z(slab, scratch);
        add_to_locals(family, first, component, scratch);
      }
    }
  }
}

template <class Scalar>
void M2lSweep<Scalar>::translate_chunk(Index block, int chunk, int component, const Workspace& workspace,
                                       Scratch& scratch) const noexcept {
  const M2lBlocks::Block& targets = blocks_.blocks[at(block)];
  const std::span<const Index> rows = blocks_.rows[block];
  for (const int kz : {0, 2, 1}) {
    for (int ky = 0; ky < 3; ++ky) {
      for (int source = 0; source < spectra_.source_dim; ++source) {
        m2l_make_planes(workspace.spectra.get() + spectra_begin(source, chunk), rows, ky, kz, scratch.planes.data(),
                        scratch.plane_stride);
        const Chunk* operators = workspace.operators.data() + operators_begin(component, source, chunk);
        for (int kx = 0; kx < 3; ++kx) {
          Chunk* of_ky_zero = scratch.products.data() + kx * scratch.product_stride;
          Chunk* sums = of_ky_zero + 3 * ky * scratch.product_stride;
          const Chunk* initial = source > 0 ? sums : ky > 0 ? of_ky_zero : nullptr;
          for (Index group = 0; group < targets.num_groups; ++group) {
            const std::ptrdiff_t first = std::ptrdiff_t{group} * m2l_group_size;
            m2l_multiply(scratch.planes.data() + kx * scratch.plane_stride,
                         operators + (kx + 3 * ky + 9 * kz) * m2l_num_directions,
                         blocks_.groups[targets.first_group + group], initial == nullptr ? nullptr : initial + first,
                         sums + first);
          }
        }
      }
    }
    m2l_add_children(scratch.products.data(), scratch.product_stride, kz, targets.num_targets,
                     scratch.children.data() + chunk * scratch.child_stride);
  }
}

template <class Scalar>
double M2lSweep<Scalar>::flops() const noexcept {
  double pairs = 0.0;
  for (const auto& places : families_.neighbours) {
    for (int d = 0; d < m2l_num_directions; ++d) pairs += d != m2l_num_directions / 2 && places[at(d)] >= 0;
  }
  const double num_frequencies = m2l_frequencies(dft_.p, 0) + (dft_.p - 1.0) * m2l_frequencies(dft_.p, 1);
  const double num_sources = static_cast<double>(families_.sources.size()) * spectra_.source_dim;
  const double num_targets = static_cast<double>(families_.targets.size()) * spectra_.target_dim;
  constexpr double map_flops = 2 * 19;  // complex additions of E and of D
  return pairs * spectra_.source_dim * spectra_.target_dim * num_frequencies * 27 * 8 +
         (num_sources + num_targets) * (num_frequencies * map_flops + 8 * dft_flops(dft_.p));
}

template <class Scalar>
void M2lSweep<Scalar>::reserve(Workspace& workspace, int num_threads) const {
  const std::size_t num_spectra = at(spectra_begin(spectra_.source_dim, 0));
  if (num_spectra > workspace.num_spectra) {
    workspace.spectra.reset();
    const std::size_t bytes = num_spectra * sizeof(Chunk);
    workspace.spectra.reset(static_cast<Chunk*>(::operator new(bytes, std::align_val_t(cache_line))));
    workspace.num_spectra = num_spectra;
  }
  workspace.operators.resize(at(operators_begin(spectra_.target_dim, 0, 0)));
  if (size_of(workspace.scratch) < num_threads) workspace.scratch.resize(at(num_threads));
  for (Scratch& scratch : workspace.scratch) reserve(scratch);
}

template <class Scalar>
void M2lSweep<Scalar>::reserve(Scratch& scratch) const {
  const std::size_t p = at(dft_.p), n = at(dft_.n);
  const std::size_t size = at(surface_size(dft_.p) * spectra_.source_dim);
  scratch.zeros.resize(size);
  scratch.panel.resize((at(surface_size(dft_.p) * std::max(spectra_.source_dim, spectra_.target_dim)) + at(children)) *
                       at(children));
  scratch.columns.resize(p * p);
  scratch.lines.resize(p * n);
  scratch.frequencies.resize(at(max_chunks() * lanes) + n);
  if (scratch.plane_stride <= blocks_.max_rows) {
    scratch.plane_stride = std::ptrdiff_t{blocks_.max_rows} + 1;
    scratch.planes.assign(at(3 * scratch.plane_stride), Chunk{});
  }
  scratch.product_stride = std::max(scratch.product_stride, std::ptrdiff_t{blocks_.block_size} + m2l_group_size);
  scratch.products.resize(at(9 * scratch.product_stride));
  scratch.child_stride = std::max(scratch.child_stride, std::ptrdiff_t{8} * (blocks_.block_size + 1));
  scratch.children.resize(at(max_chunks()) * at(scratch.child_stride));
}

template class M2lSweep<double>;
template class M2lSweep<float>;

}
