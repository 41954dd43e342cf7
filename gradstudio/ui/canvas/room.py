"""Where a node finds room."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.metrics import GRID
from gradstudio.ui.canvas.scene import Scene

GAP = 20.0
"""Between nodes below each other,"""
AHEAD = 60.0
"""and between a node and what it feeds."""


def free_place(scene: Scene, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """The place on the grid nearest below a point where a node of this size lies on no other."""
    x, y = snapped(x), snapped(y)
    boxes = scene.nodes.boxes
    beside = (boxes[:, 0] < x + width + GAP / 2) & (boxes[:, 0] + boxes[:, 2] > x - GAP / 2)
    column = boxes[beside]
    for _, top, _, high in column[np.argsort(column[:, 1], kind="stable")].tolist():
        if top < y + height + GAP / 2 and top + high > y - GAP / 2:
            y = np.ceil((top + high + GAP) / GRID).item() * GRID
    return x, y


def behind(boxes: QRectF, width: float, height: float) -> tuple[float, float]:
    """Where a node goes that is fed by what lies in a box: to its right, at the same height."""
    return boxes.right() + AHEAD, boxes.center().y() - height / 2


def before(box: QRectF, port_y: float, width: float, first_port: float) -> tuple[float, float]:
    """Where a node goes that feeds a port of the node in a box: to its left, level with the port."""
    return box.left() - AHEAD - width, port_y - first_port
