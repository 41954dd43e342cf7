"""Arithmetic, activations, products, reductions and shape gates against PyTorch in float64, values and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine.catalog import CATALOG
from tests.gates.test_torch import F, agree, torch

Shapes = list[tuple[int, ...]]
WIDE: Shapes = [(7, 3, 4)]
PAIR: Shapes = [(7, 1, 4), (3, 4)]

ELEMENTWISE: list[tuple[str, dict[str, Any], Any]] = [
    ("negate", {}, torch.neg),
    ("exp", {}, torch.exp),
    ("square", {}, torch.square),
    ("abs", {}, torch.abs),
    ("sign", {}, torch.sign),
    ("clip", {"low": -0.5, "high": 1.0}, lambda x: torch.clamp(x, -0.5, 1.0)),
    ("copy", {}, torch.clone),
    ("sigmoid", {}, torch.sigmoid),
    ("tanh", {}, torch.tanh),
    ("relu", {}, F.relu),
    ("leaky_relu", {"slope": 0.2}, lambda x: F.leaky_relu(x, 0.2)),
    ("elu", {"alpha": 1.5}, lambda x: F.elu(x, 1.5)),
    ("selu", {}, F.selu),
    ("hard_sigmoid", {}, lambda x: F.relu6(x + 3) / 6),  # hardsigmoid itself multiplies by a sixth in float32
    ("softplus", {"sharpness": 3.0}, lambda x: F.softplus(x, 3.0, threshold=1e9)),
    ("silu", {}, F.silu),
    ("gelu", {}, F.gelu),
    ("gelu", {"form": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    ("sin", {}, torch.sin),
    ("cos", {}, torch.cos),
    ("softmax", {"axis": 1}, lambda x: F.softmax(x, 1)),
    ("log_softmax", {}, lambda x: F.log_softmax(x, -1)),
]


@pytest.mark.parametrize(
    ("gate_id", "params", "oracle"), ELEMENTWISE, ids=lambda part: part if str(part) == part else ""
)
def test_functions_of_one_variable(gate_id: str, params: dict[str, Any], oracle: Any) -> None:
    """Each function and its gradient, for numbers of both signs."""
    agree(CATALOG.get(gate_id)(**params), oracle, *WIDE)


@pytest.mark.parametrize(
    ("gate_id", "params", "oracle"),
    [
        ("log", {}, torch.log),
        ("sqrt", {}, torch.sqrt),
        ("reciprocal", {}, torch.reciprocal),
        ("power", {"exponent": -1.5}, lambda x: x**-1.5),
    ],
)
def test_functions_of_positive_numbers(gate_id: str, params: dict[str, Any], oracle: Any) -> None:
    """Those that negative numbers have no value for."""
    agree(CATALOG.get(gate_id)(**params), oracle, *WIDE, positive=True)


@pytest.mark.parametrize(
    ("gate_id", "oracle"),
    [
        ("add", torch.add),
        ("subtract", torch.sub),
        ("multiply", torch.mul),
        ("divide", torch.div),
        ("max", torch.maximum),
        ("min", torch.minimum),
    ],
)
def test_two_inputs_broadcast(gate_id: str, oracle: Any) -> None:
    """A gradient is summed over the axes along which its input was broadcast, the batch's too."""
    for shapes in (PAIR, [(), (7, 3)], [(7, 3), (7, 3)], [(7, 3), (1, 3)]):
        agree(CATALOG.get(gate_id)(), oracle, *shapes)


def test_prelu() -> None:
    """One slope, and one for each channel."""
    agree(CATALOG.get("prelu")(), lambda x, a: F.prelu(x, a.reshape(1)), (7, 3, 4), ())
    agree(CATALOG.get("prelu")(per_feature=True), F.prelu, (7, 3, 4), (3,))


def test_where() -> None:
    """The choice by a mask that is 0 or isn't."""
    agree(CATALOG.get("where")(), lambda m, x, y: torch.where(m != 0, x, y), (7, 3), (3,), (7, 1))


@pytest.mark.parametrize(
    ("gate_id", "oracle"),
    [
        ("greater", torch.gt),
        ("greater_equal", torch.ge),
        ("less", torch.lt),
        ("less_equal", torch.le),
        ("equal", torch.eq),
        ("not_equal", torch.ne),
    ],
)
def test_masks(gate_id: str, oracle: Any) -> None:
    """The same ones and zeros, of numbers among which some are equal."""
    x, y = np.random.default_rng(0).integers(0, 3, (2, 50)).astype(float)
    mask = CATALOG.get(gate_id)().forward(x, y)
    np.testing.assert_array_equal(mask, oracle(torch.tensor(x), torch.tensor(y)).numpy())


MATRICES: list[Shapes] = [
    [(3,), (3,)],
    [(2, 3), (3,)],
    [(3,), (3, 4)],
    [(2, 3), (3, 4)],
    [(5, 2, 3), (3, 4)],
    [(2, 3), (5, 3, 4)],
    [(5, 1, 2, 3), (6, 3, 4)],
    [(3,), (5, 3, 4)],
    [(5, 2, 3), (3,)],
]


@pytest.mark.parametrize("shapes", MATRICES)
def test_matmul(shapes: Shapes) -> None:
    """Vectors, matrices and batches with broadcasting."""
    agree(CATALOG.get("matmul")(), torch.matmul, *shapes)


def test_dot_and_outer() -> None:
    """Of vectors and of batches of them."""
    for shapes in ([(4,), (4,)], [(7, 4), (7, 4)], [(7, 4), (4,)]):
        agree(CATALOG.get("dot")(), lambda x, y: (x * y).sum(-1), *shapes)
        agree(CATALOG.get("outer")(), lambda x, y: torch.einsum("...i,...j->...ij", x, y), *shapes)


AXES: list[tuple[dict[str, Any], Any]] = [({}, (0, 1, 2)), ({"axis": 1}, 1), ({"axes": "0, 2"}, (0, 2))]


@pytest.mark.parametrize(("params", "dim"), AXES)
@pytest.mark.parametrize("keep", [True, False])
def test_reductions(params: dict[str, Any], dim: Any, keep: bool) -> None:
    """Over all axes, one and several, kept or not."""
    given = {"dim": dim, "keepdim": keep}
    for gate_id, oracle in (
        ("sum", torch.sum),
        ("mean", torch.mean),
        ("reduce_max", torch.amax),
        ("reduce_min", torch.amin),
        ("norm", torch.linalg.vector_norm),
        ("log_sum_exp", torch.logsumexp),
    ):
        agree(CATALOG.get(gate_id)(**params, keepdims=keep), lambda x, of=oracle: of(x, **given), *WIDE)
    for sample in (True, False):
        gate = CATALOG.get("variance")(**params, keepdims=keep, sample=sample)
        agree(gate, lambda x, c=sample: torch.var(x, **given, correction=int(c)), *WIDE)


@pytest.mark.parametrize(
    ("gate_id", "params", "oracle"),
    [
        ("reshape", {"sizes": "2, -1"}, lambda x: x.reshape(7, 2, 6)),
        ("flatten", {}, lambda x: x.flatten(1)),
        ("expand_dims", {"axis": 1}, lambda x: x.unsqueeze(1)),
        ("transpose", {}, lambda x: x.transpose(-1, -2)),
        ("transpose", {"axes": "1, 2, 0"}, lambda x: x.permute(1, 2, 0)),
        ("broadcast", {"sizes": "2, 7, -1, 4"}, lambda x: x.expand(2, 7, 3, 4)),
        ("slice", {"axis": 1, "begin": 1, "step": 2}, lambda x: x[:, 1::2]),
        ("slice", {"begin": -1, "step": -2}, lambda x: x.flip(-1)[..., ::2]),
        ("pad", {"widths": "1, 0:2", "value": 3.0}, lambda x: F.pad(x, (0, 2, 1, 1), value=3.0)),
    ],
)
def test_shapes(gate_id: str, params: dict[str, Any], oracle: Any) -> None:
    """Entries go where they go in PyTorch."""
    agree(CATALOG.get(gate_id)(**params), oracle, *WIDE)


def test_joining() -> None:
    """Concatenate and stack, of three inputs."""
    agree(CATALOG.get("concatenate")(axis=1), lambda *x: torch.cat(x, 1), (7, 1), (7, 3), (7, 2))
    agree(CATALOG.get("stack")(axis=1), lambda *x: torch.stack(x, 1), (7, 3), (7, 3), (7, 3))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gather(axis: int) -> None:
    """Entries picked more than once, along any axis."""
    indices = np.array([0, 2, 2, 1, 2])
    agree(CATALOG.get("gather")(axis=axis), lambda x, i: x.index_select(axis, i), *WIDE, labels=indices)
