"""Panning, zooming, fitting."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.metrics import MAX_SCALE, MIN_SCALE
from tests.ui.canvas.hands import ALT, CTRL, MIDDLE, NO_KEY, SHIFT, Hands, Item, network

HERE = QPointF(300, 200)


@pytest.mark.parametrize("keys", [NO_KEY, CTRL])
def test_the_wheel_zooms_to_the_cursor(hands: Hands, keys: Qt.KeyboardModifier) -> None:
    """What lies under the mouse stays there while the wheel zooms, to a pixel."""
    before = hands.view.to_scene(HERE)
    hands.wheel(HERE, 240, keys)
    assert hands.view.scale() == pytest.approx(1.44)
    gap = hands.view.to_view(before) - HERE
    assert abs(gap.x()) <= 0.5
    assert abs(gap.y()) <= 0.5


def test_zoom_has_limits(hands: Hands) -> None:
    """However long the wheel turns, the scale stays within its limits."""
    for angle, limit in ((12000, MAX_SCALE), (-30000, MIN_SCALE)):
        hands.wheel(HERE, angle)
        assert hands.view.scale() == pytest.approx(limit)


def test_two_fingers_pan(hands: Hands) -> None:
    """A scroll that reports pixels moves the view by those pixels and doesn't zoom."""
    origin = hands.view.to_view(QPointF())
    hands.wheel(HERE, 0, pixels=QPoint(12, -30))
    assert hands.view.to_view(QPointF()) == origin + QPointF(12, -30)
    assert hands.view.scale() == 1.0


@pytest.mark.parametrize(("keys", "way"), [(SHIFT, QPointF(60, 0)), (ALT, QPointF(0, 60))])
def test_shift_and_alt_with_the_wheel_pan(hands: Hands, keys: Qt.KeyboardModifier, way: QPointF) -> None:
    """Shift turns the wheel into panning sideways, Alt into panning up and down."""
    origin = hands.view.to_view(QPointF())
    hands.wheel(HERE, 120, keys)
    assert hands.view.to_view(QPointF()) == origin + way


def test_middle_button_pans(hands: Hands) -> None:
    """The scene follows the mouse while the middle button is down, also over nodes."""
    origin = hands.view.to_view(QPointF())
    hands.drop(hands.at("q"), hands.at("q") + QPointF(35, -21), button=MIDDLE)
    assert hands.view.to_view(QPointF()) == origin + QPointF(35, -21)
    assert hands.selected() == set()


def test_space_drag_pans(hands: Hands) -> None:
    """With the space bar held the left button pans, and the cursor is a hand."""
    origin, start = hands.view.to_view(QPointF()), hands.at("q")
    QTest.keyPress(hands.view, Qt.Key.Key_Space)
    assert hands.view.cursor().shape() is Qt.CursorShape.OpenHandCursor
    hands.drop(start, start + QPointF(40, 10))
    QTest.keyRelease(hands.view, Qt.Key.Key_Space)
    assert hands.view.to_view(QPointF()) == origin + QPointF(40, 10)
    assert hands.places()["q"] == (220, 40)


def test_escape_pans_back(hands: Hands) -> None:
    """Escape while panning goes back to where it began."""
    origin = hands.view.to_view(QPointF())
    hands.drag(HERE, HERE + QPointF(50, 50), button=MIDDLE)
    hands.key(Qt.Key.Key_Escape)
    assert hands.view.to_view(QPointF()) == origin


@pytest.mark.parametrize("key", [Qt.Key.Key_Home, Qt.Key.Key_F])
def test_fit_shows_everything(hands: Hands, key: Qt.Key) -> None:
    """Home and F show every node, from wherever one is."""
    hands.wheel(HERE, 1200)
    hands.view.pan(5000, 3000)
    hands.key(key)
    area = hands.view.visible_area()
    assert all(area.contains(hands.view.node_rect(node)) for node in hands.document.nodes)


def test_fit_selection(hands: Hands) -> None:
    """Zooming to the selection centres it."""
    hands.click(hands.at("f"))
    hands.key(Qt.Key.Key_F, SHIFT)
    rect = hands.view.node_rect(hands.node("f").id)
    gap = hands.view.to_view(rect.center()) - QPointF(hands.view.width() / 2, hands.view.height() / 2)
    assert abs(gap.x()) <= 1
    assert abs(gap.y()) <= 1


def test_panned_pixels_are_what_painting_gives(hands: Hands) -> None:
    """After panning by copying pixels the screen shows just what painting everything anew shows."""
    hands.settle()
    hands.view.minimap.set_wanted(False)
    for dx, dy in ((7, 0), (0, -9), (31, 17), (-120, 60), (3, 3)):
        hands.view.pan(dx, dy)
        QApplication.processEvents()
    copied = hands.view.screen().grabWindow(hands.view.winId()).toImage()
    hands.view.update()
    QApplication.processEvents()
    assert hands.view.screen().grabWindow(hands.view.winId()).toImage() == copied


def on_screen(view: CanvasView) -> npt.NDArray[np.int16]:
    """The pixels the screen shows of a view (row, column, colour)."""
    image = view.screen().grabWindow(view.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    return (
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(np.int16)
    )


def test_panning_over_many_nodes_leaves_none_out(make_view: Callable[[Document], CanvasView]) -> None:
    """In a large network as well, what comes into view is what painting everything anew shows, edges of wires aside."""
    nodes: dict[str, Item] = {f"n{i}": ("relu", 180.0 * (i % 12), 110.0 * (i // 12), {}) for i in range(120)}
    view = make_view(network(nodes, " ".join(f"n{i}>n{(i + 13) % 120}" for i in range(0, 107, 2))))
    view.minimap.set_wanted(False)
    for dx, dy in ((-7, -9), (-260, -140), (31, 17), (-90, 60)):
        view.pan(dx, dy)
        QApplication.processEvents()
        Hands(view).settle()
        copied = on_screen(view)
        view.update()
        QApplication.processEvents()
        gaps = np.abs(on_screen(view) - copied).max(axis=2)
        assert (gaps > 0).mean() < 0.001
        assert gaps.max() < 60


class Paints(QObject):
    """Counts how often a widget is painted."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count one."""
        self.count += event.type() is QEvent.Type.Paint
        return False


def test_a_step_is_painted_once(hands: Hands) -> None:
    """Zooming and panning paint the view once, the small map with it."""
    hands.settle()
    assert hands.view.minimap.isVisible()
    for step in (lambda: hands.view.zoom(1.02), lambda: hands.view.pan(4, 7)):
        view, small = Paints(), Paints()
        hands.view.installEventFilter(view)
        hands.view.minimap.installEventFilter(small)
        step()
        QApplication.processEvents()
        assert (view.count, small.count) == (1, 1)


def test_panning_repaints_under_the_minimap(hands: Hands) -> None:
    """The small map leaves no copy of itself behind when the scene is panned under it."""
    hands.settle()
    assert hands.view.minimap.isVisible()
    for _ in range(4):
        hands.view.pan(-23, -11)
        QApplication.processEvents()
    copied = hands.view.screen().grabWindow(hands.view.winId()).toImage()
    hands.view.update()
    hands.view.minimap.update()
    QApplication.processEvents()
    assert hands.view.screen().grabWindow(hands.view.winId()).toImage() == copied


def test_arrows_pan_with_nothing_selected(hands: Hands) -> None:
    """Arrow keys move the view where no node is selected."""
    origin = hands.view.to_view(QPointF())
    hands.key(Qt.Key.Key_Right)
    assert hands.view.to_view(QPointF()).x() < origin.x()


def test_an_untouched_network_stays_fitted(hands: Hands) -> None:
    """A network just opened is shown whole in a window of any size, until somebody moves over it."""
    hands.studio.documentReplaced.emit()
    hands.view.resize(500, 700)
    QApplication.processEvents()
    area = hands.view.visible_area()
    assert all(area.contains(hands.view.node_rect(node)) for node in hands.document.nodes)
    hands.view.pan(300, 0)
    origin = hands.view.to_view(QPointF())
    hands.view.resize(600, 600)
    QApplication.processEvents()
    assert hands.view.to_view(QPointF()) == origin


def test_the_map_moves_the_view(hands: Hands) -> None:
    """A click on the small map brings that part of the network to the middle of the view."""
    minimap = hands.view.minimap
    hands.view.set_scale(2.0)
    hands.settle()
    target = hands.view.node_rect(hands.node("f").id).center()
    at = minimap._camera.to_view(target)
    from PySide6.QtTest import QTest

    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=at.toPoint())
    gap = hands.view.to_view(target) - QPointF(hands.view.width() / 2, hands.view.height() / 2)
    assert abs(gap.x()) < 20
    assert abs(gap.y()) < 20


def test_the_map_hides_no_node_of_a_network_that_is_all_in_view(hands: Hands) -> None:
    """The small map goes where it would lie on a node although everything is in view, and is back once that isn't."""
    view = hands.view
    x, y = view.to_scene(QPointF(view.width() - 60, view.height() - 80)).toTuple()
    hands.studio.do(lambda: commands.move(hands.document, {hands.node("f").id: (x - 60, y - 10)}))
    assert not view.minimap.isVisible()
    view.pan(-100, 0)
    assert view.minimap.isVisible()


def test_fitting_shows_wires_that_run_back(hands: Hands) -> None:
    """The loop of a wire to a node further left is part of what zoom to fit shows."""
    hands.studio.do(lambda: commands.move(hands.document, {hands.node("q").id: (-400, 0)}))
    hands.view.zoom_to_fit()
    track = hands.view.scene.wires.track
    area = hands.view.visible_area()
    assert all(area.contains(QPointF(x, y)) for x, y in track.reshape(-1, 2).tolist())
