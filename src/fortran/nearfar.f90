! SPDX-License-Identifier: BSD-3-Clause
! nearfar from Fortran: plans, over the C interface (nearfar/nearfar.h, which says more). Compile this file with your
! program, since modules of one compiler are of no use to another, and link to libnearfar:
!   mpif90 PREFIX/include/nearfar/nearfar.f90 program.f90 -LPREFIX/lib -lnearfar
!
! Coordinates are (3, points), charges (strengths, vectors, sources) and results (values, vectors, targets), of this
! rank; arrays of fewer dimensions in the same order will do. Communicators are integers: comm%MPI_VAL of mpi_f08.
! Functions are collective unless they say otherwise, and return 0 or the code of an error; nearfar_error_message() has
! the sentence.
module nearfar
  use, intrinsic :: iso_c_binding
  implicit none
  private
  public :: nearfar_plan, nearfar_create, nearfar_apply, nearfar_update, nearfar_destroy, nearfar_error_message

  type :: nearfar_plan
    private
    type(c_ptr) :: handle = c_null_ptr
  end type nearfar_plan

  type, bind(c) :: c_kernel
    type(c_ptr) :: name = c_null_ptr, source_kind = c_null_ptr, fields = c_null_ptr
    integer(c_int) :: num_parameters = 0
    type(c_ptr) :: parameter_names = c_null_ptr, parameter_values = c_null_ptr
  end type c_kernel

  type, bind(c) :: c_points
    integer(c_int64_t) :: count = 0
    type(c_ptr) :: coordinates = c_null_ptr, normals = c_null_ptr
  end type c_points

  type, bind(c) :: c_options
    real(c_double) :: tolerance = 0
    integer(c_int) :: order = 0, points_per_leaf = 0
    real(c_double) :: root_scale = 0
    integer(c_int) :: precision = 0, num_vectors = 0
  end type c_options

  interface
    function c_create(comm, kernel, sources, targets, options, plan) bind(c, name="nearfar_plan_create_f")
      import :: c_int, c_ptr, c_kernel, c_points, c_options
      integer(c_int), value :: comm
      type(c_kernel), intent(in) :: kernel
      type(c_points), intent(in) :: sources
      type(c_ptr), value :: targets
      type(c_options), intent(in) :: options
      type(c_ptr), intent(out) :: plan
      integer(c_int) :: c_create
    end function c_create

    function c_apply(plan, num_vectors, charges, values, gradients) bind(c, name="nearfar_plan_apply")
      import :: c_int, c_ptr, c_double
      type(c_ptr), value :: plan, gradients
      integer(c_int), value :: num_vectors
      real(c_double), intent(in) :: charges(*)
      real(c_double), intent(inout) :: values(*)
      integer(c_int) :: c_apply
    end function c_apply

    function c_update(plan, sources, targets) bind(c, name="nearfar_plan_update_points")
      import :: c_int, c_ptr
      type(c_ptr), value :: plan, sources, targets
      integer(c_int) :: c_update
    end function c_update

    function c_destroy(plan) bind(c, name="nearfar_plan_destroy")
      import :: c_int, c_ptr
      type(c_ptr), intent(inout) :: plan
      integer(c_int) :: c_destroy
    end function c_destroy

    function c_last_error() bind(c, name="nearfar_last_error")
      import :: c_ptr
      type(c_ptr) :: c_last_error
    end function c_last_error

    function c_strlen(text) bind(c, name="strlen")
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
      integer(c_size_t) :: c_strlen
    end function c_strlen
  end interface

contains

  ! Makes a plan; the targets are the sources unless they are given. What is absent is chosen.
  function nearfar_create(comm, kernel, sources, plan, targets, source_kind, fields, tolerance, order, &
                          source_normals, target_normals, parameter_names, parameter_values, num_vectors) result(error)
    integer, intent(in) :: comm
    character(*), intent(in) :: kernel
    real(c_double), intent(in), contiguous, target :: sources(:, :)
    type(nearfar_plan), intent(inout) :: plan
    real(c_double), intent(in), contiguous, target, optional :: targets(:, :), source_normals(:, :), target_normals(:, :)
    character(*), intent(in), optional :: source_kind, fields
    real(c_double), intent(in), optional :: tolerance
    integer, intent(in), optional :: order, num_vectors
    character(*), intent(in), optional :: parameter_names(:)
    real(c_double), intent(in), contiguous, target, optional :: parameter_values(:)
    integer :: error
    character(kind=c_char, len=:), allocatable, target :: name, kinds, wanted
    character(kind=c_char, len=64), allocatable, target :: names(:)
    type(c_ptr), allocatable, target :: pointers(:)
    type(c_points), target :: at_sources, at_targets
    type(c_kernel) :: choice
    type(c_options) :: options
    type(c_ptr) :: other_targets
    integer :: i

    name = trim(kernel) // c_null_char
    choice%name = c_loc(name)
    if (present(source_kind)) then
      kinds = trim(source_kind) // c_null_char
      choice%source_kind = c_loc(kinds)
    end if
    if (present(fields)) then
      wanted = trim(fields) // c_null_char
      choice%fields = c_loc(wanted)
    end if
    if (present(parameter_names) .and. present(parameter_values)) then
      choice%num_parameters = int(min(size(parameter_names), size(parameter_values)), c_int)
      allocate (names(size(parameter_names)), pointers(size(parameter_names)))
      do i = 1, size(parameter_names)
        names(i) = trim(parameter_names(i)) // c_null_char
        pointers(i) = c_loc(names(i))
      end do
      choice%parameter_names = c_loc(pointers)
      choice%parameter_values = c_loc(parameter_values)
    end if
    if (present(tolerance)) options%tolerance = tolerance
    if (present(order)) options%order = int(order, c_int)
    if (present(num_vectors)) options%num_vectors = int(num_vectors, c_int)
    at_sources%count = size(sources, 2, c_int64_t)
    at_sources%coordinates = address(sources)
    if (present(source_normals)) at_sources%normals = address(source_normals)
    other_targets = c_null_ptr
    if (present(targets)) then
      at_targets%count = size(targets, 2, c_int64_t)
      at_targets%coordinates = address(targets)
      if (present(target_normals)) at_targets%normals = address(target_normals)
      other_targets = c_loc(at_targets)
    end if
    error = int(c_create(int(comm, c_int), choice, at_sources, other_targets, options, plan%handle))
  end function nearfar_create

  ! Overwrites the values, of as many vectors as there are (1 unless given).
  function nearfar_apply(plan, charges, values, num_vectors) result(error)
    type(nearfar_plan), intent(in) :: plan
    real(c_double), intent(in) :: charges(*)
    real(c_double), intent(inout) :: values(*)
    integer, intent(in), optional :: num_vectors
    integer :: error
    integer(c_int) :: vectors

    vectors = 1
    if (present(num_vectors)) vectors = int(num_vectors, c_int)
    error = int(c_apply(plan%handle, vectors, charges, values, c_null_ptr))
  end function nearfar_apply

  ! The points have moved, as many as before on each rank; targets where they are not the sources.
  function nearfar_update(plan, sources, targets) result(error)
    type(nearfar_plan), intent(in) :: plan
    real(c_double), intent(in), contiguous, target :: sources(:, :)
    real(c_double), intent(in), contiguous, target, optional :: targets(:, :)
    integer :: error
    type(c_ptr) :: other_targets

    other_targets = c_null_ptr
    if (present(targets)) other_targets = address(targets)
    error = int(c_update(plan%handle, address(sources), other_targets))
  end function nearfar_update

  ! Nothing happens the second time.
  function nearfar_destroy(plan) result(error)
    type(nearfar_plan), intent(inout) :: plan
    integer :: error

    error = int(c_destroy(plan%handle))
  end function nearfar_destroy

  ! What was wrong last, in words. Not collective.
  function nearfar_error_message() result(message)
    character(:), allocatable :: message
    character(kind=c_char), pointer :: text(:)
    type(c_ptr) :: address_of_text
    integer :: i

    address_of_text = c_last_error()
    call c_f_pointer(address_of_text, text, [c_strlen(address_of_text)])
    allocate (character(size(text)) :: message)
    do i = 1, size(text)
      message(i:i) = text(i)
    end do
  end function nearfar_error_message

  ! Null for arrays without points.
  function address(points)
    real(c_double), intent(in), contiguous, target :: points(:, :)
    type(c_ptr) :: address

    address = c_null_ptr
    if (size(points) > 0) address = c_loc(points)
  end function address
end module nearfar
