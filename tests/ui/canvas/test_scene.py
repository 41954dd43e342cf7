"""Tables of nodes and wires: in step with the document, and right about what lies where."""

import random
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QApplication

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.history import History
from gradstudio.document.model import Document, Patch
from gradstudio.document.reasons import Refused
from gradstudio.engine.errors import EngineError
from gradstudio.resources import resource
from gradstudio.ui.canvas.scene import Part, PortRef, Scene
from tests.ui.canvas.hands import Hands, Item, network, sum_times_z

GATES = ("constant", "add", "multiply", "relu", "dense", "l2", "softmax_cross_entropy", "spiral")


def same(one: Scene, other: Scene) -> bool:
    """Whether two scenes show the same, whatever the order of their rows."""

    def nodes(scene: Scene) -> dict[int, object]:
        table = scene.nodes
        return {i: (table.boxes[r].tolist(), table.faces[r], int(table.shelf[r])) for i, r in table.row.items()}

    def wires(scene: Scene) -> dict[int, object]:
        table = scene.wires
        return {i: (table.ends[r].tolist(), table.hull[r].tolist(), int(table.shelf[r])) for i, r in table.row.items()}

    def stubs(scene: Scene) -> Sequence[object]:
        ends = scene.stubs.ends.tolist()
        return sorted((end, port.node, port.port) for end, port in zip(ends, scene.stubs.ports, strict=True))

    def areas(scene: Scene) -> Sequence[object]:
        return [(area.id, area.kind, area.text, area.color, area.rect) for area in scene.areas.all()]

    def blocks(scene: Scene) -> object:
        return {
            tint: sorted((r.x(), r.y(), r.width(), r.height()) for r in rects) for tint, rects in scene.nodes.blocks()
        }

    def strokes(scene: Scene) -> object:
        return {shelf: sorted(lines(path)) for shelf, path in scene.wires.strokes().items()}

    def leaving(scene: Scene) -> object:
        return dict(zip(scene.nodes.ids, scene.wires.leaving(len(scene.nodes)).tolist(), strict=True))

    return all(part(one) == part(other) for part in (nodes, wires, stubs, areas, blocks, strokes, leaving))


def lines(path: QPainterPath) -> list[tuple[float, ...]]:
    """The ends of the lines of a path."""
    points = [(path.elementAt(i).x, path.elementAt(i).y) for i in range(path.elementCount())]
    return [(*start, *stop) for start, stop in zip(points[::2], points[1::2], strict=True)]


def edit(document: Document, dice: random.Random) -> Patch:  # noqa: PLR0911 - one return per kind of edit
    """A random edit."""
    nodes, wires = list(document.nodes), list(document.wires)
    kind = dice.choice("aaaccccmdwrpu") if nodes else "a"
    some = dice.sample(nodes, min(len(nodes), dice.randint(1, 3)))
    if kind == "a":
        return commands.add_node(document, dice.choice(GATES), dice.randint(-300, 900), dice.randint(-300, 900))[0]
    if kind == "c":
        source, target = document.nodes[dice.choice(nodes)], document.nodes[dice.choice(nodes)]
        outputs, inputs = source.output_ports(), target.input_ports()
        if not outputs or not inputs:
            return commands.move(document, {})
        ends = (source.id, dice.choice(outputs).name, target.id, dice.choice(inputs).name)
        return commands.connect(document, *ends, replace=True)
    if kind == "m":
        return commands.move(document, {i: (dice.randint(0, 900), dice.randint(0, 900)) for i in some})
    if kind == "d":
        return commands.delete(document, some[:1])
    if kind == "w":
        return commands.disconnect(document, dice.sample(wires, min(len(wires), 1)))
    if kind == "r":
        return commands.rename(document, some[0], f"renamed {dice.randint(0, 10**6)}")
    if kind == "p":
        return commands.set_param(document, some[:1], "bias", dice.random() < 0.5)
    return commands.duplicate(document, some)[0]


def test_a_followed_scene_equals_a_fresh_one(qapp: object) -> None:
    """After each of hundreds of random edits, undos and redos the followed tables are those made anew."""
    document, dice, done = Document(), random.Random(5), 0
    history, scene = History(document), Scene(document)
    document.changed.connect(scene.sync)
    for _ in range(400):
        try:
            if dice.random() < 0.2 and history.can_undo:
                history.undo()
            elif dice.random() < 0.1 and history.can_redo:
                history.redo()
            else:
                history.do(edit(document, dice))
        except (Refused, EngineError):
            continue
        done += 1
        assert same(scene, Scene(document))
    assert done > 150
    assert len(document.wires) > 3
    while history.can_undo:
        history.undo()
    assert len(scene.nodes) == len(scene.wires) == 0


def test_what_lies_at_a_point(hands: Hands) -> None:
    """Ports lie over nodes, nodes over wires, and beside them there is nothing."""
    scene, q = hands.view.scene, hands.node("q").id

    def part(at: QPointF) -> Part:
        return scene.hit(hands.view.to_scene(at), 1.0).part

    assert scene.hit(hands.view.to_scene(hands.port("q.x")), 1.0).node == q
    assert part(hands.port("q.x")) is Part.INPUT
    assert part(hands.port("q.z")) is Part.OUTPUT
    assert part(hands.at("q")) is Part.NODE
    assert scene.hit(hands.view.to_scene(hands.header("q")), 1.0).header
    assert part((hands.port("z.value") + hands.port("f.y")) / 2) is Part.WIRE
    assert part(QPointF(850, 500)) is Part.EMPTY


def test_of_two_nodes_on_each_other_the_upper_one_is_hit(qapp: object) -> None:
    """The node painted last is hit first, and a selected one before all."""
    scene = Scene(network({"low": ("add", 0, 0, {}), "high": ("add", 20, 10, {})}))
    low, high = scene.nodes.ids
    at = QPointF(50, 60)
    assert scene.hit(at, 1.0).node == high
    assert scene.hit(at, 1.0, frozenset({low})).node == low


def test_the_nearest_port_of_the_wanted_kind(qapp: object) -> None:
    """Looking for inputs finds no outputs, however near."""
    document = sum_times_z("")
    scene = Scene(document)
    q = document.named("q")
    assert q is not None
    point = scene.port_point(q.id, "z", True)
    assert point is not None
    assert scene.nearest_port(point, 20, True) == PortRef(q.id, "z", True)
    assert scene.nearest_port(point, 20, False) is None


def test_culling_leaves_no_visible_wire_out(qapp: object) -> None:
    """Every wire that has a point inside a rectangle is among those painted there."""
    dice = np.random.default_rng(3)
    nodes: dict[str, Item] = {f"n{i}": ("add", *dice.integers(-800, 800, 2).tolist(), {}) for i in range(40)}
    wires = " ".join(f"n{i}>n{j}.{'xy'[int(dice.integers(2))]}" for i, j in zip(range(39), range(1, 40), strict=True))
    scene = Scene(network(nodes, wires))
    found = 0
    for _ in range(60):
        x, y, w, h = dice.integers(-900, 800), dice.integers(-900, 800), dice.integers(5, 300), dice.integers(5, 300)
        area = QRectF(float(x), float(y), float(w), float(h))
        painted = set(scene.wires.crossing(scene.wires.within(area), area).tolist())
        for row in range(len(scene.wires)):
            path = scene.wires.path(row)
            if any(area.contains(path.pointAtPercent(t)) for t in np.linspace(0, 1, 50)):
                found += 1
                assert row in painted
    assert found > 20


def test_stubs_are_at_the_ends_only(qapp: object) -> None:
    """An open end is drawn at a gate none of whose outputs is used: not at constants, nor at weights."""
    document = network(
        {"x": ("constant", 0, 0, {"value": [[1.0]]}), "lone": ("constant", 0, 90, {}), "d": ("dense", 150, 0, {}),
         "r": ("relu", 400, 0, {}), "l": ("l2", 400, 120, {})},
        "x>d d>r d.W>l",
    )  # fmt: skip
    scene = Scene(document)
    assert len(scene.stubs.ends) == 2
    names = {document.nodes[scene.nodes.ids[int(row)]].name for row in scene.stubs.tied}
    assert names == {"r", "l"}


@pytest.mark.parametrize("example", ["spiral", "staged", "sigmoid-gates", "two-layer"])
def test_labels_of_the_examples_lie_beside_the_nodes(make_hands: Callable[[Document], Hands], example: str) -> None:
    """In the shipped networks hardly any label reaches onto a node."""
    hands = make_hands(files.read(resource("examples", f"{example}.grad")))
    hands.settle()
    hands.view.zoom_to_fit()
    hands.view.grab()
    scene = hands.view.scene
    boxes = scene.labels.wires.boxes(np.arange(len(scene.wires)))
    assert len(boxes) == 2 * len(scene.wires)
    for left, top, right, bottom in boxes.tolist():
        rect = QRectF(left, top, right - left, bottom - top)
        common = [rect.intersected(node) for node in scene.nodes.rects]
        assert sum(r.width() * r.height() for r in common) < 0.15 * rect.width() * rect.height()


def test_labels_of_many_wires_all_appear(make_hands: Callable[[Document], Hands]) -> None:
    """However many labels come into view at once, all of them have a place (or none to have) a moment later."""
    nodes: dict[str, Item] = {f"n{i}": ("negate", 140.0 * (i % 8), 90.0 * (i // 8), {}) for i in range(64)}
    nodes["n0"] = ("constant", 0, 0, {"value": 1.0})
    hands = make_hands(network(nodes, " ".join(f"n{i}>n{i + 1}" for i in range(63))))
    hands.settle()
    hands.view.set_scale(0.55)
    lot = hands.view.scene.labels.wires
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and (np.isnan(lot.above[:, 0]) & ~lot.hidden).any():
        QApplication.processEvents()
        lot = hands.view.scene.labels.wires
    assert not (np.isnan(lot.above[:, 0]) & ~lot.hidden).any()
    assert lot.hidden.sum() < 10


def test_labels_elsewhere_stay_where_they_are(hands: Hands) -> None:
    """An edit moves the labels of the wires it touches, and leaves the others alone."""
    hands.settle()
    scene = hands.view.scene

    def place(source: str, target: str) -> object:
        return scene.labels.wires.above[scene.wires.row[hands.wire(source, target).id]].tolist()

    far, near = place("z", "f"), place("x", "q")
    hands.studio.do(lambda: commands.move(hands.document, {hands.node("x").id: (0.0, -120.0)}))
    hands.settle()
    assert place("z", "f") == far
    assert place("x", "q") != near


def test_labels_stay_off_nodes_and_off_each_other(make_hands: Callable[[Document], Hands]) -> None:
    """In the shipped circuit every label has a place, none lies on a node, and no two overlap much."""
    hands = make_hands(sum_times_z())
    hands.settle()
    hands.view.grab()
    scene = hands.view.scene
    boxes = [*scene.labels.wires.boxes(np.arange(4)), *scene.labels.stubs.boxes(np.arange(1))]
    assert len(boxes) == 10
    rects = [QRectF(left, top, right - left, bottom - top) for left, top, right, bottom in boxes]
    for i, rect in enumerate(rects):
        assert not any(rect.intersects(node) for node in scene.nodes.rects)
        for other in rects[i + 1 :]:
            common = rect.intersected(other)
            assert common.width() * common.height() <= 0.1 * rect.width() * rect.height()
