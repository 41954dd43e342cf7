"""PyTorch on the CPU. Variants: "eager", and "compile" (torch.compile of the loss, with the fused optimiser)."""

from __future__ import annotations

import os
from itertools import cycle
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it

from benchmarks.engine.circuits import Circuit
from benchmarks.engine.runner import Runner
from benchmarks.engine.workloads import Array, Network, Workload

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


class TorchNetwork(Runner):
    """A network of functional layers, its weights in torch's own order."""

    def __init__(self, net: Network, compiled: bool) -> None:
        super().__init__()
        self.net = net
        self.parameters = [_parameter(start) for start in net.starts]
        rule = torch.optim.Adam if net.optimizer == "adam" else torch.optim.SGD
        self.optimizer = rule(self.parameters, lr=net.rate, **({"fused": True} if compiled else {}))
        self.measure = torch.compile(self._measure, dynamic=False) if compiled else self._measure
        self._batches = cycle([(torch.from_numpy(x), torch.from_numpy(y)) for x, y in net.batches])

    def step(self) -> None:
        """Forward, backward, update, and the gradients put away."""
        self._loss = self.measure(*next(self._batches))
        self._loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def loss(self) -> float:
        """That of the last step."""
        return float(self._loss.detach())

    def _measure(self, x: Any, y: Any) -> Any:
        parameters = iter(self.parameters)
        penalty: Any = 0.0
        for layer in self.net.layers:
            weights = (next(parameters), next(parameters)) if layer.inputs else ()
            x = LAYERS[layer.kind](x, *weights)
            if weights and self.net.decay:
                penalty = penalty + 0.5 * self.net.decay * (weights[0] * weights[0]).sum()
        loss = F.cross_entropy(x, y) if self.net.loss == "cross_entropy" else F.mse_loss(x, y)
        return loss + penalty


class TorchCircuit(Runner):
    """A circuit of 0-d tensors, recorded anew in each step."""

    def __init__(self, circuit: Circuit, compiled: bool) -> None:
        super().__init__()
        self.leaves = [torch.tensor(start, requires_grad=True) for start in circuit.leaves]
        self.circuit = circuit
        self.measure = torch.compile(self._measure, dynamic=False) if compiled else self._measure

    def step(self) -> None:
        """Forward, backward, update."""
        self._loss = self.measure(self.leaves)
        self._gradients = torch.autograd.grad(self._loss, self.leaves, materialize_grads=True)
        with torch.no_grad():
            for leaf, gradient in zip(self.leaves, self._gradients, strict=True):
                leaf.sub_(self.circuit.rate * gradient)

    def loss(self) -> float:
        """The sum of the outputs."""
        return float(self._loss.detach())

    def gradients(self) -> list[float]:
        """Those of the leaves."""
        return [float(gradient) for gradient in self._gradients]

    def _measure(self, leaves: list[Any]) -> Any:
        values = self.circuit.forward(leaves, torch.tanh)
        return torch.stack(self.circuit.results(values)).sum()


LAYERS: dict[str, Any] = {
    "dense": F.linear,
    "conv": lambda x, W, b: F.conv2d(x, W, b, padding=1),
    "relu": F.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "pool": lambda x: F.max_pool2d(x, 2),
    "flatten": lambda x: x.flatten(1),
}


def _parameter(start: Array) -> Any:
    """A start value as torch lays it out: weights of dense layers are outputs × inputs."""
    tensor = torch.from_numpy(start.copy())
    return (tensor.T.contiguous() if start.ndim == 2 else tensor).requires_grad_()


def build(workload: Workload, variant: str) -> Runner:
    """Make a workload ready."""
    made = TorchNetwork if isinstance(workload, Network) else TorchCircuit
    return made(workload, compiled=variant == "compile")  # type: ignore[arg-type]
