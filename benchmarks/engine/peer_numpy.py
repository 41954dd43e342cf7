"""Plain numpy as the course writes it: every intermediate result a new array, one update for each parameter.

A circuit is a loop over its gates with Python's own numbers, which is faster than numpy's scalars.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import cycle
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.engine.circuits import ADD, MULTIPLY, Circuit
from benchmarks.engine.plain_update import PlainUpdate
from benchmarks.engine.runner import Runner
from benchmarks.engine.workloads import Array, Network, Workload

Back: TypeAlias = Callable[[Array, bool], tuple[Array, tuple[Array, ...]]]
"""The way back through one layer: takes the upstream gradient, and whether that of the input is wanted; gives that of
the input (in the first layer, which needs none, anything in its place) and those of the weights."""


def dense(x: Array, W: Array, b: Array) -> tuple[Array, Back]:
    """x @ W + b."""
    return x @ W + b, lambda dz, wanted: (dz @ W.T if wanted else dz, (x.T @ dz, dz.sum(axis=0)))


def conv(x: Array, W: Array, b: Array) -> tuple[Array, Back]:
    """3×3 windows times W, summed by tensordot."""

    def windows(a: Array) -> Array:
        return sliding_window_view(np.pad(a, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), axis=(2, 3))

    def product(seen: Array, kernel: Array) -> Array:
        return np.tensordot(seen, kernel, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)

    seen = windows(x)

    def back(dz: Array, wanted: bool) -> tuple[Array, tuple[Array, ...]]:
        dx = product(windows(dz), W[:, :, ::-1, ::-1].swapaxes(0, 1)) if wanted else dz
        return dx, (np.tensordot(dz, seen, axes=([0, 2, 3], [0, 2, 3])), dz.sum(axis=(0, 2, 3)))

    return product(seen, W) + b[:, None, None], back


def relu(x: Array) -> tuple[Array, Back]:
    """max(0, x)."""
    return np.maximum(x, 0), lambda dz, _: (dz * (x > 0), ())


def tanh(x: Array) -> tuple[Array, Back]:
    """Tanh of x."""
    z = np.tanh(x)
    return z, lambda dz, _: (dz * (1 - z * z), ())


def sigmoid(x: Array) -> tuple[Array, Back]:
    """σ(x)."""
    z = 1 / (1 + np.exp(-x))
    return z, lambda dz, _: (dz * z * (1 - z), ())


def pool(x: Array) -> tuple[Array, Back]:
    """The largest of each 2×2; of several as large the first."""
    count, channels, height, width = x.shape
    blocks = x.reshape(count, channels, height // 2, 2, width // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    quads = blocks.reshape(*blocks.shape[:4], 4)
    winner = quads.argmax(axis=-1)[..., None]

    def back(dz: Array, _wanted: bool) -> tuple[Array, tuple[Array, ...]]:
        dquads = np.zeros_like(quads)
        np.put_along_axis(dquads, winner, dz[..., None], axis=-1)
        return dquads.reshape(blocks.shape).transpose(0, 1, 2, 4, 3, 5).reshape(x.shape), ()

    return np.take_along_axis(quads, winner, axis=-1)[..., 0], back


def flatten(x: Array) -> tuple[Array, Back]:
    """One row for each sample."""
    return x.reshape(len(x), -1), lambda dz, _: (dz.reshape(x.shape), ())


LAYERS: MappingProxyType[str, Callable[..., tuple[Array, Back]]] = MappingProxyType(
    {"dense": dense, "conv": conv, "relu": relu, "tanh": tanh, "sigmoid": sigmoid, "pool": pool, "flatten": flatten}
)


class PlainNetwork(Runner):
    """A network, forward and backward, layer by layer."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.net = net
        self.update = PlainUpdate(net)
        self._batches, self._loss = cycle(net.batches), 0.0

    def step(self) -> None:
        """Forward, backward, update."""
        x, y = next(self._batches)
        parameters, backs = iter(self.update.parameters), []
        for layer in self.net.layers:
            weights = (next(parameters), next(parameters)) if layer.inputs else ()
            x, back = LAYERS[layer.kind](x, *weights)
            backs.append(back)
        self._loss, gradient = self._measure(x, y)
        found: list[Array] = []
        for k, back in reversed(list(enumerate(backs))):
            gradient, own = back(gradient, k > 0)
            found[:0] = own
        self.update.apply(self._decayed(found))

    def loss(self) -> float:
        """That of the last step."""
        return float(self._loss)

    def _measure(self, x: Array, y: Array) -> tuple[Any, Array]:
        """The loss, and its gradient with respect to the network's output."""
        if self.net.loss == "squared_error":
            return np.mean((x - y) ** 2), 2 * (x - y) / x.size
        rows, e = np.arange(len(x)), np.exp(x - x.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(p[rows, y]).mean()
        p[rows, y] -= 1
        return loss, p / len(x)

    def _decayed(self, gradients: list[Array]) -> list[Array]:
        """With those of ½ λ Σ w² added."""
        if self.net.decay:
            for k in range(0, len(gradients), 2):
                W = self.update.parameters[k]
                self._loss += 0.5 * self.net.decay * np.sum(W * W)
                gradients[k] = gradients[k] + self.net.decay * W
        return gradients


class PlainCircuit(Runner):
    """A circuit, gate by gate."""

    def __init__(self, circuit: Circuit) -> None:
        super().__init__()
        self.leaves: list[float] = circuit.leaves.tolist()
        self.circuit = circuit
        self._loss = 0.0

    def step(self) -> None:
        """Forward, backward, update."""
        circuit = self.circuit
        values = circuit.forward(self.leaves, math.tanh)
        self._loss = sum(circuit.results(values))
        self._gradients = self._backward(values)[: len(self.leaves)]
        self.leaves = [x - circuit.rate * g for x, g in zip(self.leaves, self._gradients, strict=True)]

    def loss(self) -> float:
        """The sum of the outputs."""
        return self._loss

    def gradients(self) -> list[float]:
        """Those of the leaves."""
        return self._gradients

    def _backward(self, values: list[float]) -> list[float]:
        gradients = [0.0] * len(values)
        for i in self.circuit.ends:
            gradients[i] = 1.0
        at = len(values)
        for kind, x, y in reversed(self.circuit.tape):
            at -= 1
            upstream = gradients[at]
            if kind == ADD:
                gradients[x] += upstream
                gradients[y] += upstream
            elif kind == MULTIPLY:
                gradients[x] += upstream * values[y]
                gradients[y] += upstream * values[x]
            else:
                gradients[x] += upstream * (1 - values[at] ** 2)
        return gradients


def build(workload: Workload, _variant: str = "") -> Runner:
    """Make a workload ready."""
    return PlainNetwork(workload) if isinstance(workload, Network) else PlainCircuit(workload)
