"""Attention and self-attention: what their shares are, what a mask hides, and PyTorch's layer with the same weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Formula
from gradstudio.engine.gate import Array
from gradstudio.engine.plan import Plan
from gradstudio.gates.attention import Attention
from gradstudio.gates.layer import Dense
from gradstudio.gates.self_attention import SelfAttention

torch = pytest.importorskip("torch", reason="PyTorch is the oracle; it comes with the extra “torch”")


def drawn(*shape: int, seed: int = 0) -> Array:
    """Normal numbers."""
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def test_equal_keys_give_the_mean_of_the_values() -> None:
    """Where all keys fit alike every query takes the same of each value; the causal ones only of those before."""
    Q, K, V = drawn(4, 3), np.ones((4, 3)), np.arange(8.0).reshape(4, 2)
    np.testing.assert_allclose(Attention().forward(Q, K, V), np.tile(V.mean(axis=0), (4, 1)))
    means = [V[: i + 1].mean(axis=0) for i in range(4)]
    np.testing.assert_allclose(Attention(causal=True).forward(Q, K, V), means)


def test_no_gradient_comes_back_from_the_past() -> None:
    """What a causal position gives depends on no later key or value: neither the number nor the gradient."""
    gate, x = Attention(heads=2, causal=True), drawn(2, 5, 4)
    before = gate.forward(x, x, x)
    dz = np.zeros_like(before)
    dz[:, 2] = 1
    for gradient in gate.backward(dz)[1:]:
        assert gradient[:, :3].any()
        assert not gradient[:, 3:].any()
    changed = x.copy()
    changed[:, 3:] = 100
    np.testing.assert_array_equal(gate.forward(x, changed, changed)[:, :3], before[:, :3])


def test_each_head_attends_for_itself() -> None:
    """Two heads are two attentions of half the width, side by side."""
    Q, K, V = drawn(2, 3, 4), drawn(2, 5, 4), drawn(2, 5, 6)
    halves = [Attention().forward(Q[..., i : i + 2], K[..., i : i + 2], V[..., j : j + 3]) for i, j in ((0, 0), (2, 3))]
    np.testing.assert_allclose(Attention(heads=2).forward(Q, K, V), np.concatenate(halves, axis=-1))


@pytest.mark.parametrize(
    ("shapes", "params", "words"),
    [
        (((2, 3), (2, 4), (2, 4)), {}, "as wide as the keys"),
        (((2, 3), (4, 3), (5, 3)), {}, "a value for each key"),
        (((2, 3, 4), (1, 3, 4), (2, 3, 4)), {}, "in one batch"),
        (((3,), (3,), (3,)), {}, "as sequences"),
        (((2, 3), (0, 3), (0, 3)), {}, "a value for each key"),
        (((2, 3), (2, 3), (2, 3)), {"heads": 2}, "2 heads divide"),
        (((2, 3), (4, 3), (4, 3)), {"causal": True}, "as many keys as queries"),
    ],
)
def test_what_doesn_t_fit_is_refused(shapes: Any, params: dict[str, Any], words: str) -> None:
    """Each thing that can be wrong with queries, keys and values is said, with the three shapes."""
    with pytest.raises(ShapeError, match=f"{words}.*Q is .*K .* and V "):
        Attention(**params).shape(*shapes)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("heads", [1, 3])
def test_self_attention_is_pytorch_s_layer(heads: int, causal: bool) -> None:
    """With the same weights it gives nn.MultiheadAttention's outputs and all of its gradients."""
    x, dz = drawn(2, 5, 6), drawn(2, 5, 6, seed=1)
    W, b = [drawn(6, 6, seed=i) / 2 for i in range(4)], [drawn(6, seed=i) for i in range(4)]
    gate = SelfAttention(heads=heads, causal=causal)
    found = gate.forward(x, *W, *b)
    gradients = gate.backward(dz)
    layer = torch.nn.MultiheadAttention(6, heads, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.tensor(np.concatenate([w.T for w in W[:3]])))
        layer.in_proj_bias.copy_(torch.tensor(np.concatenate(b[:3])))
        layer.out_proj.weight.copy_(torch.tensor(W[3].T))
        layer.out_proj.bias.copy_(torch.tensor(b[3]))
    given = torch.tensor(x, requires_grad=True)
    mask = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1) if causal else None
    wanted, _ = layer(given, given, given, attn_mask=mask, need_weights=False)
    wanted.backward(torch.tensor(dz))
    np.testing.assert_allclose(found, wanted.detach().numpy(), atol=1e-12)
    dW = [part.T for part in np.split(layer.in_proj_weight.grad.numpy(), 3)] + [layer.out_proj.weight.grad.numpy().T]
    db = [*np.split(layer.in_proj_bias.grad.numpy(), 3), layer.out_proj.bias.grad.numpy()]
    for made, right in zip(gradients, (given.grad.numpy(), *dW, *db), strict=True):
        np.testing.assert_allclose(made, right, atol=1e-12)


def test_a_plan_runs_it_by_kernels() -> None:
    """In a plan of sequences each layer is calls into arrays that exist: no forward or backward is called."""
    g = Formula()
    x = g.parameter("x", drawn(3, 4, 6))
    end = x.self_attention(heads=2).dense(units=2).attention(g.feed("K", drawn(3, 4, 2)), g.feed("V", drawn(3, 4, 2)))
    plan = Plan(g.graph(end.sum()), np.float32)
    used = [node.gate for node in plan.graph.nodes if isinstance(node.gate, (Attention, SelfAttention, Dense))]
    plan.run()
    assert len(used) == 3
    assert not any({"x", "shares", "inner"} & vars(gate).keys() for gate in used)
    assert np.isfinite(plan.gradients).all()


def test_dense_takes_each_position_of_a_sequence() -> None:
    """Of N×L×D it gives what it gives of all N·L rows, backwards too."""
    gate, rows, x, W, b = Dense(units=2), Dense(units=2), drawn(3, 4, 5), drawn(5, 2), drawn(2)
    z = gate.forward(x, W, b)
    np.testing.assert_allclose(z.reshape(12, 2), rows.forward(x.reshape(12, 5), W, b))
    dx, dW, db = gate.backward(z)
    flat, *weights = rows.backward(z.reshape(12, 2))
    np.testing.assert_allclose(dx.reshape(12, 5), flat)
    for found, wanted in zip((dW, db), weights, strict=True):
        np.testing.assert_allclose(found, wanted)
