// SPDX-License-Identifier: BSD-3-Clause
// The passes of a schedule against the definitions of the lists, found by brute force over pairs of octants. On any
// number of ranks: each expects its own part.
#pragma once

#include "support/open_plan.hpp"

namespace nearfar {

/// M2L: each pair of a target and a member of its V list, once.
void expect_v_lists_once(OpenPlan& plan);

/// M2M and L2L: each pair of a parent and a child, once, in the child's place.
void expect_parents_once(OpenPlan& plan);

/// P2M and L2P: each leaf once, in panels of one level and at most panel_width.
void expect_panels_of_leaves(OpenPlan& plan);

/// P2P: each leaf with near sources once, in blocks along the Morton curve; interior blocks have own sources only.
void expect_near_blocks(OpenPlan& plan);

}
