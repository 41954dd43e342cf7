"""The menu of the loss panel: what else is shown of the learning curve, and saving it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from gradstudio.document.course import Adjustment
from gradstudio.ui.panels.changemarks import sentence
from gradstudio.ui.theme import Theme

MOST_LISTED = 40
"""So many changes are listed."""


class LossMenu(QToolButton):
    """A button with a menu.

    Attributes:
        log_steps: whether the axis of steps is logarithmic.
        rate: whether the learning rate is shown.
        earlier: whether other runs are.
    """

    changed = Signal()
    """Something else is to be shown."""
    forgotten = Signal()
    """The other runs are to be hidden."""
    changeWanted = Signal(int)
    """What was changed at this step is to be shown."""
    saveWanted = Signal(str)
    """It is to be saved as a file of this ending."""

    def __init__(self) -> None:
        super().__init__()
        self.setText("⋯")
        self.setObjectName("loss.more")
        self.setAccessibleName(self.tr("More of the learning curve"))
        self.setToolTip(self.tr("Log axis of steps, learning rate, other runs; save as a table or a picture."))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.setMenu(menu)
        self.log_steps = self._choice(menu, self.tr("Log axis of &steps"), checked=False)
        self.rate = self._choice(menu, self.tr("Learning &rate"), checked=False)
        self.earlier = self._choice(menu, self.tr("&Other runs"), checked=True)
        menu.addAction(self.tr("&Hide those shown now"), self.forgotten.emit)
        self._changes = menu.addMenu(self.tr("&Changes on the way"))
        menu.addSeparator()
        menu.addAction(self.tr("Save as &table (CSV)…"), lambda: self.saveWanted.emit("csv"))
        menu.addAction(self.tr("Save as &picture (PNG)…"), lambda: self.saveWanted.emit("png"))
        menu.addAction(self.tr("Save as &vector graphics (SVG)…"), lambda: self.saveWanted.emit("svg"))

    def list_changes(self, changes: Sequence[Adjustment]) -> None:
        """Offer the newest changes of the training to go to, one entry a step."""
        self._changes.clear()
        for step in sorted({change.step for change in changes})[-MOST_LISTED:]:
            words = sentence([change for change in changes if change.step == step]).replace("&", "&&")
            self._changes.addAction(words, partial(self.changeWanted.emit, step))
        self._changes.setEnabled(bool(changes))

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        dress_button(self, theme)

    def _choice(self, menu: QMenu, title: str, *, checked: bool) -> QAction:
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(checked)
        action.toggled.connect(lambda *_: self.changed.emit())
        return action


def dress_button(button: QToolButton, theme: Theme) -> None:
    """Give a button that is only a menu's handle the colours of a theme."""
    button.setStyleSheet(
        "QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px;"
        f" padding: 2px 6px; color: {theme.text_dim}; }}"
        "QToolButton::menu-indicator { image: none; }"
        f"QToolButton:hover {{ background: {theme.hover}; }}"
        f"QToolButton:focus {{ border-color: {theme.selection}; }}"
    )
