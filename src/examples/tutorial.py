#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""nearfar from Python: potentials on a sphere, other kernels, points that move.

    PYTHONPATH=$PWD/src/python python3 src/examples/tutorial.py [--num-points 20000] [--plot FILE]
"""

import argparse

import numpy

import nearfar

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--num-points", type=int, default=20000)
parser.add_argument("--plot", metavar="FILE", help="draw the potential (needs matplotlib)")
options = parser.parse_args()

# Points on the unit sphere, which are their own normals, and charges of both signs.
random = numpy.random.default_rng(1)
points = random.standard_normal((options.num_points, 3))
points /= numpy.linalg.norm(points, axis=1, keepdims=True)
charges = random.standard_normal(options.num_points)
some = numpy.arange(0, options.num_points, max(1, options.num_points // 100))  # where errors are looked at


def show(what, results, exact):
    """The error of each field, relative to sums over all pairs."""
    for field, values in exact.items():
        error = numpy.linalg.norm(results[field][some] - values) / numpy.linalg.norm(values)
        print(f"{what:28s} {field:10s} relative error {error:.1e}")
        assert error < 1e-4


# A plan is made once for the points. Each call of it takes charges and gives fields.
fields = ("potential", "gradient")
plan = nearfar.Plan(points, kernel="laplace", fields=fields, tolerance=1e-6)
results = plan(charges)
show("charges", results, nearfar.direct(points, charges, points[some], fields=fields))

# Complex charges of waves.
waves = {"kernel": "helmholtz", "fields": fields, "parameters": {"k": 3.0}}
phases = charges * numpy.exp(1j * points[:, 2])
show("waves", nearfar.Plan(points, **waves)(phases), nearfar.direct(points, phases, points[some], **waves))

# Vectors, and sources that need normals: the double layer of a flow.
flow = {"kernel": "stokes", "source_kind": "stresslet", "fields": ("velocity", "pressure"), "source_normals": points}
vectors = random.standard_normal((options.num_points, 3))
show("stresslets", nearfar.Plan(points, **flow)(vectors), nearfar.direct(points, vectors, points[some], **flow))

# Points that move keep the plan.
moved = points * [1.0, 1.0, 0.5]
plan.update(moved)
show("charges on an ellipsoid", plan(charges), nearfar.direct(moved, charges, moved[some], fields=fields))

# Several vectors of charges at once cost less than one after the other: (points, vectors, components).
vectors_of_charges = random.standard_normal((options.num_points, 4, 1))
potentials = nearfar.Plan(points, num_vectors=4)(vectors_of_charges)
print(f"four vectors at once: {potentials.shape}")

if options.plot:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    # Few potentials, near close charges, are much larger than the others. cividis grows lighter with the values.
    low, high = numpy.percentile(results["potential"], [1, 99])
    figure = pyplot.figure()
    axes = figure.add_subplot(projection="3d", box_aspect=(1, 1, 1), title="potential of random charges")
    axes.set(xlabel="x", ylabel="y", zlabel="z")
    colours = axes.scatter(*points.T, c=results["potential"], s=2, cmap="cividis", vmin=low, vmax=high)
    figure.colorbar(colours, label="potential; colours end at 1 and 99 % of the points", shrink=0.7, pad=0.12)
    figure.savefig(options.plot, dpi=150)
    print(f"wrote {options.plot}")
