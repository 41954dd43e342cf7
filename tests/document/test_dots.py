"""Dots lead wires through places, and nothing else changes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradstudio import files
from gradstudio.document import commands, dots
from gradstudio.document.legality import MOST_DOTS, check
from gradstudio.document.model import Document, Dot, Wire
from gradstudio.document.reasons import Reason, Refused
from tests.document.build import Net, course, picture


def first(net: Net) -> int:
    """The wire from x to q."""
    return min(net.doc.wires)


def via(net: Net) -> tuple[Dot, ...]:
    """The dots of that wire."""
    return net.doc.wires[first(net)].via


def refusal(doc: Document, *at: float) -> str:
    """Why a dot there is refused."""
    with pytest.raises(Refused) as caught:
        dots.add_dot(doc, min(doc.wires), 0, *at)
    assert caught.value.reason is Reason.PLACE
    return caught.value.message


def test_dots_come_move_and_go_one_step_each() -> None:
    """A dot is put between others by its index, moved and removed; each is a step that undo takes back."""
    net = course()
    before = picture(net.doc)
    for index, at in ((0, (10, 20)), (1, (30, 40)), (1, (-0.0, 5))):
        net.do(dots.add_dot(net.doc, first(net), index, *at))
    assert via(net) == ((10, 20), (0, 5), (30, 40))
    assert net.history.undo_title == "Add a dot to x → q"
    net.do(dots.move_dot(net.doc, first(net), 1, 7, 8))
    assert via(net) == ((10, 20), (7, 8), (30, 40))
    net.do(dots.remove_dot(net.doc, first(net), 0))
    assert via(net) == ((7, 8), (30, 40))
    net.do(dots.straighten(net.doc, net.doc.wires))
    assert via(net) == ()
    assert net.history.undo_title == "Straighten x → q"
    for _ in range(6):
        net.history.undo()
    assert picture(net.doc) == before


def test_moving_a_dot_to_where_it_is_changes_nothing() -> None:
    """Such a patch is empty, and so makes no step."""
    net = course()
    net.do(dots.add_dot(net.doc, first(net), 0, 10, 20))
    assert dots.move_dot(net.doc, first(net), 0, 10, 20).empty
    assert dots.straighten(net.doc, [max(net.doc.wires)]).empty


def test_dots_are_no_part_of_the_computation() -> None:
    """The graph's revision stays when dots come and move; it grows when the wire goes or ends elsewhere."""
    net = course()
    known = net.doc.graph_revision
    net.do(dots.add_dot(net.doc, first(net), 0, 10, 20))
    net.do(dots.move_dot(net.doc, first(net), 0, 30, 20))
    assert net.doc.graph_revision == known
    net.do(commands.disconnect(net.doc, [first(net)]))
    assert net.doc.graph_revision == net.doc.revision


def test_dots_that_cannot_be_are_refused() -> None:
    """Off the canvas, beyond the most a wire may have, of no wire, without being there."""
    net = course()
    assert "1e+10" in refusal(net.doc, 1e10, 0)
    for i in range(MOST_DOTS):
        net.doc.apply(dots.add_dot(net.doc, first(net), 0, i, 0))
    assert f"at most {MOST_DOTS}" in refusal(net.doc, 0, 0)
    with pytest.raises(Refused):
        dots.add_dot(net.doc, 999, 0, 0, 0)
    for index in (-1, MOST_DOTS):
        with pytest.raises(Refused, match=f"no dot {index + 1}"):
            dots.move_dot(net.doc, first(net), index, 0, 0)


def test_a_document_with_impossible_dots_is_broken() -> None:
    """The table of a legal network knows dots: a file can't bring what no edit can make."""
    net = course()
    wire = net.doc.wires[first(net)]
    net.place(Wire(wire.id, *wire.ends, via=((0.0, 1e10),)))
    (finding,) = check(net.doc)
    assert (finding.reason, finding.wire) == (Reason.PLACE, wire.id)


def test_a_re_plugged_wire_keeps_its_dots() -> None:
    """The wire that takes another's place is led through the same places."""
    net = course()
    net.do(dots.add_dot(net.doc, first(net), 0, 10, 20))
    net.do(commands.connect(net.doc, *net.ends("z.value", "q.x"), without=first(net)))
    assert net.doc.wires[max(net.doc.wires)].via == ((10, 20),)


def test_dots_go_along_with_the_nodes_at_both_ends() -> None:
    """Moved with both its nodes, a wire keeps its form; with one of them only, its dots stay."""
    net = course()
    net.do(dots.add_dot(net.doc, first(net), 0, 10, 20))
    x, q = net.id("x"), net.id("q")
    net.do(commands.move(net.doc, {x: (5, 7), q: (5, 7)}))
    assert via(net) == ((15, 27),)
    net.do(commands.move(net.doc, {x: (50, 70)}))
    net.do(commands.move(net.doc, {x: (60, 70), q: (6, 7)}))
    assert via(net) == ((15, 27),)


def test_twins_have_dots_of_their_own() -> None:
    """Copied and duplicated wires have the same dots, as far from their nodes."""
    net = course()
    net.do(dots.add_dot(net.doc, first(net), 0, 10, 20))
    x, q = net.id("x"), net.id("q")
    net.do(commands.move(net.doc, {x: (4, 0), q: (100, 50)}))
    patch, _ = commands.duplicate(net.doc, [x, q], 24, 24)
    assert [w.via for w in patch.wires.values() if w is not None] == [((34, 44),)]
    text = commands.copy(net.doc, [x, q])
    assert json.loads(text)["wires"][0]["via"] == [[10, 20]]
    patch, _ = commands.paste(net.doc, text, 104, 200)
    assert [w.via for w in patch.wires.values() if w is not None] == [((110, 220),)]


def test_dots_survive_a_file_and_leave_no_trace_without() -> None:
    """Both forms of a file keep them; a wire that has none any more makes the bytes it made before."""
    net = course()
    plain, text = files.dumps(net.doc), files.dumps_text(net.doc)
    net.do(dots.add_dot(net.doc, first(net), 0, 0.1, np.nextafter(1, 2)))
    for again in (files.loads(files.dumps(net.doc)), files.loads_text(files.dumps_text(net.doc))):
        assert picture(again) == picture(net.doc)
    net.do(dots.remove_dot(net.doc, first(net), 0))
    assert (files.dumps(net.doc), files.dumps_text(net.doc)) == (plain, text)
