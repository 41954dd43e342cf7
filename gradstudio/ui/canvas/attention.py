"""Which nodes and wires somebody can see: of a large network the session sums up those and no others."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QTimer

from gradstudio.document.model import NodeId, WireId
from gradstudio.ui.canvas.layers.labels import label_strength
from gradstudio.ui.canvas.metrics import LABEL_REACH, OVERVIEW

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

SOON_MS = 40
"""While the view moves it is looked around at most so often."""
MOST = 2_000
"""Nodes and wires looked at, at most: that many only where they lie on each other."""
_AROUND, _LEAST = 0.4, 0.1
"""So much of the view's size further than the view reaches, so that pans have their numbers already; and as long as it
reaches this much further nothing needs to be told."""
_ROOMY = 16.0
"""What was told of an area so many times as large as the view is told anew of a smaller one."""


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
        self._told: tuple[QRectF, tuple[bool, ...]] | None = None
        view.viewChanged.connect(self._view_changed)
        view.sceneChanged.connect(self._changed)
        view.studio.selectionChanged.connect(self._changed)
        view.studio.documentReplaced.connect(self.tell)

    def _changed(self, *_: object) -> None:
        self._told = None
        self._view_changed()

    def _view_changed(self) -> None:
        if not self._soon.isActive() and not self._known():
            self._soon.start()

    def _known(self) -> bool:
        """Whether what was told last still covers the view with some room around it, and not much more than that."""
        if self._told is None:
            return False
        area, detail = self._told
        view, wanted = self._around(_LEAST), self._around(_AROUND)
        spare = area.width() * area.height() / (wanted.width() * wanted.height())
        return detail == self._detail() and area.contains(view) and spare < _ROOMY

    def _detail(self) -> tuple[bool, ...]:
        """Whether nodes are more than boxes, whether labels can be read, and whether all is summed up anyway."""
        scale = self._view.camera.scale
        return scale >= OVERVIEW, label_strength(scale) > 0, self._view.studio.is_small()

    def _around(self, share: float) -> QRectF:
        """The part of the scene in view, with this share of its size around it."""
        view = self._view.visible_area()
        dx, dy = share * view.width(), share * view.height()
        return view.adjusted(-dx, -dy, dx, dy)

    def tell(self) -> None:
        """Look around now."""
        studio = self._view.studio
        self._soon.stop()
        self._told = self._around(_AROUND), self._detail()
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
        scene, area = self._view.scene, self._around(_AROUND)
        shown = {scene.nodes.ids[row] for row in scene.nodes.within(area)[:MOST].tolist()}
        ends = {scene.stubs.ports[row].node for row in scene.stubs.within(area, LABEL_REACH)[:MOST].tolist()}
        return {node for node in shown | ends if node > 0}

    def _links(self) -> set[WireId]:
        scene = self._view.scene
        if label_strength(self._view.camera.scale) <= 0:
            return set()
        near = scene.wires.within(self._around(_AROUND), LABEL_REACH)
        return {scene.wires.ids[row] for row in near[:MOST].tolist()}
