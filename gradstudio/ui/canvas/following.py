"""The tables kept in step with the document: what is seen has a row, nothing else has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradstudio.document.model import Change, Document, NodeId, Wire, WireId
from gradstudio.document.places import Place
from gradstudio.document.shapes import infer
from gradstudio.document.stage import INPUTS, OUTPUTS, ShownId, Stage, is_box
from gradstudio.ui.canvas import boxes
from gradstudio.ui.canvas.nodes import Entry, Mask, NodeTable
from gradstudio.ui.canvas.ports import Ports
from gradstudio.ui.canvas.wires import Tie, WireTable

_BORDERS = (INPUTS, OUTPUTS)


class Following:
    """Puts rows into the tables and takes them out again."""

    def __init__(self, document: Document, nodes: NodeTable, wires: WireTable, ports: Ports) -> None:
        self._document, self._nodes, self._wires, self._ports = document, nodes, wires, ports
        self._stage: Stage = ports.stage

    def begin(self, stage: Stage) -> None:
        """Fill the empty tables."""
        document = self._document
        self._nodes.put([node for node in document.nodes.values() if stage.of(node.id) == node.id], self._places)
        if stage.plain:
            self._wires.put(list(document.wires.values()), self._nodes)
        else:
            self._put_boxes(stage.boxes)
            self._put_wires(document.wires)

    def follow(self, change: Change, stage: Stage) -> tuple[set[ShownId], Mask | None]:
        """Follow a change; returns what is new or moved, and which rows of wires were kept where some went."""
        before, self._stage, self._ports.stage = self._stage, stage, stage
        if stage.plain and before.plain:
            return self._follow(change.nodes, change.wires)
        return self._restage(change)

    @property
    def _places(self) -> Mapping[NodeId, Place]:
        return infer(self._document).places

    # --- every node as itself ---------------------------------------------------------------------------------------

    def _follow(self, nodes: Iterable[NodeId], wires: Iterable[WireId]) -> tuple[set[ShownId], Mask | None]:
        document, known = self._document, self._wires.row
        kept = None
        gone_wires = [i for i in wires if i not in document.wires and i in known]
        if gone_wires:
            kept = self._wires.drop(gone_wires)
        gone = [i for i in nodes if i not in document.nodes and i in self._nodes.row]
        if gone:
            self._wires.renumber(self._nodes.drop(gone))
        present = [i for i in sorted(nodes) if i in document.nodes]
        self._nodes.put([document.nodes[i] for i in present], self._places)
        fresh = {i for i in wires if i in document.wires}
        for i in present:
            fresh.update(w.id for w in (*document.wires_into(i), *document.wires_out_of(i)))
        self._wires.put([document.wires[i] for i in sorted(fresh)], self._nodes)
        return set(present), kept

    # --- boxes among them -------------------------------------------------------------------------------------------

    def _restage(self, change: Change) -> tuple[set[ShownId], Mask | None]:
        """The same where groups are closed or one was entered."""
        document, stage = self._document, self._stage
        nodes, wires = self._touched(change)
        old = {shown for i in wires if i in self._wires.row for shown in self._ends(i)}
        seen = [i for i in sorted(nodes) if i in document.nodes and stage.of(i) == i]
        shown = {i for i in wires if i in document.wires and stage.sees(document.wires[i])}
        touched = {stage.of(i) for i in nodes if i in document.nodes} | {shown for i in shown for shown in self._new(i)}
        boxes_now = stage.boxes if change.groups else [-i for i in {*touched, *old} if i is not None and is_box(i)]
        boxes_now = [i for i in boxes_now if i in document.groups and stage.at(i) == -i]
        gone_wires = [i for i in wires if i in self._wires.row and i not in shown]
        kept = self._wires.drop(gone_wires) if gone_wires else None
        self._drop_rows(nodes, seen)
        self._nodes.put([document.nodes[i] for i in seen], self._places)
        renewed = self._put_boxes(boxes_now)
        for row_id in (*seen, *renewed):
            rows = self._wires.touching([self._nodes.row[row_id]]).tolist()
            shown.update(self._wires.ids[row] for row in rows)
        self._put_wires(sorted(shown))
        return {*seen, *renewed}, kept

    def _touched(self, change: Change) -> tuple[set[NodeId], set[WireId]]:
        """The nodes and wires that may be seen otherwise than before."""
        document = self._document
        nodes, wires = set(change.nodes), set(change.wires)
        if change.groups:
            now = {i for i in document.nodes if self._stage.of(i) == i}
            nodes |= now ^ {i for i in self._nodes.row if i > 0}
            wires |= {*document.wires, *self._wires.row}
        for i in change.nodes:
            wires |= {w.id for w in (*document.wires_into(i), *document.wires_out_of(i))}
        if self._stage.inside is not None:
            wires |= {
                w.id for i in self._stage.nodes() for w in document.wires_out_of(i) if self._stage.of(w.target) is None
            }
        return nodes, wires

    def _drop_rows(self, nodes: set[NodeId], seen: Iterable[NodeId]) -> None:
        """Take out the rows of what isn't seen any more."""
        stay = {*seen, *(-i for i in self._stage.boxes), *(_BORDERS if self._stage.inside is not None else ())}
        gone = [i for i in self._nodes.row if i not in stay and (i < 0 or i in nodes)]
        if gone:
            self._wires.renumber(self._nodes.drop(gone))

    def _put_boxes(self, groups: Iterable[int]) -> list[ShownId]:
        entries: list[Entry] = [boxes.closed(self._document, i) for i in groups]
        self._nodes.put_rows(entries)
        if self._stage.inside is not None:
            rows = [row for i, row in self._nodes.row.items() if i not in _BORDERS]
            around = boxes.outside(self._document, self._stage.inside, self._nodes.bounds(rows))
            self._nodes.put_rows(around)
            entries += around
        return [entry[0] for entry in entries]

    def _put_wires(self, ids: Iterable[WireId]) -> None:
        found: list[tuple[Wire, Tie]] = []
        for i in ids:
            wire = self._document.wires[i]
            tie = self._ports.tie(wire)
            if tie is not None:
                found.append((wire, tie))
        self._wires.put([wire for wire, _ in found], self._nodes, [tie for _, tie in found])

    def _ends(self, wire: WireId) -> list[ShownId]:
        """What a wire's row is tied to."""
        return [self._nodes.ids[row] for row in self._wires.tied[self._wires.row[wire]].tolist()]

    def _new(self, wire: WireId) -> list[ShownId | None]:
        record = self._document.wires[wire]
        return [self._stage.of(record.source), self._stage.of(record.target)]
