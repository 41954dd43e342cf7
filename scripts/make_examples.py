"""Make the example networks of resources/examples/ anew: `python scripts/make_examples.py [FOLDER]`.

Every network of shared/reference/worked-examples.md and some templates to start from, laid out by hand. The same bytes
come out every time; a test holds the shipped files against them.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio import files
from gradstudio.data.batches import steps_of
from gradstudio.data.preparation import Preparation
from gradstudio.data.reading import RECOGNISE
from gradstudio.data.record import DataRecord, text_of
from gradstudio.document.grouping import group
from gradstudio.document.model import Document, Node, Patch, Settings, Wire
from gradstudio.document.questions import Asks, Exercise, Question
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Array, Value

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "examples"
LEFT, TOP, ROW = 60, 60, 130
NARROW, WIDE = 190, 240
"""Widths of a column: of a circuit, and of a network whose wires carry shapes and norms."""
SPIRAL_STEPS = 10_000
FASHION = "fashion-mnist"
FASHION_DIGEST = "sha256:807255e8eb57fde46e69572a3bd73902610ace0190d230531ef839061da5f168"
"""Of the folder of Debian's package dataset-fashion-mnist: 60,000 pictures that train, then 10,000 that test."""
FASHION_ROWS, FASHION_BATCH = 60_000, 64


class Sketch:
    """A network being drawn: nodes in columns and rows, wires by the names of their ends."""

    def __init__(self, learning_rate: float = 0.1, steps: int = 100, column: int = NARROW) -> None:
        self.nodes: dict[str, Node] = {}
        self.wires: list[Wire] = []
        self.column = column
        self.settings = Settings("sgd", learning_rate, steps=steps, dtype="float64")

    def node(self, name: str, gate: str, column: float, row: float, *sources: str, **params: object) -> None:
        """Add a node and wire sources ("x" or "dense.W") to its inputs in turn; the last input takes the rest."""
        kind = CATALOG.get(gate)
        values: dict[str, Value] = {key: kind.params[key].check(key, value) for key, value in params.items()}
        at = Node(self._new_id(), kind.id, name, values, LEFT + column * self.column, TOP + row * ROW)
        self.nodes[name] = at
        ports = [port.name for port in at.input_ports()]
        for k, source in enumerate(sources):
            self.wire(source, name, ports[min(k, len(ports) - 1)])

    def wire(self, source: str, target: str, port: str) -> None:
        """Connect "x" (its first output) or "dense.W" (a port of it) to a node's input."""
        name, _, output = source.rpartition(".") if source not in self.nodes else (source, "", "")
        begin, end = self.nodes[name], self.nodes[target]
        self.wires.append(Wire(self._new_id(), begin.id, output or begin.output_ports()[0].name, end.id, port))

    def finish(self) -> Document:
        """The document; what is differentiated are its ends."""
        document = Document()
        nodes = {node.id: node for node in self.nodes.values()}
        document.apply(Patch("Draw", nodes, {wire.id: wire for wire in self.wires}, self.settings))
        return document

    def _new_id(self) -> int:
        return len(self.nodes) + len(self.wires) + 1


# --- circuits -------------------------------------------------------------------------------------------------------


def product() -> Document:
    """Row 1: f = x·y."""
    s = Sketch()
    s.node("x", "constant", 0, 0, value=4)
    s.node("y", "constant", 0, 1, value=-3)
    s.node("f", "multiply", 1, 0.5, "x", "y")
    return s.finish()


def largest() -> Document:
    """Row 2: f = max(x, y)."""
    s = Sketch()
    s.node("x", "constant", 0, 0, value=4)
    s.node("y", "constant", 0, 1, value=2)
    s.node("f", "max", 1, 0.5, "x", "y")
    return s.finish()


def sum_times_z() -> Document:
    """Row 3: f = (x+y)·z."""
    s = Sketch()
    draw_sum_times_z(s, 0)
    return s.finish()


def draw_sum_times_z(s: Sketch, row: float, pitch: float = 1.0) -> None:
    """The circuit of row 3, its first node in the given row, the others so many rows apart."""
    s.node("x", "constant", 0, row, value=-2)
    s.node("y", "constant", 0, row + pitch, value=5)
    s.node("z", "constant", 0, row + 2 * pitch, value=-4)
    s.node("q", "add", 1, row + pitch / 2, "x", "y")
    s.node("f", "multiply", 2, row + pitch, "q", "z")


def draw_weighted_sum(s: Sketch) -> None:
    """w0·x0 + w1·x1 + w2 of rows 4 and 5: inputs are constants, weights are parameters."""
    s.node("w0", "parameter", 0, 0, value=2)
    s.node("x0", "constant", 0, 1, value=-1)
    s.node("w1", "parameter", 0, 2, value=-3)
    s.node("x1", "constant", 0, 3, value=-2)
    s.node("w2", "parameter", 0, 4, value=-3)
    s.node("w0x0", "multiply", 1, 0.5, "w0", "x0")
    s.node("w1x1", "multiply", 1, 2.5, "w1", "x1")
    s.node("sum", "add", 2, 1.5, "w0x0", "w1x1")
    s.node("+w2", "add", 3, 2, "sum", "w2")


def sigmoid_gates() -> Document:
    """Row 4: a sigmoid neuron built from single gates."""
    s = Sketch()
    draw_weighted_sum(s)
    s.node("×-1", "negate", 4, 2, "+w2")
    s.node("exp", "exp", 5, 2, "×-1")
    s.node("1", "constant", 5, 3.2, value=1)
    s.node("+1", "add", 6, 2, "exp", "1")
    s.node("1/x", "reciprocal", 7, 2, "+1")
    return s.finish()


def sigmoid_neuron() -> Document:
    """Row 5: the same with one sigmoid gate."""
    s = Sketch()
    draw_weighted_sum(s)
    s.node("σ", "sigmoid", 4, 2, "+w2")
    return s.finish()


def patterns() -> Document:
    """Row 6: (x·y + max(z,w))·2, one gate of each pattern."""
    s = Sketch()
    for row, (name, value) in enumerate({"x": 3, "y": -4, "z": 2, "w": -1}.items()):
        s.node(name, "constant", 0, row, value=value)
    s.node("mul", "multiply", 1, 0.5, "x", "y")
    s.node("max", "max", 1, 2.5, "z", "w")
    s.node("add", "add", 2, 1.5, "mul", "max")
    s.node("2", "constant", 2, 3, value=2)
    s.node("out", "multiply", 3, 2, "add", "2")
    return s.finish()


def exercise() -> Document:
    """Row 6 with questions about it: each of the four patterns, and one value."""
    document = patterns()
    ids = {node.name: node.id for node in document.nodes.values()}
    by_ends = {(wire.source, wire.target): wire.id for wire in document.wires.values()}

    def asked(source: str, target: str, text: str, asks: Asks = "gradient") -> Question:
        return Question(asks, wire=by_ends[ids[source], ids[target]], text=text)

    questions = (
        asked("mul", "add", "First forward: what does mul give?", "value"),
        asked("add", "out", "out doubles: what comes back to add?"),
        asked("mul", "add", "Add distributes. What reaches mul?"),
        asked("x", "mul", "Multiply switches. What reaches x?"),
        asked("z", "max", "Max routes. What reaches z?"),
        asked("w", "max", "And w, the smaller one?"),
    )
    document.apply(Patch("Ask", exercise=Exercise("Patterns in the backward flow", questions)))
    return document


def staged() -> Document:
    """Row 7: (x+σ(y)) / (σ(x)+(x+y)²) in the stages of the course, with its names."""
    s = Sketch()
    s.node("x", "constant", 0, 1, value=3)
    s.node("y", "constant", 0, 2.5, value=-4)
    s.node("sigy", "sigmoid", 1, 0, "y")
    s.node("sigx", "sigmoid", 1, 1.5, "x")
    s.node("xpy", "add", 1, 3, "x", "y")
    s.node("num", "add", 2, 0.5, "x", "sigy")
    s.node("xpysqr", "power", 2, 3, "xpy", exponent=2)
    s.node("den", "add", 3, 2.2, "sigx", "xpysqr")
    s.node("invden", "reciprocal", 4, 2.2, "den")
    s.node("f", "multiply", 5, 1.2, "num", "invden")
    return s.finish()


def micrograd() -> Document:
    """Row 8: the graph of micrograd's README; stages of one name are numbered, the last has the name itself."""
    s = Sketch()
    s.node("a", "constant", 0, 1.7, value=-4)
    s.node("b", "constant", 0, 4.2, value=2)
    _micrograd_c(s)
    _micrograd_d(s)
    s.node("e", "subtract", 7, 2.2, "c", "d")
    s.node("f", "power", 8, 2.2, "e", exponent=2)
    s.node("2″", "constant", 8, 3.4, value=2)
    s.node("10", "constant", 8, 1, value=10)
    s.node("10/f", "divide", 9, 1.5, "10", "f")
    s.node("f/2", "divide", 9, 2.9, "f", "2″")
    s.node("g", "add", 10, 2.2, "10/f", "f/2")
    return s.finish()


def _micrograd_c(s: Sketch) -> None:
    """Its first line: c = a+b; c = 2c+1; c = 2c+1-a."""
    for column, (name, value) in enumerate({"2": 2, "1": 1, "2′": 2, "1′": 1}.items(), 1):
        s.node(name, "constant", column, 0, value=value)
    s.node("c1", "add", 1, 1, "a", "b")
    s.node("2c1", "multiply", 2, 1, "2", "c1")
    s.node("c2", "add", 3, 1, "1", "2c1")
    s.node("2c2", "multiply", 4, 1, "2′", "c2")
    s.node("2c2+1", "add", 5, 1, "1′", "2c2")
    s.node("c", "subtract", 6, 1.3, "2c2+1", "a")


def _micrograd_d(s: Sketch) -> None:
    """Its second line: d = ab+b³; d = 3d+relu(b+a); d = 4d+relu(b-a)."""
    s.node("ab", "multiply", 1, 2.7, "a", "b")
    s.node("b³", "power", 1, 3.9, "b", exponent=3)
    s.node("b+a", "add", 1, 5.1, "b", "a")
    s.node("d1", "add", 2, 3.3, "ab", "b³")
    s.node("3", "constant", 2, 2.3, value=3)
    s.node("3d1", "multiply", 3, 3, "3", "d1")
    s.node("relu(b+a)", "relu", 3, 5, "b+a")
    s.node("d2", "add", 4, 3.4, "3d1", "relu(b+a)")
    s.node("4", "constant", 4, 2.4, value=4)
    s.node("4d2", "multiply", 5, 3.1, "4", "d2")
    s.node("b-a", "subtract", 1, 6.2, "b", "a")
    s.node("relu(b-a)", "relu", 5, 6, "b-a")
    s.node("d", "add", 6, 3.5, "4d2", "relu(b-a)")


# --- vectors --------------------------------------------------------------------------------------------------------


def norm_squared() -> Document:
    """Row 9: f = ‖Wx‖²."""
    s = Sketch(column=WIDE)
    s.node("W", "parameter", 0, 0, value=[[0.1, 0.5], [-0.3, 0.8]])
    s.node("x", "constant", 0, 1, value=[0.2, 0.4])
    s.node("q", "matmul", 1, 0.5, "W", "x")
    s.node("q²", "power", 2, 0.5, "q", exponent=2)
    s.node("f", "sum", 3, 0.5, "q²")
    return s.finish()


def matmul_shapes() -> Document:
    """Row 10: D = W·X with W 5×10 and X 10×3, and the sum of its squares."""
    rng = np.random.default_rng(10)
    s = Sketch(learning_rate=0.01, column=WIDE)
    s.node("W", "parameter", 0, 0, value=rng.standard_normal((5, 10)).round(3))
    s.node("X", "constant", 0, 1, value=rng.standard_normal((10, 3)).round(3))
    s.node("D", "matmul", 1, 0.5, "W", "X")
    s.node("D²", "power", 2, 0.5, "D", exponent=2)
    s.node("f", "sum", 3, 0.5, "D²")
    return s.finish()


def softmax_row() -> Document:
    """Row 11: scores whose softmax is [0.2, 0.3, 0.5], true class the middle one."""
    s = Sketch(column=WIDE)
    s.node("scores", "constant", 0, 0, value=[math.log(p) for p in (0.2, 0.3, 0.5)])
    s.node("labels", "labels", 0, 1, value=1)
    s.node("loss", "softmax_cross_entropy", 1, 0.5, "scores", "labels")
    return s.finish()


def relu_vector() -> Document:
    """Row 12: ReLU on a vector of 4096."""
    s = Sketch(column=WIDE)
    s.node("x", "constant", 0, 0, value=np.random.default_rng(12).standard_normal(4096).round(4))
    s.node("relu", "relu", 1, 0, "x")
    s.node("f", "sum", 2, 0, "relu")
    return s.finish()


def svm_row() -> Document:
    """Row 13: s = [13, -7, 11], y = 0, Δ = 10."""
    s = Sketch(column=WIDE)
    s.node("s", "constant", 0, 0, value=[13, -7, 11])
    s.node("y", "labels", 0, 1, value=0)
    s.node("loss", "svm_hinge", 1, 0.5, "s", "y", margin=10)
    return s.finish()


# --- networks -------------------------------------------------------------------------------------------------------


def two_layer() -> Document:
    """The "20 lines": N, D_in, H, D_out = 64, 1000, 100, 10; random x and y; starts are drawn from the seed."""
    random = np.random.RandomState(0)
    s = Sketch(learning_rate=1e-4, steps=2000, column=WIDE)
    s.node("x", "constant", 0, 0, value=random.randn(64, 1000))
    s.node("y", "constant", 3, 1.2, value=random.randn(64, 10))
    s.node("w1", "dense", 1, 0, "x", units=100, bias=False, init="xavier")
    s.node("h", "sigmoid", 2, 0, "w1")
    s.node("w2", "dense", 3, 0, "h", units=10, bias=False, init="xavier")
    s.node("loss", "mean_squared_error", 4, 0.5, "w2", "y", reduction="sum")
    return s.finish()


def three_four_two() -> Document:
    """A 3-4-2 net: 6 neurons, 20 weights and 6 biases."""
    s = Sketch(column=WIDE)
    s.node("x", "constant", 0, 0, value=[1, 2, 3])
    s.node("hidden", "dense", 1, 0, "x", units=4)
    s.node("σ", "sigmoid", 2, 0, "hidden")
    s.node("scores", "dense", 3, 0, "σ", units=2)
    s.node("target", "constant", 3, 1.2, value=[0, 1])
    s.node("loss", "mean_squared_error", 4, 0.5, "scores", "target")
    return s.finish()


def three_four_four_one() -> Document:
    """A 3-4-4-1 net: 9 neurons and 41 parameters."""
    s = Sketch(column=WIDE)
    s.node("x", "constant", 0, 0, value=[1, 2, 3])
    s.node("hidden1", "dense", 1, 0, "x", units=4)
    s.node("σ1", "sigmoid", 2, 0, "hidden1")
    s.node("hidden2", "dense", 3, 0, "σ1", units=4)
    s.node("σ2", "sigmoid", 4, 0, "hidden2")
    s.node("score", "dense", 5, 0, "σ2", units=1)
    s.node("target", "constant", 5, 1.2, value=[1])
    s.node("loss", "mean_squared_error", 6, 0.5, "score", "target")
    return s.finish()


class SpiralStarts(NamedTuple):
    """Start values of the published spiral runs."""

    linear: Array
    hidden: Array
    scores: Array


def spiral_starts() -> SpiralStarts:
    """What the course's notebook draws after the data, from the same stream: the linear W, then W and W2."""
    random = np.random.RandomState(0)
    for _ in range(3):
        random.randn(100)
    return SpiralStarts(*(0.01 * random.randn(*shape) for shape in ((2, 3), (2, 100), (100, 3))))


def spiral_linear() -> Document:
    """Spiral data and a linear softmax classifier."""
    s = Sketch(learning_rate=1.0, steps=200, column=WIDE)
    s.node("spiral", "spiral", 0, 0.5)
    s.node("scores", "dense", 1, 0, "spiral.X", units=3, init="small normal", start_W=spiral_starts().linear)
    s.node("data_loss", "softmax_cross_entropy", 2.2, 0.5, "scores", "spiral.labels")
    s.node("reg_loss", "l2", 2.2, 1.7, "scores.W", strength=1e-3)
    s.node("loss", "add", 3.3, 1.1, "data_loss", "reg_loss")
    return s.finish()


def draw_spiral(s: Sketch) -> None:
    """The two-layer network of the spiral run."""
    starts = spiral_starts()
    s.node("spiral", "spiral", 0, 0.5)
    s.node("hidden", "dense", 1.1, 0, "spiral.X", units=100, init="small normal", start_W=starts.hidden)
    s.node("relu", "relu", 2.05, -0.6, "hidden")
    s.node("scores", "dense", 3, 0, "relu", units=3, init="small normal", start_W=starts.scores)
    s.node("data_loss", "softmax_cross_entropy", 4, 0.5, "scores", "spiral.labels")
    s.node("reg_loss", "l2", 4, 1.7, "hidden.W", "scores.W", strength=1e-3)
    s.node("loss", "add", 5.1, 1.1, "data_loss", "reg_loss")


def spiral() -> Document:
    """Spiral data, 100 ReLU units, softmax."""
    s = Sketch(learning_rate=1.0, steps=SPIRAL_STEPS, column=WIDE)
    draw_spiral(s)
    return s.finish()


def welcome() -> Document:
    """The spiral network with the circuit of row 3 below."""
    s = Sketch(learning_rate=1.0, steps=SPIRAL_STEPS, column=WIDE)
    draw_spiral(s)
    draw_sum_times_z(s, 2.65, 0.85)
    return s.finish()


# --- templates ------------------------------------------------------------------------------------------------------


def labels(count: int, classes: int) -> list[int]:
    """Class labels drawn at random."""
    return [int(label) for label in np.random.default_rng(count).integers(classes, size=count)]


def adam(s: Sketch, steps: int) -> Document:
    """The document, to be trained with Adam."""
    s.settings = Settings("adam", 0.01, steps=steps, dtype="float64")
    return s.finish()


def mlp() -> Document:
    """Two hidden layers on random samples."""
    s = Sketch(column=WIDE)
    s.node("input", "random", 0, 0, sizes="64, 16")
    s.node("hidden1", "dense", 1, 0, "input", units=32)
    s.node("relu1", "relu", 2, 0, "hidden1")
    s.node("hidden2", "dense", 3, 0, "relu1", units=32)
    s.node("relu2", "relu", 4, 0, "hidden2")
    s.node("scores", "dense", 5, 0, "relu2", units=4, init="small normal")
    s.node("labels", "labels", 5, 1.3, value=labels(64, 4))
    s.node("loss", "softmax_cross_entropy", 6, 0.5, "scores", "labels")
    return adam(s, 500)


def cnn() -> Document:
    """A convolution with ReLU and pooling on random images."""
    s = Sketch(column=WIDE)
    s.node("images", "random", 0, 0, sizes="16, 1, 12, 12")
    s.node("conv", "conv2d", 1, 0, "images", filters=8, kernel=3, same=True)
    s.node("relu", "relu", 2, 0, "conv")
    s.node("pool", "max_pool2d", 3, 0, "relu")
    s.node("flatten", "flatten", 4, 0, "pool")
    s.node("scores", "dense", 5, 0, "flatten", units=4, init="small normal")
    s.node("labels", "labels", 5, 1.3, value=labels(16, 4))
    s.node("loss", "softmax_cross_entropy", 6, 0.5, "scores", "labels")
    return adam(s, 200)


def sequence_gru() -> Document:
    """A GRU that reads sequences and says which of two signals came first."""
    s = Sketch(column=WIDE)
    s.node("sequences", "which_first", 0, 1.2)
    s.node("gru", "gru", 1.1, 0, "sequences.X", units=16)
    s.node("scores", "dense", 2.1, 0, "gru", units=2, init="xavier", gain=0.5)
    s.node("loss", "softmax_cross_entropy", 3.2, 1.2, "scores", "sequences.labels")
    s.settings = Settings("adam", 0.01, steps=200, dtype="float64")
    return s.finish()


def transformer() -> Document:
    """The same told by one transformer block, in a group: attention and an MLP, each added to what it reads."""
    s = Sketch(column=WIDE)
    s.node("sequences", "which_first", 0, 3)
    s.node("embed", "dense", 1.1, 0, "sequences.X", units=8, init="xavier")
    _transformer_block(s)
    s.node("mean", "mean", 9.9, 0, "residual2", axis=1)
    s.node("scores", "dense", 10.7, 0, "mean", units=2, init="xavier", gain=0.5)
    s.node("loss", "softmax_cross_entropy", 11.7, 3, "scores", "sequences.labels")
    document = adam(s, 200)
    ids = {node.name: node.id for node in document.nodes.values()}
    inside = [ids[name] for name in ("norm1", "attention", "residual1", "norm2", "wide", "relu", "narrow", "residual2")]
    patch, _ = group(document, inside, name="Transformer block", at=(LEFT + 2.2 * WIDE, TOP), collapsed=False)
    document.apply(patch)
    return document


def _transformer_block(s: Sketch) -> None:
    """Attention over what came before, and two dense layers for each position, from "embed" to "residual2"."""
    s.node("norm1", "layer_norm", 2.2, 1.2, "embed")
    s.node("attention", "self_attention", 3.2, 1.2, "norm1", heads=2, causal=True)
    s.node("residual1", "add", 4.4, 0, "embed", "attention")
    s.node("norm2", "layer_norm", 5.3, 1.2, "residual1")
    s.node("wide", "dense", 6.3, 1.2, "norm2", units=16)
    s.node("relu", "relu", 7.2, 1.2, "wide")
    s.node("narrow", "dense", 8.1, 1.2, "relu", units=8)
    s.node("residual2", "add", 9, 0, "residual1", "narrow")


def attention() -> Document:
    """Scaled dot-product attention of one head over six tokens, from single gates."""
    s = Sketch(column=WIDE)
    s.node("tokens", "random", 0, 1.4, sizes="6, 8")
    for row, name in enumerate(("query", "key", "value")):
        s.node(name, "dense", 1, 1.4 * row, "tokens", units=8, bias=False, init="xavier")
    s.node("keyᵀ", "transpose", 2, 1.4, "key")
    s.node("q·kᵀ", "matmul", 3, 0.5, "query", "keyᵀ")
    s.node("√8", "constant", 3, 2, value=math.sqrt(8))
    s.node("scaled", "divide", 4, 0.5, "q·kᵀ", "√8")
    s.node("attention", "softmax", 5, 0.5, "scaled")
    s.node("mixed", "matmul", 6, 1.6, "attention", "value")
    s.node("target", "random", 6, 2.9, sizes="6, 8", seed=1)
    s.node("loss", "mean_squared_error", 7, 2, "mixed", "target")
    return adam(s, 500)


# --- real pictures --------------------------------------------------------------------------------------------------


def clothes(s: Sketch, layout: Literal["flat", "channels"]) -> None:
    """The data node of Fashion-MNIST: its own test set tests, nothing validates."""
    how = Preparation(
        ("image",), "label", "classification", split="order", validation=0.0, test=1 / 7, layout=layout,
    )  # fmt: skip
    s.node("clothes", "data", 0, 1.2, record=text_of(DataRecord("idx", FASHION, FASHION_DIGEST, RECOGNISE, how)))


def learn_clothes(s: Sketch, rate: float, epochs: int) -> Document:
    """Adam with a learning rate that rises and falls once in so many epochs."""
    steps = steps_of(epochs, FASHION_ROWS, FASHION_BATCH)
    s.settings = Settings("adam", rate, steps=steps, batch_size=FASHION_BATCH, schedule="one-cycle")
    return s.finish()


def fashion_mlp() -> Document:
    """784-256-128-10 with ReLU on Fashion-MNIST."""
    s = Sketch(column=WIDE)
    clothes(s, "flat")
    s.node("hidden1", "dense", 1, 0, "clothes.X", units=256)
    s.node("relu1", "relu", 2, 0, "hidden1")
    s.node("hidden2", "dense", 3, 0, "relu1", units=128)
    s.node("relu2", "relu", 4, 0, "hidden2")
    s.node("scores", "dense", 5, 0, "relu2", units=10, init="xavier")
    s.node("loss", "softmax_cross_entropy", 6, 1.2, "scores", "clothes.labels")
    return learn_clothes(s, 2e-3, 10)


def fashion_cnn() -> Document:
    """Two convolutions, each with ReLU and pooling, and one dense layer on Fashion-MNIST."""
    s = Sketch(column=WIDE)
    clothes(s, "channels")
    s.node("conv1", "conv2d", 1, 0, "clothes.X", filters=16, kernel=3, same=True)
    s.node("relu1", "relu", 2, 0, "conv1")
    s.node("pool1", "max_pool2d", 3, 0, "relu1")
    s.node("conv2", "conv2d", 4, 0, "pool1", filters=32, kernel=3, same=True)
    s.node("relu2", "relu", 5, 0, "conv2")
    s.node("pool2", "max_pool2d", 6, 0, "relu2")
    s.node("flatten", "flatten", 7, 0, "pool2")
    s.node("scores", "dense", 8, 0, "flatten", units=10, init="xavier")
    s.node("loss", "softmax_cross_entropy", 9, 1.2, "scores", "clothes.labels")
    return learn_clothes(s, 3e-3, 10)


class Entry(NamedTuple):
    """An example as the index lists it.

    Attributes:
        name: of its file.
        make: draws it.
        title: a few words.
        description: a sentence.
        template: whether the start page shows it.
        data: name of the set of data it needs; empty for none.
    """

    name: str
    make: Callable[[], Document]
    title: str
    description: str
    template: bool = False
    data: str = ""


EXAMPLES = (
    Entry("welcome", welcome, "Welcome", "The spiral network, and the circuit (x+y)·z below it."),
    Entry("product", product, "Product", "f = x·y: multiply switches its inputs."),
    Entry("max", largest, "Maximum", "f = max(x, y): max routes the gradient to the larger input."),
    Entry(
        "sum-times-z",
        sum_times_z,
        "(x+y)·z",
        "The first circuit of the course: add distributes, multiply switches.",
        template=True,
    ),
    Entry(
        "sigmoid-gates",
        sigmoid_gates,
        "Sigmoid neuron, gate by gate",
        "1/(1+e^-(w0x0+w1x1+w2)) built from ×, +, ×(-1), exp, +1 and 1/x.",
        template=True,
    ),
    Entry(
        "sigmoid-neuron",
        sigmoid_neuron,
        "Sigmoid neuron",
        "The same neuron with one sigmoid gate, whose local gradient is (1-σ)σ.",
    ),
    Entry(
        "patterns", patterns, "Patterns in the backward flow", "(x·y + max(z,w))·2: add, max and multiply side by side."
    ),
    Entry(
        "exercise",
        exercise,
        "Exercise: patterns",
        "Six questions about (x·y + max(z,w))·2: Shift+P hides what is asked, and marks what you expect.",
    ),
    Entry(
        "staged", staged, "Staged computation", "(x+σ(y)) / (σ(x)+(x+y)²): both leaves branch, and their gradients add."
    ),
    Entry("micrograd", micrograd, "micrograd", "The graph of micrograd's README: dg/da = 138.8338, dg/db = 645.5773."),
    Entry(
        "norm-squared",
        norm_squared,
        "‖Wx‖²",
        "A matrix, a vector and a squared length: the first gradients that are arrays.",
        template=True,
    ),
    Entry(
        "matmul-shapes", matmul_shapes, "Shapes of a matrix product", "W 5×10 times X 10×3: dW = dD·Xᵀ and dX = Wᵀ·dD."
    ),
    Entry(
        "softmax-row",
        softmax_row,
        "Softmax of one row",
        "p = [0.2, 0.3, 0.5], middle class true: the scores' gradient is p less 1 there.",
    ),
    Entry(
        "relu-vector",
        relu_vector,
        "ReLU on 4096 numbers",
        "A Jacobian of 4096×4096 that is never built: its diagonal is 0 and 1.",
    ),
    Entry("svm-row", svm_row, "SVM hinge of one row", "Scores 13, -7, 11 with margin 10: a loss of 8."),
    Entry(
        "net-3-4-2",
        three_four_two,
        "A 3-4-2 net",
        "6 neurons, 20 weights and 6 biases: 26 parameters.",
        template=True,
    ),
    Entry("net-3-4-4-1", three_four_four_one, "A 3-4-4-1 net", "9 neurons, 41 parameters."),
    Entry(
        "two-layer",
        two_layer,
        "Two layers in 20 lines",
        "64 samples, 1000 inputs, 100 sigmoid units, 10 outputs, summed squared error.",
    ),
    Entry(
        "spiral-linear",
        spiral_linear,
        "Spiral, linear classifier",
        "Three arms that no straight line separates: accuracy 49 %.",
    ),
    Entry(
        "spiral",
        spiral,
        "Spiral, two layers",
        "100 ReLU units bend the boundary around the arms: accuracy 98 %.",
        template=True,
    ),
    Entry(
        "mlp",
        mlp,
        "MLP, random data",
        "16-32-relu-32-relu-4 learns its samples by heart.",
        template=True,
    ),
    Entry(
        "cnn",
        cnn,
        "CNN, random images",
        "Eight filters, ReLU, pooling, and scores for four classes.",
        template=True,
    ),
    Entry(
        "attention",
        attention,
        "Attention from gates",
        "softmax(q·kᵀ/√8)·v over six tokens.",
        template=True,
    ),
    Entry(
        "sequence-gru",
        sequence_gru,
        "GRU, which came first",
        "Remembers which of two signals flashed first.",
        template=True,
    ),
    Entry(
        "transformer",
        transformer,
        "Transformer block",
        "Causal attention and an MLP, with residual adds, on the same task.",
        template=True,
    ),
    Entry(
        "fashion-mlp",
        fashion_mlp,
        "MLP, Fashion-MNIST",
        "784-256-128-10 learns 60,000 pictures of clothes.",
        data=FASHION,
    ),
    Entry(
        "fashion-cnn",
        fashion_cnn,
        "CNN, Fashion-MNIST",
        "Two convolutions, each with ReLU and pooling, on 60,000 pictures of clothes.",
        data=FASHION,
    ),
)


def write_all(folder: Path) -> None:
    """Write every example and the index into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in EXAMPLES:
        (folder / f"{entry.name}.grad").write_bytes(files.dumps(entry.make()))
    (folder / "index.json").write_text(index(), encoding="utf-8")


def index() -> str:
    """The index: name, title and description of each example, and whether the start page shows it."""
    entries = [
        {"name": e.name, "title": e.title, "description": e.description, "template": e.template}
        | ({"data": e.data} if e.data else {})
        for e in EXAMPLES
    ]
    return json.dumps(entries, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
