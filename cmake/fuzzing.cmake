# SPDX-License-Identifier: BSD-3-Clause
# tests/fuzz/NAME_fuzz.cpp: programs nearfar_fuzz_NAME with clang's libFuzzer, in the build with sanitizers. What reads
# hostile input tells the fuzzer which of its branches have been taken; without one it is told to nobody.
if(NOT (NEARFAR_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang"))
  return()
endif()
file(GLOB fuzzed_sources CONFIGURE_DEPENDS src/io/*.cpp src/app/machine.cpp src/app/command_line.cpp src/app/options.cpp
     src/app/kernel_options.cpp src/examples/boundary/mesh.cpp src/examples/boundary/read_mesh.cpp
     src/examples/boundary/closed_surfaces.cpp)
set_property(SOURCE ${fuzzed_sources} APPEND PROPERTY COMPILE_OPTIONS -fsanitize=fuzzer-no-link)
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cpp)
foreach(fuzz_source IN LISTS fuzz_sources)
  get_filename_component(name "${fuzz_source}" NAME_WE)
  string(REPLACE "_fuzz" "" name "${name}")
  add_executable(nearfar_fuzz_${name} "${fuzz_source}")
  # Not the support's main().
  target_link_libraries(nearfar_fuzz_${name} PRIVATE nearfar_test_support boundary_parts)
  target_link_options(nearfar_fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_test(NAME fuzz_${name}
           COMMAND ${CMAKE_COMMAND} -E env BUILD_DIR=${CMAKE_BINARY_DIR} "${CMAKE_SOURCE_DIR}/scripts/fuzz" --seconds 10
                   ${name})
  set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1")
endforeach()
