"""The picture kept of the view: however it came about, it shows what painting everything anew shows."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.document import commands
from gradstudio.document.model import Document, NodeId
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.layers.frame import PASSING
from gradstudio.ui.canvas.metrics import OVERVIEW
from gradstudio.ui.canvas.scene import Hit, Part
from gradstudio.ui.canvas.stretch import FEW
from gradstudio.ui.theme import LIGHT
from tests.ui.canvas.hands import Hands, Item, network
from tests.ui.canvas.test_crowds import crowd

LAYERS, ROWS = 20, 15


def woven(seed: int = 3) -> Document:
    """Layers of gates, each fed by one or two of the layer before; many outputs fork."""
    dice = random.Random(seed)
    nodes: dict[str, Item] = {}
    wires = []
    for i in range(LAYERS * ROWS):
        layer, row = divmod(i, ROWS)
        gate = "constant" if not layer else dice.choice(("tanh", "multiply", "add"))
        nodes[f"n{i}"] = (gate, 260.0 * layer, 130.0 * row, {} if layer else {"value": dice.gauss(0, 1)})
        for port in () if not layer else ("x",) if gate == "tanh" else ("x", "y"):
            source = (layer - 1) * ROWS + min(max(round(dice.gauss(row, 2.0)), 0), ROWS - 1)
            wires.append(f"n{source}>n{i}.{port}")
    return network(nodes, " ".join(wires))


def shown(view: CanvasView) -> QImage:
    """What the screen shows of a view."""
    QApplication.processEvents()
    return view.screen().grabWindow(view.winId()).toImage()


def at_rest(view: CanvasView) -> None:
    """Wait until all labels have found their places, and the picture is sharp."""
    quiet = 0
    while quiet < 3:
        QTest.qWait(2)
        quiet = 0 if view._again.isActive() or view.stretch.active else quiet + 1


def anew(view: CanvasView) -> QImage:
    """What painting all of the view anew shows."""
    view.update()
    at_rest(view)
    return shown(view)


def apart(one: QImage, other: QImage) -> int:
    """How far two pictures are apart: the largest difference of any colour of a pixel."""
    a, b = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (one, other))
    return int(np.abs(a - b).max())


SLIGHT = 20
"""From afar smooth lines may differ so much: they are rounded otherwise where the corner of the view lies elsewhere."""


@pytest.fixture
def full(make_hands: Callable[[Document], Hands]) -> CanvasView:
    """A canvas full of nodes, with numbers."""
    hands = make_hands(woven())
    hands.settle()
    view = hands.view
    view.minimap.set_wanted(False)
    view.set_scale(0.5)
    view.look_at(QPointF(130.0 * LAYERS, 65.0 * ROWS))
    at_rest(view)
    return view


@pytest.mark.parametrize("scale", [0.2, 0.5, 0.7, 1.0, 1.9])
def test_after_pans_the_picture_is_that_of_painting_anew(full: CanvasView, scale: float) -> None:
    """Strips painted as they came into view, or ahead of it, fit together to what is painted in one go."""
    full.set_scale(scale)
    at_rest(full)
    dice = random.Random(int(100 * scale))
    for _ in range(6):
        x, y = dice.randint(-25, 25), dice.randint(-25, 25)
        for _ in range(dice.randint(1, 8)):
            full.pan(x, y)
            QApplication.processEvents()
        at_rest(full)
        assert apart(shown(full), anew(full)) <= (SLIGHT if scale < OVERVIEW else 0)


def test_sums_lie_on_no_other_sums(full: CanvasView) -> None:
    """However one pans, the sums at forks keep clear of each other and of the labels on wires."""
    for x, y in ((-60, 40), (-130, -70), (40, -90)):
        for _ in range(4):
            full.pan(x, y)
            QApplication.processEvents()
        at_rest(full)
    labels, area = full.scene.labels, full.visible_area()
    rooms = [room for rooms in labels.sums.values() for room in rooms]
    places = [room.place for room in rooms if room.place is not None and room.place.intersects(area)]
    assert len(places) > 5
    assert not any(a.intersects(b) for a, b in itertools.combinations(places, 2))
    boxes = [QRectF(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in labels.wires.taken(full.scene.bounds()).tolist()]
    assert not any(place.intersects(box) for place in places for box in boxes)


def test_a_pan_paints_only_what_is_new(full: CanvasView, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a view that pans strips are painted, not much larger all in all than what came into view."""
    painted: list[QRectF] = []
    paint = full.paint_part

    def noting(painter: object, rect: QRectF, **how: object) -> None:
        painted.append(rect)
        paint(painter, rect, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(full, "paint_part", noting)
    for _ in range(10):
        full.pan(9, 5)
        QApplication.processEvents()
    area = sum(rect.width() * rect.height() for rect in painted)
    new = 90 * full.height() + 50 * full.width()
    assert new < area < 2.5 * new
    assert len(painted) < 10


def test_at_rest_the_margin_is_painted(full: CanvasView) -> None:
    """After a pan the surroundings are painted while nothing happens, and panning there paints nothing more."""
    full.pan(1, 0)
    at_rest(full)
    assert wait_for(lambda: full.backing.fresh == QRegion(full.backing.surroundings()))
    before = shown(full)
    full.pan(45, 40)
    assert QRegion(full.rect()).subtracted(full.backing.fresh).isEmpty()
    assert before != shown(full) == anew(full)


def wait_for(truth: Callable[[], bool]) -> bool:
    """Let events happen until something is true."""
    for _ in range(400):
        if truth():
            return True
        QTest.qWait(5)
    return False


def test_a_pan_through_a_crowd_paints_it_anew(make_hands: Callable[[Document], Hands]) -> None:
    """Which of a crowd of wires are drawn depends on the view: after a pan it looks as painted in one go."""
    hands = make_hands(crowd(PASSING + 100))
    hands.settle()
    view = hands.view
    view.minimap.set_wanted(False)
    view.set_scale(0.4)
    view.look_at(QPointF(200.0, 100.0))
    at_rest(view)
    assert view.backing.thins
    before = shown(view)
    for x, y in ((5, 3), (-60, 40), (200, 0), (0, -255), (7, 9), (0, 251)):
        view.pan(x, y)
        at_rest(view)
        after = shown(view)
        assert before != after == anew(view)
        before = after


def test_numbers_that_change_out_of_view_are_shown_there(full: CanvasView) -> None:
    """The margin doesn't keep numbers from before."""
    full.pan(1, 0)
    at_rest(full)
    assert wait_for(lambda: full.backing.fresh == QRegion(full.backing.surroundings()))
    snapshot = full.studio.snapshot()
    assert snapshot is not None
    area = full.camera.rect_to_scene(QRectF(full.rect()))
    near = full.scene.wires.within(area.adjusted(-200, -200, 200, 200))
    seen = {full.studio.document.wires[full.scene.wires.ids[row]].source for row in near.tolist()}
    values = {key: s if key[0] in seen else s._replace(low=0.125) for key, s in snapshot.values.items()}
    assert values != snapshot.values
    full.studio._show(replace(snapshot, values=values))
    full.pan(-90, 0)
    assert shown(full) == anew(full)


# --- zooming ------------------------------------------------------------------------------------------------


def test_while_the_wheel_turns_the_picture_is_scaled_and_then_sharp(full: CanvasView) -> None:
    """Each step shows at once, larger; what is under the mouse is exact; at rest it is as if painted anew."""
    before, node = shown(full), full.scene.nodes.ids[LAYERS * ROWS // 2]
    for _ in range(3):
        full.zoom(1.05, QPointF(450, 280))
        step = shown(full)
        assert full.stretch.active
        assert step != before
        before = step
        middle = full.to_view(full.node_rect(node).center())
        assert full.scene.hit(full.to_scene(middle), full.scale()).node == node
    at_rest(full)
    assert not full.stretch.active
    assert before != shown(full) == anew(full)


@pytest.mark.parametrize("factor", [1.2, 1 / 1.2])
def test_a_long_zoom_gets_sharp_on_the_way_and_in_the_end(full: CanvasView, factor: float) -> None:
    """The picture is renewed while somebody zooms far, bare edges show boxes, and the end is exact."""
    for _ in range(6):
        full.zoom(factor, QPointF(300, 200))
        picture = shown(full)
        corner = picture.pixelColor(2, picture.height() - 3)
        assert corner.isValid()
        QTest.qWait(20)
    at_rest(full)
    assert apart(shown(full), anew(full)) <= (SLIGHT if factor < 1 else 0)


def test_a_zoom_over_few_nodes_paints_at_once(make_hands: Callable[[Document], Hands]) -> None:
    """A view of few nodes is sharp at every step."""
    hands = make_hands(woven())
    hands.settle()
    view = hands.view
    view.set_scale(1.5)
    at_rest(view)
    assert len(view.scene.nodes.within(view.visible_area())) < FEW
    view.zoom(1.1)
    assert not view.stretch.active
    assert shown(view) == anew(view)


@pytest.mark.parametrize("what", ["select", "edit", "theme", "pan", "hover", "numbers", "resize"])
def test_what_changes_meanwhile_is_seen_in_the_end(full: CanvasView, what: str) -> None:
    """A selection, an edit, another theme, a pan, a hover, numbers and another size in the middle of a zoom show."""
    full.zoom(1.1)
    before, zooms = shown(full), full.stretch.active
    CHANGES[what](full)
    after = shown(full)
    at_rest(full)
    assert zooms > full.stretch.active
    assert before != shown(full) == anew(full)
    if what in ("select", "theme"):
        assert after == shown(full)


def live(view: CanvasView) -> None:
    """Other numbers arrive."""
    snapshot = view.studio.snapshot()
    assert snapshot is not None
    values = {key: s._replace(low=s.low + 1.5) for key, s in snapshot.values.items()}
    view.studio._show(replace(snapshot, values=values))


def middle(view: CanvasView) -> NodeId:
    """A node in the middle of the view."""
    return NodeId(
        next(view.scene.nodes.ids[row] for row in view.scene.nodes.within(view.visible_area(), -200.0).tolist())
    )


CHANGES: dict[str, Callable[[CanvasView], object]] = {
    "select": lambda view: view.studio.select([middle(view)]),
    "edit": lambda view: view.studio.do(lambda: commands.move(view.studio.document, {middle(view): (2600.0, 990.0)})),
    "theme": lambda view: view.studio.set_theme(LIGHT),
    "pan": lambda view: view.pan(7, -3),
    "hover": lambda view: view._hover(Hit(Part.NODE, middle(view))),
    "numbers": live,
    "resize": lambda view: view.resize(800, 500),
}
