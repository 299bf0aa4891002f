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

/// Sweeps of other levels may need more.
template <class T>
void grow(AlignedVector<T>& values, std::size_t size) {
  if (values.size() < size) values.resize(size);
}

}

template <class Scalar>
M2lSweep<Scalar>::M2lSweep(const M2lSpectra<Scalar>& spectra, const M2lFamilies& families, Index wanted_blocks)
    : spectra_(spectra),
      families_(families),
      dft_(spectra.order),
      blocks_(make_m2l_blocks(families, wanted_blocks)),
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
std::ptrdiff_t M2lSweep<Scalar>::operators_begin(int entry, int chunk) const noexcept {
  return (std::ptrdiff_t{entry} * max_chunks() + chunk) * (m2l_num_planes * m2l_num_directions);
}

template <class Scalar>
Index M2lSweep<Scalar>::num_operators(int slab) const noexcept {
  return blocks_.groups.size() == 0 ? 0 : spectra_.pairs.num_entries * m2l_chunks<Scalar>(dft_.p, slab);
}

template <class Scalar>
Index M2lSweep<Scalar>::num_transforms(int slab) const noexcept {
  return num_operators(slab) + (size_of(blocks_.sources) + children - 1) / children;
}

template <class Scalar>
void M2lSweep<Scalar>::transform(Index i, int slab, Workspace& workspace, int thread) const noexcept {
  if (i >= num_operators(slab)) {
    const std::span sources(blocks_.sources);
    const std::size_t first = usize(i - num_operators(slab)) * usize(children);
    transform_boxes(sources.subspan(first, std::min(usize(children), sources.size() - first)), slab, workspace,
                    workspace.scratch[usize(thread)]);
    return;
  }
  const int num_chunks = m2l_chunks<Scalar>(dft_.p, slab);
  const int entry = i / num_chunks, chunk = i % num_chunks;
  m2l_make_operators(spectra_.chunk(entry, slab, chunk), workspace.operators.data() + operators_begin(entry, chunk));
}

template <class Scalar>
void M2lSweep<Scalar>::translate(Index block, int slab, Workspace& workspace, int thread) const noexcept {
  if (blocks_.rows[block].empty()) return;
  const bool by_pairs = blocks_.blocks[usize(block)].by_pairs;
  Scratch& scratch = workspace.scratch[usize(thread)];
  for (int component = 0; component < spectra_.pairs.target_dim; ++component) {
    if (!spectra_.pairs.is_reached(component)) continue;
    for (int chunk = 0; chunk < m2l_chunks<Scalar>(dft_.p, slab); ++chunk) {
      if (by_pairs) {
        translate_pairs(block, slab, chunk, component, workspace, scratch);
      } else {
        translate_families(block, chunk, component, workspace, scratch);
      }
    }
    transform_back(block, slab, component, scratch);
  }
}

/// Adds the sums of a block to its locals.
template <class Scalar>
void M2lSweep<Scalar>::transform_back(Index block, int slab, int component, Scratch& scratch) const noexcept {
  const M2lBlocks::Block& targets = blocks_.blocks[usize(block)];
  Places places{};
  Locals locals{};
  std::size_t count = 0;
  const auto add = [&] {
    load_spectra(places, slab, scratch);
    inverse_z(slab, scratch);
    add_to_locals(locals, component, scratch);
    locals.fill(nullptr);
    count = 0;
  };
  for (Index target = 0; target < targets.num_targets; ++target) {
    const Index family = blocks_.order[usize(targets.first_target + target)];
    for (int child = 0; child < 8; ++child) {
      if (families_.targets[usize(family)][usize(child)] == nullptr) continue;
      places[count] = target * 8 + child;
      locals[count] = families_.targets[usize(family)][usize(child)];
      if (++count == places.size()) add();
    }
  }
  if (count > 0) add();
}

template <class Scalar>
void M2lSweep<Scalar>::translate_families(Index block, int chunk, int component, const Workspace& workspace,
                                          Scratch& scratch) const noexcept {
  const M2lBlocks::Block& targets = blocks_.blocks[usize(block)];
  const std::span<const Index> rows = blocks_.rows[block];
  for (const int kz : {0, 2, 1}) {
    for (int ky = 0; ky < 3; ++ky) {
      bool is_first = true;
      for (int source = 0; source < spectra_.pairs.source_dim; ++source) {
        const int entry = spectra_.pairs.entry(component, source);
        if (entry < 0) continue;
        m2l_make_planes(workspace.spectra.get() + spectra_begin(source, chunk), rows, ky, kz,
                        spectra_.pairs.is_opposite(component, source), scratch.planes.data(), scratch.plane_stride);
        const Chunk* operators = workspace.operators.data() + operators_begin(entry, chunk);
        for (int kx = 0; kx < 3; ++kx) {
          Chunk* of_ky_zero = scratch.products.data() + kx * scratch.product_stride;
          Chunk* sums = of_ky_zero + 3 * ky * scratch.product_stride;
          const Chunk* initial = !is_first ? sums : ky > 0 ? of_ky_zero : nullptr;
          for (Index group = 0; group < targets.num_groups; ++group) {
            const std::ptrdiff_t first = std::ptrdiff_t{group} * m2l_group_size;
            m2l_multiply(scratch.planes.data() + kx * scratch.plane_stride,
                         operators + (kx + 3 * ky + 9 * kz) * m2l_num_directions,
                         blocks_.groups[targets.first_list + group], initial == nullptr ? nullptr : initial + first,
                         sums + first);
          }
        }
        is_first = false;
      }
    }
    m2l_add_children(scratch.products.data(), scratch.product_stride, kz, targets.num_targets,
                     scratch.children.data() + chunk * scratch.child_stride);
  }
}

template <class Scalar>
void M2lSweep<Scalar>::translate_pairs(Index block, int slab, int chunk, int component, const Workspace& workspace,
                                       Scratch& scratch) const noexcept {
  const M2lBlocks::Block& targets = blocks_.blocks[usize(block)];
  Chunk* sources = scratch.planes.data() + 1;  // a plane begins with the row of absent families, which stays zero
  Chunk* sums = scratch.children.data() + chunk * scratch.child_stride;
  bool is_first = true;
  for (int source = 0; source < spectra_.pairs.source_dim; ++source) {
    const int entry = spectra_.pairs.entry(component, source);
    if (entry < 0) continue;
    m2l_gather(workspace.spectra.get() + spectra_begin(source, chunk), blocks_.rows[block],
               spectra_.pairs.is_opposite(component, source), sources);
    const Chunk* operators = spectra_.chunk(entry, slab, chunk);
    for (Index child = 0; child < targets.num_targets * 8; ++child) {
      sums[child] = m2l_sum_pairs(sources, operators, blocks_.pairs[targets.first_list + child],
                                  is_first ? Chunk{} : sums[child]);
    }
    is_first = false;
  }
}

template <class Scalar>
double M2lSweep<Scalar>::flops() const noexcept {
  constexpr int product = 8, e_map = 2 * 23, d_map = 2 * 20;
  const double num_frequencies = m2l_frequencies(dft_.p, 0) + (dft_.p - 1.0) * m2l_frequencies(dft_.p, 1);
  const auto num_pairs = static_cast<double>(27 * blocks_.num_family_pairs + std::ssize(blocks_.pairs.values));
  const double of_source = product * num_pairs + e_map * static_cast<double>(blocks_.num_group_rows);
  const double of_target = d_map * static_cast<double>(blocks_.num_in_groups);
  const auto num_transforms = static_cast<double>(std::ssize(blocks_.sources) * spectra_.pairs.source_dim +
                                                  blocks_.num_locals * spectra_.pairs.target_dim);
  return num_frequencies * (spectra_.pairs.num_products() * of_source + spectra_.pairs.target_dim * of_target) +
         dft_flops(dft_.p) * num_transforms;
}

template <class Scalar>
void M2lSweep<Scalar>::reserve(Workspace& workspace, int num_threads) const {
  const std::size_t num_spectra = usize(spectra_begin(spectra_.pairs.source_dim, 0));
  if (num_spectra > workspace.num_spectra) {
    workspace.spectra.reset();
    const std::size_t bytes = num_spectra * sizeof(Chunk);
    workspace.spectra.reset(static_cast<Chunk*>(::operator new(bytes, std::align_val_t(cache_line))));
    workspace.num_spectra = num_spectra;
  }
  grow(workspace.operators, usize(operators_begin(spectra_.pairs.num_entries, 0)));
  if (size_of(workspace.scratch) < num_threads) workspace.scratch.resize(usize(num_threads));
  for (Scratch& scratch : workspace.scratch) reserve(scratch);
}

template <class Scalar>
void M2lSweep<Scalar>::reserve(Scratch& scratch) const {
  const std::size_t p = usize(dft_.p), n = usize(dft_.n);
  const std::size_t size = usize(surface_size(dft_.p) * spectra_.pairs.source_dim);
  grow(scratch.zeros, size);
  grow(scratch.panel, (usize(surface_size(dft_.p) * std::max(spectra_.pairs.source_dim, spectra_.pairs.target_dim)) +
                       usize(children)) *
                          usize(children));
  grow(scratch.columns, p * p);
  grow(scratch.lines, p * n);
  grow(scratch.frequencies, usize(max_chunks() * lanes) + n);
  if (scratch.plane_stride <= blocks_.max_rows) {
    scratch.plane_stride = std::ptrdiff_t{blocks_.max_rows} + 1;
    scratch.planes.assign(usize(3 * scratch.plane_stride), Chunk{});
  }
  scratch.product_stride = std::max(scratch.product_stride, std::ptrdiff_t{blocks_.block_size} + m2l_group_size);
  grow(scratch.products, usize(9 * scratch.product_stride));
  scratch.child_stride = std::max(scratch.child_stride, std::ptrdiff_t{8} * (blocks_.block_size + 1));
  scratch.most_chunks = std::max(scratch.most_chunks, max_chunks());
  grow(scratch.children, usize(scratch.most_chunks) * usize(scratch.child_stride));
}

template <class Scalar>
std::unique_ptr<M2lPass<Scalar>> make_m2l_pass(const M2lSpectra<Scalar>& spectra, const M2lFamilies& families) {
  return std::make_unique<M2lSweep<Scalar>>(spectra, families);
}
template <class Scalar>
std::shared_ptr<M2lWorkspace<Scalar>> make_m2l_workspace() {
  return std::make_shared<M2lWorkspace<Scalar>>();
}

template class M2lSweep<double>;
template class M2lSweep<float>;
template std::unique_ptr<M2lPass<double>> make_m2l_pass(const M2lSpectra<double>&, const M2lFamilies&);
template std::unique_ptr<M2lPass<float>> make_m2l_pass(const M2lSpectra<float>&, const M2lFamilies&);
template std::shared_ptr<M2lWorkspace<double>> make_m2l_workspace();
template std::shared_ptr<M2lWorkspace<float>> make_m2l_workspace();

}
