# SPDX-License-Identifier: BSD-3-Clause
# The loops: kernels (src/kernels/catalog) and those of the operators (src/operators/*_loops.cpp, and all of M2L). They
# are compiled once for each level of vector instructions. For levels above the base, the objects of a level are linked
# to one, of which nothing is seen but the two functions that its table has: inline functions and templates that got
# into it, of the standard library too, must not take the place of those that other code uses.
#
# Every file src/kernels/catalog/NAME.cpp defines `Family nearfar::kernels::NAME()`; the table of all of them is
# generated here, so that a kernel is one file and nothing else.
file(GLOB kernel_files CONFIGURE_DEPENDS src/kernels/catalog/*.cpp)
file(GLOB operator_loops CONFIGURE_DEPENDS src/operators/*_loops.cpp src/operators/m2l*.cpp)
list(FILTER operator_loops EXCLUDE REGEX "/simd_loops\\.cpp$")
nearfar_lighten_sanitizers(${kernel_files})
set(kernel_declarations "")
set(kernel_entries "")
foreach(kernel_file IN LISTS kernel_files)
  get_filename_component(kernel_name "${kernel_file}" NAME_WE)
  string(APPEND kernel_declarations "Family ${kernel_name}();\n")
  string(APPEND kernel_entries "    {\"${kernel_name}\", &kernels::${kernel_name}},\n")
endforeach()

set(level_declarations "")
set(level_entries "")
foreach(level IN ITEMS base LISTS nearfar_other_levels)
  configure_file(cmake/loops_of_level.cpp.in "${CMAKE_BINARY_DIR}/generated/loops_of_${level}.cpp" @ONLY)
  string(APPEND level_declarations
         "namespace ${level} {\nstd::span<const KernelEntry> kernels();\nconst SimdLoops& loops();\n}\n")
  string(APPEND level_entries "    {SimdLevel::${level}, &${level}::kernels, &${level}::loops},\n")
endforeach()
configure_file(cmake/loops.cpp.in "${CMAKE_BINARY_DIR}/generated/loops.cpp" @ONLY)
set(base_loops ${kernel_files} ${operator_loops} "${CMAKE_BINARY_DIR}/generated/loops_of_base.cpp")
set_property(SOURCE ${base_loops} APPEND PROPERTY COMPILE_OPTIONS ${nearfar_loop_flags})
if(nearfar_other_levels)
  set_property(SOURCE src/base/simd_level.cpp APPEND PROPERTY COMPILE_DEFINITIONS NEARFAR_SIMD_LEVELS)
endif()

# Includes and libraries of nearfar's own code.
function(nearfar_use_dependencies target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} PRIVATE include src "${CMAKE_BINARY_DIR}/generated")
  target_link_libraries(${target} PRIVATE MPI::MPI_CXX OpenMP::OpenMP_CXX PkgConfig::PETSC PkgConfig::HDF5
                                          LAPACK::LAPACK ${ARGN})
endfunction()

set(loops_of_levels "")
foreach(level IN LISTS nearfar_other_levels)
  add_library(nearfar_loops_${level} OBJECT ${kernel_files} ${operator_loops}
              "${CMAKE_BINARY_DIR}/generated/loops_of_${level}.cpp")
  nearfar_use_dependencies(nearfar_loops_${level} nearfar_compile_options)
  # A unique symbol would be shared by all that is loaded.
  target_compile_options(nearfar_loops_${level} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique> -fno-lto)
  # After those of the base.
  add_library(nearfar_level_${level} INTERFACE)
  target_compile_options(nearfar_level_${level} INTERFACE -march=x86-64-${level}
                         $<$<STREQUAL:${level},v4>:${nearfar_wide_vectors}>)
  target_link_libraries(nearfar_loops_${level} PRIVATE nearfar_level_${level})
  set(together "${CMAKE_BINARY_DIR}/loops_${level}.o")
  add_custom_command(
    OUTPUT "${together}"
    COMMAND "${CMAKE_LINKER}" -r --force-group-allocation $<TARGET_OBJECTS:nearfar_loops_${level}> -o "${together}"
    # Functions of the namespace nearfar::LEVEL, of two letters.
    COMMAND "${CMAKE_OBJCOPY}" --wildcard "--keep-global-symbol=_ZN7nearfar2${level}*" "${together}"
    DEPENDS nearfar_loops_${level} $<TARGET_OBJECTS:nearfar_loops_${level}>
    COMMENT "Linking the loops of x86-64-${level}"
    COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties("${together}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  list(APPEND loops_of_levels "${together}")
endforeach()
# Both libraries have them: made once.
add_custom_target(nearfar_loops DEPENDS ${loops_of_levels})
