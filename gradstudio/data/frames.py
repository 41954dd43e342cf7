"""Parquet: columns that know their types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from gradstudio.data.errors import Damaged, Empty
from gradstudio.data.recognising import MOST_CATEGORIES, REFUSALS, column_of_cells, number_values
from gradstudio.data.table import Column, Rows, Table, Type, Values, column_of_texts, unique_names

LOOK = 10_000
"""Rows that tell what the columns of a large file hold."""
LARGE = 2**30
"""Bytes of a table's numbers from which on it is left in its file."""


def read_parquet(path: Path) -> Table:
    """The table in a Parquet file; one larger than `LARGE` stays there, and is read a column or some rows at a time.

    Raises:
        Damaged: if it isn't a whole one.
        Empty: if there are no rows, or no columns of numbers, texts or dates.
    """
    try:
        file = ParquetFile(path)
        if 8 * file.count * file.width <= LARGE:
            return table_of(pl.read_parquet(path), path.name)
        return file.table()
    except (*REFUSALS, OSError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise Damaged("a whole Parquet file", f"another ({said})", "Copy or save it again.", name=path.name) from None


class ParquetFile:
    """A Parquet file that is read in parts.

    Attributes:
        count: rows in all.
        width: columns in all.
    """

    def __init__(self, path: Path) -> None:
        self._lazy, self._name = pl.scan_parquet(path, low_memory=True), path.name
        self.count = int(self._lazy.select(pl.len()).collect().item())
        self._columns = self._lazy.collect_schema().names()
        self.width = len(self._columns)

    def table(self) -> Table:
        """The table, of which a column is read whenever it is looked at."""
        first = table_of(self._lazy.head(LOOK).collect(), self._name)
        columns = [self._column(column) for column in first.columns if column.type is not Type.ARRAY]
        note = f"{self.count:,} rows stay in the file and are read in parts: set a batch size."
        return replace(first, columns=tuple(columns), notes=(*first.notes, note))

    def rows(self, rows: Rows) -> Table:
        """These rows, which ascend."""
        start, stop = int(rows[0]), int(rows[-1]) + 1
        frame = self._lazy.slice(start, stop - start).collect()
        return table_of(frame if len(rows) == stop - start else frame[rows - start], self._name)

    def _column(self, like: Column) -> Column:
        """A column as it is in the first rows, of all rows."""
        name = self._columns[unique_names(self._columns).index(like.name)]

        def series() -> pl.Series:
            return self._lazy.select(name).collect().to_series()

        if like.type in (Type.NUMBER, Type.DATE):
            return replace(like, values=OnDisk(self, lambda: _known(column_of(like.name, series())).values))
        cells = series().cast(pl.String)
        kind = Type.CATEGORY if cells.drop_nulls().n_unique() <= MOST_CATEGORIES else Type.TEXT
        return column_of_cells(like.name, cells, kind)


class OnDisk:
    """The values of a column, read whenever they are looked at.

    Attributes:
        file: where they lie.
    """

    def __init__(self, file: ParquetFile, read: Callable[[], Values]) -> None:
        self.file = file
        self._read = read

    def __len__(self) -> int:
        return self.file.count

    def __getitem__(self, rows: Any) -> Any:
        return self._read()[rows]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Values:
        return np.asarray(self._read(), dtype)


def _known(column: Column | None) -> Column:
    if column is None:
        raise pl.exceptions.SchemaError("a column has changed its type")
    return column


def table_of(frame: pl.DataFrame, name: str) -> Table:
    """The table of a frame.

    Raises:
        Empty: if there is nothing in it that can be used.
    """
    names = unique_names(frame.columns)
    made = [column_of(one, series) for one, series in zip(names, frame.get_columns(), strict=True)]
    columns = tuple(column for column in made if column is not None)
    if not columns or not len(frame):
        found = "no rows" if columns else "no such column"
        raise Empty("columns of numbers, texts or dates", found, "Choose another file.", name=name)
    left = [f"Column “{one}” is left out: {series.dtype} is no number, text or date." for one, series, column in zip(
        names, frame.get_columns(), made, strict=True) if column is None]  # fmt: skip
    return Table(columns, name, "parquet", notes=tuple(left))


def column_of(name: str, series: pl.Series) -> Column | None:
    """The column of a series; None where it holds something else than numbers, texts, dates or arrays of numbers."""
    kind = series.dtype
    if kind.is_numeric():
        return Column(name, Type.NUMBER, number_values(series))
    if kind.is_temporal() and kind in (pl.Date, pl.Datetime):
        micros = series.cast(pl.Datetime("us")).dt.timestamp("us").cast(pl.Float64)
        return Column(name, Type.DATE, number_values(micros / 86_400_000_000))
    if kind == pl.Boolean:
        return column_of_texts(name, series.cast(pl.String).to_list(), Type.CATEGORY)
    if kind in (pl.String, pl.Categorical, pl.Enum):
        texts = series.cast(pl.String)
        distinct = texts.drop_nulls().n_unique()
        few = distinct <= 2 or distinct <= min(MOST_CATEGORIES, len(texts) / 2)
        return column_of_cells(name, texts, Type.CATEGORY if few else Type.TEXT)
    if isinstance(kind, pl.Array) and kind.inner.is_numeric() and not series.null_count():
        return Column(name, Type.ARRAY, np.ascontiguousarray(series.to_numpy()))
    return None
