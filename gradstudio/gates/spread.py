"""Variance, norm and log-sum-exp, over everything or along some axes."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Kernels, Param
from gradstudio.gates.common import scratch_like
from gradstudio.gates.reduce import SPREAD, NeedsEntries, Reduction


@register
class Variance(NeedsEntries):
    """The mean squared distance from the mean."""

    id = "variance"
    title = "Variance"
    symbol = "σ²"
    common = False
    formula = r"z = \frac{1}{n} \sum_i (x_i - \mu)^2"
    help = "The mean squared distance of the entries from their mean."
    rule = "Variance pulls: every entry gets 2 · (x − mean) ÷ n × the upstream gradient."
    keywords = ("deviation", "standard", "spread", "statistics", "reduce", "var", "std")
    params = MappingProxyType(
        {
            **NeedsEntries.params,
            "sample": Param("bool", False, "Divide by n − 1, as for a sample of something larger, instead of by n."),
        }
    )
    local = ("2·(x − μ)/n",)
    backward_code = (
        f"{{dx}} = 2 * ({{x}} - np.mean({{x}}, axis={{axis}}, keepdims=True)) * {SPREAD}\n"
        "{dx} = {dx} / (np.size({x}) // max(np.size({z}), 1) - DDOF)"
    )
    forward_code = "{z} = np.var({x}, axis={axis}, ddof=DDOF, keepdims={keepdims})"

    sample: bool

    def least(self) -> int:
        """One entry, or two for a sample."""
        return 2 if self.sample else 1

    def expand(self, x: Expression) -> Expression:
        """The mean of the squared distances from the mean; of a sample their sum over n − 1."""
        formula, along = x.formula, {"axis": self.axis, "axes": self.axes}
        distance = x - formula.one("mean", x, **along, keepdims=True)
        joined = formula.one("sum" if self.sample else "mean", formula.one("square", distance), **along,
                             keepdims=self.keepdims)  # fmt: skip
        return joined / (self.count(x.shape) - 1) if self.sample else joined

    def forward(self, x: Array) -> Array:
        """The distances from the mean, squared and averaged; they are kept for the way back."""
        self.n = self._divisor(x)
        self.distance = x - x.mean(axis=self.over, keepdims=True)
        squares = self.distance * self.distance
        return np.asarray(squares.sum(axis=self.over, keepdims=self.keepdims) / self.n)

    def backward(self, dz: Array) -> Array:
        """2 · distance ÷ n × upstream."""
        return np.asarray(self.distance * self.spread(dz * (2 / self.n)))

    def kernels(self, k: Kernels) -> bool:
        """Six calls forward, two back."""
        (x,), (dx,) = k.x, k.dx
        distance, squares, line = scratch_like(k, x), scratch_like(k, x), k.scratch(self.kept(x.shape))
        k.ahead(np.add.reduce, x, axis=self.over, keepdims=True, out=line)
        k.ahead(np.divide, line, k.const(self.count(x.shape)), out=line)
        k.ahead(np.subtract, x, line, out=distance)
        k.ahead(np.square, distance, out=squares)
        k.ahead(np.add.reduce, squares, axis=self.over, keepdims=self.keepdims, out=k.z)
        k.ahead(np.multiply, k.z, k.const(1 / self._divisor(x)), out=k.z)
        if dx is not None:
            k.back(np.multiply, self.spread(k.dz), k.const(2 / self._divisor(x)), out=line)
            k.back(np.multiply, distance, line, out=dx)
        return True

    def caption(self) -> str:
        """The axes, and that it is of a sample."""
        return ", ".join(part for part in (super().caption(), "sample" if self.sample else "") if part)

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the axes and the divisor of this gate in it."""
        return super().numpy_forward.replace("DDOF", str(int(self.sample)))

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code with the axes and the divisor of this gate in it."""
        return super().numpy_backward.replace("DDOF", str(int(self.sample)))

    def _divisor(self, x: Array) -> int:
        return self.count(x.shape) - self.sample


@register
class Norm(Reduction):
    """√Σx²."""

    id = "norm"
    title = "Norm"
    symbol = "‖x‖"
    common = False
    formula = r"z = \sqrt{\sum_i x_i^2}"
    help = "The length of its input as a vector: the root of the sum of the squares."
    rule = "Norm points: every entry gets x ÷ z × the upstream gradient; where the norm is 0, the gradient is 0 too."
    keywords = ("length", "euclidean", "l2", "magnitude", "distance", "reduce")
    local = ("x/z",)
    forward_code = "{z} = np.sqrt(np.sum({x} ** 2, axis={axis}, keepdims={keepdims}))"
    backward_code = (
        "{dx} = np.sqrt(np.sum({x} ** 2, axis={axis}, keepdims=True))\n"
        f"{{dx}} = {{x}} / np.where({{dx}} == 0, 1, {{dx}}) * {SPREAD}"
    )

    @np.errstate(over="ignore", invalid="ignore")
    def forward(self, x: Array) -> Array:
        """Divided by the largest entry first, so that no square overflows or vanishes; x ÷ z is kept."""
        largest = np.abs(x).max(axis=self.over, keepdims=True, initial=0)
        unit = np.where((largest > 0) & np.isfinite(largest), largest, 1)
        scaled = x / unit
        length = np.sqrt((scaled * scaled).sum(axis=self.over, keepdims=True))
        self.direction = scaled / np.where(length == 0, 1, length)
        return np.asarray((length * unit).reshape(self.shape(x.shape)))

    def backward(self, dz: Array) -> Array:
        """The direction × upstream."""
        return np.asarray(self.direction * self.spread(dz))

    def kernels(self, k: Kernels) -> bool:
        """Divided by the largest entry here too, unless that is 0 or no number: then by 1."""
        (x,), (dx,) = k.x, k.dx
        scaled, work, kept = k.scratch_like(x), k.scratch_like(x), self.kept(x.shape)
        unit, length = k.scratch(kept), k.scratch(kept)
        k.ahead(np.absolute, x, out=work)
        k.ahead(np.maximum.reduce, work, axis=self.over, keepdims=True, initial=0, out=unit)
        k.ahead(_use_one, unit)
        k.ahead(np.divide, x, unit, out=scaled)
        k.ahead(np.square, scaled, out=work)
        k.ahead(np.add.reduce, work, axis=self.over, keepdims=True, out=length)
        k.ahead(np.sqrt, length, out=length)
        k.ahead(np.multiply, length, unit, out=k.z.reshape(kept))
        if dx is not None:
            k.back(_use_one, length)
            k.back(np.divide, self.spread(k.dz), length, out=unit)
            k.back(np.multiply, scaled, unit, out=dx)
        return True


@register
class LogSumExp(NeedsEntries):
    """ln Σ eˣ."""

    id = "log_sum_exp"
    title = "Log-sum-exp"
    common = False
    formula = r"z = \ln \sum_i e^{x_i}"
    help = "The logarithm of the sum of the exponentials: a smooth maximum."
    rule = "Log-sum-exp shares out: every entry gets its softmax × the upstream gradient."
    keywords = ("logsumexp", "smooth", "max", "softmax", "partition", "reduce", "lse")
    local = ("softmax(x)",)
    forward_code = (
        "{z} = np.max({x}, axis={axis}, keepdims=True)\n"
        "{z} = np.log(np.sum(np.exp({x} - {z}), axis={axis}, keepdims={keepdims})) + "
        "np.max({x}, axis={axis}, keepdims={keepdims})"
    )
    backward_code = (
        "{dx} = np.exp({x} - np.max({x}, axis={axis}, keepdims=True))\n"
        f"{{dx}} = {{dx}} / np.sum({{dx}}, axis={{axis}}, keepdims=True) * {SPREAD}"
    )

    def expand(self, x: Expression) -> Expression:
        """The logarithm of the sum of the powers, the largest entry taken off before and added again behind."""
        formula = x.formula
        along = {"axis": self.axis, "axes": self.axes, "keepdims": self.keepdims}
        powers = formula.one("exp", x - formula.one("reduce_max", x, **{**along, "keepdims": True}))
        return formula.one("log", formula.one("sum", powers, **along)) + formula.one("reduce_max", x, **along)

    @np.errstate(over="ignore", divide="ignore", invalid="ignore")
    def forward(self, x: Array) -> Array:
        """The largest entry is subtracted first, so that nothing overflows, and added again; the shares are kept."""
        largest = x.max(axis=self.over, keepdims=True)
        unit = np.where(np.isfinite(largest), largest, 0)
        exponentials = np.exp(x - unit)
        together = exponentials.sum(axis=self.over, keepdims=True)
        self.shares = exponentials / together
        return np.asarray((np.log(together) + unit).reshape(self.shape(x.shape)))

    def backward(self, dz: Array) -> Array:
        """Each entry's share × upstream."""
        return np.asarray(self.shares * self.spread(dz))

    def kernels(self, k: Kernels) -> bool:
        """The exponentials are kept; a largest entry that is infinite counts as the largest number there is."""
        (x,), (dx,) = k.x, k.dx
        kept, most = self.kept(x.shape), float(np.finfo(k.dtype).max)
        exponentials, unit, together = k.scratch_like(x), k.scratch(kept), k.scratch(kept)
        z = k.z.reshape(kept)
        k.ahead(np.maximum.reduce, x, axis=self.over, keepdims=True, out=unit)
        k.ahead(np.minimum, unit, k.const(most), out=unit)
        k.ahead(np.maximum, unit, k.const(-most), out=unit)
        k.ahead(np.subtract, x, unit, out=exponentials)
        k.ahead(np.exp, exponentials, out=exponentials)
        k.ahead(np.add.reduce, exponentials, axis=self.over, keepdims=True, out=together)
        k.ahead(np.log, together, out=z)
        k.ahead(np.add, z, unit, out=z)
        if dx is not None:
            k.back(np.divide, self.spread(k.dz), together, out=unit)
            k.back(np.multiply, exponentials, unit, out=dx)
        return True


def _use_one(divisors: Array) -> None:
    """Put 1 in place of divisors that are 0 or no numbers."""
    divisors[(divisors == 0) | ~np.isfinite(divisors)] = 1
