"""Columns of texts become columns of numbers, dates, categories or texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import polars as pl

from gradstudio.data.reading import CellType, Reading
from gradstudio.data.table import Column, Odd, Type, column_of_texts

REFUSALS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OverflowError, MemoryError)
"""What polars raises, one or the other, for bytes that aren't what they should be."""
NEARLY = 0.8
"""From this share of numbers on a column is taken for one of numbers with odd cells in it."""
MOST_CATEGORIES = 1000
DATES = (
    *("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%d.%m.%Y"),
    *("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y"),
)
_LOOKS_DATED = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.{0,12}")


def recognised(
    frame: pl.DataFrame, names: Sequence[str], decimal: str, reading: Reading
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns of a frame of texts and numbers, and sentences on what isn't plain to see."""
    numbers = frame.with_columns(pl.col(pl.String).cast(pl.Float64, strict=False))
    clean = _counts(frame) == _counts(numbers)
    columns, notes = [], []
    for i, (name, texts) in enumerate(zip(names, frame.get_columns(), strict=True)):
        said = reading.types.get(name)
        known = texts.dtype == pl.Float64 or (clean[i] and decimal == "." and texts.null_count() < len(texts))
        if known and said in (None, "number"):
            columns.append(Column(name, Type.NUMBER, number_values(numbers.to_series(i))))
            continue
        column, note = _column(name, texts, decimal, reading, said)
        columns.append(column)
        notes += [note] if note else []
    return tuple(columns), tuple(notes)


def number_values(series: pl.Series) -> np.ndarray:
    """Numbers as float64, NaN where there is none."""
    return np.asarray(series.cast(pl.Float64).to_numpy())


def _counts(frame: pl.DataFrame) -> np.ndarray:
    return np.asarray(frame.null_count().to_numpy()[0])


def _column(
    name: str, texts: pl.Series, decimal: str, reading: Reading, said: CellType | None
) -> tuple[Column, str | None]:
    stripped = texts.str.strip_chars()
    cells = stripped.set(stripped.is_in(list(reading.missing)), None)
    numbers = plain(cells, decimal).cast(pl.Float64, strict=False)
    filled, numeric = cells.count(), numbers.count()
    if said == "number" or (said is None and numeric == filled):
        return Column(name, Type.NUMBER, number_values(numbers)), None
    if said in (None, "date") and (dated := _dates(cells, strict=said is None)) is not None:
        days, note = dated
        return Column(name, Type.DATE, days), note and f"Column “{name}”: {note}"
    column = column_of_cells(name, cells, _kind_of_texts(cells, said))
    if said is None and numeric >= NEARLY * filled:
        return _with_odd(column, cells, numbers, filled - numeric), None
    return column, None


def column_of_cells(name: str, cells: pl.Series, kind: Type) -> Column:
    """A column of categories, sorted by name, or of texts."""
    if kind is Type.TEXT:
        return column_of_texts(name, cells.to_list(), kind)
    categories = tuple(cells.drop_nulls().unique().sort().to_list())
    places = cells.rank("dense").cast(pl.Int64) - 1
    return Column(name, kind, np.array(places.fill_null(-1).to_numpy()), categories)


def plain(cells: pl.Series, decimal: str) -> pl.Series:
    """Numbers as programs write them: a decimal point, no marks between thousands."""
    if not cells.str.contains(r"^[+-]?\d.*,|^[+-]?,").any():
        return (
            cells if decimal == "." or not cells.str.contains(".", literal=True).any() else _ungrouped(cells, decimal)
        )
    return _ungrouped(cells, decimal)


def _ungrouped(cells: pl.Series, decimal: str) -> pl.Series:
    mark, point = (r"\.", ",") if decimal == "," else (",", r"\.")
    grouped = cells.str.contains(rf"^[+-]?\d{{1,3}}({mark}\d{{3}})+({point}\d+)?$")
    if grouped.any():
        cells = cells.zip_with(~grouped.fill_null(False), cells.str.replace_all(mark, ""))
    return cells.str.replace(",", ".", literal=True) if decimal == "," else cells


def _kind_of_texts(cells: pl.Series, said: CellType | None) -> Type:
    if said in ("category", "text"):
        return Type(said)
    distinct = cells.drop_nulls().n_unique()
    return Type.CATEGORY if distinct <= 2 or distinct <= min(MOST_CATEGORIES, len(cells) / 2) else Type.TEXT


def _with_odd(column: Column, cells: pl.Series, numbers: pl.Series, count: int) -> Column:
    row = int((cells.is_not_null() & numbers.is_null()).arg_max() or 0)
    return Column(column.name, column.type, column.values, column.categories, Odd(row, str(cells[row]), count))


def _dates(cells: pl.Series, *, strict: bool) -> tuple[np.ndarray, str | None] | None:
    """Days since 1970 in the form most cells have; all of them must have it unless a date was asked for."""
    first = cells.drop_nulls().head(1).to_list()
    if strict and not (first and _LOOKS_DATED.fullmatch(first[0])):
        return None
    tried = [(form, cells.str.to_datetime(form, strict=False, time_unit="us")) for form in DATES]
    form, best = max(tried, key=lambda pair: pair[1].count())
    if best.count() == 0 or (strict and best.count() < cells.count()):
        return None
    other = dict(tried)["%m/%d/%Y"]
    doubtful = form == "%d/%m/%Y" and other.count() == best.count()
    days = best.dt.timestamp("us").cast(pl.Float64) / 86_400_000_000
    note = "dates such as 03/04/2020 are read with the day first; say “text” for the column if that is wrong."
    return number_values(days), note if doubtful else None
