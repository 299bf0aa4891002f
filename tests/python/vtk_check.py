#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reads the files of --vtk with VTK, as ParaView does, and compares them with the results file.

usage: vtk_check.py PROGRAM MPIRUN...
"""
import json
import os
import subprocess
import sys
import tempfile

import h5py
import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOHDF import vtkHDFReader


def read(path):
    reader = vtkHDFReader()
    reader.SetFileName(path)
    assert reader.CanReadFile(path), path + " is no VTKHDF file"
    reader.Update()
    return reader.GetOutput()


def arrays(data):
    return {data.GetArrayName(i): vtk_to_numpy(data.GetArray(i)) for i in range(data.GetNumberOfArrays())}


def main(program, mpirun):
    def nearfar(*arguments):
        subprocess.run([*mpirun, "-n", "3", program, *arguments], check=True, stdout=subprocess.DEVNULL, timeout=60)

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        nearfar("generate", "--distribution", "sphere", "--num-points", "5000", "--output", "points.h5")
        nearfar("evaluate", "points.h5", "--gradient", "--output", "results.h5", "--json", "report.json",
                "--points-per-leaf", "40", "--vtk", "picture")
        with h5py.File("points.h5") as points, h5py.File("results.h5") as results:
            sources = points["particle_data/sources"][:]
            charges = points["particle_data/source_densities"][:].ravel()
            potentials = results["results/potentials"][:]
            gradients = results["results/gradients"][:]
        with open("report.json") as file:
            report = json.load(file)

        grid = read("picture_particles.hdf")
        assert grid.GetNumberOfPoints() == grid.GetNumberOfCells() == 5000
        assert numpy.array_equal(vtk_to_numpy(grid.GetPoints().GetData()), sources)
        values = arrays(grid.GetPointData())
        assert numpy.array_equal(values["potential"], potentials)
        assert numpy.array_equal(values["gradient"], gradients)
        assert numpy.array_equal(values["charge"], charges)
        assert all(grid.GetCellType(i) == 1 and grid.GetCell(i).GetPointId(0) == i for i in range(0, 5000, 97))

        grid = read("picture_octree.hdf")
        values = arrays(grid.GetCellData())
        assert grid.GetNumberOfCells() == report["num_leaves"], grid.GetNumberOfCells()
        assert values["num_sources"].sum() == values["num_targets"].sum() == 5000
        assert sorted(set(values["rank"])) == [0, 1, 2]
        assert values["level"].max() == report["depth"]
        assert values["predicted_seconds"].min() > 0
        # Each leaf holds as many points as it says, and is as large as its level says.
        corners = numpy.array([grid.GetCell(i).GetBounds() for i in range(grid.GetNumberOfCells())])
        # The corners of a voxel in VTK's order, x fastest.
        for i in range(0, grid.GetNumberOfCells(), 17):
            points = grid.GetCell(i).GetPoints()
            for corner in range(8):
                wanted = [corners[i][2 * axis + (corner >> axis & 1)] for axis in range(3)]
                assert points.GetPoint(corner) == tuple(wanted), (i, corner)
        lower, upper = corners[:, 0::2], corners[:, 1::2]
        root_sides = (upper - lower) * 2.0 ** values["level"][:, None]
        asked = numpy.ptp(sources, axis=0).max() * report["root_scale"]
        assert numpy.allclose(root_sides, root_sides[0, 0], rtol=1e-12)
        assert 1.0 <= root_sides[0, 0] / asked < 1.004, "sides are rounded up"
        inside = numpy.zeros(len(lower))
        for point in sources:
            inside += ((lower <= point + 1e-14) & (point < upper + 1e-14)).all(axis=1)
        assert abs(inside - values["num_sources"]).sum() <= 2, "leaves and points do not match"
    print("VTK reads what nearfar writes")


main(sys.argv[1], sys.argv[2:])
