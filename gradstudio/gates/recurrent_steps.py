"""One step of a gated cell, behind its matrix products: what GRU and LSTM are chains of."""

from __future__ import annotations

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Port, Shape, broadcast_shapes, shape_text
from gradstudio.gates.recurrent_code import GRU_STEP, LSTM_STEP, SIGMOID


@np.errstate(over="ignore")
def sigmoid(x: Array) -> Array:
    """1/(1 + e⁻ˣ): where e⁻ˣ overflows, 0 is right."""
    return np.asarray(1 / (1 + np.exp(-x)))


class CellStep(Gate):
    """A gate of blocks that lie side by side along the last axis, each as wide as the state."""

    category = Category.LAYER
    common = False

    def units(self, blocks: int, wide: tuple[Shape, ...], state: Shape) -> Shape:
        """The shape of the next state.

        Raises:
            ShapeError: if it isn't so many times as wide as the state.
        """
        if not state or not state[-1] or any(not x or x[-1] != blocks * state[-1] for x in wide):
            found = " and ".join(map(shape_text, (*wide, state)))
            raise ShapeError(f"{self.title} needs {blocks} blocks side by side, as wide as its state; found {found}.")
        return broadcast_shapes(*(x[:-1] for x in wide), state[:-1]) + state[-1:]

    def cut(self, x: Expression, blocks: int, first: int, count: int = 1) -> Expression:
        """Some of so many blocks."""
        units = x.shape[-1] // blocks
        return x.formula.one("slice", x, begin=first * units, stop=(first + count) * units)


@register
class GRUStep(CellStep):
    """Reset, update, and the next state."""

    id = "gru_step"
    title = "GRU step"
    formula = (
        r"\begin{array}{l} r = \sigma(a_r + u_r), \quad z = \sigma(a_z + u_z) \\"
        r" n = \tanh(a_n + r\,u_n) \\ h_t = (1 - z)\,n + z\,h \end{array}"
    )
    help = "One step of a GRU: of a, what the input contributes, and u, what the state h does, each in blocks r, z, n."
    rule = (
        "GRU step sends h the upstream gradient × z; the rest flows through the slopes of n, z and r to a and u, where "
        "the n of u is reset too."
    )
    keywords = ("recurrent", "gated", "cell", "gru cell", "sequence")
    inputs = (
        Port("a", "What the input contributes, three times as wide as the state."),
        Port("u", "What the state before contributes, likewise."),
        Port("h", "The state before."),
    )
    outputs = (Port("h_t", "The next state."),)
    numpy_functions = (SIGMOID, GRU_STEP)
    numpy_forward = "{h_t} = gru_step({a}, {u}, {h})[-1]"
    numpy_backward = "{da} = gru_step_back({a}, {u}, {h}, {dh_t})\n{du} = {da}[1]\n{dh} = {da}[2]\n{da} = {da}[0]"

    def shape(self, a: Shape, u: Shape, h: Shape) -> Shape:
        """That of the state."""
        return self.units(3, (a, u), h)

    def expand(self, a: Expression, u: Expression, h: Expression) -> Expression:
        """r and z in one sigmoid, then cut apart; tanh for what is new."""
        gates = a.formula.one("sigmoid", self.cut(a, 3, 0, 2) + self.cut(u, 3, 0, 2))
        r, z = self.cut(gates, 2, 0), self.cut(gates, 2, 1)
        n = a.formula.one("tanh", self.cut(a, 3, 2) + r * self.cut(u, 3, 2))
        return (1 - z) * n + z * h

    def forward(self, a: Array, u: Array, h: Array) -> Array:
        """How much is reset, how much is kept, what is new: all kept for the way back."""
        (a_r, a_z, a_n), (u_r, u_z, u_n) = np.split(a, 3, axis=-1), np.split(u, 3, axis=-1)
        self.r, self.z = sigmoid(a_r + u_r), sigmoid(a_z + u_z)
        self.n = np.tanh(a_n + self.r * u_n)
        self.u_n, self.h = u_n, h
        return np.asarray((1 - self.z) * self.n + self.z * h)

    def backward(self, dz: Array) -> tuple[Array, Array, Array]:
        """To what is new, to the two gates, and past them to the state before."""
        r, z, n = self.r, self.z, self.n
        dn = dz * (1 - z) * (1 - n * n)
        gates = [dn * self.u_n * r * (1 - r), dz * (self.h - n) * z * (1 - z)]
        da, du = np.concatenate([*gates, dn], axis=-1), np.concatenate([*gates, dn * r], axis=-1)
        return da, du, dz * z


@register
class LSTMStep(CellStep):
    """Forget, write, read."""

    id = "lstm_step"
    title = "LSTM step"
    formula = (
        r"\begin{array}{l} i = \sigma(a_i), \quad f = \sigma(a_f), \quad g = \tanh(a_g) \\"
        r" c_t = f\,c + i\,g, \quad o = \sigma(a_o), \quad h_t = o \tanh(c_t) \end{array}"
    )
    help = (
        "One step of an LSTM: a, what input and state before contribute, in blocks i, f, g, o; and the memory c. It "
        "gives the next state and the next memory, side by side."
    )
    rule = (
        "LSTM step sends c the memory's gradient × f; the rest flows through the slopes of i, f, g and o to a. What "
        "comes back to the state reaches the memory × o × (1 − tanh²)."
    )
    keywords = ("recurrent", "gated", "cell", "lstm cell", "memory", "sequence")
    inputs = (
        Port("a", "What input and state before contribute, four times as wide as the memory."),
        Port("c", "The memory before."),
    )
    outputs = (Port("z", "The next state, and behind it the next memory."),)
    numpy_functions = (SIGMOID, LSTM_STEP)
    numpy_forward = "{z} = np.concatenate(lstm_step({a}, {c})[-2:], axis=-1)"
    numpy_backward = "{da} = lstm_step_back({a}, {c}, *np.split({dz}, 2, axis=-1))\n{dc} = {da}[1]\n{da} = {da}[0]"

    def shape(self, a: Shape, c: Shape) -> Shape:
        """That of the memory, twice as wide."""
        *batch, units = self.units(4, (a,), c)
        return (*batch, 2 * units)

    def expand(self, a: Expression, c: Expression) -> Expression:
        """i and f in one sigmoid, g and o by themselves."""
        formula = a.formula
        gates = formula.one("sigmoid", self.cut(a, 4, 0, 2))
        g, o = formula.one("tanh", self.cut(a, 4, 2)), formula.one("sigmoid", self.cut(a, 4, 3))
        memory = self.cut(gates, 2, 1) * c + self.cut(gates, 2, 0) * g
        return formula.one("concatenate", o * formula.one("tanh", memory), memory)

    def forward(self, a: Array, c: Array) -> Array:
        """What is read of the memory, once it is partly forgotten and written to; all kept for the way back."""
        i, f, g, o = np.split(a, 4, axis=-1)
        self.i, self.f, self.g, self.o, self.c = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o), c
        memory = np.asarray(self.f * c + self.i * self.g)
        self.read = np.tanh(memory)
        return np.concatenate([self.o * self.read, memory], axis=-1)

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Through what is read to the memory, and from there to the gates and to the memory before."""
        dh, dc = np.split(dz, 2, axis=-1)
        i, f, g, o, read = self.i, self.f, self.g, self.o, self.read
        dc = dc + dh * o * (1 - read * read)
        slopes = dc * g * i * (1 - i), dc * self.c * f * (1 - f), dc * i * (1 - g * g), dh * read * o * (1 - o)
        return np.concatenate(slopes, axis=-1), dc * f
