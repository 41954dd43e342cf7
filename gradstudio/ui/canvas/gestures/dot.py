"""Moving the dot of a wire, or pulling a new one out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from gradstudio.document import dots
from gradstudio.document.model import Dot, Patch, WireId
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.gestures.move import snapped

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_LEVEL = 8.0
"""So near to the height (or the side) of its neighbour a dot takes exactly that: the piece between is straight."""


class DotGesture(Gesture):
    """The dot follows the mouse from grid point to grid point, or level with its neighbours; a click makes it current.

    Args:
        view: the canvas.
        start: where the button went down.
        wire: whose dot it is.
        index: of the dot.
        new: whether there is no such dot yet: it is pulled out of the wire.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: CanvasView, start: Pointer, wire: WireId, index: int, *, new: bool = False) -> None:
        super().__init__(view, start)
        self.wire, self.index, self.new = wire, index, new
        self._before = view.studio.selection(), view.marks.dot
        self._at: Dot | None = None

    def begin(self) -> None:
        """Select the wire, and make the dot the one that keys mean."""
        self.view.studio.select((), (self.wire,))
        if not self.new:
            self.view.choose_dot((self.wire, self.index))

    def move(self, pointer: Pointer) -> None:
        """Show the wire led through there."""
        if self._at is not None or pointer.far_from(self.start):
            self._at = level(self.view, self.wire, self.index, pointer.scene, new=self.new)
            self.view.lead({self.wire: self._via(self._at)})

    def release(self, pointer: Pointer) -> None:
        """Put it there, in one step."""
        self.move(pointer)
        at = self._at
        if at is None:
            return
        if not self.view.studio.do(lambda: self._patch(at)):
            self.view.lead({self.wire: self._wire_via()})
        self.view.choose_dot((self.wire, self.index))

    def cancel(self) -> None:
        """Lead the wire where it went, and select what was selected."""
        if self._at is not None:
            self.view.lead({self.wire: self._wire_via()})
        selection, dot = self._before
        self.view.studio.select(*selection)
        self.view.choose_dot(dot)

    def _patch(self, at: Dot) -> Patch:
        make = dots.add_dot if self.new else dots.move_dot
        return make(self.view.studio.document, self.wire, self.index, *at)

    def _via(self, at: Dot) -> tuple[Dot, ...]:
        via = self._wire_via()
        return (*via[: self.index], at, *via[self.index + (not self.new) :])

    def _wire_via(self) -> tuple[Dot, ...]:
        record = self.view.studio.document.wires.get(self.wire)
        return () if record is None else record.via


def level(view: CanvasView, wire: WireId, index: int, at: QPointF, *, new: bool) -> Dot:
    """A place for a dot near a point: on the grid, but level with the dots or ports before and after it."""
    record = view.studio.document.wires[wire]
    x0, y0, x1, y1 = view.scene.wires.ends[view.scene.wires.row[wire]].tolist()
    places = [(x0, y0), *record.via, (x1, y1)]
    before, after = index, index + 1 + (not new)
    ys = [places[i][1] for i in (before, after) if abs(places[i][1] - at.y()) < _LEVEL]
    dots_beside = [i for i in (before, after) if 0 < i < len(places) - 1]
    xs = [places[i][0] for i in dots_beside if abs(places[i][0] - at.x()) < _LEVEL]
    return xs[0] if xs else snapped(at.x()), ys[0] if ys else snapped(at.y())
