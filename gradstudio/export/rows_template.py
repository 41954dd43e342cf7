"""Rows of a file become features, in Python and NumPy alone. Exported predictors carry the text below the line."""

from __future__ import annotations

import csv
import gzip
import io
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

# ---- rows of a file, prepared as those the network was trained with

DATES = (
    *("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%d.%m.%Y"),
    *("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y"),
)


class Trouble(ValueError):
    """A file that can't be used; the sentence says where and why."""


def read_features(path: str, columns: Any, reading: Any) -> Any:
    """The features of a file's rows: CSV for tables, NPY or NPZ for pictures and other arrays."""
    if path.endswith((".npy", ".npz")):
        made = [array_features(array, column, reading["missing"]) for array, column in read_arrays(path, columns)]
    elif any(column["kind"] == "array" for column in columns):
        raise Trouble(f"{path}: expected an NPY or NPZ file with {columns[0]['name']}")
    else:
        cells, lines = read_cells(path, [column["name"] for column in columns], reading)
        decimal = reading["decimal"] or decimal_of(cells, columns)
        made = [
            column_features(cells[column["name"]], lines, column, reading["missing"], decimal) for column in columns
        ]
    if len(made) == 1:
        return made[0]
    return np.concatenate([one.reshape(len(one), -1) for one in made], axis=1)


def read_arrays(path: str, columns: Any) -> list[tuple[Any, Any]]:
    """Each column with its array; a lone array is the only column, or has a column in each of its own."""
    with Path(path).open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        if path.endswith(".npz"):
            held = {name: loaded[name] for name in loaded.files}
        elif loaded.ndim == 2 and columns[0]["kind"] != "array":
            held = {f"column {i + 1}": loaded[:, i] for i in range(loaded.shape[1])}
        else:
            held = {columns[0]["name"]: loaded}
    lacking = [column["name"] for column in columns if column["name"] not in held]
    if lacking:
        raise Trouble(f"{path}: expected an array {lacking[0]!r}, found {', '.join(held)}")
    return [(held[column["name"]], column) for column in columns]


def array_features(values: Any, column: Any, missing: Any) -> Any:
    """The features of one array: pictures scaled and laid out, single values as those of a table."""
    if column["kind"] != "array":
        cells = [f"{v:.17g}" if isinstance(v, float) else str(v) for v in values.tolist()]
        return column_features(cells, list(range(1, len(cells) + 1)), column, missing, ".")
    if values.shape[1:] != tuple(column["shape"]):
        raise Trouble(f"{column['name']}: expected rows of {tuple(column['shape'])}, found {values.shape[1:]}")
    scaled = (values.astype(np.float32) - np.float32(column["shift"])) / np.float32(column["scale"])
    if column["layout"] == "flat":
        return scaled.reshape(len(scaled), -1)
    return scaled[:, None] if column["layout"] == "channels" and scaled.ndim == 3 else scaled


def read_cells(path: str, names: list[str], reading: Any) -> tuple[dict[str, list[str]], list[int]]:
    """The cells of these columns, and the line each row ends in."""
    data = Path(path).read_bytes()
    text = decoded(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data, reading["encoding"])
    found: list[str] = []
    for delimiter in reading["delimiter"] or ",;\t|":
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
        if not rows:
            raise Trouble(f"{path}: expected rows of cells, found none")
        bare = all(re.fullmatch(r"column \d+", name) for name in names)
        titles = unique([""] * len(rows[0][1]) if bare else rows[0][1])
        body = rows if bare else rows[1:]
        if all(name in titles for name in names):
            for line, row in body:
                if len(row) != len(titles):
                    raise Trouble(f"{path}, line {line}: expected {len(titles)} cells, found {len(row)}")
            at = {name: titles.index(name) for name in names}
            return {n: [row[k] for _, row in body] for n, k in at.items()}, [line for line, _ in body]
        found = titles if len(titles) > len(found) else found
    lacking = [name for name in names if name not in found]
    raise Trouble(f"{path}: expected a column {lacking[0]!r}, found {', '.join(found[:10])}")


def decoded(data: bytes, encoding: str | None) -> str:
    """Bytes as text."""
    if encoding is None:
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unique(names: list[str]) -> list[str]:
    """Names of columns; those that come again, or are empty, get a number."""
    found: list[str] = []
    for i, name in enumerate(names):
        base = name or f"column {i + 1}"
        made, n = base, 2
        while made in found:
            made, n = f"{base} {n}", n + 1
        found.append(made)
    return found


def decimal_of(cells: dict[str, list[str]], columns: Any) -> str:
    """A comma where numbers are written with one, and none with a point."""
    numbers = [cell for column in columns if column["kind"] == "number" for cell in cells[column["name"]]]
    commas = any(re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?|[+-]?\d{1,3}(\.\d{3})+,\d+", cell) for cell in numbers)
    points = any(re.fullmatch(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", cell) for cell in numbers)
    return "," if commas and not points else "."


def column_features(cells: list[str], lines: list[int], column: Any, missing: Any, decimal: str) -> Any:
    """The features of one column: filled, encoded, scaled."""
    if column["kind"] == "category":
        places = [place_of(cell, line, column, missing) for cell, line in zip(cells, lines, strict=True)]
        if column["one_hot"]:
            return np.eye(len(column["categories"]))[np.array(places, np.int64)]
        return np.array(places, np.float64)[:, None]
    told = [None if cell in missing else cell for cell in cells]
    read = days_of(told, lines, column) if column["kind"] == "date" else numbers_of(told, lines, column, decimal)
    filled = [filling(line, column) if value is None else value for value, line in zip(read, lines, strict=True)]
    return ((np.array(filled, np.float64) - column["shift"]) / column["scale"])[:, None]


def place_of(cell: str, line: int, column: Any, missing: Any) -> int:
    """The place of a category among those there are."""
    known = column["categories"]
    if cell in missing:
        if "(missing)" not in known:
            raise Trouble(f"line {line}, column {column['name']!r}: expected a value, found an empty cell")
        return int(known.index("(missing)"))
    if cell not in known:
        with suppress(ValueError):
            cell = f"{float(cell):.12g}"
    if cell not in known:
        told = ", ".join(known[:8])
        raise Trouble(f"line {line}, column {column['name']!r}: expected one of {told}, found {cell!r}")
    return int(known.index(cell))


def filling(line: int, column: Any) -> float:
    """What stands for a missing number."""
    if column["fill"] is None:
        raise Trouble(f"line {line}, column {column['name']!r}: expected a value, found an empty cell")
    return float(column["fill"])


def numbers_of(cells: list[str | None], lines: list[int], column: Any, decimal: str) -> list[float | None]:
    """Numbers, however their thousands and decimals are marked."""
    mark, point = (r"\.", ",") if decimal == "," else (",", r"\.")
    grouped = re.compile(rf"[+-]?\d{{1,3}}({mark}\d{{3}})+({point}\d+)?")
    found: list[float | None] = []
    for cell, line in zip(cells, lines, strict=True):
        if cell is None:
            found.append(None)
            continue
        plain = cell.replace("." if decimal == "," else ",", "") if grouped.fullmatch(cell) else cell
        try:
            value = float("nan" if "_" in plain else plain.replace(",", ".") if decimal == "," else plain)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise Trouble(f"line {line}, column {column['name']!r}: expected a number, found {cell!r}")
        found.append(value)
    return found


def days_of(cells: list[str | None], lines: list[int], column: Any) -> list[float | None]:
    """Days since 1970, in the form that most cells have."""
    told = [cell for cell in cells if cell is not None]
    best = max(DATES, key=lambda form: sum(day_of(cell, form) is not None for cell in told))
    found: list[float | None] = []
    for cell, line in zip(cells, lines, strict=True):
        day = None if cell is None else day_of(cell, best)
        if cell is not None and day is None:
            raise Trouble(f"line {line}, column {column['name']!r}: expected a date such as {best}, found {cell!r}")
        found.append(day)
    return found


def day_of(cell: str, form: str) -> float | None:
    """Days since 1970; None of a cell in another form."""
    try:
        return datetime.strptime(cell, form).replace(tzinfo=UTC).timestamp() / 86_400
    except ValueError:
        return None
