#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""nearfar.petsc.Mat against plain sums and against nearfar.direct, on any number of ranks."""

import sys

try:
    import petsc4py
except ImportError:
    print("skipped: there is no petsc4py")
    sys.exit(77)

import numpy
from mpi4py import MPI

petsc4py.init(sys.argv)
from petsc4py import PETSc  # noqa: E402

import nearfar  # noqa: E402
import nearfar.petsc  # noqa: E402

comm = MPI.COMM_WORLD
rank, size = comm.Get_rank(), comm.Get_size()
all_points = numpy.random.default_rng(1).random((400, 3))
all_normals = all_points / numpy.linalg.norm(all_points, axis=1, keepdims=True)
own = slice(400 * rank // size, 400 * (rank + 1) // size)
points, normals = all_points[own], all_normals[own]
all_charges = numpy.cos(numpy.arange(1200.0))


def product(matrix):
    x, y = matrix.createVecs()
    begin, end = x.getOwnershipRange()
    x.setArray(all_charges[begin:end])
    matrix.mult(x, y)
    return x, y


def expect(values, exact, bound, what):
    error = numpy.abs(values - exact).max() / numpy.abs(exact).max() if len(values) else 0.0
    assert error < bound, (what, error)


# The words of a plan, against its direct sums.
for words in (
    {"kernel": "laplace", "source_kind": "dipole", "fields": ("potential", "gradient"), "source_normals": normals},
    {"kernel": "yukawa", "parameters": {"lambda": 3.0}},
    {"kernel": "stokes", "fields": "velocity,pressure"},
):
    matrix = nearfar.petsc.Mat(points, tolerance=1e-7, points_per_leaf=50, comm=comm, **words)
    x, y = product(matrix)
    charges = x.getArray().reshape(len(points), -1)
    exact = nearfar.direct(points, charges, comm=comm, **words)
    if isinstance(exact, dict):
        exact = numpy.hstack([field.reshape(len(points), -1) for field in exact.values()])
    expect(y.getArray(), exact.ravel(), 1e-6, words["kernel"])
    assert matrix.getType() == "nearfar" and isinstance(matrix, PETSc.Mat)
    assert matrix.kernel == words["kernel"] and matrix.points_per_leaf == 50 and matrix.tolerance == 1e-7

# Setters, getters, moves and normals.
matrix = nearfar.petsc.Mat(points, comm=comm, order=8)
x, before = product(matrix)
matrix.update(2.0 * points)
after = product(matrix)[1]
expect(2.0 * after.getArray(), before.getArray(), 1e-6, "update")
matrix.set_check(20)
matrix.set_near_cutoff(0.5)
product(matrix)
assert 0.0 < matrix.error < 1e-6 and matrix.check == 20 and matrix.near_cutoff == 0.5 and matrix.order == 8
matrix.update(points)
matrix.set_target_normals(normals)
matrix.set_near_cutoff(4.0)
derivatives = product(matrix)[1].getArray()
exact = nearfar.direct(points, x.getArray(), fields="normal_derivative", target_normals=normals, comm=comm)
expect(derivatives, exact, 1e-6, "normals")
g = PETSc.Vec().createMPI((3 * len(points), PETSc.DETERMINE), comm=comm)
y = before.duplicate()
matrix.mult_gradient(x, y, g)
expect((g.getArray().reshape(-1, 3) * normals).sum(axis=1), y.getArray(), 1e-12, "gradients")
matrix.set_target_normals(None)

# Another kernel, of both layers of one density, on the same points and tree.
layers = nearfar.petsc.Mat(matrix, source_kind="charge + 0.5*dipole", order=8, source_normals=normals)
assert layers.getSize() == (400, 400) and layers.source_kind == "charge+0.5*dipole"
for factor in (1.0, 2.0):
    matrix.update(factor * points)
    x, y = product(layers)
    exact = nearfar.direct(
        factor * points, x.getArray(), source_kind="charge+0.5*dipole", source_normals=normals, comm=comm
    )
    expect(y.getArray(), exact, 1e-5, "shared points")
matrix.update(points)
layers.destroy()

# The near field, all of which is near here, and the tree order.
matrix.set_points_per_leaf(400)
near_field = matrix.near_field()
assert near_field.getType() in ("seqaij", "mpiaij")
sums = before.duplicate()
near_field.mult(x, sums)
expect(sums.getArray(), before.getArray(), 1e-6, "near field")
native, rows, columns = matrix.native()
assert native.getType() == "nearfar" and rows.getSize() == 400 and columns.getSize() == 400
near_field.destroy()

# The preconditioner, by options alone.
shifted = nearfar.petsc.Mat(matrix)
shifted.shift(20.0)
PETSc.Options()["pc_type"] = "nearfar"
solver = PETSc.KSP().create(comm)
solver.setOperators(shifted)
solver.setTolerances(rtol=1e-8, max_it=12)
solver.setFromOptions()
solution, residual = shifted.createVecs()
solver.solve(before, solution)
assert solver.getPC().getType() == "nearfar" and solver.reason > 0
shifted.mult(solution, residual)
expect(residual.getArray(), before.getArray(), 1e-6, "solution")
del PETSc.Options()["pc_type"]
solver.destroy()
shifted.destroy()

# Bad input is the same error on all ranks, in words.
for wrong, error in (
    (lambda: nearfar.petsc.Mat(points, kernel="lapalce", comm=comm), nearfar.UsageError),
    (lambda: nearfar.petsc.Mat(points[:, :2] if rank == size - 1 else points, comm=comm), nearfar.UsageError),
    (lambda: matrix.update(points[1:] if rank == 0 else points), nearfar.UsageError),
    (lambda: matrix.set_tolerance(-1.0), PETSc.Error),
):
    try:
        wrong()
    except error:
        continue
    raise AssertionError("no error")
alone = nearfar.petsc.Mat(all_points, all_points[:10] + 1.0)
assert alone.getSize() == (10, 400)
print(f"rank {rank}: all is well")
