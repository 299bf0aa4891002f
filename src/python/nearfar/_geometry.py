# SPDX-License-Identifier: BSD-3-Clause
"""Points as the C interface takes them, and points with a tree, for any number of plans."""

from ctypes import byref, c_void_p

import numpy

from ._kernels import Choice
from ._library import Communicator, COptions, CPoints, UsageError, call

_PRECISIONS = {"automatic": 0, "full": 1, "mixed": 2}


def _rows(values, what, rows=None):
    """Triples as a C-contiguous array of doubles, without a copy where they are one already."""
    array = numpy.require(values, numpy.float64, ["C", "A"])
    if array.ndim != 2 or array.shape[1] != 3 or (rows is not None and array.shape[0] != rows):
        raise UsageError(f"{what} must have the shape ({'N' if rows is None else rows}, 3), not {array.shape}")
    return array


class _Points:
    """Coordinates and normals of this rank."""

    def __init__(self, coordinates, normals, what):
        self.coordinates = _rows(coordinates, what)
        self.count = len(self.coordinates)
        self.normals = None if normals is None else _rows(normals, f"normals of {what}", self.count)
        self.view = CPoints(self.count, _pointer(self.coordinates), _pointer(self.normals))


def _pointer(array):
    return None if array is None else array.ctypes.data


def _reference(points):
    return None if points is None else byref(points.view)


def _points(choice, sources, targets, source_normals, target_normals):
    """Sources and targets, which are None where they are the sources."""
    if targets is not None:
        return _Points(sources, source_normals, "sources"), _Points(targets, target_normals, "targets")
    if target_normals is not None:
        # Of one array of points, normals at its two sides may differ: these are set afterwards.
        _rows(target_normals, "target_normals", len(numpy.atleast_1d(sources)))
        if any(kind.needs_normals for kind in choice.source_kinds):
            return _Points(sources, source_normals, "sources"), None
        return _Points(sources, target_normals, "sources"), None
    return _Points(sources, source_normals, "sources"), None


def _options(tolerance, order, points_per_leaf, root_scale, precision, num_vectors, max_memory):
    if precision not in _PRECISIONS:
        raise UsageError(f"precision must be automatic, full or mixed, not {precision!r}")
    numbers = (tolerance or 0.0, order or 0, points_per_leaf or 0, root_scale or 0.0)
    return COptions(*numbers, _PRECISIONS[precision], num_vectors, int(max_memory or 0))


class Geometry:
    """Points and their tree, set up once for any number of plans.

    >>> geometry = nearfar.Geometry(points)
    >>> laplace, yukawa = nearfar.Plan(geometry), nearfar.Plan(geometry, kernel="yukawa")

    Parameters are those of `Plan` but for normals, which are left to the plans. The tree suits plans of the given
    kernel and options, and serves all others. It lives until it is closed or deleted, and all its plans are.
    """

    def __init__(
        self,
        sources,
        targets=None,
        kernel="laplace",
        source_kind=None,
        fields=None,
        tolerance=None,
        *,
        parameters=None,
        comm=None,
        order=None,
        points_per_leaf=None,
        root_scale=None,
        precision="automatic",
        num_vectors=1,
        max_memory=None,
    ):
        self._handle = c_void_p()
        self._comm = Communicator(comm)

        def check():
            choice = Choice(kernel, source_kind, fields, parameters)
            options = _options(tolerance, order, points_per_leaf, root_scale, precision, num_vectors, max_memory)
            return choice, options, _points(choice, sources, targets, None, None)

        choice, options, (at_sources, at_targets) = self._comm.on_all_ranks(check)
        self.num_sources, self.num_targets = at_sources.count, (at_targets or at_sources).count
        call(
            "nearfar_geometry_create_f",
            self._comm.handle,
            byref(choice.view),
            _reference(at_sources),
            _reference(at_targets),
            byref(options),
            byref(self._handle),
        )

    def update(self, sources, targets=None):
        """Move the points of all plans, as many as before on each rank; `targets` where they are not the sources.
        Collective."""
        _update("nearfar_geometry_update_points", self, sources, targets)

    def close(self):
        """Destroy the geometry, but not its plans. Collective; nothing happens the second time."""
        if self._handle:
            call("nearfar_geometry_destroy", byref(self._handle))

    def __del__(self):
        if getattr(self, "_handle", None):
            self.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _update(function, of, sources, targets):
    moved, moved_targets = of._comm.on_all_ranks(
        lambda: (
            _rows(sources, "sources", of.num_sources),
            None if targets is None else _rows(targets, "targets", of.num_targets),
        )
    )
    call(function, of._handle, _pointer(moved), _pointer(moved_targets))
