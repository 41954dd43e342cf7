"""Several edits as one: each is tried on a copy, and all of them together are one patch."""

from __future__ import annotations

from dataclasses import replace

from gradstudio.document.model import Document, Patch
from gradstudio.document.shapes import known_of_copy


class Rehearsal:
    """Edits carried out on a copy of a document, one after another; the document itself stays as it is.

    Attributes:
        doc: the copy, as the edits so far have made it. Commands are asked of it.
    """

    def __init__(self, doc: Document) -> None:
        self._done = Patch("")
        self.doc = doc.copy()
        known_of_copy(doc, self.doc)

    def do(self, patch: Patch) -> None:
        """Carry out one edit more."""
        self.doc.apply(patch)
        self._done = self._done.followed_by(patch, "")

    def patch(self, title: str) -> Patch:
        """All edits as one."""
        return replace(self._done, title=title)
