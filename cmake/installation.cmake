# SPDX-License-Identifier: BSD-3-Clause
# Installs the program, both libraries, the headers, and what lets others find them: find_package(nearfar) with the
# targets nearfar::nearfar (shared) and nearfar::nearfar_static, pkg-config's nearfar, and a module of Fortran as source.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/nearfar")

set_target_properties(nearfar_shared PROPERTIES EXPORT_NAME nearfar)
set_target_properties(nearfar_library PROPERTIES EXPORT_NAME nearfar_static)
# For libraries of kernels that are loaded at run time, which need no other part of nearfar: compiled for any processor
# of the kind, or for this machine's with nearfar::native_kernel_headers.
add_library(nearfar_kernel_headers INTERFACE)
set_target_properties(nearfar_kernel_headers PROPERTIES EXPORT_NAME kernel_headers)
target_compile_features(nearfar_kernel_headers INTERFACE cxx_std_20)
target_compile_options(nearfar_kernel_headers INTERFACE -O3 -ffp-contract=fast -fno-math-errno -Wno-psabi)
add_library(nearfar_native_kernel_headers INTERFACE)
set_target_properties(nearfar_native_kernel_headers PROPERTIES EXPORT_NAME native_kernel_headers)
target_link_libraries(nearfar_native_kernel_headers INTERFACE nearfar_kernel_headers)
target_compile_options(nearfar_native_kernel_headers INTERFACE -march=native ${nearfar_wide_vectors})
install(TARGETS nearfar)
# Three files of targets, since a prefix may hold one of the libraries alone.
install(TARGETS nearfar_kernel_headers nearfar_native_kernel_headers EXPORT nearfar_targets
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS nearfar_library EXPORT nearfar_static_targets INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS nearfar_shared EXPORT nearfar_shared_targets INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY include/nearfar DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" PATTERN "*.md" EXCLUDE)
# Source: modules of one Fortran compiler are of no use to another.
install(FILES src/fortran/nearfar.f90 DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/nearfar")
# The Python package finds the shared library three directories above itself.
install(DIRECTORY src/python/nearfar DESTINATION "${CMAKE_INSTALL_LIBDIR}/python3/site-packages"
        FILES_MATCHING PATTERN "*.py" PATTERN "__pycache__" EXCLUDE)
foreach(targets nearfar_targets nearfar_static_targets nearfar_shared_targets)
  install(EXPORT ${targets} NAMESPACE nearfar:: DESTINATION "${package_dir}")
endforeach()

configure_package_config_file(cmake/nearfarConfig.cmake.in "${CMAKE_BINARY_DIR}/nearfarConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}" PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/nearfarConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/nearfarConfig.cmake" "${CMAKE_BINARY_DIR}/nearfarConfigVersion.cmake"
        DESTINATION "${package_dir}")

list(TRANSFORM MPI_CXX_INCLUDE_DIRS PREPEND "-I" OUTPUT_VARIABLE mpi_include_flags)
list(JOIN mpi_include_flags " " mpi_include_flags)
list(JOIN MPI_CXX_LIBRARIES " " mpi_libraries)
list(JOIN LAPACK_LIBRARIES " " lapack_libraries)
if(LIBZIP_FOUND)
  set(nearfar_zip_module libzip)
endif()
file(RELATIVE_PATH prefix_from_pc "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/nearfar.pc.in "${CMAKE_BINARY_DIR}/nearfar.pc" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/nearfar.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# Removes the files of the last installation from this build; folders stay, as others may use them.
add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -D "manifest=${CMAKE_BINARY_DIR}/install_manifest.txt" -P "${CMAKE_SOURCE_DIR}/cmake/uninstall.cmake"
  VERBATIM)
