"""CSV and TSV: rows of cells with a delimiter between them."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from gradstudio.data.errors import Empty, Malformed, TooLarge, shown
from gradstudio.data.gzipped import content
from gradstudio.data.reading import Reading
from gradstudio.data.recognising import recognised
from gradstudio.data.records import Records, first_record, records
from gradstudio.data.sniffing import decimal_of, decoded, delimiter_of, first_rows, has_header
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
    text, encoding = decoded(data, reading.encoding, name)
    delimiter = _delimiter(text, reading, name)
    rows = first_rows(text, delimiter)
    decimal = reading.decimal or decimal_of(rows, delimiter)
    found = records(text, delimiter, name)
    header = has_header(rows, decimal) if reading.header is None else reading.header
    names = first_record(found, delimiter) if header else [""] * found.width
    body = found.after_first() if header else found
    if not len(body.starts):
        raise Empty("rows below the header", "none", "Choose another file, or say that it has no header.", name=name)
    columns, notes = recognised(_frame(body, delimiter, name), unique_names(names), decimal, reading)
    word = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}.get(delimiter, delimiter)
    how = f"{encoding}, {word} between cells, decimal {decimal}, {'a' if header else 'no'} header"
    return Table(columns, name, "csv", body.lines, (f"Read as {how}.", *notes))


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
    except pl.exceptions.PolarsError as error:
        raise Malformed("rows of cells", str(error).split("\n")[0], "Save the file as CSV again.", name=name) from None
