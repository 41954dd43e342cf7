"""HIPS autograd: the forward pass in its numpy, recorded anew in each step; updates as in the plain numpy peer."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad
from autograd.extend import defvjp, primitive
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.engine.circuits import Circuit
from benchmarks.engine.plain_update import PlainUpdate
from benchmarks.engine.runner import Runner
from benchmarks.engine.workloads import Array, Network, Workload


class RecordedNetwork(Runner):
    """A network as a function of its parameters."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.net = net
        self.update = PlainUpdate(net)
        self.function = value_and_grad(self._measure)
        self._batches = cycle(net.batches)

    def step(self) -> None:
        """Forward, backward, update."""
        self._loss, gradients = self.function(self.update.parameters, *next(self._batches))
        self.update.apply(gradients)

    def loss(self) -> float:
        """That of the last step."""
        return float(self._loss)

    def _measure(self, parameters: Any, x: Any, y: Any) -> Any:
        left = iter(parameters)
        penalty: Any = 0.0
        for layer in self.net.layers:
            weights = (next(left), next(left)) if layer.inputs else ()
            x = LAYERS[layer.kind](x, *weights)
            if weights and self.net.decay:
                penalty = penalty + 0.5 * self.net.decay * anp.sum(weights[0] ** 2)
        if self.net.loss == "squared_error":
            return anp.mean((x - y) ** 2) + penalty
        x = x - anp.max(x, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(x), axis=1)) - x[np.arange(len(y)), y]) + penalty


class RecordedCircuit(Runner):
    """A circuit, recorded gate by gate."""

    def __init__(self, circuit: Circuit) -> None:
        super().__init__()
        self.circuit = circuit
        self.leaves: list[float] = circuit.leaves.tolist()
        self.function = value_and_grad(self._measure)

    def step(self) -> None:
        """Forward, backward, update."""
        self._loss, self._gradients = self.function(self.leaves)
        self.leaves = [x - self.circuit.rate * g for x, g in zip(self.leaves, self._gradients, strict=True)]

    def loss(self) -> float:
        """The sum of the outputs."""
        return float(self._loss)

    def gradients(self) -> list[float]:
        """Those of the leaves."""
        return [float(gradient) for gradient in self._gradients]

    def _measure(self, leaves: Any) -> Any:
        values = self.circuit.forward((leaves[i] for i in range(len(self.leaves))), anp.tanh)
        total: Any = 0.0
        for value in self.circuit.results(values):
            total = total + value
        return total


def _windows(x: Array) -> Array:
    """3×3 windows of a padded array. autograd knows no rule for them, so they get one."""
    return sliding_window_view(x, (3, 3), axis=(2, 3))


def _windows_back(seen: Array, x: Array) -> Any:
    def back(dz: Array) -> Array:
        dx, (height, width) = np.zeros(x.shape, dz.dtype), seen.shape[2:4]
        for i in range(3):
            for j in range(3):
                dx[:, :, i : i + height, j : j + width] += dz[..., i, j]
        return dx

    return back


windows = primitive(_windows)
defvjp(windows, _windows_back)


def _conv(x: Any, W: Any, b: Any) -> Any:
    seen = windows(anp.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), "constant"))
    z = anp.tensordot(seen, W, axes=([1, 4, 5], [1, 2, 3]))
    return anp.transpose(z + b, (0, 3, 1, 2))


def _pool(x: Any) -> Any:
    shape = (*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2)
    return anp.max(anp.reshape(x, shape), axis=(3, 5))


LAYERS: dict[str, Any] = {
    "dense": lambda x, W, b: anp.dot(x, W) + b,
    "conv": _conv,
    "relu": lambda x: anp.maximum(x, 0),
    "tanh": anp.tanh,
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "pool": _pool,
    "flatten": lambda x: anp.reshape(x, (len(x), -1)),
}


def build(workload: Workload, _variant: str) -> Runner:
    """Make a workload ready."""
    return RecordedNetwork(workload) if isinstance(workload, Network) else RecordedCircuit(workload)
