"""Gates that put axes in another order or repeat along them: transpose, broadcast."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.gate import Array, Kernels, Param, Shape, shape_text
from gradstudio.gates.axes import place, tuple_code, whole_numbers
from gradstudio.gates.shape import ShapeGate


@register
class Transpose(ShapeGate):
    """The axes in another order."""

    id = "transpose"
    title = "Transpose"
    symbol = "xᵀ"
    formula = r"z = x^T"
    help = "Swaps the last two axes, or puts all of them in another order."
    rule = "Transpose carries: the gradient is transposed back."
    keywords = ("swap", "permute", "axes", "T")
    params = MappingProxyType(
        {"axes": Param("text", "", "The old axes in their new order, such as “0, 2, 1”; empty swaps the last two.")}
    )
    numpy_forward = "{z} = {x}.T if {x}.ndim == 2 else np.swapaxes({x}, -1, -2)"
    numpy_backward = "{dx} = {dz}.T if {x}.ndim == 2 else np.swapaxes({dz}, -1, -2)"

    axes: str

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.order = whole_numbers(self.title, "axes", self.axes)
        if self.order:
            listed = ", ".join(map(str, self.order))
            self.numpy_forward = f"{{z}} = np.transpose({{x}}, ({listed},))"  # type: ignore[misc]
            self.numpy_backward = f"{{dx}} = np.transpose({{dz}}, np.argsort(({listed},)))"  # type: ignore[misc]

    def shape(self, x: Shape) -> Shape:
        """That of x in the new order."""
        return tuple(x[axis] for axis in self._order(x))

    def forward(self, x: Array) -> Array:
        """The axes in their new order."""
        self.back = np.argsort(self._order(x.shape))
        return x.transpose(self._order(x.shape))

    def backward(self, dz: Array) -> Array:
        """The axes in their old order."""
        return dz.transpose(self.back)

    def kernels(self, k: Kernels) -> bool:
        """One copy each way."""
        order = self._order(k.x[0].shape)
        k.ahead(np.copyto, k.z, k.x[0].transpose(order))
        if k.dx[0] is not None:
            k.back(np.copyto, k.dx[0].transpose(order), k.dz)
        return True

    def caption(self) -> str:
        """The order, where one is given."""
        return self.axes

    def _order(self, x: Shape) -> tuple[int, ...]:
        if not self.order:
            if len(x) < 2:
                raise ShapeError(f"Transpose needs two axes to swap, found an input of {shape_text(x)}.")
            return (*range(len(x) - 2), len(x) - 1, len(x) - 2)
        order = tuple(place(self.title, axis, x) for axis in self.order)
        if sorted(order) != list(range(len(x))):
            raise ShapeError(f"Transpose needs each axis of its input once, found “{self.axes}” for {shape_text(x)}.")
        return order


@register
class Broadcast(ShapeGate):
    """x repeated along axes of length 1 and new ones."""

    id = "broadcast"
    title = "Broadcast"
    common = False
    formula = r"z = \text{broadcast}(x)"
    help = "Repeats its input along axes of length 1, and along new ones in front, until it has the shape wanted."
    rule = "Broadcast adds: an entry's gradient is the sum of those of all its copies."
    keywords = ("repeat", "expand", "tile", "stretch")
    params = MappingProxyType(
        {"sizes": Param("text", "2, -1", "The shape, aligned at its end; −1 leaves a length as it is.")}
    )
    numpy_backward = "{dx} = {dz}"

    sizes: str

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.wanted = whole_numbers(self.title, "sizes", self.sizes)
        if min(self.wanted, default=0) < -1:
            raise ParamError(f"Broadcast needs lengths of at least 0, or −1; found “{self.sizes}”.")

    def shape(self, x: Shape) -> Shape:
        """The sizes, with those of x where they are −1."""
        behind = len(self.wanted) - len(x)
        kept = [x[i - behind] if n == -1 and i >= behind else n for i, n in enumerate(self.wanted)]
        if -1 in kept or behind < 0 or any(n not in (1, m) for n, m in zip(x, kept[behind:], strict=True)):
            raise ShapeError(f"Broadcast can't repeat an input of {shape_text(x)} to the shape “{self.sizes}”.")
        return tuple(kept)

    def forward(self, x: Array) -> Array:
        """The entries repeated."""
        return np.broadcast_to(x, self.shape(x.shape))

    def backward(self, dz: Array) -> Array:
        """Upstream: the engine sums it over the copies."""
        return dz

    def kernels(self, k: Kernels) -> bool:
        """One copy forward, one sum back."""
        (x,), (dx,) = k.x, k.dx
        k.ahead(np.copyto, k.z, x)
        if dx is not None:
            k.back(_sum_copies, k.dz, dx)
        return True

    def caption(self) -> str:
        """The sizes."""
        return self.sizes

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the lengths of this gate in it."""
        lengths = [f"{{x}}.shape[{i - len(self.wanted)}]" if n == -1 else str(n) for i, n in enumerate(self.wanted)]
        return f"{{z}} = np.broadcast_to({{x}}, {tuple_code(lengths)})"


def _sum_copies(dz: Array, dx: Array) -> None:
    """Add up what came back to each entry of dx from its copies in dz."""
    new = dz.ndim - dx.ndim
    stretched = tuple(range(new)) + tuple(new + a for a, n in enumerate(dx.shape) if n != dz.shape[new + a])
    np.add.reduce(dz, axis=stretched, keepdims=True, out=dx[(None,) * new])
