"""What the compiled machine can do, as data: each instruction is a few whole numbers, its words.

The first word says what to do, the second how many words there are; `machine` tells what the others are. Addresses
stand for arrays, so whoever keeps instructions keeps the arrays too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradstudio.accelerate.layout import Axis
from gradstudio.accelerate.loops import Loop
from gradstudio.engine.gate import Array

LOOP, WIDEN, COPY, GRID, TILES, TAKE, PUT, PRODUCT, SUMS, SWEEP = range(10)
_WIDEST = 16
"""Bytes of the largest entry there is."""


class Flat(NamedTuple):
    """An instruction that goes through its operands along one axis; the last of them is written.

    Attributes:
        head: LOOP, WIDEN or COPY, length, operands, then function, context and extra (or bytes of an entry).
        entries: along the axis.
        addresses: of the operands.
        steps: bytes from one entry to the next, for each operand.
        moves: for each operand whether the next block of entries lies behind this one; a work array's doesn't.
    """

    head: tuple[int, ...]
    entries: int
    addresses: tuple[int, ...]
    steps: tuple[int, ...]
    moves: tuple[bool, ...]

    def words(self) -> list[int]:
        """The instruction; behind it room for the addresses, since some loops change those they are given."""
        return [*self.head, self.entries, *self.addresses, *self.steps, *self.addresses]

    @property
    def width(self) -> int:
        """Bytes of its largest entry, 4 at least."""
        return self.head[3] if self.head[0] == COPY else max(4, *self.steps)

    @property
    def last(self) -> int:
        """The operand that is written."""
        return len(self.addresses) - 1

    def reach(self, operand: int) -> tuple[int, int]:
        """The bytes of an operand: the lowest, and one behind the highest (a few more at most)."""
        first, step = self.addresses[operand], self.steps[operand]
        ends = first, first + step * (self.entries - 1)
        return min(ends), max(ends) + (abs(step) or _WIDEST)


def flat(loop: Loop, axis: Axis, addresses: Sequence[int]) -> Flat:
    """A call of one of numpy's loops."""
    count = len(addresses)
    head = (LOOP, 7 + 3 * count, count, loop.function, loop.context, loop.extra)
    return Flat(head, axis.entries, tuple(addresses), axis.steps, (True,) * count)


def widening(bools: int, out: int, axis: Axis) -> Flat:
    """Write 1 where the bools of a work array are true and 0 elsewhere; the axis is that of both."""
    return Flat((WIDEN, 13, 2, axis.steps[-1], 0, 0), axis.entries, (bools, out), axis.steps, (False, True))


def copying(axis: Axis, addresses: Sequence[int], width: int) -> Flat:
    """Write the first operand into the second, entries of so many bytes."""
    return Flat((COPY, 13, 2, width, 0, 0), axis.entries, tuple(addresses), axis.steps, (True, True))


def grid(outer: Sequence[Axis], inner: Flat) -> list[int]:
    """A flat instruction repeated along outer axes, the last of them fastest."""
    axes = [word for axis in outer for word in (axis.entries, *axis.steps, 0)]
    words = [len(outer), *inner.words(), *axes]
    return [GRID, 2 + len(words), *words]


def tiles(rows: Sequence[Flat], block: int) -> list[int]:
    """Flat instructions with equally many entries, made block by block, so that a block stays in the cache."""
    words = [rows[0].entries, block]
    for row in rows:
        words += [*row.words(), *(step * block * move for step, move in zip(row.steps, row.moves, strict=True))]
    return [TILES, 2 + len(words), *words]


def gathering(what: int, whole: Array, places: Array, addresses: Sequence[int]) -> list[int]:
    """TAKE (some = whole[places]) or PUT (whole[places] = some); addresses of whole, places, some."""
    return [what, 8, whole.itemsize, addresses[0], whole.size, addresses[1], places.size, addresses[2]]


def summing(parts: Array, starts: Array, addresses: Sequence[int], adding: Loop) -> list[int]:
    """out[i] = the sum of the parts from starts[i] to starts[i + 1]; addresses of parts, starts, out.

    The words behind are room in which the machine calls np.add's loop where many parts make a sum.
    """
    arrays = [addresses[0], parts.size, addresses[1], starts.size, addresses[2]]
    return [SUMS, 19, parts.itemsize, *arrays, *adding[:3], 0, 0, 0, 0, 0, parts.itemsize, 0, 0]


def sweeping(gather: Sequence[int], factors: int, sums: Sequence[int]) -> list[int]:
    """A gather, the product of what was gathered with factors, and sums of that, from the words of both ends."""
    return [SWEEP, 23, *sums[2:], *gather[3:6], factors]


def product(loop: Loop, addresses: Sequence[int], dims: Sequence[int], steps: Sequence[int]) -> list[int]:
    """A matrix product for each entry of a stack: entries and three lengths; steps along the stack, then inside."""
    return [PRODUCT, 24, *loop[:3], *addresses, *dims, *steps, *addresses]
