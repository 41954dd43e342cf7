"""The way from the whole network to the group that was entered, over the upper left corner; each step goes there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gradstudio.document.nesting import chain
from gradstudio.document.regions import GroupId

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_GAP = 12
_WIDEST = 180
"""A longer name is elided."""
_MOST = 5
"""Of a longer way the middle is left out."""


class Breadcrumbs(QFrame):
    """Buttons from the network down to where one is; hidden where that is the network."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.setObjectName("breadcrumbs")
        self.setAccessibleName(self.tr("Where you are"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 4, 10, 4)
        self._row.setSpacing(2)
        view.studio.insideChanged.connect(self.refresh)
        view.studio.documentReplaced.connect(self.refresh)
        view.studio.documentChanged.connect(self.refresh)
        self._shown: list[tuple[GroupId | None, str]] = []
        self.hide()
        self.move(_GAP, _GAP)

    def steps(self) -> list[tuple[GroupId | None, str]]:
        """The groups on the way and what they are called, the network first."""
        document, inside = self._view.studio.document, self._view.studio.stage.inside
        way = [(i, document.groups[i].name) for i in reversed(chain(document, inside))]
        return [(None, self.tr("Network")), *way]

    def refresh(self, *_: object) -> None:
        """Show the present way."""
        steps = self.steps()
        if steps == self._shown:
            return
        self._shown = steps
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for i, (group, name) in enumerate(self._short(steps)):
            if i:
                self._put(self._mark())
            here = group == steps[-1][0] and name != "…"
            self._put(self._last(name) if here else self._button(group, name))
        self.setVisible(len(steps) > 1)
        self.adjustSize()
        self.raise_()

    def _put(self, part: QWidget) -> None:
        """A part more; shown at once, for a layout gives no room to what is hidden yet."""
        self._row.addWidget(part)
        part.show()

    def covered(self) -> QRect:
        """What it covers of the canvas."""
        return self.geometry() if self.isVisible() else QRect()

    def _short(self, steps: list[tuple[GroupId | None, str]]) -> list[tuple[GroupId | None, str]]:
        if len(steps) <= _MOST:
            return steps
        return [steps[0], (steps[-_MOST + 1][0], "…"), *steps[-_MOST + 2 :]]

    def _button(self, group: GroupId | None, name: str) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setText(self._elided(name))
        button.setToolTip(self.tr("Go to {}").format(name))
        button.setAccessibleName(self.tr("Go to {}").format(name))
        button.clicked.connect(partial(self._view.enter, group))
        return button

    def _last(self, name: str) -> QLabel:
        label = QLabel(self._elided(name))
        label.setProperty("role", "heading")
        label.setToolTip(name)
        label.setContentsMargins(4, 0, 0, 0)
        return label

    def _mark(self) -> QLabel:
        mark = QLabel("›")
        mark.setProperty("role", "faint")
        return mark

    def _elided(self, name: str) -> str:
        return QFontMetrics(self.font()).elidedText(name, Qt.TextElideMode.ElideRight, _WIDEST)
