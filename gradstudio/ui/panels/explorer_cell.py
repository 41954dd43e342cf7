"""One variant of the explorer: its decision boundary, small, and how much it gets right."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gradstudio.insight.answer import Answer
from gradstudio.insight.boundary import BoundarySeen
from gradstudio.insight.explorer import Cell
from gradstudio.ui.panels.plane import class_color, class_surface
from gradstudio.ui.theme import Theme, ui_font

_WORDS = 20
_POINTS = 150


class CellButton(QAbstractButton):
    """A picture with a line below it; empty until its variant is trained.

    Attributes:
        shown: the variant; None while it isn't trained.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.shown: Cell | None = None
        self._theme = theme
        self._picture: QImage | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("not trained yet"))
        self.setEnabled(False)

    def show_cell(self, cell: Cell) -> None:
        """Show a trained variant."""
        self.shown = cell
        self.setEnabled(True)
        about = self.tr("{0} units, λ {1}").format(cell.size, f"{cell.strength:g}")
        self.setAccessibleName(f"{about}: {self.words()}")
        self.setToolTip(f"{about}\n{cell.problem or self.words()}\n{self.tr('Click to open it.')}")
        self.dress(self._theme)

    def words(self) -> str:
        """How much is right, of what it learned from and of new samples; else its loss, or that it failed."""
        cell = self.shown
        if cell is None:
            return ""
        if cell.problem:
            return self.tr("failed")
        if cell.train is None:
            return "" if cell.loss is None else self.tr("loss {}").format(f"{cell.loss:.3g}")
        train = f"{100 * cell.train:.0f} %"
        return train if cell.held is None else self.tr("{0} · new {1}").format(train, f"{100 * cell.held:.0f} %")

    def _short(self) -> str:
        """The same where there is little room."""
        cell = self.shown
        if cell is None or cell.problem or cell.train is None or cell.held is None:
            return self.words()
        return f"{100 * cell.train:.0f} · {100 * cell.held:.0f} %"

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        seen = None if self.shown is None else self.shown.seen
        self._picture = None if seen is None else _picture(theme, seen)
        self.update()

    def sizeHint(self) -> QSize:
        """A square and a line."""
        return QSize(110, 110 + _WORDS)

    def minimumSizeHint(self) -> QSize:
        """Still to be seen."""
        return QSize(72, 72 + _WORDS)

    def enterEvent(self, event: object) -> None:
        """The frame shows that it can be clicked."""
        self.update()

    def leaveEvent(self, event: object) -> None:
        """The frame is as usual again."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture, points, frame and line."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            box = QRectF(0.5, 0.5, self.width() - 1, self.height() - _WORDS - 1)
            painter.fillRect(box, theme.color("panel"))
            if self._picture is not None and self.shown is not None and self.shown.seen is not None:
                painter.drawImage(box, self._picture)
                _draw_points(painter, box, theme, self.shown.seen)
            lively = self.underMouse() and self.isEnabled()
            edge = "selection" if self.hasFocus() or lively else "border"
            painter.setPen(QPen(theme.color(edge), 2 if self.hasFocus() else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 3, 3)
            painter.setFont(ui_font(11))
            painter.setPen(theme.color("text_dim"))
            line = QRectF(0, self.height() - _WORDS + 2, self.width(), _WORDS - 2)
            metrics = painter.fontMetrics()
            words = self.words() if metrics.horizontalAdvance(self.words()) <= self.width() else self._short()
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter), words)


def _picture(theme: Theme, seen: BoundarySeen) -> QImage:
    """The surface as an image; of numbers from the lowest to the highest."""
    if seen.kind is Answer.NUMBER:
        low, high = float(np.nanmin(seen.surface)), float(np.nanmax(seen.surface))
        share = (seen.surface - low) / ((high - low) or 1.0)
        shares = np.stack([1 - share, share], axis=-1)
    else:
        shares = seen.surface
    colors = np.ascontiguousarray(class_surface(theme, shares))
    height, width = colors.shape[:2]
    return QImage(colors.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _draw_points(painter: QPainter, box: QRectF, theme: Theme, seen: BoundarySeen) -> None:
    low, span = seen.plane.low, seen.plane.high - seen.plane.low
    stride = max(1, len(seen.places) // _POINTS)
    painter.setPen(Qt.PenStyle.NoPen)
    for i in range(0, len(seen.places), stride):
        x, y = ((seen.places[i] - low) / span).tolist()
        truth = 0 if seen.truth is None or seen.kind is Answer.NUMBER else int(seen.truth[i])
        color: QColor = class_color(theme, truth)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(box.left() + x * box.width(), box.bottom() - y * box.height()), 1.6, 1.6)
