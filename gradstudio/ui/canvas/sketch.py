"""A network in one line of text: tried out by itself, told in a few words, and put on the canvas."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF

from gradstudio.document.model import Document, NodeId, Patch
from gradstudio.document.shapes import infer
from gradstudio.document.shorthand import NotShorthand, network
from gradstudio.engine.gate import shape_text
from gradstudio.ui.canvas import arrange, room
from gradstudio.ui.canvas.gestures.drop import corner
from gradstudio.ui.canvas.scene import Scene
from gradstudio.ui.texts import grouped

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_MOST_NAMED = 6
"""Of a longer network only its beginning and its end are told."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A network in one line, tried out.

    Attributes:
        text: the line.
        document: the network by itself; empty where there is a problem.
        nodes: its nodes from left to right.
        problem: why it can't be made, as a sentence; empty where it can.
    """

    text: str
    document: Document
    nodes: tuple[NodeId, ...] = ()
    problem: str = ""

    @property
    def title(self) -> str:
        """What is offered."""
        return _say("Network {}").format(self.text.strip())

    @property
    def count(self) -> str:
        """How many nodes it has, and how many numbers it learns."""
        if self.problem:
            return ""
        learned = parameters(self.document)
        words = _say("{} nodes · {} parameters") if learned else _say("{} nodes")
        return words.format(len(self.nodes), grouped(learned))

    @property
    def told(self) -> str:
        """What it is made of, or why it can't be made."""
        if self.problem:
            return self.problem
        titles = [_told(self.document, node) for node in self.nodes]
        if len(titles) > _MOST_NAMED:
            titles[_MOST_NAMED - 2 : -1] = ["…"]
        return " → ".join(titles)


def sketch(text: str) -> Sketch:
    """Try a line out."""
    document = Document()
    try:
        patch, nodes = network(document, text)
    except NotShorthand as refusal:
        return Sketch(text, document, problem=str(refusal))
    document.apply(patch)
    return Sketch(text, document, nodes)


def laid_out(drawn: Sketch) -> Document:
    """The network of a sketch with its nodes where the layout puts them."""
    places = arrange.places_in(Scene(drawn.document), drawn.nodes)
    made = drawn.document.copy()
    made.apply(Patch("", {i: replace(made.nodes[i], x=x, y=y) for i, (x, y) in places.items()}))
    return made


def parameters(document: Document) -> int:
    """How many numbers a network learns, as far as shapes are known."""
    shapes = infer(document)
    count = 0
    for node in document.nodes.values():
        learned = [weight for weight in node.make().active_weights() if weight.learned] if node.known else []
        count += sum(math.prod(shapes.of(node.id, weight.name) or (0,)) for weight in learned)
    return count


def add(view: CanvasView, text: str, at: QPointF | None = None) -> tuple[NodeId, ...]:
    """Add a network in one step, laid out, and select it; what can't be made is told, and nothing is added.

    Args:
        view: the canvas.
        text: the network in one line.
        at: where its first node goes, or the nearest place below with room for all; None for the middle of the view.
    """
    drawn = sketch(text)
    if drawn.problem:
        view.studio.messageShown.emit(drawn.problem)
        return ()
    return put(view, drawn, lambda: network(view.studio.document, text), at)


def put(
    view: CanvasView, drawn: Sketch, edit: Callable[[], tuple[Patch, tuple[NodeId, ...]]], at: QPointF | None = None
) -> tuple[NodeId, ...]:
    """Add what was sketched in one step, laid out, and select it.

    Args:
        view: the canvas.
        drawn: the network by itself.
        edit: makes the patch that adds it, and its nodes in the order of the sketch.
        at: as in `add`.
    """
    scene = Scene(drawn.document)
    places = arrange.places_in(scene, drawn.nodes)
    dx, dy = _shift(view, drawn, scene, places, at)
    made: list[NodeId] = []

    def make() -> Patch:
        patch, nodes = edit()
        made[:] = nodes
        there = {new: places[old] for new, old in zip(nodes, drawn.nodes, strict=True)}
        home = view.studio.stage.inside
        records = {
            i: None if node is None else replace(node, x=there[i][0] + dx, y=there[i][1] + dy, group=home)
            for i, node in patch.nodes.items()
        }
        return replace(patch, nodes=records)

    if not view.studio.do(make):
        return ()
    view.studio.select(made)
    _show(view, made)
    return tuple(made)


def _shift(
    view: CanvasView, drawn: Sketch, scene: Scene, places: arrange.Places, at: QPointF | None
) -> tuple[float, float]:
    """How far a sketch is moved to come to its place."""
    sizes = {i: scene.node_rect(i).size() for i in drawn.nodes}
    box = QRectF()
    for i, (x, y) in places.items():
        box = box.united(QRectF(QPointF(x, y), sizes[i]))
    if at is None:
        corner_at = view.visible_area().center() - QPointF(box.width() / 2, box.height() / 2)
    else:
        first = drawn.nodes[0]
        look = scene.nodes.faces[scene.nodes.row[first]].look
        corner_at = QPointF(*corner(look, at)) - QPointF(*places[first]) + box.topLeft()
    x, y = room.free_place(view.scene, corner_at.x(), corner_at.y(), box.width(), box.height())
    return x - box.left(), y - box.top()


def _show(view: CanvasView, nodes: list[NodeId]) -> None:
    """Pan to a new network, or show the whole where it is larger than the view."""
    bounds, seen = view.scene.bounds(nodes), view.visible_area()
    if bounds.width() > seen.width() or bounds.height() > seen.height():
        view.zoom_to_fit()
    else:
        view.make_visible(nodes)


def _told(document: Document, node: NodeId) -> str:
    """A node in a few words: its kind and what it was given, the shape of what comes in."""
    record = document.nodes[node]
    if not record.kind.inputs:
        port = record.output_ports()[0].name
        shape = infer(document).of(node, port)
        return record.kind.title if shape is None else f"{record.kind.title} {shape_text(shape)}"
    caption = record.make().caption()
    return f"{record.kind.title} {caption}".rstrip()


def _say(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)
