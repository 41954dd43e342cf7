"""Optimisers over one flat array of parameters. Each update works in place and allocates nothing.

The calls of an update are made once, for pieces of the flat arrays that stay in the processor's cache from one call to
the next; numbers that change between steps are arrays without axes that the calls read.

Sources: course notes "Neural Networks Part 3" (momentum in the form v ← μv − αg, x ← x + v);
Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1; Duchi, Hazan and Singer, "Adaptive
Subgradient Methods", JMLR 12 (2011); Hinton, "Neural Networks for Machine Learning", lecture 6e (RMSProp); Loshchilov
and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2 with a schedule of 1.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from gradstudio.engine.acceleration import Line
from gradstudio.engine.gate import Array
from gradstudio.engine.memory import zeros

PIECE = 32_768
"""Entries of a piece: five arrays of so many float32 take 640 KiB of a core's cache."""


LEAST_RATE = 1e-30
"""Adam divides by its learning rate; below this, 0 included, nothing moves in either precision."""


class Optimizer(ABC):
    """An update rule and what it remembers.

    Attributes:
        id: name in settings and files.
        title: name in the window.
        slots: names of the arrays it keeps, each as long as the parameters; what two rules call alike they share.
        state: those arrays by name; write to them to resume.
        learning_rate: may be changed between steps.
        active: the parts of the parameters that are updated; what it remembers of the others stays as it is.
        weight_decay: λ, for a rule that applies it by itself.
        decoupled: whether this rule does; for the others it belongs into the gradient (`treatment`).
    """

    id: ClassVar[str]
    title: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()
    decoupled: ClassVar[bool] = False

    def __init__(self, parameters: Array, learning_rate: float) -> None:
        self.parameters = parameters
        self.state = {name: zeros(parameters.shape, parameters.dtype) for name in self.slots}
        self._rate = self._number(learning_rate)
        self._kept = self._number(1.0)
        self.weight_decay = 0.0
        self._gradients: Array | None = None
        self._line = Line([])
        self._active: tuple[slice, ...] = (slice(0, parameters.size),)
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> float:
        """The step size α."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._learning_rate = rate
        self._rate[...] = rate

    @property
    def active(self) -> tuple[slice, ...]:
        """The parts of the parameters that are updated, in ascending order."""
        return self._active

    @active.setter
    def active(self, parts: tuple[slice, ...]) -> None:
        if parts != self._active:
            self._active, self._gradients = parts, None

    def update(self, gradients: Array, step: int) -> None:
        """Change the parameters; `step` counts from 0."""
        if gradients is not self._gradients:
            work = zeros((min(PIECE, self.parameters.size),), self.parameters.dtype)
            self._line = Line([c for piece in self._pieces() for c in self._piece(gradients[piece], piece, work)])
            self._gradients = gradients
        self._prepare(step)
        for call in self._line.now():
            call()

    def _prepare(self, step: int) -> None:  # noqa: B027  most rules have no such numbers
        """Set the numbers that change from step to step."""

    @abstractmethod
    def _piece(self, g: Array, piece: slice, work: Array) -> Iterator[Callable[[], Any]]:
        """The calls that update one piece, given its gradients; `work` is as long or longer."""

    def _pieces(self) -> Iterator[slice]:
        return (piece for part in self._active for piece in _cut(part))

    def _number(self, value: float = 0.0) -> Array:
        """A number the calls read, in the parameters' precision."""
        return np.array(value, self.parameters.dtype)


def _cut(part: slice) -> Iterator[slice]:
    """A part of the parameters in pieces."""
    for start in range(part.start, part.stop, PIECE):
        yield slice(start, min(part.stop, start + PIECE))


class SGD(Optimizer):
    """x ← x − αg."""

    id = "sgd"
    title = "Gradient descent (SGD)"

    def _piece(self, g: Array, piece: slice, work: Array) -> Iterator[Callable[[], Any]]:
        x, t = self.parameters[piece], work[: g.size]
        yield partial(np.multiply, g, self._rate, t)
        yield partial(np.subtract, x, t, x)


class Momentum(Optimizer):
    """v ← μv − αg, x ← x + v."""

    id = "momentum"
    title = "Momentum"
    slots = ("velocity",)

    def __init__(self, parameters: Array, learning_rate: float) -> None:
        super().__init__(parameters, learning_rate)
        self._mu = self._number()
        self.momentum = 0.9

    @property
    def momentum(self) -> float:
        """How much of the velocity μ is kept from step to step."""
        return self._momentum

    @momentum.setter
    def momentum(self, momentum: float) -> None:
        self._momentum = momentum
        self._mu[...] = momentum

    def _piece(self, g: Array, piece: slice, work: Array) -> Iterator[Callable[[], Any]]:
        x, v, t = self.parameters[piece], self.state["velocity"][piece], work[: g.size]
        yield partial(np.multiply, v, self._mu, v)
        yield partial(np.multiply, g, self._rate, t)
        yield partial(np.subtract, v, t, v)
        yield partial(np.add, x, v, x)


class Nesterov(Momentum):
    """v′ ← μv − αg, x ← x − μv + (1 + μ)v′: momentum whose gradient is that of the place it carries to."""

    id = "nesterov"
    title = "Nesterov momentum"

    def _piece(self, g: Array, piece: slice, work: Array) -> Iterator[Callable[[], Any]]:
        x, v, t = self.parameters[piece], self.state["velocity"][piece], work[: g.size]
        yield partial(np.multiply, v, self._mu, v)
        yield partial(np.subtract, x, v, x)
        yield partial(np.multiply, g, self._rate, t)
        yield partial(np.subtract, v, t, v)
        yield partial(np.multiply, v, self._mu, t)
        yield partial(np.add, t, v, t)
        yield partial(np.add, x, t, x)


class AdaGrad(Optimizer):
    """s ← s + g², x ← x − αg ÷ (√s + ε)."""

    id = "adagrad"
    title = "AdaGrad"
    slots = ("square_total",)
    epsilon = 1e-8

    def _piece(self, g: Array, piece: slice, work: Array) -> Iterator[Callable[[], Any]]:
        x, s, t = self.parameters[piece], self.state["square_total"][piece], work[: g.size]
        yield partial(np.multiply, g, g, t)
        yield partial(np.add, s, t, s)
        yield from _step(x, g, s, t, self._rate, self._number(self.epsilon))


class RMSProp(Optimizer):
    """s ← ρs + (1 − ρ)g² with ρ = 0.99, x ← x − αg ÷ (√s + ε)."""

    id = "rmsprop"
    title = "RMSProp"
    slots = ("square_mean",)
    decay, epsilon = 0.99, 1e-8

    def _piece(self, g: Array, piece: slice, work: Array) -> Iterator[Callable[[], Any]]:
        x, s, t = self.parameters[piece], self.state["square_mean"][piece], work[: g.size]
        yield partial(np.multiply, s, self._number(self.decay), s)
        yield partial(np.multiply, g, g, t)
        yield partial(np.multiply, t, self._number(1 - self.decay), t)
        yield partial(np.add, s, t, s)
        yield from _step(x, g, s, t, self._rate, self._number(self.epsilon))


def _step(x: Array, g: Array, s: Array, t: Array, rate: Array, epsilon: Array) -> Iterator[Callable[[], Any]]:
    """x ← x − αg ÷ (√s + ε)."""
    yield partial(np.sqrt, s, t)
    yield partial(np.add, t, epsilon, t)
    yield partial(np.divide, g, t, t)
    yield partial(np.multiply, t, rate, t)
    yield partial(np.subtract, x, t, x)


class _Span(NamedTuple):
    """Parameters whose sums began at one step, and the numbers their update reads."""

    first: int
    last: int
    began: int
    scale: Array
    floor: Array


class Adam(Optimizer):
    """Adam with the usual β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and bias correction.

    It keeps the running sums M ← β₁M + g and V ← β₂V + g², which are the paper's moments ÷ (1 − β₁) and ÷ (1 − β₂):
    two passes over memory less a step. With a = α(1 − β₁)/(1 − β₁ᵗ) and b = √((1 − β₂)/(1 − β₂ᵗ)) the paper's update
    is x ← x − M ÷ (√V · b/a + ε/a).

    Here t counts the steps in which the sums have been kept. They begin with the first update, at step 0 where `state`
    holds some by then, or where `begin` says: then they may have begun at different steps.
    """

    id = "adam"
    title = "Adam"
    slots = ("gradient_sum", "square_sum")
    beta1, beta2, epsilon = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Array, learning_rate: float) -> None:
        super().__init__(parameters, learning_rate)
        self._beta1, self._beta2 = self._number(self.beta1), self._number(self.beta2)
        self._spans: list[_Span] = []

    def begin(self, began: npt.NDArray[np.int64]) -> None:
        """Say for each parameter at which step its sums began."""
        edges = [0, *(np.flatnonzero(np.diff(began)) + 1).tolist(), began.size]
        pairs = [(first, last) for first, last in itertools.pairwise(edges) if first < last]
        self._spans = [_Span(a, b, int(began[a]), self._number(), self._number()) for a, b in pairs]
        self._gradients = None

    def begin_like(self, other: Adam) -> None:
        """Count like another one of the same parameters."""
        self._spans = [span._replace(scale=self._number(), floor=self._number()) for span in other._spans]

    def update(self, gradients: Array, step: int) -> None:
        """Change the parameters; `step` counts from 0."""
        if not self._spans:
            fresh = not any(array.any() for array in self.state.values())
            self.begin(np.full(self.parameters.size, step if fresh else 0))
        super().update(gradients, step)

    def _prepare(self, step: int) -> None:
        for span in self._spans:
            made = step - span.began + 1
            a = max(self.learning_rate * (1 - self.beta1) / (1 - self.beta1**made), LEAST_RATE)
            b = math.sqrt((1 - self.beta2) / (1 - self.beta2**made))
            span.scale[...] = b / a
            span.floor[...] = self.epsilon / a

    def _pieces(self) -> Iterator[slice]:
        for span, part in itertools.product(self._spans, self._active):
            yield from _cut(slice(max(span.first, part.start), min(span.last, part.stop)))

    def _piece(self, g: Array, piece: slice, work: Array) -> Iterator[Callable[[], Any]]:
        x, t = self.parameters[piece], work[: g.size]
        m, v = (self.state[name][piece] for name in self.slots)
        span = next(span for span in self._spans if piece.start < span.last)
        yield partial(np.multiply, m, self._beta1, m)
        yield partial(np.add, m, g, m)
        yield partial(np.multiply, g, g, t)
        yield partial(np.multiply, v, self._beta2, v)
        yield partial(np.add, v, t, v)
        yield partial(np.sqrt, v, t)
        yield partial(np.multiply, t, span.scale, t)
        yield partial(np.add, t, span.floor, t)
        yield partial(np.divide, m, t, t)
        yield partial(np.subtract, x, t, x)


class AdamW(Adam):
    """Adam whose weight decay λ acts on the parameters themselves, x ← x − αλx, and not through the gradient."""

    id = "adamw"
    title = "AdamW"
    decoupled = True

    def _prepare(self, step: int) -> None:
        super()._prepare(step)
        self._kept[...] = 1.0 - self.learning_rate * self.weight_decay

    def _piece(self, g: Array, piece: slice, work: Array) -> Iterator[Callable[[], Any]]:
        x = self.parameters[piece]
        yield partial(np.multiply, x, self._kept, x)
        yield from super()._piece(g, piece, work)


RULES: tuple[type[Optimizer], ...] = (SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW)
OPTIMIZERS: dict[str, type[Optimizer]] = {rule.id: rule for rule in RULES}
