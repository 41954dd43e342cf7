"""Networks over sequences against PyTorch: every value and gradient of a transformer block and a stack of cells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio.engine.formula import Expression, Formula
from gradstudio.engine.plan import Plan
from gradstudio.gates.recurrent import ALL
from tests.oracle.agreement import require_agreement
from tests.oracle.torch_graph import compute


def block(x: Expression, causal: bool) -> Expression:
    """Attention and an MLP for each position, each added to what it reads."""
    x = x + x.layer_norm().self_attention(heads=2, causal=causal)
    made: Expression = x + x.layer_norm().dense(units=7).gelu().dense(units=4)
    return made


def cells(x: Expression, causal: bool) -> Expression:
    """An LSTM over a GRU over an RNN, the lower ones giving all states, in a residual sum."""
    made: Expression = x.rnn(units=5, gives=ALL).gru(units=6, gives=ALL).lstm(units=4, gives=ALL)
    return x + made


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("made_of", [block, cells])
def test_networks_over_sequences(made_of: Callable[[Expression, bool], Expression], causal: bool, dtype: type) -> None:
    """Twice the same in a row, a mean over time or a last state, and a loss: all of it as PyTorch computes it."""
    g, random = Formula(seed=3), np.random.default_rng(2)
    x = g.parameter("x", random.standard_normal((3, 6, 4)))
    whole = made_of(made_of(x, causal), causal)
    end = whole.mean(axis=1) if causal else whole.gru(units=3)
    plan = Plan(g.graph(end.dense(units=2).softmax_cross_entropy(np.array([0, 1, 1]))), dtype)
    plan.run()
    require_agreement(plan, *compute(plan))
