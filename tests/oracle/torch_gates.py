"""What each gate of the catalogue is in PyTorch: the independent word on values and gradients.

A function gets the gate, for its params, and a tensor for each array the gate's forward takes. Where PyTorch has the
function under a name of its own that is called; elsewhere a few of its operations are put together, and its autograd
finds the gradients. At ties and kinks the choice is the one the gates' help states.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is the oracle; it comes with the extra “torch”")
F = torch.nn.functional

LONG = torch.int64
ALONE = {
    "constant": "a number typed by hand: nothing is computed",
    "parameter": "a weight by itself: every test here has parameters",
    "labels": "class labels typed by hand: nothing is computed",
    "spiral": "the course's data, drawn by numpy's legacy generator",
    "random": "numbers drawn by numpy's generator",
    "data": "rows of a file: nothing is computed",
    "data_numbers": "rows of a file: nothing is computed",
    "which_first": "sequences drawn by numpy's generator",
    **dict.fromkeys(
        ("circles", "moons", "blobs", "xor_points", "checkerboard", "line_data", "sine_data", "step_data"),
        "toy data drawn by numpy's generator",
    ),
}
"""Gates without inputs, and why they need no oracle."""


def over(gate: Any, x: Any) -> tuple[int, ...]:
    """The axes a reduction goes over."""
    if gate.over is None:
        return tuple(range(x.dim()))
    return gate.over if isinstance(gate.over, tuple) else (gate.over,)


def reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction given by a function of a tensor whose last axis is reduced."""

    def apply(gate: Any, x: Any) -> Any:
        axes = sorted(axis % x.dim() for axis in over(gate, x))
        kept = [axis for axis in range(x.dim()) if axis not in axes]
        together = x.permute([*kept, *axes]).reshape([*(x.shape[axis] for axis in kept), count(x.shape, axes)])
        z = function(gate, together)
        return z.reshape([1 if axis in axes else n for axis, n in enumerate(x.shape)]) if gate.keepdims else z

    return apply


def count(shape: Any, axes: list[int]) -> int:
    """Entries along some axes."""
    size = 1
    for axis in axes:
        size *= shape[axis]
    return size


def variance(gate: Any, x: Any) -> Any:
    """The squares of the distances from the mean over n, or n − 1."""
    return ((x - x.mean(-1, keepdim=True)) ** 2).sum(-1) / (x.shape[-1] - gate.sample)


def larger(x: Any, y: Any) -> Any:
    """The larger one; a tie goes to the first (PyTorch's own would halve it)."""
    return torch.where(x >= y, x, y)


def prelu(gate: Any, x: Any, a: Any) -> Any:
    """A slope for all or for each entry of the second axis."""
    a = a.reshape([-1, *[1] * (x.dim() - 2)]) if gate.per_feature and x.dim() > 1 else a
    return torch.where(x > 0, x, a * x)


def step(gate: Any, x: Any) -> Any:
    """The step, with a detour for the gradient where it passes straight through."""
    z = (x > 0).to(x.dtype)
    passes = {"none": 0 * x, "everywhere": x, "where |x| ≤ 1": x * (x.abs() <= 1)}[gate.straight_through]
    return z + passes - passes.detach()


def convolution(gate: Any, x: Any, W: Any, b: Any = None) -> Any:
    """What an even kernel pads unevenly for the same size goes behind the image."""
    padding = gate.padding
    if gate.same:
        around = gate.dilation * (gate.kernel - 1)
        x, padding = F.pad(x, (around // 2, around - around // 2) * 2), 0
    return F.conv2d(x, W, b, gate.stride, padding, gate.dilation, gate.groups)


def batch_norm(gate: Any, x: Any, gamma: Any, beta: Any, mean: Any, var: Any) -> Any:
    """By its definition: PyTorch's own refuses one value for each channel."""
    axes = [axis for axis in range(x.dim()) if axis != 1]
    along = [-1, *[1] * (x.dim() - 2)]
    if gate.mode.training:
        mean = x.mean(axes)
        var = ((x - mean.reshape(along)) ** 2).mean(axes)
    normal = (x - mean.reshape(along)) / torch.sqrt(var.reshape(along) + gate.epsilon)
    return normal * gamma.reshape(along) + beta.reshape(along)


def layer_norm(gate: Any, x: Any, gamma: Any, beta: Any) -> Any:
    """By its definition: of one feature F.layer_norm leaves rounding errors divided by √ε."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + gate.epsilon) * gamma + beta


def dropout(gate: Any, x: Any) -> Any:
    """The mask that seed, step and place stand for, inverted."""
    if not gate.mode.training:
        return x
    drawn = torch.tensor(gate.mode.random(*gate.place, 0).random(tuple(x.shape), "float32"))
    return x * (drawn < 1 - gate.rate) / (1 - gate.rate)


def cross_entropy(gate: Any, scores: Any, labels: Any) -> Any:
    """One row counts as a batch of one."""
    weights = None if gate.class_weights is None else torch.tensor(gate.class_weights, dtype=scores.dtype)
    rows = scores.reshape(-1, scores.shape[-1])
    return F.cross_entropy(rows, labels.reshape(-1), weights, label_smoothing=gate.smoothing)


def hinge(gate: Any, scores: Any, labels: Any) -> Any:
    """Weston and Watkins: every wrong class within the margin, averaged over the rows."""
    rows, true = scores.reshape(-1, scores.shape[-1]), labels.reshape(-1, 1)
    excess = F.relu(rows - rows.gather(1, true) + gate.margin)
    return excess.scatter(1, true, 0.0).sum() / len(rows)


def slices(gate: Any, x: Any) -> Any:
    """Python's slice, of any step, along one axis."""
    places = range(*slice(gate.begin, gate.stop, gate.step).indices(x.shape[gate.axis]))
    return x.index_select(gate.axis, torch.tensor(list(places), dtype=LONG))


def gather(gate: Any, x: Any, indices: Any) -> Any:
    """The axis gives way to those of the indices."""
    axis = gate.axis % x.dim()
    taken = x.index_select(axis, indices.reshape(-1))
    return taken.reshape([*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]])


def pad(gate: Any, x: Any) -> Any:
    """The widths, last axis first as PyTorch wants them."""
    pairs = [[int(end) for end in word.split(":")] for word in gate.widths.replace(",", " ").split()]
    return F.pad(x, [end for pair in reversed(pairs) for end in (pair[0], pair[-1])], value=gate.value)


def split(gate: Any, x: Any) -> Any:
    """Two parts."""
    first = x.shape[gate.axis] // 2 if gate.size is None else gate.size
    return x.split([first, x.shape[gate.axis] - first], gate.axis)


def numbers(text: str) -> list[int]:
    """The whole numbers in a text."""
    return [int(word) for word in text.replace(",", " ").split()]


def reshape(gate: Any, x: Any) -> Any:
    """The sizes, behind the batch where it is kept, with −1 worked out (PyTorch won't for empty tensors)."""
    kept = list(x.shape[:1]) if gate.keep_batch else []
    sizes, left = numbers(gate.sizes), count(x.shape, list(range(len(kept), x.dim())))
    for size in sizes:
        left = left // max(size, 1) if size != -1 else left
    return x.reshape(kept + [left if size == -1 else size for size in sizes])


def squeeze(gate: Any, x: Any) -> Any:
    """One axis, or all but the batch."""
    if gate.axis is not None:
        return x.squeeze(gate.axis)
    return x.reshape([n for axis, n in enumerate(x.shape) if axis == 0 or n != 1])


def mask(name: str) -> Callable[..., Any]:
    """A comparison as numbers."""
    return lambda gate, x, y: getattr(torch, name)(x, y).to(x.dtype)


def attention(gate: Any, Q: Any, K: Any, V: Any) -> Any:
    """PyTorch's own, of heads before positions."""
    q, k, v = (x.unflatten(-1, (gate.heads, x.shape[-1] // gate.heads)).transpose(-2, -3) for x in (Q, K, V))
    return F.scaled_dot_product_attention(q, k, v, is_causal=gate.causal).transpose(-2, -3).flatten(-2)


def self_attention(gate: Any, x: Any, *weights: Any) -> Any:
    """PyTorch's attention between linear layers."""
    matrices, biases = weights[:4], weights[4:] or (0,) * 4
    q, k, v = (x @ W + b for W, b in zip(matrices[:3], biases[:3], strict=True))
    return attention(gate, q, k, v) @ matrices[3] + biases[3]


def gru_step(gate: Any, a: Any, u: Any, h: Any) -> Any:
    """The gates by their definition, the new state mixed by torch.lerp."""
    (a_r, a_z, a_n), (u_r, u_z, u_n) = a.chunk(3, -1), u.chunk(3, -1)
    z = torch.sigmoid(a_z + u_z)
    return torch.lerp(torch.tanh(a_n + torch.sigmoid(a_r + u_r) * u_n), h, z)


def lstm_step(gate: Any, a: Any, c: Any) -> Any:
    """Forget, write, read."""
    i, f, g, o = a.chunk(4, -1)
    memory = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.cat([torch.sigmoid(o) * torch.tanh(memory), memory], -1)


def recurrent(name: str) -> Callable[..., Any]:
    """PyTorch's layer, with our weights in place of its own; where there is one bias, its second one is 0."""

    def apply(gate: Any, x: Any, W_ih: Any, W_hh: Any, *b: Any) -> Any:
        layer = getattr(torch.nn, name)(x.shape[-1], gate.units, batch_first=True, dtype=x.dtype)
        bias, *second = b
        given = {"weight_ih_l0": W_ih.T, "weight_hh_l0": W_hh.T, "bias_ih_l0": bias}
        given["bias_hh_l0"] = second[0] if second else torch.zeros_like(bias)
        states, _ = torch.func.functional_call(layer, given, (x,))
        return states if gate.gives == "all states" else states[:, -1]

    return apply


TABLE: dict[str, Callable[..., Any]] = {
    "add": lambda gate, x, y: x + y,
    "subtract": lambda gate, x, y: x - y,
    "multiply": lambda gate, x, y: x * y,
    "divide": lambda gate, x, y: x / y,
    "max": lambda gate, x, y: larger(x, y),
    "min": lambda gate, x, y: torch.where(x <= y, x, y),
    "negate": lambda gate, x: -x,
    "power": lambda gate, x: x**gate.exponent,
    "exp": lambda gate, x: torch.exp(x),
    "log": lambda gate, x: torch.log(x),
    "reciprocal": lambda gate, x: torch.reciprocal(x),
    "square": lambda gate, x: torch.square(x),
    "sqrt": lambda gate, x: torch.sqrt(x),
    "abs": lambda gate, x: torch.abs(x),
    "sign": lambda gate, x: torch.sign(x),
    "clip": lambda gate, x: torch.clamp(x, gate.low, gate.high),
    "copy": lambda gate, x: x,
    "where": lambda gate, m, x, y: torch.where(m != 0, x, y),
    "greater": mask("gt"),
    "greater_equal": mask("ge"),
    "less": mask("lt"),
    "less_equal": mask("le"),
    "equal": mask("eq"),
    "not_equal": mask("ne"),
    "matmul": lambda gate, x, y: torch.matmul(x, y),
    "dot": lambda gate, x, y: (x * y).sum(-1),
    "outer": lambda gate, x, y: torch.einsum("...i,...j->...ij", x, y),
    "sum": reduced(lambda gate, x: x.sum(-1)),
    "mean": reduced(lambda gate, x: x.mean(-1)),
    "reduce_max": reduced(lambda gate, x: x.max(-1).values),
    "reduce_min": reduced(lambda gate, x: x.min(-1).values),
    "variance": reduced(variance),
    "norm": reduced(lambda gate, x: torch.linalg.vector_norm(x, dim=-1)),
    "log_sum_exp": reduced(lambda gate, x: torch.logsumexp(x, -1)),
    "sigmoid": lambda gate, x: torch.sigmoid(x),
    "tanh": lambda gate, x: torch.tanh(x),
    "relu": lambda gate, x: F.relu(x),
    "leaky_relu": lambda gate, x: F.leaky_relu(x, gate.slope),
    "elu": lambda gate, x: F.elu(x, gate.alpha),
    "maxout": lambda gate, x, W1, b1, W2, b2: larger(x @ W1 + b1, x @ W2 + b2),
    "softmax": lambda gate, x: F.softmax(x, gate.axis),
    "log_softmax": lambda gate, x: F.log_softmax(x, gate.axis),
    "softplus": lambda gate, x: F.softplus(x, gate.sharpness, threshold=1e9),
    "silu": lambda gate, x: F.silu(x),
    "gelu": lambda gate, x: F.gelu(x, approximate="tanh" if gate.form == "tanh" else "none"),
    "sin": lambda gate, x: torch.sin(x),
    "cos": lambda gate, x: torch.cos(x),
    "selu": lambda gate, x: F.selu(x),
    "prelu": prelu,
    "hard_sigmoid": lambda gate, x: torch.clamp((x + 3) / 6, 0, 1),  # F.hardsigmoid's 1/6 has single precision
    "step": step,
    "dense": lambda gate, x, W, b=0: x @ W + b,
    "conv2d": convolution,
    "max_pool2d": lambda gate, x: F.max_pool2d(x, gate.kernel, gate.stride, gate.padding),
    "average_pool2d": lambda gate, x: F.avg_pool2d(x, gate.kernel, gate.stride, gate.padding),
    "global_average_pool2d": lambda gate, x: x.mean((2, 3)),
    "global_max_pool2d": lambda gate, x: x.flatten(2).max(-1).values,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "dropout": dropout,
    "embedding": lambda gate, indices, W: F.embedding(indices, W),
    "attention": attention,
    "self_attention": self_attention,
    "gru_step": gru_step,
    "lstm_step": lstm_step,
    "rnn": recurrent("RNN"),
    "gru": recurrent("GRU"),
    "lstm": recurrent("LSTM"),
    "softmax_cross_entropy": cross_entropy,
    "svm_hinge": hinge,
    "binary_cross_entropy": lambda gate, s, t: F.binary_cross_entropy_with_logits(s, t, reduction=gate.reduction),
    "mean_squared_error": lambda gate, p, t: F.mse_loss(p, t, reduction=gate.reduction),
    "mean_absolute_error": lambda gate, p, t: F.l1_loss(p, t, reduction=gate.reduction),
    "huber": lambda gate, p, t: F.huber_loss(p, t, gate.reduction, gate.delta),
    "l2": lambda gate, *w: gate.strength / 2 * sum((a**2).sum() for a in w),
    "l1": lambda gate, *w: gate.strength * sum(a.abs().sum() for a in w),
    "elastic": lambda gate, *w: (
        gate.strength * sum(gate.mix * a.abs().sum() + (1 - gate.mix) / 2 * (a**2).sum() for a in w)
    ),
    "reshape": reshape,
    "flatten": lambda gate, x: x.flatten(1) if x.dim() > 1 else x,
    "squeeze": squeeze,
    "expand_dims": lambda gate, x: x.unsqueeze(gate.axis),
    "transpose": lambda gate, x: x.permute(numbers(gate.axes)) if gate.axes else x.transpose(-1, -2),
    "broadcast": lambda gate, x: x.expand(numbers(gate.sizes)),
    "concatenate": lambda gate, *x: torch.cat(x, gate.axis),
    "stack": lambda gate, *x: torch.stack(x, gate.axis),
    "split": split,
    "slice": slices,
    "gather": gather,
    "pad": pad,
}
