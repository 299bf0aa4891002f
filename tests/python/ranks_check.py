#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Python package on several ranks (mpiexec -n 2): the same results as on one, and the same errors on all."""

import numpy
from mpi4py import MPI

import nearfar

comm = MPI.COMM_WORLD
rank, size = comm.Get_rank(), comm.Get_size()
random = numpy.random.default_rng(3)
points = random.random((1001, 3))
normals, charges = random.standard_normal((2, 1001, 3))
targets = random.random((300, 3))
words = {"kernel": "stokes", "source_kind": "stresslet", "fields": ("velocity", "pressure")}
tree = {"tolerance": 1e-4, "precision": "full", "points_per_leaf": 30}


def part(rows):
    """Rows of this rank, of which rank 0 may have one fewer."""
    begin, end = len(rows) * rank // size, len(rows) * (rank + 1) // size
    return rows[begin:end]


def assert_shared():
    """Plans of several kernels on one geometry, before and after it moves."""
    geometry = nearfar.Geometry(part(points), comm=comm, tolerance=1e-4, points_per_leaf=30)
    both = nearfar.Plan(geometry, source_kind="charge-2.5*dipole", source_normals=part(normals), tolerance=1e-4)
    single = nearfar.Plan(geometry, tolerance=1e-4)
    assert single.options["points_per_leaf"] == 30 and single.num_targets == len(part(points))
    density = charges[:, 0].copy()
    for factor in (1.0, 2.0):
        moved = factor * points
        exact = nearfar.direct(moved, density) - 2.5 * nearfar.direct(
            moved, density, source_kind="dipole", source_normals=normals
        )
        assert_equal({"sum": both(part(density))}, {"sum": exact}, 1e-3)
        assert_equal({"single": single(part(density))}, {"single": nearfar.direct(moved, density)}, 1e-3)
        geometry.update(part(2.0 * points))
    assert_error(
        nearfar.UsageError, "belong to the geometry", lambda: nearfar.Plan(geometry, targets=part(points), comm=comm)
    )
    geometry.close()
    single(part(density))


def assert_equal(results, exact, bound):
    for field, values in exact.items():
        difference = numpy.abs(results[field] - part(values)).max()
        assert difference < bound * numpy.abs(values).max(), (field, difference)


def assert_error(kind, text, action):
    """That error on every rank, with the same sentence."""
    try:
        action()
    except kind as error:
        sentences = comm.allgather(str(error))
        assert text in str(error) and len(set(sentences)) == 1, sentences
        return
    raise AssertionError(f"no error: {text}")


# On this process alone, which every rank does, and together.
alone = nearfar.Plan(points, targets, source_normals=normals, **words, **tree)
exact = alone(charges)
assert_shared()
plan = nearfar.Plan(part(points), part(targets), source_normals=part(normals), comm=comm, **words, **tree)
assert_equal(plan(part(charges)), exact, 1e-12)
assert_equal(
    nearfar.direct(part(points), part(charges), part(targets), source_normals=part(normals), comm=comm, **words),
    nearfar.direct(points, charges, targets, source_normals=normals, **words),
    1e-12,
)
two = numpy.stack([charges, charges[::-1]], axis=1)
assert_equal(plan(part(two)), alone(two), 1e-12)
moved = points**2
alone.update(moved, targets)
plan.update(part(moved), part(targets))
assert_equal(plan(part(charges)), alone(charges), 1e-12)

# What one rank does wrong.
last = rank == size - 1
wrong = part(charges).copy()
wrong[-1, 0] = numpy.nan if last else 1.0
assert_error(nearfar.InputError, f"on rank {size - 1}, counted there from 0) is not finite", lambda: plan(wrong))
assert_error(nearfar.UsageError, "must have the shape", lambda: plan(wrong[: -1 if last else None]))
flat = part(points)[:, : 2 if last else 3]
assert_error(nearfar.UsageError, "must have the shape", lambda: plan.update(flat, targets))
name = "stoke" if last else "stokes"
assert_error(nearfar.UsageError, "did you mean", lambda: nearfar.Plan(points, comm=comm, kernel=name))
on_some = None if last else targets
assert_error(nearfar.UsageError, "NULL on some ranks", lambda: nearfar.Plan(points, on_some, comm=comm))
assert_error(nearfar.UsageError, "same on all ranks", lambda: nearfar.Plan(points, comm=comm, order=4 + rank))
assert_equal(plan(part(charges)), alone(charges), 1e-12)
plan.close()

# A communicator of some ranks only, and one rank that has no points.
half = comm.Split(rank % 2)
pair = nearfar.Plan(points if half.Get_rank() == 0 else points[:0], comm=half)
potentials = pair(charges[:, 0] if half.Get_rank() == 0 else charges[:0, 0])
assert potentials.shape == ((1001,) if half.Get_rank() == 0 else (0,))
if rank == 0:
    # Alone, since MPI and PETSc have been initialised by now.
    assert numpy.isfinite(nearfar.Plan(points)(charges[:, 0])).all()
    print(f"{size} ranks give what one gives")
