"""Colours and notes of nodes, and muting by command."""

from __future__ import annotations

import pytest

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.reasons import Reason, Refused
from tests.document.build import course, picture


def test_marks_are_steps_with_names() -> None:
    """Each mark is one named step, undone as one; the same mark again is none."""
    net = course()
    before, start = picture(net.doc), len(net.history.titles)
    x, y = net.id("x"), net.id("y")
    net.do(commands.set_color(net.doc, [x], "teal"))
    net.do(commands.set_color(net.doc, [x], "teal"))
    net.do(commands.set_note(net.doc, [x, y], " the inputs\n"))
    net.do(commands.set_muted(net.doc, [y], True))
    net.do(commands.set_muted(net.doc, [x, y], False))
    net.do(commands.set_color(net.doc, [x], ""))
    net.do(commands.set_note(net.doc, [x], ""))
    assert net.history.titles[start:] == (
        "Paint x teal", "Write a note at 2 nodes", "Mute y", "Unmute 2 nodes", "Take the colour off x",
        "Take the note off x",
    )  # fmt: skip
    assert net.doc.nodes[y].note == "the inputs"
    while net.history.index > start:
        net.history.undo()
    assert picture(net.doc) == before


def test_marks_but_muting_leave_the_computation_alone() -> None:
    """A colour or a note doesn't stop a run: the graph's revision stays."""
    net = course()
    revision = net.doc.graph_revision
    net.do(commands.set_color(net.doc, [net.id("q")], "red"))
    net.do(commands.set_note(net.doc, [net.id("q")], "sum"))
    assert net.doc.graph_revision == revision


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda doc, i: commands.set_color(doc, [i], "pink"), "There is no colour “pink”; there are red,"),
        (lambda doc, i: commands.set_note(doc, [i], "x" * 2001), "at most 2,000 characters; this one has 2,001"),
        (lambda doc, i: commands.set_note(doc, [i], "a\x00b"), r"control character U\+0000"),
        (lambda doc, i: commands.set_note(doc, [i + 99], "a"), "There is no node"),
    ],
)
def test_marks_that_are_refused(make, words) -> None:
    """What no file could hold is refused in a sentence."""
    net = course()
    with pytest.raises(Refused, match=words) as caught:
        make(net.doc, net.id("q"))
    assert caught.value.reason in (Reason.MARK, Reason.UNKNOWN_NODE)


def test_a_node_without_marks_is_written_as_before() -> None:
    """Taking all marks off again leaves the bytes of before; with them the text says so in words."""
    net = course()
    before = files.dumps_text(net.doc)
    net.do(commands.set_muted(net.doc, [1], True))
    net.do(commands.set_color(net.doc, [1], "red"))
    net.do(commands.set_note(net.doc, [1], "mine"))
    text = files.dumps_text(net.doc).decode()
    for word in ('"muted":true', '"color":"red"', '"note":"mine"'):
        assert text.count(word) == 1
    assert files.loads_text(files.dumps_text(net.doc)).nodes[1].note == "mine"
    while net.history.undo_title.startswith(("Mute", "Paint", "Write")):
        net.history.undo()
    assert files.dumps_text(net.doc) == before
