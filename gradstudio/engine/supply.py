"""Where somebody plugs in who holds data of files: gates without inputs ask here for their arrays.

The engine knows no files. A composition root says who answers; where nobody does, or the file isn't at hand, asking is
refused in a sentence, and a network opens all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from gradstudio.engine.errors import ShapeError
from gradstudio.engine.types import Array


class Rows(Protocol):
    """Samples of which a few at a time are taken, because all together may be larger than memory.

    Attributes:
        shape: how many there are, then the shape of one.
        block: so many in a row are read together.
    """

    shape: tuple[int, ...]
    block: int

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> Array: ...

    def take(self, rows: Any) -> Array:
        """These samples as one array."""
        ...

    def ahead(self, order: Callable[[], Any]) -> None:
        """Begin to get samples that will be taken next, in the order that `order` gives."""
        ...


Parts: TypeAlias = tuple[Array | Rows, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Wanted:
    """What a gate asks for.

    Attributes:
        record: where the data came from and how it is prepared, as the network file says it.
        part: "training", "validation" or "test".
        table: the numbers of a table that lies in the network file; None where the file itself is needed.
        absent: which of them are missing.
    """

    record: str
    part: str
    table: Array | None = None
    absent: Array | None = None


class Supply:
    """Who answers, and who wants to know when there is more to be had.

    Attributes:
        provider: gives an array (or `Rows`) for each output of the gate, or raises ShapeError with a sentence.
        listeners: called when what can be had has changed.
    """

    def __init__(self) -> None:
        self.provider: Callable[[Wanted], Parts] | None = None
        self.listeners: list[Callable[[], None]] = []

    def get(self, wanted: Wanted) -> Parts:
        """An array for each output.

        Raises:
            ShapeError: if it can't be had, with what to do.
        """
        if self.provider is None:
            raise ShapeError("Nobody here reads data files: install gradstudio.data.shelf first.")
        return self.provider(wanted)

    def changed(self) -> None:
        """Tell the listeners."""
        for listener in tuple(self.listeners):
            listener()


SUPPLY = Supply()
"""That of the process."""

__all__ = ["SUPPLY", "Parts", "Rows", "Supply", "Wanted"]
