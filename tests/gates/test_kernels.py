"""Which gates have in-place kernels, and when they stand back."""

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Kernels
from gradstudio.testing.cases import cases
from gradstudio.testing.running import run_kernels

FAST = [
    *("add", "subtract", "multiply", "divide", "max", "negate", "power", "exp", "log", "reciprocal"),
    *("matmul", "sum", "mean", "sigmoid", "tanh", "relu", "leaky_relu", "dense"),
    *("softmax_cross_entropy", "mean_squared_error", "l2", "l1"),
]


@pytest.mark.parametrize("gate_id", FAST)
def test_it_has_kernels(gate_id):
    """At least one case runs in place; the contract holds its numbers against forward and backward."""
    assert any(run_kernels(case, [True] * len(case.arrays)) for case in cases(CATALOG.get(gate_id)))


@pytest.mark.parametrize("gate_id", ["add", "subtract", "multiply", "divide", "max"])
def test_kernels_stand_back_where_inputs_broadcast(gate_id):
    """A gradient that must be summed over a broadcast axis takes the ordinary way."""
    row, batch = np.ones(3), np.ones((2, 3))
    k = Kernels([row, batch], batch.copy(), batch, [row.copy(), batch.copy()], np.dtype(float))
    assert not CATALOG.get(gate_id)().kernels(k)


def test_softmax_chooses_the_layout_by_the_number_of_classes():
    """Ten classes are laid out classes × examples, a thousand examples × classes; both give the same loss."""
    for classes in (10, 1000):
        scores, labels = np.random.default_rng(0).standard_normal((20, classes)), np.arange(20) % classes
        gate, z = CATALOG.get("softmax_cross_entropy")(), np.zeros(())
        k = Kernels([scores, labels], z, np.ones(()), [np.zeros_like(scores), None], np.dtype(float))
        assert gate.kernels(k)
        for function, args, kwargs in k.forward_calls:
            function(*args, **kwargs)
        assert float(z) == pytest.approx(float(gate.forward(scores, labels)), abs=1e-14)
