# SPDX-License-Identifier: BSD-3-Clause
"""libnearfar: where it is, its functions (include/nearfar/nearfar.h), its errors as exceptions."""

import ctypes
import os
import pathlib
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_int, c_int64, c_void_p


class Error(Exception):
    """An error of nearfar: memory, MPI, PETSc, or an error inside the library."""


class UsageError(Error, ValueError):
    """An argument is out of its range or has the wrong shape, or a name is unknown."""


class InputError(Error, ValueError):
    """Data is not finite or misshaped."""


ERRORS = {1: UsageError, 2: InputError, 3: Error}


class CKernel(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("source_kind", c_char_p),
        ("fields", c_char_p),
        ("num_parameters", c_int),
        ("parameter_names", POINTER(c_char_p)),
        ("parameter_values", POINTER(c_double)),
    ]


class COptions(Structure):
    _fields_ = [
        ("tolerance", c_double),
        ("order", c_int),
        ("points_per_leaf", c_int),
        ("root_scale", c_double),
        ("precision", c_int),
        ("num_vectors", c_int),
        ("max_memory", c_int64),
    ]


class CPoints(Structure):
    _fields_ = [("count", c_int64), ("coordinates", c_void_p), ("normals", c_void_p)]


class CInfo(Structure):
    _fields_ = [
        ("num_sources", c_int64),
        ("num_targets", c_int64),
        ("num_strengths", c_int),
        ("num_values", c_int),
        ("num_gradients", c_int),
        ("options", COptions),
    ]


class CParameter(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("meaning", c_char_p),
        ("unit", c_char_p),
        ("least", c_double),
        ("most", c_double),
        ("default_value", c_double),
    ]


class CQuantity(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("formula", c_char_p),
        ("components", c_int),
        ("component_order", c_char_p),
        ("with_normals", c_int),
    ]


class CFamily(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("formula", c_char_p),
        ("num_parameters", c_int),
        ("num_source_kinds", c_int),
        ("num_fields", c_int),
        ("parameters", POINTER(CParameter)),
        ("source_kinds", POINTER(CQuantity)),
        ("fields", POINTER(CQuantity)),
    ]


def candidates():
    """Where the library may be: what NEARFAR_LIBRARY says; else that of an installed package (DIR/libnearfar.so of
    DIR/python3/site-packages/nearfar), or of a package among the sources, in build/; else where the system looks."""
    given = os.environ.get("NEARFAR_LIBRARY")
    if given:
        return [given]
    top = pathlib.Path(__file__).absolute().parents[3]
    places = [place / "libnearfar.so" for place in (top, top / "build")]
    return [str(place) for place in places if place.exists()] + ["libnearfar.so"]


def load():
    reasons = []
    for path in candidates():
        try:
            # Global, since MPI looks its plug-ins' symbols up there.
            return ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            reasons.append(str(error))
    raise ImportError(
        "nearfar cannot load its library; set NEARFAR_LIBRARY to the path of libnearfar.so: " + "; ".join(reasons)
    )


LIBRARY = load()
PLAN, GEOMETRY, POINTS, KERNEL = c_void_p, c_void_p, POINTER(CPoints), POINTER(CKernel)
FUNCTIONS = {
    "nearfar_initialize": [],
    "nearfar_comm_self_f": [POINTER(c_int)],
    "nearfar_agree_f": [c_int, c_int, c_char_p],
    "nearfar_kernel_sizes": [KERNEL, POINTER(c_int), POINTER(c_int)],
    "nearfar_plan_create_f": [c_int, KERNEL, POINTS, POINTS, POINTER(COptions), POINTER(PLAN)],
    "nearfar_plan_create_on": [GEOMETRY, KERNEL, POINTER(COptions), POINTER(PLAN)],
    "nearfar_plan_destroy": [POINTER(PLAN)],
    "nearfar_geometry_create_f": [c_int, KERNEL, POINTS, POINTS, POINTER(COptions), POINTER(GEOMETRY)],
    "nearfar_geometry_update_points": [GEOMETRY, c_void_p, c_void_p],
    "nearfar_geometry_destroy": [POINTER(GEOMETRY)],
    "nearfar_plan_apply": [PLAN, c_int, c_void_p, c_void_p, c_void_p],
    "nearfar_plan_set_normals": [PLAN, c_void_p, c_void_p],
    "nearfar_plan_update_points": [PLAN, c_void_p, c_void_p],
    "nearfar_plan_get_info": [PLAN, POINTER(CInfo)],
    "nearfar_direct_f": [c_int, KERNEL, POINTS, POINTS, c_int, c_void_p, c_void_p],
    "nearfar_families": [POINTER(c_int), POINTER(POINTER(CFamily))],
    "nearfar_kernel_family": [KERNEL, POINTER(POINTER(CFamily))],
}
for _name, _arguments in FUNCTIONS.items():
    getattr(LIBRARY, _name).argtypes = _arguments
for _name in ("nearfar_last_error", "nearfar_version", "nearfar_load_kernels"):
    getattr(LIBRARY, _name).restype = c_char_p
LIBRARY.nearfar_load_kernels.argtypes = [c_char_p]


def call(name, *arguments):
    """Calls a function of the library; an error becomes an exception."""
    code = getattr(LIBRARY, name)(*arguments)
    if code != 0:
        raise ERRORS[code](LIBRARY.nearfar_last_error().decode())


def version():
    """Version of the library, "major.minor.patch"."""
    return LIBRARY.nearfar_version().decode()


def initialize():
    """Initialise MPI and PETSc where that has not been done. Collective over all ranks of MPI_COMM_WORLD, as the first
    plan is otherwise: call it first where only some ranks make plans, and after ``petsc4py.init(sys.argv)``."""
    call("nearfar_initialize")


class Communicator:
    """The handle of an MPI communicator: that of mpi4py or petsc4py, or None for this process alone."""

    def __init__(self, comm):
        if comm is not None and not hasattr(comm, "py2f"):
            if not hasattr(comm, "tompi4py"):
                raise UsageError(f"comm must be a communicator of mpi4py or petsc4py, or None, not {comm!r}")
            comm = comm.tompi4py()
        self.comm = comm  # keeps it alive
        if comm is None:
            handle = c_int()
            call("nearfar_comm_self_f", byref(handle))
            self.handle, self.size = handle.value, 1
        else:
            self.handle, self.size = comm.py2f(), comm.Get_size()

    def on_any_rank(self, flag):
        """Whether the flag is set on any rank."""
        try:
            call("nearfar_agree_f", self.handle, 1 if flag else 0, b"yes")
        except UsageError:
            return True
        return False

    def on_all_ranks(self, action):
        """The result of an action without communication; if it fails on any rank, all ranks raise its error."""
        if self.size == 1:
            return action()
        result, code, message = None, 0, ""
        try:
            result = action()
        except InputError as error:
            code, message = 2, str(error)
        except Exception as error:  # pylint: disable=broad-except
            code, message = 1, str(error)
        call("nearfar_agree_f", self.handle, code, message.encode())
        return result
