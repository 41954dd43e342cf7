"""Pictures of a network or of a part of it, for files, clipboard and paper, by the renderer of the canvas."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QIODevice,
    QMarginsF,
    QMimeData,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QImage, QImageWriter, QPainter, QStandardItemModel
from PySide6.QtSvg import QSvgGenerator

from gradstudio import files
from gradstudio.document.model import Document, GroupId, NodeId
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
LEAST_SCALE, MOST_SCALE = 0.1, 8.0
"""Pixels of a picture per unit of the canvas."""
SVG_MIME = "image/svg+xml"
_EMPTY = QSizeF(640, 400)
MOST_PIXELS = 100_000_000
"""A picture of more pixels than this is drawn at a smaller scale."""


class Picture:
    """A network ready to be drawn on whatever is at hand.

    Args:
        document: the network.
        snapshot: numbers for its wires; those of another `graph_revision` are left out.
        theme: the colours.
        background: whether the canvas and its grid are drawn too.
        only: the nodes to draw, with the wires between them; None for the whole network.
        inside: the group whose inside is drawn; None for what is seen from outside.
    """

    def __init__(
        self,
        document: Document,
        snapshot: Snapshot | None,
        theme: Theme,
        *,
        background: bool = True,
        only: Collection[NodeId] | None = None,
        inside: GroupId | None = None,
    ) -> None:
        current = snapshot if snapshot is not None and snapshot.revision == document.graph_revision else None
        self._scene = Scene(document, inside)
        if only is not None:
            self._scene.keep_only(frozenset(only))
        self._readings = Readings(document, current)
        self._ink, self._background = Ink(theme), background
        bounds = self._scene.bounds()
        room = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
        self._area = QRectF(0, 0, _EMPTY.width(), _EMPTY.height())
        if not bounds.isEmpty():
            self._area = bounds.marginsAdded(room).toAlignedRect().toRectF()

    @property
    def size(self) -> QSizeF:
        """Width and height in units of the canvas."""
        return self._area.size()

    def pixels(self, scale: float) -> QSize:
        """Width and height as an image of this scale, or of the largest one that isn't too large."""
        fitting = self._fitting(scale)
        return QSize(math.ceil(self._area.width() * fitting), math.ceil(self._area.height() * fitting))

    def image(self, scale: float) -> QImage:
        """As pixels."""
        image = QImage(self.pixels(scale), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        with QPainter(image) as painter:
            painter.scale(self._fitting(scale), self._fitting(scale))
            self._paint(painter)
        return image

    def png(self, scale: float) -> bytes:
        """The bytes of a PNG file."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(self.image(scale))
        return bytes(buffer.data().data())

    def svg(self) -> bytes:
        """The bytes of an SVG file."""
        buffer = QBuffer()
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(96)
        generator.setSize(QSize(round(self._area.width()), round(self._area.height())))
        generator.setViewBox(QRectF(0, 0, self._area.width(), self._area.height()))
        generator.setTitle(QCoreApplication.translate("Canvas", "A network, drawn by GradStudio"))
        with QPainter(generator) as painter:
            self._paint(painter)
        return _with_generic_fonts(bytes(buffer.data().data()))

    def for_clipboard(self, scale: float) -> QMimeData:
        """As pixels and as SVG: whoever pastes takes what it knows."""
        carried = _lasting()
        carried.setImageData(self.image(scale))
        carried.setData(SVG_MIME, QByteArray(self.svg()))
        return carried

    def draw(self, painter: QPainter, into: QRectF) -> None:
        """Draw it in the middle of a rectangle, as large as fits."""
        scale = min(into.width() / self._area.width(), into.height() / self._area.height())
        size = self._area.size() * scale
        painter.save()
        painter.translate(into.center().x() - size.width() / 2, into.center().y() - size.height() / 2)
        painter.scale(scale, scale)
        self._paint(painter)
        painter.restore()

    def _fitting(self, scale: float) -> float:
        return min(scale, math.sqrt(MOST_PIXELS / (self._area.width() * self._area.height())))

    def _paint(self, painter: QPainter) -> None:
        painter.translate(-self._area.topLeft())
        ink = self._ink
        frame = Frame(painter, self._scene, Camera(), self._area, ink, BodyCache(ink), self._readings, vector=True)
        paint_frame(frame, background=self._background)
        if not len(self._scene.nodes):
            draw_empty(painter, self._area.size(), ink)


def save_picture(
    document: Document,
    snapshot: Snapshot | None,
    path: Path,
    theme: Theme,
    scale: float = 2.0,
    transparent: bool = False,
    only: Collection[NodeId] | None = None,
) -> None:
    """Write a picture of the network; the file's ending says whether as PNG or as SVG.

    Args:
        document: the network.
        snapshot: numbers for its wires; those of another `graph_revision` are left out.
        path: the file, ending in ".png" or ".svg".
        theme: the colours.
        scale: pixels of a PNG per unit of the canvas.
        transparent: leave the background and the grid out.
        only: the nodes to draw, with the wires between them; None for all.

    Raises:
        ValueError: for another ending, or a scale that isn't above 0.
        NotWritable: if the file can't be written; what was there before is unharmed.
    """
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError(f"a picture's scale must be above 0, found {scale}")
    ending = path.suffix.lower()
    if ending not in (".png", ".svg"):
        raise ValueError(f"a picture ends in .png or .svg, found “{ending or path.name}”")
    picture = Picture(document, snapshot, theme, background=not transparent, only=only)
    files.write_bytes(picture.png(scale) if ending == ".png" else picture.svg(), path)


def _lasting() -> QMimeData:
    """Something to carry data that is Qt's own: the clipboard may keep it longer than Python is there."""
    model = QStandardItemModel(1, 1)
    carried = model.mimeData([model.index(0, 0)])
    carried.clear()
    return carried


def _with_generic_fonts(svg: bytes) -> bytes:
    """The same where every list of fonts ends with what any viewer has: words stay words, numbers stay even."""
    svg = svg.replace(b'font-family="Sans Serif"', b'font-family="sans-serif"')
    for families, generic in ((UI_FONTS, "sans-serif"), (MONO_FONTS, "monospace")):
        found = ",".join(families)
        svg = svg.replace(f'font-family="{found}"'.encode(), f'font-family="{found},{generic}"'.encode())
    return svg
