"""Painting: at every scale, in both themes, without an exception; and the same whichever way it is done."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.engine.catalog import CATALOG
from gradstudio.resources import resource
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.picture import save_picture
from gradstudio.ui.theme import DARK, LIGHT, Theme
from tests.ui.canvas.hands import Hands, Item, network, sum_times_z


def colors(image: QImage) -> int:
    """How many colours an image has."""
    return len({image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)})


def one_of_each() -> Document:
    nodes: dict[str, Item] = {g.id: (g.id, 260.0 * (i % 6), 130.0 * (i // 6), {}) for i, g in enumerate(CATALOG)}
    return network(nodes, "spiral.X>dense dense>relu relu>softmax_cross_entropy.scores dense.W>l2")


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_every_gate_paints_at_every_scale(make_view: Callable[[Document], CanvasView], theme: Theme) -> None:
    """A node of each gate in the catalogue paints at any zoom, in both themes, selected or not."""
    view = make_view(one_of_each())
    view.studio.set_theme(theme)
    Hands(view).settle()
    for scale in (0.05, 0.2, 0.26, 0.36, 0.5, 1.0, 1.7, 4.0):
        view.set_scale(scale)
        view.zoom_to_fit() if scale == 0.05 else view.select_all()
        assert colors(view.grab().toImage()) > 5
        view.studio.select()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 3.0])
def test_every_pixel_density(view: CanvasView, ratio: float) -> None:
    """The canvas paints on screens of any density."""
    image = QImage(view.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    view.render(image)
    assert colors(image) > 10


def test_the_empty_canvas_teaches(make_view: Callable[[Document], CanvasView]) -> None:
    """An empty canvas shows words; the first node takes them away."""
    view = make_view(Document())
    before = colors(view.grab().toImage())
    assert before > 10
    view.place_gate("add")
    view.studio.undo()
    assert colors(view.grab().toImage()) == before


def test_the_overview_shows_each_node(make_view: Callable[[Document], CanvasView]) -> None:
    """From far away each node is a block of its category's colour."""
    view = make_view(sum_times_z())
    view.minimap.set_wanted(False)
    view.set_scale(0.2)
    image = view.grab().toImage()
    for row, rect in enumerate(view.scene.nodes.rects):
        centre = view.to_view(rect.center()).toPoint()
        assert image.pixel(centre) == view.ink.far[int(view.scene.nodes.shelf[row])].rgb()


def test_a_drag_over_the_still_picture_equals_painting_anew(hands: Hands) -> None:
    """What is shown while a node is dragged is what painting everything from scratch gives."""
    hands.settle()
    hands.view.minimap.set_wanted(False)
    hands.drag(hands.at("q"), hands.at("q", 40, 60))
    QApplication.processEvents()
    shown = hands.view.screen().grabWindow(hands.view.winId()).toImage()
    hands.view._still = None
    hands.view.repaint()
    fresh = hands.view.screen().grabWindow(hands.view.winId()).toImage()
    differing = sum(shown.pixel(x, y) != fresh.pixel(x, y) for x in range(shown.width()) for y in range(shown.height()))
    hands.key(Qt.Key.Key_Escape)
    assert differing < 0.001 * shown.width() * shown.height()


def test_numbers_that_arrive_during_a_drag_are_shown(hands: Hands) -> None:
    """The still picture under a dragged node is painted anew when numbers or the view change."""
    hands.settle()
    hands.drag(hands.at("q"), hands.at("q", 40, 60))
    QApplication.processEvents()
    before = hands.view._still
    hands.view.zoom(1.1)
    QApplication.processEvents()
    assert hands.view._still is not before
    assert hands.view._still is not None
    hands.key(Qt.Key.Key_Escape)
    assert hands.view._still is None


def test_numbers_that_stay_the_same_leave_the_still_picture(hands: Hands) -> None:
    """A snapshot that changes nothing in view doesn't cost a drag its picture; one that changes a number does."""
    hands.settle()
    hands.drag(hands.at("q"), hands.at("q", 40, 60))
    QApplication.processEvents()
    pictures = []
    for shift in (0.0, 0.0, 1.5):
        hands.view.update()
        QApplication.processEvents()
        assert hands.view._still is not None
        pictures.append(hands.view._still.picture)
        live(hands.studio, shift)
    assert hands.view._still is not None
    pictures.append(hands.view._still.picture)
    hands.key(Qt.Key.Key_Escape)
    assert pictures[0] is pictures[1] is pictures[2] is not pictures[3]


def live(studio: Studio, shift: float) -> None:
    """Numbers arrive that differ from the ones before."""
    snapshot = studio.snapshot()
    assert snapshot is not None
    values = {key: s._replace(low=s.low + shift) for key, s in snapshot.values.items()}
    studio._show(replace(snapshot, values=values))
    QApplication.processEvents()


class Paints(QObject):
    """Counts how often a view is painted."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.count = 0
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count one."""
        self.count += event.type() is QEvent.Type.Paint
        return False


def on_screen(view: CanvasView) -> QImage:
    """What the screen shows of a view, once all labels have found their places."""
    while view._again.isActive():
        QTest.qWait(5)
    QApplication.processEvents()
    return view.screen().grabWindow(view.winId()).toImage()


def test_numbers_over_the_kept_picture_equal_painting_anew(hands: Hands) -> None:
    """While only numbers change they are written over a kept picture: the screen shows what painting anew gives."""
    hands.settle()
    view, shown = hands.view, []
    for i in range(4):
        live(hands.studio, 1.5 * i)
        shown.append(on_screen(view))
    assert view._ground.picture() is not None
    view.update()
    assert view._ground.picture() is None
    QApplication.processEvents()
    assert on_screen(view) == shown[-1] != shown[-2]


def test_numbers_that_stay_the_same_are_not_painted_again(hands: Hands) -> None:
    """A snapshot that changes nothing in view paints nothing; other numbers do, and those that aren't pale any more."""
    hands.settle()
    paints = Paints(hands.view)
    live(hands.studio, 0.0)
    assert paints.count == 0
    live(hands.studio, 1.0)
    assert paints.count == 1
    hands.view.readings.stale = True
    live(hands.studio, 0.0)
    assert paints.count == 2


def test_the_kept_picture_follows_everything_else(hands: Hands) -> None:
    """Selecting, hovering, panning, zooming, moving and another theme show at once while numbers arrive."""
    hands.settle()
    view, document = hands.view, hands.document
    q = hands.node("q").id
    changes: list[Callable[[], object]] = [
        lambda: hands.studio.select([q]),
        lambda: hands.move(hands.at("f")),
        lambda: view.pan(9, 5),
        lambda: view.zoom(1.1),
        lambda: hands.studio.do(lambda: commands.move(document, {q: (400.0, 300.0)})),
        lambda: hands.studio.set_theme(LIGHT),
    ]
    for change in changes:
        for _ in range(3):
            live(hands.studio, 1.0)
        assert view._ground.picture() is not None
        before = on_screen(view)
        change()
        live(hands.studio, 0.0)
        shown = on_screen(view)
        view.update()
        QApplication.processEvents()
        assert on_screen(view) == shown != before


def test_a_glow_shows_on_the_kept_picture(make_hands: Callable[[Document], Hands]) -> None:
    """A gradient that grows makes its node glow more, although nothing but numbers change."""
    hands = make_hands(files.read(resource("examples", "spiral.grad")))
    hands.settle()
    view, studio = hands.view, hands.studio
    view.zoom_to_fit()
    for _ in range(3):
        live(studio, 0.0)
    before = on_screen(view)
    snapshot = studio.snapshot()
    assert snapshot is not None
    gradients = {key: s._replace(norm=s.norm * 1e-4) for key, s in snapshot.gradients.items()}
    studio._show(replace(snapshot, gradients=gradients))
    QApplication.processEvents()
    fading = on_screen(view)
    view.update()
    QApplication.processEvents()
    assert on_screen(view) == fading != before


def test_selection_and_hover_show(hands: Hands) -> None:
    """A selected node, a hovered one and a hovered port each look different."""
    hands.settle()
    hands.move(hands.view.rect().bottomLeft().toPointF())
    looks = [hands.view.grab().toImage()]
    hands.move(hands.at("q"))
    looks.append(hands.view.grab().toImage())
    hands.move(hands.port("q.x"))
    looks.append(hands.view.grab().toImage())
    hands.click(hands.at("q"))
    looks.append(hands.view.grab().toImage())
    assert all(looks[i] != looks[j] for i in range(4) for j in range(i))


@pytest.mark.parametrize("example", ["spiral", "sum-times-z", "micrograd"])
def test_png_of_a_network(view: CanvasView, tmp_path: Path, example: str) -> None:
    """A PNG is as large as the network at its scale, and has its node colours."""
    document = files.read(resource("examples", f"{example}.grad"))
    save_picture(document, None, tmp_path / "small.png", DARK, scale=1.0)
    save_picture(document, None, tmp_path / "large.png", DARK, scale=2.0)
    small, large = QImage(str(tmp_path / "small.png")), QImage(str(tmp_path / "large.png"))
    assert large.size() == small.size() * 2
    assert colors(large) > 50


def test_a_transparent_picture(tmp_path: Path, view: CanvasView) -> None:
    """A transparent picture has nothing but the network on it."""
    save_picture(view.studio.document, None, tmp_path / "p.png", LIGHT, transparent=True)
    image = QImage(str(tmp_path / "p.png"))
    assert image.pixelColor(2, 2).alpha() == 0
    save_picture(view.studio.document, None, tmp_path / "q.png", LIGHT)
    assert QImage(str(tmp_path / "q.png")).pixelColor(3, 3) == QColor(LIGHT.canvas)


def test_svg_keeps_words_as_words(hands: Hands, tmp_path: Path) -> None:
    """An SVG holds names and numbers as text, and draws what the PNG shows."""
    hands.settle()
    save_picture(hands.document, hands.studio.snapshot(), tmp_path / "p.svg", DARK)
    text = (tmp_path / "p.svg").read_text(encoding="utf-8")
    for word in (">q<", ">f<", ">-12<", ">1<", ">-4<"):
        assert word in text
    assert set(re.findall(r'font-family="(?:[^"]*,)?([^",]*)"', text)) == {"sans-serif", "monospace"}
    renderer = QSvgRenderer(str(tmp_path / "p.svg"))
    assert renderer.isValid()
    image = QImage(QSize(600, 400), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert colors(image) > 20


def test_numbers_of_another_network_are_left_out(hands: Hands, tmp_path: Path) -> None:
    """A snapshot that is older than the document puts no number into the picture."""
    hands.settle()
    old = hands.studio.snapshot()
    hands.studio.select((hands.node("z").id,))
    hands.view.delete()
    save_picture(hands.document, old, tmp_path / "p.svg", DARK)
    assert ">-12<" not in (tmp_path / "p.svg").read_text(encoding="utf-8")


def test_a_picture_of_nothing(tmp_path: Path, view: CanvasView) -> None:
    """An empty network makes a picture too."""
    save_picture(Document(), None, tmp_path / "p.png", DARK)
    save_picture(Document(), None, tmp_path / "p.svg", DARK)
    assert not QImage(str(tmp_path / "p.png")).isNull()


@pytest.mark.parametrize("name", ["p.jpg", "p"])
def test_other_endings_are_refused(tmp_path: Path, view: CanvasView, name: str) -> None:
    """Only .png and .svg are written."""
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        save_picture(view.studio.document, None, tmp_path / name, DARK)


@pytest.mark.parametrize("name", ["p.png", "p.svg"])
def test_a_folder_that_is_not_there(tmp_path: Path, view: CanvasView, name: str) -> None:
    """A picture that can't be written raises, with the path in the sentence."""
    with pytest.raises(files.NotWritable, match="missing"):
        save_picture(view.studio.document, None, tmp_path / "missing" / name, DARK)


def test_paint_scene_paints_a_part(view: CanvasView) -> None:
    """`paint_scene` paints a rectangle of the scene with somebody else's painter and theme."""
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    view.paint_scene(painter, QRectF(0, 0, 400, 300), theme=LIGHT)
    painter.end()
    assert image.pixelColor(150, 290) == QColor(LIGHT.canvas)
    assert image.pixel(45, 15) == Ink(LIGHT).header[0].rgb()
