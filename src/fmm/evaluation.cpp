// SPDX-License-Identifier: BSD-3-Clause
// One evaluation, read from the bottom up: evaluate_side_by_side() is the method, the passes above it are its steps.
#include "fmm/evaluation.hpp"

#include <algorithm>

#include "fmm/columns.hpp"
#include "fmm/costs.hpp"

namespace nearfar {
namespace {

/// Arguments of the operators for up to panel_width boxes.
template <class T>
struct Panel {
  std::array<T, panel_width> items{};
  std::size_t count = 0;
  void push_back(const T& item) noexcept { items[count++] = item; }
  [[nodiscard]] std::span<const T> view() const noexcept { return {items.data(), count}; }
};

/// One evaluation of one vector.
struct Pass {
  Evaluation& evaluation;
  std::vector<Scratch>& scratch;  ///< by thread
  SourceArrays sources;
  TargetArrays targets;

  [[nodiscard]] const LevelOperators& operators(Index octant) const {
    return *evaluation.translations.operators[usize(level_of(evaluation.layout.essential.tree.key(octant)))];
  }
  [[nodiscard]] Index target(Index t) const { return evaluation.interactions->targets[usize(t)]; }
  [[nodiscard]] bool has_far_field(Index octant) const {
    return level_of(evaluation.layout.essential.tree.key(octant)) >= 2;
  }
  /// body(first, number, scratch) for runs of `count` families, shared among the threads.
  template <class Body>
  void families(Phase phase, std::size_t count, double flops, const Body& body) {
    constexpr std::size_t at_once = 4 * panel_width;  // enough to fill panels where half of the children are missing
    evaluation.log.parallel(phase, static_cast<Index>((count + at_once - 1) / at_once), flops,
                            [&](Index i, int thread) {
                              const std::size_t first = usize(i) * at_once;
                              body(first, std::min(at_once, count - first), scratch[usize(thread)]);
                            });
  }
  [[nodiscard]] double flops(Phase phase) const { return evaluation.work.flops(phase, targets.gradients != nullptr); }
};

void source_leaves(Pass& pass) {
  Evaluation& e = pass.evaluation;
  const auto& leaves = e.interactions->source_leaves;
  e.log.parallel(Phase::p2m, size_of(e.schedule.source_panels), pass.flops(Phase::p2m), [&](Index i, int thread) {
    const IndexRange range = e.schedule.source_panels[usize(i)];
    if (!pass.has_far_field(leaves[usize(range.begin)])) return;
    Panel<Box> boxes;
    Panel<IndexRange> points;
    Panel<double*> multipoles;
    for (Index k = range.begin; k < range.end; ++k) {
      const Index leaf = leaves[usize(k)];
      boxes.push_back(e.layout.box(leaf));
      points.push_back(e.interactions->source_range[usize(leaf)]);
      multipoles.push_back(e.multipoles[e.interactions->multipole_slot[usize(leaf)]]);
    }
    p2m(pass.operators(leaves[usize(range.begin)]), boxes.view(), points.view(), pass.sources, multipoles.view(),
        pass.scratch[usize(thread)]);
  });
}

void upward(Pass& pass) {
  Evaluation& e = pass.evaluation;
  // All ranks take all levels of the global tree, since the communication is collective.
  for (int level = e.layout.statistics.depth; level-- > 2;) {
    if (level <= e.layout.partition.deepest_shared_level)
      e.log.serial(Phase::communication, [&] {
        e.interactions->up[usize(level) + 1].copy(e.multipoles.block(), e.multipoles.data(), e.multipoles.data());
      });
    const Families& families = e.schedule.m2m[usize(level)];
    pass.families(Phase::m2m, families.to.size(), e.work.m2m_flops(level),
                  [&](std::size_t first, std::size_t num, Scratch& scratch) {
                    m2m(*e.translations.operators[usize(level)], std::span(families.from).subspan(first, num),
                        std::span(families.to).subspan(first, num), scratch);
                  });
  }
}

/// M2L, level by level.
template <class Scalar>
void translate(Pass& pass, M2lSweeps<Scalar>& m2l) {
  PhaseLog& log = pass.evaluation.log;
  auto& workspace = m2l.workspace;
  for (const M2lSweep<Scalar>& sweep : m2l.sweeps) {
    if (sweep.num_blocks() == 0) continue;
    const double flops = sweep.flops() / sweep.num_slabs();
    for (int slab = 0; slab < sweep.num_slabs(); ++slab) {
      log.parallel(Phase::m2l, sweep.num_transforms(slab), 0.0,
                   [&](Index i, int thread) { sweep.transform(i, slab, workspace, thread); });
      log.parallel(Phase::m2l, sweep.num_blocks(), flops,
                   [&](Index block, int thread) { sweep.translate(block, slab, workspace, thread); });
    }
  }
}

void x_lists(Pass& pass) {
  Evaluation& e = pass.evaluation;
  e.log.parallel(Phase::p2l, size_of(e.schedule.x_octants), pass.flops(Phase::p2l), [&](Index i, int thread) {
    const Index t = e.schedule.x_octants[usize(i)];
    const Index octant = pass.target(t);
    double* local = e.locals[e.interactions->local_slot[usize(octant)]];
    for (const Index leaf : e.interactions->x[t])
      p2l(pass.operators(octant), e.layout.box(octant), std::span(&e.interactions->source_range[usize(leaf)], 1),
          pass.sources, local, pass.scratch[usize(thread)]);
  });
}

void downward(Pass& pass) {
  Evaluation& e = pass.evaluation;
  for (int level = 2; level < e.layout.statistics.depth; ++level) {
    if (level <= e.layout.partition.deepest_shared_level)
      e.log.serial(Phase::communication, [&] {
        e.interactions->down[usize(level)].copy(e.locals.block(), e.locals.data(), e.locals.data());
      });
    const L2lLevel& l2l_level = e.schedule.l2l[usize(level)];
    const std::size_t count = l2l_level.parents.size();
    pass.families(Phase::l2l, count, e.work.l2l_flops(level),
                  [&](std::size_t first, std::size_t num, Scratch& scratch) {
                    l2l(*e.translations.operators[usize(level)], std::span(l2l_level.parents).subspan(first, num),
                        std::span(l2l_level.children).subspan(first, num), scratch);
                  });
  }
}

void target_leaves(Pass& pass) {
  Evaluation& e = pass.evaluation;
  const auto& leaves = e.schedule.target_leaves;
  e.log.parallel(Phase::l2p, size_of(e.schedule.target_panels), pass.flops(Phase::l2p), [&](Index i, int thread) {
    const IndexRange range = e.schedule.target_panels[usize(i)];
    const Index first = e.interactions->far_field_of(pass.target(leaves[usize(range.begin)]));
    if (!pass.has_far_field(first)) return;
    Panel<Box> boxes;
    Panel<IndexRange> points;
    Panel<const double*> locals;
    for (Index k = range.begin; k < range.end; ++k) {
      const Index leaf = pass.target(leaves[usize(k)]);
      const Index octant = e.interactions->far_field_of(leaf);
      boxes.push_back(e.layout.box(octant));
      points.push_back(e.layout.target_range(leaf));
      locals.push_back(e.locals[e.interactions->local_slot[usize(octant)]]);
    }
    l2p(pass.operators(first), boxes.view(), locals.view(), points.view(), pass.targets, pass.scratch[usize(thread)]);
  });
}

void w_lists(Pass& pass) {
  Evaluation& e = pass.evaluation;
  e.log.parallel(Phase::m2p, size_of(e.schedule.w_leaves), pass.flops(Phase::m2p), [&](Index i, int thread) {
    const Index t = e.schedule.w_leaves[usize(i)];
    for (const Index octant : e.interactions->w[t])
      m2p(pass.operators(octant), e.layout.box(octant), e.multipoles[e.interactions->multipole_slot[usize(octant)]],
          e.layout.target_range(pass.target(t)), pass.targets, pass.scratch[usize(thread)]);
  });
}

/// Near sources of one leaf in a block.
struct NearRanges {
  std::vector<IndexRange> one_sided;
  std::vector<IndexRange> mutual;  ///< of later leaves of the block; earlier ones have served both sides

  void split(std::span<const IndexRange> near, IndexRange own, IndexRange block) {
    one_sided.clear();
    mutual.clear();
    const auto add = [](std::vector<IndexRange>& list, Index begin, Index end) {
      if (begin < end) list.push_back({begin, end});
    };
    for (const IndexRange range : near) {
      add(one_sided, range.begin, std::min(range.end, block.begin));
      add(one_sided, std::max(range.begin, own.begin), std::min(range.end, own.end));
      add(mutual, std::max(range.begin, own.end), std::min(range.end, block.end));
      add(one_sided, std::max(range.begin, block.end), range.end);
    }
  }
};

void near_field(Evaluation& e, const Pass& pass, const VectorGroup& arrays, const std::vector<NearBlock>& blocks,
                std::int64_t pairs) {
  const double flops = e.work.pair_flops(pairs, arrays.targets.gradients != nullptr) * arrays.count;
  std::vector<NearRanges> ranges(pass.scratch.size());
  const Digits digits = near_field_digits(e.kernel(), e.translations.order, e.translations.precision);
  e.log.parallel(Phase::p2p, size_of(blocks), flops, [&](Index i, int thread) {
    const NearBlock& block = blocks[usize(i)];
    NearRanges& near = ranges[usize(thread)];
    for (Index k = block.leaves.begin; k < block.leaves.end; ++k) {
      const Index t = e.schedule.near_leaves[usize(k)];
      const Index leaf = pass.target(t);
      const IndexRange targets = e.layout.target_range(leaf);
      DirectSums how{.digits = digits, .length = e.layout.box(leaf).half_width};
      if (e.layout.points.targets_are_sources) {
        near.split(e.interactions->near[t], targets, block.targets);
        how.first_own = 0;
        how.mutual = near.mutual;
        p2p(arrays.kernel, near.one_sided, arrays.sources, targets, arrays.targets, how);
      } else {
        p2p(arrays.kernel, e.interactions->near[t], arrays.sources, targets, arrays.targets, how);
      }
    }
  });
}

/// Makes `values` that many zeros, by all threads.
void set_zeros(UnwrittenVector<double>& values, std::size_t count) {
  values.resize(count);
#pragma omp parallel for schedule(static)
  for (std::size_t i = 0; i < count; ++i) values[i] = 0.0;
}

/// The expansions' part of one vector. `meanwhile` runs while multipoles travel.
template <class Action>
void far_field(Pass& pass, const Action& meanwhile) {
  Evaluation& e = pass.evaluation;
  const auto communicate = [&](auto&& action) { e.log.serial(Phase::communication, action); };
  auto& ghosts = e.interactions->ghost_multipoles;
  e.locals.set_zero();
  source_leaves(pass);
  upward(pass);
  communicate([&] { ghosts.begin(e.multipoles.block(), e.multipoles.data(), e.multipoles.data()); });
  meanwhile();
  communicate([&] { ghosts.end(e.multipoles.block(), e.multipoles.data(), e.multipoles.data()); });
  std::visit([&](auto& m2l) { translate(pass, m2l); }, e.m2l);
  x_lists(pass);
  downward(pass);
  target_leaves(pass);
  w_lists(pass);
}

/// `levels`, by level from 0 on, must outlive the sweeps.
template <class Scalar>
void make_sweeps(const LevelSpectra<Scalar>& spectra, std::span<const M2lLevel> levels,
                 std::variant<M2lSweeps<double>, M2lSweeps<float>>& all) {
  if (!std::holds_alternative<M2lSweeps<Scalar>>(all)) all = M2lSweeps<Scalar>();
  auto& sweeps = std::get<M2lSweeps<Scalar>>(all).sweeps;
  sweeps.clear();
  sweeps.reserve(spectra.size());
  for (std::size_t i = 2; i < levels.size(); ++i) {
    const auto& [sources, targets, neighbours] = levels[i];
    sweeps.emplace_back(*spectra[i - 2], M2lFamilies{sources, targets, neighbours}, num_threads());
  }
}

}

void Evaluation::prepare(Interactions& of_tree) {
  interactions = &of_tree;
  agree(communicator, [&] {
    const int surface = surface_size(translations.order);
    multipoles.reshape(layout.essential.num_owned, of_tree.num_multipoles, surface * kernel().source_dim);
    locals.reshape(layout.essential.num_owned, of_tree.num_locals, surface * kernel().target_dim);
    one.charges.resize(usize(of_tree.num_sources) * usize(kernel().source_dim));
    schedule = make_schedule(layout, of_tree, multipoles, locals);
    std::visit([&](const auto& spectra) { make_sweeps(spectra, schedule.m2l, m2l); }, translations.spectra);
  });
  work = count_work(layout, of_tree, schedule, translations);
}

void Evaluation::release() {
  std::visit([](auto& levels) { levels.sweeps.clear(); }, m2l);
  schedule = {};
  interactions = nullptr;
}

void make_room(const Evaluation& e, int width, bool with_gradients, Evaluation::Values& values) {
  const auto results = usize(e.layout.points.num_targets) * usize(e.kernel().target_dim * width);
  values.charges.resize(usize(e.interactions->num_sources) * usize(e.kernel().source_dim * width));
  set_zeros(values.potentials, results);
  if (with_gradients) set_zeros(values.gradients, 3 * results);
}

void evaluate_side_by_side(Evaluation& e, std::vector<Scratch>& scratch, const VectorGroup& group) {
  const auto communicate = [&](auto&& action) { e.log.serial(Phase::communication, action); };
  const int source_dim = e.kernel().source_dim, target_dim = e.kernel().target_dim;
  const bool alone = &group.values == &e.one;
  const bool with_gradients = group.targets.gradients != nullptr;
  const IndexRange own{0, e.layout.points.num_sources}, ghosts{own.end, e.interactions->num_sources};
  const IndexRange targets{0, e.layout.points.num_targets};
  double* charges = group.values.charges.data();
  if (!alone) make_room(e, 1, with_gradients, e.one);
  Pass pass{
      e,
      scratch,
      {e.layout.points.sources.view(), e.one.charges.data()},
      {e.layout.points.targets().view(), e.one.potentials.data(), with_gradients ? e.one.gradients.data() : nullptr}};
  const auto take = [&](IndexRange rows, int vector) {
    if (!alone)
      copy_columns(rows, {charges, group.width, source_dim}, vector, {e.one.charges.data(), 1, source_dim}, 0, 1);
  };
  communicate([&] { e.interactions->ghost_sources.begin(source_dim * group.width, charges, charges); });
  for (int vector = 0; vector < group.count; ++vector) {
    if (vector > 0) make_room(e, 1, with_gradients, e.one);  // zeros again, in the same places
    take(own, vector);
    if (vector > 0) take(ghosts, vector);
    far_field(pass, [&] {
      if (vector > 0) return;
      near_field(e, pass, group, e.schedule.interior_blocks, e.work.interior_pairs);
      communicate([&] { e.interactions->ghost_sources.end(source_dim * group.width, charges, charges); });
      take(ghosts, vector);
    });
    if (alone) continue;
    copy_columns<true>(targets, {e.one.potentials.data(), 1, target_dim}, 0,
                       {group.values.potentials.data(), group.width, target_dim}, vector, 1);
    if (with_gradients)
      copy_columns<true>(targets, {e.one.gradients.data(), 1, 3 * target_dim}, 0,
                         {group.values.gradients.data(), group.width, 3 * target_dim}, vector, 1);
  }
  near_field(e, pass, group, e.schedule.border_blocks, e.work.border_pairs);
}

}
