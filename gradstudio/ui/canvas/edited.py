"""An edit of a large network is painted where it was made; the rest of the view follows with the new numbers.

All labels change with an edit, for all numbers are computed anew. Painting the whole view takes the time in which they
are computed, so it is done once: when they are there, or when they take so long that old ones would be taken for new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QRegion

from gradstudio.document.model import Change
from gradstudio.ui.canvas.metrics import BLEED, LABEL_REACH

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

MANY = 2_000
"""Networks of fewer nodes are painted as a whole at once."""
_FEW = 20
"""So are edits of more nodes and wires than this."""
_WAIT_MS = 120


class Edited(QTimer):
    """Where an edit is seen, and when the rest of the view is to be painted."""

    def __init__(self, view: Surface) -> None:
        super().__init__(view)
        self.setObjectName("canvas.edited")
        self.setSingleShot(True)
        self.setInterval(_WAIT_MS)
        self.timeout.connect(view.update)
        self._view = view

    def reach(self, change: Change) -> QRegion | None:
        """What a change covers of the scene as it is shown now; None where that is to be taken for the whole view."""
        view, scene = self._view, self._view.scene
        count = len(change.nodes) + len(change.wires)
        elsewhere = change.groups or change.frames or change.comments or change.exercise
        if elsewhere or not change.graph or not 0 < count <= _FEW or not scene.stage.plain or len(scene.nodes) < MANY:
            return None
        nodes = [node for node in change.nodes if node in scene.nodes.row]
        document = scene.document
        theirs = (w.id for node in nodes for w in (*document.wires_into(node), *document.wires_out_of(node)))
        rows = [scene.wires.row[wire] for wire in {*change.wires, *theirs} if wire in scene.wires.row]
        covered = view.hulls(np.array(rows, np.intp))
        if nodes:
            bounds = scene.nodes.bounds(scene.nodes.rows(nodes))
            covered += QRegion(view.pixels(bounds.adjusted(-BLEED, -BLEED, LABEL_REACH, LABEL_REACH)))
        return covered
