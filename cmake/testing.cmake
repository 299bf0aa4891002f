# SPDX-License-Identifier: BSD-3-Clause
# Two test programs: tests/ on one rank, mpi_tests/ on several; each file *_test.cpp is picked up by itself.
find_package(GTest REQUIRED)
file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS tests/*_test.cpp)
list(FILTER unit_sources EXCLUDE REGEX "/tests/(install|bench)/")
file(GLOB_RECURSE mpi_sources CONFIGURE_DEPENDS mpi_tests/*_test.cpp mpi_tests/support/*.cpp)
file(GLOB support_sources CONFIGURE_DEPENDS tests/support/*.cpp)

file(GLOB test_kernel_sources CONFIGURE_DEPENDS tests/support/*_kernel.cpp)
nearfar_lighten_sanitizers(${test_kernel_sources})
add_library(nearfar_test_support STATIC ${support_sources})
target_include_directories(nearfar_test_support PUBLIC src tests "${CMAKE_BINARY_DIR}/generated")
target_link_libraries(nearfar_test_support
  PUBLIC nearfar_app GTest::gmock GTest::gtest PkgConfig::PETSC PkgConfig::HDF5 OpenMP::OpenMP_CXX LAPACK::LAPACK
         nearfar_compile_options)
target_compile_options(nearfar_test_support PUBLIC ${nearfar_loop_flags})
if(LIBZIP_FOUND)
  target_compile_definitions(nearfar_test_support PUBLIC NEARFAR_LIBZIP)
endif()

set(nearfar_test_environment
  "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMP_WAIT_POLICY=passive"
  # Tests run side by side: who waits leaves the core to others.
  "OMPI_MCA_mpi_yield_when_idle=1"
  "NEARFAR_PROGRAM=$<TARGET_FILE:nearfar>;NEARFAR_MPIEXEC=${MPIEXEC_EXECUTABLE}"
  # Open MPI's own copies between processes need a permission that containers do not give.
  "OMPI_MCA_btl_vader_single_copy_mechanism=none"
  # Open MPI and HDF5 leave memory behind at the end.
  "ASAN_OPTIONS=detect_leaks=0" "UBSAN_OPTIONS=print_stacktrace=1")
set(nearfar_mpirun ${MPIEXEC_EXECUTABLE} --oversubscribe --bind-to none)

set(nearfar_rank_counts 1 2 3 4 7)
set(nearfar_num_shards 4)
set(nearfar_shards "GTEST_TOTAL_SHARDS=${nearfar_num_shards}")
set(nearfar_timeout 600)
set(nearfar_unit_filter "*")
set(nearfar_levels_filter "Kernels/*:All/Families*:Operators/*:Wrap/*:Moments*:Series*:PanelMatrix*:Passes*")
set(nearfar_mpi_filter "-FullSize*")
# Accuracy and memory that is left behind are matters of the optimised build and of a few ranks; all code is run by the
# other tests.
set(nearfar_short_filter "${nearfar_mpi_filter}:Accuracy.*:RankIndependence.OfOtherKernels:MatUse.ThousandLives*")
if(NEARFAR_SANITIZE)
  # Without those that repeat what others run: for more kernels, with other numbers, with operators of order 16.
  string(APPEND nearfar_short_filter
         ":PromisedErrors.ThatTheHighest*:UnknownErrors.AtTheHighest*"
         ":All/*:Kernels/MatOfKernel.IsTheDenseMatrix/*:Kernels/MatOfKernel.*/laplace:Kernels/MatOfKernel.*/yukawa"
         ":Fmm/WorkOf.Pairs*/0:Fmm/WorkOf.Pairs*/1:Fmm/WorkOf.Pairs*/3:Work.OfM2l*:MixedPrecision.*")
  set(nearfar_unit_filter "-Program.KnowsTheOtherKernels:CommunicationVolume.CoarseOctantsMakeNoHotSpot")
  set(nearfar_rank_counts 3)
  set(nearfar_timeout 1200)
endif()

add_executable(nearfar_tests ${unit_sources})
target_link_libraries(nearfar_tests PRIVATE nearfar_test_support boundary_parts)
# In shards that ctest runs side by side: most of a test's time is on one thread.
foreach(shard RANGE 1 ${nearfar_num_shards})
  math(EXPR shard_index "${shard} - 1")
  add_test(NAME unit_${shard} COMMAND nearfar_tests --gtest_filter=${nearfar_unit_filter})
  set_tests_properties(unit_${shard} PROPERTIES TIMEOUT ${nearfar_timeout}
                       ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=2;${nearfar_shards};GTEST_SHARD_INDEX=${shard_index}")
endforeach()

if(mpi_sources)
  add_executable(nearfar_mpi_tests ${mpi_sources})
  target_link_libraries(nearfar_mpi_tests PRIVATE nearfar_test_support)
  target_include_directories(nearfar_mpi_tests PRIVATE mpi_tests)
  foreach(num_ranks IN LISTS nearfar_rank_counts)
    set(filter ${nearfar_mpi_filter})
    if(num_ranks GREATER 2)
      set(filter ${nearfar_short_filter})
    endif()
    # Every family, kind and field: plans on 1, 2 and 3 ranks, matrices on 2.
    if(num_ranks GREATER 3)
      string(APPEND filter ":All/*")
    elseif(NOT num_ranks EQUAL 2)
      string(APPEND filter ":All/MatOfFamily.*:All/Screened.*")
    endif()
    add_test(NAME mpi_${num_ranks}
             COMMAND ${nearfar_mpirun} -n ${num_ranks} $<TARGET_FILE:nearfar_mpi_tests>
                     --gtest_filter=${filter})
    set_tests_properties(mpi_${num_ranks} PROPERTIES TIMEOUT ${nearfar_timeout} PROCESSORS ${num_ranks}
                         ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1")
  endforeach()
  # A lost agreement is told by the ranks that wait.
  add_test(NAME watchdog
           COMMAND ${nearfar_mpirun} -n 2 $<TARGET_FILE:nearfar_mpi_tests> --gtest_also_run_disabled_tests
                   --gtest_filter=Watchdog.*)
  set_tests_properties(watchdog PROPERTIES TIMEOUT 60 PROCESSORS 2
                       ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1;NEARFAR_PATIENCE=2"
                       PASS_REGULAR_EXPRESSION "MPI_Bcast.*MPI_Allreduce|MPI_Allreduce.*MPI_Bcast")
  if(NOT NEARFAR_SANITIZE)
    # Memory, messages, files and phases that fail on one rank at any place: all ranks end.
    file(GLOB fault_sources CONFIGURE_DEPENDS mpi_tests/faults/*.cpp)
    add_executable(nearfar_faults ${fault_sources} tests/support/numpy_files.cpp)
    target_link_libraries(nearfar_faults PRIVATE nearfar_library PkgConfig::PETSC PkgConfig::HDF5 OpenMP::OpenMP_CXX
                          nearfar_compile_options)
    target_include_directories(nearfar_faults PRIVATE src mpi_tests tests)
    if(LIBZIP_FOUND)
      target_compile_definitions(nearfar_faults PRIVATE NEARFAR_LIBZIP)
    endif()
    # For names in backtraces.
    set_target_properties(nearfar_faults PROPERTIES ENABLE_EXPORTS ON)
    add_test(NAME faults
             COMMAND "${CMAKE_SOURCE_DIR}/tests/scripts/faults_check" --kinds memory --jobs 2
                     $<TARGET_FILE:nearfar_faults> ${nearfar_mpirun})
    add_test(NAME faults_of_calls
             COMMAND "${CMAKE_SOURCE_DIR}/tests/scripts/faults_check" --kinds messages,files,phases --jobs 1
                     $<TARGET_FILE:nearfar_faults> ${nearfar_mpirun})
    set_tests_properties(faults faults_of_calls PROPERTIES TIMEOUT ${nearfar_timeout} PROCESSORS 2
                         ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1")
  endif()
  if(NOT NEARFAR_SANITIZE)
    # Memory stays as it is over many plans, updates and matrices on several ranks; scripts/check_all takes more.
    add_executable(nearfar_endurance mpi_tests/endurance/main.cpp)
    target_link_libraries(nearfar_endurance PRIVATE nearfar_library PkgConfig::PETSC nearfar_compile_options)
    target_include_directories(nearfar_endurance PRIVATE src mpi_tests)
    # So few times, heaps have not settled to 1 %.
    add_test(NAME endurance
             COMMAND ${nearfar_mpirun} -n 2 $<TARGET_FILE:nearfar_endurance> 300 applies=100 updates=40 matrices=30)
    set_tests_properties(endurance PROPERTIES TIMEOUT 60 PROCESSORS 2
                         ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1;ENDURANCE_GROWTH=0.03")
  endif()
  # Every pair once, also on more ranks than cores: cuts at random places need many of them.
  if(NOT NEARFAR_SANITIZE)
    foreach(num_ranks 5 8 16)
      add_test(NAME coverage_${num_ranks}
               COMMAND ${nearfar_mpirun} -n ${num_ranks} $<TARGET_FILE:nearfar_mpi_tests>
                       --gtest_filter=$<IF:$<EQUAL:${num_ranks},16>,Splitters.*,Coverage.*>)
      set_tests_properties(coverage_${num_ranks} PROPERTIES TIMEOUT ${nearfar_timeout} PROCESSORS ${num_ranks}
                           ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1")
    endforeach()
  endif()
  add_test(NAME petsc_quick_start
           COMMAND ${nearfar_mpirun} -n 2 $<TARGET_FILE:petsc_quick_start> -mat_nearfar_tolerance 1e-7
                   -ksp_converged_reason -options_left -malloc_debug -malloc_dump)
  set_tests_properties(petsc_quick_start PROPERTIES TIMEOUT 60 PROCESSORS 2
                       PASS_REGULAR_EXPRESSION "converged due to.*There are no unused options"
                       FAIL_REGULAR_EXPRESSION "][0-9]+ bytes ;PETSC ERROR"
                       ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1")
  add_test(NAME quick_start COMMAND ${nearfar_mpirun} -n 2 $<TARGET_FILE:quick_start>)
  set_tests_properties(quick_start PROPERTIES TIMEOUT 60 PROCESSORS 2
                       ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1")
endif()

# The shared library from Python, and both libraries from another project. Sanitizers do not go into libraries that
# other programs load.
if(NOT NEARFAR_SANITIZE)
  add_test(NAME petsc4py
           COMMAND ${nearfar_mpirun} -n 2 /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/python/petsc4py_check.py"
                   $<TARGET_FILE:nearfar_shared>)
  add_test(NAME python COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/python/package_check.py" -q)
  add_test(NAME python_ranks
           COMMAND ${nearfar_mpirun} -n 2 /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/python/ranks_check.py")
  add_test(NAME python_petsc
           COMMAND ${nearfar_mpirun} -n 2 /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/python/petsc_check.py")
  set_tests_properties(python_petsc PROPERTIES SKIP_RETURN_CODE 77)
  add_test(NAME vtk
           COMMAND "${CMAKE_SOURCE_DIR}/tests/python/vtk_check.py" $<TARGET_FILE:nearfar> ${nearfar_mpirun})
  if(LIBZIP_FOUND)
    add_test(NAME numpy_files
             COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/python/numpy_files_check.py" $<TARGET_FILE:nearfar>
                     ${nearfar_mpirun})
    set_tests_properties(numpy_files PROPERTIES TIMEOUT 300 PROCESSORS 3
                         ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1")
  endif()
  add_test(NAME scaling
           COMMAND "${CMAKE_SOURCE_DIR}/tests/scripts/scaling_check" $<TARGET_FILE:nearfar> ${nearfar_mpirun})
  add_test(NAME hosts
           COMMAND "${CMAKE_SOURCE_DIR}/tests/scripts/hosts_check" $<TARGET_FILE:nearfar> ${MPIEXEC_EXECUTABLE})
  set_tests_properties(hosts PROPERTIES SKIP_RETURN_CODE 77)
  add_test(NAME install COMMAND "${CMAKE_SOURCE_DIR}/tests/install/check" "${CMAKE_BINARY_DIR}")
  add_test(NAME documents
           COMMAND "${CMAKE_SOURCE_DIR}/tests/scripts/documents_check" "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}"
                   ${MPIEXEC_EXECUTABLE})
  set(python_environment "PYTHONPATH=${CMAKE_SOURCE_DIR}/src/python;PYTHONDONTWRITEBYTECODE=1"
                         "NEARFAR_LIBRARY=$<TARGET_FILE:nearfar_shared>")
  set_tests_properties(petsc4py python python_ranks python_petsc vtk scaling hosts install documents
                       PROPERTIES TIMEOUT 300 PROCESSORS 2
                       ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1;${python_environment}")
endif()

# Kernels, operators and plans with the loops of the lower levels.
if(nearfar_other_levels)
  add_test(NAME levels
           COMMAND "${CMAKE_SOURCE_DIR}/tests/scripts/levels_check" "${CMAKE_BINARY_DIR}" $<TARGET_FILE:nearfar_tests>
                   ${nearfar_levels_filter})
  set_tests_properties(levels PROPERTIES TIMEOUT 300 PROCESSORS 2
                       ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=2")
endif()

add_test(NAME boundary
         COMMAND "${CMAKE_SOURCE_DIR}/tests/examples/boundary_check" $<TARGET_FILE:boundary> ${nearfar_mpirun})
set_tests_properties(boundary PROPERTIES TIMEOUT ${nearfar_timeout} PROCESSORS 2
                     ENVIRONMENT "${nearfar_test_environment};OMP_NUM_THREADS=1")

# Benchmarks are built with the tests but are not among them: times are for people to look at.
find_package(benchmark QUIET)
if(benchmark_FOUND)
  file(GLOB bench_sources CONFIGURE_DEPENDS tests/bench/*.cpp)
  add_executable(nearfar_bench EXCLUDE_FROM_ALL ${bench_sources})
  target_link_libraries(nearfar_bench PRIVATE benchmark::benchmark_main nearfar_test_support)
endif()
