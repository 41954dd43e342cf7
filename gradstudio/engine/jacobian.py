"""The Jacobian: all local gradients between two arrays as one matrix, built only where somebody wants to look at it.

Backpropagation never builds one. What it needs is the product of a Jacobian with the upstream gradient, and a gate's
`backward` computes that product without the matrix: for a ReLU of a batch of 100 × 4096 one multiplication of arrays in
place of a matrix of 409,600 × 409,600. `jacobian @ upstream` is such a product here, and as cheap.

The layout is the course's (cs231n, lecture 4, "Backprop with vectors"): a row for each entry of the input and a column
for each entry of the output, so that local × upstream = downstream is a product of matrix and vector. PyTorch and JAX
number the other way round; theirs is the transpose. Entries of arrays are counted row by row.

A column is the downstream gradient of an upstream one that is 1 at one entry and 0 elsewhere: so the matrix is found by
the backward pass as it is, one column after the other, and agrees with what flows on the wires.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property

import numpy as np

from gradstudio.engine import backprop
from gradstudio.engine.errors import GraphError, MemoryRefused, ShapeError
from gradstudio.engine.gate import Array, Gate, Kind, shape_text
from gradstudio.engine.graph import Graph, GraphNode, Leaf, Slot, count
from gradstudio.engine.memory import amount
from gradstudio.engine.plan import Plan

LIMIT = 2**27
"""Bytes of a window unless told otherwise: 128 MiB, a 4096 × 4096 one in float64."""
BLOCK = 2**20
"""Bytes of a block, at least one column: small enough for the processor's cache."""
ALL = slice(None)


class Structure(StrEnum):
    """What a Jacobian looks like from afar."""

    ZERO = "zero"
    DIAGONAL = "diagonal"
    PERMUTATION = "permutation"
    BLOCKS = "block diagonal over the batch"
    DENSE = "dense"


class Jacobian:
    """The matrix ∂of/∂by at certain values. Nothing of it is computed before it is asked for.

    Made by `jacobian` and `local_jacobian`.

    Attributes:
        name: "∂f/∂x", for messages.
        input_shape: shape of the array it is taken by; its entries are the rows.
        output_shape: shape of the array it is taken of; its entries are the columns.
        dtype: of its entries.
        shape: number of rows and columns, as Python integers.
        bytes: what the whole matrix would take, as a Python integer.
    """

    def __init__(self, stretch: Graph, of: Slot, by: Slot, name: str) -> None:
        self._stretch = stretch
        self._of, self._by = of, by
        self.name = name
        with np.errstate(all="ignore"):
            self._values = backprop.forward(stretch)
        self.dtype = self._values[of].dtype
        self.input_shape, self.output_shape = self._values[by].shape, self._values[of].shape
        self.shape = count(self.input_shape), count(self.output_shape)
        self.bytes = self.shape[0] * self.shape[1] * self.dtype.itemsize

    def __str__(self) -> str:
        rows, columns = self.shape
        return f"{self.name}, {rows:,} × {columns:,} entries or {amount(self.bytes)}"

    def __matmul__(self, upstream: object) -> Array:
        """The downstream gradient: local × upstream, by the backward pass, without the matrix.

        Args:
            upstream: as many numbers as there are columns, such as an array of the output's shape.

        Returns:
            An array of the input's shape.

        Raises:
            ShapeError: if there are more or fewer numbers.
        """
        given = np.asarray(upstream, self.dtype)
        if given.size != self.shape[1]:
            raise ShapeError(
                f"{self.name} takes an upstream gradient of {shape_text(self.output_shape)}, "
                f"found {shape_text(given.shape)}."
            )
        return np.array(self._pull(given.reshape(self.output_shape)))

    def window(self, rows: slice = ALL, columns: slice = ALL, limit: int = LIMIT) -> Array:
        """A part of the matrix, or the whole where neither rows nor columns are given.

        Returns:
            A matrix with the rows and columns that the slices name.

        Raises:
            MemoryRefused: if the window takes more than `limit` bytes; the sentence tells how large the whole would be.
        """
        r, c = self._chosen(rows, columns)
        size = len(r) * len(c) * self.dtype.itemsize
        if size > limit:
            raise MemoryRefused(
                f"{self} as a whole, is never built; this window of {len(r):,} × {len(c):,} takes {amount(size)}, "
                f"more than the {amount(limit)} allowed. Choose fewer rows and columns."
            )
        found = np.empty((len(c), len(r)), self.dtype).T
        for at, block in self.blocks(rows, columns):
            found[:, at] = block
        return found

    def blocks(self, rows: slice = ALL, columns: slice = ALL, size: int = BLOCK) -> Iterator[tuple[slice, Array]]:
        """A window of any size, some columns at a time: for whoever shows progress, stops early or keeps no more.

        Args:
            rows: which rows.
            columns: which columns.
            size: bytes of a block; it has one column at least.

        Yields:
            Which of the window's columns these are, and the matrix of them.
        """
        r, c = self._chosen(rows, columns)
        wide = max(1, size // max(1, len(r) * self.dtype.itemsize))
        find = self._columns if self._entries is None else self._picked
        for at in range(0, len(c), wide):
            part = c[at : at + wide]
            yield slice(at, at + len(part)), find(r, part)

    def sample(self, i: int) -> tuple[slice, slice]:
        """Rows and columns that belong to one sample, where input and output have the batch as their first axis.

        Raises:
            ShapeError: if they don't share a first axis, or have no such sample.
        """
        batch = self._batch()
        if not 0 <= i < batch:
            raise ShapeError(f"{self.name} has {batch:,} samples in input and output alike; there is no sample {i}.")
        rows, columns = (n // batch for n in self.shape)
        return slice(i * rows, (i + 1) * rows), slice(i * columns, (i + 1) * columns)

    @cached_property
    def structure(self) -> Structure:
        """What it looks like, found with a few dozen products and without the matrix.

        An upstream gradient that is 0 at half of the places must come back 0 at the same half if the matrix is
        diagonal; halving by each binary digit of the place tells any two places apart. Samples of a batch likewise.
        The numbers are random, so that nothing cancels.
        """
        rows, columns = self.shape
        upstream = self._numbers()
        downstream = self._pull(upstream).reshape(-1)
        if not downstream.any():
            return Structure.ZERO
        if rows == columns and self._keeps_apart(rows):
            return Structure.DIAGONAL
        if rows == columns and np.array_equal(np.sort(downstream), np.sort(upstream.reshape(-1))):
            return Structure.PERMUTATION
        return Structure.BLOCKS if self._batch() > 1 and self._keeps_apart(self._batch()) else Structure.DENSE

    def _pull(self, upstream: Array) -> Array:
        with np.errstate(all="ignore"):
            found = backprop.backward(self._stretch, self._values, {self._of: upstream}).get(self._by)
        return np.zeros(self.input_shape, self.dtype) if found is None else np.asarray(found)

    def _chosen(self, rows: slice, columns: slice) -> tuple[range, range]:
        return range(*rows.indices(self.shape[0])), range(*columns.indices(self.shape[1]))

    def _columns(self, rows: range, columns: range) -> Array:
        """A backward pass for each column."""
        found = np.empty((len(columns), len(rows)), self.dtype)
        upstream = np.zeros(self.output_shape, self.dtype)
        for row, j in zip(found, columns, strict=True):
            upstream.reshape(-1)[j] = 1
            row[...] = self._pull(upstream).reshape(-1)[_as_slice(rows)]
            upstream.reshape(-1)[j] = 0
        return found.T

    @cached_property
    def _entries(self) -> tuple[Array, Array] | None:
        """For an elementwise gate: of each column the one row that isn't 0, and the entry there; else None."""
        last = self._stretch.nodes[-1]
        if self._of == self._by or not last.gate.elementwise or any(n.inputs for n in self._stretch.nodes[:-1]):
            return None
        gate = copy.copy(last.gate)
        with np.errstate(all="ignore"):
            gate.forward(*(np.broadcast_to(self._values[slot], self.output_shape) for slot in last.inputs))
            made = gate.backward(np.ones(self.output_shape, self.dtype))
        shares = made if isinstance(made, (tuple, list)) else (made,)
        mine = [dx for slot, dx in zip(last.inputs, shares, strict=True) if slot == self._by and dx is not None]
        total = np.broadcast_to(np.asarray(sum(mine), self.dtype), self.output_shape)
        places = np.arange(self.shape[0]).reshape(self.input_shape)
        return np.broadcast_to(places, self.output_shape).reshape(-1), total.reshape(-1)

    def _picked(self, rows: range, columns: range) -> Array:
        """Columns with one entry each, put in their places."""
        assert self._entries is not None
        places, entries = (array[_as_slice(columns)] for array in self._entries)
        found = np.zeros((len(columns), len(rows)), self.dtype)
        row, rest = np.divmod(places - rows.start, rows.step)
        inside = np.flatnonzero((rest == 0) & (row >= 0) & (row < len(rows)))
        found[inside, row[inside]] = entries[inside]
        return found.T

    def _batch(self) -> int:
        """Length of the first axis that input and output share; 0 where they share none."""
        first, last = self.input_shape[:1], self.output_shape[:1]
        return first[0] if first and first == last else 0

    def _numbers(self) -> Array:
        random = np.random.default_rng(0)
        signs = random.choice((-1.0, 1.0), self.output_shape)
        return np.asarray(random.uniform(1, 2, self.output_shape) * signs, self.dtype)

    def _keeps_apart(self, parts: int) -> bool:
        """Whether rows and columns, cut into so many parts each, have entries in equal parts alone."""
        upstream = self._numbers().reshape(parts, -1)
        for digit, side in itertools.product(range((parts - 1).bit_length()), (0, 1)):
            half = np.arange(parts) >> digit & 1 == side
            shown = np.zeros_like(upstream)
            shown[half] = upstream[half]
            if self._pull(shown.reshape(self.output_shape)).reshape(parts, -1)[~half].any():
                return False
        return True


def local_jacobian(gate: Gate, arrays: Sequence[Array], output: int = 0, position: int = 0) -> Jacobian:
    """The Jacobian of one output of a gate by one of its inputs, at given arrays.

    Args:
        gate: it is left as it is; its mode and place count (which units a dropout drops).
        arrays: what `forward` takes: the inputs, then the weights.
        output: number of the output.
        position: number of the array in `arrays`.

    Raises:
        GraphError: if nothing flows back there: class labels, and state such as running averages.
    """
    inputs = len(arrays) - len(gate.active_weights())
    ports = [gate.inputs[min(i, len(gate.inputs) - 1)] for i in range(inputs)]
    names = [port.name for port in ports] + [weight.name for weight in gate.active_weights()]
    labels = [port.kind is not Kind.REAL for port in ports] + [not w.learned for w in gate.active_weights()]
    if labels[position] or gate.outputs[output].kind is not Kind.REAL:
        _refuse(names[position] if labels[position] else gate.outputs[output].name)
    given = [np.asarray(array) for array in arrays]
    leaves = [GraphNode(f"{i}", Leaf(array), (), (array.shape,)) for i, array in enumerate(given)]
    made = gate.shape(*(array.shape for array in given[:inputs]))
    shapes = (made,) if len(gate.outputs) == 1 else tuple(made)
    node = GraphNode(gate.title, copy.copy(gate), tuple(Slot(i) for i in range(len(given))), shapes)
    end = Slot(len(given), output)
    return Jacobian(
        Graph((*leaves, node), (end,)), end, Slot(position), f"∂{gate.outputs[output].name}/∂{names[position]}"
    )


def jacobian(plan: Plan, of: Slot, by: Slot) -> Jacobian:
    """The Jacobian of one array of a graph by another, at the values the plan holds now; it doesn't change with them.

    Where no way leads from `by` to `of` it is zero. Data may be asked for as well, although training needs no gradient
    of it.

    Args:
        plan: a forward pass must have been run.
        of: the slot it is taken of.
        by: the slot it is taken by.

    Raises:
        GraphError: if one of them has no gradient: class labels, and state such as running averages.
    """
    names = [plan.graph.nodes[slot.node].name for slot in (of, by)]
    for slot, name in zip((of, by), names, strict=True):
        gate = plan.graph.nodes[slot.node].gate
        if plan.graph.port(slot).kind is not Kind.REAL or (isinstance(gate, Leaf) and not gate.learned):
            _refuse(name)
    stretch, end, start = _between(plan, of, by)
    return Jacobian(stretch, end, start, f"∂{names[0]}/∂{names[1]}")


def _between(plan: Plan, of: Slot, by: Slot) -> tuple[Graph, Slot, Slot]:
    """The part of a graph between two slots as a graph of its own, and where they are in it.

    What comes in from elsewhere is a leaf with the value it has now.
    """
    nodes, place = [GraphNode("", Leaf(plan.value(by).copy()), (), (plan.graph.shape(by),))], {by: Slot(0)}

    def found(slot: Slot) -> Slot:
        if slot not in place:
            place[slot] = Slot(len(nodes))
            nodes.append(GraphNode("", Leaf(plan.value(slot).copy()), (), (plan.graph.shape(slot),)))
        return place[slot]

    for i in _on_the_way(plan.graph, of, by):
        node = plan.graph.nodes[i]
        inputs = tuple(found(slot) for slot in node.inputs)
        nodes.append(node._replace(gate=copy.copy(node.gate), inputs=inputs))
        place.update({Slot(i, k): Slot(len(nodes) - 1, k) for k in range(len(node.shapes))})
    end = found(of)
    return Graph(tuple(nodes), ()), end, Slot(0)


def _on_the_way(graph: Graph, of: Slot, by: Slot) -> list[int]:
    """Nodes that lie on a way from one slot to the other, in order."""
    after = {by}
    for i in range(by.node + 1, of.node + 1):
        node = graph.nodes[i]
        if any(slot in after for slot in node.inputs):
            after.update(Slot(i, k) for k in range(len(node.shapes)))
    wanted, found = {of} & after, []
    for i in range(of.node, by.node, -1):
        if any(Slot(i, k) in wanted for k in range(len(graph.nodes[i].shapes))):
            wanted.update(slot for slot in graph.nodes[i].inputs if slot in after)
            found.append(i)
    return found[::-1]


def _refuse(name: str) -> None:
    raise GraphError(f"“{name}” has no gradient, so there is no Jacobian: labels and state aren't differentiated.")


def _as_slice(chosen: range) -> slice:
    """The same places as a slice; an end before the first entry is none."""
    return slice(chosen.start, chosen.stop if chosen.stop >= 0 else None, chosen.step)
