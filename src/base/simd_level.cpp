// SPDX-License-Identifier: BSD-3-Clause
#include "base/simd_level.hpp"

#include <cstdlib>
#include <string>

#include "nearfar/error.hpp"
#include "nearfar/version.hpp"

namespace nearfar {
namespace {

#ifdef NEARFAR_SIMD_LEVELS

constexpr const char* names[] = {"v2", "v3", "v4"};

/// What the levels are used for; processors that have it have the rest of the level.
[[nodiscard]] bool processor_has(SimdLevel level) noexcept {
  if (level == SimdLevel::v4)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && processor_has(SimdLevel::v3);
  if (level == SimdLevel::v3)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
  return true;
}

[[nodiscard]] SimdLevel highest() noexcept {
  for (const SimdLevel level : {SimdLevel::v4, SimdLevel::v3})
    if (processor_has(level)) return level;
  return SimdLevel::base;
}

[[nodiscard]] std::string levels_of_processor() {
  std::string list = names[0];
  for (const SimdLevel level : {SimdLevel::v3, SimdLevel::v4})
    if (processor_has(level)) list += std::string(", ") + names[static_cast<int>(level)];
  return list;
}

[[nodiscard]] SimdLevel choose(const std::string& wanted) {
  for (const SimdLevel level : {SimdLevel::base, SimdLevel::v3, SimdLevel::v4}) {
    if (wanted != names[static_cast<int>(level)]) continue;
    if (processor_has(level)) return level;
    throw UsageError("NEARFAR_SIMD=" + wanted + ": this processor does not have that level; set one that it has (" +
                     levels_of_processor() + ") or leave the variable out");
  }
  throw UsageError("NEARFAR_SIMD=" + wanted + ": there is no such level; set one that this processor has (" +
                   levels_of_processor() + ") or leave the variable out");
}

#else

[[nodiscard]] SimdLevel highest() noexcept { return SimdLevel::base; }

[[nodiscard]] SimdLevel choose(const std::string& wanted) {
  throw UsageError("NEARFAR_SIMD=" + wanted + ": this nearfar is built for one kind of processor alone (" +
                   instruction_set() + "); leave the variable out");
}

#endif

[[nodiscard]] SimdLevel chosen() {
  const char* wanted = std::getenv("NEARFAR_SIMD");
  return wanted == nullptr || *wanted == '\0' ? highest() : choose(wanted);
}

}

SimdLevel simd_level() {
  static const SimdLevel level = chosen();
  return level;
}

void end_wide_vectors() noexcept {
#ifdef NEARFAR_SIMD_LEVELS
  if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
#endif
}

const char* instruction_set() noexcept {
#ifdef NEARFAR_SIMD_LEVELS
  SimdLevel level = SimdLevel::base;
  try {
    level = simd_level();
  } catch (const UsageError&) {
    return "none: NEARFAR_SIMD names no level of this processor";
  }
  switch (level) {
    case SimdLevel::base:
      return "x86-64-v2 (SSE4.2, 128 bits)";
    case SimdLevel::v3:
      return "x86-64-v3 (AVX2 with FMA, 256 bits)";
    case SimdLevel::v4:
      return "x86-64-v4 (AVX-512, 512 bits)";
  }
#endif
#if defined(__AVX512F__)
  return "AVX-512 (512 bits)";
#elif defined(__AVX2__) && defined(__FMA__)
  return "AVX2 with FMA (256 bits)";
#elif defined(__AVX__)
  return "AVX (256 bits)";
#elif defined(__SSE2__)
  return "SSE2 (128 bits)";
#elif defined(__ARM_NEON)
  return "NEON (128 bits)";
#else
  return "compiler's default";
#endif
}

}
