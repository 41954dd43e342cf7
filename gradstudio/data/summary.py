"""What a column holds, in numbers: for previews, the command line and the choice of a preparation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradstudio.data.table import Column, Table, Type, date_text

BINS = 20
MOST_LOOKED_AT = 100_000
"""Rows of arrays that are summed up: they may be larger than memory."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often values fall into equal parts of their range.

    Attributes:
        edges: one more than counts, growing.
        counts: of each part.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A column in numbers.

    Attributes:
        name: of the column.
        type: of its cells.
        rows: cells in all.
        missing: cells without a value.
        distinct: different values; None for arrays.
        least: smallest finite number or date; None where there is none.
        greatest: the largest one.
        mean: of the finite ones.
        deviation: their standard deviation.
        infinite: cells that hold infinity.
        histogram: of finite numbers and dates.
        counts: how often each category occurs, the most frequent first.
        shape: of each array.
    """

    name: str
    type: Type
    rows: int
    missing: int
    distinct: int | None = None
    least: float | None = None
    greatest: float | None = None
    mean: float | None = None
    deviation: float | None = None
    infinite: int = 0
    histogram: Histogram | None = None
    counts: tuple[tuple[str, int], ...] = ()
    shape: tuple[int, ...] | None = None

    @property
    def constant(self) -> bool:
        """Whether all its cells say the same."""
        return self.distinct == 1 or (self.least is not None and self.least == self.greatest and self.infinite == 0)

    def words(self) -> str:
        """The range or the most frequent categories, in a few words."""
        if self.counts:
            shown = ", ".join(f"{name} {n:,}" for name, n in self.counts[:4])
            return shown + (", …" if len(self.counts) > 4 else "")
        if self.least is None or self.greatest is None:
            return ""
        if self.type is Type.DATE:
            return f"{date_text(self.least)} to {date_text(self.greatest)}"
        low, high = _plain(self.least, 6), _plain(self.greatest, 6)
        return f"{low} to {high}, mean {_plain(self.mean, 4)}, deviation {_plain(self.deviation, 4)}"


def _plain(number: float | None, digits: int) -> str:
    """A number in so many digits; larger ones in whole numbers, without a power of ten as long as they can be read."""
    assert number is not None
    return f"{number:.0f}" if 10**digits <= abs(number) < 1e10 else f"{number:.{digits}g}"


def summaries(table: Table) -> tuple[Summary, ...]:
    """Every column in numbers."""
    return tuple(summary(column) for column in table.columns)


def summary(column: Column) -> Summary:
    """One column in numbers."""
    if column.type is Type.CATEGORY:
        return _of_categories(column)
    if column.type is Type.TEXT:
        texts = [text for text in column.values if text is not None]
        return Summary(column.name, column.type, len(column), len(column) - len(texts), len(set(texts)))
    if column.type is Type.ARRAY:
        return _of_arrays(column)
    missing = int(column.absent().sum())
    numbers = column.values[~np.isnan(column.values)]
    return _of_numbers(column, missing, numbers, len(np.unique(numbers)))


def _of_categories(column: Column) -> Summary:
    counts = np.bincount(column.values[column.values >= 0], minlength=len(column.categories))
    order = np.argsort(-counts, kind="stable")
    named = tuple((column.categories[i], int(counts[i])) for i in order if counts[i])
    missing = int((column.values < 0).sum())
    return Summary(column.name, column.type, len(column), missing, len(named), counts=named)


def _of_arrays(column: Column) -> Summary:
    numbers = np.asarray(column.values[:MOST_LOOKED_AT], np.float64).ravel()
    return _of_numbers(column, int(np.isnan(numbers).sum()), numbers[~np.isnan(numbers)], None)


def _of_numbers(column: Column, missing: int, numbers: np.ndarray, distinct: int | None) -> Summary:
    finite = numbers[np.isfinite(numbers)]
    shape = tuple(column.values.shape[1:]) if column.type is Type.ARRAY else None
    infinite = len(numbers) - len(finite)
    if not len(finite):
        return Summary(column.name, column.type, len(column), missing, distinct, infinite=infinite, shape=shape)
    low, high = float(finite.min()), float(finite.max())
    mean, deviation = moments(finite)
    return Summary(
        column.name, column.type, len(column), missing, distinct, low, high, mean, deviation, infinite,
        _histogram(finite, low, high), shape=shape,
    )  # fmt: skip


def moments(numbers: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of finite numbers, however large they are."""
    size = float(np.abs(numbers).max()) or 1.0
    scaled = numbers / size
    return float(scaled.mean()) * size, float(scaled.std()) * size


def _histogram(numbers: np.ndarray, low: float, high: float) -> Histogram:
    size = max(abs(low), abs(high)) or 1.0
    if not low / size < high / size:
        return Histogram((low, high), (len(numbers),))
    counts, edges = np.histogram(numbers / size, BINS, (low / size, high / size))
    return Histogram(tuple((edges * size).tolist()), tuple(counts.tolist()))
