"""What varies in a sweep, as rows of a form: a setting or param chosen from a list, and its values."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gradstudio.document.model import Document
from gradstudio.runs import axes
from gradstudio.runs.axes import Axis, said
from gradstudio.runs.targets import NotASweep, Target, targets
from gradstudio.ui.inspector.parts import label, set_role
from gradstudio.ui.theme import mono_font

SHOWN = 5
"""Values of a grid that are told below their field."""
FIRST = "learning_rate"


class AxisRow(QFrame):
    """One thing that varies.

    Attributes:
        combo: what it is.
        field: its values.
        told: which these are, or what is wrong with them.
    """

    changed = Signal()
    removed = Signal()

    def __init__(self, choices: Sequence[Target], key: str) -> None:
        super().__init__()
        self.setProperty("role", "sheet")
        self._choices = {one.key: one for one in choices}
        self.random = False
        self.combo = QComboBox()
        self.combo.setAccessibleName(self.tr("Setting or param that varies"))
        self.combo.setToolTip(self.tr("What varies: type to search settings and params."))
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        search = self.combo.completer() or QCompleter(self.combo)
        search.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        search.setFilterMode(Qt.MatchFlag.MatchContains)
        for one in choices:
            self.combo.addItem(one.title, one.key)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(12)
        self.field = QLineEdit()
        self.field.setFont(mono_font())
        self.field.setAccessibleName(self.tr("Its values"))
        self.field.setToolTip(
            self.tr("Values with commas (16,32,64), a range with how many (0.1..0.9:5), by factors (0.001..1:log:5).")
        )
        self.told = label("", "dim")
        self.away = QPushButton("✕")
        self.away.setObjectName("chip")
        self.away.setAccessibleName(self.tr("Let it stay as it is"))
        self.away.setToolTip(self.away.accessibleName())
        self.away.setAutoDefault(False)
        self.away.clicked.connect(lambda *_: self.removed.emit())
        head = QHBoxLayout()
        head.addWidget(self.combo, 1)
        head.addWidget(self.away)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(5)
        box.addLayout(head)
        box.addWidget(self.field)
        box.addWidget(self.told)
        self.combo.setCurrentIndex(max(0, self.combo.findData(key)))
        self.field.setText(self._suggested())
        self.combo.currentIndexChanged.connect(self._chosen)
        self.field.textChanged.connect(lambda *_: self.look())
        self.look()

    @property
    def key(self) -> str:
        """Of what varies."""
        return str(self.combo.currentData())

    def axis(self) -> Axis | None:
        """What it asks for; None, and a sentence, where that can't be."""
        try:
            if self.combo.currentText() != self.combo.itemText(self.combo.currentIndex()):
                raise NotASweep(self.tr("Choose something from the list."))
            axis = axes.parse_for(self._choices[self.key], f"{self.key}={self.field.text()}")
            told = self._words(axis)
        except NotASweep as error:
            self._say(str(error), wrong=True)
            return None
        self._say(told, wrong=False)
        return axis

    def look(self) -> None:
        """Say which values these are."""
        self.axis()
        self.changed.emit()

    def set_random(self, random: bool) -> None:
        """Whether trials are drawn: then a range needs no number."""
        self.random = random
        self.axis()

    def _words(self, axis: Axis) -> str:
        if self.random and axis.is_range:
            how = self.tr("drawn by factors from {} to {}") if axis.log else self.tr("drawn evenly from {} to {}")
            return how.format(said(axis.low), said(axis.high))
        values = [said(value) for value in axis.grid()]
        shown = ", ".join(values) if len(values) <= SHOWN else f"{', '.join(values[: SHOWN - 1])} … {values[-1]}"
        return shown if len(values) == 1 else self.tr("{} values: {}").format(len(values), shown)

    def _say(self, text: str, *, wrong: bool) -> None:
        self.told.setText(text)
        set_role(self.told, "error" if wrong else "dim")

    def _chosen(self, *_: object) -> None:
        self.field.setText(self._suggested())
        self.look()

    def _suggested(self) -> str:
        return axes.suggested(self._choices[self.key])


class AxisList(QWidget):
    """All that varies, with a button for more.

    Attributes:
        rows: from top to bottom.
        more: adds one.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[AxisRow] = []
        self._choices: tuple[Target, ...] = ()
        self._random = False
        self.more = QPushButton(self.tr("Vary something &more"))
        self.more.setAutoDefault(False)
        self.more.clicked.connect(lambda *_: self.add().combo.setFocus())
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self._box.addWidget(self.more)

    def offer(self, document: Document) -> None:
        """Offer what may vary in a network; rows for what is there no more go."""
        self._choices = targets(document)
        kept = [(row.key, row.field.text()) for row in self.rows]
        known = {one.key for one in self._choices}
        for row in list(self.rows):
            self._drop(row)
        for key, text in [pair for pair in kept if pair[0] in known] or [(FIRST, "")]:
            row = self.add(key)
            if text:
                row.field.setText(text)

    def take(self, wanted: Sequence[Axis]) -> None:
        """Ask for these instead."""
        for row in list(self.rows):
            self._drop(row)
        for axis in wanted:
            self.add(axis.key).field.setText(axis.text().rpartition("=")[2])

    def add(self, key: str = "") -> AxisRow:
        """One thing more; where none is named, a param of the last layer but one, or the next setting."""
        taken = {row.key for row in self.rows}
        units = [one.key for one in self._choices if one.key.endswith(".units")]
        usual = [*units[:1], FIRST, *(one.key for one in self._choices)]
        row = AxisRow(self._choices, key or next((k for k in usual if k not in taken), FIRST))
        row.set_random(self._random)
        row.changed.connect(self.changed)
        row.removed.connect(lambda: self._remove(row))
        self._box.insertWidget(len(self.rows), row)
        self.rows.append(row)
        self.changed.emit()
        return row

    def set_random(self, random: bool) -> None:
        """Whether trials are drawn."""
        self._random = random
        for row in self.rows:
            row.set_random(random)

    def axes(self) -> tuple[Axis, ...] | None:
        """All of them; None where one can't be."""
        found = [row.axis() for row in self.rows]
        return None if None in found else tuple(axis for axis in found if axis is not None)

    def _remove(self, row: AxisRow) -> None:
        self._drop(row)
        (self.rows[-1].combo if self.rows else self.more).setFocus()
        self.changed.emit()

    def _drop(self, row: AxisRow) -> None:
        self.rows.remove(row)
        self._box.removeWidget(row)
        row.hide()
        row.deleteLater()
