"""Where arrays lie, and how several are gone through together: along as few axes as there can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradstudio.engine.gate import Array


class Place(NamedTuple):
    """Where an array lies in memory.

    Attributes:
        first: address of its first entry.
        low: its lowest byte.
        high: the byte behind its highest.
    """

    first: int
    low: int
    high: int

    def meets(self, other: Place) -> bool:
        """Whether they may have bytes in common."""
        return self.low < other.high and other.low < self.high


class Axis(NamedTuple):
    """An axis all operands share.

    Attributes:
        entries: along it.
        steps: bytes from one entry to the next, for each operand; 0 where it is repeated.
    """

    entries: int
    steps: tuple[int, ...]


def place_of(array: Array) -> Place:
    """Where an array lies."""
    first = low = high = array.__array_interface__["data"][0]
    if array.flags.c_contiguous:
        return Place(first, first, first + array.nbytes)
    for entries, stride in zip(array.shape, array.strides, strict=True):
        reach = (entries - 1) * stride
        low, high = low + min(reach, 0), high + max(reach, 0)
    return Place(first, low, high + array.itemsize)


def axes_of(arrays: Sequence[Array]) -> list[Axis]:
    """The axes of a call that writes the last of these arrays; none where the others don't broadcast to its shape.

    In the memory order of the output, slowest first; what can be gone through as one axis is one.
    """
    shape = arrays[-1].shape
    if len(shape) == 1:
        return _one_axis(arrays, shape[0])
    if arrays[-1].size == 0 or any(array.ndim > len(shape) for array in arrays):
        return []
    steps = [made for array in arrays if (made := _steps(array, shape)) is not None]
    if len(steps) < len(arrays):
        return []
    axes = [Axis(n, tuple(s[k] for s in steps)) for k, n in enumerate(shape) if n > 1]
    axes.sort(key=lambda axis: -abs(axis.steps[-1]))
    return _joined(axes) or [Axis(1, (0,) * (len(arrays) - 1) + (arrays[-1].itemsize,))]


def _one_axis(arrays: Sequence[Array], entries: int) -> list[Axis]:
    steps = []
    for array in arrays:
        if array.ndim > 1 or array.size not in (1, entries):
            return []
        steps.append(array.strides[0] if array.size > 1 else 0)
    steps[-1] = arrays[-1].strides[0] if entries > 1 else arrays[-1].itemsize
    return [Axis(entries, tuple(steps))] if entries else []


def _steps(array: Array, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Bytes from entry to entry along each axis of a shape the array broadcasts to."""
    missing = len(shape) - array.ndim
    if any(n not in (1, wanted) for n, wanted in zip(array.shape, shape[missing:], strict=True)):
        return None
    own = zip(array.shape, array.strides, strict=True)
    return (0,) * missing + tuple(0 if n == 1 else stride for n, stride in own)


def _joined(axes: Sequence[Axis]) -> list[Axis]:
    joined: list[Axis] = []
    for axis in axes:
        above = joined[-1] if joined else None
        if above and all(a == b * axis.entries for a, b in zip(above.steps, axis.steps, strict=True)):
            joined[-1] = Axis(above.entries * axis.entries, axis.steps)
        else:
            joined.append(axis)
    return joined
