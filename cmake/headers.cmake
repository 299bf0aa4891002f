# SPDX-License-Identifier: BSD-3-Clause
# `check_headers` compiles every header alone, so that none leans on what was included before it: all but those that a
# source includes before anything else, which that source checks.
file(GLOB_RECURSE header_paths CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}"
     include/*.hpp include/*.h src/*.hpp tests/*.hpp mpi_tests/*.hpp)
file(GLOB_RECURSE including_sources CONFIGURE_DEPENDS src/*.cpp tests/*.cpp mpi_tests/*.cpp)
set(first_includes "")
list(FILTER including_sources EXCLUDE REGEX "/tests/bench/")  # which are not always built
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${including_sources})
foreach(including_source IN LISTS including_sources)
  file(STRINGS "${including_source}" first_include LIMIT_COUNT 1 REGEX "^#include")
  list(APPEND first_includes "${first_include}")
endforeach()
set(header_sources "")
foreach(header_path IN LISTS header_paths)
  # The name by which the others include it: the path without its first directory.
  string(REGEX REPLACE "^[^/]*/(.*)$" "\\1" header_name "${header_path}")
  if("#include \"${header_name}\"" IN_LIST first_includes)
    continue()
  endif()
  string(MAKE_C_IDENTIFIER "${header_path}" header_identifier)
  set(header_source "${CMAKE_BINARY_DIR}/generated/headers/${header_identifier}.cpp")
  file(CONFIGURE OUTPUT "${header_source}" CONTENT "#include \"${header_name}\"\n")
  list(APPEND header_sources "${header_source}")
endforeach()
add_library(check_headers OBJECT EXCLUDE_FROM_ALL ${header_sources})
target_link_libraries(check_headers PRIVATE nearfar_test_support)
target_include_directories(check_headers PRIVATE mpi_tests)
target_compile_options(check_headers PRIVATE -Werror -fsyntax-only)
