"""One renderer for widget, minimap and pictures."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from gradstudio.ui.canvas.layers.areas import paint_areas
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.layers.grid import paint_grid
from gradstudio.ui.canvas.layers.labels import paint_labels
from gradstudio.ui.canvas.layers.lights import paint_lights
from gradstudio.ui.canvas.layers.nodes import paint_nodes
from gradstudio.ui.canvas.layers.overview import paint_overview
from gradstudio.ui.canvas.layers.steps import paint_steps
from gradstudio.ui.canvas.layers.wires import paint_wires
from gradstudio.ui.canvas.metrics import OVERVIEW


def paint_frame(frame: Frame, *, background: bool = True, labels: bool = True) -> None:
    """Paint the layers, in as much detail as the scale gives room for."""
    frame.painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    if background and not frame.held_only:
        paint_grid(frame)
    paint_areas(frame)
    if frame.scale < OVERVIEW and not frame.vector:
        paint_overview(frame)
        paint_steps(frame)
    else:
        paint_wires(frame)
        paint_nodes(frame)
        paint_lights(frame)
        paint_steps(frame)
        if labels:
            paint_labels(frame)
    frame.in_view()
