"""tinygrad on its CPU device, the whole step under TinyJit. It compiles with clang."""

from __future__ import annotations

import os
import shutil
from itertools import cycle
from typing import Any

from tinygrad import Context, Tensor, TinyJit, dtypes
from tinygrad.nn.optim import SGD, Adam

from benchmarks.engine.circuits import Circuit
from benchmarks.engine.runner import Runner, Unsupported
from benchmarks.engine.workloads import BETA1, BETA2, EPSILON, Network, Workload


class JittedRunner(Runner):
    """Something whose step is recorded in its second call and played back from its third.

    Attributes:
        shows_gradients: whether gradients are kept to be looked at.
    """

    shows_gradients = False

    def __init__(self, parameters: list[Any], optimizer: str, rate: float) -> None:
        super().__init__()
        self.parameters = [parameter.realize() for parameter in parameters]
        for parameter in self.parameters:
            parameter.is_param_()
        adam = optimizer == "adam"
        self.optimizer = (
            Adam(self.parameters, lr=rate, b1=BETA1, b2=BETA2, eps=EPSILON) if adam else SGD(self.parameters, lr=rate)
        )
        self.function = TinyJit(self._step)
        self._loss: Any = None

    def measure(self, *batch: Any) -> Any:
        """The loss of a batch."""
        raise NotImplementedError

    def loss(self) -> float:
        """That of the last step."""
        return float(self._loss.item())

    def sync(self) -> None:
        """Steps are handed to a worker thread."""
        self._loss.numpy()

    def _step(self, *batch: Any) -> Any:
        with Context(TRAINING=1):
            self.optimizer.zero_grad()
            loss = self.measure(*batch)
            loss.backward()
            self.shown = [parameter.grad for parameter in self.parameters] if self.shows_gradients else []
            return loss.realize(*self.shown, *self.optimizer.schedule_step())


class JittedNetwork(JittedRunner):
    """A network of tensor methods."""

    def __init__(self, net: Network) -> None:
        super().__init__([Tensor(start.copy()).contiguous() for start in net.starts], net.optimizer, net.rate)
        self.net = net
        self._batches = cycle([(Tensor(x).realize(), Tensor(y).realize()) for x, y in net.batches])

    def step(self) -> None:
        """One call."""
        self._loss = self.function(*next(self._batches))

    def measure(self, *batch: Any) -> Any:
        """Loss and penalty."""
        x, y = batch
        left = iter(self.parameters)
        penalty: Any = 0.0
        for layer in self.net.layers:
            weights = (next(left), next(left)) if layer.inputs else ()
            x = LAYERS[layer.kind](x, *weights)
            if weights and self.net.decay:
                penalty = penalty + (weights[0] * weights[0]).sum() * (0.5 * self.net.decay)
        if self.net.loss == "squared_error":
            return ((x - y) ** 2).mean() + penalty
        return x.sparse_categorical_crossentropy(y) + penalty


class JittedCircuit(JittedRunner):
    """A circuit, gate by gate."""

    shows_gradients = True

    def __init__(self, circuit: Circuit) -> None:
        leaves = [Tensor([start], dtype=dtypes.float64) for start in circuit.leaves.tolist()]
        super().__init__(leaves, "sgd", circuit.rate)
        self.circuit = circuit

    def step(self) -> None:
        """One call."""
        self._loss = self.function()

    def gradients(self) -> list[float]:
        """Those of the leaves."""
        return [float(gradient.item()) for gradient in self.shown]

    def measure(self, *batch: Any) -> Any:
        """The sum of the outputs."""
        results = self.circuit.results(self.circuit.forward(self.parameters, Tensor.tanh))
        return sum(results[1:], results[0]).sum()


LAYERS: dict[str, Any] = {
    "dense": lambda x, W, b: x @ W + b,
    "conv": lambda x, W, b: x.conv2d(W, b, padding=1),
    "relu": lambda x: x.relu(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "pool": lambda x: x.max_pool2d(2),
    "flatten": lambda x: x.flatten(1),
}


def build(workload: Workload, _variant: str) -> Runner:
    """Make a workload ready."""
    if not shutil.which(os.environ.get("CC", "clang")):
        raise Unsupported("it compiles with clang, which isn't installed")
    return JittedNetwork(workload) if isinstance(workload, Network) else JittedCircuit(workload)
