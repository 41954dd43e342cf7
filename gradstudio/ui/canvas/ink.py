"""A theme made ready for painting: colours mixed, pens cut, fonts chosen; made once per theme."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPen

from gradstudio.document.model import COLORS
from gradstudio.engine.gate import Category
from gradstudio.ui.canvas.letters import Letters
from gradstudio.ui.canvas.metrics import WIRE
from gradstudio.ui.theme import Theme, mono_font, ui_font

SHELVES = tuple(Category)
_MOST_PENS = 64
UNKNOWN_SHELF = len(SHELVES)
"""The row of a placeholder's colour, after those of the categories."""


def blend(over: QColor, under: QColor, share: float) -> QColor:
    """`share` of the one colour laid over the other, opaque."""
    a, b = (over.redF(), over.greenF(), over.blueF()), (under.redF(), under.greenF(), under.blueF())
    return QColor.fromRgbF(*(share * p + (1 - share) * q for p, q in zip(a, b, strict=True)))


def faded(color: QColor, alpha: float) -> QColor:
    """The colour at an opacity from 0 to 1."""
    result = QColor(color)
    result.setAlphaF(alpha * color.alphaF())
    return result


def tint_of(category: Category | None, tag: str) -> int:
    """The row of a node's colour in `Ink.block` and `Ink.far`: its tag's, or else its category's."""
    return UNKNOWN_SHELF + 1 + COLORS.index(tag) if tag else shelf_of(category)


def shelf_of(category: Category | None) -> int:
    """The row of a category's colours."""
    return UNKNOWN_SHELF if category is None else SHELVES.index(category)


class LabelPens(NamedTuple):
    """What labels on wires are written with."""

    shape: QPen
    value: QPen
    gradient: QPen
    halo: QColor


class Ink:
    """Colours and pens of one theme.

    Attributes:
        theme: it was made of.
        shelf: colour per category, the last for placeholders.
        header: a node's header per category.
        wire: pen per category.
        thin: one-pixel pen per category for the overview.
        block: colour of a node in the minimap, per category.
        shadow: under nodes, or None where it would not be seen.
        far: colour of a node in the overview, per category; then per tag.
        hint: of words in a node's header beside its name.
        guide: of lines that show what is in line.
        tag: colour per tag.
        tag_header: a tagged node's header, per tag.
        tag_body: a tagged node's body, per tag.
    """

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        color = theme.color
        self.canvas, self.body, self.edge = color("canvas"), color("node_body"), color("node_edge")
        self.text, self.dim, self.faint = color("node_text"), color("text_dim"), color("text_faint")
        self.value, self.gradient = color("value"), color("gradient")
        self.hint = blend(self.text, self.dim, 0.6)
        self.selection, self.error, self.warning = color("selection"), color("error"), color("warning")
        self.guide = color("guide")
        self.panel, self.border, self.field = color("panel"), color("border"), color("field")
        self.grid, self.grid_major = color("grid"), color("grid_major")
        self.edge_hover = blend(self.text, self.edge, 0.35)
        self.halo = faded(self.canvas, 0.82)
        strength = 0.24 if theme.is_dark else 0.13
        self.shelf = [*(theme.shelf(category) for category in SHELVES), color("text_faint")]
        self.header = [blend(c, self.body, strength) for c in self.shelf]
        self.tag = {name: QColor(theme.tag[name]) for name in COLORS}
        vivid = 0.3 if theme.is_dark else 0.22
        self.tag_header = {name: blend(c, self.body, vivid) for name, c in self.tag.items()}
        self.tag_body = {name: blend(c, self.body, 0.25 * vivid) for name, c in self.tag.items()}
        tints = [*self.shelf, *self.tag.values()]
        self.block = [blend(c, self.canvas, 0.78) for c in tints]
        self.far = [blend(c, self.canvas, 0.55) for c in tints]
        self.wire = [_pen(c, WIRE) for c in self.shelf]
        self.thin = [_thin(blend(c, self.canvas, 0.45)) for c in self.shelf]
        for pen in self.thin:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self._pens: dict[tuple[float, bool], list[QPen]] = {}
        self._label_pens: dict[tuple[float, float], LabelPens] = {}
        self.shadow = None if theme.is_dark else QColor(0, 0, 0, 12)

    def wires(self, strength: float, hair: bool) -> list[QPen]:
        """Pens of wires so strong, per category; `hair`: one pixel wide, which is drawn much faster."""
        pens = self._pens.get((strength, hair))
        if pens is None:
            colors = [blend(color, self.canvas, strength) for color in self.shelf]
            pens = [_thin(color) if hair else _pen(color, WIRE) for color in colors]
            self._pens[strength, hair] = pens
        return pens

    def labels(self, strength: float, live: float) -> LabelPens:
        """Pens of labels so strong, and their numbers so strong; of the last few strengths they are kept."""
        pens = self._label_pens.get((strength, live))
        if pens is None:
            if len(self._label_pens) > _MOST_PENS:
                self._label_pens.clear()
            shape, value, gradient = (self.dim, strength * 0.9), (self.value, live), (self.gradient, live)
            inks = [QPen(faded(*ink)) for ink in (shape, value, gradient)]
            pens = LabelPens(inks[0], inks[1], inks[2], faded(self.halo, strength))
            self._label_pens[strength, live] = pens
        return pens


def _pen(color: QColor, width: float) -> QPen:
    return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _thin(color: QColor) -> QPen:
    pen = QPen(color, 1.0)
    pen.setCosmetic(True)
    return pen


class Fonts:
    """The canvas's fonts at 100 %, unhinted so that widths grow evenly with the zoom, their metrics and their lines."""

    def __init__(self) -> None:
        self.title = _even(ui_font(14, bold=True))
        self.hint = _even(ui_font(12))
        self.port = _even(ui_font(11))
        self.caption = _even(mono_font(12))
        self.label = _even(mono_font(13))
        self.note = _even(ui_font(13))
        self.note_below = _even(ui_font(12))
        self.title_width = QFontMetricsF(self.title)
        self.hint_width = QFontMetricsF(self.hint)
        self.port_width = QFontMetricsF(self.port)
        self.caption_width = QFontMetricsF(self.caption)
        self.label_width = QFontMetricsF(self.label)
        self.note_below_width = QFontMetricsF(self.note_below)
        self.digit = self.label_width.horizontalAdvance("0")
        self.titles, self.captions = Letters(self.title), Letters(self.caption)
        self.labels = Letters(self.label, even=True)


def _even(font: QFont) -> QFont:
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


@lru_cache(maxsize=1)
def fonts() -> Fonts:
    """The fonts; a QGuiApplication must exist."""
    return Fonts()
