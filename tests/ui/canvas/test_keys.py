"""Keys, the clipboard and editing in place."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from gradstudio.document.model import Document
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.wanted import Wanted
from tests.ui.canvas.hands import CTRL, SHIFT, Hands, network


def value(hands: Hands, name: str) -> float:
    return float(np.asarray(hands.node(name).params["value"]))


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_takes_nodes_with_their_wires(hands: Hands, key: Qt.Key) -> None:
    """Delete and Backspace take the selected nodes and the wires at them away, in one step."""
    before = hands.wires()
    hands.click(hands.at("q"))
    hands.key(key)
    assert hands.document.named("q") is None
    assert hands.wires() == {"z.value>f.y"}
    hands.studio.undo()
    assert hands.wires() == before
    assert not hands.studio.history.can_undo


def test_delete_takes_a_wire(hands: Hands) -> None:
    """A selected wire is deleted, its nodes stay."""
    hands.studio.select((), (hands.wire("x", "q").id,))
    hands.key(Qt.Key.Key_Delete)
    assert "x.value>q.x" not in hands.wires()
    assert len(hands.document.nodes) == 5


def test_select_all(hands: Hands) -> None:
    """Ctrl+A selects every node and every wire."""
    hands.key(Qt.Key.Key_A, CTRL)
    assert len(hands.selected()) == 5
    assert len(hands.studio.selection()[1]) == 4


def test_copy_and_paste(hands: Hands) -> None:
    """Copied nodes are pasted with the wires between them and are selected; it is one step."""
    hands.studio.select([hands.node(n).id for n in ("x", "y", "q")])
    hands.key(Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text()
    hands.key(Qt.Key.Key_V, CTRL)
    assert len(hands.document.nodes) == 8
    assert len(hands.document.wires) == 6
    assert len(hands.selected()) == 3
    assert not hands.selected() & {"x", "y", "q"}
    hands.studio.undo()
    assert len(hands.document.nodes) == 5
    assert not hands.studio.history.can_undo


def test_pasting_twice_does_not_hide_the_first(hands: Hands) -> None:
    """Pasted again at the same place the nodes lie a little aside."""
    hands.click(hands.at("x"))
    hands.view.copy()
    hands.view.paste()
    hands.view.paste()
    places = list(hands.places().values())
    assert len(set(places)) == len(places) == 7


def test_cut(hands: Hands) -> None:
    """Ctrl+X copies and deletes."""
    hands.click(hands.at("z"))
    hands.key(Qt.Key.Key_X, CTRL)
    assert hands.document.named("z") is None
    hands.key(Qt.Key.Key_V, CTRL)
    assert value(hands, next(iter(hands.selected()))) == -4


def test_pasting_what_is_no_network_says_so(hands: Hands) -> None:
    """A text that is no network is refused with a sentence, and changes nothing."""
    QGuiApplication.clipboard().setText("shopping list")
    hands.key(Qt.Key.Key_V, CTRL)
    assert len(hands.messages) == 1
    assert not hands.studio.history.can_undo


def test_duplicate(hands: Hands) -> None:
    """Ctrl+D makes a selected twin beside a node."""
    hands.click(hands.at("z"))
    hands.key(Qt.Key.Key_D, CTRL)
    (twin,) = hands.selected()
    assert twin != "z"
    assert value(hands, twin) == -4
    hands.studio.undo()
    assert len(hands.document.nodes) == 5


def test_a_walk_goes_from_left_to_right(hands: Hands) -> None:
    """Node after node is selected, and back; after the last one the walk stays."""
    walked = []
    for _ in range(5):
        hands.view.walk(True)
        walked += sorted(hands.selected())
    assert walked == ["x", "y", "z", "q", "f"]
    hands.view.walk(False)
    assert hands.selected() == {"q"}
    hands.studio.select((hands.node("f").id,))
    hands.view.walk(True)
    assert hands.selected() == {"f"}


def test_a_walk_scrolls_to_the_node(hands: Hands) -> None:
    """A node walked to is in view."""
    hands.view.pan(5000, 0)
    hands.view.walk(True)
    assert hands.view.visible_area().contains(hands.view.node_rect(hands.node("x").id))


def test_focus_by_keyboard_is_visible(qtbot: object, hands: Hands) -> None:
    """The canvas shows the focus it got by Tab, and not one it got by mouse."""
    hands.settle()
    hands.view.clearFocus()
    plain = hands.view.grab().toImage()
    hands.view.setFocus(Qt.FocusReason.TabFocusReason)
    assert hands.view.grab().toImage() != plain
    hands.view.clearFocus()
    hands.view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert hands.view.grab().toImage() == plain


def test_rename_in_place(hands: Hands) -> None:
    """F2 opens a field with the name; typing another one and Enter renames, in one step."""
    hands.click(hands.at("q"))
    hands.key(Qt.Key.Key_F2)
    assert hands.view.editor.isVisible()
    assert hands.view.editor.text() == "q"
    hands.type("sum")
    hands.key(Qt.Key.Key_Return)
    assert hands.document.named("sum") is not None
    assert not hands.view.editor.isVisible()
    assert QApplication.focusWidget() is hands.view
    hands.studio.undo()
    assert hands.document.named("q") is not None


def test_double_click_on_the_header_renames(hands: Hands) -> None:
    """A double click on a title opens the field for the name, of a constant too."""
    hands.double_click(hands.header("x"))
    assert hands.view.editor.text() == "x"
    hands.type("first")
    hands.key(Qt.Key.Key_Return)
    assert value(hands, "first") == -2


def test_double_click_on_a_constant_edits_its_value(hands: Hands) -> None:
    """A double click on a constant, -7 and Enter sets its value, in one step."""
    hands.double_click(hands.at("x"))
    assert hands.view.editor.text() == "-2"
    hands.type("-7")
    hands.key(Qt.Key.Key_Return)
    assert value(hands, "x") == -7
    hands.studio.undo()
    assert value(hands, "x") == -2
    assert not hands.studio.history.can_undo


def test_typing_a_number_over_a_constant(hands: Hands) -> None:
    """With a constant selected a typed number replaces its value."""
    hands.click(hands.at("y"))
    hands.key(Qt.Key.Key_Minus)
    assert hands.view.editor.text() == "-"
    hands.type("1e3")
    hands.key(Qt.Key.Key_Return)
    assert value(hands, "y") == -1000


def test_enter_edits_the_value_or_the_name(hands: Hands) -> None:
    """Enter opens the value of a constant and the name of another gate."""
    hands.click(hands.at("y"))
    hands.key(Qt.Key.Key_Return)
    assert hands.view.editor.text() == "5"
    hands.key(Qt.Key.Key_Escape)
    hands.click(hands.at("q"))
    hands.key(Qt.Key.Key_Return)
    assert hands.view.editor.text() == "q"


def test_escape_leaves_name_and_value(hands: Hands) -> None:
    """Escape in the field changes nothing."""
    hands.double_click(hands.at("x"))
    hands.type("99")
    hands.key(Qt.Key.Key_Escape)
    assert not hands.view.editor.isVisible()
    assert value(hands, "x") == -2
    assert not hands.studio.history.can_undo


def test_a_refused_value_keeps_the_field_open(hands: Hands) -> None:
    """What is no number is refused at the field, which stays open and says why."""
    hands.double_click(hands.at("x"))
    hands.type("two")
    hands.key(Qt.Key.Key_Return)
    assert hands.view.editor.isVisible()
    assert "two" in hands.view.editor.toolTip()
    assert value(hands, "x") == -2
    hands.key(Qt.Key.Key_Escape)


def test_a_taken_name_is_refused(hands: Hands) -> None:
    """The name of another node is refused at the field."""
    hands.click(hands.at("q"))
    hands.key(Qt.Key.Key_F2)
    hands.type("f")
    hands.key(Qt.Key.Key_Return)
    assert hands.view.editor.isVisible()
    assert hands.document.named("q") is not None
    hands.click(QPointF(800, 500))


def test_clicking_elsewhere_commits(hands: Hands) -> None:
    """A click on the canvas takes what was typed."""
    hands.double_click(hands.at("x"))
    hands.type("8")
    hands.view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert value(hands, "x") == 8
    assert not hands.view.editor.isVisible()


def test_the_field_follows_the_view(hands: Hands) -> None:
    """The field stays over its node while the view is zoomed."""
    hands.double_click(hands.at("x"))
    hands.view.zoom(1.5, QPointF(10, 10))
    node = hands.view.camera.rect_to_view(hands.view.node_rect(hands.node("x").id))
    assert node.contains(QPointF(hands.view.editor.geometry().center()))


def test_a_list_as_value(make_hands: Callable[[Document], Hands]) -> None:
    """A matrix constant is edited as a nested list."""
    hands = make_hands(network({"W": ("constant", 0, 0, {"value": [[1.0, 2.0], [3.0, 4.0]]})}))
    hands.double_click(hands.at("W"))
    assert hands.view.editor.text() == "[[1.0, 2.0], [3.0, 4.0]]"
    hands.type("[1, 2]")
    hands.key(Qt.Key.Key_Return)
    assert np.array_equal(np.asarray(hands.node("W").params["value"]), [1, 2])


def test_double_click_on_empty_canvas_asks_for_the_palette(hands: Hands) -> None:
    """A double click beside everything asks for a gate there, for what was selected before it."""
    asked: list[Wanted] = []
    hands.view.paletteRequested.connect(asked.append)
    hands.double_click(QPointF(700, 450))
    assert asked == [Wanted(hands.view.to_scene(QPointF(700, 450)))]
    hands.click(hands.at("q"))
    hands.double_click(QPointF(700, 450))
    assert asked[1].near == (hands.node("q").id,)
    assert hands.selected() == {"q"}


def test_keys_wait_for_the_end_of_a_gesture(hands: Hands) -> None:
    """Delete in the middle of a drag does nothing."""
    hands.drag(hands.at("q"), hands.at("q", 40, 0))
    hands.key(Qt.Key.Key_Delete)
    assert hands.document.named("q") is not None
    hands.key(Qt.Key.Key_Escape)


def test_words_for_screen_readers_follow(hands: Hands) -> None:
    """The accessible description tells what there is and what is selected."""
    hands.click(hands.at("q"))
    assert hands.view.accessibleName()
    assert "5 nodes, 4 wires" in hands.view.accessibleDescription()
    assert "q" in hands.view.accessibleDescription()
    hands.key(Qt.Key.Key_Delete)
    assert "4 nodes, 1 wires" in hands.view.accessibleDescription()


def test_shift_tab_leaves_the_canvas(qtbot: object, make_view: Callable[[Document], CanvasView]) -> None:
    """In a window, Shift+Tab goes to the widget before; Tab stays and asks for a gate."""
    view = make_view(Document())
    parent = QWidget()
    layout, field = QVBoxLayout(parent), QLineEdit()
    layout.addWidget(field)
    layout.addWidget(view)
    parent.show()
    parent.activateWindow()
    QTest.qWaitForWindowActive(parent)
    view.setFocus()
    asked: list[Wanted] = []
    view.paletteRequested.connect(asked.append)
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert view.hasFocus()
    assert asked == [Wanted()]
    QTest.keyClick(view, Qt.Key.Key_Backtab, SHIFT)
    assert field.hasFocus()
    view.setParent(None)
    parent.close()
    parent.deleteLater()


def test_shift_arrow_without_selection_pans_far(hands: Hands) -> None:
    """Shift makes an arrow key pan five times as far."""
    origin = hands.view.to_view(QPointF())
    hands.key(Qt.Key.Key_Left, SHIFT)
    assert hands.view.to_view(QPointF()).x() - origin.x() == 200
