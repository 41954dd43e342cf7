"""Toy data for recurrent layers and attention: sequences whose class is told by the order of things in them."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Kind, Param, Port, Shape
from gradstudio.gates.toys import SEED, Toy, stray


@register
class WhichFirst(Toy):
    """Two signals, each of which flashes once; which of them did so first."""

    id = "which_first"
    title = "Which came first"
    formula = r"X_{n,t,k} = [t = t_{n,k}] + \sigma \varepsilon, \quad y_n = [t_{n,1} > t_{n,2}]"
    help = (
        "Sequences of two signals, each of which is 1 at one moment and 0 elsewhere; the class is which of them came "
        "first. No single moment tells: it takes a memory, or attention that knows before from after."
    )
    keywords = ("data", "dataset", "toy", "classification", "sequence", "time", "order", "memory", "input")
    names = ("sequences",)
    outputs = (
        Port("X", "The sequences: batch, time, two signals.", gradient=False),
        Port("labels", "Which signal came first: 0 or 1.", kind=Kind.LABELS, gradient=False),
    )
    params = MappingProxyType(
        {
            "count": Param("int", 400, "How many sequences there are.", title="sequences", low=1, high=1_000_000),
            "steps": Param("int", 8, "How long each of them is.", low=2, high=10_000),
            "noise": stray(0.1, "signals stray from 0 and 1"),
            "seed": SEED,
        }
    )
    numpy_forward = (
        "{X} = np.random.default_rng({seed}).random(({count}, {steps})).argsort(axis=1)[:, :2]\n"
        "{labels} = ({X}[:, 0] > {X}[:, 1]).astype(np.int64)\n"
        "{X} = ({X}[:, None, :] == np.arange({steps})[:, None]).astype(float)\n"
        "{X} = {X} + {noise} * np.random.default_rng([{seed}, 1]).standard_normal({X}.shape)"
    )

    steps: int

    def shape(self) -> tuple[Shape, Shape]:
        """Two signals at each step, and one label for each sequence."""
        return (self.count, self.steps, 2), (self.count,)

    def forward(self) -> tuple[Array, Array]:
        """Two moments of each sequence, and the signals that are 1 there."""
        moments = self.drawn(self.count, self.steps).argsort(axis=1)[:, :2]
        flashes = (moments[:, None, :] == np.arange(self.steps)[:, None]).astype(np.float64)
        return self.strayed(flashes), (moments[:, 0] > moments[:, 1]).astype(np.int64)

    def caption(self) -> str:
        """How many sequences, and how long they are."""
        return f"{self.count} × {self.steps} × 2"
