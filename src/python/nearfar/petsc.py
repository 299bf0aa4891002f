# SPDX-License-Identifier: BSD-3-Clause
"""Matrices of type MATNEARFAR (include/nearfar/petsc.h) for petsc4py.

>>> import sys, numpy, petsc4py
>>> petsc4py.init(sys.argv)
>>> import nearfar.petsc
>>> points = numpy.random.default_rng(0).random((1000, 3))
>>> A = nearfar.petsc.Mat(points, kernel="laplace", tolerance=1e-6)
>>> A.shift(40.0)  # a petsc4py.PETSc.Mat as any other

petsc4py and nearfar must use the same PETSc: on Debian, python3-petsc4py does.
"""

import ctypes
from ctypes import byref, c_char_p, c_double, c_void_p, py_object

try:
    from petsc4py import PETSc
except ImportError as error:
    raise ImportError("nearfar.petsc needs petsc4py (on Debian python3-petsc4py)") from error

from ._geometry import _pointer, _rows
from ._kernels import Choice
from ._library import LIBRARY, Communicator, UsageError

_Int = ctypes.c_int64 if PETSc.IntType().itemsize == 8 else ctypes.c_int32


def _address(library, name):
    return ctypes.cast(getattr(library, name), c_void_p).value


if _address(LIBRARY, "MatCreate") != _address(ctypes.CDLL(PETSc.__file__), "MatCreate"):
    raise ImportError(
        "petsc4py and nearfar use two builds of PETSc, which cannot share matrices: build nearfar with the PETSc of "
        "petsc4py (-DNEARFAR_PETSC=...), or petsc4py with that of nearfar"
    )


def _call(name, *arguments):
    """Calls a function of PETSc or nearfar; an error code becomes PETSc.Error."""
    code = getattr(LIBRARY, name)(*arguments)
    if code != 0:
        raise PETSc.Error(code)


_call("MatNearfarRegister")


def _wrapped(kind, handle):
    """An object of petsc4py that takes over the reference to an object of PETSc."""
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = c_char_p, [py_object]
    api.PyCapsule_GetPointer.restype, api.PyCapsule_GetPointer.argtypes = c_void_p, [py_object, c_char_p]
    capsule = PETSc.__pyx_capi__[f"PyPetsc{kind}_New"]
    make = api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))
    wrapped = ctypes.PYFUNCTYPE(py_object, c_void_p)(make)(handle)
    _call(f"{kind}Destroy", byref(handle))  # it has a reference of its own
    return wrapped


def _names(names):
    return (names if isinstance(names, str) else ",".join(names)).encode()


class Mat(PETSc.Mat):
    """The sums of a kernel over points as a matrix.

    Parameters are those of `nearfar.Plan`, without `root_scale`; in the place of points there may be another Mat, to
    share its points and tree (`share_geometry`). And
    near_cutoff : float, optional
        How far entries of `near_field` go, in sides of leaves (MatNearfarSetNearCutoff); chosen unless given.
    check : int, optional
        Targets at which the first product is compared with direct sums; see `error`.

    Rows are [target][value], columns [source][strength]. `setFromOptions` reads the options -mat_nearfar_*. The methods
    here are collective; properties are not, and give what is set or chosen.
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
        source_normals=None,
        target_normals=None,
        parameters=None,
        comm=None,
        order=None,
        points_per_leaf=None,
        precision=None,
        num_vectors=None,
        near_cutoff=None,
        check=None,
    ):
        super().__init__()
        shared = sources if isinstance(sources, Mat) else None
        if shared is not None and comm is None:
            comm = shared.getComm()
        communicator = Communicator(comm)

        def points_and_choice():
            Choice(kernel, source_kind, fields, parameters)
            if shared is not None:
                if targets is not None:
                    raise UsageError("the targets are those of the other matrix: do not give any")
                return None, None
            at_sources = _rows(sources, "sources")
            return at_sources, None if targets is None else _rows(targets, "targets")

        at_sources, at_targets = communicator.on_all_ranks(points_and_choice)
        self._communicator = communicator
        self.create(PETSc.COMM_SELF if comm is None else comm)
        self.setType("nearfar")
        self._set("Kernel", c_char_p(kernel.encode()))
        if source_kind is not None:
            self._set("SourceKind", c_char_p(_names(source_kind)))
        if fields is not None:
            self._set("Fields", c_char_p(_names(fields)))
        for name, value in (parameters or {}).items():
            self.set_parameter(name, value)
        numbers = {"tolerance": tolerance, "order": order, "points_per_leaf": points_per_leaf, "vectors": num_vectors}
        for name, value in {**numbers, "precision": precision, "near_cutoff": near_cutoff, "check": check}.items():
            if value is not None:
                getattr(self, f"set_{name}")(value)
        if shared is not None:
            self.share_geometry(shared)
        else:
            self._same = at_targets is None
            at_rows = at_sources if self._same else at_targets
            self._num_targets, self._num_sources = len(at_rows), len(at_sources)
            columns = (_Int(0), None) if self._same else (_Int(len(at_sources)), c_void_p(_pointer(at_sources)))
            self._set("Points", _Int(len(at_rows)), c_void_p(_pointer(at_rows)), *columns)
        if communicator.on_any_rank(source_normals is not None):
            self.set_source_normals(source_normals)
        if communicator.on_any_rank(target_normals is not None):
            self.set_target_normals(target_normals)
        self.setUp()

    def _set(self, name, *arguments):
        _call(f"MatNearfarSet{name}", c_void_p(self.handle), *arguments)

    def _get(self, name, kind):
        value = kind()
        _call(f"MatNearfarGet{name}", c_void_p(self.handle), byref(value))
        return value.value.decode() if kind is c_char_p else value.value

    def set_parameter(self, name, value):
        """A number in the kernel's formula."""
        self._set("Parameter", c_char_p(name.encode()), c_double(value))

    def parameter(self, name):
        """The number in the kernel's formula."""
        value = c_double()
        _call("MatNearfarGetParameter", c_void_p(self.handle), c_char_p(name.encode()), byref(value))
        return value.value

    def share_geometry(self, other):
        """Take the points of another Mat and share its tree; from now on the points of both move together."""
        if not isinstance(other, Mat):
            raise UsageError("points are shared with another nearfar.petsc.Mat")
        _call("MatNearfarShareGeometry", c_void_p(self.handle), c_void_p(other.handle))
        self._same, self._num_targets, self._num_sources = other._same, other._num_targets, other._num_sources

    def update(self, sources, targets=None):
        """Move the points, as many as before on each rank; `targets` where they are not the sources. Matrices that
        share them follow."""

        def check():
            if self._same != (targets is None):
                raise UsageError("targets must be given where they are not the sources, and only there")
            moved = _rows(sources, "sources", self._num_sources)
            return moved, None if targets is None else _rows(targets, "targets", self._num_targets)

        at_sources, at_targets = self._communicator.on_all_ranks(check)
        rows, columns = (at_sources, None) if self._same else (at_targets, at_sources)
        _call("MatNearfarUpdatePoints", c_void_p(self.handle), c_void_p(_pointer(rows)), c_void_p(_pointer(columns)))

    def set_source_normals(self, normals):
        """Normals of the sources, (N, 3); None on all ranks for none."""
        self._set_normals("SourceNormals", normals, self._num_sources)

    def set_target_normals(self, normals):
        """Normals of the targets, (M, 3); None on all ranks for none. They make potentials normal derivatives."""
        self._set_normals("TargetNormals", normals, self._num_targets)

    def _set_normals(self, name, normals, count):
        array = self._communicator.on_all_ranks(lambda: None if normals is None else _rows(normals, "normals", count))
        self._set(name, c_void_p(_pointer(array)))

    def near_field(self):
        """The direct sums as a sparse matrix, for preconditioners."""
        handle = c_void_p()
        _call("MatNearfarGetNearField", c_void_p(self.handle), byref(handle))
        return _wrapped("Mat", handle)

    def native(self):
        """The operator for points in tree order, and the index sets of its rows and columns."""
        handles = [c_void_p() for _ in range(3)]
        _call("MatNearfarGetNative", c_void_p(self.handle), *map(byref, handles))
        return tuple(_wrapped(kind, handle) for kind, handle in zip(("Mat", "IS", "IS"), handles))

    def mult_gradient(self, x, y, g):
        """y = A x, and gradients of the potentials in g, [row][3]."""
        _call("MatNearfarMultGradient", *(c_void_p(each.handle) for each in (self, x, y, g)))

    @property
    def error(self):
        """Relative error found by the check; negative before it."""
        return self._get("Error", c_double)


def _add_setting(name, c_name, kind, meaning):
    def setter(self, value):
        self._set(c_name, kind(value.encode()) if kind is c_char_p else kind(value))

    setter.__name__, setter.__doc__ = f"set_{name}", f"Set {meaning}."
    setattr(Mat, f"set_{name}", setter)
    setattr(Mat, name, property(lambda self: self._get(c_name, kind), doc=meaning[0].upper() + meaning[1:] + "."))


for _setting in (
    ("kernel", "Kernel", c_char_p, "the kernel by its name"),
    ("source_kind", "SourceKind", c_char_p, "what sources are, names with commas between them"),
    ("fields", "Fields", c_char_p, "what rows are, names with commas between them"),
    ("tolerance", "Tolerance", c_double, "the wanted relative error of products"),
    ("order", "Order", _Int, "the order of the expansions"),
    ("points_per_leaf", "PointsPerLeaf", _Int, "the most points of a leaf"),
    ("precision", "Precision", c_char_p, 'the numbers of inner sums: "automatic", "full" or "mixed"'),
    ("vectors", "Vectors", _Int, "the expected number of columns in products with dense matrices"),
    ("near_cutoff", "NearCutoff", c_double, "how far entries of the near field go, in sides of leaves"),
    ("check", "Check", _Int, "the number of targets to compare with direct sums"),
):
    _add_setting(*_setting)
