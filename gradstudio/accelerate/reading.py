"""A numpy call, read as an instruction of the compiled machine.

What isn't known exactly (a function of Python's, a type that would be cast, memory that overlaps) is read as nothing,
and will be called as before. What is read gives the same bits either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradstudio.accelerate.instructions import (
    PUT,
    TAKE,
    Flat,
    copying,
    flat,
    gathering,
    grid,
    product,
    summing,
    widening,
)
from gradstudio.accelerate.layout import Axis, Place, axes_of, place_of
from gradstudio.accelerate.loops import loop_of
from gradstudio.engine.gate import Array

BLOCK = 8192
"""Bytes of an operand that are computed at a time: those of a handful of operands stay in a core's first cache."""
ROWS = 64
"""A reduction over more rows than this is left to numpy."""
REMEMBERED = 64
"""Arrays whose place is remembered: calls that follow each other share some."""
_BOOL, _PLACES = np.dtype(bool), np.dtype(np.int64)


class Part(NamedTuple):
    """What a call was read as.

    Attributes:
        rows: flat instructions; where there are none, it is the other one.
        code: the words of any other instruction.
        work: an array the instructions work in.
    """

    rows: tuple[Flat, ...] = ()
    code: Sequence[int] = ()
    work: Array | None = None


class Reader:
    """Reads calls one after the other, and remembers where their arrays lie."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[Place, Array]] = {}

    def read(self, call: Callable[[], Any]) -> Part | None:
        """What a call does; None if that isn't known."""
        if type(call) is not partial:
            return None
        function, args, kwargs = call.func, call.args, call.keywords
        if type(function) is np.ufunc:
            if len(kwargs) == 1 and "out" in kwargs:
                args, kwargs = (*args, kwargs["out"]), {}
            return None if kwargs else self._ufunc(function, args)
        owner = getattr(function, "__self__", None)
        reader = _METHODS.get((type(owner), getattr(function, "__name__", "")))
        return None if reader is None or kwargs else reader(self, owner, *args)

    def place(self, array: Array) -> Place:
        """Where an array lies."""
        found = self._places.get(id(array))
        if found is None:
            if len(self._places) == REMEMBERED:
                self._places.clear()
            found = self._places[id(array)] = (place_of(array), array)
        return found[0]

    def _ufunc(self, ufunc: np.ufunc, args: tuple[Any, ...]) -> Part | None:
        if len(args) != ufunc.nargs or ufunc.nout != 1 or not _are_plain(*args):
            return None
        if ufunc is np.matmul:
            return self._product(*args)
        return None if ufunc.signature else self._elementwise(ufunc, args)

    def _elementwise(self, ufunc: np.ufunc, args: tuple[Array, ...]) -> Part | None:
        axes, addresses = self._together(args)
        if not axes or not all(step in (0, a.itemsize) for step, a in zip(axes[-1].steps, args, strict=True)):
            return None  # numpy's loops for entries with gaps aren't all alike, and not all right (negative in 2.4)
        loop = loop_of(ufunc, tuple([array.dtype for array in args]))
        if loop is None:
            return self._comparison(ufunc, args, axes[0]) if len(axes) == 1 else None
        return _along(axes, flat(loop, axes[-1], addresses))

    def _together(self, args: tuple[Array, ...]) -> tuple[list[Axis], list[int]]:
        """Axes and addresses of arrays of which the last is written; none where that would spoil another one."""
        places = [self.place(array) for array in args]
        out, written = args[-1], places[-1]
        for array, place in zip(args, places, strict=True):
            if array is not out and place.meets(written) and not (place == written and _are_alike(array, out)):
                return [], []
        return axes_of(args), [place[0] for place in places]

    def _comparison(self, ufunc: np.ufunc, args: tuple[Array, ...], axis: Axis) -> Part | None:
        """A ufunc that makes bools, which are to be written as numbers: by way of the bools of a block of entries."""
        *inputs, out = args
        loop = loop_of(ufunc, (*(array.dtype for array in inputs), _BOOL))
        if loop is None or out.dtype.kind != "f" or out.itemsize < 4:
            return None
        work = np.zeros(min(axis.entries, BLOCK // 4), bool)
        bools = place_of(work).first
        ahead = Axis(axis.entries, (*axis.steps[:-1], 1))
        compare = flat(loop, ahead, [*(self.place(array).first for array in inputs), bools])
        compare = compare._replace(moves=(*compare.moves[:-1], False))
        return Part((compare, widening(bools, self.place(out).first, Axis(axis.entries, (1, out.itemsize)))), work=work)

    def _dot(self, a: Array, b: Any, out: Any = None) -> Part | None:
        """a.dot(b, out) of matrices or rows that lie in one piece: then np.matmul does the very same.

        But for the sign of a zero where a factor is one number, which np.dot multiplies without adding it up.
        """
        if not _are_plain(a, b, out) or not all(x.flags.c_contiguous or x.flags.f_contiguous for x in (a, b)):
            return None
        if out.dtype.char not in "fd":
            return None
        if a.ndim == b.ndim == 1 and a.size == b.size and out.ndim == 0:
            return self._product(a.reshape(1, -1), b.reshape(-1, 1), out.reshape(1, 1))
        known = a.ndim == b.ndim == out.ndim == 2 and out.flags.c_contiguous and min(a.size, b.size) > 1
        known = known and not self.place(a).meets(self.place(b))
        return self._product(_in_order(a), _in_order(b), _in_order(out)) if known else None

    def _product(self, a: Array, b: Array, out: Array) -> Part | None:
        """A matrix product, or one for each entry of an axis in front."""
        arrays = (a, b, out)
        places = [self.place(array) for array in arrays]
        loop = loop_of(np.matmul, (a.dtype, b.dtype, out.dtype))
        if loop is None or places[2].meets(places[0]) or places[2].meets(places[1]) or not out.size * a.size:
            return None
        stacks = {array.shape[0] for array in arrays if array.ndim == 3}
        if out.ndim not in (2, 3) or {a.ndim, b.ndim} - {2, out.ndim} or len(stacks) > 1:
            return None
        if a.shape[-1] != b.shape[-2] or out.shape[-2:] != (a.shape[-2], b.shape[-1]):
            return None
        steps = [array.strides[0] if array.ndim == 3 else 0 for array in arrays]
        steps += [step for array in arrays for step in array.strides[-2:]]
        dims = [*(stacks or [1]), a.shape[-2], a.shape[-1], out.shape[-1]]
        return Part(code=product(loop, [place.first for place in places], dims, steps))

    def _assigned(self, out: Array, where: Any, array: Any) -> Part | None:
        """out[...] = array."""
        return self._copy(array, out) if where is Ellipsis and _are_plain(array, out) else None

    def _copy(self, array: Array, out: Array) -> Part | None:
        axes, addresses = self._together((array, out))
        if not axes or array.dtype != out.dtype or out.dtype.kind not in "fi" or out.itemsize not in (4, 8):
            return None
        return _along(axes, copying(axes[-1], addresses, out.itemsize))

    def _reduced(self, ufunc: np.ufunc, x: Any, axis: Any = 0, *how: Any) -> Part | None:
        """ufunc.reduce(x, 0, None, out) or with True behind it: row by row, as numpy does for the slowest axis."""
        dtype, out, keepdims = (*how, False)[:3] if 2 <= len(how) <= 3 else (None, None, False)
        if axis != 0 or dtype is not None or not _are_plain(x, out) or x.dtype != out.dtype or x.dtype.kind != "f":
            return None
        out = out[0] if keepdims and out.ndim else out
        if x.ndim < 2 or not 2 <= len(x) <= ROWS or out.size < 2 or out.shape != x.shape[1:]:
            return None
        if not x.flags.c_contiguous or not out.flags.c_contiguous:
            return None
        parts = [self._copy(x[0], out), *(self._elementwise(ufunc, (out, row, out)) for row in x[1:])]
        rows = [row for part in parts if part is not None for row in part.rows]
        return Part(tuple(rows)) if len(rows) == len(x) else None

    def _take(self, whole: Array, places: Any, axis: Any = 0, some: Any = None, mode: Any = "") -> Part | None:
        """whole.take(places, None, some, "clip")."""
        if axis is not None or mode != "clip" or not self._are_rows(whole, places, some) or not some.flags.writeable:
            return None
        return self._gather(TAKE, whole, places, some)

    def _put(self, whole: Array, places: Any, some: Any = None, mode: Any = "") -> Part | None:
        """whole.put(places, some, "clip")."""
        if mode != "clip" or not self._are_rows(whole, places, some) or not whole.flags.writeable:
            return None
        return self._gather(PUT, whole, places, some)

    def _gather(self, what: int, whole: Array, places: Array, some: Array) -> Part | None:
        if whole.itemsize not in (4, 8) or places.size != some.size:
            return None
        return Part(code=gathering(what, whole, places, [self.place(a).first for a in (whole, places, some)]))

    def _summed(self, ufunc: np.ufunc, *args: Any) -> Part | None:
        """np.add.reduceat(parts, starts, 0, None, out)."""
        if ufunc is not np.add or len(args) != 5 or args[2] != 0 or args[3] is not None:
            return None
        parts, starts, out = args[0], args[1], args[4]
        if not self._are_rows(parts, starts, out) or out.dtype.kind != "f" or out.itemsize not in (4, 8):
            return None
        adding = loop_of(np.add, (out.dtype, out.dtype, out.dtype))
        fits = starts.size == out.size and starts.min() >= 0 and starts.max() < parts.size and out.flags.writeable
        if adding is None or not fits:
            return None
        return Part(code=summing(parts, starts, [self.place(a).first for a in (parts, starts, out)], adding))

    def _are_rows(self, whole: Any, places: Any, some: Any) -> bool:
        """Whether these are rows apart from each other, of which the second holds places."""
        for array in (whole, places, some):
            if type(array) is not np.ndarray or array.ndim != 1 or not array.size:
                return False
            if not array.flags.c_contiguous or not array.flags.aligned:
                return False
        if whole.dtype != some.dtype or whole.dtype.kind not in "fi" or places.dtype != _PLACES:
            return False
        first, second, third = self.place(whole), self.place(places), self.place(some)
        return not (first.meets(second) or first.meets(third) or second.meets(third))


def _along(axes: Sequence[Axis], row: Flat) -> Part:
    """A flat instruction along the last of these axes, repeated along the others."""
    return Part((row,)) if len(axes) == 1 else Part(code=grid(axes[:-1], row))


def _are_plain(*arrays: Any) -> bool:
    """Whether these are arrays numpy goes through without a copy, and the last one can be written."""
    for array in arrays:
        if type(array) is not np.ndarray or not array.flags.aligned:
            return False
    return bool(arrays[-1].flags.writeable)


def _in_order(matrix: Array) -> Array:
    """The same matrix, in one piece of memory, with the usual strides where an axis of one entry has odd ones."""
    if matrix.flags.c_contiguous:
        return matrix.reshape(-1).reshape(matrix.shape)
    return matrix.T.reshape(-1).reshape(matrix.T.shape).T


def _are_alike(array: Array, out: Array) -> bool:
    """Whether two arrays that begin at one address have each entry at the same one."""
    return array.shape == out.shape and array.strides == out.strides and array.itemsize == out.itemsize


_Method: TypeAlias = "Callable[..., Part | None]"
_METHODS: Mapping[tuple[type, str], _Method] = MappingProxyType(
    {
        (np.ndarray, "__setitem__"): Reader._assigned,
        (np.ndarray, "dot"): Reader._dot,
        (np.ndarray, "take"): Reader._take,
        (np.ndarray, "put"): Reader._put,
        (np.ufunc, "reduce"): Reader._reduced,
        (np.ufunc, "reduceat"): Reader._summed,
    }
)
