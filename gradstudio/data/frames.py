"""Parquet: columns that know their types."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from gradstudio.data.errors import Damaged, Empty
from gradstudio.data.recognising import MOST_CATEGORIES, column_of_cells, number_values
from gradstudio.data.table import Column, Table, Type, column_of_texts, unique_names


def read_parquet(path: Path) -> Table:
    """The table in a Parquet file.

    Raises:
        Damaged: if it isn't a whole one.
        Empty: if there are no rows, or no columns of numbers, texts or dates.
    """
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).splitlines()[0]
        raise Damaged("a whole Parquet file", f"another ({said})", "Copy or save it again.", name=path.name) from None
    return table_of(frame, path.name)


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
