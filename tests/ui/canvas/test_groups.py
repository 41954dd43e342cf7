"""Groups by mouse and keyboard: made, selected, moved, opened in place, entered, taken apart; and undone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from gradstudio import files
from gradstudio.document import commands, grouping
from gradstudio.document.model import Document
from gradstudio.document.nesting import all_members, interface
from gradstudio.document.stage import INPUTS, OUTPUTS
from gradstudio.ui.canvas import CanvasView, arrange, dressing, groups, selecting
from gradstudio.ui.canvas.describe import summary, tooltip
from gradstudio.ui.canvas.nodes import Rows
from gradstudio.ui.canvas.scene import Hit, Part, Scene
from tests.ui.canvas.hands import ALT, CTRL, RIGHT, SHIFT, Hands, network, sum_times_z
from tests.ui.canvas.test_scene import same

MakeHands = Callable[[Document], Hands]


def chain_of_four() -> Document:
    """a -> b -> c -> d, in a row."""
    return network(
        {
            "a": ("constant", 0, 0, {"value": 2.0}),
            "b": ("negate", 180, 0, {}),
            "c": ("relu", 360, 0, {}),
            "d": ("negate", 560, 0, {}),
        },
        "a>b b>c c>d",
    )


def select(hands: Hands, *names: str) -> None:
    """Click the first of these nodes, and the others with Shift."""
    for i, name in enumerate(names):
        hands.click(hands.header(name), SHIFT if i else Qt.KeyboardModifier.NoModifier)


def grouped(hands: Hands, *names: str) -> int:
    """Make a group of these nodes by the command; its id."""
    select(hands, *names)
    groups.group_selected(hands.view)
    return hands.studio.areas()[0]


def body(hands: Hands, group: int) -> QPointF:
    """A point on the body of a group's box, off its ports."""
    rect = hands.view.scene.area_rect(group)
    return hands.view.to_view(QPointF(rect.center().x(), rect.bottom() - 8))


def header(hands: Hands, group: int) -> QPointF:
    """A point in the header of a group's box, or in the title bar of its sheet."""
    rect = hands.view.scene.area_rect(group)
    return hands.view.to_view(QPointF(rect.left() + 20, rect.top() + 12))


def mark(hands: Hands, group: int) -> QPointF:
    """The mark that opens and closes a group."""
    rect = hands.view.scene.area_rect(group)
    return hands.view.to_view(QPointF(rect.right() - 15, rect.top() + 14))


def written(hands: Hands) -> bytes:
    """The document as it would be saved."""
    return files.dumps(hands.document)


def inside(hands: Hands) -> int | None:
    """The group one is in."""
    return hands.studio.stage.inside


def sound(hands: Hands) -> bool:
    """Whether the canvas shows what the document says."""
    return same(hands.view.scene, Scene(hands.document, hands.studio.stage.inside))


@pytest.fixture
def row(make_hands: MakeHands) -> Hands:
    """Hands on a -> b -> c -> d."""
    return make_hands(chain_of_four())


# --- making --------------------------------------------------------------------------------------------------------


def test_a_selection_becomes_a_box(row: Hands) -> None:
    """Two nodes become one box in their middle, which is selected; one step takes it back bit for bit."""
    before = written(row)
    group = grouped(row, "b", "c")
    assert row.selected() == {"b", "c"}
    assert row.studio.areas() == (group,)
    rect = row.view.scene.area_rect(group)
    assert rect.center().x() == pytest.approx(325, abs=20)
    assert row.document.groups[group].collapsed
    assert row.view.scene.hit(rect.center(), 1.0, ports=False).part is Part.GROUP
    assert row.studio.history.titles[-1] == "Group 2 nodes as block1"
    row.studio.undo()
    assert written(row) == before
    assert sound(row)


def test_a_click_selects_all_of_a_box(row: Hands) -> None:
    """A click on the box selects its nodes as one; Ctrl takes them out again, Shift adds; a band takes them whole."""
    group = grouped(row, "b", "c")
    row.click(QPointF(700, 400))
    assert row.selected() == set()
    row.click(body(row, group))
    assert row.selected() == {"b", "c"}
    row.click(row.header("a"), SHIFT)
    assert row.selected() == {"a", "b", "c"}
    row.click(body(row, group), CTRL)
    assert row.selected() == {"a"}
    rect = row.view.scene.area_rect(group)
    row.drop(row.view.to_view(rect.topLeft() - QPointF(30, 30)), row.view.to_view(rect.center()))
    assert row.selected() == {"b", "c"}
    assert row.studio.areas() == (group,)


def test_a_part_of_a_closed_group_is_never_selected(row: Hands) -> None:
    """What is in a box is selected as a whole or not at all, whoever asks."""
    group = grouped(row, "b", "c")
    row.studio.select([row.node("b").id])
    assert row.selected() == set()
    row.studio.select([row.node("a").id])
    selecting.select_linked(row.view, upstream=False)
    assert row.selected() == {"a", "b", "c", "d"}
    row.studio.select([row.node("d").id])
    selecting.select_kind(row.view)
    assert row.selected() == {"d"}
    row.key(Qt.Key.Key_A, CTRL)
    assert row.selected() == {"a", "b", "c", "d"}
    assert row.studio.areas() == (group,)
    selecting.invert(row.view)
    assert row.selected() == set()


def test_a_dragged_box_takes_its_nodes_along(row: Hands) -> None:
    """All nodes go where the box goes; nothing changes before it is let go, Escape puts it back, undo too."""
    group = grouped(row, "b", "c")
    before, places = written(row), row.places()
    home = row.document.groups[group].x, row.document.groups[group].y
    start = body(row, group)
    row.drag(start, start + QPointF(0, 200))
    assert written(row) == before
    assert row.view.scene.area_rect(group).top() == home[1] + 200
    row.key(Qt.Key.Key_Escape)
    assert row.view.scene.area_rect(group).top() == home[1]
    row.drop(start, start + QPointF(0, 200))
    assert row.studio.history.titles[-1] == "Move block1"
    assert row.places()["b"] == (places["b"][0], places["b"][1] + 200)
    assert row.places()["a"] == places["a"]
    assert (row.document.groups[group].x, row.document.groups[group].y) == (home[0], home[1] + 200)
    assert sound(row)
    row.studio.undo()
    assert written(row) == before


def test_arrow_keys_move_a_box(row: Hands) -> None:
    """The arrows move the box and all nodes in it by one step of the grid, repeated as one step of undo."""
    group = grouped(row, "b", "c")
    steps, home = len(row.studio.history.titles), row.document.groups[group]
    row.view.setFocus()
    for _ in range(3):
        row.key(Qt.Key.Key_Down)
    assert row.document.groups[group].y == home.y + 30
    assert row.node("c").y == 30
    assert len(row.studio.history.titles) == steps + 1


def test_deleting_a_box_deletes_what_is_in_it(row: Hands) -> None:
    """Delete takes the group, its nodes and their wires in one step, named after the group."""
    group = grouped(row, "b", "c")
    before = written(row)
    row.click(body(row, group))
    row.key(Qt.Key.Key_Delete)
    assert set(row.places()) == {"a", "d"}
    assert not row.document.groups
    assert row.studio.history.titles[-1] == "Delete block1"
    row.studio.undo()
    assert written(row) == before
    assert sound(row)


def test_copies_of_a_box_are_boxes(row: Hands) -> None:
    """Copied and pasted, or duplicated, a group comes as a group, selected, beside the first."""
    group = grouped(row, "b", "c")
    row.key(Qt.Key.Key_C, CTRL)
    row.view.paste()
    assert len(row.document.groups) == 2
    (twin,) = row.studio.areas()
    assert twin != group
    assert row.document.groups[twin].name == "block2"
    assert len(row.document.wires) == 4
    row.view.duplicate()
    assert len(row.document.groups) == 3
    assert sound(row)
    row.undo_all()
    assert not row.document.groups


# --- wires ---------------------------------------------------------------------------------------------------------


def test_wires_end_at_the_ports_of_a_box(row: Hands) -> None:
    """A wire from outside is drawn to the box; pulled off and dropped on nothing it goes, the port stays."""
    group = grouped(row, "b", "c")
    wire = row.wire("a", "b")
    port = row.view.scene.port_point(row.node("b").id, "x", False)
    assert port is not None
    rect = row.view.scene.area_rect(group)
    assert port.x() == rect.left()
    assert row.view.scene.wires.ends[row.view.scene.wires.row[wire.id]].tolist()[2:] == [port.x(), port.y()]
    row.drop(row.view.to_view(port), QPointF(300, 500))
    assert "a.value>b.x" not in row.wires()
    assert [p.name for p in interface(row.document, group).inputs] == ["x"]
    start = row.port("a.value")
    row.drop(start, body(row, group))
    assert "a.value>b.x" in row.wires()
    assert sound(row)


def test_a_wire_is_refused_at_a_box_as_at_its_node(row: Hands) -> None:
    """A wire that would close a cycle is refused at the box's port, with the reason before the button is let go."""
    group = grouped(row, "b", "c")
    start, end = row.port("d.z"), row.view.scene.port_point(row.node("b").id, "x", False)
    assert end is not None
    row.drop(start, row.view.to_view(end))
    assert "cycle" in row.messages[-1]
    assert row.wires() == {"a.value>b.x", "b.z>c.x", "c.z>d.x"}
    assert group in row.document.groups


def test_values_are_read_at_a_box(row: Hands) -> None:
    """Wires at a box have the values and gradients they have at its nodes, and grouping computes nothing anew."""
    row.settle()
    revision = row.document.graph_revision
    grouped(row, "b", "c")
    assert row.document.graph_revision == revision
    assert row.view.readings.wire(row.wire("c", "d").id).value == "0"
    row.settle()
    assert row.view.readings.wire(row.wire("a", "b").id).value == "2"


def test_problems_in_a_box_are_its_badge(row: Hands) -> None:
    """What is wrong with a node in a box is told by the box: a badge, and a tooltip with the sentence."""
    group = grouped(row, "b", "c")
    row.studio.do(commands.disconnect(row.document, [row.wire("b", "c").id]))
    row.settle()
    shown = row.view.scene.shown_problems(row.view.readings)
    assert shown[-group].mild
    words = tooltip(row.view, row.view.scene.area_rect(group).center())
    assert "isn&#x27;t connected" in words
    assert "block1" in words


# --- opening and closing -------------------------------------------------------------------------------------------


def test_the_mark_opens_a_group_in_place(row: Hands) -> None:
    """A click on the mark opens the group: its nodes are there on a sheet, what was in the way has gone aside."""
    row.studio.do(commands.move(row.document, {row.node("d").id: (430, 0), row.node("a").id: (60, 0)}))
    group = grouped(row, "b", "c")
    before = written(row)
    row.click(mark(row, group))
    assert not row.document.groups[group].collapsed
    sheet = row.view.scene.area_rect(group)
    assert sheet.contains(row.view.node_rect(row.node("b").id))
    assert sheet.contains(row.view.node_rect(row.node("c").id))
    assert not sheet.intersects(row.view.node_rect(row.node("d").id))
    assert not sheet.intersects(row.view.node_rect(row.node("a").id))
    assert row.studio.history.titles[-1] == "Open block1"
    assert sound(row)
    row.studio.undo()
    assert written(row) == before
    row.studio.redo()
    row.click(mark(row, group))
    assert row.document.groups[group].collapsed
    assert sound(row)


def test_opening_and_closing_again_and_again_moves_nothing_further(row: Hands) -> None:
    """What went aside once doesn't go on, and the box comes back to where it was."""
    group = grouped(row, "b", "c")
    for _ in range(2):
        row.click(mark(row, group))
    places, box = row.places(), row.document.groups[group]
    for _ in range(4):
        row.click(mark(row, group))
    assert row.places() == places
    assert row.document.groups[group] == box


def test_an_opened_group_moves_by_its_title(row: Hands) -> None:
    """Dragged by the title bar all its nodes move and its sheet with them; a click there selects all of it."""
    group = grouped(row, "b", "c")
    row.click(mark(row, group))
    row.click(QPointF(700, 450))
    row.click(header(row, group))
    assert row.selected() == {"b", "c"}
    assert row.studio.areas() == (group,)
    places, sheet = row.places(), row.view.scene.area_rect(group)
    row.drag(header(row, group), header(row, group) + QPointF(40, 100))
    assert row.view.scene.area_rect(group).top() == sheet.top() + 100
    row.release(header(row, group))
    assert row.places()["b"][1] == places["b"][1] + 100
    assert row.places()["a"] == places["a"]
    assert sound(row)


def test_a_sheet_grows_with_its_nodes(row: Hands) -> None:
    """The sheet of an opened group follows a node that is dragged."""
    group = grouped(row, "b", "c")
    row.click(mark(row, group))
    row.click(QPointF(700, 450))
    bottom = row.view.scene.area_rect(group).bottom()
    row.drag(row.header("b"), row.header("b") + QPointF(0, 150))
    assert row.view.scene.area_rect(group).bottom() > bottom + 100
    row.release(row.header("b"))
    assert row.node("b").group == group
    assert sound(row)


def test_a_node_dropped_on_a_sheet_goes_into_the_group(row: Hands) -> None:
    """Dragged onto the sheet of an opened group a node joins it, in the step that moves it; and leaves by command."""
    group = grouped(row, "b", "c")
    row.click(mark(row, group))
    row.studio.do(commands.move(row.document, {row.node("a").id: (0, 200)}))
    before = written(row)
    sheet = row.view.scene.area_rect(group)
    end = row.view.to_view(QPointF(sheet.center().x(), sheet.top() + 12))
    row.drop(row.header("a"), end)
    assert row.node("a").group == group
    assert row.studio.history.titles[-1] == "Move a into block1"
    assert sound(row)
    select(row, "a")
    groups.take_out_selected(row.view)
    assert row.node("a").group is None
    row.studio.undo()
    row.studio.undo()
    assert written(row) == before


def test_what_is_added_on_a_sheet_is_in_the_group(row: Hands) -> None:
    """A gate dropped on the sheet of an opened group, or put into a wire within it, is in the group."""
    group = grouped(row, "b", "c")
    row.click(mark(row, group))
    sheet = row.view.scene.area_rect(group)
    at = QPointF(sheet.center().x() - 45, sheet.bottom() - 10)
    row.drag_in(row.carry("exp"), row.view.to_view(at))
    row.let_fall(row.carry("exp"), row.view.to_view(at))
    made = max(row.document.nodes)
    assert row.document.nodes[made].group == group
    inner = row.view.place_gate("tanh", QPointF(300, 300), row.wire("b", "c").id)
    assert inner is not None
    assert row.document.nodes[inner].group == group
    outer = row.view.place_gate("tanh", QPointF(300, 500), row.wire("c", "d").id)
    assert outer is not None
    assert row.document.nodes[outer].group is None


def test_ungrouping_loses_nothing(row: Hands) -> None:
    """Grouped and taken apart at once, the nodes are where they were with all their wires."""
    before = written(row)
    grouped(row, "b", "c")
    groups.ungroup_selected(row.view)
    assert row.selected() == {"b", "c"}
    assert written(row) == before
    row.studio.undo()
    assert len(row.document.groups) == 1
    assert sound(row)


def test_groups_in_groups(row: Hands) -> None:
    """A box goes into a larger group like a node, and opens inside that one's sheet."""
    inner = grouped(row, "b", "c")
    row.click(row.header("d"), SHIFT)
    groups.group_selected(row.view)
    (outer,) = row.studio.areas()
    assert row.document.groups[inner].parent == outer
    assert row.view.scene.stage.boxes == (outer,)
    row.click(mark(row, outer))
    assert row.view.scene.stage.boxes == (inner,)
    row.click(mark(row, inner))
    assert row.view.scene.stage.opened == (outer, inner)
    assert row.view.scene.area_rect(outer).contains(row.view.scene.area_rect(inner))
    row.click(mark(row, outer))
    assert row.view.scene.stage.boxes == (outer,)
    assert sound(row)


# --- in and out ----------------------------------------------------------------------------------------------------


def test_a_double_click_enters_a_group(row: Hands) -> None:
    """Only its inside is seen then, between what it gets and gives; the way back is shown and goes back."""
    group = grouped(row, "b", "c")
    camera = row.view.camera
    row.double_click(body(row, group))
    assert inside(row) == group
    nodes = {row.node("b").id, row.node("c").id, INPUTS, OUTPUTS}
    assert set(row.view.scene.nodes.ids) == nodes
    crumbs = row.view.breadcrumbs
    assert crumbs.isVisible()
    assert [name for _, name in crumbs.steps()] == ["Network", "block1"]
    (button,) = crumbs.findChildren(QToolButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert inside(row) is None
    assert row.view.camera == camera
    assert not crumbs.isVisible()


def test_enter_and_alt_arrows_go_in_and_out(row: Hands) -> None:
    """Enter goes into the selected group; leaving selects it; back and forward go through both levels."""
    group = grouped(row, "b", "c")
    row.view.setFocus()
    row.key(Qt.Key.Key_Return)
    assert inside(row) == group
    assert row.selected() == set()
    assert groups.leave(row.view)
    assert inside(row) is None
    assert row.studio.areas() == (group,)
    row.view.visits.back()
    assert inside(row) == group
    row.view.visits.back()
    assert inside(row) is None
    row.view.visits.forward()
    assert inside(row) == group
    assert groups.leave(row.view)
    assert not groups.leave(row.view)


def test_inside_a_group_one_works_as_outside(row: Hands) -> None:
    """What is added, wired, selected and deleted inside concerns the group's nodes only."""
    group = grouped(row, "b", "c")
    row.view.enter(group)
    made = row.view.place_gate("exp")
    assert made is not None
    assert row.document.nodes[made].group == group
    row.key(Qt.Key.Key_A, CTRL)
    assert row.selected() == {"b", "c", row.document.nodes[made].name}
    row.view.duplicate()
    assert len(row.selected()) == 3
    assert all(row.document.nodes[i].group == group for i in row.studio.selection()[0])
    assert len(row.document.groups) == 1
    row.view.delete()
    row.studio.select([made])
    row.view.delete()
    assert set(row.places()) == {"a", "b", "c", "d"}
    assert sound(row)


def test_wires_to_the_border_show_ports_outside(row: Hands) -> None:
    """From an inner output to the box of outputs: the group shows that port; a wire from there goes inside."""
    group = grouped(row, "b", "c")
    row.view.enter(group)
    row.view.set_scale(1.0)
    row.view.zoom_to_fit()
    border = row.view.to_view(row.view.node_rect(OUTPUTS).center())
    row.drag(row.port("b.z"), border)
    QApplication.processEvents()
    row.release(border)
    assert [p.name for p in interface(row.document, group).outputs] == ["z", "b.z"]
    assert row.studio.history.titles[-1] == "Show b.z"
    assert sound(row)
    row.studio.undo()
    assert [p.name for p in interface(row.document, group).outputs] == ["z"]


def test_a_group_that_goes_is_left(row: Hands) -> None:
    """With its last node, or by undo, the group one is in goes: one is in what it lay in, and redo stays outside."""
    group = grouped(row, "b", "c")
    row.view.enter(group)
    row.studio.undo()
    assert inside(row) is None
    assert sound(row)
    row.studio.redo()
    row.view.enter(group)
    row.key(Qt.Key.Key_A, CTRL)
    row.view.setFocus()
    row.key(Qt.Key.Key_Delete)
    assert inside(row) is None
    assert set(row.places()) == {"a", "d"}
    assert sound(row)


def test_a_node_that_is_searched_for_is_shown_wherever_it_is(row: Hands) -> None:
    """Revealing a node in a box enters its group."""
    group = grouped(row, "b", "c")
    row.view.reveal(row.node("a").id)
    assert inside(row) is None
    row.view.reveal(row.node("c").id)
    assert inside(row) == group


# --- by name -------------------------------------------------------------------------------------------------------


def test_a_group_is_renamed_in_place(row: Hands) -> None:
    """A double click on the header, or F2, opens a field over the name, closed or open; Escape leaves it."""
    group = grouped(row, "b", "c")
    row.double_click(header(row, group))
    assert row.view.editor.isVisible()
    row.type("layer")
    row.key(Qt.Key.Key_Return)
    assert row.document.groups[group].name == "layer"
    row.click(mark(row, group))
    row.view.rename()
    row.type("other")
    row.key(Qt.Key.Key_Escape)
    assert row.document.groups[group].name == "layer"


def test_colours_and_muting_of_groups(row: Hands) -> None:
    """A colour is the group's and not its nodes'; muted are its nodes, which then pass on."""
    group = grouped(row, "b", "c")
    row.click(row.header("a"), SHIFT)
    dressing.paint(row.view, "teal")
    assert row.document.groups[group].color == "teal"
    assert row.node("a").color == "teal"
    assert row.node("b").color == ""
    row.click(body(row, group))
    dressing.toggle_muted(row.view)
    assert row.node("b").muted
    assert row.node("c").muted


def test_layout_treats_a_box_as_one(row: Hands) -> None:
    """Aligned and laid out, a box moves as a whole with its nodes, at the places they have to each other."""
    group = grouped(row, "b", "c")
    apart = row.node("c").x - row.node("b").x
    row.studio.do(commands.move(row.document, {row.node("a").id: (10, 300), row.node("d").id: (700, 150)}))
    row.key(Qt.Key.Key_A, CTRL)
    arrange.align(row.view, "top")
    tops = {row.view.scene.area_rect(group).top(), row.node("a").y, row.node("d").y}
    assert len(tops) == 1
    assert row.node("c").x - row.node("b").x == apart
    arrange.tidy(row.view)
    rects = [row.view.node_rect(row.node(n).id) for n in "ad"]
    assert rects[0].right() < row.view.scene.area_rect(group).left()
    assert row.view.scene.area_rect(group).right() < rects[1].left()
    assert row.node("c").x - row.node("b").x == apart
    assert sound(row)


def test_layout_keeps_an_opened_group_together(make_hands: MakeHands) -> None:
    """Laid out, the nodes of an opened group lie on its sheet and no other node does; again, nothing moves."""
    hands = make_hands(sum_times_z())
    group = grouped(hands, "x", "q")
    hands.click(mark(hands, group))
    arrange.tidy(hands.view)
    sheet = hands.view.scene.area_rect(group)
    for name in "yzf":
        assert not sheet.intersects(hands.view.node_rect(hands.node(name).id)), name
    places = hands.places()
    arrange.tidy(hands.view)
    assert hands.places() == places


def test_layout_inside_a_group_is_of_its_inside(row: Hands) -> None:
    """Inside a group only its nodes are laid out."""
    group = grouped(row, "b", "c")
    row.studio.do(commands.move(row.document, {row.node("c").id: (180, 300)}))
    places = row.places()
    row.view.enter(group)
    arrange.tidy(row.view)
    assert row.places()["c"] != places["c"]
    assert (row.places()["a"], row.places()["d"]) == (places["a"], places["d"])


def test_walking_along_wires_passes_boxes(row: Hands) -> None:
    """Ctrl with the arrows goes from a node to the box it feeds, and on from there; N goes from left to right."""
    group = grouped(row, "b", "c")
    row.click(row.header("a"))
    row.view.setFocus()
    row.key(Qt.Key.Key_Right, CTRL)
    assert row.studio.areas() == (group,)
    row.key(Qt.Key.Key_Right, CTRL)
    assert row.selected() == {"d"}
    row.key(Qt.Key.Key_Left, CTRL)
    assert row.studio.areas() == (group,)
    row.view.walk(True)
    assert row.selected() == {"d"}
    row.view.walk(False)
    assert row.studio.areas() == (group,)


def test_what_is_said_of_groups(row: Hands) -> None:
    """The summary for screen readers names groups, and where one is."""
    group = grouped(row, "b", "c")
    assert "group block1 of 2 nodes" in summary(row.view)
    row.view.enter(group)
    assert "Inside the group block1" in summary(row.view)


def test_the_menu_key_asks_for_the_menu_of_a_group(row: Hands) -> None:
    """By keyboard the menu of the selected group is asked for; by mouse that of the one under it, which is selected."""
    group = grouped(row, "b", "c")
    asked: list[Hit] = []
    row.view.menuRequested.connect(lambda hit, at: asked.append(hit))
    at = body(row, group).toPoint()
    keyboard = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, row.view.mapToGlobal(at))
    QApplication.sendEvent(row.view, keyboard)
    row.studio.select()
    mouse = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, row.view.mapToGlobal(at))
    QApplication.sendEvent(row.view, mouse)
    assert [(hit.part, hit.area) for hit in asked] == [(Part.GROUP, group)] * 2
    assert row.studio.areas() == (group,)


def test_refusals_are_told(row: Hands) -> None:
    """A group of a part of an opened one is refused in a sentence."""
    group = grouped(row, "b", "c")
    row.click(mark(row, group))
    select(row, "c", "d")
    groups.group_selected(row.view)
    assert "Only a part of “block1” is selected" in row.messages[-1]
    select(row, "a")
    groups.take_out_selected(row.view)
    assert "lies in no group" in row.messages[-1]


def test_other_documents_begin_at_the_top(row: Hands) -> None:
    """Opening another network leaves the group one was in."""
    group = grouped(row, "b", "c")
    row.view.enter(group)
    row.studio.open_document(sum_times_z(), None)
    assert inside(row) is None
    assert sound(row)
    assert not row.view.breadcrumbs.isVisible()


def test_wires_held_over_a_sheet_still_take_a_node(row: Hands, qapp: QApplication) -> None:
    """A loose node dropped on a wire within a sheet goes into the wire and into the group, as one step."""
    group = grouped(row, "b", "c")
    row.click(mark(row, group))
    patch, node = commands.add_node(row.document, "tanh", 100, 300, name="t")
    row.studio.do(patch)
    steps = len(row.studio.history.titles)
    wire = row.view.scene.wires
    middle = wire.points(wire_rows(row.view, row.wire("b", "c").id))[0, 12].tolist()
    row.drop(row.header("t"), row.view.to_view(QPointF(middle[0] - 20, middle[1] - 20)))
    assert "b.z>t.x" in row.wires()
    assert row.document.nodes[node].group == group
    assert len(row.studio.history.titles) == steps + 1


def wire_rows(view: CanvasView, wire: int) -> Rows:
    """The row of a wire, as an array."""
    return np.array([view.scene.wires.row[wire]])


def test_alt_takes_a_box_out_of_its_wires(row: Hands) -> None:
    """Dragged with Alt a box leaves its wires, which heal, like a node."""
    group = grouped(row, "b", "c")
    start = body(row, group)
    row.drop(start, start + QPointF(0, 220), ALT)
    assert row.wires() == {"b.z>c.x", "a.value>d.x"}
    assert row.document.groups[group].y > 150


def test_a_broken_edit_leaves_the_stage_alone(row: Hands) -> None:
    """Ungrouping what isn't there is refused, and nothing is entered that isn't there."""
    row.studio.enter(99)
    assert inside(row) is None
    assert not row.studio.do(lambda: grouping.ungroup(row.document, [99]))
    assert all_members(row.document, grouped(row, "b")) == (row.node("b").id,)


def with_a_free_port(row: Hands) -> int:
    """A group of b and an adder without wires, whose ports it shows."""
    row.document.apply(commands.add_node(row.document, "add", 360, 160, name="sum")[0])
    return grouped(row, "b", "sum")


def test_groups_are_connected_without_aiming(row: Hands) -> None:
    """Alt and right-drag from a node to a box wires the first ports that fit; Escape and undo leave no wire."""
    group = with_a_free_port(row)
    before = written(row)
    row.drag(row.at("a"), body(row, group), ALT, RIGHT)
    row.key(Qt.Key.Key_Escape)
    row.release(body(row, group))
    assert written(row) == before
    row.drop(row.at("a"), body(row, group), ALT, RIGHT)
    assert "a.value>sum.x" in row.wires()
    row.studio.undo()
    assert written(row) == before
    assert sound(row)


def test_selected_groups_are_joined_as_wholes(row: Hands) -> None:
    """J wires a selected node to a selected box, and nothing within the box."""
    group = with_a_free_port(row)
    within = {wire for wire in row.wires() if "sum" in wire}
    row.studio.select((row.node("a").id, *all_members(row.document, group)), (), (group,))
    row.view.join_selected()
    assert {wire for wire in row.wires() if "sum" in wire} - within == {"a.value>sum.x"}
    assert row.messages == []
