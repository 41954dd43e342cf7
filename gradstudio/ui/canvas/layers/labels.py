"""Labels on wires: shape and forward value above, gradient below."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.asked import Reading
from gradstudio.ui.canvas.ink import fonts
from gradstudio.ui.canvas.labels import Lot
from gradstudio.ui.canvas.layers.forks import paint_forks
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.nodes import Floats, Rows
from gradstudio.ui.canvas.readings import Readings
from gradstudio.ui.canvas.scene import Scene

_Text: TypeAlias = tuple[str, float, float]
"""A line of text, the x of its middle, and its lower edge."""
_PAD = 4.0
STALE = 0.4


def label_strength(scale: float) -> float:
    """How visible labels are at a scale, 0 to 1."""
    return min(max((scale - m.VALUES) / (m.VALUES_FULL - m.VALUES), 0.0), 1.0)


def differ(scene: Scene, area: QRectF, one: Readings, other: Readings) -> bool:
    """Whether anything is written or glows otherwise in an area by the one readings than by the others."""
    if one.stale is not other.stale:
        return True
    ids, nodes, stubs = scene.wires.ids, scene.nodes, scene.stubs
    rows = scene.wires.within(area, m.LABEL_REACH)
    wires = [ids[row] for row in rows[scene.labels.may_show(rows, area)].tolist()]
    ends = [stubs.ports[row] for row in stubs.within(area, m.LABEL_REACH).tolist()]
    names = [(nodes.ids[row], nodes.look(row).names) for row in nodes.within(area).tolist()]
    return (
        any(one.wire(i) != other.wire(i) for i in wires)
        or any(one.end(end.node, end.port) != other.end(end.node, end.port) for end in ends)
        or any(one.glow(*name) != other.glow(*name) for name in names)
    )


def paint_labels(frame: Frame) -> None:
    """All labels that touch the area."""
    strength = label_strength(frame.scale)
    if frame.marks.fits is not None:
        strength *= 0.35
    if strength <= 0:
        return
    rows = frame.wires_here(m.LABEL_REACH)
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
    if frame.readings.snapshot is not None:
        paint_forks(frame, strength * (STALE if frame.readings.stale else 1.0))


def _stubs(frame: Frame, strength: float) -> None:
    stubs = frame.scene.stubs
    rows = frame.stubs_here(m.LABEL_REACH)
    ports = [stubs.ports[row] for row in rows.tolist()]
    readings = [frame.readings.end(port.node, port.port) for port in ports]
    rows, widths, lines, readings = _wanted(rows, readings)
    if len(rows):
        _draw(frame, frame.scene.labels.place_stubs(rows, widths, lines), rows, readings, strength)


def _wanted(rows: Rows, readings: list[Reading]) -> tuple[Rows, Floats, Floats, list[Reading]]:
    """Those rows that have something to say, with widths and lines in scene units."""
    keep = [i for i, reading in enumerate(readings) if any(reading)]
    chosen = [readings[i] for i in keep]
    digit = fonts().digit
    widths = np.array([max(map(len, reading)) * digit + 2 * _PAD for reading in chosen], float)
    lines = np.array([1.0 + bool(shape and value) for shape, value, _ in chosen], float)
    return rows[keep], widths, lines, chosen


def _draw(frame: Frame, lot: Lot, rows: Rows, readings: list[Reading], strength: float) -> None:
    """All halos, then all texts of one colour after the other: changing the pen costs time."""
    shown = np.nonzero(lot.near(rows, frame.area))[0]
    if not len(shown):
        return
    places = np.concatenate((lot.above[rows[shown]], lot.below[rows[shown]]), axis=1).tolist()
    crowded = lot.crowded[rows[shown]].tolist()
    texts: tuple[list[_Text], ...] = ([], [], [])
    halos: list[_Text] = []
    for i, busy, (ax, ay, bx, by) in zip(shown.tolist(), crowded, places, strict=True):
        shape, value, gradient = readings[i]
        written = (shape, ax, ay - m.LABEL_LINE * bool(value)), (value, ax, ay), (gradient, bx, by + m.LABEL_LINE)
        for kind, text in zip(texts, written, strict=True):
            if text[0]:
                kind.append(text)
                if busy:
                    halos.append(text)
    _write(frame, texts, halos, strength)


def _write(frame: Frame, texts: tuple[list[_Text], ...], halos: list[_Text], strength: float) -> None:
    """Lines of text centred at their x; where wires run behind, on halos that keep them legible."""
    painter, f = frame.in_scene(), fonts()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    write = f.labels.writer(painter, vector=frame.vector)
    half, pens = f.digit / 2, frame.ink.labels(strength, strength * (STALE if frame.readings.stale else 1.0))
    for text, x, bottom in halos:
        wide = len(text) * half + 2
        painter.fillRect(QRectF(x - wide, bottom - m.LABEL_LINE + 1.5, 2 * wide, m.LABEL_LINE - 2.5), pens.halo)
    for pen, lines in zip((pens.shape, pens.value, pens.gradient), texts, strict=True):
        painter.setPen(pen)
        for text, x, bottom in lines:
            write(QPointF(x - len(text) * half, bottom - 3.6), text)
