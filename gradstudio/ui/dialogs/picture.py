"""How a picture of the network is to be: what it shows, in which colours, how large; with a preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from gradstudio.ui.inspector.parts import label
from gradstudio.ui.preferences import PictureStyle
from gradstudio.ui.texts import grouped

if TYPE_CHECKING:
    from gradstudio.ui.canvas.picture import Picture

SAVE, COPY = 1, 2
"""What the dialog ends with; 0 where nothing is to be done."""
SCALES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
_CHECK = 8
"""Side of the squares that show through a transparent picture."""


class Preview(QFrame):
    """A picture, as large as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "sheet")
        self.setMinimumSize(460, 240)
        self._picture: Picture | None = None
        self._drawn: QPixmap | None = None

    def sizeHint(self) -> QSize:
        """Wider than high, as most networks are."""
        return QSize(560, 280)

    def show_picture(self, picture: Picture) -> None:
        """Show this one from now on."""
        self._picture, self._drawn = picture, None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """It is drawn anew."""
        super().resizeEvent(event)
        self._drawn = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sheet, and the picture on it."""
        super().paintEvent(event)
        if self._picture is None:
            return
        if self._drawn is None:
            self._drawn = self._draw(self._picture)
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._drawn)

    def _draw(self, picture: Picture) -> QPixmap:
        ratio = self.devicePixelRatioF()
        drawn = QPixmap(self.size() * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        with QPainter(drawn) as painter:
            room = QRectF(self.rect()).adjusted(10, 10, -10, -10)
            size = picture.size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            sheet = QRectF(room.center().x() - size.width() / 2, room.center().y() - size.height() / 2, *size.toTuple())
            painter.setClipRect(sheet)
            _draw_checks(painter, sheet)
            picture.draw(painter, room)
        return drawn


class PictureDialog(QDialog):
    """Asks how a picture is to be.

    Args:
        make: makes the picture of a style, of the whole network or of its selected part.
        style: what is chosen at first.
        selected: how many nodes are selected.
        parent: the window.

    Attributes:
        style_: what is chosen.
        part: whether only what is selected is to be drawn.
    """

    def __init__(
        self, make: Callable[..., Picture], style: PictureStyle, selected: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("picture")
        self.setWindowTitle(self.tr("Export picture"))
        self._make = make
        self._shown: tuple[object, Picture] | None = None
        self.preview = Preview()
        self.whole = QRadioButton(self.tr("Whole network"))
        words = self.tr("Selected node") if selected == 1 else self.tr("{} selected nodes").format(grouped(selected))
        self.selection = QRadioButton(words if selected else self.tr("Selected nodes"))
        self.selection.setEnabled(bool(selected))
        (self.selection if selected else self.whole).setChecked(True)
        self.colors = QComboBox()
        for name, title in (
            ("window", self.tr("As the window")),
            ("dark", self.tr("Dark")),
            ("light", self.tr("Light")),
        ):
            self.colors.addItem(title, name)
        self.colors.setCurrentIndex(self.colors.findData(style.colors))
        self.transparent = QCheckBox(self.tr("Transparent: without canvas and grid"))
        self.transparent.setChecked(style.transparent)
        self.scale = QComboBox()
        for scale in sorted({*SCALES, style.scale}):
            self.scale.addItem(f"{scale:g} ×", scale)
        self.scale.setCurrentIndex(self.scale.findData(style.scale))
        self._size = label(role="dim", wrap=False)
        self._lay_out()
        self._connect()
        self._refresh()
        self.save.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def part(self) -> bool:
        """Whether only what is selected is to be drawn."""
        return self.selection.isChecked()

    @property
    def style_(self) -> PictureStyle:
        """What is chosen."""
        return PictureStyle(self.colors.currentData(), self.transparent.isChecked(), self.scale.currentData())

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(label(self.tr("Shows"), "dim", wrap=False), _row(self.whole, self.selection))
        form.addRow(label(self.tr("Colours"), "dim", wrap=False), _row(self.colors))
        form.addRow(label(self.tr("Background"), "dim", wrap=False), self.transparent)
        form.addRow(label(self.tr("Size"), "dim", wrap=False), _row(self.scale, self._size))
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(14)
        box.addWidget(self.preview, 1)
        box.addLayout(form)
        box.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save = buttons.addButton(self.tr("Save…"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.save.setDefault(True)
        self.save.clicked.connect(lambda: self.done(SAVE))
        self.copy.clicked.connect(lambda: self.done(COPY))
        buttons.rejected.connect(self.reject)
        return buttons

    def _connect(self) -> None:
        group = QButtonGroup(self)
        for button in (self.whole, self.selection):
            group.addButton(button)
        group.buttonToggled.connect(self._refresh)
        self.transparent.toggled.connect(self._refresh)
        for box in (self.colors, self.scale):
            box.currentIndexChanged.connect(self._refresh)
        for widget, name in ((self.colors, self.tr("Colours")), (self.scale, self.tr("Pixels per unit of the canvas"))):
            widget.setAccessibleName(name)

    def _refresh(self, *_: object) -> None:
        """Draw what is chosen now, if it looks otherwise than before, and tell how large it will be."""
        style = self.style_
        look = (style.colors, style.transparent, self.part)
        if self._shown is None or look != self._shown[0]:
            self._shown = (look, self._make(style, part=self.part))
            self.preview.show_picture(self._shown[1])
        size = self._shown[1].pixels(style.scale)
        words = self.tr("{} × {} pixels; as SVG at any size")
        self._size.setText(words.format(grouped(size.width()), grouped(size.height())))


def _row(*widgets: QWidget) -> QHBoxLayout:
    """Widgets beside each other, as wide as they want to be."""
    row = QHBoxLayout()
    row.setSpacing(16)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _draw_checks(painter: QPainter, rect: QRectF) -> None:
    """Squares in two greys: what shows through a transparent picture."""
    painter.fillRect(rect, QColor(128, 128, 128, 30))
    grey = QColor(128, 128, 128, 50)
    for row in range(int(rect.height() / _CHECK) + 1):
        for column in range(row % 2, int(rect.width() / _CHECK) + 1, 2):
            painter.fillRect(QRectF(rect.left() + column * _CHECK, rect.top() + row * _CHECK, _CHECK, _CHECK), grey)
