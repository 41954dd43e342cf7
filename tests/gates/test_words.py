"""Shapes that gates take, and the few words they put on their nodes."""

import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine.catalog import CATALOG


@pytest.mark.parametrize(
    ("gate_id", "params", "inputs", "output"),
    [
        ("add", {}, [(2, 1), (3,)], (2, 3)),
        ("matmul", {}, [(3,), (3,)], ()),
        ("matmul", {}, [(2, 3), (3,)], (2,)),
        ("matmul", {}, [(3,), (3, 4)], (4,)),
        ("dense", {"units": 4}, [(1,)], (4,)),
        ("dense", {"units": 4}, [(5, 1)], (5, 4)),
        ("dense", {"units": 4}, [(0, 3)], (0, 4)),
        ("maxout", {"units": 4}, [(5, 1)], (5, 4)),
        ("sum", {}, [(2, 3)], ()),
        ("sum", {"axis": -1}, [(2, 3)], (2,)),
        ("sum", {"axis": -2}, [(2, 3)], (3,)),
        ("mean", {"axis": 1, "keepdims": True}, [(2, 3)], (2, 1)),
        ("mean", {"axis": 1}, [(0, 3)], (0,)),
        ("softmax_cross_entropy", {}, [(3,), ()], ()),
        ("softmax_cross_entropy", {}, [(1, 1), (1,)], ()),
        ("svm_hinge", {}, [(7, 3), (7,)], ()),
        ("l2", {}, [(2, 3), (3,), ()], ()),
    ],
)
def test_shapes_taken(gate_id, params, inputs, output):
    """These shapes fit and give that one."""
    assert CATALOG.get(gate_id)(**params).shape(*inputs) == output


@pytest.mark.parametrize(
    ("gate_id", "params", "caption"),
    [
        ("add", {}, ""),
        ("power", {}, "n = 2"),
        ("power", {"exponent": 0.5}, "n = 0.5"),
        ("sum", {}, ""),
        ("sum", {"axis": 0}, "axis 0"),
        ("leaky_relu", {}, "slope 0.1"),
        ("elu", {}, ""),
        ("elu", {"alpha": 2}, "α = 2"),
        ("dense", {}, "100 units"),
        ("dense", {"units": 1}, "1 unit"),
        ("svm_hinge", {}, ""),
        ("svm_hinge", {"margin": 10}, "Δ = 10"),
        ("mean_squared_error", {}, ""),
        ("mean_squared_error", {"reduction": "sum"}, "summed"),
        ("l2", {}, "λ = 0.001"),
        ("spiral", {}, "300 × 2, 3 classes"),
    ],
)
def test_captions(gate_id, params, caption):
    """A node shows the setting that matters, and nothing where it is the usual one."""
    assert CATALOG.get(gate_id)(**params).caption() == caption
