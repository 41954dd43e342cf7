"""CSV without a detour: numbers are read as numbers where the first rows promise it and all the others keep it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl

from gradstudio.data.reading import Reading
from gradstudio.data.recognising import REFUSALS, recognised
from gradstudio.data.records import newlines, records
from gradstudio.data.sniffing import is_number
from gradstudio.data.table import Column, Rows, unique_names

Read: TypeAlias = tuple[tuple[Column, ...], Rows, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Form:
    """What is known of a text with rows of cells.

    Attributes:
        name: of the file.
        delimiter: between cells.
        decimal: "." or ",".
        header: whether the first row holds names.
        rows: the first rows.
    """

    name: str
    delimiter: str
    decimal: str
    header: bool
    rows: Sequence[Sequence[str]]


def quickly(body: bytes, form: Form, reading: Reading) -> Read | None:
    """The columns, the line of each row, and notes; None where the text has to be looked at with care.

    Raises:
        Malformed: at the first row that has not as many cells as the first one.
    """
    rows = form.rows[1:] if form.header else form.rows
    plain = form.decimal == "." and not reading.types and bool(rows) and not body.startswith(b"\n")
    if not plain or len(form.rows[0]) < 2 or len({len(row) for row in form.rows}) > 1:
        return None
    if any("\n" in cell for cell in form.rows[0]):
        return None
    frame = _parsed(body, form, reading, [_promises_numbers(cells, reading) for cells in zip(*rows, strict=True)])
    if frame is None or not frame.height:
        return None
    lines = _lines(body, form, frame)
    if lines is None:
        return None
    names = unique_names(form.rows[0] if form.header else [""] * frame.width)
    columns, notes = recognised(frame, names, form.decimal, reading)
    return columns, lines, notes


def _promises_numbers(cells: Sequence[str], reading: Reading) -> bool:
    told = [cell for cell in cells if cell not in reading.missing]
    return bool(told) and all(is_number(cell, ".") for cell in told)


def _parsed(body: bytes, form: Form, reading: Reading, numbers: Sequence[bool]) -> pl.DataFrame | None:
    """The cells, those of numbers as numbers; words for missing ones are looked for where some cell is no number."""
    schema = {f"c{i}": pl.Float64 if number else pl.String for i, number in enumerate(numbers)}
    for words in (None, list(reading.missing)):
        try:
            return pl.read_csv(
                body, separator=form.delimiter, has_header=False, skip_lines=int(form.header), schema=schema,
                quote_char='"', null_values=words,
            )  # fmt: skip
        except REFUSALS:
            continue
    return None


def _lines(body: bytes, form: Form, frame: pl.DataFrame) -> Rows | None:
    """The line of each row. A row with too few cells has nothing in its last one: only then all have to be counted."""
    last = frame.to_series(frame.width - 1)
    lines = newlines(body) + (not body.endswith(b"\n"))
    if not last.null_count() and lines == frame.height + form.header:
        return np.arange(1 + form.header, 1 + lines)
    found = records(body, form.delimiter, form.name)
    found = found.after_first() if form.header else found
    return found.lines if len(found.lines) == frame.height else None
