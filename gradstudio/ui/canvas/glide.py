"""Nodes on their way to where a command has put them: shown for a moment, over a document that is there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QVariantAnimation

from gradstudio.document.stage import ShownId

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

Places = Mapping[ShownId, tuple[float, float]]
MILLISECONDS = 140
_MOST = 1500
"""More nodes than this are there at once."""
_ENDS = frozenset({
    QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress, QEvent.Type.DragEnter, QEvent.Type.Hide, QEvent.Type.Wheel,
    QEvent.Type.Close,
})  # fmt: skip


class Glide(QObject):
    """At most one glide at a time; whatever a person does, and whatever changes the network, ends it."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._from: dict[ShownId, tuple[float, float]] = {}
        self._to: dict[ShownId, tuple[float, float]] = {}
        self._run = QVariantAnimation(self)
        self._run.setDuration(MILLISECONDS)
        self._run.setStartValue(0.0)
        self._run.setEndValue(1.0)
        self._run.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._run.valueChanged.connect(self._show)
        self._run.finished.connect(self.finish)
        view.installEventFilter(self)
        view.studio.documentChanged.connect(self.finish)
        view.studio.documentReplaced.connect(self._forget)
        view.studio.insideChanged.connect(self._forget)

    @property
    def running(self) -> bool:
        """Whether nodes are on their way."""
        return bool(self._from)

    def start(self, before: Places) -> None:
        """Show nodes on their way from these places to where the document has them."""
        self.finish()
        home = self._view.scene.home
        moved = {i: place for i, place in before.items() if home(i) not in (None, place)}
        if not (self._view.habits.animated and self._view.isVisible() and 0 < len(moved) <= _MOST):
            return
        self._from = moved
        self._to = {i: there for i in moved if (there := home(i)) is not None}
        self._run.start()
        self._show(0.0)

    def finish(self, *_: object) -> None:
        """Be where the document has them."""
        if self._from:
            moved, home = self._from, self._view.scene.home
            self._stop()
            self._view.displace({i: there for i in moved if (there := home(i)) is not None})
            self._view.settle()

    def _forget(self) -> None:
        if self._from:
            self._stop()

    def _stop(self) -> None:
        self._from = {}
        self._run.stop()

    def _show(self, share: float) -> None:
        if self._from:
            goal = self._to
            self._view.displace(
                {i: (x + share * (goal[i][0] - x), y + share * (goal[i][1] - y)) for i, (x, y) in self._from.items()}
            )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A person goes on working."""
        if self._from and event.type() in _ENDS:
            self.finish()
        return super().eventFilter(watched, event)
