"""What an empty window shows: templates with their pictures, recent files, and ways to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gradstudio.files import FileProblem
from gradstudio.ui.canvas.thumbnail import of_example
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.theme import Theme, ui_font

SIDE, GAP, BETWEEN, AROUND, BELOW_TITLE = 204, 14, 28, 20, 8
"""Width of the list at the left; room between cards, between list and cards, around all, and below a title."""
LEAST, WIDEST, MOST_COLUMNS = 156, 216, 4
"""How wide cards are, and how many stand beside each other."""
NARROW = 560
"""With less room than this the cards stand below the list."""
MOST_RECENT = 5
_WORDS, _PICTURE = 60, 0.44
"""Height of a card below its picture, and of its picture as a share of its width."""
_TOP = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
_ARROWS = {
    Qt.Key.Key_Left: QPoint(-1, 0),
    Qt.Key.Key_Right: QPoint(1, 0),
    Qt.Key.Key_Up: QPoint(0, -1),
    Qt.Key.Key_Down: QPoint(0, 1),
}


@dataclass(frozen=True)
class Entry:
    """Something to begin with.

    Attributes:
        title: its name.
        run: what choosing it does.
        aside: a few dim words: a shortcut, a folder, a description.
        help: for the tooltip and screen readers.
        picture: the file a card draws; None for a line.
    """

    title: str
    run: Callable[[], object]
    aside: str = ""
    help: str = ""
    picture: Path | None = None


class Choice(QAbstractButton):
    """Something to begin with, to be clicked or gone to with the arrows."""

    left = Signal()
    """Somebody wants to leave the page."""
    reached = Signal()
    """It has the keyboard now."""

    def __init__(self, entry: Entry, theme: Theme) -> None:
        super().__init__()
        self.entry = entry
        self.theme = theme
        self.setText(entry.title.replace("&", "&&"))
        self.setAccessibleName(entry.title)
        self.setAccessibleDescription(entry.help or entry.aside)
        self.setToolTip(entry.help)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(lambda *_: entry.run())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Have the page show it."""
        super().focusInEvent(event)
        self.reached.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be clicked."""
        super().enterEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses; the arrows go to the neighbour; Escape leaves."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif key is Qt.Key.Key_Escape:
            self.left.emit()
        elif key in _ARROWS:
            self._go(_ARROWS[key])
        else:
            super().keyPressEvent(event)

    def _go(self, way: QPoint) -> None:
        """Go to the nearest choice that way; a step aside counts more than a step ahead."""
        page = self.window()
        here = self.mapTo(page, self.rect().center())

        def distance(other: Choice) -> float:
            gap = other.mapTo(page, other.rect().center()) - here
            ahead, aside = QPoint.dotProduct(gap, way), abs(gap.x() * way.y()) + abs(gap.y() * way.x())
            return ahead + 3 * aside if ahead > 0 else float("inf")

        others = [other for other in page.findChildren(Choice) if other is not self and other.isVisible()]
        nearest = min(others, key=distance, default=None)
        if nearest is not None and distance(nearest) < float("inf"):
            nearest.setFocus(Qt.FocusReason.TabFocusReason)

    def _ground(self, painter: QPainter, radius: float) -> QPainterPath:
        """Fill and outline as the mouse and the focus want it; returns the shape."""
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.fillPath(shape, self.theme.color("hover"))
        return shape


class Line(Choice):
    """A line: a title, and a few dim words at the right."""

    def sizeHint(self) -> QSize:
        """One line high."""
        return QSize(SIDE, 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title and words aside, shortened where there is little room."""
        with QPainter(self) as painter:
            shape = self._ground(painter, 5)
            if self.hasFocus():
                painter.setPen(QPen(self.theme.color("selection"), 1.6))
                painter.drawPath(shape)
            room = self.rect().adjusted(10, 0, -10, 0)
            _write(painter, room, self.entry.aside, ui_font(11), self.theme.color("text_faint").name(), _RIGHT)
            taken = QFontMetrics(ui_font(11)).horizontalAdvance(self.entry.aside)
            title = room.adjusted(0, 0, -min(taken + 10, room.width() // 2) if taken else 0, 0)
            _write(painter, title, self.entry.title, ui_font(13), self.theme.text, _LEFT)


class Card(Choice):
    """A picture with a title and a description below it.

    Attributes:
        picture: None until it is drawn.
    """

    def __init__(self, entry: Entry, theme: Theme) -> None:
        super().__init__(entry, theme)
        self.picture: QPixmap | None = None

    def fit(self, width: int) -> None:
        """Be so wide; the picture is drawn anew then."""
        size = QSize(width, round(width * _PICTURE) + _WORDS)
        if size != self.size():
            self.picture = None
            self.setFixedSize(size)

    def draw(self) -> None:
        """Draw the picture, or leave it out where the file can't be read."""
        size = self._frame().size().toSize()
        self.picture = QPixmap()
        try:
            if self.entry.picture is not None:
                self.picture = of_example(
                    self.entry.picture, self.theme.name, size.width(), size.height(), self.devicePixelRatioF()
                )
        except (FileProblem, OSError):
            self.setAccessibleDescription(self.tr("Its file can't be read."))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture on the canvas's colour, the words on the panel's."""
        with QPainter(self) as painter:
            shape = QPainterPath()
            shape.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            hover = self.underMouse() or self.isDown()
            painter.fillPath(shape, self.theme.color("hover" if hover else "field"))
            frame = self._frame()
            painter.setClipPath(shape)
            painter.fillRect(frame, self.theme.color("panel" if self.theme.is_dark else "window"))
            if self.picture is not None:
                painter.drawPixmap(frame.topLeft(), self.picture)
            painter.setPen(QPen(self.theme.color("border"), 1))
            painter.drawLine(frame.bottomLeft(), frame.bottomRight())
            painter.setClipping(False)
            edge = "selection" if self.hasFocus() else "text_faint" if hover else "node_edge"
            painter.setPen(QPen(self.theme.color(edge), 2.0 if self.hasFocus() else 1.0))
            painter.drawPath(shape)
            words = self.rect().adjusted(10, int(frame.bottom()) + 6, -8, -5)
            title = QRect(words.topLeft(), QSize(words.width(), 18))
            _write(painter, title, self.entry.title, ui_font(12, bold=True), self.theme.text, _LEFT)
            painter.setFont(ui_font(11))
            painter.setPen(self.theme.color("text_dim"))
            below = words.adjusted(0, 19, 0, 0)
            shown = in_two_lines(painter.fontMetrics(), self.entry.aside, below.width())
            painter.drawText(below, int(_TOP), shown)

    def _frame(self) -> QRectF:
        return QRectF(1, 1, self.width() - 2, self.height() - _WORDS)


class StartPage(QScrollArea):
    """The page. It has no more room than it needs: what lies beside it is canvas.

    Attributes:
        cards: the templates.
        lines: ways to begin, then recent files.
    """

    left = Signal()
    """Somebody wants to be back on the canvas."""

    def __init__(self, theme: Theme, ways: Sequence[Entry], templates: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("start")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Start page"))
        self._theme = theme
        self._columns = 1
        self.cards = [Card(entry, theme) for entry in templates]
        self._ways = [Line(entry, theme) for entry in ways]
        self._recent: list[Line] = []
        self._later = QTimer(self)
        self._later.setObjectName("start.pictures")
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw_next)
        self._lay_out()
        for choice in (*self._ways, *self.cards):
            self._follow(choice)

    @property
    def lines(self) -> list[Line]:
        """Ways to begin, then recent files."""
        return [*self._ways, *self._recent]

    def show_recent(self, entries: Iterable[Entry]) -> None:
        """List the files opened last."""
        for line in self._recent:
            line.hide()
            line.deleteLater()
        self._recent = [Line(entry, self._theme) for entry in list(entries)[:MOST_RECENT]]
        for line in self._recent:
            self._follow(line)
            self._files.addWidget(line)
        self._heading.setVisible(bool(self._recent))

    def _follow(self, choice: Choice) -> None:
        choice.left.connect(self.left)
        choice.reached.connect(partial(self.ensureWidgetVisible, choice, 0, 10))

    def place(self, room: QSize) -> None:
        """Take as much of a canvas of this size as there is to show, in its middle."""
        wide, high = max(room.width() - 2 * AROUND, LEAST), max(room.height() - 2 * AROUND, LEAST)
        narrow = wide < NARROW
        across = self._fit_cards(wide if narrow else wide - SIDE - BETWEEN)
        side = max(across, SIDE) if narrow else SIDE
        self._side.setFixedWidth(side)
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        heights = [self._lines.totalHeightForWidth(side), self._cards_height()]
        needed = sum(heights) + BETWEEN if narrow else max(heights)
        size = QSize(max(side, across) if narrow else side + BETWEEN + across, min(needed, high))
        size += QSize(self.verticalScrollBar().sizeHint().width() if needed > high else 0, 0)
        self.setGeometry((room.width() - size.width()) // 2, (room.height() - size.height()) // 2, *size.toTuple())
        self._later.start(0)

    def _fit_cards(self, room: int) -> int:
        """Put the cards into as many columns as there is room for; returns how wide they are together."""
        self._columns = max(1, min((room + GAP) // (LEAST + GAP), MOST_COLUMNS, len(self.cards)))
        width = min((room - GAP * (self._columns - 1)) // self._columns, WIDEST)
        for number, card in enumerate(self.cards):
            card.fit(width)
            self._grid.addWidget(card, number // self._columns, number % self._columns)
        return self._columns * width + GAP * (self._columns - 1)

    def _cards_height(self) -> int:
        rows = -(-len(self.cards) // self._columns)
        card = self.cards[0].height() if self.cards else 0
        return self._title.sizeHint().height() + BELOW_TITLE + rows * card + max(rows - 1, 0) * GAP

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        for choice in (*self.cards, *self.lines):
            choice.theme = theme
            choice.update()
        for card in self.cards:
            card.picture = None
        if self.isVisible():
            self._later.start(0)

    def enter(self) -> None:
        """Go to the first template by keyboard."""
        first = next(iter((*self.cards, *self.lines)), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def give_up(self) -> None:
        """The window goes: nothing is drawn any more."""
        self._later.stop()

    def _draw_next(self) -> None:
        """Draw one picture at a time, so that nothing has to wait."""
        waiting = [card for card in self.cards if card.picture is None]
        if waiting and self.isVisible():
            waiting[0].draw()
            self._later.start(0)

    def _lay_out(self) -> None:
        body = QWidget()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, body)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(BETWEEN)
        self._side = QWidget()
        self._box.addWidget(self._side, 0, Qt.AlignmentFlag.AlignTop)
        self._box.addWidget(self._gallery(), 0, Qt.AlignmentFlag.AlignTop)
        side = self._lines = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(1)
        side.addWidget(_indented(label(self.tr("Begin"), "title", wrap=False)))
        side.addSpacing(6)
        for line in self._ways:
            side.addWidget(line)
        self._heading = _indented(label(self.tr("Recent"), "heading", wrap=False))
        self._heading.setContentsMargins(10, 14, 0, 4)
        side.addWidget(self._heading)
        self._files = QVBoxLayout()
        self._files.setSpacing(1)
        side.addLayout(self._files)
        hint = label(self.tr("Or build your own: drag a gate here, or press Tab, or double-click, and type."), "faint")
        hint.setContentsMargins(10, 14, 0, 0)
        side.addWidget(hint)
        self.setWidget(body)

    def _gallery(self) -> QWidget:
        """The cards under their heading."""
        gallery = QWidget()
        column = QVBoxLayout(gallery)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(BELOW_TITLE)
        self._title = label(self.tr("Templates"), "title", wrap=False)
        column.addWidget(self._title)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        column.addLayout(self._grid)
        return gallery


def _indented(words: QLabel) -> QLabel:
    words.setContentsMargins(10, 0, 0, 0)
    return words


def in_two_lines(metrics: QFontMetrics, text: str, width: int) -> str:
    """A text that fits into two lines of this width, shortened at its end; so is a first word that is too long."""
    words = text.split()
    first = 1
    while first < len(words) and metrics.horizontalAdvance(" ".join(words[: first + 1])) <= width:
        first += 1
    lines = " ".join(words[:first]), " ".join(words[first:])
    return "\n".join(metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines if line)


def _write(painter: QPainter, room: QRect, text: str, font: QFont, color: str, side: Qt.AlignmentFlag) -> None:
    """A text in one line, shortened at its end."""
    painter.setFont(font)
    painter.setPen(QPen(color))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, int(side), shown)
