# SPDX-License-Identifier: BSD-3-Clause
# Every file src/kernels/catalog/NAME.cpp defines `Family nearfar::kernels::NAME()`;
# the table of all of them is generated here, so that a kernel is one file and nothing else.
file(GLOB kernel_files CONFIGURE_DEPENDS src/kernels/catalog/*.cpp)
nearfar_lighten_sanitizers(${kernel_files})
set(kernel_declarations "")
set(kernel_entries "")
foreach(kernel_file IN LISTS kernel_files)
  get_filename_component(kernel_name "${kernel_file}" NAME_WE)
  string(APPEND kernel_declarations "Family ${kernel_name}();\n")
  string(APPEND kernel_entries "    {\"${kernel_name}\", &kernels::${kernel_name}},\n")
endforeach()
set(kernel_table_source "${CMAKE_BINARY_DIR}/generated/kernel_table.cpp")
configure_file(cmake/kernel_table.cpp.in "${kernel_table_source}" @ONLY)
