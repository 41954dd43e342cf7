"""Several edits as one: each is tried on a copy, and all of them together are one patch."""

from __future__ import annotations

from dataclasses import replace

from gradstudio.document.model import Document, Node, NodeId, Patch, Wire, WireId
from gradstudio.document.shapes import known_of_copy


class Rehearsal:
    """Edits carried out on a copy of a document, one after another; the document itself stays as it is.

    Attributes:
        doc: the copy, as the edits so far have made it. Commands are asked of it.
    """

    def __init__(self, doc: Document) -> None:
        self.doc = doc.copy()
        known_of_copy(doc, self.doc)
        self._nodes: dict[NodeId, Node | None] = {}
        self._wires: dict[WireId, Wire | None] = {}
        self._rest = Patch("")
        self._old = frozenset((*doc.nodes, *doc.wires))

    def do(self, patch: Patch) -> None:
        """Carry out one edit more."""
        self.doc.apply(patch)
        self._nodes |= patch.nodes
        self._wires |= patch.wires
        settings, training = patch.settings or self._rest.settings, patch.training or self._rest.training
        self._rest = replace(self._rest, settings=settings, training=training)

    def patch(self, title: str) -> Patch:
        """All edits as one, leaving out what came and went in between."""
        nodes = {i: node for i, node in self._nodes.items() if node is not None or i in self._old}
        wires = {i: wire for i, wire in self._wires.items() if wire is not None or i in self._old}
        return replace(self._rest, title=title, nodes=nodes, wires=wires)
