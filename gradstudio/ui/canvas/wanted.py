"""What somebody wants a gate for: a place, wires that were dropped, a wire it is to go into."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from gradstudio.document.fitting import End
from gradstudio.document.model import NodeId, WireId


@dataclass(frozen=True, slots=True)
class Wanted:
    """A gate is wanted.

    Attributes:
        at: the scene point it is to be at; None where a place is to be found beside what is selected.
        ends: ports from which wires were dropped there.
        wire: the wire it is to be put into.
        near: selected nodes it is to be wired to.
    """

    at: QPointF | None = None
    ends: tuple[End, ...] = ()
    wire: WireId | None = None
    near: tuple[NodeId, ...] = ()

    @property
    def picky(self) -> bool:
        """Whether only what fits is of use."""
        return bool(self.ends) or self.wire is not None
