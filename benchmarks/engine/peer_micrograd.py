"""micrograd, Karpathy's scalar engine, with the tanh of his lecture. Scalar circuits, and the XOR network as one."""

from __future__ import annotations

import math
from itertools import cycle
from typing import Any

from micrograd.engine import Value

from benchmarks.engine.circuits import Circuit
from benchmarks.engine.runner import Runner, Unsupported
from benchmarks.engine.workloads import Network, Workload


class ScalarRunner(Runner):
    """Something computed with Values: a subclass makes the loss of a step."""

    def __init__(self, leaves: list[Any], rate: float) -> None:
        super().__init__()
        self.leaves, self.rate = leaves, rate

    def measure(self) -> Any:
        """The loss of the next step, as a Value."""
        raise NotImplementedError

    def step(self) -> None:
        """Forward, backward, update."""
        self._loss = self.measure()
        for leaf in self.leaves:
            leaf.grad = 0.0
        self._loss.backward()
        for leaf in self.leaves:
            leaf.data -= self.rate * leaf.grad

    def loss(self) -> float:
        """That of the last step."""
        return float(self._loss.data)


class ScalarCircuit(ScalarRunner):
    """A circuit, gate by gate."""

    def __init__(self, circuit: Circuit) -> None:
        super().__init__([Value(start) for start in circuit.leaves.tolist()], circuit.rate)
        self.circuit = circuit

    def gradients(self) -> list[float]:
        """Those of the leaves."""
        return [float(leaf.grad) for leaf in self.leaves]

    def measure(self) -> Any:
        """The sum of the outputs."""
        return sum(self.circuit.results(self.circuit.forward(self.leaves, tanh)), Value(0.0))


class ScalarNetwork(ScalarRunner):
    """Dense layers of single neurons, sample after sample."""

    def __init__(self, net: Network) -> None:
        weights = [[[Value(w) for w in row] for row in start.T.tolist()] for start in net.starts[::2]]
        biases = [[Value(b) for b in start.tolist()] for start in net.starts[1::2]]
        leaves = [leaf for units in weights for row in units for leaf in row] + [b for own in biases for b in own]
        super().__init__(leaves, net.rate)
        self.neurons = list(zip(weights, biases, strict=True))
        self.functions = [tanh if layer.kind == "tanh" else sigmoid for layer in net.layers if not layer.inputs]
        self._batches = cycle([(x.tolist(), y.tolist()) for x, y in net.batches])

    def measure(self) -> Any:
        """The mean of squared errors over the next batch."""
        samples, targets = next(self._batches)
        total = Value(0.0)
        for sample, (target,) in zip(samples, targets, strict=True):
            (prediction,) = self._forward(sample)
            total = total + (prediction - target) ** 2
        return total * (1 / len(samples))

    def _forward(self, x: list[Any]) -> list[Any]:
        for (weights, biases), function in zip(self.neurons, self.functions, strict=True):
            x = [
                function(sum((w * a for w, a in zip(row, x, strict=True)), b))
                for row, b in zip(weights, biases, strict=True)
            ]
        return x


def tanh(x: Any) -> Any:
    """Tanh of a Value."""
    z = math.tanh(x.data)
    out = Value(z, (x,), "tanh")

    def back() -> None:
        x.grad += (1 - z * z) * out.grad

    out._backward = back
    return out


def sigmoid(x: Any) -> Any:
    """σ of a Value, from its tanh."""
    return (tanh(x * 0.5) + 1) * 0.5


def build(workload: Workload, _variant: str) -> Runner:
    """Make a workload ready."""
    if isinstance(workload, Circuit):
        return ScalarCircuit(workload)
    if workload.loss == "squared_error" and workload.batch <= 16:
        return ScalarNetwork(workload)
    raise Unsupported("computes with single numbers: circuits and the XOR network only")
