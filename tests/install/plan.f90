! SPDX-License-Identifier: BSD-3-Clause
! Two charges act on each other, move, and a kernel that there is not.
program check
  use, intrinsic :: iso_fortran_env, only: real64
  use mpi
  use nearfar
  implicit none
  real(real64), parameter :: pi = 3.14159265358979324_real64
  real(real64) :: points(3, 2) = reshape([0._real64, 0._real64, 0._real64, 0._real64, 3._real64, 4._real64], [3, 2])
  real(real64) :: values(4, 2), charges(2) = [1._real64, 2._real64]
  type(nearfar_plan) :: plan
  integer :: error

  call mpi_init(error)
  call expect(nearfar_create(mpi_comm_self, "laplace", points, plan, fields="potential,gradient", tolerance=1e-8_real64) &
              == 0)
  call expect(nearfar_apply(plan, charges, values) == 0)
  call expect(abs(values(1, 1) * 4 * pi - 2 / 5._real64) < 1e-7)
  call expect(abs(values(4, 1) * 4 * pi - 2 * 4 / 125._real64) < 1e-7)
  points = 2 * points
  call expect(nearfar_update(plan, points) == 0)
  call expect(nearfar_apply(plan, charges, values) == 0)
  call expect(abs(values(1, 2) * 4 * pi - 1 / 10._real64) < 1e-7)
  call expect(nearfar_destroy(plan) == 0)
  call expect(nearfar_create(mpi_comm_self, "yukawa", points, plan, parameter_names=["lambda"], &
                             parameter_values=[0.1_real64]) == 0)
  call expect(nearfar_apply(plan, charges, values) == 0)
  call expect(abs(values(1, 1) * 4 * pi - 2 * exp(-1._real64) / 10) < 1e-6)
  call expect(nearfar_destroy(plan) == 0)
  call expect(nearfar_create(mpi_comm_self, "lapalce", points, plan) == 1)
  call expect(index(nearfar_error_message(), "lapalce") > 0)
  call mpi_finalize(error)
  print *, "Fortran: all is well"

contains

  subroutine expect(holds)
    logical, intent(in) :: holds
    if (.not. holds) error stop "a result is wrong: "
  end subroutine expect
end program check
