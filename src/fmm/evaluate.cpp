// SPDX-License-Identifier: BSD-3-Clause
// One evaluation, read from the bottom up: evaluate() is the method, the passes above it are its steps.
#include <algorithm>
#include <cmath>

#include "fmm/engine.hpp"
#include "fmm/scaling.hpp"
#include "fmm/tuning.hpp"

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

/// One evaluation's view of the engine.
struct Pass {
  Engine& engine;
  std::vector<Scratch>& scratch;  ///< by thread
  SourceArrays sources;
  TargetArrays targets;

  [[nodiscard]] const LevelOperators& operators(Index octant) const {
    return *engine.operators[at(level_of(engine.essential.tree.key(octant)))];
  }
  [[nodiscard]] Index target(Index t) const { return engine.interactions.targets[at(t)]; }
  [[nodiscard]] bool has_far_field(Index octant) const { return level_of(engine.essential.tree.key(octant)) >= 2; }
  /// body(first, number, scratch) for runs of `count` families, shared among the threads.
  template <class Body>
  void families(Phase phase, std::size_t count, double flops, const Body& body) {
    constexpr std::size_t at_once = 4 * panel_width;  // enough to fill panels where half of the children are missing
    engine.apply_log.parallel(phase, static_cast<Index>((count + at_once - 1) / at_once), flops,
                              [&](Index i, int thread) {
                                const std::size_t first = at(i) * at_once;
                                body(first, std::min(at_once, count - first), scratch[at(thread)]);
                              });
  }
  [[nodiscard]] double flops(Phase phase) const { return engine.work.flops(phase, targets.gradients != nullptr); }
};

void source_leaves(Pass& pass) {
  Engine& e = pass.engine;
  const auto& leaves = e.interactions.source_leaves;
  e.apply_log.parallel(Phase::p2m, size_of(e.schedule.source_panels), pass.flops(Phase::p2m), [&](Index i, int thread) {
    const IndexRange range = e.schedule.source_panels[at(i)];
    if (!pass.has_far_field(leaves[at(range.begin)])) return;
    Panel<Box> boxes;
    Panel<IndexRange> points;
    Panel<double*> multipoles;
    for (Index k = range.begin; k < range.end; ++k) {
      const Index leaf = leaves[at(k)];
      boxes.push_back(e.box(leaf));
      points.push_back(e.interactions.source_range[at(leaf)]);
      multipoles.push_back(e.multipoles[e.interactions.multipole_slot[at(leaf)]]);
    }
    p2m(pass.operators(leaves[at(range.begin)]), boxes.view(), points.view(), pass.sources, multipoles.view(),
        pass.scratch[at(thread)]);
  });
}

void upward(Pass& pass) {
  Engine& e = pass.engine;
  // All ranks take all levels of the global tree, since the communication is collective.
  for (int level = e.statistics.depth; level-- > 2;) {
    if (level <= e.partition.deepest_shared_level)
      e.apply_log.serial(Phase::communication, [&] {
        e.interactions.up[at(level) + 1].copy(e.multipoles.block(), e.multipoles.data(), e.multipoles.data());
      });
    const Families& families = e.schedule.m2m[at(level)];
    pass.families(Phase::m2m, families.to.size(), e.work.m2m_flops(level),
                  [&](std::size_t first, std::size_t num, Scratch& scratch) {
                    m2m(*e.operators[at(level)], std::span(families.from).subspan(first, num),
                        std::span(families.to).subspan(first, num), scratch);
                  });
  }
}

/// M2L, level by level.
template <class Scalar>
void translate(Pass& pass, M2lLevels<Scalar>& m2l) {
  PhaseLog& log = pass.engine.apply_log;
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
  Engine& e = pass.engine;
  e.apply_log.parallel(Phase::p2l, size_of(e.schedule.x_octants), pass.flops(Phase::p2l), [&](Index i, int thread) {
    const Index t = e.schedule.x_octants[at(i)];
    const Index octant = pass.target(t);
    double* local = e.locals[e.interactions.local_slot[at(octant)]];
    for (const Index leaf : e.interactions.x[t])
      p2l(pass.operators(octant), e.box(octant), std::span(&e.interactions.source_range[at(leaf)], 1), pass.sources,
          local, pass.scratch[at(thread)]);
  });
}

void downward(Pass& pass) {
  Engine& e = pass.engine;
  for (int level = 2; level < e.statistics.depth; ++level) {
    if (level <= e.partition.deepest_shared_level)
      e.apply_log.serial(Phase::communication, [&] {
        e.interactions.down[at(level)].copy(e.locals.block(), e.locals.data(), e.locals.data());
      });
    const L2lLevel& l2l_level = e.schedule.l2l[at(level)];
    const std::size_t count = l2l_level.parents.size();
    pass.families(Phase::l2l, count, e.work.l2l_flops(level),
                  [&](std::size_t first, std::size_t num, Scratch& scratch) {
                    l2l(*e.operators[at(level)], std::span(l2l_level.parents).subspan(first, num),
                        std::span(l2l_level.children).subspan(first, num), scratch);
                  });
  }
}

void target_leaves(Pass& pass) {
  Engine& e = pass.engine;
  const auto& leaves = e.schedule.target_leaves;
  e.apply_log.parallel(Phase::l2p, size_of(e.schedule.target_panels), pass.flops(Phase::l2p), [&](Index i, int thread) {
    const IndexRange range = e.schedule.target_panels[at(i)];
    const Index first = pass.target(leaves[at(range.begin)]);
    if (!pass.has_far_field(first)) return;
    Panel<Box> boxes;
    Panel<IndexRange> points;
    Panel<const double*> locals;
    for (Index k = range.begin; k < range.end; ++k) {
      const Index leaf = pass.target(leaves[at(k)]);
      boxes.push_back(e.box(leaf));
      points.push_back(e.target_range(leaf));
      locals.push_back(e.locals[e.interactions.local_slot[at(leaf)]]);
    }
    l2p(pass.operators(first), boxes.view(), locals.view(), points.view(), pass.targets, pass.scratch[at(thread)]);
  });
}

void w_lists(Pass& pass) {
  Engine& e = pass.engine;
  e.apply_log.parallel(Phase::m2p, size_of(e.schedule.w_leaves), pass.flops(Phase::m2p), [&](Index i, int thread) {
    const Index t = e.schedule.w_leaves[at(i)];
    for (const Index octant : e.interactions.w[t])
      m2p(pass.operators(octant), e.box(octant), e.multipoles[e.interactions.multipole_slot[at(octant)]],
          e.target_range(pass.target(t)), pass.targets, pass.scratch[at(thread)]);
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

void near_field(Pass& pass, const std::vector<NearBlock>& blocks, std::int64_t pairs) {
  Engine& e = pass.engine;
  const double flops = e.work.pair_flops(pairs, pass.targets.gradients != nullptr);
  std::vector<NearRanges> ranges(pass.scratch.size());
  const Digits digits = near_field_digits(e.kernel, e.options.order, e.options.precision);
  e.apply_log.parallel(Phase::p2p, size_of(blocks), flops, [&](Index i, int thread) {
    const NearBlock& block = blocks[at(i)];
    NearRanges& near = ranges[at(thread)];
    for (Index k = block.leaves.begin; k < block.leaves.end; ++k) {
      const Index t = e.schedule.near_leaves[at(k)];
      const Index leaf = pass.target(t);
      const IndexRange targets = e.target_range(leaf);
      DirectSums how{.digits = digits, .length = e.box(leaf).half_width};
      if (e.points.targets_are_sources) {
        near.split(e.interactions.near[t], targets, block.targets);
        how.first_own = 0;
        how.mutual = near.mutual;
        p2p(e.kernel, near.one_sided, pass.sources, targets, pass.targets, how);
      } else {
        p2p(e.kernel, e.interactions.near[t], pass.sources, targets, pass.targets, how);
      }
    }
  });
}

void clear_outputs(Engine& engine, bool with_gradients) {
  const auto dim = at(engine.kernel.target_dim);
  engine.potentials.assign(at(engine.points.num_targets) * dim, 0.0);
  if (with_gradients) engine.gradients.assign(at(engine.points.num_targets) * dim * 3, 0.0);
  engine.locals.set_zero();
}

/// Brings the charges to the order of 1, for sums in floats, and returns the exponent of the factor that undoes it.
[[nodiscard]] int normalise_charges(Engine& engine) {
  const std::span<double> own(engine.charges.data(), at(engine.points.num_sources) * at(engine.kernel.source_dim));
  const int exponent = all_max(engine.communicator.get(), largest_exponent(own));
  multiply_by_power_of_two(own, -exponent);
  return exponent;
}

[[nodiscard]] std::vector<Scratch> make_scratch(const Engine& engine) {
  if (engine.operators.empty()) return {};
  return std::vector<Scratch>(at(num_threads()), Scratch(*engine.operators.back(), engine.options.points_per_leaf));
}

}

void evaluate(Engine& e, std::span<const double> charges, std::span<double> potentials, std::span<double> gradients,
              bool with_gradients) {
  const int source_dim = e.kernel.source_dim;
  const int target_dim = e.kernel.target_dim;
  const auto communicate = [&](auto&& action) { e.apply_log.serial(Phase::communication, action); };
  std::vector<Scratch> scratch;
  together(e.communicator.get(), [&] {
    scratch = make_scratch(e);
    std::visit([](auto& m2l) { m2l.reserve(num_threads()); }, e.m2l);
    clear_outputs(e, with_gradients);
  });
  Pass pass{e,
            scratch,
            {e.points.sources.view(), e.charges.data()},
            {e.points.targets().view(), e.potentials.data(), with_gradients ? e.gradients.data() : nullptr}};

  int exponent = 0;
  communicate([&] {
    e.points.caller_sources.to_tree(source_dim, charges.data(), e.charges.data());
    if (e.mixed_precision()) exponent = normalise_charges(e);
    e.interactions.ghost_sources.begin(source_dim, e.charges.data(), e.charges.data());
  });
  source_leaves(pass);
  upward(pass);
  communicate(
      [&] { e.interactions.ghost_multipoles.begin(e.multipoles.block(), e.multipoles.data(), e.multipoles.data()); });
  near_field(pass, e.schedule.interior_blocks, e.work.interior_pairs);
  communicate([&] {
    e.interactions.ghost_sources.end(source_dim, e.charges.data(), e.charges.data());
    e.interactions.ghost_multipoles.end(e.multipoles.block(), e.multipoles.data(), e.multipoles.data());
  });
  std::visit([&](auto& m2l) { translate(pass, m2l); }, e.m2l);
  x_lists(pass);
  downward(pass);
  target_leaves(pass);
  w_lists(pass);
  near_field(pass, e.schedule.border_blocks, e.work.border_pairs);

  const int unit = std::ilogb(e.partition.root.unit);
  multiply_by_power_of_two(e.potentials, exponent + unit * e.kernel.degree);
  if (with_gradients) multiply_by_power_of_two(e.gradients, exponent + unit * (e.kernel.degree - 1));
  communicate([&] {
    e.points.target_map().to_caller(target_dim, e.potentials.data(), potentials.data());
    if (with_gradients) e.points.target_map().to_caller(3 * target_dim, e.gradients.data(), gradients.data());
  });
}

}
