"""Step-through: where one stands in it, and what is seen of the network there.

The numbers are all computed already; a step reveals more or less of them, and repaints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from gradstudio.document.compile import topological
from gradstudio.document.model import Change, NodeId
from gradstudio.insight.stepping import Moment, Stepping
from gradstudio.insight.telling import Telling, telling

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

SPEEDS = (0.5, 1.0, 2.0, 5.0, 20.0)
"""Steps a second that playing may make."""
NOTHING: Mapping[NodeId, int] = MappingProxyType({})


class StepThrough(QObject):
    """A walk through one forward and one backward pass of the studio's network.

    Attributes:
        open: whether the network is seen as far as it is computed.
        numbered: whether nodes show their place in the order of computation.
        moment: where one stands; None while there are no numbers to reveal.
        speed: steps a second when it plays.
    """

    changed = Signal()
    """One stands elsewhere, or plays, or it was opened or closed."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas, self._studio = canvas, canvas.studio
        self.open = self.numbered = False
        self.moment: Moment | None = None
        self.speed = 1.0
        self._anew = False
        self._timer = QTimer(self)
        self._timer.setObjectName("stepthrough.play")
        self._timer.timeout.connect(self._tick)
        studio = self._studio
        studio.snapshotTaken.connect(self._numbers_taken)
        studio.statusChanged.connect(self._status_changed)
        studio.documentChanged.connect(self._document_changed)
        studio.documentReplaced.connect(self._document_replaced)

    # --- what people do -----------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Begin, or show everything again."""
        if self.open:
            self.leave()
        else:
            self.begin()

    def begin(self) -> None:
        """See nothing of the numbers at first; a running run is paused."""
        if self.open:
            return
        self.open, self._anew = True, True
        self._pause_training()
        self._studio.set_whole(True)
        self._take()
        self.changed.emit()

    def leave(self) -> None:
        """See everything again."""
        if not self.open:
            return
        self.open = False
        self.moment = None
        self._timer.stop()
        self._studio.set_whole(False)
        self._studio.set_veil(None)
        self._mark()
        self._canvas.look_around()
        self.changed.emit()

    def go(self, position: int) -> None:
        """Stand at a position; one beyond an end is that end."""
        if self.moment is not None and position != self.moment.position:
            self._stand(self.moment.stepping.at(position))

    def step(self, by: int) -> None:
        """Go on by so many steps, or back; begins where that hasn't been done, at the start where a run is paused."""
        trained = self._studio.running
        self._stop_here()
        if self.moment is not None and not trained:
            self.go(self.moment.position + by)

    def to_turn(self) -> None:
        """Stand where every value is there and no gradient yet."""
        self._stop_here()
        if self.moment is not None:
            self.go(self.moment.stepping.turn)

    def to_end(self) -> None:
        """Stand where everything is there."""
        self._stop_here()
        if self.moment is not None:
            self.go(self.moment.stepping.end)

    def to_start(self) -> None:
        """Stand where nothing is there yet."""
        self._stop_here()
        self.go(0)

    def toggle_play(self) -> None:
        """Play, or stop playing."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Make a step now and then; from the end it begins anew."""
        self._stop_here()
        if self.moment is not None and self.moment.position == self.moment.stepping.end:
            self.go(0)
        self._timer.start(round(1000 / self.speed))
        self.changed.emit()

    def pause(self) -> None:
        """Stop playing."""
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit()

    def set_speed(self, speed: float) -> None:
        """Play so many steps a second."""
        self.speed = speed
        if self.playing:
            self._timer.start(round(1000 / speed))

    def toggle_numbers(self) -> None:
        """Show the order of computation on the nodes, or don't."""
        self.numbered = not self.numbered
        self._mark()

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer.isActive()

    def telling(self) -> Telling:
        """What happens where one stands."""
        if self._studio.running:
            return Telling(self.tr("Training runs"), self.tr("Everything is shown. A step pauses the training."), "")
        if self.moment is None:
            return Telling(self.tr("Nothing to step through"), self.tr("The network has no numbers yet."), "")
        return telling(self.moment)

    # --- following the studio -----------------------------------------------------------------------------

    def _stop_here(self) -> None:
        """Be in the step-through, with nothing that goes on by itself: neither playing nor training."""
        self.begin()
        self.pause()
        self._pause_training()

    def _tick(self) -> None:
        if self.moment is None or self.moment.position >= self.moment.stepping.end:
            self.pause()
        else:
            self.go(self.moment.position + 1)

    def _pause_training(self) -> None:
        if self.open and self._studio.running:
            self._studio.pause()
            self._studio.messageShown.emit(self.tr("Training is paused: you are stepping through the network."))

    def _numbers_taken(self, *_: object) -> None:
        if self.open and not self._studio.running:
            self._take()

    def _take(self) -> None:
        """Stand where one stood, in newer numbers; at the start where the order of computation is another."""
        snapshot, before = self._studio.computed, self.moment
        if snapshot is None or self._studio.running or (before is not None and before.stepping.snapshot is snapshot):
            return
        if before is not None and before.stepping.fits(snapshot):
            steps = before.stepping.renewed(snapshot)
        else:
            steps = Stepping(self._studio.document, snapshot)
        anew = self._anew or before is None or not before.stepping.same_order(steps)
        self._anew = False
        self._stand(steps.at(0 if anew or before is None else before.position))

    def _stand(self, moment: Moment) -> None:
        self.moment = moment
        self._studio.set_veil(moment.veil)
        self._mark()
        if moment.active is not None:
            self._follow(moment.active)
        self.changed.emit()

    def _follow(self, node: NodeId) -> None:
        """Pan as little as needed to see the gate whose turn it is."""
        if not self._canvas.node_rect(node).isNull():
            self._canvas.make_visible((node,))

    def _mark(self) -> None:
        self._canvas.set_marks(replace(self._canvas.marks, step=self.moment, order=self._order()))

    def _order(self) -> Mapping[NodeId, int] | None:
        if not self.numbered:
            return None
        if self.moment is not None:
            return self.moment.stepping.numbers
        return {node.id: k for k, node in enumerate(topological(self._studio.document), 1)}

    def _status_changed(self, *_: object) -> None:
        if not self.open:
            return
        if self._studio.running:
            self._timer.stop()
            self.moment, self._anew = None, True
            self._studio.set_veil(None)
            self._mark()
        else:
            self._take()
        self.changed.emit()

    def _document_changed(self, change: Change) -> None:
        if change.training:
            self._anew = True
        if change.graph and self.playing:
            self.pause()
        if self.numbered and change.graph and self.moment is None:
            self._mark()

    def _document_replaced(self) -> None:
        """Another network begins as seen whole."""
        self.open, self.moment = False, None
        self._timer.stop()
        self._mark()
        self.changed.emit()
