"""Clicking and the rubber band."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from gradstudio.ui.canvas.scene import Hit, Part
from tests.ui.canvas.hands import CTRL, SHIFT, Hands


def ask_for_menu(hands: Hands, at: QPointF, reason: QContextMenuEvent.Reason) -> Hit:
    asked: list[tuple[Hit, QPoint]] = []
    hands.view.menuRequested.connect(lambda hit, place: asked.append((hit, place)))
    event = QContextMenuEvent(reason, at.toPoint(), hands.view.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(hands.view, event)
    return asked[-1][0]


def test_click_selects_one_node(hands: Hands) -> None:
    """A click on a node selects it and nothing else."""
    hands.click(hands.at("x"))
    hands.click(hands.at("q"))
    assert hands.selected() == {"q"}


def test_shift_click_adds(hands: Hands) -> None:
    """Shift and a click adds a node to the selection, and never takes one out."""
    hands.click(hands.at("x"))
    hands.click(hands.at("q"), SHIFT)
    hands.click(hands.at("q"), SHIFT)
    assert hands.selected() == {"x", "q"}


def test_ctrl_click_toggles(hands: Hands) -> None:
    """Ctrl and a click takes a node into the selection, and a second one out of it."""
    hands.click(hands.at("x"))
    hands.click(hands.at("q"), CTRL)
    assert hands.selected() == {"x", "q"}
    hands.click(hands.at("x"), CTRL)
    assert hands.selected() == {"q"}


def test_click_on_empty_canvas_deselects(hands: Hands) -> None:
    """A click beside everything selects nothing."""
    hands.click(hands.at("x"))
    hands.click(QPointF(800, 500))
    assert hands.studio.selection() == ((), ())


def test_click_on_one_of_many_selects_only_it(hands: Hands) -> None:
    """A click, not a drag, on one of several selected nodes leaves only that one selected."""
    hands.view.select_all()
    hands.click(hands.at("z"))
    assert hands.selected() == {"z"}


def test_click_on_a_wire_selects_it(hands: Hands) -> None:
    """A wire is selected by clicking its middle."""
    wire = hands.wire("z", "f")
    middle = (hands.port("z.value") + hands.port("f.y")) / 2
    hands.click(middle)
    assert hands.studio.selection() == ((), (wire.id,))


def test_band_selects_what_it_touches(hands: Hands) -> None:
    """A rubber band selects every node it touches, also partly, and none else."""
    hands.drop(QPointF(20, 20), hands.at("y"))
    assert hands.selected() == {"x", "y"}


def test_band_adds_and_subtracts(hands: Hands) -> None:
    """A band with Shift adds to the selection, one with Ctrl takes away."""
    hands.click(hands.at("f"))
    hands.drop(QPointF(20, 20), hands.at("y"), SHIFT)
    assert hands.selected() == {"f", "x", "y"}
    hands.drop(QPointF(20, 20), hands.at("x"), CTRL)
    assert hands.selected() == {"f", "y"}


def test_escape_in_a_band_selects_what_was_selected(hands: Hands) -> None:
    """Escape while the band is open brings the selection of before back."""
    hands.click(hands.at("f"))
    hands.drag(QPointF(20, 20), hands.at("y"))
    assert hands.selected() == {"x", "y"}
    hands.key(Qt.Key.Key_Escape)
    assert hands.selected() == {"f"}
    hands.release(hands.at("y"))
    assert hands.selected() == {"f"}


def test_selecting_is_no_edit(hands: Hands) -> None:
    """Nothing of it can be undone, because nothing was edited."""
    hands.click(hands.at("f"))
    hands.drop(QPointF(20, 20), hands.at("y"))
    assert not hands.studio.history.can_undo


def test_escape_deselects(hands: Hands) -> None:
    """Escape with no gesture in progress selects nothing."""
    hands.click(hands.at("f"))
    hands.key(Qt.Key.Key_Escape)
    assert hands.selected() == set()


def test_a_context_menu_selects_what_it_is_for(hands: Hands) -> None:
    """The menu of a node that isn't selected selects it; that of a selected one keeps the selection."""
    mouse = QContextMenuEvent.Reason.Mouse
    assert ask_for_menu(hands, hands.at("q"), mouse) == Hit(Part.NODE, hands.node("q").id)
    assert hands.selected() == {"q"}
    hands.view.select_all()
    ask_for_menu(hands, hands.at("x"), mouse)
    assert len(hands.selected()) == 5
    ask_for_menu(hands, (hands.port("z.value") + hands.port("f.y")) / 2, mouse)
    assert len(hands.studio.selection()[1]) == 4
    assert ask_for_menu(hands, QPointF(850, 500), mouse).part is Part.EMPTY
    assert hands.selected() == set()


def test_the_menu_key_asks_for_the_selected_node(hands: Hands) -> None:
    """By keyboard the menu is that of the selection, wherever the mouse is."""
    hands.studio.select((hands.node("f").id,))
    hit = ask_for_menu(hands, QPointF(850, 500), QContextMenuEvent.Reason.Keyboard)
    assert hit == Hit(Part.NODE, hands.node("f").id)
    assert hands.selected() == {"f"}
