"""The Jacobian of one gate, for those who want to see the matrix that backpropagation never builds.

A column for each entry of the output and a row for each entry of the input, so that Jacobian × upstream = downstream.
Where the whole is too large a window of it is computed, or the block of one sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradstudio.document.model import NodeId
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Array, Shape
from gradstudio.engine.graph import Slot
from gradstudio.engine.jacobian import Jacobian, Structure, local_jacobian
from gradstudio.insight.figures import number
from gradstudio.insight.sheetlook import GateReader
from gradstudio.training.looks import Scene

SIDE = 64
"""A window has so many rows and columns at most."""
WHOLE, LONGEST = 2**16, 2**10
"""A matrix of at most so many entries, rows and columns is shown as a whole."""
PASSES = 2**25
"""A comparison may compute so many numbers: columns times entries of the gate's arrays."""
SETTLED = 2**22
"""Of arrays of at most so many entries the structure is found."""


@dataclass(frozen=True, eq=False, slots=True)
class Matrix:
    """A Jacobian as far as it is shown.

    Attributes:
        name: "∂z/∂x".
        size: rows, columns and bytes of the whole, in words.
        shape: rows and columns of the whole.
        input_shape: its rows are the entries of an array of this shape, counted row by row.
        output_shape: so are its columns.
        structure: what it looks like from afar; None where that would take too long to find out.
        rows: the rows that are shown: of which entry of the input each is.
        columns: the columns, likewise.
        entries: the matrix of them.
        samples: into how many samples both are cut; 0 where they share no batch.
        difference: largest |Jacobian × upstream − downstream| over the rows shown, where it was computed.
        scale: largest entry of downstream in those rows.
        uncompared: why it wasn't; empty where it was.
    """

    name: str
    size: str
    shape: tuple[int, int]
    input_shape: Shape
    output_shape: Shape
    structure: Structure | None
    rows: range
    columns: range
    entries: Array
    samples: int
    difference: float | None
    scale: float
    uncompared: str

    @property
    def whole(self) -> bool:
        """Whether nothing of it is left out."""
        return (len(self.rows), len(self.columns)) == self.shape

    def place(self, row: int, column: int) -> tuple[str, str]:
        """Which entries of input and output one of the shown rows and columns is of: "[2, 5]", "[2, 0]"."""
        return index_text(self.rows[row], self.input_shape), index_text(self.columns[column], self.output_shape)

    def entry_text(self, row: int, column: int) -> str:
        """One entry in the course's notation: "∂z[2, 0]/∂x[2, 5] = 0.25"."""
        of, by = (part.removeprefix("∂") for part in self.name.split("/"))
        x, z = self.place(row, column)
        return f"∂{of}{z}/∂{by}{x} = {number(float(self.entries[row, column]))}"

    def lines(self) -> list[str]:
        """What is said of it."""
        found = [f"{self.size}."]
        if self.structure is not None:
            found.append(f"Structure: {NAMES.get(self.structure, self.structure)}. {MEANS[self.structure]}")
        if not self.whole:
            shown = f"rows {_span(self.rows)} and columns {_span(self.columns)}"
            found.append(f"Shown: {shown}. The whole is never built: backward needs only its product with upstream.")
        if self.difference is None:
            found.append(self.uncompared)
        else:
            found.append(
                f"Jacobian × upstream = downstream: largest difference {number(self.difference)}"
                f" where downstream reaches {number(self.scale)}."
            )
        return found


NAMES = {Structure.BLOCKS: "block diagonal"}
"""What a structure is called here, where that differs: not every array has a batch."""
MEANS = {
    Structure.ZERO: "Nothing that comes in makes a difference to what comes out here.",
    Structure.DIAGONAL: "Each output depends on the input in its place alone, so a product entry by entry is enough.",
    Structure.PERMUTATION: "Entries change places and nothing else, so backward puts them back.",
    Structure.BLOCKS: "Nothing with another first index, another sample of a batch, makes a difference.",
    Structure.DENSE: "Outputs depend on many inputs.",
}
"""What a structure says of the gate."""


@dataclass(frozen=True, slots=True)
class JacobianLook:
    """Sees the Jacobian of one output of a node by one of its inputs or weights.

    Attributes:
        node: the node.
        output: which of its outputs, by number.
        input: which of its inputs and weights, as the backprop sheet calls it.
        sample: the block of this sample only; None for all.
        row: where the window begins, if it isn't shown as a whole.
        column: likewise.
    """

    node: NodeId
    output: int
    input: str
    sample: int | None = None
    row: int = 0
    column: int = 0

    def see(self, scene: Scene) -> Matrix:
        """The matrix.

        Raises:
            EngineError: if the node isn't computed, or there is no Jacobian of what was asked for.
        """
        reader = GateReader(scene, self.node)
        names = [name for name, _ in reader.port_names()]
        if self.input not in names:
            raise GraphError(f"“{reader.record.name}” has no input {self.input} any more; it has {', '.join(names)}.")
        position = names.index(self.input)
        jacobian = local_jacobian(reader.gate, [array.copy() for array in reader.arrays], self.output, position)
        rows, columns = self._window(jacobian)
        shown = jacobian.window(slice(rows.start, rows.stop), slice(columns.start, columns.stop))
        upstream = scene.plan.gradient(Slot(reader.at, self.output))
        downstream = scene.plan.contribution(reader.at, position)
        sizes = sum(array.size for array in reader.arrays)
        structure = jacobian.structure if sizes <= SETTLED else None
        check = _Check(scene, jacobian, sizes, structure)
        difference, scale, why = check.compare(rows, upstream, downstream, alone=len(reader.outputs) == 1)
        return Matrix(
            jacobian.name,
            str(jacobian).removeprefix(f"{jacobian.name}, "),
            jacobian.shape,
            jacobian.input_shape,
            jacobian.output_shape,
            structure,
            rows,
            columns,
            shown,
            samples_of(jacobian),
            difference,
            scale,
            why,
        )

    def _window(self, jacobian: Jacobian) -> tuple[range, range]:
        rows, columns = range(jacobian.shape[0]), range(jacobian.shape[1])
        if self.sample is not None and samples_of(jacobian):
            block = jacobian.sample(min(self.sample, samples_of(jacobian) - 1))
            rows, columns = (range(part.start, part.stop) for part in block)
        if len(rows) * len(columns) <= WHOLE and max(len(rows), len(columns)) <= LONGEST:
            return rows, columns
        return _cut(rows, self.row), _cut(columns, self.column)


class _Check:
    """Jacobian × upstream held against what flows on the wire."""

    def __init__(self, scene: Scene, jacobian: Jacobian, sizes: int, structure: Structure | None) -> None:
        self.scene, self.jacobian, self.sizes, self.structure = scene, jacobian, sizes, structure

    def compare(
        self, rows: range, upstream: Array | None, downstream: Array | None, *, alone: bool
    ) -> tuple[float | None, float, str]:
        """The largest difference over these rows, how large downstream is there; or why it wasn't computed."""
        if upstream is None or downstream is None:
            return None, 0.0, "No gradient flows here, so there is no product to compare."
        if not alone:
            return None, 0.0, "Downstream is the sum over all outputs, so the product of one isn't compared."
        columns = self._columns(rows)
        if len(columns) * self.sizes > PASSES:
            passes = f"{len(columns):,}"
            return None, 0.0, f"Not compared: the rows shown would take {passes} backward passes, one for each column."
        given = upstream.reshape(-1)[columns.start : columns.stop].astype(np.float64)
        made = np.zeros(len(rows))
        for at, block in self.jacobian.blocks(slice(rows.start, rows.stop), slice(columns.start, columns.stop)):
            if self.scene.stop():
                return None, 0.0, "Not compared: the network was edited meanwhile."
            made += block.astype(np.float64) @ given[at]
        wanted = downstream.reshape(-1)[rows.start : rows.stop].astype(np.float64)
        size = float(np.abs(wanted).max(initial=0.0))
        return float(np.abs(made - wanted).max(initial=0.0)), size, ""

    def _columns(self, rows: range) -> range:
        """The columns that may have entries in these rows: all, or those of the same samples."""
        samples, (height, width) = samples_of(self.jacobian), self.jacobian.shape
        if self.structure not in (Structure.BLOCKS, Structure.DIAGONAL) or not samples or not rows:
            return range(width)
        first, last = rows[0] * samples // height, rows[-1] * samples // height
        return range(first * width // samples, (last + 1) * width // samples)


def samples_of(jacobian: Jacobian) -> int:
    """Into how many samples input and output are cut alike; 0 where they share no batch of several."""
    first, last = jacobian.input_shape[:1], jacobian.output_shape[:1]
    return first[0] if first and first == last and first[0] > 1 else 0


def index_text(place: int, shape: Shape) -> str:
    """An entry of an array by its index: "[2, 5]"; nothing for a single number."""
    if not shape:
        return ""
    return f"[{', '.join(str(int(i)) for i in np.unravel_index(place, shape))}]"


def _cut(whole: range, start: int) -> range:
    """As many of them as a window has, from one on, or the last ones."""
    first = max(0, min(start, len(whole) - SIDE))
    return whole[first : first + SIDE]


def _span(chosen: range) -> str:
    return f"{chosen.start:,} to {chosen.stop - 1:,}"
