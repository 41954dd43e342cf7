"""The learning curve: loss and accuracy over the steps, live, over those of other runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gradstudio import files
from gradstudio.document.course import Adjustment
from gradstudio.engine.gate import Array
from gradstudio.runs.comparing import how_trained
from gradstudio.training.snapshot import Status
from gradstudio.ui.bridge import Studio
from gradstudio.ui.curves import LearningCurve, logarithm, smooth, span, thin
from gradstudio.ui.overlay import MOST, Drawn, as_csv
from gradstudio.ui.panels import plot_files
from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.base import Panel, Sheet, Toggle
from gradstudio.ui.panels.changemarks import NEAR, Marks, near, plain_tip, sentence
from gradstudio.ui.panels.layers import NOTHING, Curve, Spot
from gradstudio.ui.panels.loss_menu import LossMenu
from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.steady import Steady
from gradstudio.ui.texts import grouped, number
from gradstudio.ui.theme import Theme, mono_font, ui_font

EARLIER = ("violet", "teal", "orange", "grey", "yellow", "green")
"""Tags in whose colours other runs are drawn, in turn."""


class LossPanel(Panel):
    """Loss and accuracy of the training so far, as it runs; behind it the runs chosen for comparison.

    Attributes:
        curve: what is shown.
    """

    title = "Loss"
    help = (
        "How the loss falls, and the accuracy rises, with the training steps; other runs lie behind for comparison: "
        "which ones, the panel Runs says."
    )

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.loss")
        self.curve = LearningCurve.of({})
        self._shown: object = None
        self._at: int | None = None
        self._pointed: tuple[Adjustment, ...] = ()
        studio.runs.changed.connect(self._other_runs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages))

    # ---- making it

    def build(self) -> None:
        """Make header, plot and the line on other runs."""
        self.log = Toggle(self.tr("Log"), self.tr("Logarithmic loss axis"), "loss.log")
        self.smooth = Toggle(
            self.tr("Smooth"), self.tr("Show a running mean, the loss itself faint behind it"), "loss.smooth"
        )
        for toggle in (self.log, self.smooth):
            toggle.toggled.connect(self._draw)
        self.readout = QLabel()
        self.readout.setObjectName("loss.readout")
        self.readout.setFont(mono_font(11))
        self.readout.setTextFormat(Qt.TextFormat.PlainText)
        self._place = Steady(self.readout, elastic=True)
        self._place.setMinimumWidth(84)
        self.plot = Plot(self.tr("step"), self.tr("loss"), self.tr("accuracy"), zoom=True)
        self.plot.setObjectName("loss.plot")
        self.plot.setAccessibleName(self.tr("Learning curve"))
        self.plot.setAccessibleDescription(
            self.tr("Arrow keys walk along the curve; the wheel zooms the steps, Escape or a double click shows all.")
        )
        self._make_layers()
        self.plot.hovered.connect(self._hover)
        self.plot.walked.connect(self._walk)
        self.plot.fitted.connect(self._fit)
        self.plot.moved.connect(self._draw)
        self.others = QLabel()
        self.others.setObjectName("loss.others")
        self.others.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.others.setFont(ui_font(11))
        self.others.setTextFormat(Qt.TextFormat.RichText)
        self.more = LossMenu()
        self.more.changed.connect(self._choose)
        self.more.forgotten.connect(self.studio.runs.hide_all)
        self.more.saveWanted.connect(self.ask_where)
        self.more.changeWanted.connect(self._go_to_change)
        self.more.menu().aboutToShow.connect(lambda: self.more.list_changes(self._changes()))
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self._header())
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.others)

    def _make_layers(self) -> None:
        self._accuracy, self._raw, self._loss, self._spot = Curve(width=1, right=True), Curve(width=1), Curve(), Spot()
        self._checked, self._checked_right = Curve(), Curve(width=1, right=True)
        self._rate = Curve(width=1, dashed=True, right=True)
        self._marks = Marks()
        self._earlier = [Curve(width=1) for _ in range(MOST)]
        self.plot.layers = [
            self._marks, *self._earlier, self._rate, self._checked_right, self._accuracy, self._raw, self._checked,
            self._loss, self._spot,
        ]  # fmt: skip

    def _header(self) -> QHBoxLayout:
        header = QHBoxLayout()
        header.setSpacing(6)
        header.addWidget(self._place, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self.log, self.smooth, self.more):
            buttons.addWidget(button)
        header.addLayout(buttons)
        return header

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.plot.dress(theme, left="train")
        for button in (self.log, self.smooth, self.more):
            button.dress(theme)
        self.readout.setStyleSheet(f"color: {theme.text};")
        self._loss.color = self._spot.color = theme.color("train")
        self._raw.color = theme.mix("train", "panel", 0.4)
        self._accuracy.color = theme.mix("text_faint", "panel", 0.65)
        self._checked.color, self._checked_right.color = (
            theme.color("validation"),
            theme.mix("validation", "panel", 0.6),
        )
        self._rate.color = theme.color("text_faint")
        self._marks.color, self._marks.line = theme.color("text_dim"), theme.color("text_faint", 0.7)
        self._spot.ring, self._spot.line = theme.color("panel"), theme.color("text_faint", 0.7)
        self._draw()

    # ---- runs

    def _other_runs(self) -> None:
        """Others are kept, or others are to be shown."""
        if self._built and self.isVisible():
            self._draw()

    def _behind(self) -> tuple[Drawn, ...]:
        """The other runs that are shown."""
        return self.studio.runs.behind() if self._built and self.more.earlier.isChecked() else ()

    # ---- showing it

    def refresh(self) -> None:
        """Show the present history."""
        history = self._history()
        if history is self._shown and len(self.curve):
            self._show_point()
            return
        self._shown = history
        self.curve = LearningCurve.of(history)
        if not len(self.curve):
            self._at, self.plot.zoomed = None, False
            self.show_notice(
                self.tr("Not trained yet"), self.tr("Press Train, and the loss of every step appears here.")
            )
            return
        self.show_body()
        self._draw()
        self.describe(self._sentence())

    def _history(self) -> Mapping[str, Array]:
        """The document's, and the network as it stands now as its last row where numbers of it have come."""
        snapshot, kept = self.studio.snapshot(), self.studio.document.training
        if snapshot is None:
            return kept.history
        return snapshot.history if self._live() or (kept.history and snapshot.step == kept.step) else kept.history

    def _live(self) -> bool:
        """Whether what comes from a running training is newer than what the document has."""
        snapshot = self.studio.snapshot()
        return self.studio.running and snapshot is not None and snapshot.status is Status.RUNNING

    def _changes(self) -> tuple[Adjustment, ...]:
        """What was changed on the way."""
        snapshot = self.studio.snapshot() if self._live() else None
        return self.studio.document.training.changes if snapshot is None else snapshot.changes

    def _choose(self, *_: object) -> None:
        self.plot.zoomed = False
        self._draw()

    def _draw(self) -> None:
        if not len(self.curve):
            return
        curve, log, both = self.curve, self.log.isChecked(), self.smooth.isChecked()
        self.plot.names = (*self.plot.names[:2], self.tr("accuracy") if curve.has_accuracy else "")
        losses = np.concatenate([self._scaled(loss) for loss in self._losses()])
        self.plot.show_range(self._steps(), Axis(*span(losses, log=log), log=log), Axis(0, 1.03, percent=True))
        self._put(self._loss, *(smooth(curve.step, curve.loss) if both else (curve.step, curve.loss)))
        self._put(self._raw, *((curve.step, curve.loss) if both else (NOTHING, NOTHING)))
        self._put(self._accuracy, curve.step, curve.accuracy)
        for item, held in ((self._checked, curve.validation_loss), (self._checked_right, curve.validation_accuracy)):
            there = np.isfinite(held)
            self._put(item, curve.step[there], held[there])
        rate = self._rates(curve.step) if self.more.rate.isChecked() else NOTHING
        self._put(self._rate, curve.step if len(rate) else NOTHING, rate / max(rate.max(initial=0.0), 1e-300))
        self._draw_earlier(both=both)
        self._marks.x = self._change_places()
        self._show_point()

    def _draw_earlier(self, *, both: bool) -> None:
        theme, runs = self.studio.theme, self._behind()
        for i, item in enumerate(self._earlier):
            if i < len(runs):
                item.color = run_color(theme, runs[i].number)
                step, loss = runs[i].curve.step, runs[i].curve.loss
                self._put(item, *(smooth(step, loss) if both else (step, loss)))
            else:
                self._put(item, NOTHING, NOTHING)

    def _losses(self) -> Iterator[Array]:
        """All that is drawn on the axis of losses."""
        yield self.curve.loss
        yield self.curve.validation_loss
        yield from (run.curve.loss for run in self._behind())

    def _steps(self) -> Axis:
        """All steps, or what a person has chosen, as far as there are any."""
        first = float(self.curve.step[0])
        last = max(first + 1, *(float(c.step[-1]) for c in (self.curve, *(run.curve for run in self._behind()))))
        log = self.more.log_steps.isChecked()
        low, high = self._places(np.array([first, last])).tolist()
        low = low if math.isfinite(low) else 0.0
        high = max(high, low + 0.1) if log else high
        if not self.plot.zoomed:
            return Axis(low, high, log=log, whole=not log)
        width = min(max(self.plot.bottom.high - self.plot.bottom.low, 0.05 if log else 2.0), high - low)
        begin = min(max(self.plot.bottom.low, low), high - width)
        self.plot.zoomed = width < high - low
        return Axis(begin, begin + width, log=log, whole=not log)

    def _places(self, step: Array) -> Array:
        """Where steps are on the axis; on a log axis step 0 has no place."""
        return logarithm(step) if self.more.log_steps.isChecked() else step

    def _put(self, item: Curve, x: Array, y: Array) -> None:
        """Draw the part of a curve that is in view, no finer than the screen."""
        x = self._places(x)
        if self.more.log_steps.isChecked() and len(x):
            there = np.isfinite(x)
            x, y = x[there], y[there]
        first, last = np.searchsorted(x, (self.plot.bottom.low, self.plot.bottom.high))
        part = slice(max(0, first - 1), last + 1)
        x, y = thin(x[part], y[part], self.plot.columns())
        item.set(x, y if item.right else self._scaled(y))

    def _scaled(self, loss: Array) -> Array:
        return logarithm(loss) if self.log.isChecked() else loss

    def _rates(self, step: Array) -> Array:
        """The learning rate each of these steps, rows of the curve, was made with."""
        known = self.curve.learning_rate[np.searchsorted(self.curve.step, step)]
        if np.isfinite(known).any():
            return known
        how = self.studio.document.training.how
        return np.full(len(step), (self.studio.document.settings if how is None else how.settings).learning_rate)

    def _change_places(self) -> Array:
        """Where on the axis of steps something was changed."""
        return self._places(np.array([float(change.step) for change in self._changes()]))

    # ---- numbers

    def _show_point(self) -> None:
        """The readout and the point on the curve: where the cursor is, else at the end."""
        past = self._looked_back()
        i = len(self.curve) - 1 if self._at is None else min(self._at, len(self.curve) - 1)
        i = past if past is not None and self._at is None else i
        place = float(self._scaled(self.curve.loss[i : i + 1])[0])
        self._spot.place = (float(self._places(self.curve.step[i : i + 1])[0]), place)
        self._spot.cursor = self._at is not None or past is not None
        texts, metrics = self._numbers(i), self.readout.fontMetrics()
        if self._pointed:
            words = sentence(self._pointed)
            texts = [words, metrics.elidedText(words, Qt.TextElideMode.ElideRight, self._room())]
        self.plot.setToolTip(plain_tip(sentence(self._pointed)) if self._pointed else "")
        self._place.say(next((t for t in texts if metrics.horizontalAdvance(t) <= self._room()), texts[-1]))
        self._tell_others(float(self.curve.step[i]))
        self.plot.update()

    def _looked_back(self) -> int | None:
        """The row of the earlier step the network is shown at; None where it is shown as it is now."""
        snapshot = self.studio.snapshot()
        return None if snapshot is None or snapshot.now is None else self.curve.nearest(snapshot.step)

    def _tell_others(self, step: float) -> None:
        """What other runs had at the step of the cursor, each in its colour; at the end how they ended."""
        runs, theme = self._behind(), self.studio.theme
        said = []
        for run in reversed(runs):
            loss = run.curve.loss[run.curve.nearest(step) if self._spot.cursor else -1]
            words = self.tr("{0} ({1}): {2}").format(run.title, run.how, number(float(loss)))
            said.append(f'<span style="color:{run_color(theme, run.number).name()}">▬</span> {escape(words)}')
        text = "   ".join(said)
        if self.others.text() != text:
            self.others.setText(text)
        self.others.setVisible(bool(said))

    def _numbers(self, i: int) -> list[str]:
        """A row of the curve in words, from the longest way of saying it to the shortest."""
        curve = self.curve
        step = self.tr("step {0}").format(grouped(int(curve.step[i])))
        loss = self.tr("loss {0}").format(number(curve.loss[i]))
        short = f"{step}  {loss}"
        parts, share = [step, loss], ""
        if math.isfinite(held := known_at(curve.validation_loss, i)):
            parts.append(self.tr("validation {0}").format(number(held)))
        if math.isfinite(curve.accuracy[i]):
            share = f"{100 * curve.accuracy[i]:.1f} %"
            parts.append(self.tr("accuracy {0}").format(share))
        if math.isfinite(held := known_at(curve.validation_accuracy, i)):
            parts.append(self.tr("validation {0}").format(f"{100 * held:.1f} %"))
        if self.more.rate.isChecked():
            parts.append(self.tr("rate {0}").format(number(float(self._rates(curve.step[i : i + 1])[0]), 3)))
        return ["   ".join(parts), *([f"{short}  {share}"] if share else []), short, loss]

    def _room(self) -> int:
        """Pixels the readout has beside the buttons."""
        buttons = sum(button.sizeHint().width() for button in (self.log, self.smooth, self.more))
        return self.width() - buttons - 50

    def _sentence(self) -> str:
        last = len(self.curve) - 1
        begin, end = number(self.curve.loss[0]), number(self.curve.loss[last])
        step = grouped(int(self.curve.step[last]))
        text = self.tr("Loss {0} at step {1}, {2} at the start.").format(end, step, begin)
        accuracy = self.curve.accuracy[last]
        return f"{text} " + self.tr("Accuracy {0:.1f} %.").format(100 * accuracy) if math.isfinite(accuracy) else text

    # ---- looking closer

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has room for more or fewer points and words."""
        super().resizeEvent(event)
        if self._built:
            self._draw()

    def _hover(self, place: float) -> None:
        step = 10.0 ** min(place, 300.0) if self.more.log_steps.isChecked() and math.isfinite(place) else place
        self._at = self.curve.nearest(step) if math.isfinite(step) and len(self.curve) else None
        reach = NEAR / self.plot.columns() * (self.plot.bottom.high - self.plot.bottom.low)
        self._pointed = near(self._changes(), self._change_places(), place, reach)
        if len(self.curve):
            self._show_point()

    def _walk(self, by: int) -> None:
        last = len(self.curve) - 1
        at = last if self._at is None else self._at
        self._go_to({-2: 0, 2: last}.get(by, min(max(at + by, 0), last)))

    def _go_to(self, row: int) -> None:
        """Put the cursor on a row, and tell it; what was changed there too."""
        self._at = row
        self._pointed = tuple(c for c in self._changes() if self.curve.nearest(c.step) == row)
        self._show_point()
        changed = f" {sentence(self._pointed)}" if self._pointed else ""
        self.describe(self._numbers(row)[0] + changed, now=True)

    def _go_to_change(self, step: int) -> None:
        """Put the cursor where something was changed."""
        if len(self.curve):
            self._fit()
            self._go_to(self.curve.nearest(step))
            self.plot.setFocus()

    def _fit(self) -> None:
        self._at, self._pointed = None, ()
        self._draw()

    # ---- taking it out

    def ask_where(self, ending: str) -> QFileDialog:
        """Ask for a file and save the curves there; what is saved is told by its ending."""
        dialog = QFileDialog(self, self.tr("Save the learning curve"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"*.{ending}")
        dialog.setDefaultSuffix(ending)
        dialog.selectFile(f"{Path(self.studio.name).stem}-loss.{ending}")
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(lambda name: self.save(Path(name)))
        dialog.open()
        return dialog

    def save(self, path: Path) -> None:
        """Write what is shown: a table for .csv, vector graphics for .svg, else pixels; tells how it went."""
        try:
            files.write_bytes(self._bytes(path.suffix.lower()), path)
        except files.FileProblem as problem:
            self.studio.messageShown.emit(str(problem))
            return
        self.studio.messageShown.emit(self.tr("Learning curve saved as {}.").format(path))

    def _bytes(self, ending: str) -> bytes:
        if ending == ".csv":
            run = self.studio.runs.present
            name = self.tr("present") if run is None else run.title
            present = Drawn(0, name, how_trained(self.studio.document.settings), self.curve)
            return as_csv((*self._behind(), present)).encode()
        if ending == ".svg":
            return plot_files.svg(self.plot, self.studio.theme, self.tr("A learning curve, drawn by GradStudio"))
        return plot_files.png(self.plot, self.studio.theme)


def known_at(column: Array, row: int) -> float:
    """The last number of a column up to a row; nan where there is none yet."""
    there = np.flatnonzero(np.isfinite(column[: row + 1]))
    return float(column[there[-1]]) if len(there) else math.nan


def run_color(theme: Theme, run: int) -> QColor:
    """The colour of a run beside the present one."""
    return QColor(theme.tag[EARLIER[run % len(EARLIER)]])
