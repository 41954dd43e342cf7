"""What a backprop sheet is drawn of: words, a formula, arrays, and local × upstream = downstream side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtSvg import QSvgRenderer

from gradstudio.engine.gate import shape_text
from gradstudio.insight.figures import Figure
from gradstudio.ui.heat import LEGEND, heat_image, paint_image, paint_scale
from gradstudio.ui.inspector.formula import formula_svg
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font, ui_font

FORMULA_SIZE = 19
CHIP = 19.0
"""Height of a chip that names a part of the equation."""
PICTURE = 84.0
"""A heat map is at most so high,"""
LEAST = 10.0
"""and at least."""
GAP = 6.0
SIGN = 17.0
"""Room for × and =."""
WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft


class Block(Protocol):
    """One part of a sheet, drawn at any width."""

    def height(self, width: float) -> float:
        """How high it is at a width."""
        ...

    def paint(self, painter: QPainter, rect: QRectF, theme: Theme) -> None:
        """Draw it."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """A text, in lines as the width allows.

    Attributes:
        text: what is said.
        color: attribute of the theme.
        size: of the font.
        bold: whether it is.
        mono: whether it is in the font of numbers.
        does: what a click does; the text is then drawn as a link.
    """

    text: str
    color: str = "text"
    size: int = 13
    bold: bool = False
    mono: bool = False
    does: Callable[[], None] | None = None

    @property
    def font(self) -> QFont:
        """Its font."""
        font = mono_font(self.size, bold=self.bold) if self.mono else ui_font(self.size, bold=self.bold)
        font.setUnderline(self.does is not None)
        return font

    def height(self, width: float) -> float:
        """As many lines as it takes."""
        return QFontMetricsF(self.font).boundingRect(QRectF(0, 0, width, 1e4), int(WRAP), self.text).height()

    def paint(self, painter: QPainter, rect: QRectF, theme: Theme) -> None:
        """Draw the lines."""
        painter.setFont(self.font)
        painter.setPen(theme.color(self.color))
        painter.drawText(rect, int(WRAP), self.text)


@lru_cache(maxsize=256)
def _renderer(latex: str, color: str) -> QSvgRenderer | None:
    svg = formula_svg(latex, color, FORMULA_SIZE)
    return None if svg is None else QSvgRenderer(QByteArray(svg))


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula set as mathematics, shrunk to the width there is; as it was written where it can't be set."""

    latex: str

    def height(self, width: float) -> float:
        """Of the picture."""
        picture = _renderer(self.latex, "#000000")
        if picture is None:
            return Words(self.latex, mono=True).height(width)
        size = picture.viewBoxF().size()
        return size.height() * min(1.0, width / max(size.width(), 1))

    def paint(self, painter: QPainter, rect: QRectF, theme: Theme) -> None:
        """Draw it at the left."""
        picture = _renderer(self.latex, theme.text)
        if picture is None:
            Words(self.latex, mono=True).paint(painter, rect, theme)
            return
        size = picture.viewBoxF().size()
        share = min(1.0, rect.width() / max(size.width(), 1))
        picture.render(painter, QRectF(rect.left(), rect.top(), size.width() * share, size.height() * share))


@dataclass(frozen=True, slots=True)
class Part:
    """One of local, upstream, downstream, or a value.

    Attributes:
        word: what it is, on its chip.
        figure: the array; None where there is none to show.
        role: the theme's colour of its numbers.
        filled: whether its chip is: that of the result.
        instead: what is said where there is no array.
    """

    word: str
    figure: Figure | None
    role: str
    filled: bool = False
    instead: str = ""

    @property
    def small(self) -> bool:
        """Whether it is a number, or nothing."""
        return self.figure is None or self.figure.scalar is not None

    @property
    def printed(self) -> bool:
        """Whether its entries are few enough to be printed."""
        return self.figure is not None and self.figure.printed


@dataclass(frozen=True, slots=True)
class Equation:
    """Parts with signs between them, side by side: numbers, or heat maps where they are large."""

    parts: tuple[Part, ...]
    signs: tuple[str, ...]

    def height(self, width: float) -> float:
        """Of the highest part."""
        return max(_cell_height(part, self._column(width)) for part in self.parts)

    def paint(self, painter: QPainter, rect: QRectF, theme: Theme) -> None:
        """Draw the parts from left to right."""
        column, x = self._column(rect.width()), rect.left()
        for part, sign in zip(self.parts, (*self.signs, ""), strict=True):
            _paint_cell(painter, QRectF(x, rect.top(), column, rect.height()), part, theme)
            x += column
            _paint_sign(painter, QRectF(x, rect.top() + CHIP + GAP, SIGN, 22), sign, theme)
            x += SIGN

    def _column(self, width: float) -> float:
        return (width - SIGN * len(self.signs)) / len(self.parts)


@dataclass(frozen=True, slots=True)
class Printed:
    """One part over the whole width: its chip, its name and shape, and its entries or a heat map."""

    part: Part
    sign: str = ""

    def height(self, width: float) -> float:
        """Of the line with the chip, and of what is below it."""
        return CHIP + (GAP + self._below(width) if self.part.figure is not None else 0)

    def _below(self, width: float) -> float:
        figure = self.part.figure
        assert figure is not None
        if not _printable(figure, width):
            return _picture_height(figure, width) + LEGEND
        rows: int = figure.cells.shape[0]
        return rows * QFontMetricsF(mono_font(12)).height()

    def paint(self, painter: QPainter, rect: QRectF, theme: Theme) -> None:
        """Draw it."""
        part, figure = self.part, self.part.figure
        _paint_sign(painter, QRectF(rect.left(), rect.top(), SIGN - 6, CHIP), self.sign, theme)
        left = rect.left() + (SIGN - 4 if self.sign else 0)
        right = left + _paint_chip(painter, left, rect.top(), part, theme) + 8
        line = QRectF(right, rect.top(), rect.right() - right, CHIP)
        head = part.instead if figure is None else f"{figure.name}   {shape_text(figure.shape)}"
        painter.setFont(mono_font(12))
        painter.setPen(theme.color("text_dim" if figure is not None else part.role))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), head)
        if figure is not None:
            below = QRectF(rect.left(), rect.top() + CHIP + GAP, rect.width(), rect.height() - CHIP - GAP)
            _paint_array(painter, below, part, theme)


def _cell_height(part: Part, width: float) -> float:
    figure = part.figure
    if figure is None:
        return CHIP + GAP + Words(part.instead, size=11).height(width)
    if figure.scalar is not None:
        return CHIP + GAP + 22
    lines = 2 * QFontMetricsF(ui_font(11)).height()
    return CHIP + GAP + _picture_height(figure, width) + LEGEND + lines


def _paint_cell(painter: QPainter, rect: QRectF, part: Part, theme: Theme) -> None:
    _paint_chip(painter, rect.left(), rect.top(), part, theme)
    below, figure = rect.adjusted(0, CHIP + GAP, 0, 0), part.figure
    if figure is None:
        Words(part.instead, "text_dim", 11).paint(painter, below, theme)
    elif figure.scalar is not None:
        painter.setFont(mono_font(15, bold=True))
        painter.setPen(theme.color(part.role))
        painter.drawText(QRectF(below.left(), below.top(), below.width() + SIGN, 22), int(WRAP), _fit(figure, rect))
    else:
        bottom = _paint_picture(painter, below, part, theme)
        painter.setFont(ui_font(11))
        painter.setPen(theme.color("text_dim"))
        text = f"{shape_text(figure.shape)}\n‖·‖ {number(figure.norm, 3)}"
        painter.drawText(QRectF(rect.left(), bottom, rect.width() + SIGN, 60), int(Qt.AlignmentFlag.AlignLeft), text)


def _fit(figure: Figure, rect: QRectF) -> str:
    """A number with as many digits as there is room for."""
    assert figure.scalar is not None
    metrics = QFontMetricsF(mono_font(15, bold=True))
    texts = [number(figure.scalar + 0.0, digits) for digits in (6, 5, 4, 3, 2)]
    return next((text for text in texts if metrics.horizontalAdvance(text) <= rect.width()), texts[-1])


def _paint_array(painter: QPainter, rect: QRectF, part: Part, theme: Theme) -> None:
    figure = part.figure
    assert figure is not None
    if not _printable(figure, rect.width()):
        _paint_picture(painter, rect, part, theme)
        return
    font = mono_font(12)
    metrics, cells = QFontMetricsF(font), _texts(figure)
    width = _column_width(cells, metrics)
    painter.setFont(font)
    painter.setPen(theme.color(part.role))
    for i, row in enumerate(cells):
        for j, text in enumerate(row):
            at = QRectF(rect.left() + j * width, rect.top() + i * metrics.height(), width - 10, metrics.height())
            painter.drawText(at, int(Qt.AlignmentFlag.AlignRight), text)


def _texts(figure: Figure) -> list[list[str]]:
    return [[number(float(cell) + 0.0, 4) for cell in row] for row in figure.cells]


def _column_width(cells: Sequence[Sequence[str]], metrics: QFontMetricsF) -> float:
    return max((metrics.horizontalAdvance(text) for row in cells for text in row), default=0.0) + 10


def _printable(figure: Figure, width: float) -> bool:
    """Whether its entries are printed: they are few, and there is room for their columns."""
    if not figure.printed:
        return False
    columns: int = figure.cells.shape[1]
    return columns * _column_width(_texts(figure), QFontMetricsF(mono_font(12))) <= width + 10


class _Images:
    """The heat maps made last: one figure is drawn in several places, and whenever a part of the sheet is seen."""

    MOST = 48

    def __init__(self) -> None:
        self._made: dict[tuple[Figure, str, str], QImage] = {}

    def of(self, figure: Figure, theme: Theme, role: str) -> QImage:
        """The heat map of a figure."""
        key = figure, theme.name, role
        image = self._made.pop(key, None) or heat_image(figure.cells, theme, role)
        self._made[key] = image
        if len(self._made) > self.MOST:
            del self._made[next(iter(self._made))]
        return image


_IMAGES = _Images()


def _picture_height(figure: Figure, width: float) -> float:
    rows, columns = (float(n) for n in figure.cells.shape)
    return min(max(width * rows / max(columns, 1.0), LEAST), PICTURE)


def _paint_picture(painter: QPainter, rect: QRectF, part: Part, theme: Theme) -> float:
    """A heat map with its scale; returns where it ends."""
    figure = part.figure
    assert figure is not None
    height = _picture_height(figure, rect.width())
    rows, columns = figure.cells.shape
    width = min(rect.width(), max(height * columns / max(rows, 1), rect.width() * 0.5))
    picture = QRectF(rect.left(), rect.top(), width, height)
    paint_image(painter, picture, _IMAGES.of(figure, theme, part.role), theme)
    paint_scale(
        painter, QRectF(rect.left(), picture.bottom(), rect.width(), LEGEND), figure.low, figure.high, theme, part.role
    )
    return picture.bottom() + LEGEND


def _paint_chip(painter: QPainter, x: float, y: float, part: Part, theme: Theme) -> float:
    """The name of a part in a rounded box, filled for the result; returns its width."""
    font = ui_font(11, bold=True)
    width = QFontMetricsF(font).horizontalAdvance(part.word) + 10
    box = QRectF(x + 0.5, y + 0.5, width - 1, CHIP - 1)
    painter.setPen(QPen(theme.color(part.role, 0.8), 1))
    painter.setBrush(theme.color(part.role, 0.22) if part.filled else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 5, 5)
    painter.setFont(font)
    painter.setPen(theme.color("text") if part.filled else theme.color(part.role))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), part.word)
    return width


def _paint_sign(painter: QPainter, rect: QRectF, sign: str, theme: Theme) -> None:
    painter.setFont(mono_font(15))
    painter.setPen(theme.color("text_dim"))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), sign)
