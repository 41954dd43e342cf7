"""Lines of text, shaped once and kept: finding glyphs and their places takes longer than drawing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QGlyphRun, QPainter, QRawFont, QTextLayout

Writer: TypeAlias = Callable[[QPointF, str], None]
"""Writes a line of text whose base line begins at a point."""
_MOST = 6_000
"""So many lines are kept of each font."""
_LONGEST = 64
_NO_LIMIT = 1e7


class Letters:
    """Lines of text in one font.

    Args:
        font: they are written in.
        even: whether all characters are equally wide: then most lines needn't be laid out.
    """

    def __init__(self, font: QFont, *, even: bool = False) -> None:
        self.font = font
        self._raw = QRawFont.fromFont(font)
        step = QFontMetricsF(font).horizontalAdvance("0") if even else 0.0
        self._columns = [QPointF(i * step, 0.0) for i in range(_LONGEST if even else 0)]
        self._kept: dict[str, list[QGlyphRun]] = {}

    def writer(self, painter: QPainter, *, vector: bool = False) -> Writer:
        """Writes lines with a painter's pen; `vector`: as text that stays text in the picture."""
        if vector:
            painter.setFont(self.font)
            return painter.drawText
        draw, kept = painter.drawGlyphRun, self._kept

        def write(at: QPointF, text: str) -> None:
            for run in kept.get(text) or self._shaped(text):
                draw(at, run)

        return write

    def _shaped(self, text: str) -> list[QGlyphRun]:
        if len(self._kept) >= _MOST:
            self._kept.clear()
        runs = self._kept[text] = self._in_columns(text) or self._laid_out(text)
        return runs

    def _in_columns(self, text: str) -> list[QGlyphRun]:
        """The glyphs one beside the other; nothing where the font lacks one."""
        glyphs = self._raw.glyphIndexesForString(text) if len(text) <= len(self._columns) else []
        if not glyphs or 0 in glyphs or len(glyphs) != len(text):
            return []
        run = QGlyphRun()
        run.setRawFont(self._raw)
        run.setGlyphIndexes(glyphs)
        run.setPositions(self._columns[: len(glyphs)])
        return [run]

    def _laid_out(self, text: str) -> list[QGlyphRun]:
        """The same as Qt lays it out, with what other fonts help out with."""
        layout = QTextLayout(text, self.font)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(_NO_LIMIT)
        layout.endLayout()
        base, runs = QPointF(0.0, line.ascent()), layout.glyphRuns()
        for run in runs:
            run.setPositions([at - base for at in run.positions()])
        return runs
