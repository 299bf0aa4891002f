# SPDX-License-Identifier: BSD-3-Clause
"""Plans and direct sums on numpy arrays."""

from ctypes import byref, c_int, c_void_p

import numpy

from ._geometry import _PRECISIONS, Geometry, _options, _pointer, _points, _reference, _rows, _update
from ._kernels import Choice
from ._library import CInfo, Communicator, COptions, UsageError, call


class _Charges:
    """Strengths in the layout of the library, [source][vector][strength], and the shape of the results."""

    def __init__(self, choice, charges, num_sources):
        dtype = numpy.complex128 if choice.is_complex else numpy.float64
        if isinstance(charges, dict):
            charges = self._side_by_side(choice, charges)
        if not choice.is_complex and numpy.iscomplexobj(charges):
            raise UsageError("charges of this kernel must be real")
        array = numpy.require(charges, dtype, ["C", "A"])
        strengths = choice.num_strengths
        alone = (num_sources,) if strengths == 1 else (num_sources, strengths)
        is_alone = array.shape in (alone, (num_sources, strengths))
        if not is_alone and not (array.ndim == 3 and array.shape[::2] == (num_sources, strengths)):
            raise UsageError(
                f"charges must have the shape {alone}, or ({num_sources}, k, {strengths}) for k vectors at once, "
                f"not {array.shape}"
            )
        self.array = array
        self.vectors = None if is_alone else array.shape[1]
        self.num_vectors = 1 if is_alone else array.shape[1]

    @staticmethod
    def _side_by_side(choice, charges):
        names = [kind.name for kind in choice.source_kinds]
        if sorted(charges) != sorted(names):
            given = ", ".join(map(str, charges))
            raise UsageError(f"charges are for {given}, but the source kinds are {', '.join(names)}")
        parts = []
        for kind in choice.source_kinds:
            part = numpy.asarray(charges[kind.name])
            parts.append(part[:, None] if part.ndim == 1 else part)
        if len({part.shape[:-1] for part in parts}) != 1:
            raise UsageError("charges of all source kinds must be of as many points and vectors")
        return numpy.concatenate(parts, axis=-1)

    def new_results(self, choice, num_targets):
        dtype = numpy.complex128 if choice.is_complex else numpy.float64
        return numpy.empty((num_targets, self.num_vectors, choice.num_values), dtype=dtype)

    def by_field(self, choice, results):
        """Views of the results: an array for one field, a dict for several."""
        fields, begin = {}, 0
        for field in choice.fields:
            view = results[:, :, begin : begin + field.components]
            begin += field.components
            if self.vectors is None:
                view = view[:, 0, 0] if field.components == 1 else view[:, 0, :]
            fields[field.name] = view
        return fields if len(fields) > 1 else next(iter(fields.values()))


class Plan:
    """Sums of a kernel over points, set up once for any number of charges.

    Parameters
    ----------
    sources : array_like, (N, 3), or Geometry
        Coordinates. With `comm`, those of this rank, in any order; there may be none. Or points and tree of a geometry,
        which has targets, comm, points_per_leaf and root_scale as well.
    targets : array_like, (M, 3), optional
        The sources unless given. Points do not act on others at exactly the same place, nor on themselves.
    kernel : str
        A name of `kernels()`.
    source_kind, fields : str or sequence of str, optional
        What sources are, and what is computed at the targets; the kernel's first ones unless given. Each may be a sum,
        "charge-2.5*dipole", whose one strength acts as all its kinds.
    tolerance : float, optional
        Wanted relative L2 error; 1e-6 unless given, or that of `order`.
    source_normals, target_normals : array_like, (N, 3) and (M, 3), optional
        For source kinds and fields that need some. Where the targets are the sources, `source_normals` serve both
        unless `target_normals` are given.
    parameters : dict of str to float, optional
        Numbers in the kernel's formula; others have their defaults.
    comm : communicator of mpi4py or petsc4py, optional
        This process alone unless given. All ranks of it must make the plan, call it, update it and close it, and all
        raise the same errors.
    order, points_per_leaf, root_scale, precision, num_vectors
        As the options of the program, chosen unless given; precision is "automatic", "full" or "mixed".
    max_memory : int, optional
        Bytes that a process may take for the plan and a call of it, by an estimate; larger plans raise `UsageError`.

    Notes
    -----
    Arrays of float64 (or complex128) in C order are handed to the library as they are; others are copied first. The
    library keeps copies of coordinates and normals. The plan is destroyed with the object, by `close()`, or at the end
    of a `with` block. The first plan is made by all ranks of MPI_COMM_WORLD unless MPI and PETSc have been initialised,
    as `initialize()` does.
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
        root_scale=None,
        precision="automatic",
        num_vectors=1,
        max_memory=None,
    ):
        self._handle = c_void_p()
        geometry = sources if isinstance(sources, Geometry) else None
        self._comm = geometry._comm if geometry else Communicator(comm)

        def check():
            choice = Choice(kernel, source_kind, fields, parameters)
            options = _options(tolerance, order, points_per_leaf, root_scale, precision, num_vectors, max_memory)
            if not geometry:
                return choice, options, _points(choice, sources, targets, source_normals, target_normals)
            if targets is not None or comm is not None:
                raise UsageError("targets and comm belong to the geometry: give them to it")
            return choice, options, (None, None)

        self._choice, options, (at_sources, at_targets) = self._comm.on_all_ranks(check)
        view, place = byref(self._choice.view), byref(self._handle)
        if geometry:
            call("nearfar_plan_create_on", geometry._handle, view, byref(options), place)
        else:
            points = _reference(at_sources), _reference(at_targets)
            call("nearfar_plan_create_f", self._comm.handle, view, *points, byref(options), place)
        self._info = CInfo()
        call("nearfar_plan_get_info", self._handle, byref(self._info))
        given = source_normals is not None, target_normals is not None
        needs = any(quantity.needs_normals for quantity in self._choice.source_kinds + self._choice.fields)
        self._has_normals = not needs or self._comm.on_any_rank(any(given) and not geometry)
        if self._comm.on_any_rank(any(given) if geometry else targets is None and all(given)):
            self.set_normals(source_normals, target_normals)

    def __call__(self, charges):
        """The fields at the targets. Collective.

        Parameters
        ----------
        charges : array_like or dict
            (N,), or (N, c) where each source has c numbers: the components of all source kinds side by side; or
            (N, k, c) for k vectors of charges at once. A dict has such an array for each source kind. Complex for
            kernels that are.

        Returns
        -------
        array, or dict of str to array
            A dict by field if the plan has several fields. (M,) for a field of one component, (M, c) for one of c; for
            k vectors at once (M, k, c). Arrays of several fields are views of one.
        """
        self._require_usable()
        given = self._comm.on_all_ranks(lambda: _Charges(self._choice, charges, self.num_sources))
        results = given.new_results(self._choice, self.num_targets)
        call("nearfar_plan_apply", self._handle, given.num_vectors, _pointer(given.array), _pointer(results), None)
        return given.by_field(self._choice, results)

    def _require_open(self):
        if not self._handle:
            raise UsageError("the plan is closed")

    def _require_usable(self):
        self._require_open()
        if not self._has_normals:
            raise UsageError(
                "this source kind or field needs normals: make the plan with source_normals=... or target_normals=..., "
                "or call plan.set_normals(...)"
            )

    def update(self, sources, targets=None):
        """Move the points, as many as before on each rank; `targets` where they are not the sources. Collective. Those
        of other plans on the geometry move, too."""
        self._require_open()
        _update("nearfar_plan_update_points", self, sources, targets)

    def set_normals(self, source_normals=None, target_normals=None):
        """Set other normals; None for those that nothing needs. Collective."""
        self._require_open()
        of_sources, of_targets = self._comm.on_all_ranks(
            lambda: (
                None if source_normals is None else _rows(source_normals, "source_normals", self.num_sources),
                None if target_normals is None else _rows(target_normals, "target_normals", self.num_targets),
            )
        )
        call("nearfar_plan_set_normals", self._handle, _pointer(of_sources), _pointer(of_targets))
        self._has_normals = True

    def close(self):
        """Destroy the plan. Collective; nothing happens the second time."""
        if self._handle:
            call("nearfar_plan_destroy", byref(self._handle))

    def __del__(self):
        if getattr(self, "_handle", None):
            self.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    @property
    def num_sources(self):
        """Number of this rank's sources."""
        return self._info.num_sources

    @property
    def num_targets(self):
        """Number of this rank's targets."""
        return self._info.num_targets

    @property
    def options(self):
        """dict of what was given or chosen: tolerance, order, points_per_leaf, root_scale, precision, num_vectors, max_memory."""
        options = {name: getattr(self._info.options, name) for name, _ in COptions._fields_}
        options["precision"] = {number: name for name, number in _PRECISIONS.items()}[options["precision"]]
        return options

    def __repr__(self):
        fields = ", ".join(field.name for field in self._choice.fields)
        kinds = ", ".join(kind.name for kind in self._choice.source_kinds)
        name = self._choice.view.name.decode()
        return f"<nearfar.Plan: {name}, {kinds} to {fields}, {self.num_sources} sources, {self.num_targets} targets>"


def direct(
    sources,
    charges,
    targets=None,
    kernel="laplace",
    source_kind=None,
    fields=None,
    *,
    source_normals=None,
    target_normals=None,
    parameters=None,
    comm=None,
):
    """The same sums over all pairs, without a tree: what plans are compared with. Collective.

    Parameters
    ----------
    sources, targets, kernel, source_kind, fields, source_normals, target_normals, parameters, comm
        As for `Plan`.
    charges : array_like or dict
        As for calls of a plan.

    Returns
    -------
    array, or dict of str to array
        As from calls of a plan.

    Notes
    -----
    Takes time as the number of all targets times that of all sources: give some of the targets of a large problem.
    """
    communicator = Communicator(comm)

    def check():
        choice = Choice(kernel, source_kind, fields, parameters)
        both = targets is None and source_normals is not None and target_normals is not None
        # Two sides with normals of their own are two sets of points at the same places.
        at_targets = sources if both else targets
        points = _points(choice, sources, at_targets, source_normals, target_normals)
        return choice, points, _Charges(choice, charges, points[0].count)

    choice, (at_sources, at_targets), given = communicator.on_all_ranks(check)
    results = given.new_results(choice, (at_targets or at_sources).count)
    call(
        "nearfar_direct_f",
        communicator.handle,
        byref(choice.view),
        _reference(at_sources),
        _reference(at_targets),
        c_int(given.num_vectors),
        _pointer(given.array),
        _pointer(results),
    )
    return given.by_field(choice, results)
