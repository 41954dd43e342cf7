"""One sample sent through the network: everybody sees its values and gradients in place of those of the batch."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSpinBox

from gradstudio.engine.errors import EngineError
from gradstudio.insight.sample import SampleLook, SampleSeen
from gradstudio.training.snapshot import NONE, Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.texts import grouped, number

MOST = 10_000_000


class Samples(QObject):
    """Which sample is on the canvas.

    Attributes:
        number: of the sample, from 0; None for the batch.
        part: of the data it is of: "training", "validation", "test"; None for the data the network is fed with.
        seen: what is known of it, or None while that is awaited.
    """

    changed = Signal()
    """Another sample is on the canvas, or the batch, or there are new numbers of it."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.number: int | None = None
        self.part: str | None = None
        self.seen: SampleSeen | None = None
        self._last: tuple[int, str | None] = (0, None)
        studio.snapshotTaken.connect(self._numbers_taken)
        studio.documentReplaced.connect(self.leave)

    def show(self, number: int | None = None, part: str | None = None) -> None:
        """Send a sample through; the last one where none is named."""
        self.number, self.part = self._last = self._last if number is None else (number, part)
        self.seen = None
        self.studio.sample = look = SampleLook(self.number, self.part)
        self.studio.watch_looks(self, {look})
        self.studio.set_lens(self._through)
        self.changed.emit()

    def leave(self) -> None:
        """Back to the batch."""
        if self.number is not None:
            self.number = self.part = self.seen = self.studio.sample = None
            self.studio.watch_looks(self)
            self.studio.set_lens(None)
            self.changed.emit()

    def _through(self, snapshot: Snapshot) -> Snapshot:
        """The numbers of the sample in place of the batch's; none while they are awaited."""
        seen = None if self.number is None else snapshot.seen.get(SampleLook(self.number, self.part))
        if not isinstance(seen, SampleSeen):
            return replace(snapshot, values=NONE, gradients=NONE, contributions=NONE)
        return replace(snapshot, values=seen.values, gradients=seen.gradients, contributions=seen.contributions)

    def _numbers_taken(self, snapshot: Snapshot) -> None:
        if self.number is None:
            return
        seen = snapshot.seen.get(SampleLook(self.number, self.part))
        if isinstance(seen, EngineError):
            self.studio.messageShown.emit(str(seen))
            self.leave()
        elif seen is not None and seen is not self.seen:
            self.seen = seen
            self.changed.emit()


class SampleBar(QFrame):
    """Over the canvas while a sample is on it: which one, what it is, what the network says; Escape goes back.

    Attributes:
        field: the number of the sample, from 1.
        heading: of which part it is.
        words: what is known of it.
        back: the button that goes back to the batch.
    """

    def __init__(self, samples: Samples) -> None:
        super().__init__()
        self._samples = samples
        self.setObjectName("samplebar")
        self.setAccessibleName(self.tr("Sample on the canvas"))
        self.field = QSpinBox()
        self.field.setObjectName("sample.field")
        self.field.setAccessibleName(self.tr("Number of the sample"))
        self.field.setRange(1, MOST)
        self.field.setMinimumWidth(72)
        self.field.setKeyboardTracking(False)
        self.field.valueChanged.connect(self._choose)
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.back = QPushButton(self.tr("Back to the batch"))
        self.back.setToolTip(self.tr("Show the values of the whole batch again.  Esc"))
        self.back.clicked.connect(samples.leave)
        self.heading = heading = QLabel(self.tr("Sample"))
        heading.setProperty("role", "heading")
        heading.setBuddy(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(8)
        for widget, stretch in ((heading, 0), (self.field, 0), (self.words, 1), (self.back, 0)):
            row.addWidget(widget, stretch)
        samples.changed.connect(self._show)
        self.hide()

    def go_to_field(self) -> None:
        """Choose a sample by its number."""
        if self._samples.number is None:
            self._samples.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the batch."""
        if event.key() == Qt.Key.Key_Escape:
            self._samples.leave()
        else:
            super().keyPressEvent(event)

    def _choose(self, shown: int) -> None:
        if self._samples.number is not None and shown != self._samples.number + 1:
            self._samples.show(shown - 1, self._samples.part)

    def _show(self) -> None:
        at, seen = self._samples.number, self._samples.seen
        if at is not None:
            self.field.setMaximum(MOST if seen is None else seen.samples)
            self.field.setValue(at + 1)
            self.heading.setText(self._of_part())
            self.words.setText(self._sentence(seen))
            self.words.setToolTip(self.words.text())
        self.setVisible(at is not None)

    def _of_part(self) -> str:
        part = self._samples.part
        titles = {"validation": self.tr("Validation sample"), "test": self.tr("Test sample")}
        return titles.get(part or "", self.tr("Sample"))

    def _sentence(self, seen: SampleSeen | None) -> str:
        """What is known: "of 300 · it is 2, the network says 1 (83 %) · values and gradients are of it alone"."""
        if seen is None:
            return ""
        parts = [self.tr("of {0}").format(grouped(seen.samples))]
        said = []
        if seen.truth is not None:
            said.append(self.tr("it is {0}").format(_called(seen, seen.truth)))
        if seen.answer is not None:
            share = "" if seen.share is None else f" ({100 * seen.share:.0f} %)"
            said.append(self.tr("the network says {0}").format(_called(seen, seen.answer)) + share)
        parts += [", ".join(said)] if said else []
        parts.append(self.tr("values and gradients are those of this sample alone"))
        return "  ·  ".join(parts)


def _called(seen: SampleSeen, answer: float) -> str:
    """A class by its name, or a number."""
    return seen.names[int(answer)] if 0 <= answer < len(seen.names) else number(answer, 4)
