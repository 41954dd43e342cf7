"""Which nodes and wires somebody can see: of a large network the session sums up those and no others."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from gradstudio.document.model import NodeId, WireId
from gradstudio.ui.canvas.layers.labels import label_strength
from gradstudio.ui.canvas.metrics import OVERVIEW

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

SOON_MS = 40
"""While the view moves it is looked around at most so often."""
MOST = 2_000
"""Nodes and wires looked at, at most: that many only where they lie on each other."""
_AROUND = 0.25
"""So much of the view's size further than the view reaches, so that a small pan has its numbers already."""
_LABEL_REACH = 90.0


class Attention(QObject):
    """Tells the studio what the canvas shows, and what is selected, whenever that changes."""

    def __init__(self, view: Surface) -> None:
        super().__init__(view)
        self._view = view
        self._soon = QTimer(self)
        self._soon.setObjectName("canvas.attention")
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.tell)
        for signal in (view.viewChanged, view.sceneChanged, view.studio.selectionChanged):
            signal.connect(self._changed)
        view.studio.documentReplaced.connect(self.tell)

    def _changed(self, *_: object) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def tell(self) -> None:
        """Look around now."""
        studio = self._view.studio
        if studio.is_small():
            studio.set_watch(nodes=None, links=None)
            return
        nodes, links = self._selected()
        if self._view.camera.scale >= OVERVIEW:
            nodes |= self._nodes()
            links |= self._links()
        studio.set_watch(nodes=frozenset(nodes), links=frozenset(links))

    def _selected(self) -> tuple[set[NodeId], set[WireId]]:
        """What is selected, with the wires that feed it: the inspector shows their numbers."""
        nodes, links = self._view.studio.selection()
        document = self._view.studio.document
        feeding = (wire.id for node in nodes if node in document.nodes for wire in document.wires_into(node))
        return set(nodes[:MOST]), {*links[:MOST], *itertools.islice(feeding, MOST)}

    def _nodes(self) -> set[NodeId]:
        scene, view = self._view.scene, self._view.visible_area()
        dx, dy = _AROUND * view.width(), _AROUND * view.height()
        area = view.adjusted(-dx, -dy, dx, dy)
        shown = {scene.nodes.ids[row] for row in scene.nodes.within(area)[:MOST].tolist()}
        ends = {scene.stubs.ports[row].node for row in scene.stubs.within(area, _LABEL_REACH)[:MOST].tolist()}
        return {node for node in shown | ends if node > 0}

    def _links(self) -> set[WireId]:
        scene, view = self._view.scene, self._view.visible_area()
        if label_strength(self._view.camera.scale) <= 0:
            return set()
        reach = _LABEL_REACH + _AROUND * max(view.width(), view.height())
        return {scene.wires.ids[row] for row in scene.wires.within(view, reach)[:MOST].tolist()}
