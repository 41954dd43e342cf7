"""The confusion panel: which classes a network takes for which, live; of numbers, what it says over what is true."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from gradstudio.engine.errors import EngineError
from gradstudio.insight.judging import Judged, JudgeLook
from gradstudio.training.metrics import ClassScore
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.base import Line, Panel, Sheet
from gradstudio.ui.panels.fit import FitView
from gradstudio.ui.panels.matrix import MatrixView, percent, ratio
from gradstudio.ui.panels.partbox import PartBox
from gradstudio.ui.panels.scorewords import score_words
from gradstudio.ui.samples import Samples
from gradstudio.ui.texts import grouped, number
from gradstudio.ui.theme import Theme, ui_font

WORTH = 0.008
"""Seconds a verdict may take while training runs, in several turns: as many rows are judged as that allows."""
MOST_CLASSES = 1_000
FEWEST = 200
"""So many rows are judged at least."""


class ConfusionPanel(Panel):
    """Counts and shares of what is taken for what, and each class's recall and precision.

    Attributes:
        seen: what is shown, or None.
        look: what is looked at.
        part: chooses the rows.
        matrix: of classes.
        fit: of numbers.
    """

    title = "Confusion"
    help = (
        "Which class the network takes for which, live, for the rows it learns from or those held back; a click on a "
        "cell, or Enter, shows its samples. Of numbers: what it says over what is true."
    )

    cellWanted = Signal(str, int, int)
    """Somebody wants to see the samples of a cell: part, true class, what is said."""

    def __init__(self, studio: Studio, samples: Samples, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.confusion")
        self.samples = samples
        self.seen: Judged | None = None
        self.look = JudgeLook()
        self._revision: object = None
        self.part = PartBox("confusion.part")
        self.part.chosen.connect(self._choose)
        self.score = Line()
        self.score.setFont(ui_font(12))
        self.score.setProperty("role", "dim")
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.part)
        row.addWidget(self.score, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(top, self.pages))

    def build(self) -> None:
        """Make matrix, plots and the line below them."""
        self.matrix, self.fit = MatrixView(), FitView()
        self.matrix.setObjectName("confusion.matrix")
        self.matrix.setAccessibleName(self.tr("Confusion matrix"))
        self.matrix.pointed.connect(self._point)
        self.matrix.picked.connect(lambda true, said: self.cellWanted.emit(self.look.part, true, said))
        self.fit.pointed.connect(self._point)
        self.fit.picked.connect(self._send)
        self.views = QStackedWidget()
        self.views.addWidget(self.matrix)
        self.views.addWidget(self.fit)
        self.word = Line()
        self.word.setFont(ui_font(12))
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.views, 1)
        layout.addWidget(self.word)
        self.setFocusProxy(self.views)
        self.views.setFocusProxy(self.matrix)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.matrix.dress(theme)
        self.fit.dress(theme)

    # ---- what is looked at

    def watch(self, awake: bool) -> None:
        """Look only while it can be seen.

        At rest there is a look in advance as it will be while training runs: what that takes to prepare is ready then.
        """
        looks = {self.look} if self.seen is None or self.look.brief else {self.look, self._live()}
        self.studio.watch_looks(self, looks if awake else ())

    def _live(self) -> JudgeLook:
        """What is looked at while training runs: as many rows as time allows."""
        return JudgeLook(self.part.part, rows_for(self.seen), brief=True)

    def choose(self, part: str) -> None:
        """Show another part of the data."""
        self.part.choose(part)
        self._choose()

    def _choose(self) -> None:
        self.seen = None
        self.refresh()

    def _follow(self) -> None:
        """At rest all rows, while training runs as many as time allows."""
        revision = (id(self.studio.document), self.studio.document.graph_revision)
        if revision != self._revision:
            self._revision, self.seen = revision, None
            self.part.follow(self.studio.document)
        running, part = self.studio.running, self.part.part
        if not running:
            look = JudgeLook(part)
        elif self.look.brief and self.look.part == part:
            look = self.look
        else:
            look = self._live()
        if look != self.look:
            self.look = look
            self.watch(True)

    # ---- showing it

    def refresh(self) -> None:
        """Show the newest verdict."""
        self._follow()
        snapshot = self.studio.snapshot()
        found = None if snapshot is None else snapshot.seen.get(self.look)
        if isinstance(found, EngineError):
            self.seen = None
            self.score.say("", "")
            self.show_notice(self.tr("Nothing to judge"), str(found))
        elif isinstance(found, Judged) and _too_many(found):
            words = self.tr("The confusion of up to {0} classes is shown; the panel of predictions has every sample.")
            self.show_notice(self.tr("Too many classes"), words.format(grouped(MOST_CLASSES)))
        elif isinstance(found, Judged):
            self.show_body()
            if found is not self.seen:
                first, self.seen = self.seen is None, found
                if first:
                    self.watch(True)
                self._draw(found)
        elif self.seen is None:
            self.score.say("", "")
            self.show_notice(self.tr("Not computed yet"), self.tr("The answers of this network are on their way."))

    def _draw(self, seen: Judged) -> None:
        words = score_words(self, seen.score)
        if len(seen.numbers) < seen.total:
            words.append(self.tr("evenly spread over {0}").format(grouped(seen.total)))
        told = "  ·  ".join(words)
        self.score.say(told, told)
        shown: QWidget
        if isinstance(seen.score, ClassScore):
            self.matrix.show_score(seen.score)
            shown = self.matrix
        else:
            self.fit.show_judged(seen)
            shown = self.fit
        if shown is not self.views.currentWidget():
            self.views.setCurrentWidget(shown)
            self.views.setFocusProxy(shown)
        self.describe(f"{self.part.currentText()}: {', '.join(words)}.")
        self._point()

    def _point(self) -> None:
        """Say what is known of the cell, or the point, that is pointed at."""
        words = self._pointed()
        if words:
            self.word.say(words, words)
            if self.matrix.hasFocus() or self.fit.plot.hasFocus():
                self.describe(words, now=True)
        elif self.seen is not None and isinstance(self.seen.score, ClassScore):
            hint = self.tr("Click a cell to see its samples; arrow keys and Enter do the same.")
            self.word.say(hint, self.tr("Click a cell to see its samples."))
        else:
            hint = self.tr("Click a point to send that sample through the canvas; arrow keys and Enter do the same.")
            self.word.say(hint, self.tr("Click a point to send it through the canvas."))

    def _pointed(self) -> str:
        seen, cell = self.seen, self.matrix.cell
        if seen is not None and isinstance(seen.score, ClassScore) and cell is not None:
            return cell_words(self, seen.score, *cell)
        at = self.fit.chosen
        if seen is None or isinstance(seen.score, ClassScore) or at < 0:
            return ""
        true, said = float(seen.truth[at]), float(seen.said[at])
        return self.tr("Sample {0}: true {1}, said {2}, off by {3}").format(
            grouped(int(seen.numbers[at]) + 1), number(true, 4), number(said, 4), number(said - true, 3)
        )

    def _send(self, at: int) -> None:
        if self.seen is not None:
            self.samples.show(int(self.seen.numbers[at]), self.look.part)


def cell_words(panel: QWidget, score: ClassScore, true: int, said: int) -> str:
    """A cell in words: "“3” taken for “5”: 12 samples, 6 % of its 183 rows"."""
    count, rows = int(score.confusion[true, said]), int(score.each.support[true])
    name, other = score.names[true], score.names[said]
    share = percent(count / rows) if rows else "–"
    tail = panel.tr("{0} of {1} rows of that class, {2}").format(grouped(count), grouped(rows), share)
    if true != said:
        return f"{panel.tr('“{0}” taken for “{1}”').format(name, other)}: {tail}"
    precise = panel.tr("precision {0}").format(ratio(float(score.each.precision[true])))
    return f"{panel.tr('“{0}” told right').format(name)}: {tail}, {precise}"


def _too_many(seen: Judged) -> bool:
    return isinstance(seen.score, ClassScore) and len(seen.score.names) > MOST_CLASSES


def rows_for(seen: Judged | None) -> int:
    """How many rows are judged while training runs, by what they cost at rest."""
    if seen is None or not seen.seconds:
        return FEWEST
    return max(FEWEST, int(WORTH * len(seen.numbers) / seen.seconds))
