"""Many calls as few: every run of calls that are known becomes one call of the compiled machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from gradstudio.accelerate.instructions import SUMS, TAKE, Flat, sweeping, tiles
from gradstudio.accelerate.layout import place_of
from gradstudio.accelerate.reading import BLOCK, Part, Reader

Call: TypeAlias = Callable[[], Any]
Machine: TypeAlias = Callable[[int, int], None]

FEWEST = 2
"""Calls in a run: one alone is as quick as it was."""
LONGEST = 16
"""Flat instructions that are made block by block together."""


class Run(partial[None]):
    """A call of the machine.

    Attributes:
        keeps: the instructions, and what they point to.
    """

    keeps: tuple[Any, ...]


def shorten(calls: Sequence[Call], machine: Machine) -> list[Call]:
    """The same work in fewer calls."""
    shorter: list[Call] = []
    reader = Reader()
    run = _Assembly(reader)
    for call in calls:
        part = reader.read(call)
        if part is not None:
            run.add(call, part)
            continue
        shorter += run.finish(machine)
        shorter.append(call)
        run = _Assembly(reader)
    return shorter + run.finish(machine)


class _Assembly:
    """The instructions of a run, as call after call is added."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._calls: list[Any] = []
        self._work: list[Any] = []
        self._words: list[int] = []
        self._chain: list[Flat] = []
        self._gathered = -1

    def add(self, call: Call, part: Part) -> None:
        """Add a call and what it was read as."""
        self._calls.append(call)
        if part.work is not None:
            self._work.append(part.work)
        if part.rows:
            self._add_rows(part.rows)
        elif not self._add_sweep(part.code):
            self._end_chain()
            if part.code[0] == TAKE:
                self._gathered = len(self._words)
            self._words += part.code

    def finish(self, machine: Machine) -> list[Call]:
        """The call of the machine; where that isn't worth it the calls as they were."""
        if len(self._calls) < FEWEST:
            return self._calls
        self._end_chain()
        code = np.array(self._words, np.int64)
        run = Run(machine, place_of(code).first, code.size)
        run.keeps = (code, self._calls, self._work)
        return [run]

    def _add_rows(self, rows: Sequence[Flat]) -> None:
        if not all(_is_long(row) for row in rows):
            self._end_chain()
            for row in rows:
                self._words += row.words()
            return
        if self._chain and not _can_follow(self._chain, rows):
            self._end_chain()
        self._chain += rows

    def _end_chain(self) -> None:
        """Long rows that are made block by block."""
        rows, self._chain = self._chain, []
        if len(rows) == 1:
            self._words += rows[0].words()
        elif rows:
            self._words += tiles(rows, BLOCK // max(row.width for row in rows))

    def _add_sweep(self, code: Sequence[int]) -> bool:
        """Where the last three calls are a sweep, put one instruction in their places."""
        if code[0] != SUMS or len(self._calls) < 3 or self._gathered < 0:
            return False
        swept = _sweep(self._calls[-3:], self._words[self._gathered :], code, self._reader)
        if swept:
            self._chain.clear()
            self._words[self._gathered :] = swept
        return bool(swept)


def _is_long(row: Flat) -> bool:
    return row.entries * row.width > BLOCK


def _can_follow(chain: Sequence[Flat], rows: Sequence[Flat]) -> bool:
    """Whether more instructions may be made block by block with others: what they share, they share entry by entry."""
    if len(chain) + len(rows) > LONGEST or rows[0].entries != chain[0].entries:
        return False
    return not any(_clash(a, b) for a in chain for b in rows)


def _clash(a: Flat, b: Flat) -> bool:
    """Whether one of two instructions writes what the other has elsewhere among its entries."""
    for i in range(a.last + 1):
        for j in range(b.last + 1):
            same = a.addresses[i] == b.addresses[j] and a.steps[i] == b.steps[j] != 0
            if (i == a.last or j == b.last) and not same:
                (low, high), (other_low, other_high) = a.reach(i), b.reach(j)
                if low < other_high and other_low < high:
                    return True
    return False


def _sweep(calls: Sequence[Any], gather: Sequence[int], sums: Sequence[int], reader: Reader) -> list[int]:
    """A gather, the product of what was gathered with factors, and sums of that, as one instruction; else nothing.

    It may write the sums into the array it gathers from: just not where it gathers, and nobody may change where.
    """
    take, multiply, add = calls
    if getattr(take.func, "__name__", "") != "take" or multiply.func is not np.multiply or len(multiply.args) != 3:
        return []
    whole, places, shares = take.func.__self__, take.args[0], take.args[2]
    factors, starts, out = multiply.args[1], add.args[1], add.args[4]
    if any(array is not shares for array in (multiply.args[0], multiply.args[2], add.args[0])):
        return []
    if factors.shape != shares.shape or factors.dtype != shares.dtype or not factors.flags.c_contiguous:
        return []
    written = reader.place(out)
    if places.flags.writeable or any(reader.place(array).meets(written) for array in (places, factors, starts)):
        return []
    first = (written.first - reader.place(whole).first) // shares.itemsize
    if ((places >= first) & (places < first + out.size)).any():
        return []
    return sweeping(gather, reader.place(factors).first, sums)
