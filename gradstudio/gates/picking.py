"""Gates that pick entries, and the one that puts a border around them: slice, gather, pad."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.gate import Array, Kernels, Kind, Param, Port, Shape, shape_text
from gradstudio.engine.types import MOST_AXES
from gradstudio.gates.axes import along, axis_param, place
from gradstudio.gates.common import number
from gradstudio.gates.labels import hold_labels, refuse_labels, unsigned
from gradstudio.gates.shape import ShapeGate

INDICES = ("Indices", "entry along the axis")


@register
class Slice(ShapeGate):
    """Some of the entries along one axis."""

    id = "slice"
    title = "Slice"
    common = False
    formula = r"z = x[a : b : s]"
    help = "Takes the entries from begin up to (but without) stop along an axis; negative ones count from the end."
    rule = "Slice puts back: the entries taken get their upstream gradient, the others 0."
    keywords = ("crop", "part", "range", "index", "select", "stride", "reverse")
    params = MappingProxyType(
        {
            "axis": axis_param(-1, "The axis along which it is cut; −1 is the last."),
            "begin": Param("int", None, "The first entry taken, counted from 0; empty takes all from one end.",
                           optional=True),
            "stop": Param("int", None, "The first entry no longer taken; empty goes to the other end.", optional=True),
            "step": Param("int", 1, "Take one of every so many entries; negative ones go backwards."),
        }
    )  # fmt: skip

    axis: int
    begin: int | None
    stop: int | None
    step: int

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        if self.step == 0:
            raise ParamError("Slice needs a step other than 0.")

    def shape(self, x: Shape) -> Shape:
        """That of x with fewer entries along the axis."""
        at = place(self.title, self.axis, x)
        return (*x[:at], len(range(*self._part().indices(x[at]))), *x[at + 1 :])

    def forward(self, x: Array) -> Array:
        """The entries taken."""
        self.size = x.shape
        return x[along(self.axis, self._part(), x.ndim)]

    def backward(self, dz: Array) -> Array:
        """Upstream in their places, 0 elsewhere."""
        dx = np.zeros(self.size, np.result_type(dz))
        dx[along(self.axis, self._part(), dx.ndim)] = dz
        return dx

    def kernels(self, k: Kernels) -> bool:
        """One copy forward, two back."""
        (x,), (dx,) = k.x, k.dx
        taken = along(self.axis, self._part(), x.ndim)
        k.ahead(np.copyto, k.z, x[taken])
        if dx is not None:
            k.back(np.copyto, dx, k.const(0))
            k.back(np.copyto, dx[taken], k.dz)
        return True

    def caption(self) -> str:
        """The axis and what is taken, as Python writes it."""
        part = ":".join("" if n is None else str(n) for n in (self.begin, self.stop))
        return f"axis {self.axis}, {part}" + ("" if self.step == 1 else f":{self.step}")

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the index of this gate in it."""
        return f"{{z}} = {{x}}[{self._index_code()}]"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code with the index of this gate in it."""
        return f"{{dx}} = np.zeros_like({{x}})\n{{dx}}[{self._index_code()}] = {{dz}}"

    def _part(self) -> slice:
        return slice(self.begin, self.stop, self.step)

    def _index_code(self) -> str:
        """The index as Python writes it: "..., 1:3, :"."""
        ends = (self.begin, self.stop) if self.step == 1 else (self.begin, self.stop, self.step)
        return index_code(self.axis, ":".join("" if n is None else str(n) for n in ends))


@register
class Gather(ShapeGate):
    """Rows of x, picked by their numbers."""

    id = "gather"
    title = "Gather"
    common = False
    formula = r"z_i = x_{n_i}"
    help = "Picks rows of x (or entries along another axis) by their numbers; one may be picked several times."
    rule = (
        "Gather adds up: each row gets the sum of the upstream gradients of all its copies, a row nobody picked 0; "
        "the numbers are integers and have no gradient."
    )
    keywords = ("take", "lookup", "index", "select", "rows", "embedding")
    inputs = (
        Port("x", "Rows to pick from."),
        Port("indices", "Which rows, counted from 0.", kind=Kind.LABELS),
    )
    params = MappingProxyType({"axis": axis_param(0, "The axis along which entries are picked; 0 picks rows.")})
    numpy_forward = "{z} = np.take({x}, {indices}, axis={axis})"

    axis: int

    def shape(self, x: Shape, indices: Shape) -> Shape:
        """That of x with the shape of the indices in place of the axis."""
        at = place(self.title, self.axis, x)
        if x[at] == 0 and 0 not in indices:
            raise ShapeError(f"Gather finds nothing to pick along axis {self.axis} of {shape_text(x)}.")
        return x[:at] + indices + x[at + 1 :]

    def forward(self, x: Array, indices: Array) -> Array:
        """The entries picked; which ones is kept for the way back."""
        self.size = x.shape
        self.indices = refuse_labels(indices, x.shape[self.axis], INDICES)
        return np.take(x, self.indices, axis=self.axis)

    def backward(self, dz: Array) -> tuple[Array, None]:
        """Upstream added up for each entry that was picked."""
        at = self.axis % len(self.size)
        behind = tuple(range(at, at + self.indices.ndim))
        rows = np.moveaxis(dz, behind, range(self.indices.ndim))
        dx = np.zeros(self.size, np.result_type(dz))
        add_rows(np.moveaxis(dx, at, 0), self.indices.reshape(-1), rows)
        return dx, None

    def kernels(self, k: Kernels) -> bool:
        """For rows: two calls forward, two back."""
        (x, indices), (dx, _) = k.x, k.dx
        if self.axis % x.ndim or indices.dtype != np.int64 or not indices.flags.c_contiguous:
            return False
        k.ahead(hold_labels, unsigned(indices), len(x), INDICES)
        k.ahead(np.take, x, indices, axis=0, out=k.z, mode="clip")
        if dx is not None:
            k.back(np.copyto, dx, k.const(0))
            k.back(add_rows, dx, indices.reshape(-1), k.dz)
        return True

    def caption(self) -> str:
        """The axis, where it isn't that of the rows."""
        return "" if self.axis == 0 else f"axis {self.axis}"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code with the index of this gate in it."""
        index = index_code(self.axis, "{indices}").replace(":", "slice(None)")
        index = index if self.axis == 0 else f"({index})"
        return f"{{dx}} = np.zeros_like({{x}})\nnp.add.at({{dx}}, {index}, {{dz}})"


@register
class Pad(ShapeGate):
    """x with a border of one value."""

    id = "pad"
    title = "Pad"
    common = False
    formula = r"z = \text{pad}(x)"
    help = "Puts a border of one value around its input."
    rule = "Pad cuts: the upstream gradient of the border is dropped, the rest passes."
    keywords = ("border", "margin", "zero", "constant", "frame")
    params = MappingProxyType(
        {
            "widths": Param(
                "text",
                "1",
                "Entries added at both ends of the last axes: “1, 2” for rows and columns; “0:2” only behind.",
            ),
            "value": Param("float", 0.0, "What the border is made of.", low=-1e30, high=1e30),
        }
    )

    widths: str
    value: float

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.pairs = _pairs(self.widths)

    def shape(self, x: Shape) -> Shape:
        """That of x with the border on the last axes."""
        if len(self.pairs) > len(x):
            raise ShapeError(f"Pad finds too few axes for the widths “{self.widths}” in {shape_text(x)}.")
        first = len(x) - len(self.pairs)
        return x[:first] + tuple(n + a + b for n, (a, b) in zip(x[first:], self.pairs, strict=True))

    def forward(self, x: Array) -> Array:
        """The border's value everywhere, and x inside."""
        self.size = x.shape
        z = np.full(self.shape(x.shape), self.value, x.dtype)
        z[self._inside(x.shape)] = x
        return z

    def backward(self, dz: Array) -> Array:
        """Upstream inside."""
        return dz[self._inside(self.size)]

    def kernels(self, k: Kernels) -> bool:
        """Two copies forward, one back."""
        inside = self._inside(k.x[0].shape)
        k.ahead(np.copyto, k.z, k.const(self.value))
        k.ahead(np.copyto, k.z[inside], k.x[0])
        if k.dx[0] is not None:
            k.back(np.copyto, k.dx[0], k.dz[inside])
        return True

    def caption(self) -> str:
        """The widths, and the value where it isn't 0."""
        return self.widths if self.value == 0 else f"{self.widths} of {number(self.value)}"

    def _inside(self, x: Shape) -> tuple[slice, ...]:
        first = len(x) - len(self.pairs)
        lengths = zip(x[first:], self.pairs, strict=True)
        return (slice(None),) * first + tuple(slice(before, before + n) for n, (before, _) in lengths)

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the widths of this gate in it."""
        widths = f"[(0, 0)] * ({{x}}.ndim - {len(self.pairs)}) + {list(self.pairs)}"
        return f"{{z}} = np.pad({{x}}, {widths}, constant_values={{value}})"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code with the widths of this gate in it."""
        inside = ", ".join(f"{a}:{-b if b else ''}" for a, b in self.pairs)
        return f"{{dx}} = {{dz}}[..., {inside}]"


def index_code(axis: int, part: str) -> str:
    """An index along one axis as Python writes it: "..., part, :" or ":, part"."""
    parts = [":"] * axis + [part] if axis >= 0 else ["...", part] + [":"] * (-axis - 1)
    return ", ".join(parts)


def add_rows(table: Array, indices: Array, rows: Array) -> None:
    """Add rows (behind the axes of the indices) to those of the table they belong to, which are 0 so far.

    Sorted first, so that the rows of each place lie together and are summed at once: many times faster than add.at.
    """
    rows = rows.reshape(indices.size, *table.shape[1:])
    if not indices.size:
        return
    order = np.argsort(indices, kind="stable")
    places = indices[order]
    starts = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1])))
    table[places[starts]] = np.add.reduceat(rows[order], starts, axis=0)


def _pairs(text: str) -> tuple[tuple[int, int], ...]:
    """The widths before and behind on each axis: "1, 0:2" gives (1, 1) and (0, 2)."""
    words = text.replace(",", " ").split()
    found = []
    for word in words:
        ends = word.split(":")
        if len(ends) > 2 or not all(end.isascii() and end.isdigit() and len(end) < 7 for end in ends):
            raise ParamError(f"Pad: widths needs whole numbers such as “1, 2” or “0:2”, found “{text[:40]}”.")
        found.append((int(ends[0]), int(ends[-1])))
    if not 1 <= len(found) <= MOST_AXES:
        raise ParamError(f"Pad: widths needs one to {MOST_AXES} numbers, found “{text[:40]}”.")
    return tuple(found)
