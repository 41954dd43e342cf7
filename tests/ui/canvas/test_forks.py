"""Gradients add where a value branches: seen on the canvas, in tooltips and in the inspector."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest

from gradstudio.document import commands
from gradstudio.document.history import History
from gradstudio.document.model import Document
from gradstudio.ui.canvas import describe
from gradstudio.ui.canvas.layers import forks
from gradstudio.ui.canvas.scene import Hit, Part


def forked() -> Document:
    """f = x·y + (-x): x = 3, y = -4, so that -4 and -1 come back to x."""
    doc = Document()
    history = History(doc)
    ids = {}
    spots = {
        "x": ("constant", 0, 0), "y": ("constant", 0, 240), "p": ("multiply", 400, 120), "n": ("negate", 400, -120),
        "f": ("add", 800, 0),
    }  # fmt: skip
    for name, (gate, x, y) in spots.items():
        patch, ids[name] = commands.add_node(doc, gate, x, y, name=name)
        history.do(patch)
    for name, value in (("x", 3.0), ("y", -4.0)):
        history.do(commands.set_param(doc, [ids[name]], "value", value))
    for source, port, target, into in (
        ("x", "value", "p", "x"), ("y", "value", "p", "y"), ("x", "value", "n", "x"), ("p", "z", "f", "x"),
        ("n", "z", "f", "y"),
    ):  # fmt: skip
        history.do(commands.connect(doc, ids[source], port, ids[target], into))
    return doc


def wire(window, source, target):
    """The wire between two nodes."""
    document = window.studio.document
    ends = document.named(source).id, document.named(target).id
    return next(w for w in document.wires.values() if (w.source, w.target) == ends)


def sums(window):
    """What is written at forks, by node, with its place."""
    view, found = window.canvas, {}
    picture = QPixmap(view.size())
    painter = QPainter(picture)
    frame = view._frame(painter, view.rect().toRectF())
    for node, text, place in forks.sums(frame):
        found[view.studio.document.nodes[node].name] = (text, place)
    painter.end()
    return found


def test_each_wire_has_its_own_share_and_the_fork_has_their_sum(make_window) -> None:
    """At x the wires say -4 and -1, and -4 + (-1) = -5 stands at x, in the colour of gradients, clear of nodes."""
    window = make_window(forked())
    readings = window.canvas.readings
    assert readings.wire(wire(window, "x", "p").id).gradient == "-4"
    assert readings.wire(wire(window, "x", "n").id).gradient == "-1"
    found = sums(window)
    assert set(found) == {"x"}
    text, place = found["x"]
    assert text == "-4 + (-1) = -5"
    assert not len(window.canvas.scene.nodes.within(place, 0.0))
    picture = window.canvas.grab().toImage()
    there = window.canvas.camera.rect_to_view(place).toAlignedRect()
    red = QColor(window.studio.theme.gradient)
    colours = [picture.pixelColor(x, y) for x in range(there.left(), there.right()) for y in
               range(there.top(), there.bottom())]  # fmt: skip
    assert any(abs(c.red() - red.red()) + abs(c.green() - red.green()) < 60 for c in colours)


def test_live_sums_stay_where_they_are(make_window) -> None:
    """Shorter numbers are written in the room of longer ones, at its right edge; longer ones get more room."""
    window = make_window(forked())
    text, place = sums(window)["x"]
    tell(window, 1.0)
    shorter, there = sums(window)["x"]
    assert (text, shorter) == ("-4 + (-1) = -5", "1 + 1 = 2")
    assert place.contains(there)
    assert there.width() < place.width()
    assert place.left() == there.left() or place.right() == there.right()
    tell(window, -12.34)
    longer, there = sums(window)["x"]
    assert longer == "-12.34 + (-12.34) = -24.68"
    assert there.width() > place.width()


def tell(window, share: float) -> None:
    """Numbers arrive by which each wire brings back this, and each node twice this."""
    snapshot = window.studio.snapshot()
    contributions = {key: s._replace(low=share) for key, s in snapshot.contributions.items()}
    gradients = {key: s._replace(low=2 * share) for key, s in snapshot.gradients.items()}
    window.studio._tell_numbers(replace(snapshot, contributions=contributions, gradients=gradients))


def test_where_there_is_no_room_the_sum_is_in_tooltips(make_window) -> None:
    """With nodes above and below x no sum is written over them; the port's and the wire's tooltips tell it."""
    doc = forked()
    window = make_window(doc)
    x = next(i for i, node in doc.nodes.items() if node.name == "x")
    for top in (-80.0, 80.0):
        for left in (-200.0, -100.0, 0.0, 100.0):
            window.studio.do(commands.add_node(doc, "constant", left, top)[0])
    assert "x" not in sums(window)
    assert "-4&nbsp;+&nbsp;(-1)&nbsp;=&nbsp;-5" in describe.port_text(
        window.canvas, doc.nodes[x], Hit(Part.OUTPUT, x, "value")
    )
    assert "-4&nbsp;+&nbsp;(-1)&nbsp;=&nbsp;-5" in describe.wire_text(window.canvas, wire(window, "x", "n").id)
    assert "they add" not in describe.wire_text(window.canvas, wire(window, "p", "f").id)


def test_a_selected_wire_shows_its_own_share_alone(make_window, hand) -> None:
    """A click on the wire from x to n shows -1 in the inspector, and below it the sum it is part of."""
    window = make_window(forked())
    chosen = wire(window, "x", "n")
    row = window.canvas.scene.wires.row[chosen.id]
    middle = window.canvas.scene.wires.path(row).pointAtPercent(0.5)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=hand(window).canvas_point(middle))
    assert window.studio.selection()[1] == (chosen.id,)
    page = window.inspector.page
    assert [text for *_, text in page.gradient.texts()] == ["-1"]
    assert page.sum.text() == "At x they add: -4 + (-1) = -5"
    assert page.sum.isVisibleTo(page)
    window.studio.select((), (wire(window, "p", "f").id,))
    assert not window.inspector.page.sum.isVisibleTo(window.inspector.page)
