"""Questions asked, changed and taken back; and what becomes of them when the network is edited."""

from __future__ import annotations

import pytest

from gradstudio.document import commands, exercising
from gradstudio.document.questions import NO_EXERCISE, Question
from gradstudio.document.reasons import Reason, Refused
from tests.document.build import course, picture


def test_questions_are_edits_like_all_others() -> None:
    """Asking, wording, moving, dropping: each is a step that undo takes back bit for bit."""
    net = course()
    doc, history = net.doc, net.history
    before = picture(doc)
    wires = list(doc.wires)
    node = next(iter(doc.nodes.values()))
    edits = [
        lambda: exercising.set_title(doc, "  Chain rule "),
        lambda: exercising.ask_wire(doc, wires[0], "gradient"),
        lambda: exercising.ask_output(doc, node.id, node.output_ports()[0].name, "value", "And here?"),
        lambda: exercising.reword(doc, 0, "What comes back?"),
        lambda: exercising.ask_for(doc, 0, "value"),
        lambda: exercising.move_question(doc, 1, 0),
    ]
    for edit in edits:
        history.do(edit())
    assert doc.exercise.title == "Chain rule"
    assert [q.text for q in doc.exercise] == ["And here?", "What comes back?"]
    assert [q.asks for q in doc.exercise] == ["value", "value"]
    history.do(exercising.drop_question(doc, 0))
    history.do(exercising.drop_exercise(doc))
    assert doc.exercise == NO_EXERCISE
    after = picture(doc)
    while history.can_undo and picture(doc) != before:
        history.undo()
    assert picture(doc) == before
    while history.can_redo:
        history.redo()
    assert picture(doc) == after


def test_an_exercise_changes_nothing_that_is_computed() -> None:
    """Asking leaves the graph's revision, so nothing is computed anew."""
    net = course()
    revision = net.doc.graph_revision
    net.history.do(exercising.ask_wire(net.doc, next(iter(net.doc.wires)), "gradient"))
    assert net.doc.graph_revision == revision


def test_what_is_asked_goes_with_what_it_asks_of() -> None:
    """A wire or node that is deleted takes its questions along, in the same step; undo brings both back."""
    net = course()
    doc, history = net.doc, net.history
    wire = next(iter(doc.wires.values()))
    source = doc.nodes[wire.source]
    history.do(exercising.ask_wire(doc, wire.id, "gradient"))
    history.do(exercising.ask_output(doc, source.id, wire.output, "gradient"))
    history.do(commands.disconnect(doc, [wire.id]))
    assert [q.node for q in doc.exercise] == [source.id]
    history.do(commands.delete(doc, [source.id]))
    assert not doc.exercise
    history.undo()
    history.undo()
    assert [q.place for q in doc.exercise] == [
        ("gradient", wire.id, None, ""), ("gradient", None, source.id, wire.output),
    ]  # fmt: skip


def test_what_cannot_be_asked_is_refused_in_a_sentence() -> None:
    """A wire that isn't there, the same twice, a port that isn't there, a question that isn't there."""
    net = course()
    doc = net.doc
    wire = next(iter(doc.wires))
    net.history.do(exercising.ask_wire(doc, wire, "value"))
    wrong = [
        (lambda: exercising.ask_wire(doc, 10**6, "value"), "There is no wire 1000000."),
        (lambda: exercising.ask_wire(doc, wire, "value"), "is asked already"),
        (lambda: exercising.ask_output(doc, next(iter(doc.nodes)), "nope", "value"), "has no output “nope”"),
        (lambda: exercising.drop_question(doc, 4), "There is no question 5."),
        (lambda: exercising.reword(doc, 0, "x" * 3000), "at most 2,000 characters"),
        (lambda: exercising.ask(doc, Question("value")), "of one of the two"),
    ]
    for edit, sentence in wrong:
        with pytest.raises(Refused) as refusal:
            edit()
        assert sentence in str(refusal.value)
        assert refusal.value.reason is Reason.EXERCISE
