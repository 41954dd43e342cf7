"""Dragging gates from the palette."""

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QPointF
from PySide6.QtWidgets import QApplication

from gradstudio.document.model import Document
from tests.ui.canvas.hands import Hands

AT = QPointF(300, 400)


def test_a_dropped_gate_becomes_a_selected_node(hands: Hands) -> None:
    """A gate dropped on the canvas is a node under the mouse, on the grid, selected; undo takes it away."""
    mime = hands.carry("tanh")
    assert hands.drag_in(mime, AT).isAccepted()
    assert hands.let_fall(mime, AT).isAccepted()
    (node,) = (n for n in hands.document.nodes.values() if n.gate == "tanh")
    assert hands.view.node_rect(node.id).contains(hands.view.to_scene(AT))
    assert (node.x % 10, node.y % 10) == (0, 0)
    assert hands.selected() == {node.name}
    hands.studio.undo()
    assert node.id not in hands.document.nodes
    assert not hands.studio.history.can_undo


def test_a_ghost_follows_the_drag_and_vanishes(hands: Hands) -> None:
    """While the drag is over the canvas a ghost is painted there; when it leaves, the picture is as before."""
    hands.settle()
    mime, before = hands.carry("relu"), hands.view.grab().toImage()
    hands.drag_in(mime, QPointF(200, 380))
    hands.drag_on(mime, AT)
    QApplication.processEvents()
    assert hands.view.grab().toImage() != before
    hands.drag_out()
    QApplication.processEvents()
    assert hands.view.grab().toImage() == before
    assert not hands.studio.history.can_undo


def test_foreign_drags_are_refused(hands: Hands) -> None:
    """Plain text and unknown gates are not taken."""
    text = QMimeData()
    text.setText("relu")
    for mime in (text, hands.carry("no_such_gate")):
        event = hands.drag_in(mime, AT)
        assert not event.isAccepted()
        hands.let_fall(mime, AT)
    assert not hands.studio.history.can_undo


def test_the_first_gate_on_an_empty_canvas(make_hands: Callable[[Document], Hands]) -> None:
    """A gate can be dropped where there is nothing yet, and the invitation goes."""
    hands = make_hands(Document())
    mime = hands.carry("constant")
    hands.drag_in(mime, AT)
    hands.let_fall(mime, AT)
    hands.settle()
    assert len(hands.document.nodes) == 1
