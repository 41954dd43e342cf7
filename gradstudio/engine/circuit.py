"""Many scalar gates as few vectors: what makes a hundred thousand gates as quick as a small network.

Every scalar has a cell in one array of values and one of gradients. Cells are numbered by level (a gate's level is one
more than the highest of its inputs) and within a level by kind, so that the gates of a kind at a level are a slice:
one gather of their operands and their ordinary kernels compute it. Backwards all local gradients are computed at once,
kind by kind, since they depend on values alone; what is left for each level is one gather of upstream gradients, one
product with the local ones, and one sum over the edges that meet in each cell.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gradstudio.engine.gate import Array, Budget, Gate, Kernels, Kind
from gradstudio.engine.graph import Graph, Leaf, Slot
from gradstudio.engine.local import local_calls
from gradstudio.engine.memory import zeros
from gradstudio.engine.running import Call, Step, bound, run_forward
from gradstudio.engine.table import Ints, in_order

FEWEST = 64
"""Below so many scalar gates, gates are run one by one."""
NARROWEST = 3
"""So is a circuit whose levels have fewer gates than this on average: a chain."""
INTEGER = np.dtype(np.intp).itemsize


class Members(NamedTuple):
    """The scalar gates of a graph that can be computed as vectors.

    Attributes:
        nodes: their positions in the graph, in its order.
        kinds: for each of them the number of its kind: gates of one class with equal params.
        gates: one gate of each kind.
    """

    nodes: Ints
    kinds: Ints
    gates: list[Gate]


def find_members(graph: Graph) -> Members:
    """All elementwise gates whose inputs and output are scalars; kinds in the order in which they first appear."""
    nodes = np.flatnonzero(graph.table.kinds >= 0)
    known = graph.table.kinds[nodes]
    first = np.full(known.max(initial=-1) + 1, -1)
    first[known[::-1]] = nodes[::-1]
    used = np.flatnonzero(first >= 0)
    used = used[np.argsort(first[used])]
    number = np.zeros(len(first), np.intp)
    number[used] = np.arange(len(used))
    return Members(nodes, number[known], [graph.nodes[i].gate for i in first[used].tolist()])


class _Group(NamedTuple):
    """The gates of one kind, in the order of their cells.

    Attributes:
        gate: one of them.
        nodes: positions in the graph.
        cells: of their outputs.
        operands: cells of their inputs, inputs × gates.
        live: which of them a gradient reaches.
        reached: cells of their outputs.
        edge: number of the first edge; those of the live gates follow, input by input.
    """

    gate: Gate
    nodes: Ints
    cells: Ints
    operands: Ints
    live: npt.NDArray[np.bool_]
    reached: Ints
    edge: int


class Circuit:
    """Scalar gates in cells, computed level by level.

    Args:
        graph: the whole graph.
        members: its scalar gates.
        others: positions of all other nodes.
        base: entries of parameter arrays that lie before the cells in the flat arrays.
        dtype: of values and gradients.
        budget: asked before anything is allocated.

    Attributes:
        levels: of every node.
        height: number of levels.
        values: parameter arrays first, then a cell for each scalar.
        gradients: likewise; behind the cells what other nodes bring back to them, and a 1.
        parameters: entries of `values` that are learnable: the arrays, and the cells of scalar leaves.
    """

    def __init__(
        self,
        graph: Graph,
        members: Members,
        others: Sequence[int],
        base: int,
        dtype: np.dtype[Any],
        budget: Budget,
    ) -> None:
        self.graph = graph
        self.dtype = dtype
        self.base = base
        self._budget = budget
        budget.blame = "The circuit of scalar gates"
        self.levels = graph.table.levels
        self.height = int(self.levels.max()) + 1
        self._live = graph.live
        self._first = graph.table.first
        self._others = others
        reads = self._find_reads(members)
        self._kind, self._slots = self._find_scalars(members, reads)
        self._cells = np.full(self._first[-1], -1, np.intp)
        self._cells[self._slots] = base + np.arange(len(self._slots))
        level = self.levels[graph.table.owners[self._slots]]
        self._bounds = base + np.searchsorted(level, np.arange(self.height + 1))
        self.parameters = base + int(np.count_nonzero(self._kind[self._slots] == _LEARNED))
        self._groups = self._group(members, reads)
        self._outside = self._find_outside()
        self._join_edges()
        edges = sum(group.operands.size for group in self._groups)
        known = 11 * len(self._first) + 6 * edges + 2 * len(graph.table.reads)  # of each slot, edge and input
        budget.take(known * INTEGER)
        end = base + len(self._slots)
        self.values = self._zeros(end)
        self.gradients = self._zeros(end + len(self._outside) + 1)
        self.gradients[-1] = 1

    # ---- looking at it

    def cell(self, slot: Slot) -> int:
        """The cell of a slot; -1 where it isn't a real scalar."""
        return int(self._cells[self._first[slot[0]] + slot[1]])

    def cells(self, numbers: Ints) -> Ints:
        """The cells of the slots of these numbers."""
        return self._cells[numbers]

    def value(self, cell: int) -> Array:
        """The value in a cell, as a view."""
        return self.values[cell : cell + 1].reshape(())

    def gradient(self, cell: int) -> Array:
        """The gradient in a cell, as a view."""
        return self.gradients[cell : cell + 1].reshape(())

    def outside(self, node: int, position: int) -> Array | None:
        """Where a node that isn't of the circuit puts the gradient of an input that has a cell."""
        at = self._outside.get((node, position))
        return None if at is None else self.gradients[at : at + 1].reshape(())

    def contribution(self, node: int, position: int) -> Array | None:
        """What comes back to a cell through one input of one of the circuit's gates."""
        kind = int(self._kind[self._first[node]])
        if kind < 0 or not self._live[node]:
            return self.outside(node, position)
        group = self._groups[kind]
        among = int(group.reached.searchsorted(self._cells[self._first[node]]))
        at = int(self._place[group.edge + position * len(group.reached) + among])
        return self._shares[at : at + 1].reshape(())

    def is_member(self, node: int) -> bool:
        """Whether a node is one of the circuit's gates."""
        return bool(self._kind[self._first[node]] >= 0) if self._first[node] < len(self._kind) else False

    # ---- numbering

    def _find_reads(self, members: Members) -> list[Ints]:
        """For each kind the slots its gates read, gates × inputs."""
        table, reads = self.graph.table, []
        for kind in range(len(members.gates)):
            mine = members.nodes[members.kinds == kind]
            count = len(self.graph.nodes[mine[0]].inputs)
            reads.append(table.reads[table.starts[mine][:, None] + np.arange(count)])
        return reads

    def _find_scalars(self, members: Members, reads: list[Ints]) -> tuple[Ints, Ints]:
        """The kind of every slot (negative where no gate of the circuit computes it), and real scalars by cell.

        Cells that are read equally often lie together: a processor foresees how many gradients meet in the next one.
        """
        nodes, table = self.graph.nodes, self.graph.table
        kind = np.full(self._first[-1], _ARRAY, np.intp)
        kind[self._first[members.nodes]] = members.kinds
        for i in self._others:
            gate = nodes[i].gate
            for k, shape in enumerate(nodes[i].shapes):
                if shape == () and gate.outputs[k].kind is Kind.REAL:
                    learned = isinstance(gate, Leaf) and gate.learned
                    kind[self._first[i] + k] = _LEARNED if learned else _OTHER
        slots = np.flatnonzero(kind != _ARRAY)
        often = np.bincount(np.concatenate([slots.reshape(-1) for slots in reads]), minlength=len(kind))
        slots = slots[in_order(often[slots])]
        place = self.levels[table.owners[slots]] * (len(members.gates) - _LEARNED) + kind[slots] - _LEARNED
        return kind, slots[in_order(place)]

    def _group(self, members: Members, reads: list[Ints]) -> list[_Group]:
        groups, edge = [], 0
        for kind, gate in enumerate(members.gates):
            mine = members.nodes[members.kinds == kind]
            order = in_order(self._cells[self._first[mine]])
            mine, operands = mine[order], np.ascontiguousarray(self._cells[reads[kind][order]].T)
            cells, live = self._cells[self._first[mine]], self._live[mine]
            groups.append(_Group(gate, mine, cells, operands, live, cells[live], edge))
            edge += len(operands) * len(groups[-1].reached)
        return groups

    def _find_outside(self) -> dict[tuple[int, int], int]:
        """A place behind the cells for every gradient that another node brings back to one."""
        found: dict[tuple[int, int], int] = {}
        first = self.base + len(self._slots)
        for i in self._others:
            if self._live[i]:
                for position, slot in enumerate(self.graph.nodes[i][2]):
                    if self.cell(slot) >= 0 and self.graph.differentiable(slot):
                        found[i, position] = first + len(found)
        return found

    def _join_edges(self) -> None:
        """Every way a gradient comes back to a cell, sorted by cell; cells that get none get a nothing."""
        cells = len(self._slots)
        one = self.base + cells + len(self._outside)
        far = [self.cell(self.graph.nodes[i][2][position]) for i, position in self._outside]
        seeds = self.cells(self.graph.aims)
        seeds = seeds[seeds >= 0]
        inner = [group.operands[:, group.live] for group in self._groups]
        targets = np.concatenate([*[rows.reshape(-1) for rows in inner], np.array(far, np.intp), seeds])
        alone = np.flatnonzero(np.bincount(targets, minlength=self.base + cells)[self.base :] == 0) + self.base
        targets = np.concatenate([targets, alone])
        sources = [np.tile(group.reached, len(group.operands)) for group in self._groups]
        ends = [np.array(list(self._outside.values()), np.intp), np.full(len(seeds) + len(alone), one)]
        order = in_order(targets)
        self._place = np.empty(len(order), np.intp)
        self._place[order] = np.arange(len(order))
        self._source = np.concatenate([*sources, *ends])[order]
        self._source.flags.writeable = False
        self._starts = np.searchsorted(targets[order], self.base + np.arange(cells + 1))
        self._shares, self._local = self._zeros(len(order)), self._zeros(len(order))
        known = len(order) - len(alone)
        self._local[self._place[known - len(far) - len(seeds) : known]] = 1

    def _zeros(self, size: int) -> Array:
        self._budget.take(size * self.dtype.itemsize)
        return zeros((size,), self.dtype)

    # ---- computing

    def forward_steps(self) -> dict[int, Step]:
        """One step for each level that has gates."""
        levels = self.levels
        pieces: dict[int, list[tuple[_Group, int, int]]] = {}
        for group in self._groups:
            mine = levels[group.nodes]
            cuts = np.flatnonzero(np.diff(mine, prepend=-1)).tolist()
            for low, high in zip(cuts, [*cuts[1:], len(mine)], strict=True):
                pieces.setdefault(int(mine[low]), []).append((group, low, high))
        sizes = {level: sum(g.operands.shape[0] * (high - low) for g, low, high in ps) for level, ps in pieces.items()}
        work = self._zeros(max(sizes.values()))
        names = {level: self.graph.nodes[int(ps[0][0].nodes[ps[0][1]])].name for level, ps in pieces.items()}
        return {level: Step(level, names[level], self._level(ps, work), sizes[level]) for level, ps in pieces.items()}

    def _level(self, pieces: list[tuple[_Group, int, int]], work: Array) -> list[Call]:
        """Gather all operands of a level, then compute kind by kind into its slice."""
        wanted = np.concatenate([group.operands[:, low:high].reshape(-1) for group, low, high in pieces])
        calls: list[Call] = [partial(self.values.take, wanted, None, work[: len(wanted)], "clip")]
        at = 0
        for group, low, high in pieces:
            size = high - low
            x = [work[k : k + size] for k in range(at, at + len(group.operands) * size, size)]
            at += len(x) * size
            z = self.values[int(group.cells[low]) : int(group.cells[low]) + size]
            kernels = Kernels(x, z, z, (None,) * len(x), self.dtype, budget=self._budget)
            if group.gate.kernels(kernels):
                calls += bound(kernels.forward_calls)
            else:
                calls.append(partial(run_forward, copy.copy(group.gate), x, [z]))
        return calls

    def local_steps(self) -> list[Step]:
        """Every gate's local gradients, one step a kind; those that never change are computed here and now."""
        steps = []
        for group in self._groups:
            if not len(group.reached):
                continue
            operands = np.ascontiguousarray(group.operands[:, group.live])
            edges = self._place[group.edge : group.edge + operands.size].reshape(operands.shape)
            name = self.graph.nodes[int(group.nodes[0])].name
            calls = local_calls(group.gate, self.values, operands, group.reached, self._local, edges, self._budget)
            steps.append(Step(self.height, name, calls, operands.size))
        return steps

    def backward_step(self, level: int) -> Step:
        """Gather, multiply, add: the gradients of one level's cells."""
        low, high = (int(bound) for bound in self._bounds[level : level + 2])
        if low == high:
            return Step(-level, "", [], 0)
        starts = self._starts[low - self.base : high - self.base + 1]
        first, last = int(starts[0]), int(starts[-1])
        shares = self._shares[first:last]
        calls: list[Call] = [
            partial(self.gradients.take, self._source[first:last], None, shares, "clip"),
            partial(np.multiply, shares, self._local[first:last], shares),
            partial(np.add.reduceat, shares, starts[:-1] - first, 0, None, self.gradients[low:high]),
        ]
        return Step(-level, "", calls, last - first)


_LEARNED, _OTHER, _ARRAY = -2, -1, -3
"""Slots that no gate of the circuit computes: learnable scalars, other scalars, and what isn't a real scalar."""
