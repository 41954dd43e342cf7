"""The line at the bottom: how far training is, and the state of the file."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton, QWidget

from gradstudio.training.snapshot import Snapshot, Status
from gradstudio.ui.bridge import Studio
from gradstudio.ui.icons import icon
from gradstudio.ui.steady import Steady
from gradstudio.ui.texts import grouped, number, seconds
from gradstudio.ui.theme import Theme, mono_font
from gradstudio.ui.troubles import problems_of
from gradstudio.ui.turns import Turn

REFRESH_SECONDS = 0.08
"""While training runs its numbers change at most so often."""


class StatusLine(QStatusBar):
    """Step, loss, accuracy, speed and time left at the left; problems, checked and saved at the right."""

    problemsWanted = Signal()
    """Somebody wants to see the list of problems."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setSizeGripEnabled(False)
        self._places: dict[str, Steady] = {}
        self.state = self._label("state")
        self.step = self._label("step")
        self.loss = self._label("loss")
        self.accuracy = self._label("accuracy")
        self.speed = self._label("speed")
        self.left = self._label("left")
        self.problems = self._problems_button()
        self.checked = QLabel()
        self.saved = QLabel()
        for part in (self.checked, self.saved):
            part.setFont(mono_font(12))
            part.setContentsMargins(4, 0, 2, 0)
            self.addPermanentWidget(part)
        self.checked.hide()
        self._checked_at = -1
        self._turn = Turn(studio, self._show, REFRESH_SECONDS, self)
        studio.snapshotTaken.connect(self._turn.come)
        studio.statusChanged.connect(self._show)
        studio.documentChanged.connect(self._show)
        studio.historyChanged.connect(self._show_saved)
        studio.documentReplaced.connect(self._show)
        studio.themeChanged.connect(self._dress)
        self._dress(studio.theme)
        self._show()
        self._show_saved()

    def show_check(self, text: str) -> None:
        """Show the result of a gradient check for as long as the network stays as it is."""
        self._checked_at = self._studio.document.graph_revision
        self.checked.setText(text)
        self.checked.setVisible(bool(text))

    def _label(self, name: str) -> QLabel:
        made = QLabel()
        made.setObjectName(f"status.{name}")
        made.setFont(mono_font(12))
        made.setContentsMargins(1, 0, 15, 0)
        self._places[name] = Steady(made)
        self.addWidget(self._places[name])
        return made

    def _show(self, *_: object) -> None:
        snapshot = self._studio.snapshot()
        texts = self._texts(snapshot) if snapshot is not None else {}
        for name, place in self._places.items():
            text = texts.get(name, "")
            place.say(text)
            place.setVisible(bool(text))
        if self._checked_at != self._studio.document.graph_revision:
            self.checked.hide()
        self._show_problems()
        self._show_saved()

    def _problems_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("status.problems")
        button.setFont(mono_font(12))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(self.tr("Show the list of problems."))
        button.clicked.connect(lambda *_: self.problemsWanted.emit())
        self.addPermanentWidget(button)
        return button

    def _show_problems(self) -> None:
        """How many nodes can't be computed; nothing where all can."""
        count = len(problems_of(self._studio))
        text = self.tr("1 problem") if count == 1 else self.tr("{} problems").format(grouped(count))
        if self.problems.text() != text:
            self.problems.setText(text)
            self.problems.setAccessibleName(text)
        self.problems.setVisible(bool(count))

    def _dress(self, theme: Theme) -> None:
        self.problems.setIcon(icon("warning", theme, color="warning", size=13))

    def _texts(self, snapshot: Snapshot) -> dict[str, str]:
        running = self._studio.status is Status.RUNNING
        texts = {"state": self._state()}
        if snapshot.step or running:
            goal = f" / {grouped(snapshot.steps)}" if snapshot.steps >= snapshot.step and snapshot.steps else ""
            texts["step"] = self.tr("step {}").format(grouped(snapshot.step) + goal)
        if snapshot.loss is not None and snapshot.objective:
            texts["loss"] = f"{self._goal(snapshot)} {number(snapshot.loss)}"
        if snapshot.accuracy is not None:
            texts["accuracy"] = self.tr("accuracy {}").format(f"{100 * snapshot.accuracy:.1f} %")
        if running and snapshot.steps_per_second > 0:
            texts["speed"] = self.tr("{} steps/s").format(grouped(round(snapshot.steps_per_second)))
            remaining = max(0, snapshot.steps - snapshot.step) / snapshot.steps_per_second
            texts["left"] = self.tr("ETA {}").format(seconds(remaining))
        return texts

    def _goal(self, snapshot: Snapshot) -> str:
        trained = snapshot.step or snapshot.accuracy is not None
        return self.tr("loss") if trained else snapshot.objective

    def _state(self) -> str:
        words = {
            Status.RUNNING: self.tr("training"),
            Status.PAUSED: self.tr("paused"),
            Status.FAILED: self.tr("stopped"),
        }
        return words.get(self._studio.status, "")

    def _show_saved(self) -> None:
        if self._studio.modified:
            text = self.tr("not saved")
        else:
            text = self.tr("saved") if self._studio.path is not None else ""
        if self.saved.text() != text:
            self.saved.setText(text)
