"""A network from one line: offered in the search palette, added in one step, and refused in a sentence."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.document.shorthand import SPACING
from gradstudio.ui.canvas.sketch import laid_out, parameters, sketch
from gradstudio.ui.canvas.wanted import Wanted
from gradstudio.ui.gatesearch import GateSearch
from gradstudio.ui.theme import DARK

ENTER, TAB = Qt.Key.Key_Return, Qt.Key.Key_Tab


def popup() -> GateSearch:
    """The palette that is open."""
    found = QApplication.activePopupWidget()
    assert isinstance(found, GateSearch)
    return found


def search(window, me, text: str) -> GateSearch:
    """Tab, a text."""
    window.canvas.setFocus()
    me.key(TAB)
    QTest.keyClicks(popup().field, text)
    return popup()


def boxes(window, nodes):
    """The boxes of nodes."""
    return [window.canvas.node_rect(i) for i in nodes]


def titles(offered: GateSearch) -> list[str]:
    """What is offered."""
    return [offered.list.item(i).text() for i in range(offered.list.count())]


def test_a_line_is_a_network_in_one_step(make_window, hand) -> None:
    """Tab, 784-256-relu-10, Enter: four wired nodes in a row, all selected, and one step of undo."""
    window = make_window()
    offered = search(window, hand(window), "784-256-relu-10")
    assert titles(offered) == ["Network 784-256-relu-10"]
    QTest.keyClick(offered.field, ENTER)
    document = window.studio.document
    assert [node.gate for node in document.nodes.values()] == ["random", "dense", "relu", "dense"]
    assert len(document.wires) == 3
    assert set(window.studio.selection()[0]) == set(document.nodes)
    places = boxes(window, document.nodes)
    assert all(a.right() < b.left() for a, b in pairwise(places))
    assert window.studio.history.titles == ("Add 784-256-relu-10",)
    window.studio.undo()
    assert not document.nodes


def test_it_goes_to_the_place_that_was_asked_for(make_window) -> None:
    """The first node lies at the cursor, and nothing lies on what was there before."""
    window = make_window("sum-times-z")
    before = list(window.studio.document.nodes)
    bounds = window.canvas.scene.bounds()
    at = QPointF(bounds.left() + 40, bounds.bottom() + 200)
    window.pick_gate(Wanted(at, near=tuple(before[:1])))
    QTest.keyClicks(popup().field, "4-3-tanh-2")
    QTest.keyClick(popup().field, ENTER)
    made = window.studio.selection()[0]
    assert len(made) == 4
    assert window.canvas.node_rect(made[0]).contains(at)
    assert not any(a.intersects(b) for a in boxes(window, made) for b in boxes(window, before))
    assert not any(wire.source in before or wire.target in before for wire in window.studio.document.wires.values()
                   if wire.source in made or wire.target in made)  # fmt: skip


def test_it_finds_room_where_nodes_are(make_window) -> None:
    """Asked for on top of a network, it goes below."""
    window = make_window("sum-times-z")
    before = list(window.studio.document.nodes)
    window.pick_gate(Wanted(window.canvas.node_rect(before[0]).center()))
    QTest.keyClicks(popup().field, "4-3-2")
    QTest.keyClick(popup().field, ENTER)
    made = window.studio.selection()[0]
    assert len(made) == 3
    assert not any(a.intersects(b) for a in boxes(window, made) for b in boxes(window, before))


def test_a_long_network_is_shown_whole(make_window, hand) -> None:
    """A network wider than the view zooms out until all of it is seen."""
    window = make_window()
    offered = search(window, hand(window), "-".join(["8"] * 24))
    QTest.keyClick(offered.field, ENTER)
    assert len(window.studio.document.nodes) == 24
    assert window.canvas.visible_area().contains(window.canvas.scene.bounds())


def test_a_refused_line_says_why_and_enter_waits(make_window, hand) -> None:
    """The part that can't be read is named in the row; Enter adds nothing and leaves the list open."""
    window = make_window()
    offered = search(window, hand(window), "10-foo-3")
    row = offered.list.count() - 1
    said = offered.list.item(row).data(int(Qt.ItemDataRole.AccessibleTextRole))
    assert "“foo” is no gate" in said
    offered.list.setCurrentRow(row)
    QTest.keyClick(offered.field, ENTER)
    assert popup() is offered
    assert not window.studio.document.nodes
    QTest.keyClick(offered.field, Qt.Key.Key_Escape)


def test_one_gate_is_no_network(make_window, hand) -> None:
    """A gate with values, a value, a name: none of them is offered as a network."""
    window = make_window()
    for text in ("dense 100", "-2", "x = -2", "conv 8 3 same", "[1, -2]"):
        offered = search(window, hand(window), text)
        assert not any(title.startswith("Network") for title in titles(offered)), text
        offered.close()


def test_a_dropped_wire_is_offered_no_network(make_window) -> None:
    """Where only what fits into a wire is of use, a line offers nothing."""
    window = make_window("sum-times-z")
    wire = next(iter(window.studio.document.wires))
    window.pick_gate(Wanted(wire=wire))
    QTest.keyClicks(popup().field, "784-256-relu-10")
    assert not any(title.startswith("Network") for title in titles(popup()))
    popup().close()


def test_the_row_tells_what_it_is(make_window, hand) -> None:
    """Nodes and parameters are counted, the layers named; the row is painted in both states."""
    drawn = sketch("784-256-relu-10")
    assert drawn.count == "4 nodes · 203\u202f530 parameters"
    assert drawn.told == "Random 32×784 → Dense 256 units → ReLU → Dense 10 units"
    assert parameters(drawn.document) == 784 * 256 + 256 + 256 * 10 + 10
    assert sketch("-".join(["8"] * 12)).told.count("→") == 5
    window = make_window()
    offered = search(window, hand(window), "784-256-relu-10")
    picture: QImage = offered.list.grab().toImage()
    accent = DARK.category[next(c for c in DARK.category if c.name == "LAYER")]
    seen = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert accent in seen
    offered.close()


@pytest.mark.parametrize(
    "text", ["784-256-relu-10", "1x28x28-conv 8 3-relu-pool 2-flatten-10", "spiral-100-relu-3-svm"]
)
def test_a_sketch_can_be_laid_out_by_itself(qapp, text: str) -> None:
    """Nodes of a sketch go from left to right, apart from each other; the sketch stays as it was."""
    drawn = sketch(text)
    made = laid_out(drawn)
    xs = [made.nodes[i].x for i in drawn.nodes]
    assert xs == sorted(set(xs))
    assert made.wires == drawn.document.wires
    assert [drawn.document.nodes[i].x for i in drawn.nodes][:2] == [0.0, SPACING]


def test_tab_does_not_complete_a_network(make_window, hand) -> None:
    """There is nothing to complete: the line stays as it is."""
    window = make_window()
    offered = search(window, hand(window), "8-4")
    QTest.keyClick(offered.field, TAB)
    assert offered.field.text() == "8-4"
    offered.close()
