"""Small widgets the inspector's pages are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gradstudio.ui.icons import icon
from gradstudio.ui.steady import Steady
from gradstudio.ui.theme import Theme, mono_font

SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse


def label(text: str = "", role: str = "", *, wrap: bool = True, mono: bool = False) -> QLabel:
    """A text in one of the stylesheet's roles."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    if mono:
        made.setFont(mono_font())
        made.setTextInteractionFlags(SELECTABLE)
    made.setMinimumWidth(10)
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Give a text another role of the stylesheet."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of numbers.

    Attributes:
        word: what it is, e.g. "upstream".
        symbol: in the course's notation, e.g. "∂L/∂y".
        text: the number, or a small table of numbers.
        role: "value", "gradient", "warning" or "code": its colour.
    """

    word: str
    symbol: str
    text: str
    role: str = "code"


class FactGrid(QWidget):
    """Facts in three aligned columns; a long one gets a line of its own below its name."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(2, 1)
        self._grid.setColumnMinimumWidth(0, 72)
        self._grid.setColumnMinimumWidth(1, 58)
        self._shape: tuple[tuple[bool, ...], ...] = ()
        self._cells: list[tuple[QLabel, QLabel, QLabel]] = []
        self._places: list[QWidget] = []

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these; labels are kept while the arrangement stays, so that numbers run without flicker."""
        shape = tuple((_long(fact), bool(fact.word), bool(fact.symbol), _wide(fact), _short(fact)) for fact in facts)
        if shape != self._shape:
            self._arrange(facts)
            self._shape = shape
        for fact, cells, place in zip(facts, self._cells, self._places, strict=True):
            set_role(cells[2], fact.role)
            if isinstance(place, Steady):
                place.say(fact.text)
            for cell, text in zip(cells, (fact.word, fact.symbol, fact.text), strict=True):
                if cell.text() != text:
                    cell.setText(text)
        self.setVisible(bool(facts))

    def symbol_width(self) -> int:
        """How wide the column of the symbols has to be."""
        short = (symbol for _, symbol, _ in self._cells if len(symbol.text()) <= _WIDE)
        return max((symbol.sizeHint().width() for symbol in short), default=0)

    def leave_room(self, width: int) -> None:
        """Let the column of the symbols be at least so wide."""
        self._grid.setColumnMinimumWidth(1, max(58, width))

    def texts(self) -> list[tuple[str, str, str]]:
        """What is shown, line by line."""
        return [(a.text(), b.text(), c.text()) for a, b, c in self._cells]

    def _arrange(self, facts: Sequence[Fact]) -> None:
        for cell in (*(cell for word, symbol, _ in self._cells for cell in (word, symbol)), *self._places):
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self._cells, self._places = [], []
        for row in range(self._grid.rowCount()):
            self._grid.setRowMinimumHeight(row, 0)
        row = 0
        for i, fact in enumerate(facts):
            if i and fact.symbol and not facts[i - 1].symbol and not _long(facts[i - 1]):
                self._grid.setRowMinimumHeight(row, _GROUP_GAP)
                row += 1
            row = self._add(fact, row)

    def _add(self, fact: Fact, row: int) -> int:
        """Add a fact's cells from a row on; returns the row after them."""
        long, wide = _long(fact), _wide(fact)
        value = label(mono=True, wrap=not _short(fact))
        cells = label(role="dim", wrap=False), label(role="dim", wrap=wide, mono=True), value
        self._cells.append(cells)
        self._places.append(Steady(value) if _short(fact) else value)
        level = Qt.AlignmentFlag.AlignTop if long or wide else Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(cells[0], row, 0, 1, 1 if fact.symbol else 2, level)
        self._grid.addWidget(cells[1], row, 1, 1, 2 if long or wide else 1, level)
        cells[1].setVisible(bool(fact.symbol))
        row += 1 if wide or (long and (fact.word or fact.symbol)) else 0
        column = 0 if long else 1 if wide or not (fact.word or fact.symbol) else 2
        self._grid.addWidget(self._places[-1], row, column, 1, 3 - column, level)
        return row + 1


_GROUP_GAP = 2
"""Air before a fact that begins a group: one with a symbol after some without, with the spacing on both sides."""
_NUMBER = 14
_WIDE = 14
"""A symbol of more letters than this (the names of what is minimised) has a line of its own."""


def align(*grids: FactGrid) -> None:
    """Begin the numbers of several grids at the same place."""
    widest = max(grid.symbol_width() for grid in grids)
    for grid in grids:
        grid.leave_room(widest)


def _long(fact: Fact) -> bool:
    return "\n" in fact.text or len(fact.text) > 24


def _short(fact: Fact) -> bool:
    """A number: it has one line, whatever it is."""
    return len(fact.text) <= _NUMBER


def _wide(fact: Fact) -> bool:
    return len(fact.symbol) > _WIDE


class Section(QWidget):
    """A heading over whatever belongs under it; a foldable one starts folded."""

    def __init__(self, title: str, theme: Theme, *, foldable: bool = False) -> None:
        super().__init__()
        self._theme, self._title = theme, title
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        self.body = QWidget()
        self.layout_ = QVBoxLayout(self.body)
        self.layout_.setContentsMargins(0, 0, 0, 0)
        self.layout_.setSpacing(8)
        self.button: QToolButton | None = None
        if foldable:
            self.button = self._fold_button(title)
            box.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
            self.body.hide()
        else:
            box.addWidget(label(title, "heading", wrap=False))
        box.addWidget(self.body)

    def add(self, widget: QWidget) -> None:
        """Put something below what is there."""
        self.layout_.addWidget(widget)

    def say_aside(self, words: str) -> None:
        """Put a few words beside the title of a foldable section."""
        if self.button is not None:
            self.button.setText(f"{self._title}  ·  {words}" if words else self._title)

    def unfold(self, unfolded: bool) -> None:
        """Show or hide what is below the title of a foldable section."""
        if self.button is not None:
            self.button.setChecked(unfolded)

    def _fold_button(self, title: str) -> QToolButton:
        button = QToolButton()
        button.setText(title)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setObjectName("fold")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIcon(icon("chevron-right", self._theme, color="text_dim", size=12))
        button.toggled.connect(self._fold)
        return button

    def _fold(self, unfolded: bool) -> None:
        self.body.setVisible(unfolded)
        if self.button is not None:
            name = "chevron-down" if unfolded else "chevron-right"
            self.button.setIcon(icon(name, self._theme, color="text_dim", size=12))


class Notice(QFrame):
    """A boxed remark: what is the matter, and what helps."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "notice")
        self.headline = label(role="warning")
        self.headline.setStyleSheet("font-weight: 600")
        self.advice = label()
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 9, 12, 10)
        box.setSpacing(3)
        box.addWidget(self.headline)
        box.addWidget(self.advice)
        self.hide()

    def say(self, headline: str, advice: str = "") -> None:
        """Show a remark; an empty one takes the box away."""
        if self.headline.text() != headline:
            self.headline.setText(headline)
        if self.advice.text() != advice:
            self.advice.setText(advice)
        self.advice.setVisible(bool(advice))
        self.setVisible(bool(headline))


class Chip(QWidget):
    """A title with its category's colour before it and a dim word after it."""

    def __init__(self, title: str, aside: str, color: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(9)
        chip = QFrame()
        chip.setFixedSize(7, 18)
        chip.setStyleSheet(f"background: {color}; border-radius: 2px;")
        self.title = label(title, "title", wrap=False)
        self.aside = label(aside, "faint", wrap=False)
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row.addWidget(chip)
        row.addWidget(self.title)
        row.addWidget(self.aside, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        self._whole = chip.width() + self.title.sizeHint().width() + self.aside.sizeHint().width() + 2 * row.spacing()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A word that would be cut is left out."""
        super().resizeEvent(event)
        self.aside.setVisible(self.width() >= self._whole)
