"""What a text with rows of cells is like, found by looking at its beginning: encoding, delimiter, header, decimal."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from gradstudio.data.errors import Empty, Foreign, Malformed
from gradstudio.data.reading import MISSING

DELIMITERS = ",;\t|"
LOOK = 2**16
"""Bytes that are looked at."""
ROWS, FEWEST = 100, 10
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?|[+-]?\d{1,3}(\.\d{3})+,\d+")
_POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")


def decoded(data: bytes, encoding: str | None, name: str) -> tuple[bytes, str]:
    """A file's text in UTF-8 with plain line ends, and the encoding it was in.

    Raises:
        Empty: if there is none.
        Foreign: if it isn't text.
        Malformed: if it isn't in the encoding that was said.
    """
    if not data[:LOOK].strip() and not data.strip():
        raise Empty("rows of cells", "an empty file", "Choose another file, or save this one again.", name=name)
    ascii_only = data.isascii()
    encoding = encoding or _encoding(data, name, ascii_only)
    if not (ascii_only and encoding in ("utf-8", "cp1252", "latin-1")):
        data = _as_utf8(data, encoding, name)
    return (data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data), encoding


def _as_utf8(data: bytes, encoding: str, name: str) -> bytes:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line, found = data.count(b"\n", 0, error.start) + 1, f"the byte 0x{data[error.start]:02x}"
        advice = "Choose another encoding."
        raise Malformed(f"text in {encoding}", found, advice, place=f"line {line}", name=name) from None
    except LookupError:
        raise Malformed("an encoding", f"“{encoding}”", "Say utf-8, cp1252 or utf-16.", name=name) from None
    return data if encoding == "utf-8" else text.encode()


def _encoding(data: bytes, name: str, ascii_only: bool) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    start = data[:LOOK]
    odd = len(start) - len(start.translate(None, _CONTROL))
    if b"\0" in start or odd > len(start) / 50:
        raise Foreign(
            "text with rows of cells", "bytes of another kind",
            "Open it with the program it is of and save it as CSV.", name=name,
        )  # fmt: skip
    try:
        _ = ascii_only or data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252" if not any(byte in data for byte in b"\x81\x8d\x8f\x90\x9d") else "latin-1"
    return "utf-8"


def beginning(data: bytes) -> str:
    """The first lines of a text in UTF-8: those in the bytes that are looked at, and some of them however long."""
    if len(data) <= LOOK:
        return data.decode("utf-8", "ignore")
    end = 0
    for _ in range(FEWEST):
        end = data.find(b"\n", end) + 1 or len(data)
    last = max(end, data.rfind(b"\n", 0, LOOK) + 1)
    return data[:last].decode("utf-8", "ignore")


def first_rows(text: str, delimiter: str) -> list[list[str]]:
    """The first rows of cells."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            if row:
                rows.append([cell.strip() for cell in row])
            if len(rows) == ROWS:
                break
    except csv.Error:
        pass
    return rows


def delimiter_of(text: str) -> str:
    """The character that divides most rows into the same number of cells; a comma where none does."""

    def fitness(delimiter: str) -> tuple[float, int]:
        lengths = Counter(len(row) for row in first_rows(text, delimiter))
        if not lengths:
            return 0.0, 0
        length, rows = lengths.most_common(1)[0]
        return (rows / lengths.total(), length) if length > 1 else (0.0, 0)

    return max(DELIMITERS, key=fitness)


def decimal_of(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """A comma where numbers are written with one, and none with a point."""
    cells = [cell for row in rows for cell in row]
    commas = sum(_COMMA_NUMBER.fullmatch(cell) is not None for cell in cells)
    points = sum(_POINT_NUMBER.fullmatch(cell) is not None for cell in cells)
    return "," if commas and not points and delimiter != "," else "."


def has_header(rows: Sequence[Sequence[str]], decimal: str) -> bool:
    """Whether the first row names the columns: there are numbers below and none in it, or words of its own."""
    if len(rows) < 2:
        return bool(rows) and not any(is_number(cell, decimal) for cell in rows[0])
    first, below = rows[0], rows[1:]
    if any(is_number(cell, decimal) or cell in MISSING[1:] for cell in first):
        return False
    columns = list(zip(*(row for row in below if len(row) == len(first)), strict=False))
    if any(is_number(cell, decimal) for column in columns for cell in column):
        return True
    own = not any(name in column for name, column in zip(first, columns, strict=False))
    return own and len(set(first)) == len(first)


def is_number(cell: str, decimal: str) -> bool:
    """Whether a cell is a number."""
    try:
        float(cell.replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return False
    return cell.strip().lower() not in ("nan", "inf", "infinity")
