// SPDX-License-Identifier: BSD-3-Clause
// What a sum could take at best on this machine: its floating-point instructions, counted as they are executed, at the
// rates that the machine has for each of them in registers.
//
// Counted flops over the multiply-add peak would say little: most formulas have more additions and products than pairs
// of them, and a root is an estimate and a series. So a sum runs step by step in a process of its own, where each
// instruction is decoded as far as to tell its class, and of each class a stream of independent instructions is timed.
// Loads, stores, moves, masks and branches count as free: that they are not is what a sum falls short of its ceiling.
#pragma once

#include <array>
#include <functional>

namespace nearfar::bench {

/// Classes with rates of their own. Additions (with comparisons, and what rounds or converts) have units beside those
/// of the multiplications on some machines, so that the two together may be faster than either alone.
enum class Arithmetic { addition, multiplication, root_estimate, division, root, count };

/// Executed instructions of each class, on vectors of any length.
using InstructionMix = std::array<double, static_cast<std::size_t>(Arithmetic::count)>;

/// Those of `action`, run in a child process one instruction after the other: some 10^5 of them take seconds. All zeros
/// where the system does not allow that.
[[nodiscard]] InstructionMix count_instructions(const std::function<void()>& action);

/// Seconds of processor time that they take at least, on vectors as wide as those that the kernels' loops use here.
/// Zero where these use no fused multiply-adds.
[[nodiscard]] double least_seconds(const InstructionMix& mix);

}
