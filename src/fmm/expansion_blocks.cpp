// SPDX-License-Identifier: BSD-3-Clause
// Expansions as users of a plan see them.
#include <algorithm>

#include "comm/together.hpp"
#include "fmm/plan.hpp"

namespace nearfar {
namespace {

/// No pass writes multipoles of octants without sources or above the first level, nor the rest of a block where the
/// surface is smaller than others, so values of an earlier tree may remain.
/// Locals need nothing: every evaluation zeroes them first.
void clear_unwritten(const Layout& layout, const Translations& translations, Expansions& multipoles) {
  for (const OctantRecord& octant : layout.essential.tree.octants) {
    if (octant.owner != layout.essential.rank) continue;
    const LevelOperators* operators = translations.operators[usize(level_of(octant.key))].get();
    const bool is_written = octant.num_sources > 0 && operators != nullptr && level_of(octant.key) >= 2;
    double* const block = multipoles[octant.slot];
    std::fill(block + (is_written ? operators->multipole_size() : 0), block + multipoles.block(), 0.0);
  }
}

/// In half widths.
[[nodiscard]] std::vector<std::array<double, 3>> points_of(const Surface& surface) {
  std::vector<std::array<double, 3>> points;
  for (std::size_t k = 0; k < usize(surface.size()); ++k) points.push_back({surface.x[k], surface.y[k], surface.z[k]});
  return points;
}

}

ExpansionBlocks Plan::Implementation::blocks(Expansions Evaluation::*which, int components) {
  ExpansionBlocks blocks;
  agree(comm(), [&] {
    shared().require_whole();
    if (!evaluation) throw UsageError("this plan was made for its lists only and has no expansions");
    blocks.octants = own_octants(shared().layout);
    const Surface largest = make_surface(translations.orders.largest(), inner_radius);
    for (const auto& operators : translations.operators)
      blocks.surfaces.push_back(points_of(operators ? operators->surfaces->inner : largest));
    blocks.components = components;
    if (which == &Evaluation::multipoles) clear_unwritten(shared().layout, translations, evaluation->multipoles);
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
