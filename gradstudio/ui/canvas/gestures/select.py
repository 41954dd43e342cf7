"""Clicking nodes and wires, and what a press turns into when the mouse moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradstudio.document.nesting import all_members
from gradstudio.ui.bridge import Selection
from gradstudio.ui.canvas.areas import BODY
from gradstudio.ui.canvas.gestures.band import BandGesture
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.gestures.dot import DotGesture
from gradstudio.ui.canvas.gestures.move import MoveGesture
from gradstudio.ui.canvas.gestures.resize import ResizeGesture
from gradstudio.ui.canvas.gestures.wire import WireGesture
from gradstudio.ui.canvas.scene import Hit, Part, PortRef

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


class SelectGesture(Gesture):
    """A click selects, Shift adds, Ctrl takes in or out; dragged, it moves nodes, pulls at wires or draws a band.

    Groups are selected by their boxes or title bars, frames by their titles and rims, comments anywhere.
    """

    def __init__(self, view: CanvasView, start: Pointer, hit: Hit) -> None:
        super().__init__(view, start)
        self.hit = hit
        self._before = view.studio.chosen

    def begin(self) -> None:
        """Select what isn't selected yet at once, so that it can be dragged in one go."""
        if not (self.start.toggles or self.start.adds or self._was_selected()):
            self._select_only()

    def move(self, pointer: Pointer) -> Gesture | None:
        """Turn into a move of nodes or a rubber band."""
        if not pointer.far_from(self.start):
            return None
        if self.hit.part is Part.EMPTY:
            return BandGesture(self.view, self.start, self._before)
        if self.hit.part is Part.WIRE:
            return self._pull()
        if self.hit.part not in (Part.NODE, Part.GROUP, Part.AREA):
            return None
        if not self._was_selected():
            self._add()
        if self.hit.edges != BODY:
            return ResizeGesture(self.view, self.start, self.hit.area, self.hit.edges, self._before)
        return MoveGesture(self.view, self.start, self.hit, self._before)

    def _pull(self) -> Gesture:
        """Near its end a wire comes off its port; anywhere else it is bent."""
        wire, at = self.view.studio.document.wires[self.hit.wire], self.start.scene
        end = self.view.scene.end_near(wire.id, at, self.view.scale())
        if end is not None:
            port = PortRef(wire.source, wire.output, True) if end else PortRef(wire.target, wire.input, False)
            return WireGesture(self.view, self.start, port, (wire,))
        index, _ = self.view.scene.wires.passes(self.view.scene.wires.row[wire.id], at.x(), at.y())
        return DotGesture(self.view, self.start, wire.id, index, new=True)

    def release(self, pointer: Pointer) -> None:
        """It was a click."""
        if self.hit.toggle:
            self.view.toggle_group(self.hit.area)
        elif self.start.toggles:
            self._remove() if self._was_selected() else self._add()
        elif self.start.adds:
            self._add()
        else:
            self._select_only()

    def cancel(self) -> None:
        """Select what was selected before."""
        self.view.studio.select(*self._before)

    def _was_selected(self) -> bool:
        nodes, wires, areas = self._before
        if self.hit.part is Part.WIRE:
            return self.hit.wire in wires
        if self.hit.part in (Part.GROUP, Part.AREA):
            return self.hit.area in areas
        return self.hit.part is Part.NODE and self.hit.node in nodes

    def _ours(self) -> Selection:
        """What was hit, as it is selected."""
        match self.hit.part:
            case Part.NODE:
                return (self.hit.node,), (), ()
            case Part.WIRE:
                return (), (self.hit.wire,), ()
            case Part.GROUP:
                return all_members(self.view.studio.document, self.hit.area), (), (self.hit.area,)
            case Part.AREA:
                return (), (), (self.hit.area,)
            case _:
                return (), (), ()

    def _select_only(self) -> None:
        self.view.studio.select(*self._ours())

    def _add(self) -> None:
        chosen, ours = self.view.studio.chosen, self._ours()
        self.view.studio.select((*chosen[0], *ours[0]), (*chosen[1], *ours[1]), (*chosen[2], *ours[2]))

    def _remove(self) -> None:
        nodes, wires, areas = (
            [i for i in chosen if i not in ours]
            for chosen, ours in zip(self.view.studio.chosen, self._ours(), strict=True)
        )
        self.view.studio.select(nodes, wires, areas)
