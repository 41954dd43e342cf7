"""What keys do on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from gradstudio.document.stage import ShownId
from gradstudio.ui.canvas import groups, rewires, selecting
from gradstudio.ui.canvas.gestures.zoom import PER_NOTCH
from gradstudio.ui.canvas.metrics import GRID

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_FAR = 5
_PAN = 40
_STANDARD: dict[QKeySequence.StandardKey, Callable[[CanvasView], None]] = {
    QKeySequence.StandardKey.Copy: lambda view: view.copy(),
    QKeySequence.StandardKey.Cut: lambda view: view.cut(),
    QKeySequence.StandardKey.Paste: lambda view: view.paste(),
    QKeySequence.StandardKey.SelectAll: lambda view: view.select_all(),
    QKeySequence.StandardKey.ZoomIn: lambda view: view.zoom(PER_NOTCH),
    QKeySequence.StandardKey.ZoomOut: lambda view: view.zoom(1 / PER_NOTCH),
}
_PLAIN: dict[int, Callable[[CanvasView], object]] = {
    Qt.Key.Key_Delete: lambda view: view.delete(),
    Qt.Key.Key_Backspace: lambda view: view.delete(),
    Qt.Key.Key_F2: lambda view: view.rename(),
    Qt.Key.Key_Home: lambda view: view.zoom_to_fit(),
    Qt.Key.Key_F: lambda view: view.zoom_to_fit(),
    Qt.Key.Key_Return: lambda view: view.enter_or_edit(),
    Qt.Key.Key_Enter: lambda view: view.enter_or_edit(),
}
_SHIFTED: dict[int, Callable[[CanvasView], object]] = {
    Qt.Key.Key_F: lambda view: view.zoom_to_fit(selection=True),
    Qt.Key.Key_Home: lambda view: view.zoom_to_fit(selection=True),
}
_CONTROLLED: dict[int, Callable[[CanvasView], object]] = {
    Qt.Key.Key_D: lambda view: view.duplicate(),
    Qt.Key.Key_0: lambda view: view.set_scale(1.0),
}


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Do what a key means; says whether it means anything here."""
    if event.key() == Qt.Key.Key_Escape:
        return view.cancel_gesture() or _deselect(view)
    if view.held.press(event) or view.gesture_active():
        return True
    for standard, action in _STANDARD.items():
        if event.matches(standard):
            action(view)
            return True
    return _named(view, event) or _arrow(view, event) or _typed(view, event)


def _named(view: CanvasView, event: QKeyEvent) -> bool:
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    none, shift, control = (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.ShiftModifier,
        Qt.KeyboardModifier.ControlModifier,
    )
    table = {none: _PLAIN, shift: _SHIFTED, control: _CONTROLLED}.get(held, {})
    action = table.get(event.key())
    if action is None:
        return False
    action(view)
    return True


def _arrow(view: CanvasView, event: QKeyEvent) -> bool:
    """Arrows move the selection from grid point to grid point (Shift: five at a time), or the view.

    With Ctrl they walk along wires (Shift: and keep what was selected); with Alt and Shift they resize frames and
    comments.
    """
    way = _ARROWS.get(Qt.Key(event.key()))
    far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if way is None:
        return False
    if far and event.modifiers() & Qt.KeyboardModifier.AltModifier:
        groups.resize_selected(view, way[0] * GRID, way[1] * GRID)
    elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        selecting.walk(view, *way, extend=far)
    elif view.marks.dot is not None:
        rewires.nudge_dot(view, way[0] * GRID * (_FAR if far else 1), way[1] * GRID * (_FAR if far else 1))
    elif view.studio.selection()[0] or view.studio.areas():
        step = GRID * (_FAR if far else 1)
        view.move_selection(way[0] * step, way[1] * step)
    else:
        step = _PAN * (_FAR if far else 1)
        view.pan(-way[0] * int(step), -way[1] * int(step))
    return True


def _typed(view: CanvasView, event: QKeyEvent) -> bool:
    """A number typed over a selected constant begins its new value."""
    text = event.text()
    return bool(text) and text in "0123456789-.+[" and view.edit_value(None, text)


def _deselect(view: CanvasView) -> bool:
    had = any(view.studio.chosen)
    view.studio.select()
    return had


def walk(view: CanvasView, forward: bool) -> bool:
    """Select the node after (or before) the selected one, from left to right; False where there is none left."""
    order = _reading_order(view)
    if not order:
        return False
    chosen = view.scene.stage.units(view.studio.selection()[0])
    if not chosen:
        here = -1 if forward else len(order)
    else:
        here = order.index(chosen[-1 if forward else 0])
    there = here + (1 if forward else -1)
    if not 0 <= there < len(order):
        return False
    nodes = view.scene.stage.members(order[there])
    view.studio.select(nodes)
    view.make_visible(nodes)
    return True


def _reading_order(view: CanvasView) -> list[ShownId]:
    boxes, ids = view.scene.nodes.boxes, view.scene.nodes.ids
    order = (ids[row] for row in np.lexsort((boxes[:, 1], boxes[:, 0])).tolist())
    return [shown for shown in order if view.scene.home(shown) is not None]
