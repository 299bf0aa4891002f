// SPDX-License-Identifier: BSD-3-Clause
#include "bench/instruction_mix.hpp"

#include <sys/types.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <limits>

#if defined(__x86_64__)
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "base/simd_level.hpp"

namespace nearfar::bench {

#if defined(__x86_64__)
namespace {

/// Map (1 for 0F, 2 for 0F 38, 3 for 0F 3A) and byte of an opcode; map 0: nothing that computes with vectors.
struct Opcode {
  int map = 0, byte = 0;
};

[[nodiscard]] Opcode opcode_at(const unsigned char* code) {
  if (code[0] == 0xC5) return {1, code[2]};
  if (code[0] == 0xC4) return {code[1] & 0x1F, code[3]};
  if (code[0] == 0x62) return {code[1] & 0x07, code[4]};
  const auto is_prefix = [](int byte) {
    return byte == 0x66 || byte == 0xF2 || byte == 0xF3 || (byte >= 0x40 && byte < 0x50);
  };
  while (is_prefix(*code)) ++code;
  if (code[0] != 0x0F) return {};
  if (code[1] == 0x38) return {2, code[2]};
  if (code[1] == 0x3A) return {3, code[2]};
  return {1, code[1]};
}

/// Arithmetic::count for what counts as free.
[[nodiscard]] Arithmetic class_of(Opcode opcode) {
  const auto is_one_of = [&](std::initializer_list<int> bytes) {
    return std::find(bytes.begin(), bytes.end(), opcode.byte) != bytes.end();
  };
  if (opcode.map == 1) {
    if (opcode.byte == 0x59) return Arithmetic::multiplication;
    if (opcode.byte == 0x5E) return Arithmetic::division;
    if (opcode.byte == 0x51) return Arithmetic::root;
    if (is_one_of({0x52, 0x53})) return Arithmetic::root_estimate;
    // add, subtract, least, largest, compare, convert
    if (is_one_of({0x58, 0x5C, 0x5D, 0x5F, 0xC2, 0x5A, 0x5B, 0xE6})) return Arithmetic::addition;
  }
  if (opcode.map == 2) {
    const int low = opcode.byte & 0x0F, high = opcode.byte & 0xF0;
    if ((high == 0x90 || high == 0xA0 || high == 0xB0) && low >= 6) return Arithmetic::multiplication;  // fused
    if (is_one_of({0x4C, 0x4D, 0x4E, 0x4F})) return Arithmetic::root_estimate;
  }
  if (opcode.map == 3 && opcode.byte >= 0x08 && opcode.byte <= 0x0B) return Arithmetic::addition;  // round
  return Arithmetic::count;
}

/// Of this child, which stops at its first instruction to be counted, until it ends.
[[nodiscard]] InstructionMix count_steps(pid_t child) {
  InstructionMix mix{};
  int status = 0;
  user_regs_struct registers{};
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    if (ptrace(PTRACE_GETREGS, child, nullptr, &registers) == 0) {
      // The child's code is a copy of this process.
      const Arithmetic found = class_of(opcode_at(reinterpret_cast<const unsigned char*>(registers.rip)));
      if (found != Arithmetic::count) mix[static_cast<std::size_t>(found)] += 1.0;
      if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) == 0) continue;
    }
    kill(child, SIGKILL);  // and wait for its end
  }
  return mix;
}

[[nodiscard]] double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

constexpr int stream_length = 12;  // hides the latency of the units

#define NEARFAR_FUSED(v, i) "vfmadd231pd %%" v "12,%%" v "13,%%" v #i "\n\t"
#define NEARFAR_ADD(v, i) "vaddpd %%" v "12,%%" v "13,%%" v #i "\n\t"
#define NEARFAR_DIVIDE(v, i) "vdivpd %%" v "12,%%" v "13,%%" v #i "\n\t"
#define NEARFAR_ROOT(v, i) "vsqrtpd %%" v "12,%%" v #i "\n\t"
#define NEARFAR_ESTIMATE(v, i) "vrsqrtps %%" v "12,%%" v #i "\n\t"
#define NEARFAR_ESTIMATE_14(v, i) "vrsqrt14pd %%" v "12,%%" v #i "\n\t"
#define NEARFAR_SIX(one, v, a, b, c, d, e, f) one(v, a) one(v, b) one(v, c) one(v, d) one(v, e) one(v, f)
/// A function that runs `repeats` times six instructions of each of two kinds.
#define NEARFAR_STREAM(function, v, first, second)                                                                    \
  void function(long repeats) {                                                                                       \
    const double one = 1.0;                                                                                           \
    __asm__ volatile("vbroadcastsd %1,%%" v                                                                           \
                     "12\n\t"                                                                                         \
                     "vbroadcastsd %1,%%" v                                                                           \
                     "13\n\t"                                                                                         \
                     "1:\n\t" NEARFAR_SIX(first, v, 0, 1, 2, 3, 4, 5)                                                 \
                         NEARFAR_SIX(second, v, 6, 7, 8, 9, 10, 11) "dec %0\n\tjnz 1b\n\tvzeroupper"                  \
                     : "+r"(repeats)                                                                                  \
                     : "x"(one)                                                                                       \
                     : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
                       "xmm11", "xmm12", "xmm13");                                                                    \
  }
NEARFAR_STREAM(fused_zmm, "zmm", NEARFAR_FUSED, NEARFAR_FUSED)
NEARFAR_STREAM(fused_ymm, "ymm", NEARFAR_FUSED, NEARFAR_FUSED)
NEARFAR_STREAM(add_zmm, "zmm", NEARFAR_ADD, NEARFAR_ADD)
NEARFAR_STREAM(add_ymm, "ymm", NEARFAR_ADD, NEARFAR_ADD)
NEARFAR_STREAM(both_zmm, "zmm", NEARFAR_FUSED, NEARFAR_ADD)
NEARFAR_STREAM(both_ymm, "ymm", NEARFAR_FUSED, NEARFAR_ADD)
NEARFAR_STREAM(divide_zmm, "zmm", NEARFAR_DIVIDE, NEARFAR_DIVIDE)
NEARFAR_STREAM(divide_ymm, "ymm", NEARFAR_DIVIDE, NEARFAR_DIVIDE)
NEARFAR_STREAM(root_zmm, "zmm", NEARFAR_ROOT, NEARFAR_ROOT)
NEARFAR_STREAM(root_ymm, "ymm", NEARFAR_ROOT, NEARFAR_ROOT)
NEARFAR_STREAM(estimate_zmm, "zmm", NEARFAR_ESTIMATE_14, NEARFAR_ESTIMATE_14)
NEARFAR_STREAM(estimate_ymm, "ymm", NEARFAR_ESTIMATE, NEARFAR_ESTIMATE)

/// Of one instruction of a stream: the least of several rounds.
[[nodiscard]] double seconds_of(void (*stream)(long)) {
  constexpr long repeats = 200000;
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 5; ++round) {
    const double begin = processor_seconds();
    stream(repeats);
    least = std::min(least, processor_seconds() - begin);
  }
  return least / (repeats * stream_length);
}

/// Seconds of one instruction.
struct Rates {
  InstructionMix alone{};
  double of_both = 0.0;  ///< in a stream of as many additions as multiplications
};

[[nodiscard]] Rates measured_rates() {
  SimdLevel level = simd_level();
#if defined(__AVX512F__)
  level = SimdLevel::v4;
#elif defined(__FMA__)
  level = SimdLevel::v3;
#endif
  if (level == SimdLevel::base) return {};
  const bool wide = level == SimdLevel::v4;
  return {{seconds_of(wide ? add_zmm : add_ymm), seconds_of(wide ? fused_zmm : fused_ymm),
           seconds_of(wide ? estimate_zmm : estimate_ymm), seconds_of(wide ? divide_zmm : divide_ymm),
           seconds_of(wide ? root_zmm : root_ymm)},
          seconds_of(wide ? both_zmm : both_ymm)};
}

}

InstructionMix count_instructions(const std::function<void()>& action) {
  action();  // functions of shared libraries are found now
  const pid_t child = fork();
  if (child < 0) return {};
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    std::raise(SIGSTOP);
    action();
    _exit(0);
  }
  return count_steps(child);
}

double least_seconds(const InstructionMix& mix) {
  static const Rates rates = measured_rates();
  const double additions = mix[static_cast<std::size_t>(Arithmetic::addition)],
               multiplications = mix[static_cast<std::size_t>(Arithmetic::multiplication)];
  double others = 0.0;
  for (const Arithmetic one : {Arithmetic::root_estimate, Arithmetic::division, Arithmetic::root})
    others += mix[static_cast<std::size_t>(one)] * rates.alone[static_cast<std::size_t>(one)];
  const double of_multiplications = multiplications * rates.alone[static_cast<std::size_t>(Arithmetic::multiplication)],
               of_additions = additions * rates.alone[static_cast<std::size_t>(Arithmetic::addition)];
  return others + std::max({of_multiplications, of_additions, (additions + multiplications) * rates.of_both});
}

#else
InstructionMix count_instructions(const std::function<void()>&) { return {}; }
double least_seconds(const InstructionMix&) { return 0.0; }
#endif

}
