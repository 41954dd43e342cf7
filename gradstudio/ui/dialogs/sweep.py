"""A sweep in the window: what varies, at the left; the trials as a table and drawn, at the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gradstudio.runs import Run, Store
from gradstudio.runs.axes import said, worded
from gradstudio.runs.sweep import Plan
from gradstudio.runs.sweeping import Sweeping
from gradstudio.runs.sweepkept import ended, free_name, made_already, sweeps
from gradstudio.runs.sweeptext import plan_of
from gradstudio.runs.targets import NotASweep
from gradstudio.ui.bridge import Studio
from gradstudio.ui.dialogs.sizing import open_within
from gradstudio.ui.dialogs.sweep_form import SweepForm
from gradstudio.ui.dialogs.sweep_results import SweepResults
from gradstudio.ui.inspector.parts import label, set_role
from gradstudio.ui.texts import number

LOOK_MS = 120
FORM_WIDTH = 348


@dataclass(frozen=True, slots=True)
class Home:
    """Where a sweep's trials are kept, and where its network's data lies.

    Attributes:
        store: the folder of runs; None where trials aren't kept, because the network has no file.
        path: the network's file, or None.
        folders: in which data lies.
    """

    store: Store | None
    path: Path | None
    folders: tuple[Path, ...] = ()


class SweepDialog(QDialog):
    """Asks what is to be tried, tries it beside the person's work, and shows what came of it.

    Closing it hides it: the sweep goes on. It ends with the window, and when another network is opened.

    Attributes:
        form: what is tried.
        results: table and drawing of the trials.
        sweeping: the sweep that is shown; None before the first.
    """

    networkWanted = Signal(object)
    """The network of this `Done` is to be opened."""
    valuesWanted = Signal(object)
    """The values of this `Trial` are to be put into the network."""
    kept = Signal()
    """Trials have been kept as runs."""

    def __init__(self, studio: Studio, home: Callable[[], Home], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sweep")
        self.setWindowTitle(self.tr("Sweep"))
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        open_within(self, QSize(1100, 720))
        self.studio = studio
        self.sweeping: Sweeping | None = None
        self._home = home
        self._of: object = None
        self._counted = 0
        self._timer = QTimer(self)
        self._timer.setObjectName("sweep.poll")
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._collect)
        self.form = SweepForm()
        self.results = SweepResults(studio.theme)
        self._add_buttons()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._side())
        split.addWidget(self.results)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(6)
        split.setStretchFactor(1, 1)
        split.setSizes([FORM_WIDTH, 740])
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 14, 14, 14)
        box.addWidget(split)
        self._connect(studio)
        self.form.begin(studio.document)
        self.form.varies.rows[0].field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._follow()

    # ---- made of

    def _side(self) -> QWidget:
        """The form over progress and buttons."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.form)
        side = QWidget()
        side.setMinimumWidth(FORM_WIDTH - 60)
        box = QVBoxLayout(side)
        box.setContentsMargins(0, 0, 6, 0)
        box.addWidget(area, 1)
        box.addWidget(self._progress())
        return side

    def _progress(self) -> QWidget:
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the sweep"))
        self.told = label("", "dim")
        self.start = QPushButton(self.tr("&Start"))
        self.start.setObjectName("accent")
        self.pause = QPushButton(self.tr("&Pause"))
        for button in (self.start, self.pause):
            button.setAutoDefault(False)
        self.start.setDefault(True)
        self.start.clicked.connect(lambda *_: self.toggle())
        self.pause.clicked.connect(lambda *_: self.toggle_pause())
        row = QHBoxLayout()
        row.addWidget(self.start, 1)
        row.addWidget(self.pause, 1)
        made = QWidget()
        box = QVBoxLayout(made)
        box.setContentsMargins(2, 6, 8, 0)
        box.addWidget(self.told)
        box.addWidget(self.progress)
        box.addLayout(row)
        return made

    def _add_buttons(self) -> None:
        """Earlier sweeps, and Close, beside what can be done with a trial."""
        self.earlier = QPushButton(self.tr("&Earlier"))
        self.earlier.setToolTip(self.tr("Show a sweep that is kept with the network, and go on with it."))
        self._menu = QMenu(self.earlier)
        self._menu.aboutToShow.connect(self._list_earlier)
        self.earlier.setMenu(self._menu)
        close = QPushButton(self.tr("Close"))
        close.setToolTip(self.tr("The sweep goes on; Train ▸ Sweep… shows it again."))
        close.clicked.connect(lambda *_: self.close())
        for button in (self.earlier, close):
            button.setAutoDefault(False)
        self.results.row.addWidget(self.earlier)
        self.results.row.addStretch(1)
        self.results.row.addWidget(close)

    def _connect(self, studio: Studio) -> None:
        self.form.changed.connect(self._follow)
        self.results.opened.connect(self.networkWanted)
        self.results.adopted.connect(self.valuesWanted)
        studio.themeChanged.connect(self.results.dress)
        studio.closing.connect(self.end)
        studio.documentReplaced.connect(self._replaced)

    # ---- asking

    def offer(self) -> None:
        """Offer what may vary in the network as it is now."""
        if self.sweeping is None or not self.sweeping.running:
            self.form.varies.offer(self.studio.document)
            self._follow()

    def plan(self) -> Plan:
        """What the form asks for.

        Raises:
            NotASweep: where that can't be; the rows say why.
        """
        known, typed = self.studio.runs.runs, self.form.name.text().strip()
        plan = self.form.plan(typed or free_name(known))
        last = self.sweeping
        if last is not None and not typed and self._goes_on(plan):
            return last.plan
        if plan.name in sweeps(known) and not self._goes_on(plan):
            raise NotASweep(self.tr("There is a sweep “{}” already: choose another name.").format(plan.name))
        return plan

    def _goes_on(self, plan: Plan) -> bool:
        """Whether a plan is that of the sweep shown, of the network as it was then."""
        last = self.sweeping
        return last is not None and self._of == self._network() and [*plan.trials()] == [*last.trials]

    def _network(self) -> object:
        document = self.studio.document
        return document, document.graph_revision, document.settings, self.form.steps.value()

    def _follow(self, *_: object) -> None:
        """Say how many trials that makes, or what is wrong."""
        if self.sweeping is not None and self.sweeping.running:
            return
        self.form.name.setPlaceholderText(free_name(self.studio.runs.runs))
        try:
            count = len(self.plan().trials())
        except NotASweep as error:
            self._say(str(error), wrong=True)
            self.start.setEnabled(False)
        else:
            kept = "" if self._home().store is not None else self.tr(" Save the network first to keep them as runs.")
            self._say(self.tr("{} trials.").format(count) + kept)
            self.start.setEnabled(True)
        self.pause.setEnabled(False)
        self.results.enable_buttons()

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self.told.setText(text)
        set_role(self.told, "error" if wrong else "dim")

    # ---- trying

    def toggle(self) -> None:
        """Start, or stop what is under way."""
        if self.sweeping is not None and self.sweeping.running:
            self.end()
            return
        try:
            plan = self.plan()
        except NotASweep as error:
            self._say(str(error), wrong=True)
            return
        home, last = self._home(), self.sweeping
        goes_on = self._goes_on(plan)
        self._of = self._network()
        self.sweeping = Sweeping(
            self.studio.document, plan, home.store, path=home.path, folders=home.folders,
            workers=self.form.workers.value(), earlier=last if goes_on else None,
        )  # fmt: skip
        self._counted = len(self.sweeping.done)
        self._show_new()
        self.sweeping.start()
        self._timer.start()
        self._collect()
        self.results.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def toggle_pause(self) -> None:
        """Rest, or go on."""
        if self.sweeping is None:
            return
        if self.sweeping.paused:
            self.sweeping.go_on()
        else:
            self.sweeping.pause()
        self._collect()

    def end(self) -> None:
        """Stop; trials that are done stay."""
        self._timer.stop()
        if self.sweeping is not None and self.sweeping.running:
            self.sweeping.stop()
        self._rest()

    def _rest(self) -> None:
        """Nothing is under way any more."""
        self.earlier.setEnabled(True)
        self.form.setEnabled(True)
        self.start.setText(self.tr("&Start"))
        self.start.setDefault(True)
        self.pause.setText(self.tr("&Pause"))
        self._show_results()
        self._follow()
        self._say(self._summary())

    def _show_new(self) -> None:
        assert self.sweeping is not None
        self.results.show_sweep(self.sweeping)
        self.form.setEnabled(False)
        self.earlier.setEnabled(False)
        self.start.setText(self.tr("&Stop"))
        self.start.setDefault(False)

    def _collect(self) -> None:
        """Show what has come of it meanwhile."""
        sweeping = self.sweeping
        if sweeping is None:
            return
        running = sweeping.running
        self._show_results()
        self.pause.setEnabled(running)
        self.pause.setText(self.tr("&Go on") if sweeping.paused else self.tr("&Pause"))
        self._say(self._summary())
        if not running:
            self._timer.stop()
            self._rest()
            if not self.isVisible():
                self.studio.messageShown.emit(self.tr("Sweep {}: {}").format(sweeping.plan.name, self._summary()))

    def _show_results(self) -> None:
        sweeping = self.sweeping
        if sweeping is None:
            return
        done = sweeping.done
        self.results.tell(sweeping)
        self.progress.setValue(round(1000 * sweeping.share))
        if len(done) != self._counted:
            self._counted = len(done)
            self.kept.emit()

    def _summary(self) -> str:
        sweeping = self.sweeping
        if sweeping is None:
            return ""
        done, best = sweeping.done, sweeping.best
        said_ = self.tr("{} of {} trials done").format(len(done), len(sweeping.trials))
        if best is not None:
            values = ", ".join(f"{worded(key)} {said(value)}" for key, value in best.trial.values.items())
            measure = number(sweeping.plan.metric.of(best.run.result) or 0.0, 4)
            said_ += self.tr("; best: {}, {} {}").format(values, sweeping.plan.metric.words, measure)
        problem = next((one.problem for one in done if one.problem), "")
        return f"{said_}. {problem}".rstrip()

    # ---- earlier sweeps

    def _list_earlier(self) -> None:
        """The sweeps that are kept with the network, the last one first."""
        self._menu.clear()
        for name, runs in reversed(sweeps(self.studio.runs.runs).items()):
            count = self.tr("1 trial") if len(runs) == 1 else self.tr("{} trials").format(len(runs))
            self._menu.addAction(f"{name} ({count})", partial(self.show_earlier, name))
        if self._menu.isEmpty():
            self._menu.addAction(self.tr("None is kept with this network")).setEnabled(False)

    def show_earlier(self, name: str) -> None:
        """Show a sweep that is kept; whether it can be gone on with is looked up beside."""
        runs = sweeps(self.studio.runs.runs).get(name, [])
        document = self.studio.document.copy()
        try:
            plan = plan_of(document, runs, name)
        except NotASweep as error:
            self._say(str(error), wrong=True)
            return
        self.form.take(plan)
        network = self._network()
        self.studio.runs.ask(
            lambda store: (ended(store.listing().runs, plan), made_already(store, plan, document)),
            lambda found: self._take_earlier(plan, *found, network),
        )

    def _take_earlier(self, plan: Plan, made: dict[int, Run], fitting: dict[int, Run], network: object) -> None:
        if self.sweeping is not None and self.sweeping.running:
            return
        home = self._home()
        self.sweeping = Sweeping(self.studio.document, plan, home.store, known=made)
        self._of = network if made == fitting and made else None
        self._counted = len(made)
        self._show_new()
        self._rest()
        if self._of is None:
            self._say(self.tr("{} The network has changed since: Start tries anew.").format(self._summary()))

    # ---- events

    def _replaced(self) -> None:
        """Another network is open: what was tried isn't of it."""
        self.end()
        self.hide()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide it; the sweep goes on."""
        super().closeEvent(event)
        if self.sweeping is not None and self.sweeping.running:
            self.studio.messageShown.emit(self.tr("The sweep goes on. Train ▸ Sweep… shows it again."))
