"""What the worker is told of edits: its copy is the document, and what it compiles is what is compiled anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.document import commands
from gradstudio.document.compile import compile_document
from gradstudio.document.history import History
from gradstudio.document.model import Document, Node, Patch, Training, Wire
from gradstudio.training import handing
from gradstudio.training.handing import Edit, Ledger, Twin
from tests.document.build import course
from tests.document.gaps import closed
from tests.document.strategies import documents, edit


class Line:
    """A ledger and a twin, and what is told between them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.ledger, self.twin = Ledger(document), Twin(document.copy())
        document.changed.connect(lambda change: self.ledger.note(change, other_state=change.training))
        self.waiting: Document | Edit | None = None

    def tell(self) -> None:
        """Tell what has changed; the worker hasn't taken it yet."""
        self.waiting = self.ledger.told(again=self.waiting is not None)

    def take(self) -> dict[int, Node] | None:
        """Let the worker take it."""
        job, self.waiting = self.waiting, None
        if isinstance(job, Edit):
            return self.twin.follow(job)
        self.twin = Twin(job) if job is not None else self.twin
        return None


def _state(document: Document) -> tuple[Any, ...]:
    """All of a document that is computed with."""
    ends = {i: wire.ends for i, wire in document.wires.items()}
    revisions = document.revision, document.graph_revision
    into = {i: document.wires_into(i) for i in document.nodes}
    return dict(document.nodes), list(document.nodes), ends, into, document.settings, document.training, *revisions


@settings(max_examples=15, deadline=None)
@given(documents(max_edits=8), st.data())
def test_the_twin_is_the_document(doc: Document, data: st.DataObject) -> None:
    """Told once or several times before it listens, the worker's copy becomes the document and compiles to the same."""
    line, history = Line(doc), History(doc)
    for _ in range(data.draw(st.integers(1, 5))):
        for _ in range(data.draw(st.integers(0, 3))):
            history.do(edit(data.draw, doc))
        line.tell()
        if data.draw(st.booleans()):
            line.take()
            assert _state(line.twin.document) == _state(doc)
            made, anew = closed(line.twin.compile()), compile_document(doc)
            assert made.slots == anew.slots
            assert made.wires == anew.wires
            assert [node[::2] for node in made.graph.nodes] == [node[::2] for node in anew.graph.nodes]
            assert made.graph.objective == anew.graph.objective


def test_one_edit_copies_nothing() -> None:
    """An edit is told as the records it changed, and no others."""
    net = course()
    line = Line(net.doc)
    net.doc.apply(commands.set_param(net.doc, [net.id("x")], "value", 3.0))
    line.tell()
    assert isinstance(line.waiting, Edit)
    assert (list(line.waiting.nodes), list(line.waiting.wires)) == ([net.id("x")], [])


def test_many_changes_are_told_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where very much has changed, and where groups have, the document is copied."""
    monkeypatch.setattr(handing, "MOST", 1)
    net = course()
    line = Line(net.doc)
    net.doc.apply(commands.set_param(net.doc, [net.id("x"), net.id("y")], "value", 3.0))
    line.tell()
    assert isinstance(line.waiting, Document)
    line.take()
    assert _state(line.twin.document) == _state(net.doc)


@pytest.mark.parametrize(
    ("kind", "are_values"), [("value", True), ("move", True), ("name", False), ("gate", False), ("training", False)]
)
def test_which_edits_are_values(kind: str, are_values: bool) -> None:
    """New values of sources can go into the plan there is; other params, names, wires and training states can't."""
    net = course()
    x, add = net.id("x"), net.id("q")
    line = Line(net.doc)
    edits = {
        "value": lambda: commands.set_param(net.doc, [x], "value", 3.0),
        "move": lambda: commands.move(net.doc, {add: (5.0, 5.0)}),
        "name": lambda: commands.rename(net.doc, x, "other"),
        "gate": lambda: Patch("Add", {99: Node(99, "tanh", "t")}, {100: Wire(100, add, "z", 99, "x")}),
        "training": lambda: Patch("Train", training=Training(1, {f"{x}.value": np.array(2.0)})),
    }
    net.doc.apply(edits[kind]())
    line.tell()
    assert (line.take() is not None) is are_values
