# SPDX-License-Identifier: BSD-3-Clause
"""Sums of kernels over many points in three dimensions, by the fast multipole method.

>>> import numpy, nearfar
>>> points = numpy.random.default_rng(0).random((10000, 3))
>>> plan = nearfar.Plan(points, kernel="laplace", fields=("potential", "gradient"), tolerance=1e-6)
>>> results = plan(numpy.ones(10000))  # again and again, with other charges
>>> results["potential"].shape, results["gradient"].shape
((10000,), (10000, 3))

The package calls the C interface of libnearfar, which it finds beside itself or where the environment variable
NEARFAR_LIBRARY says. MPI and PETSc are initialised by the first plan where that has not been done, by mpi4py for
example; ``initialize()`` does it earlier.
"""

from ._geometry import Geometry
from ._kernels import Family, Parameter, Quantity, kernels, load_kernels
from ._library import Error, InputError, UsageError, initialize, version
from ._plan import Plan, direct

__version__ = version()
__all__ = [
    "Error",
    "Family",
    "Geometry",
    "InputError",
    "Parameter",
    "Plan",
    "Quantity",
    "UsageError",
    "direct",
    "initialize",
    "kernels",
    "load_kernels",
]
