"""Recurrent layers over longer sequences: PyTorch's numbers by every way they are computed, and what they remember."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression, Formula
from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.plan import Plan
from gradstudio.gates.recurrent import ALL, GRU, LAST, LSTM, RNN, UNROLLED, Recurrent
from gradstudio.testing.cases import Case, frozen
from gradstudio.testing.running import require_close, run, run_exported, run_kernels

torch = pytest.importorskip("torch", reason="PyTorch is the oracle; it comes with the extra “torch”")
KINDS = (RNN, GRU, LSTM)


def case(kind: type[Recurrent], gives: str, n: int = 5, steps: int = 7, features: int = 3, units: int = 4) -> Case:
    """A layer on a batch of sequences, with weights and biases drawn."""
    random = np.random.default_rng(steps)
    gate = kind(units=units, gives=gives)
    x = (n, steps, features)
    arrays = [frozen(random.standard_normal(shape) * 0.7) for shape in (x, *gate.weight_shapes(x))]
    return Case(kind, {"units": units, "gives": gives}, tuple(arrays), (frozen(random.standard_normal(gate.shape(x))),))


def gradient_at(plan: Plan, slot: Slot) -> Array:
    """A gradient that is there."""
    found = plan.gradient(slot)
    assert found is not None
    return found


def pytorch(of: Case) -> tuple[Array, list[Array]]:
    """Output and gradients of PyTorch's own layer with the same weights, in the order of the gate's arrays."""
    x, W_ih, W_hh, *b = (torch.tensor(array, requires_grad=True) for array in of.arrays)
    layer = getattr(torch.nn, of.kind.title)(x.shape[-1], len(W_hh), batch_first=True, dtype=torch.float64)
    given = {"weight_ih_l0": W_ih.T, "weight_hh_l0": W_hh.T, "bias_ih_l0": b[0], "bias_hh_l0": b[-1] * (len(b) > 1)}
    states, _ = torch.func.functional_call(layer, given, (x,))
    z = states if of.params["gives"] == ALL else states[:, -1]
    z.backward(torch.tensor(of.upstream[0]))
    return z.detach().numpy(), [tensor.grad.numpy() for tensor in (x, W_ih, W_hh, *b)]


@pytest.mark.parametrize("gives", [LAST, ALL])
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_gives_pytorch_s_numbers(kind: type[Recurrent], gives: str) -> None:
    """Forward and backward, kernels and exported code agree with PyTorch's layer, values and all gradients."""
    of = case(kind, gives)
    z, gradients = pytorch(of)
    by_kernels = run_kernels(of, [True] * len(of.arrays))
    assert by_kernels is not None
    (exported,) = run_exported([of])
    ways = {"passes": run(of), "code": exported, "kernels": ([by_kernels[0]], by_kernels[1])}
    for what, (made, found) in ways.items():
        require_close(of, what, [*made, *found], [z, *gradients])


@pytest.mark.parametrize("kind", KINDS)
def test_opened_it_is_a_chain_of_gates(kind: type[Recurrent]) -> None:
    """A sequence of a few steps unrolled gives the same values and gradients to 1e-12; a longer one isn't unrolled."""
    of = case(kind, LAST, steps=UNROLLED)
    g = Formula()
    given: list[Expression] = [g.parameter(f"p{i}", array) for i, array in enumerate(of.arrays)]
    made = of.gate().expand(*given)
    plan = Plan(g.graph((made * of.upstream[0]).sum()), np.float64)
    plan.run()
    (z,), gradients = run(of)
    np.testing.assert_allclose(plan.value(made), z, atol=1e-12)
    for expression, gradient in zip(given, gradients, strict=True):
        assert gradient is not None
        np.testing.assert_allclose(gradient_at(plan, expression), gradient, rtol=1e-12, atol=1e-12)
    longer = g.parameter("longer", np.zeros((2, UNROLLED + 1, 3)))
    assert of.gate().expand(longer, *given[1:]) is None


@pytest.mark.parametrize("gives", [LAST, ALL])
@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_runs_it_by_kernels(kind: type[Recurrent], gives: str) -> None:
    """In a plan of float32 the layer keeps nothing on itself: calls into arrays do all of it, and agree."""
    of, g = case(kind, gives, n=3, steps=20, units=6), Formula()
    gate = of.gate()
    x = g.parameter("x", of.arrays[0])
    first = g.add(gate, x, starts=dict(zip((w.name for w in gate.weights), of.arrays[1:], strict=True)), name="cell")
    end = Expression(g, first)
    plan = Plan(g.graph((end * of.upstream[0]).sum()), np.float32)
    for _ in range(2):
        plan.run()
    assert not hasattr(gate, "kept")
    z, gradients = pytorch(of)
    np.testing.assert_allclose(plan.value(end), z, atol=1e-5)
    np.testing.assert_allclose(gradient_at(plan, x), gradients[0], atol=1e-4)
    for weight, gradient in zip(gate.weights, gradients[1:], strict=True):
        np.testing.assert_allclose(gradient_at(plan, g.slot(f"cell.{weight.name}")), gradient, rtol=1e-4, atol=1e-3)


def test_the_forget_gate_starts_open() -> None:
    """An LSTM's biases of f start at 1 and the others at 0; each block of a matrix starts orthogonal."""
    gate, rng = LSTM(units=3), np.random.default_rng(0)
    np.testing.assert_array_equal(gate.start("b", (12,), rng).reshape(4, 3).mean(axis=1), [0, 1, 0, 0])
    for block in np.split(gate.start("W_hh", (3, 12), rng), 4, axis=1):
        np.testing.assert_allclose(block.T @ block, np.eye(3), atol=1e-12)


def test_a_gate_that_keeps_everything_forgets_nothing() -> None:
    """With z = 1 the GRU's state stays what it is, and the LSTM's memory with f = 1 and i = 0."""
    x, wide = np.ones((1, 5, 2)), np.zeros((2, 3))
    gru = GRU(units=1)
    kept = gru.forward(x, wide, np.zeros((1, 3)), np.array([0.0, 50.0, 3.0]), np.zeros(3))
    assert abs(kept) < 1e-15
    filled = GRU(units=1, gives=ALL).forward(x, wide, np.zeros((1, 3)), np.array([0.0, -50.0, 3.0]), np.zeros(3))
    np.testing.assert_allclose(filled, np.full((1, 5, 1), np.tanh(3)))


@pytest.mark.parametrize("shape", [(), (3,), (4, 3), (2, 0, 3), (2, 3, 0), (2, 1, 4, 4)])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_sequence_is_refused(kind: type[Recurrent], shape: Any) -> None:
    """It needs batch, time and features, at least one step and one feature."""
    with pytest.raises(ShapeError, match=r"needs sequences \(N×T×D: batch, time, features\), found "):
        kind(units=2).shape(shape)
