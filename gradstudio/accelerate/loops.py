"""numpy's own inner loops: the compiled functions behind its ufuncs, which go through strided memory.

numpy hands them out, with what else such a call needs, in a capsule whose name tells the layout of what is in it. Where
a later numpy gives it another name, or none at all, there are simply no loops, and everything is called as before.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

_NAME = b"numpy_1.24_ufunc_call_info"


class _CallInfo(ctypes.Structure):
    """What such a capsule points to."""

    _fields_ = (
        ("loop", ctypes.c_void_p),
        ("context", ctypes.c_void_p),
        ("extra", ctypes.c_void_p),
        ("needs_interpreter", ctypes.c_bool),
        ("sets_no_flags", ctypes.c_bool),
    )


class Loop(NamedTuple):
    """An inner loop for operands of certain types: function(context, addresses, entries, strides, extra).

    Attributes:
        function: its address.
        context: the first argument.
        extra: the last one.
        capsule: keeps the three alive.
    """

    function: int
    context: int
    extra: int
    capsule: Any


_is_valid = ctypes.pythonapi.PyCapsule_IsValid
_is_valid.argtypes, _is_valid.restype = (ctypes.py_object, ctypes.c_char_p), ctypes.c_int
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.argtypes, _pointer.restype = (ctypes.py_object, ctypes.c_char_p), ctypes.c_void_p

_known: dict[tuple[np.ufunc, tuple[np.dtype[Any], ...]], Loop | None] = {}


def loop_of(ufunc: np.ufunc, dtypes: Sequence[np.dtype[Any]]) -> Loop | None:
    """The loop of a ufunc for exactly these types of its operands, outputs last; None where there is none."""
    key = (ufunc, tuple(dtypes))
    if key not in _known:
        _known[key] = _find(ufunc, key[1])
    return _known[key]


def _find(ufunc: np.ufunc, dtypes: tuple[np.dtype[Any], ...]) -> Loop | None:
    asked = (*dtypes[: ufunc.nin], *(None,) * ufunc.nout)
    try:
        resolved, capsule = ufunc._resolve_dtypes_and_context(asked)  # type: ignore[attr-defined]
        ufunc._get_strided_loop(capsule)  # type: ignore[attr-defined]
    except (AttributeError, TypeError, RuntimeError):
        return None
    if resolved != dtypes or not all(dtype.isnative for dtype in dtypes) or not _is_valid(capsule, _NAME):
        return None
    info = _CallInfo.from_address(_pointer(capsule, _NAME))
    if info.needs_interpreter or not info.loop:
        return None
    return Loop(info.loop, info.context or 0, info.extra or 0, capsule)
