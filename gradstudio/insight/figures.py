"""Arrays as a sheet shows them: printed where they are small, else a picture of bounded size with numbers for all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gradstudio.engine.gate import Array, Shape, shape_text

SIDE = 64
"""A picture has so many rows and columns at most."""
PRINTED_ROWS, PRINTED_COLUMNS = 8, 6
"""A matrix of at most so many is printed, entry by entry."""


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """One array, by a copy of bounded size.

    Attributes:
        name: in the course's notation, e.g. "∂L/∂x".
        shape: of the whole array.
        norm: Euclidean norm of all of it; so are the following.
        low: smallest entry; nan where there is none.
        high: largest entry.
        zeros: number of entries that are exactly 0.
        cells: the entries as rows and columns: all of them, or every so many-th.
        every: of which rows and which columns of the array (laid out row by row) the cells are.
    """

    name: str
    shape: Shape
    norm: float
    low: float
    high: float
    zeros: int
    cells: Array
    every: tuple[int, int]

    @property
    def count(self) -> int:
        """Number of entries of the array."""
        return math.prod(self.shape)

    @property
    def scalar(self) -> float | None:
        """The number, where the array holds just one."""
        return float(self.cells[0, 0]) if self.count == 1 else None

    @property
    def printed(self) -> bool:
        """Whether it is small enough to be printed."""
        rows, columns = self.cells.shape
        return self.every == (1, 1) and rows <= PRINTED_ROWS and columns <= PRINTED_COLUMNS

    @property
    def text(self) -> str:
        """The number; the printed matrix; or what is true of all of it."""
        if self.scalar is not None:
            return number(self.scalar)
        if self.printed:
            return f"{shape_text(self.shape)} [{'; '.join('  '.join(map(number, row)) for row in self.cells)}]"
        return f"{shape_text(self.shape)}, norm {number(self.norm)}, {number(self.low)} … {number(self.high)}"

    @property
    def seen(self) -> str:
        """Which entries a picture shows, where it doesn't show all."""
        if self.every == (1, 1):
            return ""
        parts = [f"every {n}th {word}" for n, word in zip(self.every, ("row", "column"), strict=True) if n > 1]
        return " and ".join(parts)


def figure(name: str, array: Array) -> Figure:
    """A bounded copy of an array, with what is true of all of it."""
    every, laid = _every(array), as_matrix(array)
    cells = np.array(laid[:: every[0], :: every[1]], np.float64)
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(array)) if array.dtype.kind == "f" else math.sqrt(float((cells * cells).sum()))
        low, high = (float(array.min()), float(array.max())) if array.size else (math.nan, math.nan)
    zeros = array.size - int(np.count_nonzero(array))
    cells.flags.writeable = False
    return Figure(name, array.shape, norm, low, high, zeros, cells, every)


def as_matrix(array: Array) -> Array:
    """An array laid out as rows and columns: its last axis goes across, a single number is one cell."""
    if array.ndim == 0:
        return array.reshape(1, 1)
    return array.reshape(math.prod(array.shape[:-1]), array.shape[-1])


def number(value: float) -> str:
    """Six digits that count, without a minus before zero: -12, 0.196612, 3.1e-07."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value + 0.0:.6g}"


def _every(array: Array) -> tuple[int, int]:
    rows, columns = as_matrix(array).shape
    return max(1, -(-rows // SIDE)), max(1, -(-columns // SIDE))
