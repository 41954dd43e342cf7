"""Pictures of a whole network as PNG or SVG, by the renderer of the canvas."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator

from gradstudio.document.model import Document
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.canvas.bodies import BodyCache
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.overlays import draw_empty
from gradstudio.ui.canvas.painter import paint_frame
from gradstudio.ui.canvas.readings import Readings
from gradstudio.ui.canvas.scene import Scene
from gradstudio.ui.theme import MONO_FONTS, UI_FONTS, Theme

MARGIN = 40.0
_EMPTY = QSizeF(640, 400)
MOST_PIXELS = 100_000_000
"""A PNG of more pixels than this is drawn at a smaller scale."""


def save_picture(
    document: Document,
    snapshot: Snapshot | None,
    path: Path,
    theme: Theme,
    scale: float = 2.0,
    transparent: bool = False,
) -> None:
    """Write a picture of the network; the file's ending says whether as PNG or as SVG.

    Args:
        document: the network.
        snapshot: numbers for its wires; those of another `graph_revision` are left out.
        path: the file, ending in ".png" or ".svg".
        theme: the colours.
        scale: pixels of a PNG per unit of the canvas.
        transparent: leave the background and the grid out.

    Raises:
        ValueError: for another ending, or a scale that isn't above 0.
        OSError: if the file can't be written.
    """
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError(f"a picture's scale must be above 0, found {scale}")
    current = snapshot if snapshot is not None and snapshot.revision == document.graph_revision else None
    picture = _Picture(document, current, Ink(theme), not transparent)
    match path.suffix.lower():
        case ".png":
            data = picture.as_png(scale)
        case ".svg":
            data = picture.as_svg()
        case ending:
            raise ValueError(f"a picture ends in .png or .svg, found “{ending or path.name}”")
    path.write_bytes(data)


class _Picture:
    def __init__(self, document: Document, snapshot: Snapshot | None, ink: Ink, background: bool) -> None:
        self._scene = Scene(document)
        self._readings = Readings(document, snapshot)
        self._ink, self._background = ink, background
        bounds = self._scene.bounds()
        self._area = bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).toAlignedRect().toRectF()
        if bounds.isEmpty():
            self._area = QRectF(0, 0, _EMPTY.width(), _EMPTY.height())

    def as_png(self, scale: float) -> bytes:
        """The bytes of a PNG."""
        area = self._area
        scale = min(scale, math.sqrt(MOST_PIXELS / (area.width() * area.height())))
        wide, high = math.ceil(area.width() * scale), math.ceil(area.height() * scale)
        image = QImage(wide, high, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.scale(scale, scale)
        self._paint(painter)
        painter.end()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
        return bytes(buffer.data().data())

    def as_svg(self) -> bytes:
        """The bytes of an SVG."""
        buffer = QBuffer()
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(96)
        generator.setSize(QSize(round(self._area.width()), round(self._area.height())))
        generator.setViewBox(QRectF(0, 0, self._area.width(), self._area.height()))
        generator.setTitle(QCoreApplication.translate("Canvas", "A network, drawn by GradStudio"))
        painter = QPainter(generator)
        self._paint(painter)
        painter.end()
        return _with_generic_fonts(bytes(buffer.data().data()))

    def _paint(self, painter: QPainter) -> None:
        painter.translate(-self._area.topLeft())
        ink = self._ink
        frame = Frame(painter, self._scene, Camera(), self._area, ink, BodyCache(ink), self._readings, vector=True)
        paint_frame(frame, background=self._background)
        if not len(self._scene.nodes):
            draw_empty(painter, self._area.size(), ink)


def _with_generic_fonts(svg: bytes) -> bytes:
    """The same where every list of fonts ends with what any viewer has: words stay words, numbers stay even."""
    svg = svg.replace(b'font-family="Sans Serif"', b'font-family="sans-serif"')
    for families, generic in ((UI_FONTS, "sans-serif"), (MONO_FONTS, "monospace")):
        found = ",".join(families)
        svg = svg.replace(f'font-family="{found}"'.encode(), f'font-family="{found},{generic}"'.encode())
    return svg
