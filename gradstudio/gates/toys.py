"""Toy data: points in the plane with two classes or more, and numbers along a line."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Kind, Param, Port, Shape
from gradstudio.gates.sources import Source

SEED = Param("int", 0, "The same seed gives the same points.", low=0, high=2**32 - 1)


def points(default: int = 200) -> Param:
    """How many there are."""
    return Param("int", default, "How many points there are.", title="points", low=1, high=1_000_000)


def stray(default: float, what: str = "points stray from their place") -> Param:
    """How much noise there is."""
    return Param("float", default, f"How far {what}: a standard deviation.", low=0, high=10)


class Toy(Source):
    """Data drawn from a seed: one number draws the points, the pair of it and 1 the noise."""

    common = False
    rule = "Data has no gradient that training could use."
    keywords: ClassVar[tuple[str, ...]] = ("data", "dataset", "toy", "classification", "points", "input")

    count: int
    noise: float
    seed: int

    def drawn(self, *sizes: int) -> Array:
        """Numbers between 0 and 1."""
        return np.random.default_rng(self.seed).random(sizes)

    def strayed(self, exact: Array) -> Array:
        """The points with noise."""
        return exact + self.noise * np.random.default_rng([self.seed, 1]).standard_normal(exact.shape)


class Points(Toy):
    """Points in the plane with a class each."""

    outputs = (
        Port("X", "The points, one row each.", gradient=False),
        Port("labels", "The class of each point.", kind=Kind.LABELS, gradient=False),
    )

    def shape(self) -> tuple[Shape, Shape]:
        """One row of two numbers and one label for each point."""
        return (self.count, 2), (self.count,)

    def caption(self) -> str:
        """How many points."""
        return f"{self.count} × 2"


class Curve(Toy):
    """Numbers between −1 and 1, and for each the number to tell."""

    keywords: ClassVar[tuple[str, ...]] = ("data", "dataset", "toy", "regression", "points", "input", "curve")
    outputs = (
        Port("X", "Where on the line, one row each.", gradient=False),
        Port("y", "The number to tell, one row each.", gradient=False),
    )

    def shape(self) -> tuple[Shape, Shape]:
        """A row of one number for each point, twice."""
        return (self.count, 1), (self.count, 1)

    def exact(self, x: Array) -> Array:
        """The numbers to tell, without noise."""
        raise NotImplementedError

    def forward(self) -> tuple[Array, Array]:
        """Where, and what."""
        X = 2 * self.drawn(self.count, 1) - 1
        return X, self.strayed(self.exact(X))

    def caption(self) -> str:
        """How many points."""
        return f"{self.count} × 1"


NOISY = "+ {noise} * np.random.default_rng([{seed}, 1]).standard_normal(({count}, 2))"
NOISY_LINE = "+ {noise} * np.random.default_rng([{seed}, 1]).standard_normal(({count}, 1))"
LINE = "{X} = 2 * np.random.default_rng({seed}).random(({count}, 1)) - 1\n"
SQUARE = "{X} = 2 * np.random.default_rng({seed}).random(({count}, 2)) - 1\n"


@register
class Circles(Points):
    """One ring of points within another."""

    id = "circles"
    title = "Circles"
    formula = r"X = r\,[\cos t,\; \sin t]"
    help = "Points on two rings, one within the other: two classes no line divides."
    names = ("circles",)
    params = MappingProxyType(
        {
            "count": points(),
            "inner": Param("float", 0.5, "Radius of the inner ring; that of the outer one is 1.", low=0, high=1),
            "noise": stray(0.1),
            "seed": SEED,
        }
    )
    numpy_forward = (
        "{labels} = np.arange({count}) % 2\n"
        "{X} = 2 * np.pi * np.random.default_rng({seed}).random({count})\n"
        "{X} = (np.where({labels} == 1, {inner}, 1.0) * np.array([np.cos({X}), np.sin({X})])).T\n"
        "{X} = {X} " + NOISY
    )

    inner: float

    def forward(self) -> tuple[Array, Array]:
        """The points in turn on the outer ring (class 0) and the inner one (class 1)."""
        labels, t = np.arange(self.count) % 2, 2 * np.pi * self.drawn(self.count)
        ring = np.where(labels == 1, self.inner, 1.0) * np.array([np.cos(t), np.sin(t)])
        return self.strayed(ring.T), labels


@register
class Moons(Points):
    """Two half rings that reach into each other."""

    id = "moons"
    title = "Moons"
    formula = r"X = \pm[\cos t,\; \sin t] + c"
    help = "Points on two half moons that reach into each other: two classes no line divides."
    names = ("moons",)
    params = MappingProxyType({"count": points(), "noise": stray(0.1), "seed": SEED})
    numpy_forward = (
        "{labels} = np.arange({count}) % 2\n"
        "{X} = np.pi * np.random.default_rng({seed}).random({count})\n"
        "{X} = np.where({labels} == 1, [1 - np.cos({X}), 0.5 - np.sin({X})], [np.cos({X}), np.sin({X})]).T\n"
        "{X} = {X} " + NOISY
    )

    def forward(self) -> tuple[Array, Array]:
        """The points in turn on the upper moon (class 0) and the lower one (class 1)."""
        labels, t = np.arange(self.count) % 2, np.pi * self.drawn(self.count)
        moon = np.where(labels == 1, [1 - np.cos(t), 0.5 - np.sin(t)], [np.cos(t), np.sin(t)])
        return self.strayed(moon.T), labels


@register
class Blobs(Points):
    """Clouds of points around centres on a circle."""

    id = "blobs"
    title = "Blobs"
    formula = r"X = c_k + \sigma \varepsilon"
    help = "Points strewn around centres on a circle of radius 2, one centre per class: classes that lines divide."
    names = ("blobs",)
    params = MappingProxyType(
        {
            "count": points(),
            "classes": Param("int", 3, "Number of clouds.", low=2, high=20),
            "noise": stray(0.5),
            "seed": SEED,
        }
    )
    numpy_forward = (
        "{labels} = np.arange({count}) % {classes}\n"
        "{X} = 2 * np.pi * {labels} / {classes}\n"
        "{X} = (2 * np.array([np.cos({X}), np.sin({X})])).T\n"
        "{X} = {X} " + NOISY
    )

    classes: int

    def forward(self) -> tuple[Array, Array]:
        """The points, in turn around each centre."""
        labels = np.arange(self.count) % self.classes
        t = 2 * np.pi * labels / self.classes
        return self.strayed((2 * np.array([np.cos(t), np.sin(t)])).T), labels

    def caption(self) -> str:
        """How many points and classes."""
        return f"{self.count} × 2, {self.classes} classes"


@register
class Xor(Points):
    """Four quarters of a square in two classes."""

    id = "xor_points"
    title = "XOR points"
    formula = r"y = [x_1 > 0] \oplus [x_2 > 0]"
    help = "Points in a square, of class 1 where just one of their two numbers is positive."
    keywords = ("xor", "exclusive or", *Points.keywords)
    names = ("xor",)
    params = MappingProxyType({"count": points(), "noise": stray(0.0), "seed": SEED})
    numpy_forward = SQUARE + "{labels} = (({X}[:, 0] > 0) != ({X}[:, 1] > 0)).astype(np.int64)\n" + "{X} = {X} " + NOISY

    def forward(self) -> tuple[Array, Array]:
        """The points, and the class of the place each had before it strayed."""
        X = 2 * self.drawn(self.count, 2) - 1
        return self.strayed(X), ((X[:, 0] > 0) != (X[:, 1] > 0)).astype(np.int64)


@register
class Checkerboard(Points):
    """Squares of a board in two classes."""

    id = "checkerboard"
    title = "Checkerboard"
    formula = r"y = (\lfloor x_1 \rfloor + \lfloor x_2 \rfloor) \bmod 2"
    help = "Points on a board whose white squares are one class and the black ones the other."
    names = ("checkerboard",)
    params = MappingProxyType(
        {
            "count": points(400),
            "squares": Param("int", 4, "Squares along a side.", low=1, high=50),
            "noise": stray(0.0),
            "seed": SEED,
        }
    )
    numpy_forward = (
        SQUARE
        + "{labels} = np.floor(({X} + 1) / 2 * {squares}).astype(np.int64).sum(axis=1) % 2\n"
        + "{X} = {X} "
        + NOISY
    )

    squares: int

    def forward(self) -> tuple[Array, Array]:
        """The points, and the colour of the square each was on before it strayed."""
        X = 2 * self.drawn(self.count, 2) - 1
        return self.strayed(X), np.floor((X + 1) / 2 * self.squares).astype(np.int64).sum(axis=1) % 2


@register
class LineData(Curve):
    """Numbers along a straight line."""

    id = "line_data"
    title = "Line data"
    formula = r"y = a x + b + \varepsilon"
    help = "Points around a straight line: what linear regression finds again."
    keywords = ("linear", *Curve.keywords)
    names = ("line",)
    params = MappingProxyType(
        {
            "count": points(100),
            "slope": Param("float", 2.0, "How steep the line is: a above.", low=-1000, high=1000),
            "intercept": Param("float", 0.5, "Its height at 0: b above.", low=-1000, high=1000),
            "noise": stray(0.1, "numbers stray from the line"),
            "seed": SEED,
        }
    )
    numpy_forward = LINE + "{y} = {slope} * {X} + {intercept} " + NOISY_LINE

    slope: float
    intercept: float

    def exact(self, x: Array) -> Array:
        """The line."""
        return self.slope * x + self.intercept


@register
class SineData(Curve):
    """Numbers along a wave."""

    id = "sine_data"
    title = "Sine data"
    formula = r"y = \sin(\pi f x) + \varepsilon"
    help = "Points around a wave: what needs hidden units to be told."
    keywords = ("wave", *Curve.keywords)
    names = ("wave",)
    params = MappingProxyType(
        {
            "count": points(),
            "waves": Param("float", 1.0, "Waves between −1 and 1: f above.", low=0, high=100),
            "noise": stray(0.1, "numbers stray from the wave"),
            "seed": SEED,
        }
    )
    numpy_forward = LINE + "{y} = np.sin(np.pi * {waves} * {X}) " + NOISY_LINE

    waves: float

    def exact(self, x: Array) -> Array:
        """The wave."""
        return np.asarray(np.sin(np.pi * self.waves * x))


@register
class StepData(Curve):
    """Numbers along a jump."""

    id = "step_data"
    title = "Step data"
    formula = r"y = [x > 0] + \varepsilon"
    help = "Points around a jump from 0 to 1: what a sigmoid comes near and a line doesn't."
    keywords = ("jump", *Curve.keywords)
    names = ("jump",)
    params = MappingProxyType({"count": points(), "noise": stray(0.1, "numbers stray from the jump"), "seed": SEED})
    numpy_forward = LINE + "{y} = ({X} > 0).astype(float) " + NOISY_LINE

    def exact(self, x: Array) -> Array:
        """The jump."""
        return (x > 0).astype(np.float64)
