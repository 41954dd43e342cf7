"""Random graphs: of arrays that fork, meet again, broadcast and end nowhere; of many scalars; networks with a loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression, Formula
from gradstudio.engine.graph import Graph

Draw = st.DrawFn

ONE = (
    *("sigmoid", "tanh", "relu", "negate", "square", "abs", "sin", "cos", "softplus", "silu", "gelu", "elu", "selu"),
    *("leaky_relu", "hard_sigmoid", "clip", "sign", "step", "copy", "softmax", "log_softmax"),
)
TWO = ("add", "subtract", "multiply", "max", "min", "greater", "less_equal", "dot", "outer", "matmul")
REDUCE = ("sum", "mean", "reduce_max", "reduce_min", "variance", "norm", "log_sum_exp")
SHAPES = ((), (1,), (3,), (2, 3), (2, 1), (1, 3), (4, 2, 3))
SCALAR_ONE = ("sigmoid", "tanh", "relu", "negate", "sin", "square", "leaky_relu", "softplus", "clip", "copy")
SCALAR_TWO = ("add", "subtract", "multiply", "max", "min", "greater")


@st.composite
def of_arrays(draw: Draw, most: int = 16) -> Graph:
    """Forks, diamonds, dead branches and broadcasting: any gate may read any array before it."""
    g = Formula()
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    made: list[Expression] = [
        g.parameter(f"p{i}", random.uniform(-1.5, 1.5, draw(st.sampled_from(SHAPES))))
        for i in range(draw(st.integers(1, 4)))
    ]
    for _ in range(draw(st.integers(3, most))):
        made += _gate(draw, made)
    ends = made[-draw(st.integers(1, 3)) :]
    return g.graph(*ends)


def _gate(draw: Draw, made: list[Expression]) -> list[Expression]:
    """The outputs of one more gate; nothing where the gate drawn can't take what was drawn for it."""
    kind = draw(st.sampled_from((ONE, TWO, REDUCE, ("where", "concatenate", "stack", "split", "transpose"))))
    gate_id = draw(st.sampled_from(kind))
    x, *others = (draw(st.sampled_from(made)) for _ in range(3))
    if kind is TWO or gate_id in ("concatenate", "stack"):
        others = others[:1]
    elif gate_id != "where":
        others = []
    params: dict[str, Any] = {}
    if kind is REDUCE:
        params = {"axis": draw(st.sampled_from((None, 0, -1))), "keepdims": draw(st.booleans())}
    elif gate_id == "split":
        params = {"size": 1}
    return attempt(gate_id, x, *others, **params)


def attempt(gate_id: str, x: Expression, *others: Expression, **params: Any) -> list[Expression]:
    """The outputs of a gate, or nothing where shapes don't fit or would have too many axes."""
    try:
        made = x.formula.apply(gate_id, x, *others, **params)
    except ShapeError:
        return []
    return list(made) if type(made) is tuple else [made]


@st.composite
def of_scalars(draw: Draw) -> Graph:
    """A circuit of scalar gates wide enough to be computed as vectors, with arrays that hang on it here and there."""
    g = Formula()
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    width, height = draw(st.integers(14, 24)), draw(st.integers(5, 8))
    row: list[Expression] = [g.parameter(f"p{i}", random.uniform(-1.2, 1.2)) for i in range(width)]
    every = list(row)
    bridges = draw(st.integers(0, 3))
    for _ in range(height):
        row = [_scalar(random, row, every) for _ in range(width)]
        every += row
        if bridges > 0:
            bridges -= 1
            every += _bridge(g, random, every)
    ends = [every[int(i)] for i in random.integers(len(every), size=draw(st.integers(1, 4)))]
    return g.graph(*ends, row[0])


def _scalar(random: np.random.Generator, row: list[Expression], every: list[Expression]) -> Expression:
    """A gate fed by the row before, and now and then from farther away."""
    from_where = [row if random.random() < 0.8 else every for _ in range(2)]
    x, y = (among[int(random.integers(len(among)))] for among in from_where)
    if random.random() < 0.4:
        return x.formula.one(str(random.choice(SCALAR_ONE)), x)
    return x.formula.one(str(random.choice(SCALAR_TWO)), x, y)


def _bridge(g: Formula, random: np.random.Generator, every: list[Expression]) -> list[Expression]:
    """Scalars made into a vector, multiplied by an array, and added up to a scalar again."""
    chosen = [every[int(i)] for i in random.integers(len(every), size=3)]
    weights = g.parameter(f"w{len(g.nodes)}", random.uniform(-1, 1, 3))
    return [(g.apply("stack", *chosen) * weights).tanh().sum()]


ACTIVATIONS = ("relu", "tanh", "sigmoid", "leaky_relu", "gelu", "elu", "softplus", "silu", "selu", "prelu", "dropout")
NORMS = ("layer_norm", "batch_norm")
POOLS = ("max_pool2d", "average_pool2d", "global_average_pool2d", "global_max_pool2d", "copy")
LOSSES = ("softmax_cross_entropy", "svm_hinge", "binary_cross_entropy", "huber", "mean_squared_error")


@st.composite
def networks(draw: Draw) -> Graph:
    """Layers, norms, skips, one loss or several, penalties on weights: of rows of features, or of images."""
    g = Formula(seed=draw(st.integers(0, 1000)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.sampled_from((1, 2, 3, 7)))
    source = _images if draw(st.booleans()) else _features
    x = source(draw, g, random, n)
    for _ in range(draw(st.integers(0, 3))):
        x = _layer(draw, x)
    ends = [_loss(draw, g, random, x) for _ in range(draw(st.integers(1, 2)))]
    weights = [g.slot(node.name) for node in g.nodes if node.name.endswith((".W", ".W1"))]
    penalised: bool = draw(st.booleans())
    if weights and penalised:
        penalty = draw(st.sampled_from(("l2", "l1", "elastic")))
        ends.append(g.one(penalty, *weights[: draw(st.integers(1, len(weights)))], strength=0.1))
    return g.graph(*ends)


def _features(draw: Draw, g: Formula, random: np.random.Generator, n: int) -> Expression:
    if draw(st.integers(0, 4)) == 0:
        rows = g.feed("rows", random.integers(0, 5, (n, 2)), labels=True)
        return g.one("flatten", g.one("embedding", rows, vocabulary=5, units=2))
    data = random.standard_normal((n, draw(st.integers(1, 5))))
    return g.feed("x", data) if draw(st.booleans()) else g.parameter("x", data)


def _images(draw: Draw, g: Formula, random: np.random.Generator, n: int) -> Expression:
    """Images through a convolution or two and a pool, as features."""
    x: Expression = g.parameter("x", random.standard_normal((n, draw(st.integers(1, 3)), 5, 6)))
    for _ in range(draw(st.integers(1, 2))):
        sizes = {"filters": draw(st.integers(1, 4)), "kernel": draw(st.integers(1, 3))}
        steps = {"stride": draw(st.integers(1, 2)), "padding": draw(st.integers(0, 1))}
        x = (attempt("conv2d", x, **sizes, **steps) or [x])[0]
        x = g.one(draw(st.sampled_from(("relu", "tanh", "batch_norm", "copy"))), x)
    x = (attempt(draw(st.sampled_from(POOLS)), x) or [x])[0]
    return x if len(x.shape) == 2 else g.one("flatten", x)


def _layer(draw: Draw, x: Expression) -> Expression:
    g = x.formula
    kind = draw(st.sampled_from(("dense", "activation", "norm", "maxout", "skip")))
    if kind == "activation":
        return g.one(draw(st.sampled_from(ACTIVATIONS)), x)
    if kind == "norm":
        return g.one(draw(st.sampled_from(NORMS)), x)
    units = draw(st.integers(1, 6))
    if kind == "skip":
        return g.one("concatenate", x, x.dense(units=units).tanh())
    return g.one(kind, x, units=units)


def _loss(draw: Draw, g: Formula, random: np.random.Generator, x: Expression) -> Expression:
    units = draw(st.integers(1, 4))
    scores: Expression = x.dense(units=units, bias=draw(st.booleans()))
    n = scores.shape[0]
    name = draw(st.sampled_from(LOSSES))
    if name in ("softmax_cross_entropy", "svm_hinge"):
        return g.one(name, scores, random.integers(0, units, n))
    reduction = draw(st.sampled_from(CATALOG.get(name).params["reduction"].choices))
    return g.one(name, scores, g.feed(f"t{len(g.nodes)}", random.uniform(0, 1, (n, units))), reduction=reduction)
