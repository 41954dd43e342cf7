"""A gate's formula, set as the course writes it."""

from __future__ import annotations

import warnings
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradstudio.ui.theme import Theme, mono_font

SIZE = 17


@lru_cache(maxsize=256)
def formula_svg(latex: str, color: str, size: int = SIZE) -> bytes | None:
    """A formula as an SVG picture; None for one that can't be set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # ziamath 0.13 finds its font in an old way
        import ziamath

    ziamath.config.svg2 = False
    try:
        return bytes(ziamath.Latex(latex, size=size, color=color).svg().encode())
    except Exception:  # noqa: BLE001 (whatever a third-party gate's LaTeX makes the typesetter raise)
        return None


class FormulaView(QWidget):
    """Shows a formula, shrunk to the width there is; one that can't be set is shown as it was written."""

    def __init__(self, latex: str, theme: Theme) -> None:
        super().__init__()
        self._latex = latex
        self._theme = theme
        svg = formula_svg(latex, theme.text)
        self._picture = QSvgRenderer(QByteArray(svg)) if svg is not None else None
        self.setAccessibleName(latex)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """The formula's size at 100 %."""
        if self._picture is None:
            return QSize(120, 22)
        return self._picture.defaultSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it at the left edge."""
        with QPainter(self) as painter:
            if self._picture is None:
                painter.setFont(mono_font())
                painter.setPen(self._theme.color("text"))
                painter.drawText(self.rect(), 0, self._latex)
            else:
                size = self._picture.viewBoxF().size()
                share = min(1.0, self.width() / size.width(), self.height() / size.height())
                height = size.height() * share
                self._picture.render(painter, QRectF(0, (self.height() - height) / 2, size.width() * share, height))
