"""Axes and shapes: how they are typed, which of them an array has, and views that need no copy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.gate import Array, Param, Shape, shape_text
from gradstudio.engine.types import MOST_AXES

MOST_DIGITS = 15
"""Of a whole number in a text: no array has more entries than that."""


def axis_param(default: int | None, help_text: str) -> Param:
    """A param for one axis, which may be left empty where there is no default."""
    return Param("int", default, help_text, low=-MOST_AXES, high=MOST_AXES - 1, optional=default is None)


def whole_numbers(title: str, name: str, text: str) -> tuple[int, ...]:
    """The whole numbers in a text such as "-1, 8"; none in an empty one.

    Raises:
        ParamError: if the text holds anything else, or more numbers than an array has axes.
    """
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    words = text.replace("−", "-").replace("×", ",").replace(",", " ").split()
    if len(words) > MOST_AXES or not all(_is_whole(word) for word in words):
        raise ParamError(f"{title}: {name} needs at most {MOST_AXES} whole numbers such as “-1, 8”, found “{shown}”.")
    if not all(len(word.removeprefix("-")) <= MOST_DIGITS for word in words):
        raise ParamError(f"{title}: {name} needs whole numbers of at most {MOST_DIGITS} digits, found “{shown}”.")
    return tuple(int(word) for word in words)


def _is_whole(word: str) -> bool:
    digits = word.removeprefix("-")
    return digits.isascii() and digits.isdigit()


def place(title: str, axis: int, x: Shape) -> int:
    """An axis counted from the front.

    Raises:
        ShapeError: if the array has no such axis.
    """
    if not -len(x) <= axis < len(x):
        raise ShapeError(f"{title} finds no axis {axis} in its input, which is {shape_text(x)}.")
    return axis % len(x)


def new_place(title: str, axis: int, x: Shape) -> int:
    """Where a new axis goes, counted from the front.

    Raises:
        ShapeError: if the array has too few axes for that.
    """
    if not -len(x) - 1 <= axis <= len(x):
        raise ShapeError(f"{title} can't put a new axis {axis} into its input, which is {shape_text(x)}.")
    return axis % (len(x) + 1)


def along(axis: int, part: slice, rank: int) -> tuple[slice, ...]:
    """The index that takes a part along one axis and all of the others."""
    return tuple(part if a == axis % rank else slice(None) for a in range(rank))


def total(lengths: Shape) -> int:
    """How many entries so many axes span."""
    return math.prod(lengths)


def seen_as(array: Array, shape: Shape) -> Array | None:
    """The same memory in another shape; None where that would need a copy."""
    made = array.reshape(shape)
    return made if array.size == 0 or np.may_share_memory(made, array) else None


def refuse_wrong_count(title: str, x: Shape, wanted: Shape) -> None:
    """Refuse a shape that has another number of entries.

    Raises:
        ShapeError: naming both.
    """
    if math.prod(x) != math.prod(wanted):
        raise ShapeError(
            f"{title} can't make {shape_text(wanted)} of {shape_text(x)}: that is {math.prod(wanted)} entries, "
            f"not {math.prod(x)}."
        )


def tuple_code(parts: Sequence[str]) -> str:
    """A tuple as Python writes it."""
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
