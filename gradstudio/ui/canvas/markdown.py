"""Comments as they are read: simple Markdown, laid out once per text and width, and pictures of it per scale.

The text may come from anybody's file: no HTML is understood, and nothing is ever loaded, from disk or from elsewhere.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QPainter,
    QPalette,
    QPixmap,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from gradstudio.ui.theme import MONO_FONTS, ui_font

PAD = 10.0
"""Room around the words on their sheet."""
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectCommonMark | QTextDocument.MarkdownFeature.MarkdownNoHTML
_INDENT = 16
_MOST_PAGES = 128
_BUDGET = 24_000_000
"""Bytes of pictures kept."""
_MOST_PIXELS = 4_000_000
"""A larger picture isn't made: the words are drawn directly."""


class Page(QTextDocument):
    """A text laid out in a width."""

    def __init__(self, text: str, width: float, link: QColor) -> None:
        super().__init__()
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        self.setDefaultFont(ui_font(13))
        self.setIndentWidth(_INDENT)
        self.setMarkdown(text, _FEATURES)
        self._dress(link)
        self.setTextWidth(max(width, 1.0))

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing: pictures in comments are not shown."""
        return None

    def _dress(self, link: QColor) -> None:
        """Links in the theme's colour, code in the studio's fonts."""
        block = self.begin()
        while block.isValid():
            self._set_apart(block)
            parts = block.begin()
            while not parts.atEnd():
                fragment = parts.fragment()
                form = fragment.charFormat()
                if form.isAnchor() or form.fontFixedPitch():
                    self._mend(fragment.position(), fragment.length(), form, link)
                parts += 1
            block = block.next()

    def _set_apart(self, block: QTextBlock) -> None:
        """Headings a little larger than the words, quotes a little aside, paragraphs apart."""
        form, cursor = block.blockFormat(), QTextCursor(block)
        changed = QTextBlockFormat()
        level = form.headingLevel()
        if level:
            letters = QTextCharFormat()
            letters.setProperty(QTextFormat.Property.FontSizeAdjustment, max(3 - level, 0))
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.mergeCharFormat(letters)
        elif form.leftMargin():
            changed.setLeftMargin(_INDENT)
            changed.setRightMargin(0)
        in_list = block.textList() is not None
        changed.setTopMargin(0 if block.position() == 0 else 2 if in_list else 7)
        changed.setBottomMargin(0)
        QTextCursor(block).mergeBlockFormat(changed)

    def _mend(self, start: int, length: int, form: QTextCharFormat, link: QColor) -> None:
        cursor = QTextCursor(self)
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        changed = QTextCharFormat()
        if form.isAnchor():
            changed.setForeground(link)
        else:
            changed.setFontFamilies(list(MONO_FONTS))
        cursor.mergeCharFormat(changed)


class _Key(NamedTuple):
    text: str
    size: tuple[float, float]
    scale: float
    ratio: float


class PageCache:
    """Pages and their pictures for one theme."""

    def __init__(self, text: QColor, link: QColor) -> None:
        self._text, self._link = text, link
        self._pages: dict[tuple[str, float], Page] = {}
        self._pictures: dict[_Key, QPixmap] = {}
        self._bytes = 0

    def page(self, text: str, width: float) -> Page:
        """The text laid out for a sheet of this width."""
        key = (text, width)
        page = self._pages.pop(key, None) or Page(text, width - 2 * PAD, self._link)
        self._pages[key] = page
        if len(self._pages) > _MOST_PAGES:
            del self._pages[next(iter(self._pages))]
        return page

    def height(self, text: str, width: float) -> float:
        """How high a sheet of this width must be to show all of a text."""
        return math.ceil(self.page(text, width).size().height()) + 2 * PAD

    def draw(self, painter: QPainter, text: str, rect: QRectF) -> None:
        """The words on their sheet, those that have room; the painter is in scene units."""
        page = self.page(text, rect.width())
        context = QAbstractTextDocumentLayout.PaintContext()
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Text, self._text)
        context.palette = palette
        inside = QSizeF(rect.width() - 2 * PAD, rect.height() - 1.5 * PAD)
        context.clip = QRectF(0, 0, inside.width(), inside.height())
        painter.save()
        painter.translate(rect.left() + PAD, rect.top() + PAD)
        painter.setClipRect(context.clip, Qt.ClipOperation.IntersectClip)
        page.documentLayout().draw(painter, context)
        painter.restore()

    def picture(self, text: str, size: QSizeF, scale: float, ratio: float) -> QPixmap | None:
        """The words as pixels at a scale; None where that would be too large a picture."""
        wide, high = math.ceil(size.width() * scale * ratio), math.ceil(size.height() * scale * ratio)
        if wide * high > _MOST_PIXELS or min(wide, high) < 1:
            return None
        key = _Key(text, (size.width(), size.height()), scale, ratio)
        found = self._pictures.get(key)
        if found is None:
            found = self._pictures[key] = self._render(text, size, wide, high, scale * ratio)
            found.setDevicePixelRatio(ratio)
            self._bytes += 4 * wide * high
            if self._bytes > _BUDGET:
                self._pictures, self._bytes = {key: found}, 4 * wide * high
        return found

    def _render(self, text: str, size: QSizeF, wide: int, high: int, density: float) -> QPixmap:
        picture = QPixmap(wide, high)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(density, density)
            self.draw(painter, text, QRectF(0, 0, size.width(), size.height()))
        return picture
