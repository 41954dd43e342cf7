"""Which port of which node is where: on the node itself, on the box of a closed group, on a border inside a group."""

from __future__ import annotations

from dataclasses import dataclass

from gradstudio.document.model import Document, NodeId, Wire
from gradstudio.document.stage import INPUTS, OUTPUTS, ShownId, Stage
from gradstudio.ui.canvas.boxes import port_key, port_of
from gradstudio.ui.canvas.face import Spot
from gradstudio.ui.canvas.ink import shelf_of
from gradstudio.ui.canvas.metrics import FIRST_PORT
from gradstudio.ui.canvas.nodes import NodeTable
from gradstudio.ui.canvas.wires import Tie


@dataclass(frozen=True, slots=True)
class PortRef:
    """A port by node and name."""

    node: NodeId
    port: str
    is_output: bool


class Ports:
    """Finds the spot of a port, and the port of a spot.

    Attributes:
        stage: how each node is seen.
    """

    def __init__(self, document: Document, stage: Stage, nodes: NodeTable) -> None:
        self._document, self._nodes = document, nodes
        self.stage = stage

    def row(self, node: ShownId) -> int | None:
        """The row a node is seen in, or that a box has; None where it isn't seen."""
        row = self._nodes.row.get(node)
        if row is not None or node not in self._document.nodes:
            return row
        shown = self.stage.of(node)
        return None if shown is None else self._nodes.row.get(shown)

    def place(self, port: PortRef) -> tuple[int, float] | None:
        """The row a port is seen in, and its height below that row's upper edge."""
        row, spot = self._find(port)
        return None if row is None or spot is None else (row, spot.y)

    def spot(self, port: PortRef) -> Spot | None:
        """How a port is drawn where it is seen."""
        return self._find(port)[1]

    def at(self, row: int, spot: Spot, on_right: bool) -> PortRef | None:
        """The port that a spot of a row is; on a border, that of the first wire from outside, if there is one."""
        shown = self._nodes.ids[row]
        if shown > 0:
            return PortRef(shown, spot.name, on_right)
        node, port = port_of(spot.name)
        if shown not in (INPUTS, OUTPUTS):
            return PortRef(node, port, on_right)
        wire = self._first_outside(node, port, output=shown == OUTPUTS)
        if wire is None:
            return None
        if shown == INPUTS:
            return PortRef(wire.source, wire.output, True)
        return PortRef(wire.target, wire.input, False)

    def of(self, row: int) -> list[PortRef]:
        """All ports of a row, inputs first."""
        look = self._nodes.look(row)
        found = [self.at(row, spot, False) for spot in look.inputs]
        found += [self.at(row, spot, True) for spot in look.outputs]
        return [port for port in found if port is not None]

    def is_used(self, port: PortRef) -> bool:
        """Whether a wire starts at an output."""
        return any(wire.output == port.port for wire in self._document.wires_out_of(port.node))

    def tie(self, wire: Wire) -> Tie | None:
        """Where a wire is tied; None where it isn't seen."""
        source, target = self.stage.of(wire.source), self.stage.of(wire.target)
        if (source is None and target is None) or (source == target and source is not None and source < 0):
            return None
        if target is None and self._first_outside(wire.source, wire.output, output=True) != wire:
            return None
        inner = port_key(wire.target, wire.input), port_key(wire.source, wire.output)
        start = self._end(source if source is not None else INPUTS, wire.output, inner[source is not None], True)
        stop = self._end(target if target is not None else OUTPUTS, wire.input, inner[target is None], False)
        if start is None or stop is None:
            return None
        return start[0], stop[0], start[1], stop[1], self.shelf(wire.source)

    def _end(self, shown: ShownId, port: str, key: str, is_output: bool) -> tuple[int, float] | None:
        row = self._nodes.row.get(shown)
        if row is None:
            return None
        face, name = self._nodes.faces[row], port if shown > 0 else key
        y = face.output_y(name) if is_output else face.input_y(name)
        return row, FIRST_PORT if y is None else y

    def shelf(self, node: NodeId) -> int:
        """The row of the colours of a node's category, whatever it is seen as."""
        row = self._nodes.row.get(node)
        if row is not None:
            return int(self._nodes.shelf[row])
        record = self._document.nodes[node]
        return shelf_of(record.kind.category if record.known else None)

    def _find(self, port: PortRef) -> tuple[int | None, Spot | None]:
        row, name, right = self._nodes.row.get(port.node), port.port, port.is_output
        if row is None and port.node in self._document.nodes:
            shown, name = self.stage.of(port.node), port_key(port.node, port.port)
            if shown is None:
                shown, name, right = self._on_border(port)
            row = self._nodes.row.get(shown)
        if row is None:
            return None, None
        look = self._nodes.look(row)
        return row, next((spot for spot in (look.outputs if right else look.inputs) if spot.name == name), None)

    def _on_border(self, port: PortRef) -> tuple[ShownId, str, bool]:
        """On which border a port from outside is seen, as what, and whether on its right."""
        wires = self._document.wires_out_of(port.node) if port.is_output else self._document.wires_into(port.node)
        for wire in wires:
            if port.is_output and wire.output == port.port and self.stage.of(wire.target) is not None:
                return INPUTS, port_key(wire.target, wire.input), True
            if not port.is_output and wire.input == port.port and self.stage.of(wire.source) is not None:
                return OUTPUTS, port_key(wire.source, wire.output), False
        return (INPUTS if port.is_output else OUTPUTS), "", port.is_output

    def _first_outside(self, node: NodeId, port: str, *, output: bool) -> Wire | None:
        """The first wire between a port inside and something outside."""
        if output:
            wires = [w for w in self._document.wires_out_of(node) if w.output == port]
            return next((w for w in wires if self.stage.of(w.target) is None), None)
        wires = [w for w in self._document.wires_into(node) if w.input == port]
        return next((w for w in wires if self.stage.of(w.source) is None), None)
