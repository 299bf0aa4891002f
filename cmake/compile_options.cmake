# SPDX-License-Identifier: BSD-3-Clause
# One interface target carries the language level, the warnings, the instruction set and the sanitizers.
add_library(nearfar_compile_options INTERFACE)
target_compile_features(nearfar_compile_options INTERFACE cxx_std_20)
target_compile_options(nearfar_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${NEARFAR_WERROR}>:-Werror>
  # The vector types of nearfar/formula/simd.hpp never cross a library boundary.
  -Wno-psabi
  # Sums in registers: contract to fused multiply-adds, but never reorder.
  -ffp-contract=fast
  -fno-math-errno
  $<$<CONFIG:Release>:-O3>)
if(NOT NEARFAR_PORTABLE)
  target_compile_options(nearfar_compile_options INTERFACE -march=native
    $<$<CXX_COMPILER_ID:GNU>:-mprefer-vector-width=512>)
endif()
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
