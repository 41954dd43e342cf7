"""Dropout: units left out at random while training."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Param, Port, Shape
from gradstudio.gates.common import number, scratch_like


@register
class Dropout(Gate):
    """x × mask, where the mask is 0 or 1/p at random: inverted dropout, so that nothing changes while evaluating."""

    id = "dropout"
    title = "Dropout"
    category = Category.LAYER
    formula = r"z = x \cdot m, \quad m_i = [r_i < p] / p, \quad p = 1 - \mathrm{rate}"
    help = (
        "Sets a random share of its input to 0 in each training step and scales up the rest, so that no unit can rely "
        "on another. While evaluating it passes everything on as it is."
    )
    rule = "Dropout gates: the upstream gradient × the same mask, 0 where x was dropped and 1/p times elsewhere."
    stops = "dropped entries are switched off in this step"
    keywords = ("regularisation", "regularization", "random", "mask", "inverted", "layer", "noise")
    inputs = (Port("x"),)
    params = MappingProxyType(
        {"rate": Param("float", 0.5, "Share of the entries that is dropped.", title="drop rate", low=0, high=0.99)}
    )
    numpy_forward = (
        "{z} = np.random.default_rng([{seed}, {step}, {place}, 0]).random({x}.shape, np.float32)\n"
        "{z} = {x} * (({z} < 1 - {rate}) / {x}.dtype.type(1 - {rate})) if {training} else {x}"
    )
    numpy_backward = (
        "{dx} = np.random.default_rng([{seed}, {step}, {place}, 0]).random({x}.shape, np.float32)\n"
        "{dx} = {dz} * (({dx} < 1 - {rate}) / {x}.dtype.type(1 - {rate})) if {training} else {dz}"
    )

    rate: float

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        return x

    def forward(self, x: Array) -> Array:
        """x × mask; the mask is the same whenever the same step is computed."""
        self.mask = self._mask(x) if self.mode.training else None
        return x if self.mask is None else np.asarray(x * self.mask)

    def backward(self, dz: Array) -> Array:
        """Upstream × mask."""
        return dz if self.mask is None else np.asarray(dz * self.mask)

    def kernels(self, k: Kernels) -> bool:
        """The mask is drawn entry by entry of x, laid as x lies in memory, and multiplied with each way."""
        (x,), (dx,) = k.x, k.dx
        drawn, kept = k.scratch(x.shape, np.float32), k.scratch(x.shape, np.bool_)
        mask = scratch_like(k, x)
        k.ahead(self._draw, drawn, kept, scratch_like(k, x, np.bool_), mask)
        k.ahead(np.multiply, x, mask, out=k.z)
        if dx is not None:
            k.back(np.multiply, k.dz, mask, out=dx)
        return True

    def caption(self) -> str:
        """The rate."""
        return f"rate {number(self.rate)}"

    def _draw(self, drawn: Array, kept: Array, laid: Array, mask: Array) -> None:
        """The mask of this step: 1 everywhere while evaluating. Turned over as bools, which is least to move."""
        if not self.mode.training:
            mask[...] = 1
            return
        self.mode.random(*self.place, 0).random(dtype=np.float32, out=drawn)
        np.less(drawn, 1 - self.rate, out=kept)
        laid[...] = kept
        np.multiply(laid, mask.dtype.type(1) / mask.dtype.type(1 - self.rate), out=mask)

    def _mask(self, x: Array) -> Array:
        kept = 1 - self.rate
        drawn = self.mode.random(*self.place, 0).random(x.shape, np.float32)
        return np.asarray((drawn < kept) / x.dtype.type(kept))
