"""The form of a sweep: what varies, which trials, how long, and what is best."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gradstudio.document.model import Document
from gradstudio.runs.sweep import MOST_TRIALS, Metric, Plan, usual_metric
from gradstudio.runs.targets import NotASweep
from gradstudio.training.threads import cores
from gradstudio.ui.dialogs.sweep_axes import AxisList
from gradstudio.ui.inspector.parts import label

MOST_STEPS, LARGEST_SEED, MOST_WORKERS = 10**9, 2**31 - 1, 64
FIRST_STEPS, FIRST_RANDOM = 1_000, 20


class SweepForm(QWidget):
    """Asks for a plan.

    Attributes:
        varies: what varies.
        grid: whether all combinations are tried; random: whether some are drawn.
        count: how many are drawn; seed: with which seed.
        steps: of each trial.
        judged: what the best is judged by.
        workers: trials trained at once.
        name: of the sweep; empty for a free one.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.varies = AxisList()
        self.grid = QRadioButton(self.tr("&Every combination"))
        self.random = QRadioButton(self.tr("&Random ones"))
        self.grid.setChecked(True)
        self.count = _spin(1, MOST_TRIALS, FIRST_RANDOM, self.tr("Trials that are drawn"))
        self.seed = _spin(0, LARGEST_SEED, 0, self.tr("Seed they are drawn with: the same one draws the same trials"))
        self.steps = _spin(1, MOST_STEPS, FIRST_STEPS, self.tr("Training steps of each trial"))
        at_once = self.tr("Trials trained at once, each in a process of its own")
        self.workers = _spin(1, MOST_WORKERS, max(1, cores() - 1), at_once)
        self.judged = QComboBox()
        self.judged.setAccessibleName(self.tr("What the best trial is judged by"))
        for metric in Metric:
            self.judged.addItem(metric.words.capitalize(), metric.value)
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.name.setAccessibleName(self.tr("Name of the sweep"))
        self.name.setToolTip(self.tr("Each trial is kept as a run of this name."))
        self._lay_out()
        self.varies.changed.connect(self.changed)
        self.random.toggled.connect(self._toggle_random)
        for spin in (self.count, self.seed, self.steps):
            spin.valueChanged.connect(lambda *_: self.changed.emit())
        self.name.textChanged.connect(lambda *_: self.changed.emit())
        self._toggle_random(False)

    def begin(self, document: Document) -> None:
        """Ask about a network."""
        self.varies.offer(document)
        self.judged.setCurrentIndex(self.judged.findData(usual_metric(document).value))
        self.steps.setValue(min(FIRST_STEPS, document.settings.steps))

    def take(self, plan: Plan) -> None:
        """Ask for what was asked for earlier."""
        (self.grid if plan.random is None else self.random).setChecked(True)
        self.count.setValue(plan.random or FIRST_RANDOM)
        self.seed.setValue(plan.seed)
        self.steps.setValue(plan.steps)
        self.judged.setCurrentIndex(self.judged.findData(plan.metric.value))
        self.name.clear()
        self.varies.take(plan.axes)

    def plan(self, name: str) -> Plan:
        """What is asked for, under this name.

        Raises:
            NotASweep: where that can't be; the rows say why.
        """
        axes = self.varies.axes()
        if axes is None:
            raise NotASweep(self.tr("Mend what is marked above."))
        count = self.count.value() if self.random.isChecked() else None
        plan = Plan(axes, self.steps.value(), count, self.seed.value(), Metric(self.judged.currentData()), name)
        plan.trials()
        return plan

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(6)
        form.setHorizontalSpacing(10)
        form.addRow(self.grid)
        draws = QHBoxLayout()
        draws.setSpacing(10)
        draws.addWidget(self.random)
        draws.addWidget(self.count, 1)
        form.addRow(draws)
        for words, field in (
            (self.tr("Seed of draws"), self.seed),
            (self.tr("Steps of each"), self.steps),
            (self.tr("Best by"), self.judged),
            (self.tr("At once"), self.workers),
            (self.tr("Name"), self.name),
        ):
            form.addRow(words, field)
        box = QVBoxLayout(self)
        box.setContentsMargins(2, 2, 8, 2)
        box.setSpacing(10)
        box.addWidget(label(self.tr("What varies"), "heading"))
        box.addWidget(self.varies)
        box.addLayout(form)
        box.addStretch(1)

    def _toggle_random(self, random: bool) -> None:
        self.count.setEnabled(random)
        self.seed.setEnabled(random)
        self.varies.set_random(random)
        self.changed.emit()


def _spin(low: int, high: int, value: int, name: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setValue(value)
    spin.setGroupSeparatorShown(True)
    spin.setAccessibleName(name)
    spin.setToolTip(name)
    spin.lineEdit().setTextMargins(6, 0, 6, 0)
    return spin
