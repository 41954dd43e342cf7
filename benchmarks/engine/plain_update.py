"""Updates as the course writes them, one parameter after the other, for the peers that bring no optimiser."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.engine.workloads import BETA1, BETA2, EPSILON, Array, Network


class PlainUpdate:
    """SGD or Adam over a list of parameters, which it owns.

    Attributes:
        parameters: changed in place by each update.
    """

    def __init__(self, net: Network) -> None:
        self.parameters = [start.copy() for start in net.starts]
        self._rate, self._adam, self._steps = net.rate, net.optimizer == "adam", 0
        self._moments = [(np.zeros_like(p), np.zeros_like(p)) for p in self.parameters]

    def apply(self, gradients: Iterable[Array]) -> None:
        """One step."""
        self._steps += 1
        for p, g, moments in zip(self.parameters, gradients, self._moments, strict=True):
            p[...] -= self._rate * (self._scaled(g, *moments) if self._adam else g)

    def _scaled(self, g: Array, m: Array, v: Array) -> Array:
        m[...] = BETA1 * m + (1 - BETA1) * g
        v[...] = BETA2 * v + (1 - BETA2) * g * g
        return (m / (1 - BETA1**self._steps)) / (np.sqrt(v / (1 - BETA2**self._steps)) + EPSILON)
