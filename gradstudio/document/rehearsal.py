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
        self._original = doc
        self._done = Patch("")
        self.doc = doc.copy()
        known_of_copy(doc, self.doc)

    def do(self, patch: Patch) -> None:
        """Carry out one edit more."""
        self.doc.apply(patch)
        self._done = self._done.followed_by(patch, "")

    def patch(self, title: str) -> Patch:
        """All edits as one, leaving out nodes and wires that came and went in between."""
        nodes, wires = self._original.nodes, self._original.wires
        return replace(
            self._done, title=title, nodes=_lasting(self._done.nodes, nodes), wires=_lasting(self._done.wires, wires)
        )


def _lasting(edited: Mapping[int, R | None], before: Mapping[int, R]) -> dict[int, R | None]:
    return {i: record for i, record in edited.items() if record is not None or i in before}
