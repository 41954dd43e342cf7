"""The menu of the loss panel: what else is shown of the learning curve, and saving it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from gradstudio.ui.theme import Theme


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
        self.rate = self._choice(menu, self.tr("Learning &rate as set"), checked=False)
        self.earlier = self._choice(menu, self.tr("&Other runs"), checked=True)
        menu.addAction(self.tr("&Hide those shown now"), self.forgotten.emit)
        menu.addSeparator()
        menu.addAction(self.tr("Save as &table (CSV)…"), lambda: self.saveWanted.emit("csv"))
        menu.addAction(self.tr("Save as &picture (PNG)…"), lambda: self.saveWanted.emit("png"))
        menu.addAction(self.tr("Save as &vector graphics (SVG)…"), lambda: self.saveWanted.emit("svg"))

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
