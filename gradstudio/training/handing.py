"""What the window's thread hands to the worker's: an edit, which the worker's own copy of the document follows.

The window's side is a `Ledger`, which notes what changes; the worker's is a `Twin`. A hundred thousand nodes aren't
copied because one has changed, and most of what was compiled of them stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradstudio.document.compile import Compiled, compile_document
from gradstudio.document.model import Change, Document, Node, NodeId, Patch, Settings, Training, Wire, WireId
from gradstudio.document.recompile import recompile
from gradstudio.document.shapes import Shapes, infer, known_of_copy, remember

MOST = 10_000
"""Records that are handed over one by one; where more have changed the whole document is copied."""


@dataclass(frozen=True, slots=True)
class Edit:
    """All that has changed since the worker was last told: new records, None for those that went.

    Attributes:
        values: whether values may be put into the plan there is: the training state is the one the worker has made.
        shapes: what is inferred of the edited document.
    """

    nodes: dict[NodeId, Node | None]
    wires: dict[WireId, Wire | None]
    settings: Settings
    training: Training
    revision: int
    graph_revision: int
    values: bool
    shapes: Shapes


class Ledger:
    """Notes in the window's thread what the worker hasn't been told yet."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._begin()

    def _begin(self) -> None:
        self._names = {i: node.name for i, node in self._document.nodes.items()}
        self._nodes: set[NodeId] = set()
        self._wires: set[WireId] = set()
        self._whole = self._other_state = False
        self._last: Edit | None = None

    def note(self, change: Change, *, other_state: bool) -> None:
        """Something has changed; `other_state`: the training state too, and the worker hasn't made it."""
        self._nodes |= change.nodes
        self._wires |= change.wires
        self._whole |= bool(change.groups)
        self._other_state |= other_state

    def has_new_names(self, change: Change) -> bool:
        """Whether nodes have other names than the worker was told."""
        now = self._document.nodes
        return any(i in now and now[i].name != self._names.get(i) for i in change.nodes)

    def told(self, *, again: bool) -> Document | Edit:
        """What to tell the worker now; `again` where it hasn't taken what it was told last."""
        document, last = self._document, self._last
        if again and last is not None:
            self._nodes |= last.nodes.keys()
            self._wires |= last.wires.keys()
            self._other_state |= not last.values
        if self._whole or (again and last is None) or len(self._nodes) + len(self._wires) > MOST:
            return self._copied()
        now = document.nodes
        self._last = edit = Edit(
            {i: now.get(i) for i in self._nodes},
            {i: document.wires.get(i) for i in self._wires},
            document.settings,
            document.training,
            document.revision,
            document.graph_revision,
            not self._other_state,
            infer(document),
        )
        self._names.update((i, node.name) for i, node in edit.nodes.items() if node is not None)
        self._nodes, self._wires, self._other_state = set(), set(), False
        return edit

    def _copied(self) -> Document:
        copy = self._document.copy()
        known_of_copy(self._document, copy)
        self._begin()
        return copy


class Twin:
    """The worker's own copy of the document, and what was compiled of it.

    Attributes:
        document: as the worker was told last.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._compiled: Compiled | None = None
        self._nodes: set[NodeId] = set()
        self._wires: set[WireId] = set()

    def follow(self, edit: Edit) -> dict[NodeId, Node] | None:
        """Be as the edited document; the nodes that differ, where that is nothing but params of sources, else None."""
        document = self.document
        values = self._values(edit)
        document.apply(Patch("Edit", edit.nodes, edit.wires, edit.settings, edit.training))
        document.revision, document.graph_revision = edit.revision, edit.graph_revision
        remember(document, edit.shapes)
        self._nodes |= edit.nodes.keys()
        self._wires |= edit.wires.keys()
        return values

    def compile(self) -> Compiled:
        """The document as the engine sees it; what was compiled earlier is used up."""
        before, self._compiled = self._compiled, None
        made = (
            compile_document(self.document)
            if before is None
            else recompile(before, self.document, self._nodes, self._wires)
        )
        self._compiled, self._nodes, self._wires = made, set(), set()
        return made

    def _values(self, edit: Edit) -> dict[NodeId, Node] | None:
        if edit.wires or not edit.values or self.document.computes_differently(Patch("", settings=edit.settings)):
            return None
        if self._compiled is not None and self._compiled.shapes.catalog != edit.shapes.catalog:
            return None  # the data at hand is another
        values = {}
        for i, new in edit.nodes.items():
            old = self.document.nodes.get(i)
            if old is None or new is None or (old.gate, old.muted, old.name) != (new.gate, new.muted, new.name):
                return None
            if old.params is not new.params:
                if not new.known or new.kind.inputs:
                    return None
                values[i] = new
        return values


def frozen_after(frozen: frozenset[NodeId], document: Document, change: Change) -> frozenset[NodeId]:
    """The frozen nodes of a document after a change; the same set as before where none is another."""
    now = document.nodes
    more = {i for i in change.nodes if i in now and now[i].frozen}
    less = change.nodes - more
    if more <= frozen and frozen.isdisjoint(less):
        return frozen
    return (frozen | more) - less
