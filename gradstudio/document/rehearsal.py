"""Several edits as one: each is tried on a copy, and all of them together are one patch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from gradstudio.document.model import Document, Patch
from gradstudio.document.shapes import known_of_copy

R = TypeVar("R")


class Rehearsal:
    """Edits carried out on a copy of a document, one after another; the document itself stays as it is.

    Attributes:
        doc: the copy, as the edits so far have made it. Commands are asked of it.
    """

    def __init__(self, doc: Document) -> None:
        self.doc = doc.copy()
        known_of_copy(doc, self.doc)
        self._all = Patch("")
        self._old = doc

    def do(self, patch: Patch) -> None:
        """Carry out one edit more."""
        self.doc.apply(patch)
        self._all = self._all.followed_by(patch, "")

    def patch(self, title: str) -> Patch:
        """All edits as one, leaving out what came and went in between."""
        made, old = self._all, self._old
        return replace(
            made,
            title=title,
            nodes=_lasting(made.nodes, old.nodes),
            wires=_lasting(made.wires, old.wires),
            groups=_lasting(made.groups, old.groups),
            frames=_lasting(made.frames, old.frames),
            comments=_lasting(made.comments, old.comments),
        )


def _lasting(made: Mapping[int, R | None], old: Mapping[int, object]) -> dict[int, R | None]:
    return {i: record for i, record in made.items() if record is not None or i in old}
