"""Icons: drawn once in each colour and size."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPixmapCache
from PySide6.QtWidgets import QApplication

from gradstudio.ui.icons import glyph_pixmap


def test_a_glyph_is_drawn_once_in_each_colour_size_and_scale(qapp: QApplication) -> None:
    """The same picture is handed out again, another one for anything else; painting on it spoils no other."""
    QPixmapCache.clear()
    wanted = [("clear", "#ff0000", 16, 1.0), ("clear", "#00ff00", 16, 1.0), ("clear", "#ff0000", 20, 1.0),
              ("clear", "#ff0000", 16, 2.0), ("float", "#ff0000", 16, 1.0)]  # fmt: skip
    drawn = [glyph_pixmap(*one) for one in wanted]
    assert len({pixmap.cacheKey() for pixmap in drawn}) == len(wanted)
    assert [glyph_pixmap(*one).cacheKey() for one in wanted] == [pixmap.cacheKey() for pixmap in drawn]
    assert [pixmap.devicePixelRatio() for pixmap in drawn] == [scale for *_, scale in wanted]
    clean = drawn[0].toImage()
    painter = QPainter(drawn[0])
    painter.fillRect(0, 0, 8, 8, "blue")
    painter.end()
    assert glyph_pixmap(*wanted[0]).toImage() == clean
    assert drawn[0].toImage() != clean
