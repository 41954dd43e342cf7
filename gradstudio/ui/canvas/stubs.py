"""The short wire ends at outputs nothing is connected to: there the results of a network are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from PySide6.QtCore import QRectF

from gradstudio.document.model import NodeId
from gradstudio.ui.canvas.face import Spot
from gradstudio.ui.canvas.metrics import STUB
from gradstudio.ui.canvas.nodes import Floats, NodeTable, Rows
from gradstudio.ui.canvas.ports import PortRef, Ports
from gradstudio.ui.canvas.wires import WireTable


class Ends(Sequence[PortRef]):
    """Output ports, made when they are asked for: of a large network few ever are.

    Args:
        own: node and output of those that nodes have.

    Attributes:
        others: those of groups' boxes, which follow.
    """

    def __init__(self, own: list[tuple[NodeId, str]]) -> None:
        self._own = own
        self.others: list[PortRef] = []

    def __len__(self) -> int:
        return len(self._own) + len(self.others)

    @overload
    def __getitem__(self, index: int) -> PortRef: ...
    @overload
    def __getitem__(self, index: slice) -> list[PortRef]: ...
    def __getitem__(self, index: int | slice) -> PortRef | list[PortRef]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        count = len(self._own)
        return PortRef(*self._own[index], True) if index < count else self.others[index - count]


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
        self.ports = Ends([])
        self._lift: Floats = np.zeros(0)
        self._ends: Floats | None = None
        self._stale = True

    def invalidate(self) -> None:
        """Nodes or wires came or went."""
        self._stale, self._ends = True, None

    def moved(self) -> None:
        """Nodes moved."""
        self._ends = None

    @property
    def ends(self) -> Floats:
        """x, y of both ends of each stub."""
        if self._stale:
            self._find()
        if self._ends is None:
            boxes = self._nodes.boxes[self.tied]
            x, y = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + self._lift
            self._ends = np.stack((x, y, x + STUB, y), axis=1)
        return self._ends

    def within(self, area: QRectF, bleed: float) -> Rows:
        """Stubs that come as near to the area as that."""
        ends = self.ends
        near = (ends[:, 0] < area.right() + bleed) & (ends[:, 2] > area.left() - bleed)
        near &= (ends[:, 1] < area.bottom() + bleed) & (ends[:, 1] > area.top() - bleed)
        return np.nonzero(near)[0]

    def bounds(self) -> QRectF:
        """The box around all stubs."""
        ends = self.ends
        if not len(ends):
            return QRectF()
        left, top, right = float(ends[:, 0].min()), float(ends[:, 1].min()), float(ends[:, 2].max())
        return QRectF(left, top - 16, right - left, float(ends[:, 1].max()) - top + 32)

    def _find(self) -> None:
        used = np.zeros(len(self._nodes), bool)
        wires = self._wires
        faces, ids = self._nodes.faces, self._nodes.ids
        lowest = np.array([face.look.lowest_end for face in faces])
        used[wires.tied[wires.lift[:, 0] <= lowest[wires.tied[:, 0]], 0]] = True
        rows = [row for row in np.nonzero(~used)[0].tolist() if ids[row] > 0]
        found = [(row, spot) for row in rows for spot in faces[row].look.ends]
        own = Ends([(ids[row], spot.name) for row, spot in found])
        boxes = (self._nodes.row[-i] for i in self._ports.stage.boxes if -i in self._nodes.row)
        for row in boxes:
            for spot, port in self._box(row):
                found.append((row, spot))
                own.others.append(port)
        self.tied = np.array([row for row, _ in found], np.intp)
        self._lift = np.array([spot.y for _, spot in found], float)
        self.ports = own
        self._stale, self._ends = False, None

    def _box(self, row: int) -> Iterator[tuple[Spot, PortRef]]:
        """The open ends of a closed group."""
        for spot in self._nodes.look(row).outputs:
            port = self._ports.at(row, spot, True)
            if port is not None and not spot.weight and not self._ports.is_used(port):
                yield spot, port
