# SPDX-License-Identifier: BSD-3-Clause
"""What kernels there are, and a choice of them as the C interface takes it."""

import os
from ctypes import POINTER, byref, c_char_p, c_double, c_int
from typing import NamedTuple

from ._library import LIBRARY, CFamily, CKernel, UsageError, call


class Parameter(NamedTuple):
    """A number in the formula of a kernel; the range includes its ends."""

    name: str
    meaning: str
    unit: str
    least: float
    most: float
    default: float


class Quantity(NamedTuple):
    """What sources can be, or what can be computed at targets."""

    name: str
    formula: str
    components: int  # numbers as numpy has them: a complex one counts once
    order: str  # of the components, in words
    needs_normals: bool
    is_complex: bool


class Family(NamedTuple):
    """A kernel with its source kinds and fields, of which the first ones are the default."""

    name: str
    formula: str
    parameters: tuple
    source_kinds: tuple
    fields: tuple


def _quantity(view):
    order = view.component_order.decode()
    is_complex = order.startswith("re ")
    components = view.components
    if is_complex:
        components //= 2
        order = ", ".join(part.removeprefix("re ") for part in order.split(", ")[::2])
    return Quantity(
        view.name.decode(), view.formula.decode(), components, order, bool(view.with_normals), is_complex
    )


def _family(view):
    def parameter(of):
        return Parameter(
            of.name.decode(), of.meaning.decode(), of.unit.decode(), of.least, of.most, of.default_value
        )

    return Family(
        view.name.decode(),
        view.formula.decode(),
        tuple(parameter(view.parameters[i]) for i in range(view.num_parameters)),
        tuple(_quantity(view.source_kinds[i]) for i in range(view.num_source_kinds)),
        tuple(_quantity(view.fields[i]) for i in range(view.num_fields)),
    )


def kernels():
    """All kernels by name.

    Returns
    -------
    dict of str to Family
        With formulas, parameters, source kinds and fields.
    """
    count, views = c_int(), POINTER(CFamily)()
    call("nearfar_families", byref(count), byref(views))
    families = (_family(views[i]) for i in range(count.value))
    return {family.name: family for family in families}


def load_kernels(path):
    """Make the kernels of a shared library known, as nearfar/user_kernels.hpp describes it; call it on all ranks.

    Parameters
    ----------
    path : str or path
    """
    sentence = LIBRARY.nearfar_load_kernels(os.fsencode(path))
    if sentence is not None:
        raise UsageError(sentence.decode())


def _names(names, what):
    """A tuple of names from one with commas in it or several; None: not given."""
    if names is None:
        return None
    names = names.split(",") if isinstance(names, str) else list(names)
    if not all(isinstance(name, str) for name in names) or not names:
        raise UsageError(f"{what} must be a name or several, not {names!r}")
    return tuple(name.strip() for name in names)


class Choice:
    """A kernel with its source kinds, fields and parameters, checked by the library."""

    def __init__(self, kernel, source_kind, fields, parameters):
        if not isinstance(kernel, str):
            raise UsageError(f"kernel must be a name, not {kernel!r}")
        kinds, field_names = _names(source_kind, "source_kind"), _names(fields, "fields")
        parameters = dict(parameters or {})
        names = [str(name).encode() for name in parameters]
        self.view = CKernel(
            kernel.encode(),
            ",".join(kinds).encode() if kinds else None,
            ",".join(field_names).encode() if field_names else None,
            len(names),
            (c_char_p * len(names))(*names),
            (c_double * len(names))(*(float(value) for value in parameters.values())),
        )
        call("nearfar_kernel_sizes", byref(self.view), None, None)
        view = POINTER(CFamily)()
        call("nearfar_kernel_family", byref(self.view), byref(view))
        family = _family(view[0])
        self.source_kinds, self.fields = family.source_kinds, family.fields
        self.is_complex = self.source_kinds[0].is_complex
        self.num_strengths = sum(kind.components for kind in self.source_kinds)
        self.num_values = sum(field.components for field in self.fields)
