"""The wheel and the touchpad: a mouse wheel zooms to the cursor, two fingers (or Shift, Alt with the wheel) pan."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QWheelEvent

PER_NOTCH = 1.2
_NOTCH = 120.0
_PAN_PER_NOTCH = 60.0


class Movable(Protocol):
    """A picture that can be panned and zoomed."""

    def pan(self, dx: int, dy: int) -> None:
        """Move it by so many pixels."""

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a point."""


def wheel(view: Movable, event: QWheelEvent) -> None:
    """Zoom or pan."""
    keys = event.modifiers()
    if keys & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier):
        _zoom(view, event)
    elif _is_touchpad(event):
        delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
        view.pan(delta.x(), delta.y())
    elif keys & Qt.KeyboardModifier.ShiftModifier:
        view.pan(_notches(event), 0)
    elif keys & Qt.KeyboardModifier.AltModifier:
        view.pan(0, _notches(event))
    else:
        _zoom(view, event)
    event.accept()


def pinch(view: Movable, event: QNativeGestureEvent) -> bool:
    """Zoom by pinching; says whether it was one."""
    if event.gestureType() is not Qt.NativeGestureType.ZoomNativeGesture:
        return False
    view.zoom(1.0 + event.value(), event.position())
    return True


def _is_touchpad(event: QWheelEvent) -> bool:
    """Whether two fingers scroll: those report pixels, or come from a touchpad."""
    return not event.pixelDelta().isNull() or event.device().type() is QInputDevice.DeviceType.TouchPad


def _notches(event: QWheelEvent) -> int:
    """Pixels to pan; with Alt held, Qt turns the wheel sideways."""
    delta = event.angleDelta().y() or event.angleDelta().x()
    return round(delta / _NOTCH * _PAN_PER_NOTCH)


def _zoom(view: Movable, event: QWheelEvent) -> None:
    delta = event.angleDelta().y() or event.pixelDelta().y() * 2
    view.zoom(PER_NOTCH ** (delta / _NOTCH), event.position())
