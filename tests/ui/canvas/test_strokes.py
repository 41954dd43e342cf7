"""Wires as bundles of hairlines and lines of text shaped once: seen on the screen as if drawn the plain way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen
from pytestqt.qtbot import QtBot

from gradstudio.ui.canvas.curves import direct, path_of
from gradstudio.ui.canvas.ink import fonts
from gradstudio.ui.canvas.letters import Letters
from gradstudio.ui.canvas.nodes import Floats
from gradstudio.ui.canvas.strands import bundle, forward, offsets, strands

WIRES = ((10, 10, 290, 20.3), (10, 30, 200, 45.6), (10, 40, 200, 120), (10, 50, 160, 190), (160, 190, 290, 60.5))


def painted(paint: Callable[[QPainter], object], scale: float = 1.0) -> Floats:
    """The brightness of each pixel of a dark picture somebody paints white on."""
    image = QImage(QSize(300, 200), QImage.Format.Format_Grayscale8)
    image.fill(QColor("black"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    painter.setPen(QColor("white"))
    paint(painter)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(200, image.bytesPerLine())
    return rows[:, :300].astype(float)


@pytest.mark.parametrize("width", [1.4, 2.2, 3.0])
def test_a_bundle_looks_like_a_line_of_its_width(width: float) -> None:
    """Flat, slanting and steep wires are as bright as one thick stroke, and have no gaps where that is full."""
    curves = np.array([direct(*np.array(ends, float)) for ends in WIRES])
    thin, thick = QPen(QColor("white"), 1.0), QPen(QColor("white"), width)
    thin.setCosmetic(True)
    thick.setCapStyle(Qt.PenCapStyle.FlatCap)

    def bundled(painter: QPainter) -> None:
        painter.setPen(thin)
        painter.drawPath(bundle(strands(curves, offsets(width))))

    def stroked(painter: QPainter) -> None:
        painter.setPen(thick)
        for curve in curves:
            painter.drawPath(path_of(curve[None]))

    one, other = painted(bundled), painted(stroked)
    assert 0.93 < one.sum() / other.sum() < 1.07
    assert one[other > 250].min() > 150


@pytest.mark.parametrize("width", [0.4, 1.2, 1.21, 2.0, 3.3, 3.31, 9.0])
def test_hairlines_of_a_bundle_lie_close(width: float) -> None:
    """A bundle is as wide as asked, without gaps; far out it is one hairline, and wide wires are none."""
    found = offsets(width)
    if width <= 1.2:
        assert found == (0.0,)
    elif width > 3.3:
        assert found == ()
    else:
        assert found[-1] - found[0] + 0.9 == pytest.approx(width)
        assert np.diff(found).max() <= 0.7


def test_a_wire_that_runs_back_is_no_bundle() -> None:
    """A loop back to a node on the left turns too much; a wire to the right, level or steep, doesn't."""
    curves = np.array([direct(*np.array(e, float)) for e in ((300, 0, 0, 10), (0, 0, 300, 10), (0, 0, 60, 400))])
    assert forward(curves).tolist() == [False, True, True]


@pytest.mark.parametrize("scale", [1.0, 1.37])
@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("text", ["-0.7311", "‖∇‖ 17.2", "Größe ×∂ 값", "AVA To fi"])
def test_lines_shaped_once_look_as_qt_writes_them(qtbot: QtBot, text: str, even: bool, scale: float) -> None:
    """Written once or again, of one font's characters or of several fonts', a line looks as Qt draws it."""
    letters = Letters(fonts().label if even else fonts().title, even=even)

    def written(vector: bool) -> Floats:
        return painted(lambda painter: letters.writer(painter, vector=vector)(QPointF(12.0, 60.0), text), scale)

    plain, once, again = written(True), written(False), written(False)
    assert plain.max() > 150
    assert np.abs(plain - once).max() < 80
    assert (once == again).all()


def test_many_lines_are_forgotten_in_time() -> None:
    """Numbers that change for hours don't fill the memory."""
    letters = Letters(QFont(fonts().label), even=True)
    image = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setPen(Qt.GlobalColor.white)
    write = letters.writer(painter)
    for i in range(7_000):
        write(QPointF(0, 50), str(i))
    painter.end()
    assert 0 < len(letters._kept) <= 6_000
