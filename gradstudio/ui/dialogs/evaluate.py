"""Evaluate: how good the network is on rows it was never trained on, once, as a card beside the canvas."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gradstudio.insight.evaluating import Evaluation, evaluate
from gradstudio.insight.parts import TEST, VALIDATION
from gradstudio.training.metrics import ClassScore, mistakes
from gradstudio.ui import going
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.job import Job, JobDialog, Refusal
from gradstudio.ui.panels.confusion import ConfusionPanel
from gradstudio.ui.panels.matrix import ratio
from gradstudio.ui.panels.predictions import PredictionsPanel
from gradstudio.ui.panels.scorewords import score_words
from gradstudio.ui.texts import amount, grouped, number
from gradstudio.ui.theme import mono_font

if TYPE_CHECKING:
    from gradstudio.document.model import Document, Training
    from gradstudio.ui.window import MainWindow

MOST_MISTAKES = 3
MOST_CLASSES = 500
"""More classes are left out of the table."""
LINES, LINE = 8, 24
"""The table is made as high as its lines, up to so many; and how high a line is."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class EvaluateDialog(JobDialog):
    """The verdict: its numbers, by what it was judged, and where the panels show more.

    Attributes:
        headline: the most telling number.
        sentence: on how many samples, and whether it was trained on them.
        warning: what is lacking for a fair verdict; hidden where nothing is.
        table: the classes, each with its numbers; hidden for a regression.
    """

    job: Job
    panelWanted = Signal(str, str)
    """Somebody wants to see a panel ("confusion", "predictions") of a part of the data."""

    judged = Signal(object)
    """The verdict is there: an `Evaluation`."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate")
        self.setWindowTitle(self.tr("Evaluation"))
        self.resize(520, 460)
        self._part = TEST
        self._steps = document.training.step
        self.headline = label(self.tr("Evaluating…"), "title")
        self.sentence = label("")
        self.warning = label("", "warning")
        self.numbers = label("", mono=True)
        self.confused = label("", "dim")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Evaluating"))
        self.table = self._table()
        notice = QFrame()
        notice.setProperty("role", "notice")
        inner = QVBoxLayout(notice)
        inner.setContentsMargins(12, 8, 12, 8)
        inner.addWidget(self.warning)
        self._notice = notice
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(10)
        for part in (self.headline, self.sentence, self.progress, notice, self.numbers, self.table, self.confused):
            box.addWidget(part, 10 if part is self.table else 0)
        box.addStretch(1)
        box.addWidget(self._buttons())
        for part in (notice, self.numbers, self.table, self.confused):
            part.hide()
        copy = document.copy()
        self.job = Job(lambda stop: evaluate(copy, TEST, stop), "gradstudio-evaluate", self)
        self.job.ended.connect(self._end, Qt.ConnectionType.QueuedConnection)

    # ---- made of

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self.confusion_button = QPushButton(self.tr("Confusion"))
        self.predictions_button = QPushButton(self.tr("Predictions"))
        for button, panel, tip in (
            (self.confusion_button, "confusion", self.tr("Show which class is taken for which.")),
            (self.predictions_button, "predictions", self.tr("Show every one of these samples.")),
        ):
            button.setToolTip(tip)
            button.setEnabled(False)
            button.clicked.connect(partial(self._go, panel))
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        return buttons

    def _table(self) -> QTableWidget:
        titles = (self.tr("Class"), self.tr("Precision"), self.tr("Recall"), self.tr("F1"), self.tr("Rows"))
        table = QTableWidget(0, len(titles))
        for column, title in enumerate(titles):
            head = QTableWidgetItem(title)
            head.setTextAlignment(_RIGHT if column else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            table.setHorizontalHeaderItem(column, head)
        table.setAccessibleName(self.tr("Numbers of each class"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(LINE)
        table.setShowGrid(False)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setFont(mono_font())
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        return table

    def _go(self, panel: str, *_: object) -> None:
        self.panelWanted.emit(panel, self._part)

    # ---- the verdict

    def _end(self, found: Evaluation | Refusal) -> None:
        self.progress.hide()
        if isinstance(found, Refusal):
            self.headline.setText(self.tr("There is nothing to evaluate"))
            self.sentence.setText(found)
            return
        self._part = found.part
        self.judged.emit(found)
        score = found.judged.score
        self.headline.setText(self._headline(found))
        self.sentence.setText(self._on_what(found))
        self._warn(found)
        self.numbers.setText("   ".join(score_words(self, score)[:-1]))  # the sentence tells the rows
        self.numbers.show()
        if isinstance(score, ClassScore):
            self._fill(score)
        self.resize(self.width(), self.sizeHint().height())
        for button in (self.confusion_button, self.predictions_button):
            button.setEnabled(True)
        told = (self.headline.text(), self.sentence.text(), self.warning.text(), self.numbers.text())
        self.setAccessibleDescription(" ".join(filter(None, told)))

    def _headline(self, found: Evaluation) -> str:
        score = found.judged.score
        if isinstance(score, ClassScore):
            return self.tr("{0} of {1} right: {2}").format(
                grouped(score.right), grouped(score.rows), f"{100 * score.accuracy:.1f} %"
            )
        return self.tr("Off by {0} on average, R² {1}").format(amount(score.mae, 3), number(score.r2, 3))

    def _on_what(self, found: Evaluation) -> str:
        rows = grouped(found.judged.score.rows)
        if found.part == TEST:
            return self.tr("Judged on {0} samples it was never trained on: the test part.").format(rows)
        if found.part == VALIDATION:
            words = self.tr(
                "Judged on {0} samples held back from training: the validation part. Whoever chooses settings by it "
                "gets to see numbers that are a little too good."
            )
            return words.format(rows)
        return self.tr("Judged on the {0} samples it learned from. This says nothing about new ones.").format(rows)

    def _warn(self, found: Evaluation) -> None:
        """What is lacking for a fair verdict."""
        said = [found.lacks] if found.lacks else []
        if not self._steps:
            said.append(self.tr("The network hasn't been trained yet: this is what its start values give."))
        self.warning.setText("\n".join(said))
        self._notice.setVisible(bool(said))

    def _fill(self, score: ClassScore) -> None:
        """The classes, and which of them are confused most often."""
        each = score.each
        shown = score.names[:MOST_CLASSES]
        self.table.setRowCount(len(shown))
        for row, name in enumerate(shown):
            texts = (name, *(ratio(float(part[row])) for part in (each.precision, each.recall, each.f1)))
            for column, text in enumerate((*texts, grouped(int(each.support[row])))):
                item = QTableWidgetItem(text)
                item.setToolTip(text if column == 0 else "")
                item.setTextAlignment(_RIGHT if column else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        around = self.table.horizontalHeader().sizeHint().height() + 4
        self.table.setMinimumHeight(around + LINE * min(len(shown), LINES))
        self.table.setMaximumHeight(around + LINE * len(shown))
        self.table.show()
        found = mistakes(score.confusion, MOST_MISTAKES) if len(score.names) <= MOST_CLASSES else []
        words = [
            self.tr("“{0}” taken for “{1}” ({2})").format(score.names[i], score.names[j], grouped(n))
            for i, j, n in found
        ]
        self.confused.setText(self.tr("Most often: {0}.").format(", ".join(words)) if words else "")
        self.confused.setVisible(bool(words))


def show_evaluation(window: MainWindow) -> EvaluateDialog:
    """Judge the network as it is now, with what a running run has learned so far; the run goes on."""
    resume = window.studio.running
    window.studio.settle()
    dialog = EvaluateDialog(window.studio.document, window)
    if resume:
        window.studio.train()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.panelWanted.connect(partial(_show_panel, window))
    window.studio.closing.connect(dialog.job.cancel)
    dialog.judged.connect(partial(_note, window, window.studio.document.training))
    dialog.start()
    return dialog


def _note(window: MainWindow, training: Training, found: Evaluation) -> None:
    """Note the verdict on the run that left the network so, where it was judged by its test part."""
    if found.part == TEST:
        score = found.judged.score
        window.studio.runs.tested(training, score.loss, score.accuracy if isinstance(score, ClassScore) else None)


def _show_panel(window: MainWindow, name: str, part: str) -> None:
    """Show a panel of a part of the data."""
    panel = going.to_dock(window, name)
    if isinstance(panel, (ConfusionPanel, PredictionsPanel)):
        panel.choose(part)
