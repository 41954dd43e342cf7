"""Recurrent layers: one cell that reads a sequence step by step and hands its state on to itself.

Gradients flow back through all steps within the gate (backpropagation through time). Opened, a sequence of a few steps
is the chain of gates it stands for.

Sources: Elman, "Finding structure in time", 1990; Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the
forget gate of Gers and others, 2000; Cho and others, "Learning phrase representations using RNN encoder-decoder",
2014. The GRU is the variant that resets after the matrix product, as PyTorch and cuDNN have it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Param, Port, Shape, Weight, shape_text
from gradstudio.gates.common import matmul_quietly
from gradstudio.gates.initial import GAIN, INIT, UNITS, all_rows, check_pins, drawn, pin
from gradstudio.gates.recurrent_code import GRU_CODE, GRU_STEP, LSTM_CODE, LSTM_STEP, RNN_CODE, SIGMOID, templates
from gradstudio.gates.recurrent_kernels import GRUCalls, LSTMCalls, RecurrentCalls, RNNCalls
from gradstudio.gates.recurrent_steps import GRUStep, LSTMStep

UNROLLED = 16
"""Steps up to which a layer opens into gates: about five for each."""
LAST, ALL = "last state", "all states"
INPUT = "Weights of the input, features × {}."
HIDDEN = "Weights of the state before, units × {}."


class State(NamedTuple):
    """What a cell hands on: its output, and for an LSTM its memory."""

    h: Array
    c: Array


class Back(NamedTuple):
    """What flows back through one step.

    Attributes:
        given: to what the input contributed before activations.
        hidden: to what the state before contributed by its matrix.
        direct: to the state before, past the matrix.
        c: to the memory before.
    """

    given: Array
    hidden: Array
    direct: Array
    c: Array


class Recurrent(Gate):
    """A layer over sequences. A subclass defines one step: `ahead`, `back` and `unrolled`.

    Attributes:
        blocks: how many gates of the cell stand side by side in its matrices.
        calls: its kernels.
    """

    blocks: ClassVar[int]
    calls: ClassVar[type[RecurrentCalls]]

    category = Category.LAYER
    inputs = (Port("x", "Sequences, N×T×D: batch, time, features."),)
    params: ClassVar[MappingProxyType[str, Param]] = MappingProxyType(
        {
            "units": Param("int", 16, UNITS.help, low=1, high=65536),
            "gives": Param(
                "choice", LAST, "The state after the last step (N×H), or those of all steps (N×T×H).",
                choices=(LAST, ALL),
            ),
            "init": Param(
                "choice", "orthogonal", f"{INIT.help} Of each gate's matrix for itself.", title=INIT.title,
                choices=INIT.choices,
            ),
            "gain": GAIN,
        }
    )  # fmt: skip

    units: int
    gives: str
    init: str
    gain: float

    # ---- one step

    def ahead(self, given: Array, hidden: Array, before: State) -> tuple[State, Any]:
        """The next state, and what `back` needs: from what input and state contribute."""
        raise NotImplementedError

    def back(self, dh: Array, dc: Array, kept: Any) -> Back:
        """What flows back from a state and its memory."""
        raise NotImplementedError

    def unrolled(self, given: Expression, hidden: Expression, h: Expression, c: Any) -> tuple[Expression, Any]:
        """The same step in gates."""
        raise NotImplementedError

    # ---- all of them

    def shape(self, x: Shape) -> Shape:
        """Units in place of the features; without the time where the last state is given."""
        self.weight_shapes(x)
        return (*x[: 1 if self.gives == LAST else 2], self.units)

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Features × blocks·units, units × blocks·units, and blocks·units for a bias."""
        (x,) = inputs
        if len(x) != 3 or 0 in x[1:]:
            raise ShapeError(f"{self.title} needs sequences (N×T×D: batch, time, features), found {shape_text(x)}.")
        wide = self.blocks * self.units
        shapes = ((x[2], wide), (self.units, wide), *((wide,) for _ in self.weights[2:]))
        return check_pins(self, shapes, f"an input of {shape_text(x)} and {self.units} units")

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """Random numbers as `init` says, for each block of a matrix; zeros for a bias."""
        if len(shape) < 2:
            return np.zeros(shape)
        size = (shape[0], self.units)
        return np.concatenate([drawn(self.init, self.gain, size, shape[0], rng) for _ in range(self.blocks)], axis=1)

    @matmul_quietly
    def forward(self, x: Array, W_ih: Array, W_hh: Array, *b: Array) -> Array:
        """What the inputs contribute, for all steps at once; then step by step from a state of 0."""
        self.x, self.W_ih, self.W_hh = x, W_ih, W_hh
        given, zero = x @ W_ih + b[0], np.zeros((len(x), self.units), x.dtype)
        states, self.kept = [State(zero, zero)], []
        for t in range(x.shape[1]):
            hidden = states[-1].h @ W_hh + (b[1] if len(b) > 1 else 0)
            state, kept = self.ahead(given[:, t], hidden.astype(x.dtype), states[-1])
            states.append(state)
            self.kept.append(kept)
        self.before = np.stack([state.h for state in states[:-1]], axis=1)
        return states[-1].h if self.gives == LAST else np.stack([state.h for state in states[1:]], axis=1)

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, ...]:
        """Step by step back through time; what the matrices get from all steps is added up."""
        wide = (*self.x.shape[:2], self.blocks * self.units)
        given, hidden = np.empty(wide, dz.dtype), np.empty(wide, dz.dtype)
        dh, dc = np.zeros_like(self.before[:, 0]), np.zeros_like(self.before[:, 0])
        for t in range(self.x.shape[1] - 1, -1, -1):
            if self.gives == ALL:
                dh = dh + dz[:, t]
            elif t == self.x.shape[1] - 1:
                dh = dz
            back = self.back(dh, dc, self.kept[t])
            given[:, t], hidden[:, t] = back.given, back.hidden
            dh, dc = back.hidden @ self.W_hh.T + back.direct, back.c
        biases = (given, hidden)[: len(self.weights) - 2]
        return (
            given @ self.W_ih.T,
            all_rows(self.x).T @ all_rows(given),
            all_rows(self.before).T @ all_rows(hidden),
            *(bias.sum(axis=(0, 1)) for bias in biases),
        )

    def kernels(self, k: Kernels) -> bool:
        """Feature by feature, and time before batch: one product for what all inputs contribute, one for each step."""
        if not k.z.size:
            return False
        self.calls(k, self.units, self.gives == ALL).emit()
        return True

    def expand(self, x: Expression, W_ih: Expression, W_hh: Expression, *b: Expression) -> Expression | None:
        """The cell once for each step, all with the same weights; None for more than `UNROLLED` steps."""
        formula, steps = x.formula, x.shape[1]
        if steps > UNROLLED:
            return None
        given, states = x @ W_ih + b[0], []
        h: Any = formula.one("constant", value=np.zeros(self.units))
        c: Any = None
        for t in range(steps):
            now = formula.one("squeeze", formula.one("slice", given, axis=1, begin=t, stop=t + 1), axis=1)
            hidden = h @ W_hh + b[1] if len(b) > 1 else h @ W_hh
            h, c = self.unrolled(now, hidden, h, c)
            states.append(h)
        made: Expression = h if self.gives == LAST else formula.apply("stack", *states, axis=1)
        return made

    def caption(self) -> str:
        """How many units, and that all states are given."""
        return f"{self.units} unit{'s' * (self.units > 1)}{', all states' * (self.gives == ALL)}"

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """A call of the function that computes all states."""
        return templates(self.id, [weight.name for weight in self.weights], self.gives == ALL)[0]

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """A call of the function that goes back through time."""
        return templates(self.id, [weight.name for weight in self.weights], self.gives == ALL)[1]


@register
class RNN(Recurrent):
    """h = tanh(x W_ih + h W_hh + b), step by step."""

    id = "rnn"
    title = "RNN"
    formula = r"h_t = \tanh(x_t W_{ih} + h_{t-1} W_{hh} + b)"
    help = (
        "Reads a sequence step by step: each state is computed from the input and the state before, with the same "
        f"weights at every step (Elman's simple recurrent network). It opens up to {UNROLLED} steps."
    )
    rule = (
        "RNN goes back through time: at each step dh × (1 − h²) flows to the input, to the weights, where all steps "
        "add up, and × W_hhᵀ to the step before; over many steps it vanishes or explodes."
    )
    keywords = ("recurrent", "sequence", "time", "elman", "unrolled", "bptt", "simple", "layer")
    blocks = 1
    calls = RNNCalls
    weights = (
        Weight("W_ih", INPUT.format("units"), start="start_W_ih"),
        Weight("W_hh", HIDDEN.format("units"), start="start_W_hh"),
        Weight("b", "Biases, one per unit.", start="start_b"),
    )
    params = MappingProxyType(Recurrent.params | {f"start_{w.name}": pin(w.name) for w in weights})
    numpy_functions = (RNN_CODE,)

    def ahead(self, given: Array, hidden: Array, before: State) -> tuple[State, Array]:
        """tanh of the sum; it is kept."""
        h = np.tanh(given + hidden)
        return State(h, before.c), h

    def back(self, dh: Array, dc: Array, kept: Array) -> Back:
        """Upstream × the slope of tanh."""
        da = dh * (1 - kept * kept)
        return Back(da, da, np.zeros_like(dh), dc)

    def unrolled(self, given: Expression, hidden: Expression, h: Expression, c: Any) -> tuple[Expression, Any]:
        """Add and tanh."""
        return given.formula.one("tanh", given + hidden), c


@register
class GRU(Recurrent):
    """Gated recurrent unit: it keeps a share z of its state and replaces the rest."""

    id = "gru"
    title = "GRU"
    formula = (
        r"\begin{array}{l} a = x_t W_{ih} + b_{ih}, \quad u = h_{t-1} W_{hh} + b_{hh} \\"
        r" r = \sigma(a_r + u_r), \quad z = \sigma(a_z + u_z) \\"
        r" n = \tanh(a_n + r\,u_n) \\ h_t = (1 - z)\,n + z\,h_{t-1} \end{array}"
    )
    help = (
        "Reads a sequence step by step and keeps a share z of its state, so that it remembers over many steps. Reset r "
        "acts behind the matrix product, as in PyTorch; each of r, z and n has its own block of the weights, in this "
        f"order. It opens up to {UNROLLED} steps."
    )
    rule = (
        "GRU goes back through time on two ways: dh × z passes straight to the step before, the rest through the "
        "slopes of r, z and n to the weights, where all steps add up."
    )
    keywords = ("recurrent", "gated", "sequence", "time", "memory", "unrolled", "bptt", "layer")
    blocks = 3
    calls = GRUCalls
    weights = (
        Weight("W_ih", INPUT.format("3·units (r, z, n)"), start="start_W_ih"),
        Weight("W_hh", HIDDEN.format("3·units (r, z, n)"), start="start_W_hh"),
        Weight("b_ih", "Biases of what the input contributes.", start="start_b_ih"),
        Weight("b_hh", "Biases of what the state before contributes; that of n is reset too.", start="start_b_hh"),
    )
    params = MappingProxyType(Recurrent.params | {f"start_{w.name}": pin(w.name) for w in weights})
    numpy_functions = (SIGMOID, GRU_STEP, GRU_CODE)

    def ahead(self, given: Array, hidden: Array, before: State) -> tuple[State, GRUStep]:
        """A GRU step."""
        step = GRUStep()
        return State(step.forward(given, hidden, before.h), before.c), step

    def back(self, dh: Array, dc: Array, kept: GRUStep) -> Back:
        """Back through it."""
        return Back(*kept.backward(dh), dc)

    def unrolled(self, given: Expression, hidden: Expression, h: Expression, c: Any) -> tuple[Expression, Any]:
        """A GRU step."""
        return given.formula.one("gru_step", given, hidden, h), c


@register
class LSTM(Recurrent):
    """Long short-term memory: a memory c that gates write to, erase and read."""

    id = "lstm"
    title = "LSTM"
    formula = (
        r"\begin{array}{l} a = x_t W_{ih} + h_{t-1} W_{hh} + b \\ i = \sigma(a_i), \quad f = \sigma(a_f) \\"
        r" g = \tanh(a_g), \quad o = \sigma(a_o) \\ c_t = f\,c_{t-1} + i\,g \\ h_t = o \tanh(c_t) \end{array}"
    )
    help = (
        "Reads a sequence step by step with a memory c: gate f forgets, i writes the new g, o reads. Each of i, f, g "
        f"and o has its own block of the weights, in this order; f starts open, at a bias of 1. It opens up to "
        f"{UNROLLED} steps."
    )
    rule = (
        "LSTM goes back through time along its memory: dc × f passes to the step before, the rest through the slopes "
        "of i, f, g and o to the weights, where all steps add up."
    )
    keywords = ("recurrent", "long short-term memory", "sequence", "time", "gated", "unrolled", "bptt", "layer")
    blocks = 4
    calls = LSTMCalls
    weights = (
        Weight("W_ih", INPUT.format("4·units (i, f, g, o)"), start="start_W_ih"),
        Weight("W_hh", HIDDEN.format("4·units (i, f, g, o)"), start="start_W_hh"),
        Weight("b", "Biases, 4·units; those of f start at 1.", start="start_b"),
    )
    params = MappingProxyType(Recurrent.params | {f"start_{w.name}": pin(w.name) for w in weights})
    numpy_functions = (SIGMOID, LSTM_STEP, LSTM_CODE)

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """As in all recurrent layers, but the biases of f are 1: at first nothing is forgotten."""
        made = super().start(weight, shape, rng)
        if weight == "b":
            made[self.units : 2 * self.units] = 1
        return made

    def ahead(self, given: Array, hidden: Array, before: State) -> tuple[State, LSTMStep]:
        """An LSTM step."""
        step = LSTMStep()
        return State(*np.split(step.forward(given + hidden, before.c), 2, axis=-1)), step

    def back(self, dh: Array, dc: Array, kept: LSTMStep) -> Back:
        """Back through it."""
        da, dc = kept.backward(np.concatenate([dh, dc], axis=-1))
        return Back(da, da, np.zeros_like(dh), dc)

    def unrolled(self, given: Expression, hidden: Expression, h: Expression, c: Any) -> tuple[Expression, Any]:
        """An LSTM step; `c` is the one before, of which the memory is cut, or None for a memory of 0."""
        formula, units = given.formula, self.units
        zero = c is None
        memory = formula.one("constant", value=np.zeros(units)) if zero else formula.one("slice", c, begin=units)
        both = formula.one("lstm_step", given + hidden, memory)
        return formula.one("slice", both, stop=units), both
