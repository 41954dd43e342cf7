"""JAX on the CPU: the whole step is one jitted function, called once for each step, its parameters donated."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from benchmarks.engine.circuits import Circuit
from benchmarks.engine.runner import Runner
from benchmarks.engine.workloads import BETA1, BETA2, EPSILON, Network, Workload

jax.config.update("jax_enable_x64", True)


class JaxNetwork(Runner):
    """A network and its optimiser as a pure function of parameters, moments and batch."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.net = net
        parameters = [jnp.array(start) for start in net.starts]
        moments = [jnp.zeros_like(p) for p in parameters] if net.optimizer == "adam" else []
        self.state = (parameters, moments, [jnp.array(m) for m in moments], jnp.zeros((), net.dtype))
        self.function = jax.jit(self._step, donate_argnums=0)
        self._batches = cycle([(jnp.asarray(x), jnp.asarray(y)) for x, y in net.batches])

    def step(self) -> None:
        """One call."""
        self.state, self._loss = self.function(self.state, *next(self._batches))

    def loss(self) -> float:
        """That of the last step."""
        return float(self._loss)

    def sync(self) -> None:
        """JAX computes in the background."""
        self._loss.block_until_ready()

    def _step(self, state: Any, x: Any, y: Any) -> Any:
        parameters, m, v, t = state
        loss, gradients = jax.value_and_grad(self._measure)(parameters, x, y)
        rate, t = self.net.rate, t + 1
        if self.net.optimizer == "sgd":
            return ([p - rate * g for p, g in zip(parameters, gradients, strict=True)], m, v, t), loss
        m = [BETA1 * a + (1 - BETA1) * g for a, g in zip(m, gradients, strict=True)]
        v = [BETA2 * a + (1 - BETA2) * g * g for a, g in zip(v, gradients, strict=True)]
        scaled = [(a / (1 - BETA1**t)) / (jnp.sqrt(b / (1 - BETA2**t)) + EPSILON) for a, b in zip(m, v, strict=True)]
        return ([p - rate * s for p, s in zip(parameters, scaled, strict=True)], m, v, t), loss

    def _measure(self, parameters: Any, x: Any, y: Any) -> Any:
        left = iter(parameters)
        penalty: Any = 0.0
        for layer in self.net.layers:
            weights = (next(left), next(left)) if layer.inputs else ()
            x = LAYERS[layer.kind](x, *weights)
            if weights and self.net.decay:
                penalty = penalty + 0.5 * self.net.decay * jnp.sum(weights[0] ** 2)
        if self.net.loss == "squared_error":
            return jnp.mean((x - y) ** 2) + penalty
        return -jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], axis=1).mean() + penalty


class JaxCircuit(Runner):
    """A circuit traced once, gate by gate."""

    def __init__(self, circuit: Circuit) -> None:
        super().__init__()
        self.circuit = circuit
        self.leaves = jnp.asarray(circuit.leaves)
        self.function = jax.jit(self._step)

    def step(self) -> None:
        """One call."""
        self.leaves, self._loss, self._gradients = self.function(self.leaves)

    def loss(self) -> float:
        """The sum of the outputs."""
        return float(self._loss)

    def gradients(self) -> list[float]:
        """Those of the leaves."""
        return [float(gradient) for gradient in self._gradients]

    def sync(self) -> None:
        """JAX computes in the background."""
        self._loss.block_until_ready()

    def _step(self, leaves: Any) -> Any:
        loss, gradients = jax.value_and_grad(self._measure)(leaves)
        return leaves - self.circuit.rate * gradients, loss, gradients

    def _measure(self, leaves: Any) -> Any:
        values = self.circuit.forward(leaves, jnp.tanh)
        return jnp.stack(self.circuit.results(values)).sum()


def _conv(x: Any, W: Any, b: Any) -> Any:
    layout = ("NCHW", "OIHW", "NCHW")
    return lax.conv_general_dilated(x, W, (1, 1), "SAME", dimension_numbers=layout) + b[:, None, None]


def _pool(x: Any) -> Any:
    return x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).max(axis=(3, 5))


LAYERS: dict[str, Any] = {
    "dense": lambda x, W, b: x @ W + b,
    "conv": _conv,
    "relu": lambda x: jnp.maximum(x, 0),
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "pool": _pool,
    "flatten": lambda x: x.reshape(len(x), -1),
}


def build(workload: Workload, _variant: str) -> Runner:
    """Make a workload ready."""
    return JaxNetwork(workload) if isinstance(workload, Network) else JaxCircuit(workload)
