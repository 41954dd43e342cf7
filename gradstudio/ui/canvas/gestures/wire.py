"""Wiring: from port to port in either direction, with the reason of a refusal before the button is released."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from gradstudio.document import commands, exposing
from gradstudio.document.fitting import End
from gradstudio.document.joining import move_ends, moved_ends
from gradstudio.document.legality import why_not
from gradstudio.document.model import Patch, Wire
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.shapes import infer
from gradstudio.document.stage import INPUTS, OUTPUTS
from gradstudio.ui.canvas.gestures import hanging
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.metrics import REACH
from gradstudio.ui.canvas.scene import Part, PortRef
from gradstudio.ui.canvas.wanted import Wanted

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_TELLING = (Reason.CYCLE, Reason.SHAPE, Reason.SIZE, Reason.OCCUPIED, Reason.DUPLICATE, Reason.TYPE)
"""Where a node has several ports and none fits, the reason told is the first of these."""


class WireGesture(Gesture):
    """Wires hang from ports and follow the mouse; they snap to ports near it, or to the best port of a node.

    A new wire hangs from the port that was pressed. Wires that were pulled off that port hang from their other ends:
    dropped on another port they are plugged in there, dropped on empty canvas they are gone. A new wire that is
    dropped on empty canvas asks for a gate; on the border of the group one is in, its port is shown by the group.
    Ctrl replaces the wire of an occupied input.

    Args:
        view: the canvas.
        start: where the button went down.
        port: the port that was pressed, or at which the pressed end of a wire is.
        lifted: wires pulled off that port.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, start: Pointer, port: PortRef, lifted: tuple[Wire, ...] = ()) -> None:
        super().__init__(view, start)
        self.lifted = lifted
        self.anchors = tuple(_other_end(wire, port) for wire in lifted) or (port,)
        self.pressed = port
        self.now = start
        self.target: PortRef | None = None
        self.refusal: Refused | None = None
        self.exposes = False
        self._moved = False
        self._known: dict[tuple[PortRef, bool], Refused | None] = {}

    @property
    def wants_outputs(self) -> bool:
        """Whether the loose end goes to an output."""
        return not self.anchors[0].is_output

    def begin(self) -> None:
        """Light up what fits."""
        hidden = frozenset(wire.id for wire in self.lifted)
        self.view.set_marks(changed(self.view.marks, hidden=hidden, fits=self._fits))

    def move(self, pointer: Pointer) -> None:
        """Look for a port near the mouse, and ask whether it may be connected."""
        self.now = pointer
        self._moved = self._moved or pointer.far_from(self.start)
        self.target, self.refusal = self._aim(pointer)
        self.exposes = self.target is None and self._over_border(pointer)
        if self.target is not None:
            self.refusal = None if self._is_home(self.target) else self._why_not(self.target, pointer.toggles)

    def release(self, pointer: Pointer) -> None:
        """Connect, plug in elsewhere, disconnect or ask for a gate, in one step."""
        self.move(pointer)
        self._done()
        if not self._moved:
            self.view.studio.select((self.pressed.node,))
        elif self.refusal is not None:
            self.view.studio.messageShown.emit(self.refusal.message)
        elif self.target is not None and not self._is_home(self.target):
            self.view.studio.do(lambda: self._connect(pointer.toggles))
        elif self.exposes:
            self.view.studio.do(self._expose)
        elif self.target is None and self._over_nothing(pointer):
            self._drop(pointer)

    def cancel(self) -> None:
        """Let go of it; a lifted wire is back where it was."""
        self._done()

    def _done(self) -> None:
        self.view.set_marks(changed(self.view.marks, hidden=frozenset(), fits=None))

    def _drop(self, pointer: Pointer) -> None:
        """On empty canvas pulled wires go; for a new one a gate is asked for."""
        if self.lifted:
            gone = tuple(wire.id for wire in self.lifted)
            self.view.studio.do(lambda: commands.disconnect(self.view.studio.document, gone))
        else:
            ends = tuple(End(port.node, port.port, port.is_output) for port in self.anchors)
            self.view.want(Wanted(pointer.scene, ends=ends), self)

    # --- what it may be connected to --------------------------------------------------------------------------

    def _is_home(self, port: PortRef) -> bool:
        """Whether it is the port the lifted wires were taken from."""
        return bool(self.lifted) and port == self.pressed

    def _aim(self, pointer: Pointer) -> tuple[PortRef | None, Refused | None]:
        """The port meant: the nearest within reach, else the best one of the node under the mouse."""
        scene, own = self.view.scene, {port.node for port in self.anchors}
        near = scene.nearest_port(pointer.scene, REACH / self.view.scale(), self.wants_outputs)
        if near is not None and near.node not in own:
            return near, None
        hit = scene.hit(pointer.scene, self.view.scale(), self.view.marks.nodes, ports=False)
        row = scene.nodes.row.get(hit.shown)
        if hit.part not in (Part.NODE, Part.GROUP) or row is None or hit.shown in scene.stage.units(own):
            return near if near is not None and row is not None else None, None
        ports = [port for port in scene.ports.of(row) if port.is_output is self.wants_outputs]
        if not ports:
            return None, self._no_port(scene.nodes.faces[row].title)
        return self._best(ports, pointer.toggles), None

    def _best(self, ports: list[PortRef], replace: bool) -> PortRef:
        """The first port that would take it as it is, then (if asked) in exchange; else the most telling one."""
        for exchange in (False, True) if replace else (False,):
            for port in ports:
                if self._is_home(port) or self._why_not(port, exchange) is None:
                    return port
        return min(ports, key=lambda port: _tells(self._why_not(port, replace)))

    def _no_port(self, name: str) -> Refused:
        words = "gives nothing: it has no output" if self.wants_outputs else "takes no wire: it has no input"
        return Refused(Reason.UNKNOWN_PORT, f"“{name}” {words}.")

    def _fits(self, port: PortRef) -> bool:
        """Whether a port would take the wires; the anchors' own nodes stay lit."""
        if port in self.anchors or self._is_home(port):
            return True
        return port.is_output is self.wants_outputs and self._why_not(port, False) is None

    def _why_not(self, port: PortRef, replace: bool) -> Refused | None:
        """The refusal, asked for once per port and gesture."""
        key = (port, replace)
        if key not in self._known:
            self._known[key] = self._refused(port, replace)
        return self._known[key]

    def _refused(self, port: PortRef, replace: bool) -> Refused | None:
        document, end = self.view.studio.document, End(port.node, port.port, port.is_output)
        if not self.lifted:
            (anchor,) = self.anchors
            source, target = (anchor, port) if anchor.is_output else (port, anchor)
            return why_not(document, source.node, source.port, target.node, target.port, replace=replace)
        if len(self.lifted) > 1 and not port.is_output and not self._takes_many(port):
            name = document.nodes[port.node].name
            message = f"{port.port} of “{name}” takes one wire; these are {len(self.lifted)}."
            return Refused(Reason.OCCUPIED, message)
        asked = (why_not(document, *moved_ends(wire, end), replace=replace, without=wire.id) for wire in self.lifted)
        return next((refusal for refusal in asked if refusal is not None), None)

    def _takes_many(self, port: PortRef) -> bool:
        found = infer(self.view.studio.document).places[port.node].input(port.port)
        return found is not None and found.many

    def _over_border(self, pointer: Pointer) -> bool:
        """Whether a new wire from a port in the group that was entered is held over where the group shows its ports."""
        hit = self.view.scene.hit(pointer.scene, self.view.scale(), ports=False)
        outer = OUTPUTS if self.anchors[0].is_output else INPUTS
        inner = self.view.scene.stage.of(self.anchors[0].node) is not None
        return not self.lifted and inner and hit.part is Part.BORDER and hit.node == outer

    def _expose(self) -> Patch:
        (port,), document = self.anchors, self.view.studio.document
        group = self.view.studio.stage.inside
        assert group is not None
        return exposing.expose(document, group, port.node, port.port, output=port.is_output)

    def _over_nothing(self, pointer: Pointer) -> bool:
        hit = self.view.scene.hit(pointer.scene, self.view.scale(), ports=False)
        return hit.part is not Part.BORDER and hit.shown not in self.view.scene.nodes.row

    def _connect(self, replace: bool) -> Patch:
        assert self.target is not None
        document, port = self.view.studio.document, self.target
        if len(self.lifted) > 1:
            return move_ends(document, self.lifted, End(port.node, port.port, port.is_output))
        source, target = (self.anchors[0], port) if self.anchors[0].is_output else (port, self.anchors[0])
        without = self.lifted[0].id if self.lifted else None
        return commands.connect(
            document, source.node, source.port, target.node, target.port, replace=replace, without=without
        )

    def can_replace(self) -> bool:
        """Whether holding Ctrl would help."""
        occupied = self.refusal is not None and self.refusal.reason is Reason.OCCUPIED
        return occupied and self.target is not None and self._why_not(self.target, True) is None

    # --- how it looks -------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """The hanging wires and the bubble."""
        hanging.paint(painter, self)

    def extent(self) -> QRectF:
        """The wires and the bubble."""
        return hanging.extent(self)


def _other_end(wire: Wire, port: PortRef) -> PortRef:
    """Where a wire hangs that was pulled off a port."""
    if port.is_output:
        return PortRef(wire.target, wire.input, False)
    return PortRef(wire.source, wire.output, True)


def _tells(refusal: Refused | None) -> int:
    return _TELLING.index(refusal.reason) if refusal is not None and refusal.reason in _TELLING else len(_TELLING)
