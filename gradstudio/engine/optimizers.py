"""Optimisers over one flat array of parameters. Each update works in place and allocates nothing.

Sources: course notes "Neural Networks Part 3" (momentum in the form v ← μv − αg, x ← x + v);
Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from gradstudio.engine.gate import Array


class Optimizer(ABC):
    """An update rule and what it remembers.

    Attributes:
        id: name in settings and files.
        title: name in the window.
        slots: names of the arrays it keeps, each as long as the parameters; what two rules call alike they share.
        state: those arrays by name; write to them to resume.
        learning_rate: may be changed between steps.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()

    def __init__(self, parameters: Array, learning_rate: float) -> None:
        self.parameters = parameters
        self.learning_rate = learning_rate
        self.state = {name: np.zeros_like(parameters) for name in self.slots}
        self._work = np.zeros_like(parameters)

    @abstractmethod
    def update(self, gradients: Array, step: int) -> None:
        """Change the parameters; `step` counts from 0."""


class SGD(Optimizer):
    """x ← x − αg."""

    id = "sgd"
    title = "Gradient descent (SGD)"

    def update(self, gradients: Array, step: int) -> None:
        """One step down the gradient."""
        np.multiply(gradients, self.parameters.dtype.type(self.learning_rate), out=self._work)
        np.subtract(self.parameters, self._work, out=self.parameters)


class Momentum(Optimizer):
    """v ← μv − αg, x ← x + v."""

    id = "momentum"
    title = "Momentum"
    slots = ("velocity",)
    momentum = 0.9

    def update(self, gradients: Array, step: int) -> None:
        """One step with the velocity built up so far."""
        real, v = self.parameters.dtype.type, self.state["velocity"]
        np.multiply(v, real(self.momentum), out=v)
        np.multiply(gradients, real(self.learning_rate), out=self._work)
        np.subtract(v, self._work, out=v)
        np.add(self.parameters, v, out=self.parameters)


class Adam(Optimizer):
    """Adam with the usual β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and bias correction."""

    id = "adam"
    title = "Adam"
    slots = ("m", "v")
    beta1, beta2, epsilon = 0.9, 0.999, 1e-8

    def update(self, gradients: Array, step: int) -> None:
        """One step scaled by the running moments of the gradient."""
        real, work = self.parameters.dtype.type, self._work
        m, v = self.state["m"], self.state["v"]
        np.multiply(gradients, real(1 - self.beta1), out=work)
        np.multiply(m, real(self.beta1), out=m)
        np.add(m, work, out=m)
        np.multiply(gradients, gradients, out=work)
        np.multiply(work, real(1 - self.beta2), out=work)
        np.multiply(v, real(self.beta2), out=v)
        np.add(v, work, out=v)
        np.divide(v, real(1 - self.beta2 ** (step + 1)), out=work)
        np.sqrt(work, out=work)
        np.add(work, real(self.epsilon), out=work)
        np.divide(m, work, out=work)
        np.multiply(work, real(self.learning_rate / (1 - self.beta1 ** (step + 1))), out=work)
        np.subtract(self.parameters, work, out=self.parameters)


OPTIMIZERS: dict[str, type[Optimizer]] = {rule.id: rule for rule in (SGD, Momentum, Adam)}
