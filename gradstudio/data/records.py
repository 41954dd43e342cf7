"""Where the rows of a text begin, and how many cells each has: quotes respected, without a loop over them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gradstudio.data.errors import Empty, Malformed, count, shown

Positions = npt.NDArray[np.intp]
NEWLINE, QUOTE = ord("\n"), ord('"')
PIECE = 2**18
"""Bytes that are looked at together: they stay in the cache."""


@dataclass(frozen=True, eq=False, slots=True)
class Records:
    """The rows of a text.

    Attributes:
        data: its bytes in UTF-8, blank rows left out.
        starts: where each row begins in `data`.
        lines: the line each row begins in, counted from 1.
        width: cells of each row.
    """

    data: bytes
    starts: Positions
    lines: Positions
    width: int

    def after_first(self) -> Records:
        """Without the first row."""
        if len(self.starts) < 2:
            return Records(b"", self.starts[:0], self.lines[:0], self.width)
        first = int(self.starts[1])
        return Records(self.data[first:], self.starts[1:] - first, self.lines[1:], self.width)


def records(data: bytes, delimiter: str, name: str) -> Records:
    """The rows of a text in UTF-8.

    Raises:
        Malformed: at the first row that has not as many cells as the first one, or a quote that isn't closed.
        Empty: if all rows are blank.
    """
    data = data if data.endswith(b"\n") else data + b"\n"
    signs = np.frombuffer(data, np.uint8)
    newlines, outside = np.flatnonzero(signs == NEWLINE), _outside(signs, data)
    ends = newlines if outside is None else newlines[outside[newlines]]
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.intp) if len(ends) else np.zeros(1, np.intp)
    lines = np.searchsorted(newlines, starts) + 1
    if not len(ends) or ends[-1] != len(data) - 1:
        at = int(lines[-1]) if not len(ends) else int(np.searchsorted(newlines, ends[-1]) + 2)
        raise Malformed('a closing quote (")', "none", "Close the quote, or double it.", place=f"line {at}", name=name)
    dividers = signs == ord(delimiter) if outside is None else (signs == ord(delimiter)) & outside
    cells = np.diff(np.searchsorted(np.flatnonzero(dividers), ends), prepend=0) + 1
    blank = _blank(data, starts, ends)
    return _even(data, starts, ends, lines, cells, blank, name)


def newlines(data: bytes) -> int:
    """How many line ends there are: many at a time are counted faster than found one by one."""
    signs = np.frombuffer(data, np.uint8)
    return sum(int(np.count_nonzero(signs[i : i + PIECE] == NEWLINE)) for i in range(0, len(signs), PIECE))


def _outside(signs: npt.NDArray[np.uint8], data: bytes) -> npt.NDArray[np.bool_] | None:
    """Which bytes lie outside of quotes; None where there are no quotes."""
    if b'"' not in data:
        return None
    return np.asarray(~np.logical_xor.accumulate(signs == QUOTE))


def _blank(data: bytes, starts: Positions, ends: Positions) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.asarray(ends == starts)
    spaces = np.isin(np.frombuffer(data, np.uint8)[starts], np.frombuffer(b" \t\f", np.uint8))
    for i in np.flatnonzero(spaces).tolist():
        found[i] = not data[starts[i] : ends[i]].strip()
    return found


def _even(
    data: bytes, starts: Positions, ends: Positions, lines: Positions, cells: Positions,
    blank: npt.NDArray[np.bool_], name: str,
) -> Records:  # fmt: skip
    if blank.all():
        raise Empty("rows of cells", "blank lines only", "Choose another file, or save this one again.", name=name)
    width = int(cells[~blank][0])
    uneven = np.flatnonzero((cells != width) & ~blank)
    if len(uneven):
        first, n = int(uneven[0]), int(cells[uneven[0]])
        text = data[starts[first] : ends[first]].decode()
        more = f" (and in {count(len(uneven) - 1, 'other row')})" if len(uneven) > 1 else ""
        raise Malformed(
            f"{count(width, 'cell')} as in the first row", f"{n:,} in {shown(text)}{more}",
            "Correct the line, or choose another delimiter.", place=f"line {lines[first]}", name=name,
        )  # fmt: skip
    if blank.any():
        kept = ~blank
        data = b"".join(data[s : e + 1] for s, e in zip(starts[kept].tolist(), ends[kept].tolist(), strict=True))
        lengths = (ends - starts + 1)[kept]
        starts, lines = np.concatenate([[0], np.cumsum(lengths)[:-1]]), lines[kept]
    return Records(data, starts, lines, width)


def first_record(found: Records, delimiter: str) -> list[str]:
    """The cells of the first row."""
    end = int(found.starts[1]) if len(found.starts) > 1 else len(found.data)
    return next(csv.reader(io.StringIO(found.data[:end].decode()), delimiter=delimiter))
