"""Every gate of the catalogue against the whole contract; a new gate is tested without a line written here."""

import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine.catalog import CATALOG
from gradstudio.testing import CONTRACT


@pytest.mark.parametrize("truth", CONTRACT)
@pytest.mark.parametrize("gate_id", [gate.id for gate in CATALOG])
def test_every_gate_keeps_the_contract(gate_id, truth):
    """What `gradstudio.testing.contract` says of gates is true of this one."""
    CONTRACT[truth](CATALOG.get(gate_id))


def test_the_catalogue_is_complete():
    """All gates are there, shelf by shelf in the palette's order: the lecture's first, then what belongs to them."""
    assert [gate.id for gate in CATALOG] == [
        *("constant", "parameter", "labels", "spiral", "random", "data", "data_numbers"),
        *("circles", "moons", "blobs", "xor_points", "checkerboard", "line_data", "sine_data", "step_data"),
        "which_first",
        *("add", "subtract", "multiply", "divide", "max", "min", "negate", "power", "exp", "log", "reciprocal"),
        *("square", "sqrt", "abs", "sign", "clip", "copy"),
        *("sigmoid", "tanh", "relu", "leaky_relu", "elu", "maxout", "softmax", "log_softmax", "softplus"),
        *("silu", "gelu", "sin", "cos", "selu", "prelu", "hard_sigmoid", "step"),
        *("dense", "conv2d", "max_pool2d", "average_pool2d", "global_average_pool2d", "global_max_pool2d"),
        *("batch_norm", "layer_norm", "dropout", "embedding"),
        *("attention", "self_attention", "gru_step", "lstm_step", "rnn", "gru", "lstm"),
        *("softmax_cross_entropy", "svm_hinge", "binary_cross_entropy", "mean_squared_error"),
        *("mean_absolute_error", "huber"),
        *("l2", "l1", "elastic"),
        *("matmul", "dot", "outer"),
        *("sum", "mean", "reduce_max", "reduce_min", "variance", "norm", "log_sum_exp"),
        *("reshape", "flatten", "squeeze", "expand_dims", "transpose", "broadcast", "concatenate", "stack"),
        *("split", "slice", "gather", "pad"),
        *("where", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal"),
    ]
