"""Any sequence of edits: legal all the way, undone completely, redone completely."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gradstudio.document.history import History
from gradstudio.document.legality import check
from gradstudio.document.model import Document, Patch
from gradstudio.document.shapes import infer
from tests.document.build import fresh, picture
from tests.document.strategies import beginnings, documents, edit


def _ids(held: Document | Patch) -> Iterator[int]:
    """The ids of all records of a document or a patch."""
    for records in (held.nodes, held.wires, held.groups, held.frames, held.comments):
        yield from records


class Editing(RuleBasedStateMachine):
    """Edits, undo, redo and saving in any order, next to a plain list of what the document looked like."""

    @initialize(doc=beginnings())
    def begin(self, doc: Document) -> None:
        self.doc = doc
        self.history = History(self.doc)
        self.pictures = [picture(self.doc)]
        self.saved: int | None = 0
        self.ids: set[int] = set()

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        index = self.history.index
        before = set(_ids(self.doc))
        patch = edit(data.draw, self.doc)
        made = {i for i in _ids(patch) if i not in before}
        assert not made & self.ids, "an id was given out twice"
        self.ids |= before | made
        self.history.do(patch)
        if not patch.empty:
            self._went_on(index)

    @rule(data=st.data(), count=st.integers(0, 4))
    def gesture(self, data: st.DataObject, count: int) -> None:
        index = self.history.index
        with self.history.group("Gesture"):
            for _ in range(count):
                self.history.do(edit(data.draw, self.doc))
        assert self.history.index in (index, index + 1)
        self.ids |= set(_ids(self.doc))
        if self.history.index == index + 1 or len(self.history.titles) < len(self.pictures) - 1:
            self._went_on(index)

    def _went_on(self, index: int) -> None:
        """What was undone at this index is lost; a step was made unless it came back to where it began."""
        self.pictures[index + 1 :] = [picture(self.doc)] * (self.history.index - index)
        self.saved = None if self.saved is not None and self.saved > index else self.saved

    @rule()
    def undo(self) -> None:
        index = self.history.index
        assert self.history.undo() is (index > 0)
        assert self.history.index == max(0, index - 1)

    @rule()
    def redo(self) -> None:
        index = self.history.index
        assert self.history.redo() is (index < len(self.history.titles))

    @rule()
    def save(self) -> None:
        self.history.set_clean()
        self.saved = self.history.index

    @invariant()
    def remembered(self) -> None:
        """The document is what it was when the list stood here before."""
        assert len(self.history.titles) == len(self.pictures) - 1
        assert picture(self.doc) == self.pictures[self.history.index]
        assert self.history.clean is (self.saved == self.history.index)

    @invariant()
    def legal(self) -> None:
        """No edit, undo or redo leads to what the table calls broken."""
        assert [finding for finding in check(self.doc) if finding.reason.structural] == []

    @invariant()
    def inferred(self) -> None:
        """What was inferred step by step is what is inferred of the same document at once."""
        now, anew = infer(self.doc), infer(fresh(self.doc))
        assert now.problems == anew.problems
        assert {i: (p.outputs, p.shapes) for i, p in now.places.items()} == {
            i: (p.outputs, p.shapes) for i, p in anew.places.items()
        }
        assert all(now.ranks[wire.source] < now.ranks[wire.target] for wire in self.doc.wires.values())
        assert now.ranks.keys() == self.doc.nodes.keys()

    def teardown(self) -> None:
        if not hasattr(self, "history"):
            return
        last = self.history.index
        while self.history.undo():
            pass
        assert picture(self.doc) == self.pictures[0]
        while self.history.redo():
            pass
        assert picture(self.doc) == self.pictures[-1]
        while self.history.index > last:
            self.history.undo()
        self.remembered()


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@settings(max_examples=60, deadline=None)
@given(documents())
def test_random_documents_are_legal(doc: Document) -> None:
    """What the strategy for colleagues' tests draws is never broken."""
    assert not [finding for finding in check(doc) if finding.reason.structural]


@settings(max_examples=40, deadline=None)
@given(documents())
def test_a_copy_is_the_same_and_goes_its_own_way(doc: Document) -> None:
    """A copy equals its document, and emptying it leaves the document alone."""
    before, twin = picture(doc), doc.copy()
    assert picture(twin) == before
    assert infer(twin).problems == infer(doc).problems
    assert twin.new_id() == doc.new_id()
    for wire in list(twin.wires):
        twin.apply(Patch("Cut", wires={wire: None}))
    assert picture(doc) == before
