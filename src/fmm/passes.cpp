// SPDX-License-Identifier: BSD-3-Clause
// One evaluation, read from the bottom up: evaluate_side_by_side() is the method, the passes above it are its steps.
#include "fmm/passes.hpp"

#include <algorithm>

#include "base/columns.hpp"
#include "base/region.hpp"
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
  SourceArrays sources;
  TargetArrays targets;

  [[nodiscard]] const LevelOperators& operators(Index octant) const {
    return *evaluation.translations.operators[usize(level_of(evaluation.layout.essential.tree.key(octant)))];
  }
  [[nodiscard]] const PointOperators& points(Index octant) const {
    return *evaluation.translations.points[usize(level_of(evaluation.layout.essential.tree.key(octant)))];
  }
  [[nodiscard]] Index target(Index t) const { return evaluation.interactions->targets[usize(t)]; }
  [[nodiscard]] bool has_far_field(Index octant) const {
    return level_of(evaluation.layout.essential.tree.key(octant)) >= evaluation.translations.far.first_level;
  }
  /// Called by all threads now and then, between pieces of work. The one that began the messages sees to those that are
  /// under way, since MPI may take calls from no other.
  void advance_messages(int thread) const {
    if (thread != 0) return;
    Interactions& lists = *evaluation.interactions;
    for (StarForest* ghosts : {&lists.ghost_sources, &lists.ghost_multipoles, &lists.ghost_shared_multipoles})
      ghosts->advance();
  }
  /// body(first, number, scratch) for runs of `count` families, shared among the threads.
  template <class Body>
  void families(Phase phase, std::size_t count, double flops, const Body& body) {
    constexpr std::size_t at_once = 4 * panel_width;  // enough to fill panels where half of the children are missing
    const auto num_runs = static_cast<Index>((count + at_once - 1) / at_once);
    evaluation.log.parallel(phase, num_runs, flops, [&](Index i, int thread) {
      advance_messages(thread);
      const std::size_t first = usize(i) * at_once;
      body(first, std::min(at_once, count - first), evaluation.scratch[usize(thread)]);
    });
  }
  [[nodiscard]] double flops(Phase phase) const { return evaluation.work.flops(phase, targets.gradients != nullptr); }
};

void source_leaves(Pass& pass) {
  Evaluation& e = pass.evaluation;
  const auto& leaves = e.interactions->source_leaves;
  e.log.parallel(Phase::p2m, size_of(e.schedule.source_panels), pass.flops(Phase::p2m), [&](Index i, int thread) {
    pass.advance_messages(thread);
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
    const Index first = leaves[usize(range.begin)];
    p2m(pass.operators(first), pass.points(first), boxes.view(), points.view(), pass.sources, multipoles.view(),
        pass.evaluation.scratch[usize(thread)]);
  });
}

/// Multipoles of the parents of a level with positions [begin, end) in its families.
void translate_up(Pass& pass, int level, std::size_t begin, std::size_t end, double flops) {
  Evaluation& e = pass.evaluation;
  const Families& families = e.schedule.m2m[usize(level)];
  pass.families(Phase::m2m, end - begin, flops, [&](std::size_t first, std::size_t num, Scratch& scratch) {
    m2m(*e.translations.operators[usize(level)], std::span(families.from).subspan(begin + first, num),
        std::span(families.to).subspan(begin + first, num), scratch);
  });
}

/// Below the octants that several ranks own parts of. The operations of those are counted here, too.
void upward(Pass& pass) {
  Evaluation& e = pass.evaluation;
  for (int level = e.layout.statistics.depth; level-- > e.translations.far.first_level;)
    translate_up(pass, level, 0, e.schedule.m2m[usize(level)].num_alone, e.work.m2m_flops[usize(level)]);
}

/// All ranks take all shared levels of the global tree, since the communication is collective.
void upward_shared(Pass& pass) {
  Evaluation& e = pass.evaluation;
  const auto fetch_children = [&](int level) {
    e.log.serial(Phase::communication, [&] {
      e.interactions->up[usize(level) + 1].copy(e.multipoles.block(), e.multipoles.data(), e.multipoles.data());
    });
  };
  const int first_level = e.translations.far.first_level;
  int level = e.layout.partition.deepest_shared_level;
  for (; level >= first_level; --level) {
    fetch_children(level);
    const Families& families = e.schedule.m2m[usize(level)];
    translate_up(pass, level, families.num_alone, families.to.size(), 0.0);
  }
  // For V lists of the first level; those of level 2 come as other ghosts do.
  if (level == first_level - 1 && level >= 2) fetch_children(level);
}

/// M2L, level by level.
template <class Scalar>
void translate(Pass& pass, M2lSweeps<Scalar>& m2l) {
  PhaseLog& log = pass.evaluation.log;
  for (const auto& of_level : m2l.sweeps) {
    const M2lPass<Scalar>& sweep = *of_level;
    if (sweep.num_blocks() == 0) continue;
    M2lWorkspace<Scalar>& workspace = *m2l.workspace;
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
      p2l(pass.operators(octant), pass.points(octant), e.layout.box(octant),
          std::span(&e.interactions->source_range[usize(leaf)], 1), pass.sources, local,
          pass.evaluation.scratch[usize(thread)]);
  });
}

void downward(Pass& pass) {
  Evaluation& e = pass.evaluation;
  for (int level = e.translations.far.first_level; level < e.layout.statistics.depth; ++level) {
    if (level <= e.layout.partition.deepest_shared_level)
      e.log.serial(Phase::communication, [&] {
        e.interactions->down[usize(level)].copy(e.locals.block(), e.locals.data(), e.locals.data());
      });
    const L2lLevel& l2l_level = e.schedule.l2l[usize(level)];
    const std::size_t count = l2l_level.parents.size();
    pass.families(Phase::l2l, count, e.work.l2l_flops[usize(level)],
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
    l2p(pass.operators(first), pass.points(first), boxes.view(), locals.view(), points.view(), pass.targets,
        pass.evaluation.scratch[usize(thread)]);
  });
}

void w_lists(Pass& pass) {
  Evaluation& e = pass.evaluation;
  e.log.parallel(Phase::m2p, size_of(e.schedule.w_leaves), pass.flops(Phase::m2p), [&](Index i, int thread) {
    const Index t = e.schedule.w_leaves[usize(i)];
    for (const Index octant : e.interactions->w[t])
      m2p(pass.operators(octant), pass.points(octant), e.layout.box(octant),
          e.multipoles[e.interactions->multipole_slot[usize(octant)]], e.layout.target_range(pass.target(t)),
          pass.targets, pass.evaluation.scratch[usize(thread)]);
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
  std::vector<NearRanges> ranges(usize(num_threads()));
  const Digits digits = near_field_digits(e.kernel(), e.translations.orders.without_phase(), e.translations.precision);
  e.log.parallel(Phase::p2p, size_of(blocks), flops, [&](Index i, int thread) {
    const NearBlock& block = blocks[usize(i)];
    NearRanges& near = ranges[usize(thread)];
    for (Index k = block.leaves.begin; k < block.leaves.end; ++k) {
      pass.advance_messages(thread);
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

/// The expansions' part of one vector. `meanwhile` runs while multipoles travel.
template <class Action>
void far_field(Pass& pass, const Action& meanwhile) {
  Evaluation& e = pass.evaluation;
  const auto communicate = [&](auto&& action) { e.log.serial(Phase::communication, action); };
  const auto begin = [&](StarForest& ghosts) {
    communicate([&] { ghosts.begin(e.multipoles.block(), e.multipoles.data(), e.multipoles.data()); });
  };
  const auto end = [&](StarForest& ghosts) {
    communicate([&] { ghosts.end(e.multipoles.block(), e.multipoles.data(), e.multipoles.data()); });
  };
  e.locals.set_zero();
  source_leaves(pass);
  upward(pass);
  begin(e.interactions->ghost_multipoles);
  upward_shared(pass);
  begin(e.interactions->ghost_shared_multipoles);
  meanwhile();
  end(e.interactions->ghost_multipoles);
  end(e.interactions->ghost_shared_multipoles);
  std::visit([&](auto& m2l) { translate(pass, m2l); }, e.m2l);
  x_lists(pass);
  downward(pass);
  target_leaves(pass);
  w_lists(pass);
}

/// to = from, or to += from with `add`, in some rows of one vector.
template <bool add = false>
void copy_vector(IndexRange rows, const Columns<const double>& from, const Columns<double>& to) {
  parallel_for(rows.begin, rows.end, [&](Index row) { copy_row<add>(from, usize(row), to, usize(row), 1); });
}

}

void evaluate_side_by_side(Evaluation& e, const VectorGroup& group) {
  const auto communicate = [&](auto&& action) { e.log.serial(Phase::communication, action); };
  const int source_dim = e.kernel().source_dim, target_dim = e.kernel().target_dim;
  const bool alone = &group.values == &e.one;
  const bool with_gradients = group.targets.gradients != nullptr;
  const IndexRange own{0, e.layout.points.num_sources};
  const IndexRange ghosts{e.interactions->first_ghost_source, e.interactions->num_sources};
  const auto side_by_side = [&](auto& values, int dim) { return interleaved(values.data(), group.width, dim); };
  double* charges = group.values.charges.data();
  if (!alone) clear_values(e, 1, with_gradients, e.one);
  Pass pass{
      e,
      {e.layout.points.sources.view(), e.one.charges.data()},
      {e.layout.points.targets().view(), e.one.potentials.data(), with_gradients ? e.one.gradients.data() : nullptr}};
  const auto take = [&](IndexRange rows, int vector) {
    if (alone) return;
    copy_vector(rows, side_by_side(group.values.charges, source_dim).from(vector),
                interleaved(e.one.charges.data(), 1, source_dim));
  };
  const auto add = [&](UnwrittenVector<double>& of_one, UnwrittenVector<double>& of_all, int dim, int vector) {
    const IndexRange targets{0, e.layout.points.num_targets};
    copy_vector<true>(targets, interleaved(of_one.data(), 1, dim), side_by_side(of_all, dim).from(vector));
  };
  communicate([&] { e.interactions->ghost_sources.begin(source_dim * group.width, charges, charges); });
  for (int vector = 0; vector < group.count; ++vector) {
    if (vector > 0) clear_values(e, 1, with_gradients, e.one);  // zeros again, in the same places
    take(own, vector);
    if (vector > 0) take(ghosts, vector);
    far_field(pass, [&] {
      if (vector > 0) return;
      near_field(e, pass, group, e.schedule.interior_blocks, e.work.interior_pairs);
      communicate([&] { e.interactions->ghost_sources.end(source_dim * group.width, charges, charges); });
      take(ghosts, vector);
    });
    if (alone) continue;
    add(e.one.potentials, group.values.potentials, target_dim, vector);
    if (with_gradients) add(e.one.gradients, group.values.gradients, 3 * target_dim, vector);
  }
  near_field(e, pass, group, e.schedule.border_blocks, e.work.border_pairs);
}

}
