"""The shelves of the palette: which rows they have, which are folded, and which show all they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QCoreApplication, QObject, Signal

from gradstudio.engine.gate import Category, Gate
from gradstudio.ui.blocks import Block
from gradstudio.ui.preferences import Preferences

BLOCKS = "BLOCKS"
"""The shelf of the person's own blocks."""
RECENT = "RECENT"
"""The shelf of the gates used last."""
WORTH_HIDING = 2
"""Fewer gates than this aren't hidden behind a row of their own."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The row that names a shelf, and folds it.

    Attributes:
        title: of the shelf.
        count: how many gates it holds.
        folded: whether it shows none of them.
    """

    title: str
    count: int
    folded: bool

    def said(self) -> str:
        """For a screen reader."""
        words = _say("{}, {} gates, folded") if self.folded else _say("{}, {} gates")
        return words.format(self.title, self.count)


@dataclass(frozen=True, slots=True)
class More:
    """The row behind which a shelf keeps the gates that aren't common.

    Attributes:
        count: how many these are.
        opened: whether they are shown.
    """

    count: int
    opened: bool

    @property
    def title(self) -> str:
        """What it says."""
        return _say("Fewer") if self.opened else _say("More…")

    def said(self) -> str:
        """For a screen reader."""
        words = _say("Hide {} gates again") if self.opened else _say("Show {} more gates")
        return words.format(self.count)


Row: TypeAlias = "Heading | More | Block | type[Gate]"
Placed: TypeAlias = "tuple[str, Row]"
"""A row and the shelf it is on."""


class Shelves(QObject):
    """Which shelves are folded, and which show all of their gates; remembered.

    Args:
        preferences: where it is remembered; None for as long as the program runs.
        full: shelves that show all of their gates, in place of what is remembered.
    """

    changed = Signal()
    """A shelf was folded or opened."""

    def __init__(self, preferences: Preferences | None = None, full: Iterable[str] = ()) -> None:
        super().__init__()
        self._preferences = preferences or Preferences()
        self._folded = set(self._preferences.folded_shelves)
        self._full = set(full) or set(self._preferences.full_shelves)

    def folded(self, shelf: str) -> bool:
        """Whether a shelf shows nothing but its name."""
        return shelf in self._folded

    def full(self, shelf: str) -> bool:
        """Whether a shelf shows its uncommon gates too."""
        return shelf in self._full

    def fold(self, shelves: Iterable[str], folded: bool) -> None:
        """Fold these shelves, or unfold them."""
        self._put(self._folded, shelves, folded)

    def fill(self, shelves: Iterable[str], full: bool) -> None:
        """Let these shelves show all of their gates, or the common ones only."""
        self._put(self._full, shelves, full)

    def reveal(self, gate: type[Gate]) -> None:
        """Open what has to be open for a gate to be seen."""
        self.fold([gate.category.name], False)
        if not gate.common:
            self.fill([gate.category.name], True)

    def _put(self, among: set[str], shelves: Iterable[str], wanted: bool) -> None:
        before = set(among)
        among.update(shelves) if wanted else among.difference_update(shelves)
        if among != before:
            self._preferences.folded_shelves = sorted(self._folded)
            self._preferences.full_shelves = sorted(self._full)
            self.changed.emit()


def rows(
    gates: Sequence[type[Gate]], recent: Sequence[type[Gate]], shelves: Shelves, blocks: Sequence[Block] = ()
) -> list[Placed]:
    """All rows: the gates used last, one's own blocks, then each shelf with its common gates first.

    Args:
        gates: of the catalogue, in their order.
        recent: those used last, the newest first.
        shelves: what is folded.
        blocks: the person's own.
    """
    found: list[Placed] = [(RECENT, row) for row in _shelf(RECENT, _say("Recent"), recent, (), shelves)]
    found += [(BLOCKS, row) for row in _shelf(BLOCKS, _say("My blocks"), blocks, (), shelves)]
    for shelf in Category:
        common = [gate for gate in gates if gate.category is shelf and gate.common]
        others = [gate for gate in gates if gate.category is shelf and not gate.common]
        if not common or len(others) < WORTH_HIDING:
            common, others = [gate for gate in gates if gate.category is shelf], []
        found += [(shelf.name, row) for row in _shelf(shelf.name, _say(shelf.value), common, others, shelves)]
    return found


def _shelf(
    name: str, title: str, common: Sequence[Block | type[Gate]], others: Sequence[type[Gate]], shelves: Shelves
) -> Iterator[Row]:
    """The rows of one shelf."""
    if not common:
        return
    folded, full = shelves.folded(name), shelves.full(name)
    yield Heading(title, len(common) + len(others), folded)
    if not folded:
        yield from common
        if others:
            yield from others if full else ()
            yield More(len(others), full)


def _say(text: str) -> str:
    return QCoreApplication.translate("Palette", text)
