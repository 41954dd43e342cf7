"""Nodes in detail: bodies, names, captions, badges, and rings of gradient, hover and selection."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.bodies import draw_badge, draw_body, draw_port, draw_ring
from gradstudio.ui.canvas.ink import blend, faded, fonts
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.scene import Part, PortRef

DIMMED, WAITING = 0.35, 0.45
"""How strong nodes are that don't take a dragged wire, and those whose turn in a step-through is still to come."""


def paint_nodes(frame: Frame) -> None:
    """All nodes that touch the area, the selected ones on top."""
    nodes, marks = frame.scene.nodes, frame.marks
    rows = frame.nodes_here().tolist()
    chosen = {nodes.row[i] for i in marks.nodes if i in nodes.row}
    rows = [row for row in rows if row not in chosen] + [row for row in rows if row in chosen]
    dim = {row for row in rows if not _welcomes(frame, row)} if marks.fits is not None else set()
    if marks.step is not None:
        dim |= {row for row in rows if marks.dims(frame.scene.stage.members(nodes.ids[row]))}
    frame.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _glows(frame, rows)
    _paint_some(frame, [row for row in rows if row in dim], DIMMED if marks.step is None else WAITING)
    _paint_some(frame, [row for row in rows if row not in dim and row not in chosen], 1.0)
    for row in rows:
        if row in chosen and row not in dim:
            width = 2.2 / min(max(frame.scale, 0.4), 1.0)
            draw_ring(frame.in_scene(), nodes.rects[row], frame.ink.selection, width, -0.4)
            _paint_some(frame, [row], 1.0)
    _hovered(frame, rows, chosen)
    _found(frame)
    _badges(frame, rows)
    _notes(frame)


def _paint_some(frame: Frame, rows: list[int], opacity: float) -> None:
    if rows:
        frame.painter.setOpacity(opacity)
        _bodies(frame, rows)
        _names(frame, rows)
        frame.painter.setOpacity(1.0)


def _bodies(frame: Frame, rows: list[int]) -> None:
    details = frame.scale >= m.DETAILS
    nodes = frame.scene.nodes
    if frame.vector or frame.scale * frame.ratio > m.PIXMAP_LIMIT:
        painter = frame.in_scene()
        for row in rows:
            x, y = nodes.boxes[row, :2].tolist()
            painter.translate(x, y)
            draw_body(painter, nodes.look(row), frame.ink, details)
            painter.translate(-x, -y)
        return
    painter, cache, scale, camera = frame.in_view(), frame.bodies, frame.scale, frame.camera
    for row, (x, y) in zip(rows, nodes.boxes[rows, :2].tolist(), strict=True):
        pixmap = cache.pixmap(nodes.look(row), scale, frame.ratio, details)
        at = QPointF((x - m.BLEED) * scale + camera.dx, (y - m.BLEED) * scale + camera.dy)
        painter.drawPixmap(at, pixmap)


def _names(frame: Frame, rows: list[int]) -> None:
    if frame.scale < m.TITLES:
        return
    painter, nodes, ink, f = frame.in_scene(), frame.scene.nodes, frame.ink, fonts()
    places = nodes.boxes[rows, :2].tolist()
    write = f.titles.writer(painter, vector=frame.vector)
    for row, (x, y) in zip(rows, places, strict=True):
        painter.setPen(ink.dim if nodes.look(row).muted else ink.text)
        write(QPointF(x + m.MARGIN, y + 18.7), nodes.faces[row].title)
    if frame.scale < m.DETAILS:
        return
    write = f.captions.writer(painter, vector=frame.vector)
    for row, (x, y) in zip(rows, places, strict=True):
        face = nodes.faces[row]
        if face.caption:
            painter.setPen(ink.value if face.literal and not face.look.muted else ink.dim)
            write(QPointF(x + face.caption_x, y + m.FIRST_PORT + 4), face.caption)


def _glows(frame: Frame, rows: list[int]) -> None:
    """A red ring as strong as the gradient of the arrays that flow there."""
    if frame.readings.snapshot is None:
        return
    painter, nodes = frame.in_scene(), frame.scene.nodes
    for row in rows:
        strength = frame.readings.glow(nodes.ids[row], nodes.look(row).names)
        if strength:
            color = blend(frame.ink.gradient, frame.ink.canvas, 0.52 * strength)
            draw_ring(painter, nodes.rects[row], color, 3.6, 0.0)


def _hovered(frame: Frame, rows: list[int], chosen: set[int]) -> None:
    """The node or port under the mouse, and the ports that fit a dragged wire."""
    painter, nodes, ink, hover = frame.in_scene(), frame.scene.nodes, frame.ink, frame.marks.hover
    hovered = nodes.row.get(hover.shown, -1) if hover.part is not Part.WIRE else -1
    for row in rows:
        if row == hovered and row not in chosen:
            draw_ring(painter, nodes.rects[row], ink.edge_hover, 1.2, -0.6)
    if frame.marks.fits is not None:
        _fitting(frame, painter, rows)
    elif hover.is_port:
        _port(frame, painter, PortRef(hover.node, hover.port, hover.part is Part.OUTPUT))


def _fitting(frame: Frame, painter: QPainter, rows: list[int]) -> None:
    for row in rows:
        for ref in frame.scene.ports.of(row):
            if frame.marks.fits is not None and frame.marks.fits(ref):
                _port(frame, painter, ref)


def _port(frame: Frame, painter: QPainter, ref: PortRef) -> None:
    at = frame.scene.port_point(ref.node, ref.port, ref.is_output)
    spot = frame.scene.ports.spot(ref)
    if at is None or spot is None:
        return
    color = frame.ink.shelf[frame.scene.ports.shelf(ref.node)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faded(color, 0.28))
    painter.drawEllipse(at, m.PORT + 5.5, m.PORT + 5.5)
    draw_port(painter, at, spot.mark, color, frame.ink, 0.8)


def _welcomes(frame: Frame, row: int) -> bool:
    fits = frame.marks.fits
    return fits is None or any(fits(ref) for ref in frame.scene.ports.of(row))


def _found(frame: Frame) -> None:
    """Rings around the nodes somebody is searching for."""
    if frame.marks.found:
        found = frozenset(frame.scene.stage.units(frame.marks.found))
        painter, nodes = frame.in_scene(), frame.scene.nodes
        for row in frame.nodes_here().tolist():
            if nodes.ids[row] in found:
                draw_ring(painter, nodes.rects[row], frame.ink.warning, 2.0 / min(max(frame.scale, 0.4), 1.0), 3.0)


def _notes(frame: Frame) -> None:
    """The notes below nodes, each behind a bar in its node's colour."""
    if frame.scale < m.DETAILS:
        return
    painter, nodes, ink, f = frame.in_scene(), frame.scene.nodes, frame.ink, fonts()
    painter.setFont(f.note_below)
    for row in frame.notes_here().tolist():
        box, face = nodes.rects[row], nodes.faces[row]
        top = box.bottom() + m.NOTE_GAP
        high = m.NOTE_LINE * len(face.note)
        wide = max(f.note_below_width.horizontalAdvance(line) for line in face.note) + m.NOTE_INDENT
        painter.fillRect(QRectF(box.left(), top - 2, wide + 4, high + 4), ink.halo)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.tag[face.look.tag] if face.look.tag else ink.faint)
        painter.drawRoundedRect(QRectF(box.left() + 2, top, 2.5, high), 1.2, 1.2)
        painter.setPen(ink.dim)
        for i, line in enumerate(face.note):
            painter.drawText(QPointF(box.left() + m.NOTE_INDENT, top + m.NOTE_LINE * (i + 1) - 3.6), line)


def _badges(frame: Frame, rows: list[int]) -> None:
    nodes, problems = frame.scene.nodes, frame.scene.shown_problems(frame.readings)
    if not problems:
        return
    painter = frame.in_scene()
    for row in rows:
        trouble = problems.get(nodes.ids[row])
        if trouble is not None:
            box = nodes.rects[row]
            draw_badge(painter, QPointF(box.right() - 3, box.top() + 2), frame.ink, trouble.mild)
