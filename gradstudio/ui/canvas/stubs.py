"""The short wire ends at outputs nothing is connected to: there the results of a network are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from PySide6.QtCore import QRectF

from gradstudio.ui.canvas import tiles
from gradstudio.ui.canvas.face import Spot
from gradstudio.ui.canvas.metrics import STUB
from gradstudio.ui.canvas.nodes import Floats, NodeTable, Rows
from gradstudio.ui.canvas.ports import PortRef, Ports
from gradstudio.ui.canvas.wires import WireTable


class Ends(Sequence[PortRef]):
    """Output ports, made when they are asked for: of a large network few ever are.

    Args:
        nodes: all that is seen.
        rows: the node of each end, as a row.
        among: its place among the ends the node has.

    Attributes:
        others: those of groups' boxes, which follow.
    """

    def __init__(self, nodes: NodeTable, rows: Rows, among: Rows) -> None:
        self._nodes, self._rows, self._among = nodes, rows, among
        self.others: list[PortRef] = []

    def __len__(self) -> int:
        return len(self._rows) + len(self.others)

    @overload
    def __getitem__(self, index: int) -> PortRef: ...
    @overload
    def __getitem__(self, index: slice) -> list[PortRef]: ...
    def __getitem__(self, index: int | slice) -> PortRef | list[PortRef]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        count = len(self._rows)
        if index >= count:
            return self.others[index - count]
        row = self._rows[index]
        return PortRef(self._nodes.ids[row], self._nodes.look(row).ends[self._among[index]].name, True)


class Stubs:
    """Ends of the network: nodes with inputs none of whose outputs (weights aside) is connected.

    Of a closed group's box, each output that nothing is connected to, inside or outside.

    Attributes:
        tied: row per stub.
        ports: output per stub.
    """

    def __init__(self, nodes: NodeTable, wires: WireTable, ports: Ports) -> None:
        self._nodes, self._wires, self._ports = nodes, wires, ports
        self.tied = np.zeros(0, np.intp)
        self.ports = Ends(nodes, self.tied, self.tied)
        self._lift: Floats = np.zeros(0)
        self._ends: Floats | None = None
        self._stale = True

    def invalidate(self) -> None:
        """Nodes or wires came or went."""
        self._stale, self._ends = True, None

    def moved(self) -> None:
        """Nodes moved."""
        self._ends = None

    def __len__(self) -> int:
        if self._stale:
            self._find()
        return len(self.tied)

    @property
    def ends(self) -> Floats:
        """x, y of both ends of each stub."""
        if self._stale:
            self._find()
        if self._ends is None:
            self._ends = self._between(self.tied, self._lift)
        return self._ends

    def ends_of(self, rows: Rows) -> Floats:
        """The same of some stubs."""
        if len(self) < tiles.LEAST:
            return self.ends[rows]
        return self._between(self.tied[rows], self._lift[rows])

    def _between(self, nodes: Rows, lift: Floats) -> Floats:
        boxes = self._nodes.boxes[nodes]
        x, y = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + lift
        return np.stack((x, y, x + STUB, y), axis=1)

    def within(self, area: QRectF, bleed: float) -> Rows:
        """Stubs that come as near to the area as that."""
        among = self._beside(area, bleed) if len(self) >= tiles.LEAST else None
        ends = self.ends if among is None else self.ends_of(among)
        near = (ends[:, 0] < area.right() + bleed) & (ends[:, 2] > area.left() - bleed)
        near &= (ends[:, 1] < area.bottom() + bleed) & (ends[:, 1] > area.top() - bleed)
        return np.nonzero(near)[0] if among is None else among[near]

    def _beside(self, area: QRectF, bleed: float) -> Rows:
        """Stubs of the nodes that come so near, ascending; those of groups' boxes, which follow, in any case."""
        nodes = self._nodes.within(area.adjusted(-STUB - 1.0, -1.0, 1.0, 1.0), bleed)
        own = self.tied[: len(self.tied) - len(self.ports.others)]
        first = np.searchsorted(own, nodes)
        count = np.searchsorted(own, nodes, side="right") - first
        own_rows = np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
        return np.concatenate((own_rows, np.arange(len(own), len(self.tied))))

    def bounds(self) -> QRectF:
        """The box around all stubs."""
        ends = self.ends
        if not len(ends):
            return QRectF()
        left, top, right = float(ends[:, 0].min()), float(ends[:, 1].min()), float(ends[:, 2].max())
        return QRectF(left, top - 16, right - left, float(ends[:, 1].max()) - top + 32)

    def _find(self) -> None:
        nodes, wires = self._nodes, self._wires
        used = np.zeros(len(nodes), bool)
        used[wires.tied[wires.lift[:, 0] <= nodes.lowest[wires.tied[:, 0]], 0]] = True
        count = np.where(used, 0, nodes.open_ends)
        own = np.repeat(np.arange(len(nodes)), count)
        among = np.arange(len(own)) - np.repeat(np.cumsum(count) - count, count)
        lift = nodes.lowest[own]  # of the only end, and of the last of several
        for at in np.flatnonzero(among + 1 < count[own]).tolist():
            lift[at] = nodes.look(own[at]).ends[among[at]].y
        self.ports = Ends(nodes, own, among)
        boxes = [nodes.row[-i] for i in self._ports.stage.boxes if -i in nodes.row]
        found = [(row, *end) for row in boxes for end in self._box(row)]
        self.ports.others = [port for *_, port in found]
        self.tied = np.concatenate((own, np.array([row for row, *_ in found], np.intp)))
        self._lift = np.concatenate((lift, np.array([spot.y for _, spot, _ in found], float)))
        self._stale, self._ends = False, None

    def _box(self, row: int) -> Iterator[tuple[Spot, PortRef]]:
        """The open ends of a closed group."""
        for spot in self._nodes.look(row).outputs:
            port = self._ports.at(row, spot, True)
            if port is not None and not spot.weight and not self._ports.is_used(port):
                yield spot, port
