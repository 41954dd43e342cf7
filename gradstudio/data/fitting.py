"""From columns to features and back: how each column is filled, encoded and scaled, as found on the training part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from gradstudio.data.errors import Unsuited, shown
from gradstudio.data.progress import told
from gradstudio.data.samples import release
from gradstudio.data.summary import moments
from gradstudio.data.table import Column, Rows, Table, Type, Values, column_of_texts

ABSENT = "(missing)"
"""The category of cells that have none, where they are kept."""
PIECE = 2**25
"""Bytes of an array that are looked at together."""
TOGETHER = 2**20
"""Numbers of a column that are looked at together."""


class Feature(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done to one column.

    Attributes:
        name: of the column.
        type: of its cells.
        categories: in the order of their one-hot entries or indices.
        one_hot: whether a category becomes a row of zeros with a one in it, not its index.
        fill: what stands for a missing number; None where one is refused.
        shift: subtracted from numbers: one number, or one for each entry of a row.
        scale: numbers are divided by it, after the shift.
        shape: of the array in each cell.
    """

    name: str
    type: Type
    categories: tuple[str, ...] = ()
    one_hot: bool = False
    fill: float | None = None
    shift: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)
    shape: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """How many features it makes."""
        if self.type is Type.ARRAY:
            return math.prod(self.shape)
        return len(self.categories) if self.one_hot else 1

    @property
    def names(self) -> tuple[str, ...]:
        """What the features are called."""
        if self.type is Type.ARRAY:
            return tuple(f"{self.name} {i + 1}" for i in range(self.width))
        return tuple(f"{self.name} = {one}" for one in self.categories) if self.one_hot else (self.name,)

    def apply(self, column: Column, table: Table) -> npt.NDArray[Any]:
        """The features of a column's cells, one row each.

        Raises:
            Unsuited: at a cell that can't be made into one: missing, infinite, of a category not seen before.
        """
        if self.type is Type.CATEGORY:
            return self._encoded(column, table)
        if self.type is Type.ARRAY:
            refuse_unsound(column.values, np.arange(len(column)), column, table)
            return self.scaled(column.values)
        if column.type not in (Type.NUMBER, Type.DATE):
            place = f"column {shown(column.name)}"
            raise Unsuited("numbers", f"cells of {column.type}", "Correct them.", place=place, name=table.name)
        values = column.values
        absent = np.isnan(values)
        if absent.any():
            if self.fill is None:
                raise _missing(column, table, int(absent.argmax()))
            values = np.where(absent, self.fill, values)
        refuse_infinite(column, table)
        return self.scaled(values)[:, None]

    def scaled(self, values: Values) -> npt.NDArray[Any]:
        """Numbers after shift and scale; arrays become float32."""
        kind = np.dtype(np.float32 if self.type is Type.ARRAY else np.float64)
        shift, scale = (np.asarray(pair, kind) for pair in (self.shift, self.scale))
        out: npt.NDArray[Any] = values.astype(kind)
        out -= shift
        out /= scale
        return out

    def inverse(self, features: npt.NDArray[Any]) -> Values:
        """The cells these features stand for: numbers, or names of categories as objects."""
        if self.type is not Type.CATEGORY:
            cells: Values = features.reshape(-1, *self.shape) * np.asarray(self.scale) + np.asarray(self.shift)
            return cells
        codes = features.argmax(axis=1) if self.one_hot else np.rint(features[:, 0]).astype(np.int64)
        names: Values = np.array(self.categories, object)[codes]
        return names

    def codes(self, column: Column, table: Table) -> npt.NDArray[np.int64]:
        """Where the cells of a column of categories stand among those of this one.

        Raises:
            Unsuited: at a cell that is missing or of a category not seen before.
        """
        if column.type is not Type.CATEGORY:
            column = as_categories(column)
        known = {name: i for i, name in enumerate(self.categories)}
        coded = [*(known.get(text, -2) for text in column.categories), known.get(ABSENT, -1)]
        codes: npt.NDArray[np.int64] = np.array(coded, np.int64)[column.values]
        wrong = np.flatnonzero(codes < 0)
        if len(wrong):
            row = int(wrong[0])
            if codes[row] == -1:
                raise _missing(column, table, row)
            raise Unsuited(
                f"one of {', '.join(self.categories[:8])}", shown(column.text(row)), "Correct the cell.",
                place=table.place(row, column), name=table.name,
            )  # fmt: skip
        return codes

    def _encoded(self, column: Column, table: Table) -> npt.NDArray[Any]:
        codes = self.codes(column, table)
        if self.one_hot:
            return np.eye(len(self.categories))[codes]
        return np.asarray(codes[:, None], np.float64)


def as_categories(column: Column) -> Column:
    """A column of numbers, dates or texts as one of categories; numbers in their order."""
    if column.type is Type.CATEGORY:
        return column
    if column.type is Type.TEXT:
        return column_of_texts(column.name, list(column.values), Type.CATEGORY)
    whole = np.asarray(column.values)
    distinct, places = _distinct(whole), np.empty(len(whole), np.int64)
    for start in range(0, len(whole), TOGETHER):
        values = whole[start : start + TOGETHER]
        places[start : start + TOGETHER] = np.where(np.isnan(values), -1, np.searchsorted(distinct, values))
    names = Column(column.name, column.type, distinct)
    return Column(column.name, Type.CATEGORY, places, tuple(names.text(i) for i in range(len(distinct))))


def _distinct(values: Values) -> Values:
    """Different numbers in their order, NaN left out; a part at a time takes less memory than all at once."""
    found = [np.unique(values[start : start + TOGETHER]) for start in range(0, len(values), TOGETHER)]
    every = np.unique(np.concatenate(found)) if found else np.empty(0)
    return np.asarray(every[~np.isnan(every)])


def numbers_of(column: Column, rows: Rows, scaling: str, fill: float | None) -> tuple[float, float]:
    """Shift and scale of a column of numbers, from the rows that train."""
    if scaling == "none":
        return 0.0, 1.0
    found = [_numbers(column.values[rows[i : i + TOGETHER]], fill) for i in range(0, len(rows), TOGETHER)]
    found = [piece for piece in found if len(piece)]
    if not found:
        return 0.0, 1.0
    if scaling == "min-max":
        low, high = float(min(piece.min() for piece in found)), float(max(piece.max() for piece in found))
        return low, (high - low) or 1.0
    mean, deviation = moments(found[0]) if len(found) == 1 else _moments_of_many(found)
    return mean, deviation or 1.0


def _numbers(values: Values, fill: float | None) -> Values:
    """Numbers without gaps, or with what fills them."""
    absent = np.isnan(values)
    if not absent.any():
        return values
    return values[~absent] if fill is None else np.where(absent, fill, values)


def _moments_of_many(found: Sequence[Values]) -> tuple[float, float]:
    """Mean and deviation of finite numbers in pieces, however large they are."""
    size = max(float(np.abs(piece).max()) for piece in found) or 1.0
    mean, variance = _moments((piece / size for piece in found), None)
    return float(mean) * size, float(np.sqrt(variance)) * size


def arrays_of(column: Column, rows: Rows, scaling: str, table: Table) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Shift and scale of a column of arrays: one for each entry of a row of numbers, one in all for pictures.

    Raises:
        Unsuited: at the first NaN or infinity, where numbers are looked at.
    """
    axes = None if column.values.ndim > 2 else 0
    if scaling == "none":
        return (0.0,), (1.0,)
    if scaling == "min-max":
        ends = [(piece.min(axis=axes), piece.max(axis=axes)) for piece in _sound(column, rows, table)]
        low, high = (np.asarray(end, np.float64) for end in zip(*ends, strict=True))
        return _pair(low.min(axis=0), high.max(axis=0) - low.min(axis=0))
    mean, variance = _moments(_sound(column, rows, table), axes)
    return _pair(mean, np.sqrt(variance))


def _moments(found: Iterator[Values], axes: int | None) -> tuple[Values, Values]:
    """Mean and variance of pieces in one pass: those of each, put together (Chan, Golub and LeVeque, 1983)."""
    count, mean, spread = 0, np.zeros(()), np.zeros(())
    for piece in found:
        more = piece.size if axes is None else len(piece)
        far = piece.astype(np.float64)
        middle = far.mean(axis=axes)
        far -= middle
        spread = (
            spread + np.square(far, out=far).sum(axis=axes) + (middle - mean) ** 2 * (count * more / (count + more))
        )
        mean = mean + (middle - mean) * (more / (count + more))
        count += more
    return np.asarray(mean), np.asarray(spread / count)


def _sound(column: Column, rows: Rows, table: Table) -> Iterator[Values]:
    """Some rows of a column of arrays at a time, all of them finite."""
    begin = 0
    for piece in pieces(column.values, rows):
        refuse_unsound(piece, rows[begin:], column, table)
        begin += len(piece)
        yield piece


def refuse_unsound(arrays: Values, rows: Rows, column: Column, table: Table) -> None:
    """Refuse NaN and infinity in arrays that lie in these rows of a table."""
    if arrays.dtype.kind != "f" or np.isfinite(arrays).all():
        return
    at = int(np.argwhere(~np.isfinite(arrays))[0][0])
    raise Unsuited(
        "finite numbers", "NaN or infinity", "Correct the array, or leave its row out.",
        place=table.place(int(rows[at]), column), name=table.name,
    )  # fmt: skip


def pieces(values: Values, rows: Rows) -> Iterator[Values]:
    """Some rows of an array, a few at a time: it may be larger than memory."""
    step = max(1, PIECE // (8 * max(1, math.prod(values.shape[1:]))))
    for start in range(0, len(rows), step):
        yield values[rows[start : start + step]]
        release(values)
        told(start + step, len(rows))


def _pair(shift: Values, scale: Values) -> tuple[tuple[float, ...], tuple[float, ...]]:
    kept = np.where(np.asarray(scale) > 0, scale, 1.0)
    return tuple(np.atleast_1d(shift).tolist()), tuple(np.atleast_1d(kept).tolist())


def _missing(column: Column, table: Table, row: int) -> Unsuited:
    return Unsuited(
        "a value", "an empty cell", "Fill it in, or choose what stands for missing values.",
        place=table.place(row, column), name=table.name,
    )  # fmt: skip


def refuse_infinite(column: Column, table: Table) -> None:
    """Refuse infinity in a column of numbers."""
    infinite = np.isinf(column.values)
    if infinite.any():
        raise Unsuited(
            "a finite number", "infinity", "Correct the cell, or leave it empty.",
            place=table.place(int(infinite.argmax()), column), name=table.name,
        )  # fmt: skip
