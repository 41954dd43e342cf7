"""A plot as a picture in a file: pixels or vector graphics."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.theme import Theme

SCALE = 2.0
"""Pixels of a picture for each of the screen's."""


def png(plot: Plot, theme: Theme) -> bytes:
    """The bytes of a PNG file, twice as fine as the screen."""
    image = QImage(plot.size() * SCALE, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(theme.color("panel"))
    with QPainter(image) as painter:
        plot.paint(painter)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def svg(plot: Plot, theme: Theme, title: str) -> bytes:
    """The bytes of an SVG file."""
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(QSize(plot.width(), plot.height()))
    generator.setViewBox(QRectF(0, 0, plot.width(), plot.height()))
    generator.setTitle(title)
    with QPainter(generator) as painter:
        painter.fillRect(plot.rect(), theme.color("panel"))
        plot.paint(painter)
    return bytes(buffer.data().data())
