import itertools
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest

from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.layers import Bars, Curve, Map, Spot, polygon, polylines, strands
from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.theme import DARK

RED = QColor("#ff0000")


@pytest.fixture
def plot(qtbot):
    """A shown plot of steps 0 to 100."""
    made = Plot("step", "loss", "accuracy", zoom=True)
    made.dress(DARK)
    made.resize(400, 240)
    made.show_range(Axis(0, 100), Axis(0, 1), Axis(0, 1, percent=True))
    qtbot.addWidget(made)
    made.show()
    made.grab()
    return made


def painted(layer, left=Axis()):  # noqa: B008 (an axis is frozen)
    """A layer painted alone, 100 by 100 pixels, over axes from 0 to 1."""
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    layer.paint(painter, Map(QRectF(0, 0, 100, 100), Axis(), left))
    painter.end()
    return image


def red_at(image, x, y):
    """Whether a pixel is red."""
    return QColor(image.pixel(x, y)).red() > 100


def test_map_there_and_back():
    """Numbers go to pixels, upwards, and back."""
    where = Map(QRectF(10, 20, 200, 100), Axis(0, 50), Axis(-1, 1))
    assert where.x(25) == 110
    assert where.y(1) == 20
    assert where.y(-1) == 120
    assert [where.column(x) for x in (0, 25)] == where.x([0, 25]).tolist()
    assert [where.row(y) for y in (1, -1, 9e99)] == where.y([1, -1, 9e99]).tolist()
    assert where.back(110) == 25


def test_curve_goes_through_its_points():
    """A curve is painted where its points are, and not in its gaps."""
    curve = Curve(color=RED, width=3)
    curve.set(np.array([0.0, 0.4, 0.5, 0.6, 1.0]), np.array([0.5, 0.5, np.nan, 0.5, 0.5]))
    image = painted(curve)
    assert red_at(image, 20, 50)
    assert red_at(image, 80, 50)
    assert not red_at(image, 50, 50)
    assert not red_at(image, 20, 20)


def test_curve_follows_its_axis():
    """The same points are painted elsewhere when the axis changes."""
    curve = Curve(color=RED, width=3)
    curve.set(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    assert red_at(painted(curve, Axis(0, 2)), 50, 50)
    assert red_at(painted(curve, Axis(0, 4)), 50, 75)


def test_bars_stand_on_the_floor():
    """The tallest bar takes its share of the height; an empty bin has none."""
    bars = Bars(color=RED, height=0.5)
    bars.set(np.array([4, 0, 2]), np.array([0.0, 0.3, 0.6, 0.9]))
    image = painted(bars)
    assert red_at(image, 10, 55)
    assert not red_at(image, 10, 45)
    assert not red_at(image, 45, 99)
    assert red_at(image, 75, 80)
    assert not red_at(image, 75, 70)


def test_spot_without_place_is_absent():
    """A spot is painted at its place, a cursor over the whole height, and nothing without one."""
    spot = Spot(color=RED, ring=RED, line=RED)
    assert not red_at(painted(spot), 50, 50)
    spot.place = (0.5, 0.5)
    assert red_at(painted(spot), 50, 50)
    spot.cursor, spot.place = True, (0.5, math.nan)
    assert red_at(painted(spot), 50, 5)


def test_lines_leave_gaps():
    """Only neighbours that are both numbers are joined."""
    nan = math.nan
    made = polylines(np.arange(8.0), np.array([nan, 1.0, 2.0, nan, 3.0, nan, 4.0, 5.0]))
    points = [[(line.at(i).x(), line.at(i).y()) for i in range(line.size())] for line in made]
    assert points == [[(1, 1), (2, 2)], [(6, 4), (7, 5)]]
    assert [line.size() for line in polylines(np.arange(3.0), np.arange(3.0))] == [3]
    assert polylines(np.zeros(0), np.zeros(0)) == []
    assert polylines(np.zeros(1), np.zeros(1)) == []


def test_polygons_hold_the_numbers():
    """Points read from memory are the numbers given, whatever kind of array holds them."""
    x, y = np.array([0.1, -1e5, 3.0], np.float32), np.array([1, 2, 3])
    made = polygon(x, y)
    points = [(made.at(i).x(), made.at(i).y()) for i in range(made.size())]
    assert points == list(zip(x.tolist(), y.tolist(), strict=True))
    assert polygon(np.zeros(0), np.zeros(0)).isEmpty()


@pytest.mark.parametrize("width", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_strands_are_as_wide_as_the_line(width):
    """Strokes of a pixel side by side, no further apart than that, are together as wide as the line, in its middle."""
    aside = strands(width)
    assert max(aside) - min(aside) + 1 == max(width, 1.0)
    assert sum(aside) == 0
    assert all(b - a <= 1 for a, b in itertools.pairwise(aside))


def test_wheel_zooms_around_the_mouse(plot, qtbot):
    """The step under the mouse stays where it is when the wheel zooms."""
    place = QPointF(plot.area().left() + plot.area().width() / 4, 100)
    before = plot.map().back(place.x())
    with qtbot.waitSignal(plot.moved):
        roll(plot, place, 120)
    assert plot.zoomed
    assert plot.bottom.high - plot.bottom.low == pytest.approx(100 / 1.2)
    assert plot.map().back(place.x()) == pytest.approx(before)


def roll(plot, place, by):
    """Turn the wheel at a place of the plot."""
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    buttons, none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        place, plot.mapToGlobal(place), QPoint(), QPoint(0, by), buttons, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(plot, event)


def test_drag_moves_the_axis(plot):
    """Dragging to the right shows earlier steps."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(plot, left, none, QPoint(200, 100))
    QTest.mouseMove(plot, QPoint(240, 100))
    QTest.mouseRelease(plot, left, none, QPoint(240, 100))
    assert plot.bottom.low < -5
    assert plot.bottom.high - plot.bottom.low == pytest.approx(100)


def test_double_click_and_escape_show_everything(plot, qtbot):
    """A double click ends the zoom, and so does Escape."""
    for act in (
        lambda: QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(200, 100)),
        lambda: QTest.keyClick(plot, Qt.Key.Key_Escape),
    ):
        roll(plot, QPointF(200, 100), 120)
        with qtbot.waitSignal(plot.fitted):
            act()
        assert not plot.zoomed


def test_arrow_keys_walk(plot, qtbot):
    """Arrow keys, Home and End ask to walk along the curve."""
    walked: list[int] = []
    plot.walked.connect(walked.append)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_A):
        QTest.keyClick(plot, key)
    assert walked == [-1, 1, -2, 2]


def test_hover_tells_the_step(plot, qtbot):
    """The mouse over the plot tells the number below it; beside the plot it tells that there is none."""
    told: list[float] = []
    plot.hovered.connect(told.append)
    middle = plot.area().center().toPoint()
    QTest.mouseMove(plot, middle)
    QTest.mouseMove(plot, QPoint(2, 2))
    assert told[0] == pytest.approx(plot.map().back(middle.x()))
    assert math.isnan(told[-1])
