// SPDX-License-Identifier: BSD-3-Clause
// Expansions as users of a plan see them.
#include <algorithm>

#include "comm/together.hpp"
#include "fmm/plan.hpp"

namespace nearfar {
namespace {

/// No pass writes multipoles of octants without sources or above the first level, so values of an earlier tree may
/// remain.
/// Locals need nothing: every evaluation zeroes them first.
void clear_unwritten(const Layout& layout, int first_level, Expansions& expansions) {
  for (const OctantRecord& octant : layout.essential.tree.octants)
    if (octant.owner == layout.essential.rank && (octant.num_sources == 0 || level_of(octant.key) < first_level))
      std::fill_n(expansions[octant.slot], expansions.block(), 0.0);
}

}

ExpansionBlocks Plan::Implementation::blocks(Expansions Evaluation::*which, int components) {
  ExpansionBlocks blocks;
  agree(comm(), [&] {
    shared().require_whole();
    if (!evaluation) throw UsageError("this plan was made for its lists only and has no expansions");
    const Surface surface = make_surface(options.order, inner_radius);
    for (std::size_t k = 0; k < usize(surface.size()); ++k)
      blocks.surface.push_back({surface.x[k], surface.y[k], surface.z[k]});
    blocks.octants = own_octants(shared().layout);
    for (const Octant& octant : blocks.octants) {
      const auto& operators = translations.operators[usize(octant.level)];
      blocks.surface_factors.push_back(operators ? operators->surfaces->inner.x.back() / surface.x.back() : 1.0);
    }
    blocks.components = components;
    if (which == &Evaluation::multipoles)
      clear_unwritten(shared().layout, translations.far.first_level, evaluation->multipoles);
  });
  blocks.values = ((*evaluation).*which).vector(comm());
  return blocks;
}

ExpansionBlocks Plan::multipoles() {
  return together(implementation_->comm(), [this] {
    return implementation_->blocks(&Evaluation::multipoles, implementation_->kernel.of_expansions().source_dim);
  });
}

ExpansionBlocks Plan::locals() {
  return together(implementation_->comm(), [this] {
    return implementation_->blocks(&Evaluation::locals, implementation_->kernel.of_expansions().target_dim);
  });
}

}
