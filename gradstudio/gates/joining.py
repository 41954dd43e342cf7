"""Gates that join arrays and take them apart: concatenate, stack, split."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Array, Kernels, Param, Port, Shape, shape_text
from gradstudio.gates.axes import along, axis_param, new_place, place
from gradstudio.gates.shape import ShapeGate


@register
class Concatenate(ShapeGate):
    """Arrays one behind the other."""

    id = "concatenate"
    title = "Concatenate"
    formula = r"z = [x_1, x_2, …]"
    help = "Puts its inputs one behind the other along an axis; the other axes must agree."
    rule = "Concatenate cuts: each input gets its own piece of the upstream gradient."
    keywords = ("join", "append", "cat", "merge", "skip connection")
    inputs = (Port("x", "The arrays, in the order of their wires.", many=True),)
    params = MappingProxyType({"axis": axis_param(-1, "The axis along which they are put; −1 is the last.")})
    numpy_forward = "{z} = np.concatenate({x}, axis={axis})"
    numpy_backward = "{dx} = np.split({dz}, np.cumsum([part.shape[{axis}] for part in {x}])[:-1], axis={axis})"

    axis: int

    def shape(self, *x: Shape) -> Shape:
        """That of each, with the lengths along the axis added up."""
        at = place(self.title, self.axis, x[0])
        for other in x[1:]:
            if len(other) != len(x[0]) or other[:at] + other[at + 1 :] != x[0][:at] + x[0][at + 1 :]:
                raise ShapeError(
                    f"Concatenate needs shapes that differ along axis {self.axis} alone; "
                    f"found {shape_text(x[0])} and {shape_text(other)}."
                )
        return (*x[0][:at], sum(one[at] for one in x), *x[0][at + 1 :])

    def forward(self, *x: Array) -> Array:
        """The arrays, joined; where the pieces are is kept for the way back."""
        self.pieces = self._pieces(*x)
        return np.concatenate(x, axis=self.axis)

    def backward(self, dz: Array) -> tuple[Array, ...]:
        """A piece of upstream for each."""
        return tuple(dz[piece] for piece in self.pieces)

    def kernels(self, k: Kernels) -> bool:
        """A copy for each input, both ways."""
        for x, dx, piece in zip(k.x, k.dx, self._pieces(*k.x), strict=True):
            k.ahead(np.copyto, k.z[piece], x)
            if dx is not None:
                k.back(np.copyto, dx, k.dz[piece])
        return True

    def caption(self) -> str:
        """The axis."""
        return f"axis {self.axis}"

    def _pieces(self, *x: Array) -> list[tuple[slice, ...]]:
        ends = np.cumsum([one.shape[self.axis] for one in x]).tolist()
        starts = [0, *ends[:-1]]
        return [along(self.axis, slice(a, b), x[0].ndim) for a, b in zip(starts, ends, strict=True)]


@register
class Stack(ShapeGate):
    """Arrays of one shape along a new axis."""

    id = "stack"
    title = "Stack"
    common = False
    formula = r"z_{…i} = x_i"
    help = "Puts inputs of one shape side by side along a new axis: scalars become a vector."
    rule = "Stack cuts: each input gets its own slice of the upstream gradient."
    keywords = ("join", "vector", "pack", "combine")
    inputs = (Port("x", "The arrays, in the order of their wires.", many=True),)
    params = MappingProxyType({"axis": axis_param(-1, "Where the new axis is put; −1 is behind all others.")})
    numpy_forward = "{z} = np.stack({x}, axis={axis})"
    numpy_backward = "{dx} = np.moveaxis({dz}, {axis}, 0)"

    axis: int

    def shape(self, *x: Shape) -> Shape:
        """That of each, with their number put in."""
        for other in x[1:]:
            if other != x[0]:
                raise ShapeError(f"Stack needs one shape; found {shape_text(x[0])} and {shape_text(other)}.")
        at = new_place(self.title, self.axis, x[0])
        return (*x[0][:at], len(x), *x[0][at:])

    def forward(self, *x: Array) -> Array:
        """The arrays side by side."""
        return np.stack(x, axis=self.axis)

    def backward(self, dz: Array) -> tuple[Array, ...]:
        """A slice of upstream for each."""
        return tuple(np.moveaxis(dz, self.axis, 0))

    def kernels(self, k: Kernels) -> bool:
        """A copy for each input, both ways."""
        z, dz = np.moveaxis(k.z, self.axis, 0), np.moveaxis(k.dz, self.axis, 0)
        for i, (x, dx) in enumerate(zip(k.x, k.dx, strict=True)):
            k.ahead(np.copyto, z[i, ...], x)
            if dx is not None:
                k.back(np.copyto, dx, dz[i, ...])
        return True

    def caption(self) -> str:
        """The axis."""
        return f"axis {self.axis}"


@register
class Split(ShapeGate):
    """x cut in two."""

    id = "split"
    title = "Split"
    common = False
    formula = r"[z_1, z_2] = x"
    help = "Cuts its input in two along an axis, in halves or after so many entries; a second split can cut the rest."
    rule = "Split joins: the gradients of both parts are put together again."
    keywords = ("cut", "chunk", "half", "divide", "unstack")
    outputs = (Port("first", "The first part."), Port("rest", "What is left."))
    params = MappingProxyType(
        {
            "axis": axis_param(-1, "The axis along which it is cut; −1 is the last."),
            "size": Param("int", None, "Entries of the first part; empty cuts in halves.", low=0, optional=True),
        }
    )
    numpy_backward = "{dx} = np.concatenate([{dfirst}, {drest}], axis={axis})"

    axis: int
    size: int | None

    def shape(self, x: Shape) -> tuple[Shape, Shape]:
        """Those of the two parts."""
        at = place(self.title, self.axis, x)
        if self.size is None and x[at] % 2:
            raise ShapeError(f"Split finds no halves along axis {self.axis} of {shape_text(x)}; give it a size.")
        size = x[at] // 2 if self.size is None else self.size
        if size > x[at]:
            raise ShapeError(f"Split finds no {size} entries along axis {self.axis} of {shape_text(x)}.")
        return (*x[:at], size, *x[at + 1 :]), (*x[:at], x[at] - size, *x[at + 1 :])

    def forward(self, x: Array) -> tuple[Array, Array]:
        """The two parts."""
        size = self.shape(x.shape)[0][self.axis]
        return x[along(self.axis, slice(None, size), x.ndim)], x[along(self.axis, slice(size, None), x.ndim)]

    def backward(self, dfirst: Array, drest: Array) -> Array:
        """Upstream of both, joined."""
        return np.concatenate((dfirst, drest), axis=self.axis)

    def caption(self) -> str:
        """The axis, and where it is cut."""
        return f"axis {self.axis}" if self.size is None else f"axis {self.axis}, {self.size} first"

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code for halves or a size."""
        at = "{x}.shape[{axis}] // 2" if self.size is None else "{size}"
        return f"{{first}}, {{rest}} = np.split({{x}}, [{at}], axis={{axis}})"
