// SPDX-License-Identifier: BSD-3-Clause
// Which of the instructions that the loops of kernels and operators are compiled for this process uses.
#pragma once

namespace nearfar {

/// Levels of x86-64. `base` is that of all other code: v2 where there are several, else the only one.
enum class SimdLevel { base, v3, v4 };

/// That of this process: the highest that the processor has, or what the environment variable NEARFAR_SIMD says: v2, v3
/// or v4. Throws UsageError, each time, when it says anything else or the processor lacks the level.
[[nodiscard]] SimdLevel simd_level();

/// To be called where long work of other code follows upon loops or kernels that were just made: compilers end the use
/// of wide vectors at the end of loops, but not after every copy of a struct, and code of the base is many times as
/// slow until somebody does.
void end_wide_vectors() noexcept;

}
