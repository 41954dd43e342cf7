"""Which gates have in-place kernels, and when they stand back."""

from dataclasses import replace

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Kernels
from gradstudio.engine.graph import GraphBuilder
from gradstudio.engine.plan import Plan
from gradstudio.testing.cases import case_of, cases, frozen
from gradstudio.testing.running import close, run, run_kernels

FAST = [
    *("add", "subtract", "multiply", "divide", "max", "negate", "power", "exp", "log", "reciprocal"),
    *("matmul", "sum", "mean", "sigmoid", "tanh", "relu", "leaky_relu", "dense"),
    *("softmax_cross_entropy", "svm_hinge", "mean_squared_error", "l2", "l1", "norm", "log_sum_exp"),
    *("gelu", "prelu", "dropout", "batch_norm", "layer_norm"),
    *("average_pool2d", "global_average_pool2d", "global_max_pool2d"),
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


@pytest.mark.parametrize("form", ["exact", "tanh"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gelu_in_pieces_is_gelu_from_tail_to_tail(form, dtype):
    """Over 40,001 numbers from −40 to 40, several pieces and a rest, kernels give forward's and backward's."""
    case = case_of(CATALOG.get("gelu"), {"form": form}, ((40_001,),)).put(0, np.linspace(-40, 40, 40_001))
    case = replace(case, upstream=(frozen(np.ones(40_001)),)).cast(dtype)
    fast, (outputs, gradients) = run_kernels(case, [True]), run(case)
    assert fast is not None
    assert close(fast[0], outputs[0])
    assert close(fast[1][0], gradients[0])


def test_a_tie_at_the_global_maximum_goes_to_the_first_pixel():
    """Of two largest pixels the first, row by row, gets all of the gradient, by kernels too."""
    images = np.zeros((1, 1, 2, 3))
    images[0, 0, 0, 2] = images[0, 0, 1, 0] = 5
    case = case_of(CATALOG.get("global_max_pool2d"), {}, (images.shape,)).put(0, images)
    fast = run_kernels(case, [True])
    assert fast is not None
    gradient = fast[1][0]
    assert gradient is not None
    assert np.array_equal(np.flatnonzero(gradient), [2])


def test_maxout_takes_two_products_each_way():
    """In a plan, where each matrix lies together with its bias, each sum is one product, like its gradients."""
    g = GraphBuilder()
    x = g.feed("x", np.ones((6, 4)))
    plan = Plan(g.graph(g.add(CATALOG.get("maxout")(units=3), x)), np.float64)
    names = [getattr(getattr(call, "func", None), "__name__", "") for call in plan._whole.calls]
    products = [name for name in names if name in ("dot", "matmul")]
    assert len(products) == 4


def test_a_plan_follows_the_mode():
    """Batch norm and dropout change their ways with the plan's mode, whatever it was when the plan was made."""
    for gate_id in ("batch_norm", "dropout"):
        g = GraphBuilder()
        x = np.random.default_rng(0).standard_normal((6, 4))
        gate = CATALOG.get(gate_id)()
        plan = Plan(g.graph(end := g.add(gate, g.feed("x", x))), np.float64)
        plan.forward()
        trained = plan.value(end).copy()
        plan.mode.training = False
        plan.forward()
        assert not np.array_equal(plan.value(end), trained)
        np.testing.assert_allclose(plan.value(end), x, rtol=1e-5)
        plan.mode.training = True
        plan.forward()
        assert np.array_equal(plan.value(end), trained)
