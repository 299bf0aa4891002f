// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/evaluation.hpp"

#include <algorithm>

#include "base/region.hpp"
#include "base/simd_level.hpp"
#include "operators/simd_loops.hpp"

namespace nearfar {
namespace {

/// Makes `values` that many zeros, by all threads.
void set_zeros(UnwrittenVector<double>& values, std::size_t count) {
  values.resize(count);
  parallel_for(std::size_t{0}, count, [&](std::size_t i) { values[i] = 0.0; });
}

/// Numbers of `width` vectors in the order of the tree.
struct RoomOf {
  RoomOf(const Evaluation& e, int width)
      : charges(usize(e.interactions->num_sources) * usize(e.kernel().source_dim * width)),
        results(usize(e.layout.points.num_targets) * usize(e.kernel().target_dim * width)) {}
  std::size_t charges, results;
};

template <class Scalar>
void reserve_for_threads(M2lSweeps<Scalar>& m2l) {
  for (const auto& sweep : m2l.sweeps) {
    if (sweep->num_blocks() == 0) continue;
    if (!m2l.workspace) m2l.workspace = simd_loops().m2l_of<Scalar>().make_workspace();
    sweep->reserve(*m2l.workspace, num_threads());
    m2l.num_threads = std::max(m2l.num_threads, num_threads());
  }
}

/// `levels`, by level from 0 on, must outlive the sweeps. There are none where there are no spectra.
template <class Scalar>
void make_sweeps(const LevelSpectra<Scalar>& spectra, std::span<const M2lLevel> levels,
                 std::variant<M2lSweeps<double>, M2lSweeps<float>>& all) {
  if (!std::holds_alternative<M2lSweeps<Scalar>>(all)) all = M2lSweeps<Scalar>();
  auto& sweeps = std::get<M2lSweeps<Scalar>>(all).sweeps;
  sweeps.clear();
  sweeps.reserve(spectra.size());
  for (std::size_t i = 2; i < levels.size(); ++i) {
    if (spectra[i - 2] == nullptr) continue;
    const auto& [sources, targets, neighbours] = levels[i];
    sweeps.push_back(
        simd_loops().m2l_of<Scalar>().make_pass(*spectra[i - 2], M2lFamilies{sources, targets, neighbours}));
  }
}

}

void Evaluation::prepare(Interactions& of_tree, int num_vectors) {
  interactions = &of_tree;
  agree(communicator, [&] {
    const int surface = surface_size(translations.orders.largest());
    multipoles.reshape(layout.essential.num_owned, of_tree.num_multipoles,
                       surface * kernel().of_expansions().source_dim);
    locals.reshape(layout.essential.num_owned, of_tree.num_locals, surface * kernel().of_expansions().target_dim);
    schedule = make_schedule(layout, of_tree, translations.far.first_level, multipoles, locals);
    std::visit([&](const auto& spectra) { make_sweeps(spectra, schedule.m2l, m2l); }, translations.spectra);
    make_room(num_vectors, false);
  });
  work = count_work(layout, of_tree, schedule, translations);
}

void Evaluation::release() {
  std::visit([](auto& levels) { levels.sweeps.clear(); }, m2l);
  schedule = {};
  interactions = nullptr;
}

const LevelOperators* Evaluation::largest_operators() const {
  const LevelOperators* largest = translations.operators.back().get();
  for (const auto& operators : translations.operators)  // of oscillating kernels, large boxes have more terms
    if (operators && operators->basis.size > largest->basis.size) largest = operators.get();
  return largest;
}

bool Evaluation::has_scratch() const {
  const LevelOperators* largest = largest_operators();
  return largest == nullptr || (size_of(scratch) >= num_threads() && scratch.front().suits(*largest));
}

bool Evaluation::has_room(int num_vectors, bool with_gradients) const {
  const auto holds = [&](const Values& values, int width) {
    const RoomOf room(*this, width);
    return values.charges.capacity() >= room.charges && values.potentials.capacity() >= room.results &&
           (!with_gradients || values.gradients.capacity() >= 3 * room.results);
  };
  const bool m2l_has_room = std::visit(
      [](const auto& levels) {
        return levels.num_threads >= num_threads() || std::all_of(levels.sweeps.begin(), levels.sweeps.end(),
                                                                  [](const auto& s) { return s->num_blocks() == 0; });
      },
      m2l);
  const int width = group_kernel(kernel(), num_vectors, with_gradients).width;
  return m2l_has_room && has_scratch() && holds(one, 1) && (width == 1 || holds(several, width));
}

void Evaluation::make_room(int num_vectors, bool with_gradients) {
  const auto reserve = [&](Values& values, int width) {
    const RoomOf room(*this, width);
    values.charges.reserve(room.charges);
    values.potentials.reserve(room.results);
    if (with_gradients) values.gradients.reserve(3 * room.results);
  };
  const int width = group_kernel(kernel(), num_vectors, with_gradients).width;
  reserve(one, 1);
  if (width > 1) reserve(several, width);
  if (!has_scratch())
    scratch.assign(usize(num_threads()),
                   Scratch(*largest_operators(), *translations.points.back(), layout.tuning.options.points_per_leaf));
  std::visit([](auto& levels) { reserve_for_threads(levels); }, m2l);
}

GroupKernel group_kernel(const Kernel& kernel, int num_vectors, bool with_gradients) {
  if (num_vectors < 2 || !kernel.several) return {kernel, 1};
  Kernel several = kernel.several(num_vectors, with_gradients);
  const int width = several.source_dim / kernel.source_dim;
  end_wide_vectors();
  return {std::move(several), width};
}

void clear_values(const Evaluation& e, int width, bool with_gradients, Evaluation::Values& values) {
  const RoomOf room(e, width);
  values.charges.resize(room.charges);
  set_zeros(values.potentials, room.results);
  if (with_gradients) set_zeros(values.gradients, 3 * room.results);
}

}
