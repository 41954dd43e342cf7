"""Very many wires in view: those that can be followed are drawn, and labels are sought only for what may have one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.layers.frame import PASSING
from gradstudio.ui.canvas.layers.wires import _told_apart
from gradstudio.ui.canvas.placing import reachable


def crowd(count: int) -> Document:
    """So many wires from far left to far right, and one that ends in view."""
    nodes: dict[int, Node] = {}
    wires: dict[int, Wire] = {}
    for i in range(count + 1):
        source, target, wire = 3 * i + 1, 3 * i + 2, 3 * i + 3
        x = 5000.0 if i < count else 200.0
        nodes[source] = Node(source, "parameter", f"p{i}", x=-5000.0, y=0.2 * i)
        nodes[target] = Node(target, "tanh", f"t{i}", x=x, y=0.2 * i if i < count else 100.0)
        wires[wire] = Wire(wire, source, "value", target, "x")
    made = Document()
    made.apply(Patch("Build", nodes, wires))
    return made


@pytest.mark.parametrize("count", [PASSING - 1, 4 * PASSING])
def test_of_a_crowd_of_wires_some_are_drawn(make_view: Callable[[Document], CanvasView], count: int) -> None:
    """Wires that pass through are all drawn up to a number, and of more just some; one that ends in view always is."""
    view = make_view(crowd(count))
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    frame = view._frame(painter, QRectF(view.rect()))
    rows = view.scene.wires.crossing(frame.wires_here(), frame.area)
    drawn = _told_apart(frame, rows, {})
    painter.end()
    assert len(rows) == count + 1
    assert count in drawn
    assert len(drawn) == count + 1 if count < PASSING else PASSING / 4 < len(drawn) < PASSING


def test_labels_that_lie_elsewhere_are_not_sought(make_view: Callable[[Document], CanvasView]) -> None:
    """A wire may have a label in view only where one of the places for it is near."""
    view = make_view(crowd(30))
    rows = np.arange(len(view.scene.wires))
    view.scene.labels.forget()
    middle, aside = QRectF(-50.0, -50.0, 200.0, 200.0), QRectF(-4950.0, -50.0, 100.0, 200.0)
    assert view.scene.labels.may_show(rows[:30], middle).all()
    assert not view.scene.labels.may_show(rows[:30], aside).any()


def test_no_box_a_label_could_lie_on_is_left_out() -> None:
    """Of thousands of boxes those are kept that any block to try touches, and others aren't looked at any more."""
    dice = np.random.default_rng(1)
    corner, size = dice.uniform(-3000, 9000, (16, 41, 2, 2)), dice.uniform(20, 200, (16, 41, 2, 2))
    tries = np.concatenate((corner, corner + size), axis=-1)
    corner, size = dice.uniform(-9000, 15000, (5000, 2)), dice.uniform(10, 300, (5000, 2))
    boxes = np.concatenate((corner, corner + size), axis=1)
    kept = {tuple(box) for box in reachable(tries, boxes).tolist()}
    left, top, right, bottom = tries.reshape(-1, 4).T[..., None]
    hit = ((left < boxes[:, 2]) & (right > boxes[:, 0]) & (top < boxes[:, 3]) & (bottom > boxes[:, 1])).any(axis=0)
    assert kept.issuperset(tuple(box) for box in boxes[hit].tolist())
    assert hit.sum() > 100
    assert len(kept) < len(boxes) / 2
