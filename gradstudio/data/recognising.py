"""Columns of texts become columns of numbers, dates, categories or texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from gradstudio.data.reading import CellType, Reading
from gradstudio.data.table import Column, Odd, Type, column_of_texts

REFUSALS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OverflowError, MemoryError)
"""What polars raises, one or the other, for bytes that aren't what they should be."""
NEARLY = 0.8
"""From this share of numbers on a column is taken for one of numbers with odd cells in it."""
MOST_CATEGORIES = 1000
LOOK = 256
"""Cells that tell first what is worth trying with all of them."""
DATES = (
    *("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%d.%m.%Y"),
    *("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y"),
)
_LOOKS_DATED = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.{0,12}")


def recognised(
    frame: pl.DataFrame, names: Sequence[str], decimal: str, reading: Reading
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns of a frame of texts and numbers, and sentences on what isn't plain to see."""
    columns, notes = [], []
    for name, series in zip(names, frame.get_columns(), strict=True):
        said = reading.types.get(name)
        numbers = _plainly_numbers(series, decimal) if said in (None, "number") else None
        if numbers is not None:
            columns.append(Column(name, Type.NUMBER, number_values(numbers)))
            continue
        column, note = _column(name, series, decimal, reading, said)
        columns.append(column)
        notes += [note] if note else []
    return tuple(columns), tuple(notes)


def _plainly_numbers(series: pl.Series, decimal: str) -> pl.Series | None:
    """A column as numbers where every cell that isn't empty is one without a further look."""
    if series.dtype == pl.Float64:
        return series
    if decimal != "." or _as_numbers(series.head(LOOK)) is None or series.null_count() == len(series):
        return None
    return _as_numbers(series)


def _as_numbers(texts: pl.Series) -> pl.Series | None:
    """Texts as numbers, if all are some."""
    numbers = texts.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == texts.null_count() else None


def number_values(series: pl.Series) -> np.ndarray:
    """Numbers as float64, NaN where there is none."""
    return np.asarray(series.cast(pl.Float64).to_numpy())


class Cells:
    """The cells of a column, each text that comes again and again looked at once.

    Attributes:
        texts: different ones; those that say there is nothing are null.
        places: of each row, in `texts`.
    """

    def __init__(self, cells: pl.Series, missing: Sequence[str]) -> None:
        distinct = cells.unique()
        few = len(distinct) <= len(cells) / 2
        self.places = _codes(cells, distinct) if few else np.arange(len(cells))
        stripped = (distinct if few else cells).str.strip_chars()
        self.texts = stripped.set(stripped.is_in(list(missing)), None)

    def __len__(self) -> int:
        return len(self.places)

    def count(self, values: pl.Series) -> int:
        """In how many rows there is something, of values that go with `texts`."""
        return int(np.count_nonzero(values.is_not_null().to_numpy()[self.places]))

    def spread(self, values: np.ndarray) -> np.ndarray:
        """In the order of rows, what goes with `texts`."""
        return np.asarray(values[self.places])

    def column(self, name: str, kind: Type) -> Column:
        """As categories or texts."""
        few = column_of_cells(name, self.texts, kind)
        return replace(few, values=self.spread(few.values))


def _codes(cells: pl.Series, distinct: pl.Series) -> np.ndarray:
    """Where each cell stands among the different ones; an empty one where there is null, or at -1."""
    names = distinct.drop_nulls()
    absent = int(distinct.is_null().arg_max() or 0) if distinct.null_count() else -1
    if not len(names):
        return np.full(len(cells), absent)
    places = distinct.is_not_null().arg_true().to_numpy()
    codes = cells.cast(pl.Enum(names)).to_physical().cast(pl.Int64).fill_null(len(names)).to_numpy()
    return np.asarray(np.append(places, absent)[codes], np.int64)


def _column(
    name: str, series: pl.Series, decimal: str, reading: Reading, said: CellType | None
) -> tuple[Column, str | None]:
    cells = Cells(series.cast(pl.String), reading.missing)
    numbers = plain(cells.texts, decimal).cast(pl.Float64, strict=False)
    filled, numeric = cells.count(cells.texts), cells.count(numbers)
    if said == "number" or (said is None and numeric == filled):
        return Column(name, Type.NUMBER, cells.spread(number_values(numbers))), None
    if said in (None, "date") and (dated := _dates(cells.texts, strict=said is None)) is not None:
        days, note = dated
        return Column(name, Type.DATE, cells.spread(days)), note and f"Column “{name}”: {note}"
    column = cells.column(name, _kind_of_texts(cells, said))
    if said is None and numeric >= NEARLY * filled:
        return _with_odd(column, cells, numbers, filled - numeric), None
    return column, None


def column_of_cells(name: str, cells: pl.Series, kind: Type) -> Column:
    """A column of categories, sorted by name, or of texts."""
    if kind is Type.TEXT:
        return column_of_texts(name, cells.to_list(), kind)
    categories = cells.drop_nulls().unique().sort()
    return Column(name, kind, _codes(cells, categories), tuple(categories.to_list()))


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


def _kind_of_texts(cells: Cells, said: CellType | None) -> Type:
    if said in ("category", "text"):
        return Type(said)
    distinct = cells.texts.drop_nulls().n_unique()
    return Type.CATEGORY if distinct <= 2 or distinct <= min(MOST_CATEGORIES, len(cells) / 2) else Type.TEXT


def _with_odd(column: Column, cells: Cells, numbers: pl.Series, count: int) -> Column:
    wrong = (cells.texts.is_not_null() & numbers.is_null()).to_numpy()
    row = int(cells.spread(wrong).argmax())
    return replace(column, odd=Odd(row, str(cells.texts[int(cells.places[row])]), count))


def _dates(cells: pl.Series, *, strict: bool) -> tuple[np.ndarray, str | None] | None:
    """Days since 1970 in the form most cells have; all of them must have it unless a date was asked for."""
    first = cells.drop_nulls().head(1).to_list()
    if strict and not (first and _LOOKS_DATED.fullmatch(first[0])):
        return None
    look = cells.drop_nulls().head(LOOK)
    forms = [form for form in DATES if not strict or _in_form(look, form).count() == len(look)]
    tried = {form: _in_form(cells, form) for form in forms}
    form, best = max(tried.items(), key=lambda pair: pair[1].count(), default=("", cells.clear().cast(pl.Datetime)))
    if best.count() == 0 or (strict and best.count() < cells.count()):
        return None
    doubtful = form == "%d/%m/%Y" and "%m/%d/%Y" in tried and tried["%m/%d/%Y"].count() == best.count()
    days = best.dt.timestamp("us").cast(pl.Float64) / 86_400_000_000
    note = "dates such as 03/04/2020 are read with the day first; say “text” for the column if that is wrong."
    return number_values(days), note if doubtful else None


def _in_form(cells: pl.Series, form: str) -> pl.Series:
    return cells.str.to_datetime(form, strict=False, time_unit="us")
