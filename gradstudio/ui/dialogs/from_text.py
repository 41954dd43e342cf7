"""A new network from one line of text: typed, told, shown, and made."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gradstudio.ui.canvas.sketch import Sketch, laid_out, sketch
from gradstudio.ui.canvas.thumbnail import thumbnail
from gradstudio.ui.inspector.parts import label, set_role
from gradstudio.ui.theme import Theme, mono_font

EXAMPLES = ("784-256-relu-10", "spiral-100-relu-3-svm", "1x28x28-conv 8 3-relu-pool-flatten-10")


class Drawing(QFrame):
    """A picture of the network that would be made."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "sheet")
        self.setFixedHeight(130)
        self._theme = theme
        self._drawn: Sketch | None = None

    def sizeHint(self) -> QSize:
        """As wide as the line it is of."""
        return QSize(560, 130)

    def show_sketch(self, drawn: Sketch | None) -> None:
        """Show this network, or none."""
        self._drawn = drawn
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sheet, and the network in its middle."""
        super().paintEvent(event)
        with QPainter(self) as painter:
            if self._drawn is None:
                painter.setPen(self._theme.color("text_faint"))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("The network is drawn here."))
            else:
                picture = thumbnail(laid_out(self._drawn), self._theme, self.size(), self.devicePixelRatioF())
                painter.drawPixmap(0, 0, picture)


class FromText(QDialog):
    """Asks for a line and shows what it means while it is typed.

    Attributes:
        field: to type into.
        sentence: what the line means, or why it can't be made.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fromtext")
        self.setWindowTitle(self.tr("New from text"))
        self.field = QLineEdit()
        self.field.setFont(mono_font(14))
        self.field.setPlaceholderText(EXAMPLES[0])
        self.field.setAccessibleName(self.tr("Network in one line"))
        self.sentence = label(role="dim")
        self.sentence.setMinimumHeight(36)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._drawing = Drawing(theme)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.create_ = self._buttons.addButton(self.tr("Create"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._lay_out()
        self.field.textChanged.connect(self._tell)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._tell("")

    def _lay_out(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(12)
        box.addWidget(
            label(
                self.tr(
                    "The input first: a number of features, the size of images, or data such as spiral. Then the "
                    "layers: a number is a Dense of so many units, a word is a gate, with values behind it."
                ),
                "dim",
            )
        )
        box.addWidget(self.field)
        box.addLayout(self._examples())
        box.addWidget(self._drawing)
        box.addWidget(self.sentence)
        box.addWidget(self._buttons)

    def _examples(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(self.tr("Such as"), "faint", wrap=False))
        for text in EXAMPLES:
            button = QPushButton(text)
            button.setObjectName("chip")
            button.setFont(mono_font(11))
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._take, text))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _take(self, text: str, *_: object) -> None:
        self.field.setText(text)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self, text: str) -> None:
        """Say and show what the line means."""
        drawn = sketch(text) if text.strip() else None
        right = drawn is not None and not drawn.problem
        self._drawing.show_sketch(drawn if right else None)
        words = "" if drawn is None else f"{drawn.count}: {drawn.told}." if right else drawn.problem
        self.sentence.setText(words)
        set_role(self.sentence, "dim" if right else "error")
        self.create_.setEnabled(right)
        self.create_.setDefault(True)
