"""Numbers, arrays and shapes as people write them in the inspector and the status bar."""

from __future__ import annotations

import math

import numpy as np

from gradstudio.engine.gate import Array, Value

MINUS = "-"
LARGE, HUGE = 1e3, 1e9
"""Amounts between these are told in whole numbers."""
LARGEST_TYPED = 256
"""Arrays of more entries are shown by their shape: nobody edits them by hand."""


def number(value: float, digits: int = 4) -> str:
    """A few digits that count: -12, 0.7311, 3.1e-07."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return format(value, f".{digits}g")


def amount(value: float, digits: int = 4) -> str:
    """An amount of something that is counted or measured: 0.25, 46.2, 5 258, 159 000; without a power of ten."""
    return grouped(round(value)) if LARGE <= abs(value) < HUGE else number(value, digits)


def exact(value: float) -> str:
    """The shortest text that gives the same number back: -2, 0.1, 1e-05."""
    short = format(value, "g")
    return short if float(short) == value else repr(float(value))


def grouped(count: int) -> str:
    """A count with its thousands apart: 10 000."""
    return f"{count:,}".replace(",", "\u202f")


def seconds(amount: float) -> str:
    """A duration: 0:07, 12:05, 3:01:00."""
    whole = math.ceil(amount)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def as_typed(value: Value) -> str:
    """A param's value as text that `Param.parse` reads back."""
    match value:
        case None:
            return ""
        case np.ndarray():
            return array_text(value)
        case bool() | str() | int():
            return str(value)
    return exact(float(value))


def array_text(array: Array) -> str:
    """An array as nested lists, one row a line."""
    if array.ndim == 0:
        return exact(float(array))
    if array.ndim == 1:
        return "[" + ", ".join(exact(float(v)) for v in array) + "]"
    return "[" + ",\n ".join(array_text(row).replace("\n", "\n ") for row in array) + "]"


def matrix(array: Array, digits: int = 4) -> str:
    """An array of at most two axes as aligned columns, for reading."""
    rows = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
    cells = [[number(float(v), digits) for v in row] for row in rows]
    width = max((len(cell) for row in cells for cell in row), default=0)
    return "\n".join("  ".join(cell.rjust(width) for cell in row) for row in cells)
