# SPDX-License-Identifier: BSD-3-Clause
# One interface target carries the language level, the warnings, the instruction set and the sanitizers.
add_library(nearfar_compile_options INTERFACE)
target_compile_features(nearfar_compile_options INTERFACE cxx_std_20)
target_compile_options(nearfar_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${NEARFAR_WERROR}>:-Werror>
  # The vector types of nearfar/formula/simd.hpp never cross a library boundary.
  -Wno-psabi
  -fno-math-errno
  $<$<CONFIG:Release>:-O3>)

# Vector instructions. One level, this machine's own or the compiler's default; or several of x86-64, of which a process
# uses the best that its processor has: then everything is compiled for the base, and the loops for the others too.
set(nearfar_wide_vectors "")
set(nearfar_base_flags "")
set(nearfar_other_levels "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(nearfar_wide_vectors $<$<CXX_COMPILER_ID:GNU>:-mprefer-vector-width=512>)
endif()
if(NEARFAR_NATIVE)
  set(nearfar_base_flags -march=native ${nearfar_wide_vectors})
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(nearfar_base_flags -march=x86-64-v2)
  set(nearfar_other_levels v3 v4)
endif()
target_compile_options(nearfar_compile_options INTERFACE ${nearfar_base_flags})

# Sums of the loops in registers: contract to fused multiply-adds, but never reorder. Elsewhere nothing is contracted:
# results must not depend on whether the base has such instructions.
set(nearfar_loop_flags -ffp-contract=fast)
set(nearfar_other_flags -ffp-contract=off)

if(NEARFAR_SANITIZE)
  # Optimised a little, or the tests take too long; with assertions. Bad pointers are for the address sanitizer to find:
  # checking them twice doubles the time of compilation.
  target_compile_options(nearfar_compile_options INTERFACE -O1 -g1 -UNDEBUG
    -fsanitize=address,undefined -fno-sanitize=null,object-size,vptr,pointer-overflow
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(nearfar_compile_options INTERFACE -fsanitize=address,undefined)
endif()

# Files with all the loops of a kernel: their many small vectors stay in registers, or compiling them takes three times
# as long.
function(nearfar_lighten_sanitizers)
  if(NEARFAR_SANITIZE)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -fno-sanitize-address-use-after-scope)
  endif()
endfunction()
