"""The menu of the runs panel: sorting, saving the table, and what is kept of a run while it goes on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from gradstudio.training.keeping import Wishes
from gradstudio.ui.panels.loss_menu import dress_button
from gradstudio.ui.panels.runs_model import Column

if TYPE_CHECKING:
    from gradstudio.ui.panels.runs import RunsPanel
    from gradstudio.ui.theme import Theme

MINUTES = (1, 5, 15, 60, None)
"""From one checkpoint to the next; None for none."""


class RunsMenu(QToolButton):
    """A button with a menu."""

    def __init__(self, panel: RunsPanel) -> None:
        super().__init__()
        self._panel = panel
        self.setText("⋯")
        self.setObjectName("runs.more")
        self.setAccessibleName(self.tr("More about the runs"))
        self.setToolTip(self.tr("Sort; save the table; checkpoints while training runs."))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.setMenu(menu)
        order = menu.addMenu(self.tr("&Sort by"))
        for column in Column:
            words = panel.model.headerData(column, Qt.Orientation.Horizontal)
            order.addAction(str(words), partial(panel.sort_by, column))
        menu.addAction(self.tr("Save as &table (CSV)…"), panel.ask_where)
        menu.addSeparator()
        self._make_checkpoints(menu.addMenu(self.tr("&Checkpoint while training")))
        self.best = menu.addAction(self.tr("Keep the &best state too"))
        self.best.setCheckable(True)
        self.best.setChecked(panel.studio.runs.wishes.best)
        self.best.toggled.connect(self._keep_best)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        dress_button(self, theme)

    def _make_checkpoints(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        for minutes in MINUTES:
            several = self.tr("Every {} minutes").format(minutes)
            action = menu.addAction({None: self.tr("Never"), 1: self.tr("Every minute")}.get(minutes, several))
            action.setCheckable(True)
            action.setChecked(self._panel.studio.runs.wishes.every == _seconds(minutes))
            action.triggered.connect(partial(self._checkpoint, minutes))
            group.addAction(action)

    def _checkpoint(self, minutes: int | None, *_: object) -> None:
        self._wish(replace(self._panel.studio.runs.wishes, every=_seconds(minutes)))

    def _keep_best(self, best: bool) -> None:
        self._wish(replace(self._panel.studio.runs.wishes, best=best))

    def _wish(self, wishes: Wishes) -> None:
        self._panel.studio.runs.wishes = wishes
        if self._panel.preferences is not None:
            self._panel.preferences.checkpoints = wishes


def _seconds(minutes: int | None) -> float | None:
    return None if minutes is None else 60.0 * minutes
