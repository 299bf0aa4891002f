#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Python package on one process against sums that numpy computes from the formulas."""

import os
import subprocess
import sys
import unittest

import numpy
from numpy.linalg import norm

import nearfar
from nearfar import _plan

PI4 = 4.0 * numpy.pi
RANDOM = numpy.random.default_rng(7)
POINTS = RANDOM.random((1500, 3))
TARGETS = RANDOM.random((200, 3))
CHARGES = RANDOM.standard_normal(1500)
VECTORS = RANDOM.standard_normal((1500, 3))
NORMALS = RANDOM.standard_normal((1500, 3))
TREE = {"points_per_leaf": 30}


def displacements(targets, sources):
    """x - y and 1/r, which is 0 where the two are equal."""
    r = targets[:, None, :] - sources[None, :, :]
    length = norm(r, axis=2)
    return r, numpy.divide(1.0, length, out=numpy.zeros_like(length), where=length > 0.0)


def laplace(targets, sources, charges):
    r, inverse = displacements(targets, sources)
    return inverse @ charges / PI4, -numpy.einsum("tsi,ts,s->ti", r, inverse**3, charges) / PI4


def stresslet(targets, sources, q, n):
    r, inverse = displacements(targets, sources)
    along = numpy.einsum("tsi,si->ts", r, q) * numpy.einsum("tsi,si->ts", r, n)
    velocity = -3.0 / PI4 * numpy.einsum("tsi,ts->ti", r, along * inverse**5)
    trace = numpy.einsum("si,si->s", q, n)
    return velocity, (inverse**3 @ trace - 3.0 * (along * inverse**5).sum(axis=1)) / (2.0 * numpy.pi)


def helmholtz(targets, sources, charges, k):
    _, inverse = displacements(targets, sources)
    length = norm(targets[:, None, :] - sources[None, :, :], axis=2)
    return (numpy.exp(1j * k * length) * inverse) @ charges / PI4


def hypersingular(points, strengths, n, m):
    """Derivatives along m of the potentials of dipoles along n."""
    r, inverse = displacements(points, points)
    across = m @ n.T * inverse**3
    along = numpy.einsum("tsi,si->ts", r, n) * numpy.einsum("tsi,ti->ts", r, m) * inverse**5
    return (across - 3.0 * along) @ strengths / PI4


class Sums(unittest.TestCase):
    def assert_close(self, computed, exact, bound):
        self.assertEqual(computed.shape, exact.shape)
        self.assertLess(norm(computed - exact), bound * norm(exact))

    def test_laplace(self):
        plan = nearfar.Plan(POINTS, TARGETS, fields=("potential", "gradient"), tolerance=1e-8, **TREE)
        results, exact = plan(CHARGES), laplace(TARGETS, POINTS, CHARGES)
        self.assertEqual(list(results), ["potential", "gradient"])
        self.assert_close(results["potential"], exact[0], 2e-10)
        self.assert_close(results["gradient"], exact[1], 1e-9)
        direct = nearfar.direct(POINTS, CHARGES, TARGETS, fields=("potential", "gradient"))
        self.assert_close(direct["potential"], exact[0], 1e-14)
        self.assert_close(direct["gradient"], exact[1], 1e-14)
        self.assertEqual((plan.num_sources, plan.num_targets), (1500, 200))
        self.assertEqual(plan.options["points_per_leaf"], 30)
        self.assertIn("laplace", repr(plan))

    def test_update(self):
        plan = nearfar.Plan(POINTS, **TREE)
        moved = POINTS**2
        plan.update(moved)
        self.assert_close(plan(CHARGES), laplace(moved, moved, CHARGES)[0], 1e-6)
        plan = nearfar.Plan(POINTS, TARGETS, **TREE)
        plan.update(moved, TARGETS[::-1])
        self.assert_close(plan(CHARGES), laplace(TARGETS[::-1], moved, CHARGES)[0], 1e-6)

    def test_sums_of_layers(self):
        words = {"source_kind": ("charge-2.5*dipole", "dipole"), "source_normals": NORMALS}
        plan = nearfar.Plan(POINTS, TARGETS, fields="potential", tolerance=1e-7, **words, **TREE)
        density = VECTORS[:, 0]
        dipoles = nearfar.direct(POINTS, density, TARGETS, source_kind="dipole", source_normals=NORMALS)
        exact = laplace(TARGETS, POINTS, density)[0] - 2.0 * dipoles
        self.assert_close(plan({"charge-2.5*dipole": density, "dipole": 0.5 * density}), exact, 1e-6)
        waves = {"kernel": "helmholtz", "source_kind": "1i*charge", "parameters": {"k": 5.0}}
        self.assert_close(
            nearfar.direct(POINTS, density, TARGETS, **waves), 1j * helmholtz(TARGETS, POINTS, density, 5.0), 1e-13
        )

    def test_stresslet(self):
        words = {"kernel": "stokes", "source_kind": "stresslet", "fields": ("velocity", "pressure")}
        words["source_normals"] = NORMALS
        exact = stresslet(TARGETS, POINTS, VECTORS, NORMALS)
        plan = nearfar.Plan(POINTS, TARGETS, tolerance=1e-6, **words, **TREE)
        for results, bound in ((plan(VECTORS), 1e-7), (nearfar.direct(POINTS, VECTORS, TARGETS, **words), 1e-14)):
            self.assert_close(results["velocity"], exact[0], bound)
            self.assert_close(results["pressure"], exact[1], bound)

    def test_helmholtz(self):
        charges, words = CHARGES + 1j * VECTORS[:, 0], {"kernel": "helmholtz", "parameters": {"k": 5.0}}
        exact = helmholtz(TARGETS, POINTS, charges, 5.0)
        plan = nearfar.Plan(POINTS, TARGETS, **words, **TREE)
        self.assert_close(plan(charges), exact, 3e-7)
        self.assert_close(plan(CHARGES), helmholtz(TARGETS, POINTS, CHARGES, 5.0), 3e-7)
        direct = nearfar.direct(POINTS, charges, TARGETS, **words)
        self.assertEqual(direct.dtype, numpy.complex128)
        self.assert_close(direct, exact, 1e-14)
        gradient = nearfar.direct(POINTS, charges, TARGETS, kernel="helmholtz", fields="gradient")
        self.assertEqual(gradient.shape, (200, 3))

    def test_normals_of_both_sides(self):
        """Of dipoles: with the same normals at both sides, and with others, there and set later."""
        words = {"source_kind": "dipole", "fields": "normal_derivative"}
        other = NORMALS[::-1].copy()
        same, mixed = hypersingular(POINTS, CHARGES, NORMALS, NORMALS), hypersingular(POINTS, CHARGES, NORMALS, other)
        plan = nearfar.Plan(POINTS, source_normals=NORMALS, **words, **TREE)
        self.assert_close(plan(CHARGES), same, 1e-7)
        plan.set_normals(NORMALS, other)
        self.assert_close(plan(CHARGES), mixed, 1e-7)
        both = {"source_normals": NORMALS, "target_normals": other}
        self.assert_close(nearfar.Plan(POINTS, **both, **words, **TREE)(CHARGES), mixed, 1e-7)
        self.assert_close(nearfar.direct(POINTS, CHARGES, **both, **words), mixed, 1e-14)
        derivative = nearfar.direct(POINTS, CHARGES, fields="normal_derivative", target_normals=NORMALS)
        exact = numpy.einsum("ti,ti->t", laplace(POINTS, POINTS, CHARGES)[1], NORMALS)
        self.assert_close(derivative, exact, 1e-14)

    def test_shapes(self):
        """Several vectors, and source kinds side by side or by name."""
        plan = nearfar.Plan(POINTS, num_vectors=3, **TREE)
        three = RANDOM.standard_normal((1500, 3, 1))
        several = plan(three)
        self.assertEqual(several.shape, (1500, 3, 1))
        for vector in range(3):
            self.assert_close(several[:, vector, 0], laplace(POINTS, POINTS, three[:, vector, 0])[0], 1e-6)
        self.assertTrue(numpy.array_equal(plan(CHARGES[:, None]), plan(CHARGES)))
        self.assertTrue(numpy.array_equal(plan(list(CHARGES)), plan(CHARGES)))
        direct = nearfar.direct(POINTS, three, TARGETS, fields="gradient")
        self.assert_close(direct[:, 1, :], laplace(TARGETS, POINTS, three[:, 1, 0])[1], 1e-14)

        words = {"source_kind": ("charge", "vector_dipole")}
        plan = nearfar.Plan(POINTS, **words, **TREE)
        side_by_side = numpy.column_stack([CHARGES, VECTORS])
        by_name = plan({"charge": CHARGES, "vector_dipole": VECTORS})
        self.assertTrue(numpy.array_equal(by_name, plan(side_by_side)))
        self.assert_close(by_name, nearfar.direct(POINTS, side_by_side, **words), 1e-6)

    def test_no_points(self):
        none = numpy.empty((0, 3))
        self.assertEqual(nearfar.Plan(none)(numpy.empty(0)).shape, (0,))
        self.assertTrue((nearfar.Plan(none, TARGETS)(numpy.empty(0)) == 0.0).all())
        self.assertEqual(nearfar.direct(POINTS, CHARGES, none, fields="gradient").shape, (0, 3))

    def test_copies_nothing_that_fits(self):
        choice = _plan.Choice("helmholtz", None, None, None)
        charges = CHARGES + 0j
        self.assertIs(_plan._Charges(choice, charges, 1500).array, charges)
        self.assertIs(_plan._rows(POINTS, "sources"), POINTS)
        for other in (POINTS.astype(numpy.float32), POINTS[::-1], numpy.asfortranarray(POINTS)):
            self.assertTrue(numpy.array_equal(_plan._rows(other, "sources"), other))
        fields = nearfar.Plan(POINTS, fields="potential,gradient")(CHARGES)
        self.assertIs(fields["potential"].base, fields["gradient"].base)


class Errors(unittest.TestCase):
    def test_of_names(self):
        with self.assertRaisesRegex(nearfar.UsageError, "did you mean stokes"):
            nearfar.Plan(POINTS, kernel="stoke")
        with self.assertRaisesRegex(nearfar.UsageError, "did you mean velocity"):
            nearfar.Plan(POINTS, kernel="stokes", fields="velocities")
        for words in (
            {"kernel": "yukawa", "parameters": {"lamda": 1.0}},
            {"kernel": None},
            {"source_kind": ()},
            {"precision": "half"},
            {"tolerance": -1.0},
            {"order": 99},
            {"order": 2, "tolerance": 1e-12},
            {"precision": "mixed", "tolerance": 1e-12},
            {"max_memory": 1000},
            {"comm": 5},
        ):
            with self.assertRaises(nearfar.UsageError, msg=words):
                nearfar.Plan(POINTS, **words)

    def test_of_shapes(self):
        for sources in (POINTS[:, :2], POINTS.ravel(), 1.0, POINTS[None]):
            with self.assertRaisesRegex(nearfar.UsageError, r"shape \(N, 3\)"):
                nearfar.Plan(sources)
        plan = nearfar.Plan(POINTS, kernel="stokes")
        for charges in (CHARGES, VECTORS[:-1], VECTORS.T, VECTORS[:, :2], VECTORS[:, None, :2]):
            with self.assertRaisesRegex(nearfar.UsageError, r"\(1500, 3\)"):
                plan(charges)
        with self.assertRaisesRegex(nearfar.UsageError, "must be real"):
            plan(VECTORS + 1j)
        with self.assertRaisesRegex(nearfar.UsageError, "source kinds are force"):
            plan({"charge": CHARGES})
        with self.assertRaisesRegex(nearfar.UsageError, r"\(1500, 3\)"):
            plan.update(POINTS[:-1])
        with self.assertRaisesRegex(nearfar.UsageError, "normals of sources"):
            nearfar.Plan(POINTS, source_kind="dipole", source_normals=NORMALS[:-1])
        plan(VECTORS)

    def test_of_numbers(self):
        wrong = POINTS.copy()
        wrong[17, 1] = numpy.nan
        with self.assertRaisesRegex(nearfar.InputError, "source 17"):
            nearfar.Plan(wrong)
        plan = nearfar.Plan(POINTS)
        with self.assertRaisesRegex(nearfar.InputError, "source 17"):
            plan.update(wrong)
        with self.assertRaisesRegex(nearfar.InputError, "charge 17"):
            plan(wrong[:, 1])
        with self.assertRaises(ValueError):
            nearfar.direct(POINTS, wrong[:, 1])
        plan(CHARGES)

    def test_of_normals(self):
        plan = nearfar.Plan(POINTS, source_kind="dipole")
        with self.assertRaisesRegex(nearfar.UsageError, "normals"):
            plan(CHARGES)
        for words in ({"source_normals": NORMALS}, {"source_normals": NORMALS, "target_normals": NORMALS}):
            with self.assertRaisesRegex(nearfar.UsageError, "nothing needs them"):
                nearfar.Plan(POINTS, **words)


class Lives(unittest.TestCase):
    def test_closed(self):
        with nearfar.Plan(POINTS) as plan:
            plan(CHARGES)
        plan.close()
        with self.assertRaises(nearfar.UsageError):
            plan(CHARGES)

    def test_order_of_ends(self):
        """Plans that outlive the module, with MPI and PETSc from here or from mpi4py or petsc4py; and errors stay errors."""
        make = "import nearfar, numpy; plan = nearfar.Plan(numpy.eye(3)); plan.me = plan; plan([1, 2, 3]); "
        use = "from mpi4py import MPI; "
        petsc = "from petsc4py import PETSc; "
        for program in (make, use + make + "MPI.Finalize(); plan.close()", petsc + make, make + use + petsc):
            subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
        program = use + make + "MPI.Finalize(); plan([1, 2, 3])"
        ended = subprocess.run([sys.executable, "-c", program], check=False, timeout=60, capture_output=True, text=True)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("UsageError: the plan has ended", ended.stderr)

    def test_no_library(self):
        environment = {**os.environ, "NEARFAR_LIBRARY": "/nowhere/libnearfar.so"}
        program = [sys.executable, "-c", "import nearfar"]
        ended = subprocess.run(program, env=environment, check=False, capture_output=True, text=True)
        self.assertIn("ImportError: nearfar cannot load its library; set NEARFAR_LIBRARY", ended.stderr)

    def test_what_a_plan_lacks(self):
        plan = nearfar.Plan(POINTS, source_kind="dipole")
        with self.assertRaisesRegex(nearfar.UsageError, r"source_normals=.*plan\.set_normals"):
            plan(CHARGES)
        plan.set_normals(NORMALS)
        plan(CHARGES)
        wrong = CHARGES.copy()
        wrong[3] = numpy.nan
        with self.assertRaisesRegex(nearfar.InputError, r"charge 3 \(counted from 0\) is not finite"):
            plan(wrong)
        plan.close()
        for use in (lambda: plan(CHARGES), lambda: plan.update(POINTS), lambda: plan.set_normals(NORMALS)):
            with self.assertRaisesRegex(nearfar.UsageError, "the plan is closed"):
                use()

    def test_kernels(self):
        kernels = nearfar.kernels()
        helmholtz = kernels["helmholtz"]
        self.assertEqual(helmholtz.parameters[0].name, "k")
        self.assertEqual([field.components for field in helmholtz.fields], [1, 3, 1])
        self.assertEqual(helmholtz.fields[1].order, "du/dx, du/dy, du/dz")
        self.assertTrue(helmholtz.fields[0].is_complex and not kernels["stokes"].fields[0].is_complex)
        self.assertTrue(kernels["stokes"].source_kinds[1].needs_normals)
        self.assertRegex(nearfar.__version__, r"^\d+\.\d+\.\d+$")
        with self.assertRaises(nearfar.UsageError):
            nearfar.load_kernels("/nowhere/kernels.so")


if __name__ == "__main__":
    unittest.main()
