"""The network that is built behind the data, from one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from gradstudio.ui.canvas.sketch import sketch
from gradstudio.ui.fields import LABEL_WIDTH
from gradstudio.ui.inspector.parts import label, set_role
from gradstudio.ui.theme import mono_font

if TYPE_CHECKING:
    from gradstudio.data.drafts import Looked

FIRST = "64-relu"


class Layers(QWidget):
    """Whether a network is built, and of which layers.

    Attributes:
        wanted: whether it is.
        field: the layers between data and loss.
        batch: samples of a step; empty for all of them.
        problem: why it can't be built, as a sentence; empty where it can.
    """

    changed = Signal()
    """Something else was typed or chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._looked: Looked | None = None
        self.problem = ""
        self.wanted = QCheckBox(self.tr("Also build a network"))
        self.wanted.setToolTip(self.tr("Layers, loss and settings that fit this data, so that Train works at once."))
        self.field = QLineEdit(FIRST)
        self.field.setFont(mono_font())
        self.field.setAccessibleName(self.tr("Layers"))
        self.field.setToolTip(
            self.tr("Layers in one line: a number is a Dense of so many units, a word is a gate. Nothing: none.")
        )
        self.batch = QLineEdit()
        self.batch.setFont(mono_font())
        self.batch.setFixedWidth(64)
        self.batch.setPlaceholderText(self.tr("all"))
        self.batch.setAccessibleName(self.tr("Batch size"))
        self.batch.setToolTip(self.tr("Samples of a training step. Nothing: all of them in every step."))
        self.told = label("", "dim", wrap=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.wanted.setMinimumWidth(LABEL_WIDTH)
        row.addWidget(self.wanted)
        row.addWidget(self.field, 2)
        row.addWidget(self.told, 3)
        row.addWidget(label(self.tr("Batch size"), "dim", wrap=False))
        row.addWidget(self.batch)
        for signal in (self.wanted.toggled, self.field.textChanged, self.batch.textChanged):
            signal.connect(lambda *_: self._tell())

    @property
    def text(self) -> str | None:
        """The layers; None where no network is to be built."""
        return self.field.text().strip() if self.wanted.isChecked() and not self.wanted.isHidden() else None

    @property
    def batch_size(self) -> int | None:
        """The batch size that was typed; None for all samples."""
        text = self.batch.text().strip()
        return int(text) if text.isdecimal() and int(text) > 0 else None

    def show_looked(self, looked: Looked | None) -> None:
        """Look at what is there for it to learn."""
        self._looked = looked
        self._tell(silently=True)

    def _tell(self, *, silently: bool = False) -> None:
        build = self.text is not None
        self.field.setEnabled(build)
        self.problem, words = self._batch_problem(), ""
        if build and self._looked is not None and self._looked.prepared is not None:
            made = self._looked.prepared
            sizes = "x".join(str(n) for n in made.training.X.shape[1:])
            end = len(made.fitted.classes) or 1
            drawn = sketch("-".join(filter(None, (sizes, self.text, str(end)))))
            self.problem = self.problem or drawn.problem
            words = "" if drawn.problem else self.tr("{} before the loss").format(drawn.count)
        self.told.setText(words)
        set_role(self.told, "dim")
        if not silently:
            self.changed.emit()

    def _batch_problem(self) -> str:
        text = self.batch.text().strip()
        if text and self.batch_size is None:
            return self.tr(
                "The batch size needs a whole number above 0, or nothing for all samples; found “{}”."
            ).format(text)
        return ""
