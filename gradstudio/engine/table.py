"""A graph as flat arrays: what is asked of a hundred thousand nodes at once isn't asked of one after the other.

Outputs are numbered node by node: a slot's number is that of its node's first output and its own added up. After an
edit the table of the graph before is revised in the rows that changed; what comes out is what would be made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.engine.gate import Kind

if TYPE_CHECKING:
    from gradstudio.engine.graph import GraphNode, Slot

Ints: TypeAlias = npt.NDArray[np.intp]
Flags: TypeAlias = npt.NDArray[np.bool_]
SCALAR = ((),)
ROUNDS = 64
"""Levels are followed through a revised graph for so many steps; what changes farther has all levels found anew."""


@dataclass(frozen=True, eq=False)
class Table:
    """A graph's nodes in rows.

    Attributes:
        first: number of each node's first output; in the end, of all outputs.
        starts: where in `reads` the inputs of each node begin; in the end, how many there are.
        reads: numbers of the slots that inputs read, node after node.
        kinds: for each node the number of its kind where it is a scalar gate that vectors can be made of, else -1.
        dull: for each slot whether it has no gradient: labels, data and state.
        levels: 0 for sources, else one more than the highest level among a node's inputs.
        known: number of each kind: gates of one class, with equal params and as many inputs.
    """

    first: Ints
    starts: Ints
    reads: Ints
    kinds: Ints
    dull: Flags
    levels: Ints
    known: dict[Any, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.kinds)

    def numbers(self, slots: Sequence[Slot]) -> Ints:
        """The numbers of some slots."""
        ends = np.fromiter(chain.from_iterable(slots), np.intp)
        return self.first[ends[::2]] + ends[1::2]

    @cached_property
    def owners(self) -> Ints:
        """The node each slot belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    @property
    def _targets(self) -> Ints:
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    @cached_property
    def unread(self) -> Ints:
        """Numbers of the slots no input reads."""
        return np.flatnonzero(np.bincount(self.reads, minlength=len(self.dull)) == 0)

    def upstream(self, nodes: Ints) -> Flags:
        """Which nodes a gradient reaches that starts at these."""
        found = np.zeros(len(self), bool)
        found[nodes] = True
        for sources, targets, bright in reversed(self._waves):
            found[sources[found[targets] & bright]] = True
        return found

    def downstream(self, nodes: Ints) -> Flags:
        """Which nodes depend on these, themselves among them."""
        found = np.zeros(len(self), bool)
        found[nodes] = True
        for sources, targets, _ in self._waves:
            found[targets[found[sources]]] = True
        return found

    @cached_property
    def _waves(self) -> list[tuple[Ints, Ints, Flags]]:
        """Level by level: the nodes that are read, the nodes that read them, and whether a gradient goes that way."""
        targets = self._targets
        at = self.levels[targets]
        order = in_order(at)
        reads, targets = self.reads[order], targets[order]
        sources, bright = self.owners[reads], ~self.dull[reads]
        cuts = np.searchsorted(at[order], np.arange(1, self.levels.max(initial=0) + 2)).tolist()
        return [(sources[a:b], targets[a:b], bright[a:b]) for a, b in pairwise(cuts)]

    def revised(self, nodes: Sequence[GraphNode], changed: Sequence[int]) -> Table:
        """The table of other nodes.

        Args:
            nodes: all nodes, as many as before, more or fewer.
            changed: positions of those that differ, ascending, all that are new among them. Those that were there
                before must have outputs of the same shapes as before.
        """
        kept, at = min(len(self), len(nodes)), np.array(changed, np.intp)
        rows = _read_rows(nodes, changed, self.known)
        outputs = rows.outputs[at >= kept]
        first = np.concatenate([self.first[: kept + 1], self.first[kept] + np.cumsum(outputs)])
        arity = _extended(np.diff(self.starts)[:kept], len(nodes))
        arity[at] = rows.arity
        starts = np.concatenate([[0], np.cumsum(arity)])
        kinds = _extended(self.kinds[:kept], len(nodes))
        kinds[at] = rows.kinds
        dull = _extended(self.dull[: self.first[kept]], first[-1])
        dull[_spread(first, at)] = rows.dull
        reads = np.empty(starts[-1], np.intp)
        stays, stayed = np.ones(len(reads), bool), np.ones(len(self.reads), bool)
        stays[_spread(starts, at)] = False
        stayed[_spread(self.starts, at[at < kept])] = False
        stayed[self.starts[kept] :] = False
        reads[stays] = self.reads[stayed]
        reads[~stays] = first[rows.ends[::2]] + rows.ends[1::2]
        made = Table(first, starts, reads, kinds, dull, _extended(self.levels[:kept], len(nodes)), self.known)
        if len(changed) == len(nodes) or not made._settle(at):
            made.levels[:] = _levels_of(nodes)
        return made

    def _settle(self, changed: Ints) -> bool:
        """Bring the levels of some nodes and of what depends on them up to date; False where that takes too long."""
        sources, targets = self.owners[self.reads], self._targets
        for _ in range(ROUNDS):
            arity = np.diff(self.starts)[changed]
            fed = changed[arity > 0]
            levels = np.zeros(len(changed), np.intp)
            if len(fed):
                cuts = np.concatenate([[0], np.cumsum(arity[arity > 0])[:-1]])
                levels[arity > 0] = 1 + np.maximum.reduceat(self.levels[sources[_spread(self.starts, fed)]], cuts)
            moved = levels != self.levels[changed]
            if not moved.any():
                return True
            self.levels[changed] = levels
            behind = np.zeros(len(self), bool)
            behind[changed[moved]] = True
            changed = np.unique(targets[behind[sources]])
        return False


class _Rows(NamedTuple):
    """What a table says of some nodes; `ends` are the nodes and outputs they read, in turn."""

    outputs: Ints
    arity: Ints
    kinds: Ints
    dull: Flags
    ends: Ints


def tabulate(nodes: Sequence[GraphNode]) -> Table:
    """The table of some nodes in topological order."""
    nothing = np.zeros(0, np.intp)
    one = np.zeros(1, np.intp)
    return Table(one, one, nothing, nothing, np.zeros(0, bool), nothing).revised(nodes, range(len(nodes)))


def in_order(numbers: Ints) -> Ints:
    """Where small numbers lie, sorted by their size and then by their place: what `argsort` takes longer for."""
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    for shift in range(16, int(numbers.max(initial=0)).bit_length(), 16):
        order = order[np.argsort((numbers[order] >> shift & 0xFFFF).astype(np.uint16), kind="stable")]
    return order


def _read_rows(nodes: Sequence[GraphNode], chosen: Sequence[int], known: dict[Any, int]) -> _Rows:
    rows = nodes if len(chosen) == len(nodes) else [nodes[i] for i in chosen]
    ports = {id(node[1].outputs): node[1].outputs for node in rows}
    flags = {key: [not p.gradient or p.kind is not Kind.REAL for p in outputs] for key, outputs in ports.items()}
    return _Rows(
        np.array([len(node[3]) for node in rows], np.intp),
        np.array([len(node[2]) for node in rows], np.intp),
        np.array([_kind_of(node, nodes, known) for node in rows], np.intp),
        np.array([flag for node in rows for flag in flags[id(node[1].outputs)]], bool),
        np.fromiter(chain.from_iterable(chain.from_iterable([node[2] for node in rows])), np.intp),
    )


def _kind_of(node: GraphNode, nodes: Sequence[GraphNode], known: dict[Any, int]) -> int:
    """The number of a scalar gate's kind; -1 for other nodes."""
    _, gate, inputs, shapes = node
    if not (gate.elementwise and shapes == SCALAR and inputs) or [1 for n, k in inputs if nodes[n][3][k]]:
        return -1
    key: Any = (type(gate), len(inputs))
    if gate.params:
        key += tuple([_hashable(getattr(gate, name)) for name in gate.params])
    number = known.get(key)
    if number is None:
        real = all(port.kind is Kind.REAL for port in (*gate.inputs, *gate.outputs))
        number = known[key] = len(known) if real else -1
    return number


def _levels_of(nodes: Sequence[GraphNode]) -> list[int]:
    """Each node's level, one after the other."""
    levels: list[int] = []
    for _, _, inputs, _ in nodes:
        if len(inputs) == 2:
            a, b = levels[inputs[0][0]], levels[inputs[1][0]]
            levels.append((a if a > b else b) + 1)  # noqa: FURB136  max() takes three times as long
        elif inputs:
            levels.append(max([levels[slot[0]] for slot in inputs]) + 1)
        else:
            levels.append(0)
    return levels


def _extended(rows: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    """A copy with room behind it, so that there are so many."""
    made = np.zeros(count, rows.dtype)
    made[: len(rows)] = rows
    return made


def _spread(bounds: Ints, chosen: Ints) -> Ints:
    """The places between the bounds of each of some rows, one row after the other."""
    counts = np.diff(bounds)[chosen]
    return np.repeat(bounds[chosen] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())


def _hashable(value: Any) -> Any:
    return (value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value
