"""What a network file says of its data: where it came from, how it is read and prepared; small tables themselves."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from gradstudio.data.errors import TooLarge, Unsuited, shown
from gradstudio.data.fitting import as_categories
from gradstudio.data.preparation import Preparation
from gradstudio.data.reading import Kind, Reading
from gradstudio.data.table import Column, Table, Type
from gradstudio.engine.errors import ShapeError

Origin: TypeAlias = Kind | Literal["shipped"]
MOST_CELLS = 2**20
"""Cells of a table that may lie in a network file: 8 MiB."""
_ENCODER = msgspec.json.Encoder(order="deterministic")


class EmbeddedColumn(Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a table in a network file.

    Attributes:
        name: of the column.
        type: number, category or date.
        categories: the names its whole numbers point to.
    """

    name: str
    type: Literal["number", "category", "date"]
    categories: tuple[str, ...] = ()


class DataRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where data came from and what is done to it.

    Attributes:
        kind: which reader takes the file; "shipped" for a table that comes with GradStudio.
        name: of the file or folder, without the way to it.
        digest: SHA-256 of what was read.
        reading: how it is read.
        preparation: how it is prepared.
        columns: of the table that lies in the network file; empty where it doesn't.
    """

    kind: Origin
    name: str
    digest: str
    reading: Reading
    preparation: Preparation
    columns: tuple[EmbeddedColumn, ...] = ()


def text_of(record: DataRecord) -> str:
    """The record as the param of a data node; the same record makes the same text."""
    return _ENCODER.encode(record).decode()


def record_of(text: str) -> DataRecord:
    """The record a data node holds.

    Raises:
        ShapeError: if it isn't one, with the place of what is wrong.
    """
    try:
        return msgspec.json.decode(text, type=DataRecord)
    except msgspec.ValidationError as error:
        raise ShapeError(f"The record of the data can't be used: {error}. Choose the file again.") from None


def embedded(table: Table, record: DataRecord) -> tuple[DataRecord, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The columns a record uses as numbers, which of them are missing, and the record that goes with them.

    Raises:
        TooLarge: if there are too many cells.
        Unsuited: for pictures.
    """
    how = record.preparation
    columns = [_plain(table.column(name), table) for name in (*how.features, how.target)]
    cells = len(table) * len(columns)
    if cells > MOST_CELLS:
        advice = "Leave columns out, or keep the file beside the network."
        raise TooLarge(f"at most {MOST_CELLS:,} cells in a network file", f"{cells:,}", advice, name=table.name)
    absent = np.stack([column.absent() for column in columns], axis=1)
    values = np.stack([column.values.astype(np.float64) for column in columns], axis=1)
    kept = tuple(EmbeddedColumn(c.name, c.type.value, c.categories) for c in columns)  # type: ignore[arg-type]
    return msgspec.structs.replace(record, columns=kept), np.where(absent, 0.0, values), absent.astype(np.float64)


def _plain(column: Column, table: Table) -> Column:
    if column.type is Type.ARRAY:
        place = f"column {shown(column.name)}"
        advice = "Keep the file beside the network."
        raise Unsuited("numbers, dates or categories", "pictures or arrays", advice, place=place, name=table.name)
    if column.type is Type.NUMBER and np.isinf(column.values).any():
        row = int(np.isinf(column.values).argmax())
        advice = "Correct the cell, or leave it empty."
        raise Unsuited("a finite number", "infinity", advice, place=table.place(row, column), name=table.name)
    return as_categories(column) if column.type is Type.TEXT else column


def unpacked(record: DataRecord, values: npt.NDArray[np.float64], absent: npt.NDArray[np.float64] | None) -> Table:
    """The table that lies in a network file.

    Raises:
        ShapeError: if its numbers don't fit what the record says of its columns.
    """
    gaps = np.zeros(values.shape, bool) if absent is None else absent != 0
    if values.shape[1] != len(record.columns) or not len(values):
        found = f"{values.shape[0]} rows of {values.shape[1]}"
        raise ShapeError(f"The table in the file needs rows of {len(record.columns)} cells, found {found}.")
    columns = [_column(one, values[:, j], gaps[:, j]) for j, one in enumerate(record.columns)]
    return Table(tuple(columns), record.name, "embedded")


def _column(told: EmbeddedColumn, values: npt.NDArray[np.float64], gaps: npt.NDArray[np.bool_]) -> Column:
    if told.type != "category":
        return Column(told.name, Type(told.type), np.where(gaps, np.nan, values))
    codes = np.where(gaps, -1, values).astype(np.int64)
    if codes.max() >= len(told.categories) or codes.min() < -1:
        raise ShapeError(f"The column “{told.name}” of the table in the file points to a category that isn't there.")
    return Column(told.name, Type.CATEGORY, codes, told.categories)
