"""The largest and the smallest entry, over everything or along some axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Shape
from gradstudio.gates.axes import total
from gradstudio.gates.reduce import SPREAD, NeedsEntries


class Extreme(NeedsEntries):
    """A reduction that takes one entry; where several are the same it takes the first.

    Attributes:
        find: numpy's function for the index of that entry.
    """

    find: ClassVar[Callable[..., Any]]
    local = ("[the first that is taken]",)

    def forward(self, x: Array) -> Array:
        """The entry taken; which one that is is kept for the way back."""
        self.size = x.shape
        groups = self._grouped(x)
        self.index = type(self).find(groups, axis=-1)[..., None]
        return np.take_along_axis(groups, self.index, axis=-1).reshape(self.shape(x.shape))

    def backward(self, dz: Array) -> Array:
        """Upstream to the entry that was taken."""
        groups = np.zeros((*self.index.shape[:-1], self.count(self.size)), np.result_type(dz))
        np.put_along_axis(groups, self.index, np.reshape(dz, self.index.shape), axis=-1)
        return self._ungrouped(groups)

    def branch(self, x: Array) -> Array:
        """Which entry is taken."""
        return np.asarray(type(self).find(self._grouped(x), axis=-1))

    def _grouped(self, x: Array) -> Array:
        """The entries that compete along the last axis, the others before it."""
        last = np.moveaxis(np.asarray(x), self.reduced(x.shape), self._tail(x.shape))
        kept = last.ndim - len(self._tail(x.shape))
        return last.reshape(*last.shape[:kept], total(last.shape[kept:]))

    def _ungrouped(self, groups: Array) -> Array:
        """The way back of `_grouped`."""
        reduced = self.reduced(self.size)
        lengths = tuple(self.size[axis] for axis in reduced)
        return np.moveaxis(groups.reshape(groups.shape[:-1] + lengths), self._tail(self.size), reduced)

    def _tail(self, x: Shape) -> tuple[int, ...]:
        return tuple(range(-len(self.reduced(x)), 0))

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code that finds the first of the entries taken: where the count of them is 1."""
        forward = self.forward_code.replace("{z} = ", "").replace("{keepdims}", "True")
        made = f"{{dx}} = {{x}} == {forward}\n{self._first_code()}\n{{dx}} = {{dx}} * {SPREAD}"
        return made.replace("{axis}", repr(self.over))

    def _first_code(self) -> str:
        if self.over is None:
            return "{dx} = {dx} & (np.cumsum({dx}).reshape({x}.shape) == 1)"
        if isinstance(self.over, int):
            return "{dx} = {dx} & (np.cumsum({dx}, axis={axis}) == 1)"
        first, tail = tuple(sorted(self.over)), tuple(range(-len(self.over), 0))
        joined = f"{{dx}}.reshape(*{{dx}}.shape[:{tail[0]}], -1 if {{dx}}.size else 0)"
        return (
            f"{{dx}} = np.moveaxis({{dx}}, {first}, {tail})\n"
            f"{{dx}} = {{dx}} & (np.cumsum({joined}, axis=-1).reshape({{dx}}.shape) == 1)\n"
            f"{{dx}} = np.moveaxis({{dx}}, {tail}, {first})"
        )


@register
class ReduceMax(Extreme):
    """The largest entry."""

    id = "reduce_max"
    title = "Largest entry"
    symbol = "max"
    common = False
    formula = r"z = \max_i x_i"
    help = "The largest of the entries of its input."
    rule = "Largest entry routes: the whole upstream gradient goes to the first of the largest entries, none to others."
    stops = "an entry lost where another one is larger"
    keywords = ("max", "maximum", "reduce", "amax", "pool")
    forward_code = "{z} = np.max({x}, axis={axis}, keepdims={keepdims})"
    find = np.argmax


@register
class ReduceMin(Extreme):
    """The smallest entry."""

    id = "reduce_min"
    title = "Smallest entry"
    symbol = "min"
    common = False
    formula = r"z = \min_i x_i"
    help = "The smallest of the entries of its input."
    rule = (
        "Smallest entry routes: the whole upstream gradient goes to the first of the smallest entries, none to others."
    )
    stops = "an entry lost where another one is smaller"
    keywords = ("min", "minimum", "reduce", "amin")
    forward_code = "{z} = np.min({x}, axis={axis}, keepdims={keepdims})"
    find = np.argmin
