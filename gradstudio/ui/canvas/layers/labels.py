"""Labels on wires: shape and forward value above, gradient below."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.ink import faded, fonts
from gradstudio.ui.canvas.labels import Lot
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.nodes import Floats, Rows
from gradstudio.ui.canvas.readings import Reading

_PAD = 4.0
STALE = 0.4
_MARGIN = 90.0
"""Labels may reach so far out of their wire's hull."""


def label_strength(scale: float) -> float:
    """How visible labels are at a scale, 0 to 1."""
    return min(max((scale - m.VALUES) / (m.VALUES_FULL - m.VALUES), 0.0), 1.0)


def paint_labels(frame: Frame) -> None:
    """All labels that touch the area."""
    strength = label_strength(frame.scale)
    if frame.marks.fits is not None:
        strength *= 0.35
    if strength <= 0:
        return
    rows = frame.wires_here(_MARGIN)
    rows = rows[frame.scene.labels.may_show(rows, frame.area)]
    if frame.marks.hidden:
        rows = rows[~np.isin(rows, [frame.scene.wires.row.get(wire, -1) for wire in frame.marks.hidden])]
    ids = frame.scene.wires.ids
    readings = [frame.readings.wire(ids[row]) for row in rows.tolist()]
    rows, widths, lines, readings = _wanted(rows, readings)
    if len(rows):
        lot = frame.scene.labels.place_wires(rows, widths, lines)
        _draw(frame, lot, rows, readings, strength)
    _stubs(frame, strength)


def _stubs(frame: Frame, strength: float) -> None:
    stubs = frame.scene.stubs
    rows = frame.stubs_here(_MARGIN)
    ports = [stubs.ports[row] for row in rows.tolist()]
    readings = [frame.readings.end(port.node, port.port) for port in ports]
    rows, widths, lines, readings = _wanted(rows, readings)
    if len(rows):
        _draw(frame, frame.scene.labels.place_stubs(rows, widths, lines), rows, readings, strength)


def _wanted(rows: Rows, readings: list[Reading]) -> tuple[Rows, Floats, Floats, list[Reading]]:
    """Those rows that have something to say, with widths and lines in scene units."""
    keep = [i for i, reading in enumerate(readings) if reading.chars]
    chosen = [readings[i] for i in keep]
    digit = fonts().digit
    widths = np.array([r.chars * digit + 2 * _PAD for r in chosen], float)
    lines = np.array([max(r.lines, 1) for r in chosen], float)
    return rows[keep], widths, lines, chosen


def _draw(frame: Frame, lot: Lot, rows: Rows, readings: list[Reading], strength: float) -> None:
    painter, ink = frame.in_scene(), frame.ink
    painter.setFont(fonts().label)
    pens = _pens(frame, strength)
    halo = faded(ink.halo, strength)
    places = np.concatenate((lot.above[rows], lot.below[rows]), axis=1)
    shown = np.nonzero(lot.near(rows, frame.area))[0]
    crowded = lot.crowded[rows[shown]].tolist()
    for i, busy, (ax, ay, bx, by) in zip(shown.tolist(), crowded, places[shown].tolist(), strict=True):
        reading = readings[i]
        behind = halo if busy else None
        _write(painter, reading.value, ax, ay, pens[1], behind)
        _write(painter, reading.shape, ax, ay - m.LABEL_LINE * bool(reading.value), pens[0], behind)
        _write(painter, reading.gradient, bx, by + m.LABEL_LINE, pens[2], behind)


def _pens(frame: Frame, strength: float) -> tuple[QColor, QColor, QColor]:
    ink = frame.ink
    live = strength * (STALE if frame.readings.stale else 1.0)
    return faded(ink.dim, strength * 0.9), faded(ink.value, live), faded(ink.gradient, live)


def _write(painter: QPainter, text: str, x: float, bottom: float, color: QColor, halo: QColor | None) -> None:
    """A line of text centred at x; over other wires on a halo that keeps it legible."""
    if not text:
        return
    half = len(text) * fonts().digit / 2
    if halo is not None:
        painter.fillRect(QRectF(x - half - 2, bottom - m.LABEL_LINE + 1.5, 2 * half + 4, m.LABEL_LINE - 2.5), halo)
    painter.setPen(color)
    painter.drawText(QPointF(x - half, bottom - 3.6), text)
