"""What is chosen for the columns that are selected."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from gradstudio.data.choosing import uses_of
from gradstudio.ui.fields import ComboBox
from gradstudio.ui.inspector.parts import label

if TYPE_CHECKING:
    from gradstudio.data.preparation import Preparation
    from gradstudio.data.reading import Reading
    from gradstudio.data.summary import Summary

GUESS, SAME = "guess", "same"


def rigid(title: str) -> QLabel:
    """The name of a field that is never cut."""
    made = label(title, "dim", wrap=False)
    made.setMinimumWidth(made.sizeHint().width())
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return made


class Picked(QWidget):
    """Use, type and missing values of one column or several.

    Attributes:
        use: what they are used for.
        type: what they hold.
        missing: what is done about their empty cells.
    """

    useChosen = Signal(object)
    """A `Use`."""
    typeChosen = Signal(object)
    """A `CellType`, or None for what is recognised."""
    missingChosen = Signal(object)
    """A `Missing`, or None for what is chosen for all columns."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.use = self._box(row, self.tr("Use"), [
            ("feature", self.tr("Feature (F)")), ("target", self.tr("Target (T)")),
            ("out", self.tr("Leave out (X)")),
        ])  # fmt: skip
        self.type = self._box(row, self.tr("Type"), [
            (GUESS, self.tr("recognised")), ("number", self.tr("number")), ("category", self.tr("category")),
            ("date", self.tr("date")), ("text", self.tr("text")),
        ])  # fmt: skip
        self.missing = self._box(row, self.tr("Missing"), [
            (SAME, self.tr("as all")), ("refuse", self.tr("refuse")), ("drop", self.tr("leave rows out")),
            ("mean", self.tr("mean")), ("median", self.tr("median")), ("constant", self.tr("a number")),
        ])  # fmt: skip
        row.addStretch(1)
        self.use.activated.connect(lambda _i: self.useChosen.emit(self.use.currentData()))
        self.type.activated.connect(lambda _i: self.typeChosen.emit(_given(self.type)))
        self.missing.activated.connect(lambda _i: self.missingChosen.emit(_given(self.missing)))

    def _box(self, row: QHBoxLayout, title: str, choices: Sequence[tuple[str, str]]) -> ComboBox:
        name, box = rigid(title), ComboBox()
        for value, text in choices:
            box.addItem(text, value)
        box.setAccessibleName(self.tr("{} of the selected columns").format(title))
        name.setBuddy(box)
        box.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        row.addWidget(name)
        row.addWidget(box)
        return box

    def show_columns(self, columns: Sequence[Summary], how: Preparation | None, reading: Reading | None) -> None:
        """Show what is chosen for these; None: their types are those of the file."""
        names = [one.name for one in columns]
        some = bool(names) and how is not None
        for box in (self.use, self.type, self.missing):
            box.setAccessibleDescription(", ".join(names[:8]))
            box.setToolTip(
                self.tr("Of {}").format(", ".join(names[:8])) if names else self.tr("Select a column first.")
            )
        self.use.setEnabled(some)
        self.type.setEnabled(some and reading is not None)
        self.missing.setEnabled(some and any(one.missing for one in columns))
        types = {} if reading is None else reading.types
        _show(self.use, [] if how is None else uses_of(how, names))
        _show(self.type, [types.get(name, GUESS) for name in names])
        _show(self.missing, [] if how is None else [how.gaps.get(name, SAME) for name in names])


def _show(box: ComboBox, values: Sequence[Hashable]) -> None:
    """Show a value that all have; nothing where they differ."""
    box.setCurrentIndex(box.findData(values[0]) if len(set(values)) == 1 else -1)


def _given(box: ComboBox) -> str | None:
    value = str(box.currentData())
    return None if value in (GUESS, SAME) else value
