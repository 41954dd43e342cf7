"""Tables: what every reader makes of a file, as plain records and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.data.errors import Unsuited, shown

Values: TypeAlias = npt.NDArray[Any]
Floats: TypeAlias = npt.NDArray[np.float64]
Rows: TypeAlias = npt.NDArray[np.intp]


class Type(StrEnum):
    """What the cells of a column are."""

    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"
    TEXT = "text"
    ARRAY = "array"


@dataclass(frozen=True, slots=True)
class Odd:
    """The first cell of a column that isn't what the others are.

    Attributes:
        row: counted from 0.
        text: what stands there.
        count: how many such cells there are.
    """

    row: int
    text: str
    count: int


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """One column: values of one type, one a row.

    Attributes:
        name: unique in the table.
        type: what its cells are.
        values: numbers, and days since 1970 for dates, as float64 with NaN where a cell is missing; places in
            `categories` with -1 where one is missing; texts as objects with None; an array a row. Of a large file they
            are read whenever they are looked at.
        categories: the names that `values` of a category points to, in their order.
        odd: of a column that is nearly one of numbers, what keeps it from being one.
    """

    name: str
    type: Type
    values: Any
    categories: tuple[str, ...] = ()
    odd: Odd | None = None

    def __len__(self) -> int:
        return len(self.values)

    def absent(self) -> npt.NDArray[np.bool_]:
        """Which cells are missing."""
        if self.type is Type.CATEGORY:
            return np.asarray(np.less(self.values, 0))
        if self.type is Type.TEXT:
            return np.fromiter((text is None for text in self.values), bool, len(self.values))
        if self.type is Type.ARRAY:
            return np.zeros(len(self.values), bool)
        return np.asarray(np.isnan(self.values))

    def take(self, rows: Rows | slice) -> Column:
        """The column with these rows only."""
        return replace(self, values=self.values[rows])

    def text(self, row: int) -> str:
        """A cell as people write it; empty where it is missing."""
        value = self.values[row]
        if self.type is Type.CATEGORY:
            return self.categories[value] if value >= 0 else ""
        if self.type is Type.TEXT:
            return "" if value is None else str(value)
        if self.type is Type.ARRAY:
            return "×".join(str(n) for n in np.shape(value)) or f"{value:g}"
        return "" if np.isnan(value) else date_text(value) if self.type is Type.DATE else f"{value:.12g}"


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Columns of equal length.

    Attributes:
        columns: in their order in the file.
        name: of the file or folder, without the way to it.
        kind: which reader made it: "csv", "parquet", "npy", "npz", "idx", "images", "shipped", "embedded".
        lines: of a text file, the line each row begins in, counted from 1; None where there are none.
        notes: sentences on what was recognised.
        found: of a text, its "encoding", "delimiter", "decimal" and "header", as said or recognised.
        tested: so many last rows are a test set of its own.
    """

    columns: tuple[Column, ...]
    name: str = ""
    kind: str = ""
    lines: Rows | None = None
    notes: tuple[str, ...] = ()
    found: Mapping[str, object] = field(default_factory=dict)
    tested: int = 0
    _by_name: Mapping[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {column.name: column for column in self.columns})

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @property
    def names(self) -> tuple[str, ...]:
        """Of all columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of this name.

        Raises:
            Unsuited: if there is none, with those there are.
        """
        if name not in self._by_name:
            known = ", ".join(self.names[:10]) + ("…" if len(self.names) > 10 else "")
            expected = f"a column {shown(name)}"
            raise Unsuited(expected, f"the columns {known}", "Choose one of these.", name=self.name)
        return self._by_name[name]

    def place(self, row: int, column: Column | None = None) -> str:
        """Where a row, or a cell of it, stands: "line 7, column “age”"."""
        at = f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"
        return at if column is None else f"{at}, column {shown(column.name)}"

    def take(self, rows: Rows | slice) -> Table:
        """The table with these rows only."""
        lines = None if self.lines is None else self.lines[rows]
        return replace(self, columns=tuple(column.take(rows) for column in self.columns), lines=lines, tested=0)

    def preview(self, rows: int = 20) -> list[list[str]]:
        """The first rows as texts."""
        return [[column.text(row) for column in self.columns] for row in range(min(rows, len(self)))]


def column_of_texts(name: str, texts: Sequence[str | None], kind: Type) -> Column:
    """A column of categories, sorted by name, or of texts."""
    if kind is Type.TEXT:
        values = np.empty(len(texts), object)
        values[:] = texts
        return Column(name, kind, values)
    categories = tuple(sorted({text for text in texts if text is not None}))
    at = {text: i for i, text in enumerate(categories)}
    codes = np.fromiter((-1 if text is None else at[text] for text in texts), np.int64, len(texts))
    return Column(name, Type.CATEGORY, codes, categories)


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names with a number behind those that stand there again, and a number for those that are empty."""
    found: dict[str, None] = {}
    for i, given in enumerate(names):
        base = given.strip() or f"column {i + 1}"
        name, n = base, 2
        while name in found:
            name, n = f"{base} {n}", n + 1
        found[name] = None
    return tuple(found)


def date_text(days: float) -> str:
    """Days since 1970 as a date, with its time where it isn't midnight."""
    moment = np.datetime64("1970-01-01T00:00:00", "s") + np.timedelta64(round(days * 86400), "s")
    text = str(moment).replace("T", " ")
    return text.removesuffix(" 00:00:00")
