#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""petsc4py_check.py LIBRARY: MATNEARFAR from Python, where loading the library makes the type known."""

import ctypes
import sys

import numpy
import petsc4py

petsc4py.init(sys.argv)
from petsc4py import PETSc  # noqa: E402

library = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)

comm = PETSc.COMM_WORLD
rank, size = comm.getRank(), comm.getSize()
all_points = numpy.random.default_rng(1).random((300, 3))
points = all_points[300 * rank // size : 300 * (rank + 1) // size]

# Points as a composed vector of coordinates, the rest by options.
options = PETSc.Options()
options["mat_nearfar_kernel"] = "laplace"
options["mat_nearfar_order"] = 8
options["mat_nearfar_points_per_leaf"] = 30
matrix = PETSc.Mat().create(comm)
matrix.setType("nearfar")
matrix.compose("nearfar_targets", PETSc.Vec().createWithArray(points.ravel(), comm=comm))
matrix.setFromOptions()
matrix.setUp()

charges, potentials = matrix.createVecs()
begin, end = charges.getOwnershipRange()
all_charges = numpy.cos(numpy.arange(300.0))
charges.setArray(all_charges[begin:end])
matrix.mult(charges, potentials)

distances = numpy.linalg.norm(points[:, None, :] - all_points[None, :, :], axis=2)
distances[distances == 0.0] = numpy.inf
exact = (all_charges / (4.0 * numpy.pi * distances)).sum(axis=1)
error = numpy.abs(potentials.getArray() - exact).max()
assert error < 1e-6, error

# Other points: another vector, or the same one with other values. K(2 r) = K(r) / 2.
moved = PETSc.Vec().createWithArray(2.0 * points.ravel(), comm=comm)
matrix.compose("nearfar_targets", moved)
matrix.mult(charges, potentials)
error = numpy.abs(2.0 * potentials.getArray() - exact).max()
assert error < 1e-6, error
moved.scale(0.5)
matrix.mult(charges, potentials)
error = numpy.abs(potentials.getArray() - exact).max()
assert error < 1e-6, error

# What holds no points is refused by all ranks.
pairs = PETSc.Vec().createWithArray(numpy.zeros(20), bsize=2, comm=comm)
cut = PETSc.Vec().createWithArray(numpy.zeros(20 if rank == 0 else 30), comm=comm)
for wrong in [pairs, cut, PETSc.IS().createStride(30, comm=comm)]:
    matrix.compose("nearfar_targets", wrong)
    try:
        matrix.mult(charges, potentials)
    except PETSc.Error:
        continue
    raise AssertionError(f"taken as points: {wrong}")
matrix.compose("nearfar_targets", moved)
matrix.mult(charges, potentials)

# A kernel of one's own, as a function of arrays of displacements.
NUMBERS = ctypes.POINTER(ctypes.c_double)
FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, NUMBERS, NUMBERS, NUMBERS, NUMBERS)


class UserKernel(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("formula", ctypes.c_char_p),
        ("source_dim", ctypes.c_int),
        ("target_dim", ctypes.c_int),
        ("kernel", FUNCTION),
        ("gradient", ctypes.c_void_p),
        ("context", ctypes.c_void_p),
        ("length", ctypes.c_double),
    ]


@FUNCTION
def inverse_distance(context, n, dx, dy, dz, values):
    x, y, z = (numpy.ctypeslib.as_array(coordinate, (n,)) for coordinate in (dx, dy, dz))
    numpy.ctypeslib.as_array(values, (n,))[:] = 1.0 / (4.0 * numpy.pi * numpy.sqrt(x * x + y * y + z * z))


library.nearfar_register_kernel.restype = ctypes.c_char_p
mine = UserKernel(b"mine", b"u = q / (4 pi r)", 1, 1, inverse_distance, None, None, 0.0)
wrong = library.nearfar_register_kernel(ctypes.byref(mine))
assert wrong is None, wrong
again = library.nearfar_register_kernel(ctypes.byref(mine))
assert b"already" in again, again
options["mat_nearfar_kernel"] = "mine"
matrix.setFromOptions()
matrix.mult(charges, potentials)
error = numpy.abs(potentials.getArray() - exact).max()
assert error < 1e-6, error

# A solver, matrix-free.
matrix.shift(30.0)
solver = PETSc.KSP().create(comm)
solver.setOperators(matrix)
solver.getPC().setType("none")
solution = charges.duplicate()
solver.solve(potentials, solution)
assert solver.getConvergedReason() > 0
residual = potentials.duplicate()
matrix.mult(solution, residual)
residual.axpy(-1.0, potentials)
assert residual.norm() < 1e-4 * potentials.norm()
print(f"rank {rank}: error {error:.1e}, {solver.getIterationNumber()} iterations")
