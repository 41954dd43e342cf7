"""Gates without inputs: numbers, learnable numbers, labels, and the spiral data of the course."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import Array, Category, Gate, Kind, Param, Port, Shape, Weight
from gradstudio.gates.axes import whole_numbers
from gradstudio.gates.common import number


class Source(Gate):
    """A gate without inputs: gradients end here."""

    category = Category.DATA

    def backward(self, *upstream: Array) -> tuple[()]:
        """There is nothing further up."""
        return ()


@register
class Constant(Source):
    """A number or array that stays as it is."""

    id = "constant"
    title = "Constant"
    formula = r"x"
    help = "A number or array typed by hand; its gradient is shown, but training leaves it as it is."
    rule = "A constant collects: its gradient is the sum of what comes back over all its wires."
    keywords = ("input", "number", "value", "data", "literal")
    names = ("x", "y", "z", "w", "a", "b", "c", "d", "e", "g", "h")
    outputs = (Port("value", "The number or array."),)
    params = MappingProxyType({"value": Param("array", 0.0, "A number, or a list such as [[1, 2], [3, 4]].")})

    value: Array

    def shape(self) -> Shape:
        """That of the value."""
        return self.value.shape

    def forward(self) -> Array:
        """The value."""
        return self.value


@register
class Parameter(Source):
    """A learnable number or array: its weight port is its output."""

    id = "parameter"
    title = "Parameter"
    formula = r"w"
    help = "A number or array that training changes, starting at a value typed by hand."
    rule = "A parameter collects: its gradient is the sum of what comes back over all wires; a step goes against it."
    keywords = ("weight", "learnable", "trainable", "variable", "leaf")
    names = ("w", "W", "b", "v", "V", "u", "U")
    outputs = ()
    weights = (Weight("value", "The learnable number or array.", start="value"),)
    params = MappingProxyType({"value": Param("array", 0.0, "Where training starts: a number, or a list of numbers.")})

    value: Array

    def shape(self) -> tuple[()]:
        """No outputs but the weight."""
        return ()

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """That of the start value."""
        return (self.value.shape,)

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """The start value."""
        return self.value

    def forward(self, value: Array) -> tuple[()]:
        """Nothing is computed: the weight itself is what wires carry."""
        return ()


@register
class Labels(Source):
    """Class labels typed by hand."""

    id = "labels"
    title = "Labels"
    formula = r"y"
    help = "The true class of each example, typed by hand: whole numbers from 0."
    rule = "Labels have no gradient: a class is not a quantity."
    keywords = ("class", "target", "y", "truth", "integer")
    names = ("labels", "classes")
    outputs = (Port("labels", "The true classes.", kind=Kind.LABELS, gradient=False),)
    params = MappingProxyType({"value": Param("array", 0.0, "A class, or a list of classes such as [0, 2, 1].")})

    value: Array

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        wrong = self.value[(self.value < 0) | (self.value != np.rint(self.value)) | (self.value > 2**53)]
        if wrong.size:
            raise ParamError(f"value needs whole numbers from 0, found {number(float(wrong[0]))}.")

    def shape(self) -> Shape:
        """That of the value."""
        return self.value.shape

    def forward(self) -> Array:
        """The labels as integers."""
        return self.value.astype(np.int64)


@register
class Spiral(Source):
    """The spiral data of the course."""

    id = "spiral"
    title = "Spiral"
    formula = r"X = [\,r \sin t,\; r \cos t\,]"
    help = "Points on intertwined spirals, one arm per class: data no linear classifier can separate."
    rule = "Data has no gradient that training could use."
    keywords = ("data", "dataset", "toy", "classification", "points", "input")
    names = ("spiral",)
    outputs = (
        Port("X", "The points, one row each.", gradient=False),
        Port("labels", "The arm each point lies on.", kind=Kind.LABELS, gradient=False),
    )
    params = MappingProxyType(
        {
            "classes": Param("int", 3, "Number of arms.", low=2, high=5),
            "per_class": Param("int", 100, "Points on each arm.", title="points per class", low=1, high=100_000),
            "noise": Param("float", 0.2, "How far points stray from their arm, in radians.", low=0, high=10),
            "seed": Param("int", 0, "The same seed gives the same points.", low=0, high=2**32 - 1),
        }
    )
    numpy_forward = (
        "{X} = np.linspace(4 * np.arange({classes}), 4 * np.arange({classes}) + 4, {per_class}, axis=1)\n"
        "{X} = {X} + {noise} * np.random.RandomState({seed}).randn({classes}, {per_class})\n"
        "{X} = np.linspace(0, 1, {per_class}) * np.array([np.sin({X}), np.cos({X})])\n"
        "{X} = {X}.reshape(2, -1).T\n"
        "{labels} = np.repeat(np.arange({classes}), {per_class})"
    )

    classes: int
    per_class: int
    noise: float
    seed: int

    def shape(self) -> tuple[Shape, Shape]:
        """One row of two numbers and one label for each point."""
        count = self.classes * self.per_class
        return (count, 2), (count,)

    def forward(self) -> tuple[Array, Array]:
        """Points and labels. The legacy generator, drawn class by class, gives the course's own points."""
        random = np.random.RandomState(self.seed)
        r = np.linspace(0, 1, self.per_class)
        arms = []
        for j in range(self.classes):
            t = np.linspace(4 * j, 4 * (j + 1), self.per_class) + self.noise * random.randn(self.per_class)
            arms.append(np.stack([r * np.sin(t), r * np.cos(t)], axis=1))
        return np.concatenate(arms), np.repeat(np.arange(self.classes), self.per_class)

    def caption(self) -> str:
        """How many points and classes."""
        return f"{self.classes * self.per_class} × 2, {self.classes} classes"


@register
class RandomNumbers(Source):
    """Numbers drawn at random: something to feed a network with before there is data."""

    id = "random"
    title = "Random"
    formula = r"x \sim \mathcal{N}(0, s^2)"
    help = "Normal random numbers of a chosen shape: something to try a network on before there is data."
    rule = "A source collects: its gradient is the sum of what comes back over all its wires."
    keywords = ("input", "noise", "normal", "gaussian", "placeholder", "data", "batch")
    names = ("input",)
    outputs = (Port("x", "The numbers."),)
    params = MappingProxyType(
        {
            "sizes": Param(
                "text", "32, 8", "Lengths of the axes, the batch first: 32, 8 or 32, 1, 28, 28.", title="shape"
            ),
            "scale": Param("float", 1.0, "Standard deviation of the numbers.", low=0, high=1e6),
            "seed": Param("int", 0, "The same seed gives the same numbers.", low=0, high=2**32 - 1),
        }
    )
    numpy_forward = "{x} = {scale} * np.random.default_rng({seed}).standard_normal(({sizes},))"

    sizes: str
    scale: float
    seed: int

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.lengths = whole_numbers(self.title, "shape", self.sizes)
        wrong = [length for length in self.lengths if length < 1]
        if wrong or len(self.lengths) > 8:
            raise ParamError(f"shape needs up to 8 lengths of at least 1, found {self.sizes}.")

    def shape(self) -> Shape:
        """As chosen."""
        return self.lengths

    def forward(self) -> Array:
        """The numbers, the same every time."""
        return self.scale * np.random.default_rng(self.seed).standard_normal(self.lengths)

    def caption(self) -> str:
        """The shape."""
        return "×".join(str(length) for length in self.lengths)
