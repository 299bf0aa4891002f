#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""numpy_files_check PROGRAM MPIRUN...: files as numpy itself writes them, read by the program on three ranks."""

import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy

program, *mpirun = sys.argv[1:]
random = numpy.random.default_rng(5)
points = random.random((1000, 3))
charges = random.standard_normal(1000)
distances = numpy.linalg.norm(points[:, None] - points[None], axis=2)
inverse = numpy.divide(1.0, distances, out=numpy.zeros_like(distances), where=distances > 0.0)
exact = inverse @ charges / (4.0 * numpy.pi)

with tempfile.TemporaryDirectory() as name:
    directory = pathlib.Path(name)
    numpy.save(directory / "rows.npy", numpy.column_stack([points, charges]))
    numpy.savez(directory / "stored.npz", sources=points, charge=charges)
    numpy.savez_compressed(directory / "compressed.npz", sources=points, source_densities=charges)
    numpy.savez_compressed(directory / "columns.npz", x=points[:, 0], y=points[:, 1], z=points[:, 2], q=charges)
    for file, *options in (["rows.npy"], ["stored.npz"], ["compressed.npz"],
                           ["columns.npz", "--sources", "x,y,z", "--charges", "q"]):
        results = directory / "results.h5"
        subprocess.run([*mpirun, "-n", "3", program, "evaluate", directory / file, *options, "--output", results],
                       check=True, stdout=subprocess.DEVNULL, timeout=60)
        with h5py.File(results) as read:
            error = numpy.linalg.norm(read["results/potentials"][:] - exact) / numpy.linalg.norm(exact)
        print(f"{file}: {error:.1e}")
        assert error < 1e-5, file
