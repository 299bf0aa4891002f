# SPDX-License-Identifier: BSD-3-Clause
"""Spack recipe. Copy it to packages/nearfar/package.py of a Spack repository of yours, then, in the source tree,

    spack dev-build nearfar@0.2.0
"""
from spack.package import *


class Nearfar(CMakePackage):
    """Distributed kernel-independent fast multipole method: N-body sums and boundary integral equations."""

    license("BSD-3-Clause")
    version("0.2.0")

    variant("native", default=False, description="Build for this machine's processor alone")
    variant("int64", default=False, description="64-bit indices of PETSc")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3.1:")
    depends_on("petsc@3.18:+mpi~complex+double")
    depends_on("petsc+int64", when="+int64")
    depends_on("petsc~int64", when="~int64")
    depends_on("hdf5@1.10:+mpi")
    depends_on("libzip")
    depends_on("lapack")
    depends_on("cli11@2.3:")
    depends_on("nlohmann-json@3.11:")

    conflicts("%gcc@:11", msg="nearfar is C++20 as g++ 12 and clang 14 understand it")

    def cmake_args(self):
        return [
            self.define("NEARFAR_TESTS", False),
            self.define("NEARFAR_HDF5", "hdf5"),
            self.define_from_variant("NEARFAR_NATIVE", "native"),
        ]
