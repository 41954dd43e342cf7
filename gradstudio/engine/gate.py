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

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.engine.errors import MemoryRefused, ParamError, ShapeError

SMALL_PRODUCT = 65_536
"""Bytes of a product up to which np.dot makes it: quicker to start than np.matmul, but it clears `out` first."""

Shape: TypeAlias = tuple[int, ...]
Array: TypeAlias = npt.NDArray[Any]
Value: TypeAlias = "int | float | bool | str | Array | None"


class Category(StrEnum):
    """The shelves of the palette, in their order there."""

    DATA = "Data"
    ARITHMETIC = "Gates"
    LINEAR = "Linear algebra"
    REDUCE = "Reductions"
    ACTIVATION = "Activations"
    LAYER = "Layers"
    LOSS = "Losses"
    REGULARISER = "Regularisers"
    SHAPE = "Shape"


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


@dataclass(frozen=True, slots=True)
class Param:
    """A typed setting of a gate, from which inspector, file and checks are made.

    Attributes:
        kind: "int", "float", "bool", "choice", "text" or "array".
        default: its value where none is given (None only if `optional`).
        help: one sentence.
        title: label in the inspector; the name with spaces where empty.
        low: smallest value allowed.
        high: largest value allowed.
        unit: shown behind the field.
        choices: the values of a "choice".
        optional: may be None, shown as an empty field.
        advanced: folded away in the inspector until asked for.
    """

    kind: Literal["int", "float", "bool", "choice", "text", "array"]
    default: Any
    help: str
    title: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    advanced: bool = False

    def check(self, name: str, value: object) -> Value:
        """The value in its normal form (arrays: read-only float64).

        Raises:
            ParamError: with a sentence that says what was expected and found.
        """
        if value is None:
            if self.optional:
                return None
            raise ParamError(f"{name} needs {self.expects()}, found nothing.")
        normal = _NORMAL[self.kind](value)
        if normal is None or (self.kind == "choice" and normal not in self.choices):
            raise ParamError(f"{name} needs {self.expects()}, found {_shown(value)}.")
        if isinstance(normal, (int, float)) and not isinstance(normal, bool):
            self._refuse_outside(name, normal)
        return normal

    def parse(self, name: str, text: str) -> Value:
        """The value typed as text, e.g. "100", "1e-3", "[[0.1, 0.5], [-0.3, 0.8]]".

        Raises:
            ParamError: if the text isn't such a value.
        """
        text = text.strip()
        if not text and self.optional:
            return None
        if self.kind in ("text", "choice"):
            return self.check(name, text)
        if self.kind == "bool":
            if text.lower() in ("true", "false", "yes", "no", "1", "0"):
                return text.lower() in ("true", "yes", "1")
            raise ParamError(f"{name} needs {self.expects()}, found “{text}”.")
        return self.check(name, parse_numbers(name, text.replace("−", "-"), self.expects()))

    def expects(self) -> str:
        """What it takes, in words: "a whole number from 1 to 65536"."""
        words = {
            "int": "a whole number",
            "float": "a number",
            "bool": "yes or no",
            "text": "a text",
            "array": "a number or a list of numbers",
            "choice": "one of " + ", ".join(self.choices),
        }[self.kind]
        if self.low is not None and self.high is not None:
            return f"{words} from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{words} of at least {self.low:g}"
        if self.high is not None:
            return f"{words} of at most {self.high:g}"
        return words

    def _refuse_outside(self, name: str, number: float) -> None:
        low_ok = self.low is None or number >= self.low
        high_ok = self.high is None or number <= self.high
        if not (low_ok and high_ok):
            raise ParamError(f"{name} needs {self.expects()}, found {_brief(number)}.")


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
        formula: LaTeX.
        help: one sentence.
        rule: its backward pass in words.
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
    """

    id: ClassVar[str] = ""
    replaces: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str] = ""
    symbol: ClassVar[str] = ""
    category: ClassVar[Category] = Category.ARITHMETIC
    formula: ClassVar[str] = ""
    help: ClassVar[str] = ""
    rule: ClassVar[str] = ""
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

    def caption(self) -> str:
        """A few words on the node itself, e.g. "100 units"; empty for most gates."""
        return ""


def output_ports(gate: Gate) -> tuple[Port, ...]:
    """A gate's output ports, then one for each of its weights."""
    if not gate.weights:
        return gate.outputs
    return (*gate.outputs, *(Port(w.name, w.help, gradient=w.learned) for w in gate.active_weights()))


class Room(NamedTuple):
    """Space that the kernels of a gate would like around an array; the plan grants it where it can.

    Attributes:
        ones: one more feature behind those of an N×D array, constantly 1: a bias is then part of the product.
    """

    ones: bool = False


class Kernels:
    """What a gate's `kernels` method works with: arrays that exist already, and two lists of calls to add to.

    The arrays lie in memory as the plan finds best, not always row by row: two-dimensional ones feature by feature,
    images row by row with the batch last.

    Attributes:
        x: input and weight arrays, in the order of `forward`'s arguments.
        z: the output array to write.
        dz: the upstream gradient to read.
        dx: arrays to write each input's gradient into; None where none is wanted.
        dtype: of real arrays.
        roomy: for each input the array with the room around it, where the gate's `room` was granted.
        own: all weights of the gate in one row, and what flows back to them; None where they don't lie so.
        seeded: True where the upstream gradient is constantly 1: the output is what is differentiated.
        scratch_bytes: taken by work arrays so far.
    """

    def __init__(
        self,
        x: Sequence[Array],
        z: Array,
        dz: Array,
        dx: Sequence[Array | None],
        dtype: np.dtype[Any],
        *,
        budget: Budget | None = None,
    ) -> None:
        self.x = tuple(x)
        self.z = z
        self.dz = dz
        self.dx = tuple(dx)
        self.dtype = dtype
        self.roomy: tuple[Array | None, ...] = (None,) * len(self.x)
        self.own: tuple[Array | None, Array | None] = (None, None)
        self.seeded = False
        self.scratch_bytes = 0
        self._budget = budget
        self.forward_calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
        self.backward_calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []

    def ahead(self, function: Any, *args: Any, **kwargs: Any) -> None:
        """Add `function(*args, **kwargs)` to the forward pass."""
        self.forward_calls.append(_call(function, args, kwargs))

    def back(self, function: Any, *args: Any, **kwargs: Any) -> None:
        """Add `function(*args, **kwargs)` to the backward pass."""
        self.backward_calls.append(_call(function, args, kwargs))

    def product_ahead(self, a: Array, b: Array, out: Array) -> None:
        """Add the matrix product out = a @ b to the forward pass."""
        self.ahead(*product(a, b, out))

    def product_back(self, a: Array, b: Array, out: Array) -> None:
        """Add the matrix product out = a @ b to the backward pass."""
        self.back(*product(a, b, out))

    def scratch(self, shape: Shape, dtype: npt.DTypeLike | None = None) -> Array:
        """A work array that lives as long as the plan, zero at first; counted before it is allocated."""
        wanted = np.dtype(self.dtype if dtype is None else dtype)
        size = math.prod(shape) * wanted.itemsize
        self.scratch_bytes += size
        if self._budget is not None:
            self._budget.take(size)
        return np.zeros(shape, wanted)

    def scratch_like(self, array: Array, dtype: npt.DTypeLike | None = None) -> Array:
        """A work array of the shape and memory order of another."""
        order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
        made = self.scratch(tuple(array.shape[axis] for axis in order), dtype)
        return made.transpose(np.argsort(order))

    def const(self, value: float) -> Array:
        """A 0-d array of the plan's dtype: numpy takes it faster than a Python float."""
        return np.array(value, self.dtype)

    def plain(self) -> bool:
        """True where every input has the output's shape, so that no gradient is summed over a broadcast axis."""
        return all(x.shape == self.z.shape for x in self.x)

    def joined(self) -> tuple[Array, Array | None] | None:
        """A matrix and the bias behind it, where these are all weights, as one matrix with a row more.

        Then their gradients likewise, None where one of them isn't wanted. None where they don't lie so in memory.
        """
        values, gradients = self.own
        if values is None:
            return None
        rows, columns = self.x[-2].shape
        shape = (rows + 1, columns)
        return values.reshape(shape), None if gradients is None else gradients.reshape(shape)


class Budget:
    """Bytes that may still be taken; asked before anything is allocated.

    Attributes:
        taken: bytes so far.
        blame: who takes them now, for the message.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self.blame = ""

    def take(self, size: int) -> None:
        """Count some bytes.

        Raises:
            MemoryRefused: if they don't fit, naming the node.
        """
        self.taken += size
        if self.taken > self.limit:
            raise MemoryRefused(
                f"{self.blame}: with it the network needs more than {self.limit / 2**30:.1f} GiB of memory. "
                "Use fewer units, a smaller batch, or float32."
            )


def _call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The same call the way numpy takes it fastest; on small arrays that halves its time.

    A ufunc's `out` goes by position (but numpy warns of that for two of them), numbers without axes as arrays of one
    entry, and methods of arrays stand for functions that first look for a dispatcher.
    """
    if type(function) is np.ufunc:
        swift = function is not np.maximum and function is not np.minimum
        if swift and len(kwargs) == 1 and "out" in kwargs and len(args) == function.nin:
            args, kwargs = (*args, kwargs["out"]), {}
        if not kwargs and all(isinstance(array, np.ndarray) and array.ndim == 0 for array in args):
            args = tuple(array.reshape(1) for array in args)
    elif function is np.dot and len(args) == 3 and not kwargs:
        return args[0].dot, args[1:], kwargs
    elif function is np.copyto and len(args) == 2 and not kwargs:
        return args[0].__setitem__, (Ellipsis, args[1]), kwargs
    return function, args, kwargs


def product(a: Array, b: Array, out: Array) -> tuple[Any, Array, Array, Array]:
    """The function and arguments that write a @ b into out, whichever way `out` lies in memory: BLAS writes row by row.

    Depends on shapes and memory order alone, so that the same graph always gives the same bits.
    """
    if out.ndim == 2 and not out.flags.c_contiguous and out.flags.f_contiguous:
        a, b, out = b.T, a.T, out.T
    small = out.nbytes <= SMALL_PRODUCT
    if small and a.ndim == b.ndim == 2 and out.flags.c_contiguous and a.dtype == b.dtype == out.dtype:
        return np.dot, a, b, out
    return np.matmul, a, b, out


def in_memory_order(array: Array) -> Array | None:
    """The entries as they follow each other in memory, as a one-dimensional view; None where there are gaps."""
    flat = array.ravel(order="K")
    return flat if array.size == 0 or np.may_share_memory(flat, array) else None


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


def parse_numbers(name: str, text: str, expects: str) -> object:
    """A number or a nested list of numbers from text; never evaluated as code.

    Raises:
        ParamError: if the text is anything else.
    """
    try:
        return json.loads(_tidy_number(text), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ParamError(f"{name} needs {expects}, found “{text[:40]}”.") from None


def _tidy_number(text: str) -> str:
    text = text.removeprefix("+")
    if text.startswith((".", "-.")):
        text = text.replace(".", "0.", 1)
    return text + "0" if text.endswith(".") else text


def _refuse_constant(word: str) -> object:
    raise ValueError(word)


def _bool(value: object) -> bool | None:
    return bool(value) if isinstance(value, (bool, np.bool_)) else None


def _int(value: object) -> int | None:
    return int(value) if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else None


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _array(value: object) -> Array | None:
    if isinstance(value, (str, bool, bytes)):
        return None
    try:
        array = np.array(value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        return None
    array.flags.writeable = False
    return array if np.isfinite(array).all() else None


def _brief(number: float) -> str:
    return f"{number:g}" if abs(number) < 10**300 else "a number of hundreds of digits"


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) >= 10**300:
        return _brief(value)
    text = str(value).replace("\n", " ")
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


_NORMAL: Mapping[str, Callable[[object], Value]] = MappingProxyType(
    {"bool": _bool, "int": _int, "float": _float, "text": _text, "choice": _text, "array": _array}
)
