"""Moving nodes by mouse and by keyboard."""

from PySide6.QtCore import QPointF, Qt

from gradstudio.ui.canvas.metrics import GRID
from tests.ui.canvas.hands import SHIFT, Hands


def test_drag_moves_and_undo_brings_back(hands: Hands) -> None:
    """A dragged node lies where it was dropped, on the grid, after one step that can be undone."""
    before = hands.places()
    hands.drop(hands.at("q"), hands.at("q", 73, 48))
    assert hands.places()["q"] == (290.0, 90.0)
    hands.studio.undo()
    assert hands.places() == before
    assert not hands.studio.history.can_undo


def test_drag_moves_the_whole_selection(hands: Hands) -> None:
    """All selected nodes keep their distances while one of them is dragged."""
    hands.drop(QPointF(20, 20), hands.at("y"))
    hands.drop(hands.at("x"), hands.at("x", 20, 30))
    places = hands.places()
    assert (places["x"], places["y"], places["z"]) == ((20, 30), (20, 130), (0, 200))


def test_nothing_of_the_document_changes_before_release(hands: Hands) -> None:
    """While the button is down the node is shown elsewhere, but the document has it where it was."""
    before = hands.places()
    hands.drag(hands.at("q"), hands.at("q", 100, 0))
    assert hands.places() == before
    assert hands.view.node_rect(hands.node("q").id).left() == before["q"][0] + 100


def test_wires_follow_while_dragging(hands: Hands) -> None:
    """The ends of a node's wires move along before it is dropped."""
    row = hands.view.scene.wires.row[hands.wire("q", "f").id]
    before = hands.view.scene.wires.ends[row].copy()
    hands.drag(hands.at("q"), hands.at("q", 50, 20))
    assert (hands.view.scene.wires.ends[row] - before).tolist() == [50, 20, 0, 0]


def test_escape_puts_back(hands: Hands) -> None:
    """Escape in the middle of a drag leaves everything as it was, with nothing to undo."""
    before = hands.places()
    rect = hands.view.node_rect(hands.node("q").id)
    hands.drag(hands.at("q"), hands.at("q", 100, 50))
    hands.key(Qt.Key.Key_Escape)
    hands.release(hands.at("q", 100, 50))
    assert hands.places() == before
    assert hands.view.node_rect(hands.node("q").id) == rect
    assert not hands.studio.history.can_undo


def test_a_drag_to_the_same_place_is_no_step(hands: Hands) -> None:
    """A drag that comes back to where it began leaves nothing to undo."""
    start = hands.at("q")
    hands.drag(start, start + QPointF(60, 0))
    hands.move(start)
    hands.release(start)
    assert not hands.studio.history.can_undo


def test_arrows_move_by_the_grid_in_one_step(hands: Hands) -> None:
    """Arrow keys move the selection from grid point to grid point, Shift five at a time, as one step of undo."""
    before = hands.places()
    hands.click(hands.at("q"))
    for _ in range(3):
        hands.key(Qt.Key.Key_Right)
    hands.key(Qt.Key.Key_Down, SHIFT)
    x, y = before["q"]
    assert hands.places()["q"] == (x + 3 * GRID, y + 5 * GRID)
    hands.studio.undo()
    assert hands.places() == before


def test_the_node_deleted_under_a_drag_does_no_harm(hands: Hands) -> None:
    """A node that goes while it is dragged ends nothing but its own move."""
    hands.drag(hands.at("q"), hands.at("q", 60, 0))
    hands.view.delete()
    hands.release(hands.at("f"))
    hands.settle()
    assert hands.document.named("q") is None
