"""Icons: small SVG files drawn in the colour `currentColor`, painted in whatever colour the theme wants."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from gradstudio.resources import resource
from gradstudio.ui.theme import Theme

SCALES = (1.0, 2.0)


def glyph_pixmap(name: str, color: str, size: int = 16, scale: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels, sharp on a screen of this scale; drawn once and then kept."""
    key = f"gradstudio {name} {color} {size} {scale}"
    found = QPixmap()
    if not QPixmapCache.find(key, found):
        found = _drawn(name, color, size, scale)
        QPixmapCache.insert(key, found)
    return found


def _drawn(name: str, color: str, size: int, scale: float) -> QPixmap:
    svg = resource("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)
    pixmap = QPixmap(round(size * scale), round(size * scale))
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(pixmap.rect()))
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def icon(name: str, theme: Theme, *, color: str = "text", size: int = 16) -> QIcon:
    """An icon in this theme's colour, with a fainter twin for disabled actions."""
    made = QIcon()
    for scale in SCALES:
        made.addPixmap(glyph_pixmap(name, getattr(theme, color), size, scale), QIcon.Mode.Normal)
        made.addPixmap(glyph_pixmap(name, theme.text_faint, size, scale), QIcon.Mode.Disabled)
    return made


def glyph_file(name: str, theme: Theme) -> str:
    """The path of a glyph a stylesheet can name: those exist once for each theme."""
    return resource("icons", theme.name, f"{name}.svg").as_posix()
