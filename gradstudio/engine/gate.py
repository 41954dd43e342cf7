r"""What a gate declares. One gate is one class, and everything else reads it from there.

A gate in the lecture's form is complete::

    @register
    class Multiply(Gate):
        id = "multiply"
        title = "Multiply"
        symbol = "×"
        category = Category.ARITHMETIC
        formula = r"z = x \cdot y"
        help = "The product of its two inputs."
        rule = "Multiply switches: each input's gradient is the other input's value × the upstream one."
        inputs = (Port("x"), Port("y"))

        def shape(self, x: Shape, y: Shape) -> Shape:
            return broadcast_shapes(x, y)

        def forward(self, x: Array, y: Array) -> Array:
            self.x, self.y = x, y
            return x * y

        def backward(self, dz: Array) -> tuple[Array, Array]:
            return self.y * dz, self.x * dz

Arrays carry their batch axis first; a weight has none. Broadcasting follows numpy: `backward` may return a gradient of
the broadcast shape, and the engine sums it over what was broadcast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.kernels import Budget, Kernels, Room, in_memory_order, product
from gradstudio.engine.param import Param, parse_numbers
from gradstudio.engine.types import Array, Shape, Value

__all__ = [
    "Array",
    "Budget",
    "Category",
    "Gate",
    "Kernels",
    "Kind",
    "Mode",
    "Param",
    "Port",
    "Room",
    "Shape",
    "Value",
    "Weight",
    "broadcast_shapes",
    "in_memory_order",
    "output_ports",
    "parse_numbers",
    "product",
    "shape_text",
]


class Category(StrEnum):
    """The shelves of the palette, in their order there."""

    DATA = "Data"
    ARITHMETIC = "Gates"
    ACTIVATION = "Activations"
    LAYER = "Layers"
    LOSS = "Losses"
    REGULARISER = "Regularisers"
    LINEAR = "Linear algebra"
    REDUCE = "Reductions"
    SHAPE = "Shape"
    COMPARISON = "Comparisons"


class Kind(StrEnum):
    """What flows through a port."""

    REAL = "real"
    LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of a gate.

    Attributes:
        name: unique among the gate's inputs (or outputs); what `forward` calls it.
        help: one sentence.
        kind: real numbers, or integer class labels (which have no gradient).
        many: an input that takes any number of wires, at least one; only the last input may.
        gradient: False for an output no gradient need be computed of (data).
    """

    name: str
    help: str = ""
    kind: Kind = Kind.REAL
    many: bool = False
    gradient: bool = True


@dataclass(frozen=True, slots=True)
class Weight:
    """A learnable array of a gate, e.g. W of Dense: a leaf of the graph, shown as an output that can be wired.

    Attributes:
        name: as in the formula.
        help: one sentence.
        start: name of the array param that pins its start value when given.
        learned: False for state that has no gradient and is moved by `Gate.advance` (running statistics).
    """

    name: str
    help: str = ""
    start: str | None = None
    learned: bool = True


class Mode:
    """How a plan runs its gates at the moment; one object shared by all gates of a plan.

    Attributes:
        training: True while training, False while evaluating; batch norm and dropout differ in the two.
        step: training step, from 0: what is random is drawn anew in each, and the same when it is repeated.
        seed: of the network.
    """

    __slots__ = ("seed", "step", "training")

    def __init__(self, training: bool = True, step: int = 0, seed: int = 0) -> None:
        self.training = training
        self.step = step
        self.seed = seed

    def random(self, *place: int) -> np.random.Generator:
        """A generator that gives the same numbers whenever seed, step and place are the same."""
        return np.random.default_rng([self.seed, self.step, *place])


class Gate:
    """A gate: what it is called, what it takes, what it computes and how gradients flow back through it.

    A subclass declares the class attributes below and defines `shape`, `forward` and `backward`. An instance is one
    node's gate with its parameters as attributes; `forward` may keep what `backward` needs on `self`.

    Attributes:
        id: stable identifier, lower case with underscores; written to files.
        replaces: ids under which older files know it.
        title: its name in the palette.
        symbol: one or two characters drawn on the node, or empty.
        category: its shelf in the palette.
        common: whether its shelf shows it at once; the others stand behind "More…" there.
        formula: LaTeX.
        help: one sentence.
        rule: its backward pass in words.
        local: the local gradient with respect to each input, in words: ("y", "x") for a product.
        stops: why no gradient comes back where its local gradient is 0, in words with {x} for the input: "ReLU is off,
            {x} ≤ 0"; empty where there is no such place.
        keywords: further words the palette finds it by.
        names: names given to new nodes of it in turn (then with a number).
        inputs: its input ports; `forward` gets their arrays in this order, then those of the weights.
        outputs: its output ports.
        weights: its learnable arrays; each is shown as an output port too.
        params: its settings by name; each becomes an attribute of the instance.
        elementwise: True where every entry of the output depends on the entries of the inputs at its place alone, by
            one rule; many scalar gates of a kind are then computed as one vector.
        mode: how it is being run; the plan sets it.
        place: what makes this node's random numbers its own; the graph sets it.
        numpy_forward: template of exported code, with {z}, the input names, weights and params; where the mode
            matters with {training}, {step}, {seed} and {place} too. A property where params change more than numbers.
        numpy_backward: template of exported code, with {dz} and {dx} for an input x.
        numpy_advance: template of exported code that does what `advance` does: lines that give state new values.
        numpy_functions: source of functions that its lines call ("def rows(x): …"); a script holds each of them once.
    """

    id: ClassVar[str] = ""
    replaces: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str] = ""
    symbol: ClassVar[str] = ""
    category: ClassVar[Category] = Category.ARITHMETIC
    common: ClassVar[bool] = True
    formula: ClassVar[str] = ""
    help: ClassVar[str] = ""
    rule: ClassVar[str] = ""
    local: ClassVar[tuple[str, ...]] = ()
    stops: ClassVar[str] = ""
    keywords: ClassVar[tuple[str, ...]] = ()
    names: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = (Port("z"),)
    weights: ClassVar[tuple[Weight, ...]] = ()
    params: ClassVar[Mapping[str, Param]] = MappingProxyType({})
    elementwise: ClassVar[bool] = False
    numpy_forward: ClassVar[str] = ""
    numpy_backward: ClassVar[str] = ""
    numpy_advance: ClassVar[str] = ""
    numpy_functions: ClassVar[tuple[str, ...]] = ()
    mode: Mode = Mode()
    place: tuple[int, ...] = ()

    def __init__(self, **params: object) -> None:
        """Check the given params and keep all of them as attributes.

        Raises:
            ParamError: for an unknown name or a value a param can't take.
        """
        unknown = [name for name in params if name not in self.params]
        if unknown:
            known = ", ".join(self.params) or "none"
            raise ParamError(f"{self.title} has no parameter “{unknown[0]}”; it has {known}.")
        for name, param in self.params.items():
            setattr(self, name, param.check(name, params.get(name, param.default)))

    def active_weights(self) -> tuple[Weight, ...]:
        """The weights this instance has with its params (Dense without bias has no b)."""
        return self.weights

    def shape(self, *inputs: Any) -> Any:
        """Output shape (a tuple of shapes where there are several outputs) for these input shapes.

        Raises:
            ShapeError: if they don't fit; the sentence names the shapes.
        """
        raise NotImplementedError

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Shapes of `active_weights()` for these input shapes. A refused input raises ShapeError."""
        return ()

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """Start value of a weight that isn't pinned."""
        raise NotImplementedError

    def forward(self, *arrays: Any) -> Any:
        """The output array (a tuple where there are several outputs). Inputs must not be modified."""
        raise NotImplementedError

    def backward(self, *upstream: Any) -> Any:
        """Gradients with respect to the inputs, then the weights: local × upstream. None where there is none.

        There is one upstream gradient for each output.

        A gate with one input and no weights may return the array itself.
        """
        raise NotImplementedError

    def advance(self, *weights: Any) -> None:
        """Move the weights that aren't `learned` on, in place; called once after each training step's passes."""

    def kernels(self, k: Kernels) -> bool:
        """Emit in-place calls for the plan in place of `forward` and `backward`; False if there are none."""
        return False

    def room(self, *inputs: Shape) -> tuple[Room | None, ...]:
        """The room its kernels would like around each input (weights included); shorter where no more is wanted."""
        return ()

    def branch(self, *arrays: Any) -> Array | None:
        """Which side of a kink each entry lies on (x > 0 for ReLU), or None for a smooth gate.

        The gradient check compares it at both points of a central difference and calls a change a kink, not an error.
        """
        return None

    def curve(self, x: Array) -> tuple[Array, Array] | None:
        """For a gate of one scalar variable: its value and slope at each x, for the activation plot; else None."""
        return None

    def explain(self, inputs: Sequence[float], upstream: float) -> tuple[str, ...]:
        """One line per input with numbers plugged in: "∂f/∂x = y × upstream = -4 × 1 = -4". Scalars only."""
        return ()

    def expand(self, *inputs: Any) -> Any:
        """What it computes, in other gates; None where it says nothing, or not with these params.

        Calculated with expressions (`formula.Expression`), one for each array that `forward` takes: an expression for
        each output. Values and gradients must be the same. The studio opens a layer into these gates and closes it.
        """
        return None

    def caption(self) -> str:
        """A few words on the node itself, e.g. "100 units"; empty for most gates."""
        return ""


def output_ports(gate: Gate) -> tuple[Port, ...]:
    """A gate's output ports, then one for each of its weights."""
    if not gate.weights:
        return gate.outputs
    return (*gate.outputs, *(Port(w.name, w.help, gradient=w.learned) for w in gate.active_weights()))


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The shape these broadcast to, by numpy's rules.

    Raises:
        ShapeError: if they don't.
    """
    rank = max((len(s) for s in shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for axis, length in enumerate(shape, rank - len(shape)):
            if length == 1 or length == result[axis]:
                continue
            if result[axis] != 1:
                raise ShapeError(f"Shapes {shape_text(shapes[0])} and {shape_text(shape)} don't broadcast.")
            result[axis] = length
    return tuple(result)


def shape_text(shape: Shape) -> str:
    """A shape as people write it: "300×2", or "scalar"."""
    return "×".join(str(n) for n in shape) if shape else "scalar"
