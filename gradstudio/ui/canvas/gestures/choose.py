"""Which gesture a press begins: by button, held key, and what lies under the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from gradstudio.document.model import Wire
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.gestures.cut import CutGesture
from gradstudio.ui.canvas.gestures.dot import DotGesture
from gradstudio.ui.canvas.gestures.lazy import LazyGesture
from gradstudio.ui.canvas.gestures.pan import PanGesture
from gradstudio.ui.canvas.gestures.select import SelectGesture
from gradstudio.ui.canvas.gestures.wire import WireGesture
from gradstudio.ui.canvas.held import Held
from gradstudio.ui.canvas.scene import Part, PortRef

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_LEFT, _MIDDLE, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


def gesture_for(view: CanvasView, button: Qt.MouseButton, pointer: Pointer) -> Gesture | None:
    """The gesture that a button begins; None where it means nothing, or asks for a menu."""
    held = view.held.now if button is _LEFT else Held.NOTHING
    if button is _MIDDLE or held is Held.PAN:
        return PanGesture(view, pointer)
    if held is Held.CUT or (button is _RIGHT and pointer.toggles):
        return CutGesture(view, pointer)
    if held is Held.JOIN or (button is _RIGHT and pointer.heals):
        return _lazy(view, pointer)
    return _with_left(view, pointer) if button is _LEFT else None


def _lazy(view: CanvasView, pointer: Pointer) -> Gesture | None:
    hit = view.scene.hit(pointer.scene, view.scale(), view.marks.nodes, ports=False)
    return LazyGesture(view, pointer, hit.shown) if hit.part in (Part.NODE, Part.GROUP) else None


def _with_left(view: CanvasView, pointer: Pointer) -> Gesture:
    hit = view.scene.hit(pointer.scene, view.scale(), view.marks.nodes)
    if hit.is_port:
        port = PortRef(hit.node, hit.port, hit.part is Part.OUTPUT)
        return WireGesture(view, pointer, port, _lifted(view, port, every=pointer.toggles))
    if hit.part is Part.DOT:
        return DotGesture(view, pointer, hit.wire, hit.index)
    return SelectGesture(view, pointer, hit)


def _lifted(view: CanvasView, port: PortRef, *, every: bool) -> tuple[Wire, ...]:
    """The wires that come along: with Ctrl all of the port; else that of an input, the latest where there are many."""
    document = view.studio.document
    if port.is_output:
        return tuple(w for w in document.wires_out_of(port.node) if w.output == port.port) if every else ()
    wires = tuple(w for w in document.wires_into(port.node) if w.input == port.port)
    return wires if every else wires[-1:]
