"""Random graphs of scalar and vector gates for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from gradstudio.engine.graph import Graph, GraphBuilder, Slot
from gradstudio.gates.activation import ReLU, Sigmoid, Tanh
from gradstudio.gates.arithmetic import Add, Max, Multiply, Negate, Subtract
from gradstudio.gates.reduce import Sum

ONE = (Sigmoid, Tanh, ReLU, Negate)
TWO = (Add, Subtract, Multiply, Max)
SHAPES = ((), (3,), (2, 3), (2, 1))


@st.composite
def graphs(draw: st.DrawFn, most: int = 24) -> Graph:
    """A graph with forks, diamonds, dead branches and broadcasting, ending in one or several sums."""
    builder = GraphBuilder()
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    slots: list[Slot] = []
    for i in range(draw(st.integers(1, 4))):
        shape = draw(st.sampled_from(SHAPES))
        slots.append(builder.parameter(f"p{i}", random.uniform(-1.5, 1.5, shape)))
    for i in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(ONE + TWO))
        inputs = [draw(st.sampled_from(slots)) for _ in kind.inputs]
        slots.append(builder.add(kind(), *inputs, name=f"g{i}"))
    ends = [builder.add(Sum(), slot, name=f"end{k}") for k, slot in enumerate(slots[-draw(st.integers(1, 2)) :])]
    return builder.graph(*ends)
