"""Small pictures of networks: every node a block in its colour, by the renderer of the canvas seen from afar."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPixmap

from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.ui.canvas.bodies import BodyCache
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.metrics import OVERVIEW
from gradstudio.ui.canvas.painter import paint_frame
from gradstudio.ui.canvas.readings import Readings
from gradstudio.ui.canvas.scene import Scene
from gradstudio.ui.theme import THEMES, Theme

MARGIN = 12.0
NEAREST = 0.62
"""A network of few nodes isn't drawn larger than this."""
_AFAR = 0.96 * OVERVIEW
_KEPT = 64


def thumbnail(document: Document, theme: Theme, size: QSize, ratio: float = 1.0) -> QPixmap:
    """A network in a picture of this size, without background.

    Args:
        document: the network.
        theme: the colours.
        size: in pixels at 100 %.
        ratio: pixels of the screen for each of these.
    """
    scene = Scene(document)
    fitting = Camera.fitting(scene.bounds(), QSizeF(size), MARGIN, NEAREST)
    nearer = max(fitting.scale / _AFAR, 1.0)
    camera = Camera.fitting(scene.bounds(), QSizeF(size) / nearer, MARGIN / nearer, min(fitting.scale, _AFAR))
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(nearer, nearer)
        ink = Ink(theme)
        area = camera.rect_to_scene(QRectF(0, 0, size.width() / nearer, size.height() / nearer))
        frame = Frame(painter, scene, camera, area, ink, BodyCache(ink), Readings(document, None), ratio=ratio)
        paint_frame(frame, background=False)
    return picture


@lru_cache(maxsize=_KEPT)
def of_example(path: Path, theme: str, width: int, height: int, ratio: float) -> QPixmap:
    """The same of a file that doesn't change; drawn once for each theme and size.

    Raises:
        FileProblem: if it can't be read.
    """
    return thumbnail(files.read(path), THEMES[theme], QSize(width, height), ratio)
