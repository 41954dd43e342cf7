"""What all panels have in common: built when first shown, awake only while visible, dressed in the theme."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QHideEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gradstudio.ui.bridge import Studio
from gradstudio.ui.theme import Theme, ui_font
from gradstudio.ui.turns import Turn

DESCRIBE_SECONDS = 1.0
"""A screen reader is told new numbers at most this often."""
REFRESH_SECONDS = 0.03
"""While training runs a panel is painted at most this often: painting takes time from the training."""


class Panel(QWidget):
    """A sheet that shows something of the studio's network, or says why there is nothing to show.

    A subclass fills `body` in `build`, wakes and sleeps in `watch`, and shows the present numbers in `refresh`.

    Attributes:
        title: what its dock is called.
        help: one sentence on what it shows.
        studio: whose network it is.
        body: what is shown where there is something to show.
        notice: what is shown otherwise.
    """

    title = ""
    help = ""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.setAccessibleName(self.title)
        self.setWhatsThis(self.help)
        self.body = QWidget()
        self.notice = Notice()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.notice)
        self.pages.addWidget(self.body)
        self._built = False
        self._described = 0.0
        self._turn = Turn(studio, self._something_changed, REFRESH_SECONDS, self)
        studio.snapshotTaken.connect(self._turn.come)
        for signal in (studio.documentChanged, studio.selectionChanged, studio.statusChanged):
            signal.connect(self._something_changed)
        studio.documentReplaced.connect(self._something_changed)
        studio.themeChanged.connect(self._theme_changed)

    # ---- for subclasses

    def build(self) -> None:
        """Make the widgets of the body; called once, before the panel is first shown."""
        raise NotImplementedError

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme; only called once built."""
        raise NotImplementedError

    def watch(self, awake: bool) -> None:
        """Ask for what is shown, or stop asking: the panel has become visible or hidden."""

    def refresh(self) -> None:
        """Show the present numbers; only called while visible."""
        raise NotImplementedError

    def show_body(self) -> None:
        """There is something to show."""
        self.pages.setCurrentWidget(self.body)

    def show_notice(self, heading: str, text: str, button: str = "") -> None:
        """There is nothing to show: say why and what to do, perhaps with a button that does it."""
        self.notice.tell(heading, text, button)
        self.pages.setCurrentWidget(self.notice)
        self.describe(f"{heading}. {text}", now=True)

    def describe(self, text: str, *, now: bool = False) -> None:
        """Tell a screen reader what is shown; while numbers stream not more than once a second."""
        moment = time.monotonic()
        if now or not self.studio.running or moment - self._described > DESCRIBE_SECONDS:
            self._described = moment
            if text != self.accessibleDescription():
                self.setAccessibleDescription(text)

    # ---- Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Wake up."""
        super().showEvent(event)
        if not self._built:
            self._built = True
            self.build()
            self.dress(self.studio.theme)
        self.watch(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Fall asleep."""
        super().hideEvent(event)
        self.watch(False)

    def _something_changed(self, *_: object) -> None:
        if self.isVisible():
            self.refresh()

    def _theme_changed(self, theme: Theme) -> None:
        if self._built:
            self.dress(theme)
        self._something_changed()


class Notice(QFrame):
    """An empty state: a heading, a sentence on what to do, perhaps a button that does it."""

    def __init__(self) -> None:
        super().__init__()
        self.heading, self.text = QLabel(), QLabel()
        self.button = QPushButton()
        self.heading.setProperty("role", "heading")
        self.text.setProperty("role", "dim")
        for label in (self.heading, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setMinimumWidth(10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(8)
        layout.addStretch(1)
        for widget in (self.heading, self.text):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
            layout.addWidget(widget)
        layout.addSpacing(4)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

    def tell(self, heading: str, text: str, button: str) -> None:
        """Change the words; no button where its text is empty."""
        self.heading.setText(heading)
        self.text.setText(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))


class Sheet(QFrame):
    """The rounded surface a plot lies on.

    Args:
        widgets: from top to bottom.
        side: margin at the left and right.

    Attributes:
        column: its layout.
    """

    def __init__(self, *widgets: QWidget, side: int = 10) -> None:
        super().__init__()
        self.setProperty("role", "sheet")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(side, 8, side, 8)
        self.column.setSpacing(4)
        for widget in widgets:
            self.column.addWidget(widget)


class Toggle(QToolButton):
    """A small button that stays down."""

    def __init__(self, text: str, help: str, name: str) -> None:  # noqa: A002 - as everywhere in the house
        super().__init__()
        self.setText(text)
        self.setCheckable(True)
        self.setToolTip(help)
        self.setAccessibleName(help)
        self.setObjectName(name)
        self.setFont(ui_font(11))

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.setStyleSheet(
            "QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px;"
            f" padding: 2px 7px; color: {theme.text_dim}; }}"
            f"QToolButton:hover {{ background: {theme.hover}; color: {theme.text}; }}"
            f"QToolButton:checked {{ background: {theme.selection_fill}; color: {theme.text}; }}"
            f"QToolButton:focus {{ border-color: {theme.selection}; }}"
        )


class Line(QLabel):
    """One line of text: written shorter where there is no room for all of it, and the whole in the tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._whole, self._short = "", ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, whole: str, short: str) -> None:
        """Show another text, or its shorter form."""
        self._whole, self._short = whole, short
        self._choose()

    @property
    def whole(self) -> str:
        """All of it, however much is shown."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There is more room now, or less."""
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        metrics, room = self.fontMetrics(), self.width()
        fits = metrics.horizontalAdvance(self._whole) <= room
        shown = self._whole if fits else metrics.elidedText(self._short, Qt.TextElideMode.ElideRight, room)
        if shown != self.text():
            self.setText(shown)
        self.setToolTip("" if fits else self._whole)


class Key(QWidget):
    """One entry of a legend: a stroke (or an area) as in the plot, and its name."""

    GAP, STROKE = 6, 16

    def __init__(self, text: str, color: str, *, dashed: bool = False, area: bool = False) -> None:
        super().__init__()
        self._text, self._color, self._area = text, color, area
        self._style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        self._theme: Theme | None = None
        self.setFont(ui_font(11))
        self.setAccessibleName(text)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Stroke, gap and text."""
        metrics = self.fontMetrics()
        return QSize(self.STROKE + self.GAP + metrics.horizontalAdvance(self._text) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        """It isn't cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw stroke and text."""
        if self._theme is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle = self.height() // 2
            if self._area:
                painter.fillRect(0, middle - 4, self.STROKE - 4, 8, self._theme.color(self._color, 0.55))
            else:
                painter.setPen(QPen(self._theme.color(self._color), 2, self._style, Qt.PenCapStyle.FlatCap))
                painter.drawLine(0, middle, self.STROKE, middle)
            painter.setPen(self._theme.color("text_dim"))
            painter.drawText(
                self.rect().adjusted(self.STROKE + self.GAP, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._text
            )


class Legend(QWidget):
    """Keys between the names of a plot's two vertical axes; where there is no room for all, the last is enough.

    The other keys tell no more than the axes' names do, which have the colours of their curves.
    """

    SPACE, LEAST = 14, 8

    def __init__(self, keys: Sequence[Key], names: Sequence[str]) -> None:
        super().__init__()
        self._keys, self._count = keys, len(keys)
        metrics = QFontMetrics(ui_font(11))
        self._beside = 2 * max(metrics.horizontalAdvance(name) for name in names) + 2 * self.LEAST
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.SPACE)
        row.addStretch(1)
        for key in keys:
            row.addWidget(key)
        row.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the keys there is room for."""
        super().resizeEvent(event)
        self._fit()

    def show_keys(self, count: int) -> None:
        """Name what is there: only so many of the keys, the first ones."""
        if count != self._count:
            self._count = count
            self._fit()

    def _fit(self) -> None:
        there = self._keys[: self._count]
        needed = sum(key.sizeHint().width() + self.SPACE for key in there) - self.SPACE
        for key in self._keys[:-1]:
            key.setVisible(key in there and self._beside + needed <= self.width())
        self._keys[-1].setVisible(self._keys[-1] in there)
