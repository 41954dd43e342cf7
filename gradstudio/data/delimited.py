"""CSV and TSV: rows of cells with a delimiter between them."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from gradstudio.data.errors import Empty, Malformed, TooLarge, shown
from gradstudio.data.gzipped import content
from gradstudio.data.quick import Form, Read, quickly
from gradstudio.data.reading import Reading
from gradstudio.data.recognising import REFUSALS, recognised
from gradstudio.data.records import Records, first_record, records
from gradstudio.data.sniffing import beginning, decimal_of, decoded, delimiter_of, first_rows, has_header
from gradstudio.data.table import Table, unique_names

MOST_COLUMNS = 100_000


def read_csv(path: Path, reading: Reading) -> Table:
    """The table in a CSV or TSV file, gzipped or not.

    Raises:
        DataProblem: if it can't be read; the sentence names line and column.
    """
    return parse_csv(content(path), path.name, reading)


def parse_csv(data: bytes, name: str, reading: Reading) -> Table:
    """The table in the bytes of such a file.

    Raises:
        DataProblem: if there is none in them.
    """
    body, encoding = decoded(data, reading.encoding, name)
    start = beginning(body)
    delimiter = _delimiter(start, reading, name)
    rows = first_rows(start, delimiter)
    decimal = reading.decimal or decimal_of(rows, delimiter)
    header = has_header(rows, decimal) if reading.header is None else reading.header
    form = Form(name, delimiter, decimal, header, rows)
    columns, lines, notes = quickly(body, form, reading) or _carefully(body, form, reading)
    word = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}.get(delimiter, delimiter)
    mark = "comma" if decimal == "," else "point"
    how = f"{encoding}, {word} between cells, decimal {mark}, {'a' if header else 'no'} header"
    found = {"encoding": encoding, "delimiter": delimiter, "decimal": decimal, "header": header}
    return Table(columns, name, "csv", lines, (f"Read as {how}.", *notes), found)


def _carefully(body: bytes, form: Form, reading: Reading) -> Read:
    """Every row looked at, and every cell taken for a text first."""
    found = records(body, form.delimiter, form.name)
    names = first_record(found, form.delimiter) if form.header else [""] * found.width
    if len(names) != found.width:
        raise _quoted(int(found.lines[0]), form.name)
    rows = found.after_first() if form.header else found
    if not len(rows.starts):
        advice = "Choose another file, or say that it has no header."
        raise Empty("rows below the header", "none", advice, name=form.name)
    frame = _frame(rows, form.delimiter, form.name)
    if frame.height != len(rows.starts):
        raise _quoted(int(rows.lines[0]), form.name)
    columns, notes = recognised(frame, unique_names(names), form.decimal, reading)
    return columns, rows.lines, notes


def _quoted(line: int, name: str) -> Malformed:
    """Quotes that readers understand differently."""
    found = "quotes within cells, from here on"
    advice = "Double the quotes within cells."
    return Malformed('quotes (") around whole cells', found, advice, place=f"line {line}", name=name)


def _delimiter(text: str, reading: Reading, name: str) -> str:
    delimiter = reading.delimiter if reading.delimiter is not None else delimiter_of(text)
    if len(delimiter) != 1 or ord(delimiter) > 126 or delimiter in '"\n\r':
        raise Malformed("a delimiter of one character", shown(delimiter), "Say , ; | or a tab.", name=name)
    return delimiter


def _frame(body: Records, delimiter: str, name: str) -> pl.DataFrame:
    """All cells as texts; an empty one is null."""
    if body.width > MOST_COLUMNS:
        raise TooLarge(f"at most {MOST_COLUMNS:,} columns", f"{body.width:,}", "Take columns out.", name=name)
    try:
        return pl.read_csv(
            io.BytesIO(body.data), separator=delimiter, has_header=False, infer_schema=False, quote_char='"',
            schema={f"c{i}": pl.String for i in range(body.width)},
        )  # fmt: skip
    except REFUSALS as error:
        raise Malformed("rows of cells", str(error).split("\n")[0], "Save the file as CSV again.", name=name) from None
