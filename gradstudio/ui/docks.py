"""The docks around the canvas. Their content is made when they are first seen: the window appears before it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QTabBar, QToolButton, QWidget

from gradstudio.ui import going
from gradstudio.ui.icons import icon
from gradstudio.ui.recovering import open_run
from gradstudio.ui.theme import Theme

if TYPE_CHECKING:
    from gradstudio.ui.bridge import Studio
    from gradstudio.ui.window import MainWindow

LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
CLOSED = (
    "history", "problems", "table", "health", "explorer", "weights", "boundary", "exercise", "runs", "confusion",
    "predictions",
)  # fmt: skip
"""Docks that aren't open at first."""
ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


class DockTitle(QWidget):
    """A dock's title with its two buttons; it is also the handle to drag the dock by."""

    def __init__(self, dock: QDockWidget, theme: Theme) -> None:
        super().__init__(dock)
        self._dock = dock
        self._name = QLabel(dock.windowTitle())
        self._name.setProperty("role", "heading")
        self._float = self._button(self.tr("Float {}"), lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button(self.tr("Close {}"), dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 8, 3)
        row.setSpacing(2)
        row.addWidget(self._name)
        row.addStretch(1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        self.dress(theme)

    def explain(self, text: str) -> None:
        """Say at the title what the dock is for."""
        self._name.setToolTip(text)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._float.setIcon(icon("float", theme, color="text_faint"))
        self._close.setIcon(icon("clear", theme, color="text_faint"))

    def _button(self, words: str, does: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setIconSize(QSize(13, 13))
        button.setAccessibleName(words.format(self._dock.windowTitle()))
        button.setToolTip(button.accessibleName())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda *_: does())
        return button


class LazyDock(QDockWidget):
    """A dock that asks for its content after it was painted empty for the first time.

    Args:
        title: in its title bar and in the View menu.
        name: under which its place is remembered.
        make: makes the content.
    """

    filled = Signal()
    """The content is there."""

    def __init__(self, title: str, name: str, make: Callable[[], QWidget], window: QMainWindow, theme: Theme) -> None:
        super().__init__(title, window)
        self.setObjectName(f"dock.{name}")
        self._make: Callable[[], QWidget] | None = make
        self.title = DockTitle(self, theme)
        self.setTitleBarWidget(self.title)
        self.setWidget(QWidget())
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.load)

    @property
    def loaded(self) -> bool:
        """Whether the content is there."""
        return self._make is None

    def load(self) -> None:
        """Make the content now, if it isn't there."""
        make, self._make = self._make, None
        if make is not None:
            self._soon.stop()
            empty = self.widget()
            content = make()
            self.setWidget(content)
            self.title.explain(content.whatsThis())
            empty.deleteLater()
            self.filled.emit()

    def give_up(self) -> None:
        """The window goes: nothing is made any more."""
        self._soon.stop()
        self._make = None

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody can see it."""
        super().showEvent(event)
        if not self.loaded:
            self._soon.start(0)


class Docks:
    """All docks of a window, and where they are at first.

    Attributes:
        by_name: "palette", "inspector", "backprop", "activation", "loss", "gradients", "history", "problems", "table",
            "weights", "boundary", "health", "explorer", "exercise", "confusion", "predictions", "runs".
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._untouched = True
        window.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        for corner in (Qt.Corner.TopLeftCorner, Qt.Corner.BottomLeftCorner):
            window.setCorner(corner, LEFT)
        for corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner):
            window.setCorner(corner, RIGHT)
        studio = window.studio
        self.by_name = {
            "palette": self._dock(window.tr("Gates"), "palette", lambda: window.palette_),
            "activation": self._dock(window.tr("Activation"), "activation", lambda: _activation(studio)),
            "inspector": self._dock(window.tr("Inspector"), "inspector", lambda: window.inspector),
            "backprop": self._dock(window.tr("Backprop"), "backprop", lambda: _backprop(window)),
            "loss": self._dock(window.tr("Loss"), "loss", lambda: _loss(studio)),
            "gradients": self._dock(window.tr("Gradients"), "gradients", lambda: _gradients(studio)),
            "history": self._dock(window.tr("History"), "history", lambda: _history(studio)),
            "problems": self._dock(window.tr("Problems"), "problems", lambda: _problems(window)),
            "table": self._dock(window.tr("Table"), "table", lambda: _table(window)),
            "explorer": self._dock(window.tr("Explorer"), "explorer", lambda: _explorer(window)),
            "health": self._dock(window.tr("Health"), "health", lambda: _health(window)),
            "boundary": self._dock(window.tr("Boundary"), "boundary", lambda: _boundary(window)),
            "exercise": self._dock(window.tr("Exercise"), "exercise", lambda: _exercise(window)),
            "runs": self._dock(window.tr("Runs"), "runs", lambda: _runs(window)),
            "weights": self._dock(window.tr("Weights"), "weights", lambda: _weights(studio)),
            "confusion": self._dock(window.tr("Confusion"), "confusion", lambda: _confusion(window)),
            "predictions": self._dock(window.tr("Predictions"), "predictions", lambda: _predictions(window)),
        }
        for name in ("palette", "inspector"):
            self.by_name[name].load()
        for dock in self.by_name.values():
            dock.filled.connect(self._filled)
            dock.visibilityChanged.connect(self._name_tabs)
        self.place()

    def __getitem__(self, name: str) -> LazyDock:
        return self.by_name[name]

    def reset(self) -> None:
        """Everything back to where it was at first."""
        self._untouched = True
        self.place()
        self.default_sizes()

    def place(self) -> None:
        """Put every dock where it is at first."""
        docks, window = self.by_name, self._window
        for dock in docks.values():
            dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(LEFT, docks["palette"])
        window.addDockWidget(RIGHT, docks["activation"])
        window.splitDockWidget(docks["activation"], docks["inspector"], DOWN)
        window.tabifyDockWidget(docks["inspector"], docks["backprop"])
        window.addDockWidget(BOTTOM, docks["loss"])
        window.splitDockWidget(docks["loss"], docks["gradients"], ACROSS)
        window.tabifyDockWidget(docks["activation"], docks["history"])
        window.tabifyDockWidget(docks["activation"], docks["exercise"])
        window.tabifyDockWidget(docks["loss"], docks["table"])
        window.tabifyDockWidget(docks["gradients"], docks["runs"])
        window.tabifyDockWidget(docks["loss"], docks["weights"])
        window.tabifyDockWidget(docks["activation"], docks["boundary"])
        window.tabifyDockWidget(docks["activation"], docks["confusion"])
        window.tabifyDockWidget(docks["loss"], docks["predictions"])
        window.tabifyDockWidget(docks["gradients"], docks["problems"])
        window.tabifyDockWidget(docks["gradients"], docks["health"])
        window.tabifyDockWidget(docks["loss"], docks["explorer"])
        for name, dock in docks.items():
            dock.setVisible(name not in CLOSED)
        docks["inspector"].raise_()

    def restored(self) -> None:
        """The person's own arrangement is in force."""
        self._untouched = False

    def default_sizes(self) -> None:
        """Sizes in proportion to the window."""
        docks, window = self.by_name, self._window
        width, height = window.width(), window.height()
        side = _between(round(width * 0.235), 300, 430)
        shelf = _between(round(width * 0.12), 178, 212)
        bottom = _between(round(height * 0.27), 180, 320)
        top = _between(round(height * 0.32), 210, 420)
        room = width - side - shelf
        window.resizeDocks([docks["palette"], docks["activation"]], [shelf, side], ACROSS)
        window.resizeDocks([docks["loss"]], [bottom], DOWN)
        window.resizeDocks([docks["activation"], docks["inspector"]], [top, height - top], DOWN)
        window.resizeDocks([docks["loss"], docks["gradients"]], [room // 2, room // 2], ACROSS)

    def load_visible(self) -> None:
        """Make the content of every visible dock now."""
        for dock in self.by_name.values():
            if not dock.isHidden():
                dock.load()

    def give_up(self) -> None:
        """The window goes."""
        for dock in self.by_name.values():
            dock.give_up()

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for dock in self.by_name.values():
            dock.title.dress(theme)

    def _dock(self, title: str, name: str, make: Callable[[], QWidget]) -> LazyDock:
        return LazyDock(title, name, make, self._window, self._window.studio.theme)

    def _name_tabs(self, *_: object) -> None:
        """Tell screen readers what the tabs are for; Qt makes them when docks come to lie on each other."""
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setAccessibleName(self._window.tr("Panels"))

    def _filled(self) -> None:
        """Content may want more room than there was: at first the sizes are ours to set."""
        if self._untouched and self._window.isVisible():
            self.default_sizes()
            if all(dock.loaded for name, dock in self.by_name.items() if name not in CLOSED):
                self._untouched = False


def _between(size: int, low: int, high: int) -> int:
    return min(max(size, low), high)


def _activation(studio: Studio) -> QWidget:
    from gradstudio.ui.panels import ActivationPanel

    return ActivationPanel(studio)


def _backprop(window: MainWindow) -> QWidget:
    from gradstudio.ui.dialogs.jacobian import show_jacobian
    from gradstudio.ui.panels import SheetPanel

    panel = SheetPanel(window.studio)
    panel.jacobianWanted.connect(partial(show_jacobian, window))
    return panel


def _loss(studio: Studio) -> QWidget:
    from gradstudio.ui.panels import LossPanel

    return LossPanel(studio)


def _gradients(studio: Studio) -> QWidget:
    from gradstudio.ui.panels import GradientsPanel

    return GradientsPanel(studio)


def _boundary(window: MainWindow) -> QWidget:
    from gradstudio.ui.panels.boundary import BoundaryPanel

    return BoundaryPanel(window.studio, window.samples)


def _confusion(window: MainWindow) -> QWidget:
    from gradstudio.ui.panels.confusion import ConfusionPanel

    panel = ConfusionPanel(window.studio, window.samples)
    panel.cellWanted.connect(partial(going.to_samples, window))
    return panel


def _predictions(window: MainWindow) -> QWidget:
    from gradstudio.ui.panels.predictions import PredictionsPanel

    return PredictionsPanel(window.studio, window.samples)


def _weights(studio: Studio) -> QWidget:
    from gradstudio.ui.panels.weights import WeightsPanel

    return WeightsPanel(studio)


def _history(studio: Studio) -> QWidget:
    from gradstudio.ui.historylist import HistoryList

    return HistoryList(studio)


def _problems(window: MainWindow) -> QWidget:
    from gradstudio.ui.panels import ProblemsPanel

    panel = ProblemsPanel(window.studio)
    panel.nodeWanted.connect(lambda node: going.to_node(window, node))
    panel.paramWanted.connect(lambda node, param: going.to_param(window, node, param))
    return panel


def _explorer(window: MainWindow) -> QWidget:
    from gradstudio.ui.panels.explorer import ExplorerPanel

    panel = ExplorerPanel(window.studio)
    panel.cellOpened.connect(window.open_variant)
    return panel


def _health(window: MainWindow) -> QWidget:
    from gradstudio.ui.panels.health import HealthPanel

    panel = HealthPanel(window.studio, window.preferences)
    panel.nodeWanted.connect(lambda node: going.to_node(window, node))
    panel.lightsChanged.connect(window.canvas.show_lights)
    return panel


def _runs(window: MainWindow) -> QWidget:
    from gradstudio.ui.comparing import compare_runs
    from gradstudio.ui.panels.runs import RunsPanel

    panel = RunsPanel(window.studio, window.preferences)
    panel.windowWanted.connect(partial(open_run, window))
    panel.comparisonWanted.connect(partial(compare_runs, window))
    return panel


def _exercise(window: MainWindow) -> QWidget:
    from gradstudio.ui.exercisefiling import save_answers
    from gradstudio.ui.panels.exercise import ExercisePanel

    panel = ExercisePanel(window.studio, window.predicting)
    panel.answersWanted.connect(lambda name: save_answers(window, name))
    return panel


def _table(window: MainWindow) -> QWidget:
    from gradstudio.ui.panels import TablePanel

    panel = TablePanel(window.studio)
    panel.nodeWanted.connect(lambda node: going.to_node(window, node))
    return panel
