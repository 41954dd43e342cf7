"""Gates that keep the entries and change their axes: transpose, reshape, flatten, broadcast, squeeze, expand."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Param, Port, Shape, shape_text
from gradstudio.gates.axes import (
    axis_param,
    new_place,
    place,
    refuse_wrong_count,
    seen_as,
    total,
    tuple_code,
    whole_numbers,
)


class ShapeGate(Gate):
    """A gate that moves entries and computes nothing."""

    category = Category.SHAPE
    inputs: ClassVar[tuple[Port, ...]] = (Port("x"),)


class Reshaping(ShapeGate):
    """A gate that gives the entries of x, in their order, another shape."""

    numpy_backward = "{dx} = np.reshape({dz}, {x}.shape)"

    def forward(self, x: Array) -> Array:
        """The entries in the new shape."""
        self.size = x.shape
        return x.reshape(self.shape(x.shape))

    def backward(self, dz: Array) -> Array:
        """Upstream in the shape of x."""
        return dz.reshape(self.size)

    def kernels(self, k: Kernels) -> bool:
        """One copy each way, where memory can be seen in both shapes."""
        x, dz = seen_as(k.x[0], k.z.shape), seen_as(k.dz, k.x[0].shape)
        if x is None or dz is None:
            return False
        k.ahead(np.copyto, k.z, x)
        if k.dx[0] is not None:
            k.back(np.copyto, k.dx[0], dz)
        return True


@register
class Reshape(Reshaping):
    """The same entries in another shape."""

    id = "reshape"
    title = "Reshape"
    formula = r"z = \text{reshape}(x)"
    help = "The same entries, row by row, in another shape; the batch axis stays unless it is given too."
    rule = "Reshape carries: every entry's gradient goes back to where the entry came from."
    keywords = ("view", "shape", "axes", "image")
    params = MappingProxyType(
        {
            "sizes": Param("text", "-1", "The new shape, such as “-1, 8”; one length may be −1, for what is left."),
            "keep_batch": Param("bool", True, "Leave the first axis as it is: the sizes are those of one sample."),
        }
    )

    sizes: str
    keep_batch: bool

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.wanted = whole_numbers(self.title, "sizes", self.sizes)
        if min(self.wanted, default=0) < -1 or self.wanted.count(-1) > 1:
            raise ParamError(f"Reshape needs lengths of at least 0, one of which may be −1; found “{self.sizes}”.")

    def shape(self, x: Shape) -> Shape:
        """The batch axis where it is kept, then the sizes with −1 worked out."""
        if self.keep_batch and not x:
            raise ShapeError("Reshape finds no batch axis in a scalar; switch “keep batch” off, or give it an array.")
        batch, sample = (x[:1], x[1:]) if self.keep_batch else ((), x)
        known = total(tuple(n for n in self.wanted if n != -1))
        rest = total(sample) // known if known else 0
        wanted = tuple(rest if n == -1 else n for n in self.wanted)
        refuse_wrong_count(self.title, sample, wanted)
        return batch + wanted

    def caption(self) -> str:
        """The sizes."""
        return f"N, {self.sizes}" if self.keep_batch else self.sizes

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the lengths of this gate in it."""
        sample = "{x}.shape[1:]" if self.keep_batch else "{x}.shape"
        known = total(tuple(n for n in self.wanted if n != -1))
        rest = f"math.prod({sample})" if known == 1 else f"math.prod({sample}) // {max(known, 1)}"
        lengths = [rest if n == -1 else str(n) for n in self.wanted]
        batch = ["{x}.shape[0]"] if self.keep_batch else []
        return f"{{z}} = np.reshape({{x}}, {tuple_code([*batch, *lengths])})"


@register
class Flatten(Reshaping):
    """Each sample as one row of numbers."""

    id = "flatten"
    title = "Flatten"
    formula = r"z = \text{flatten}(x)"
    help = "Makes one row of features of each sample (N×C×H×W becomes N×CHW); a single row stays as it is."
    rule = "Flatten carries: every entry's gradient goes back to where the entry came from."
    keywords = ("ravel", "features", "reshape", "vector")
    numpy_forward = "{z} = {x} if {x}.ndim == 1 else {x}.reshape({x}.shape[0], math.prod({x}.shape[1:]))"

    def shape(self, x: Shape) -> Shape:
        """The batch axis and all others as one."""
        if not x:
            raise ShapeError(f"Flatten needs a batch of samples, found {shape_text(x)}.")
        return x if len(x) == 1 else (x[0], total(x[1:]))

    def kernels(self, k: Kernels) -> bool:
        """Images as they lie in memory, row by row with the batch last, copied batch by batch."""
        if k.x[0].ndim != 4 or not k.z.T.flags.c_contiguous:
            return False
        n, *size = k.x[0].shape
        k.ahead(np.copyto, k.z.T.reshape(*size, n), k.x[0].transpose(1, 2, 3, 0))
        if k.dx[0] is not None:
            k.back(np.copyto, k.dx[0].transpose(1, 2, 3, 0), k.dz.T.reshape(*size, n))
        return True


@register
class Squeeze(Reshaping):
    """Without axes of length 1."""

    id = "squeeze"
    title = "Squeeze"
    common = False
    formula = r"z = \text{squeeze}(x)"
    help = "Takes away an axis of length 1, or all of them but the first, which is the batch."
    rule = "Squeeze carries: every entry's gradient goes back to where the entry came from."
    keywords = ("remove", "axis", "dimension", "singleton")
    params = MappingProxyType({"axis": axis_param(None, "The axis to take away; empty takes all but the batch.")})

    axis: int | None

    def shape(self, x: Shape) -> Shape:
        """That of x without these axes."""
        if self.axis is None:
            return x[:1] + tuple(n for n in x[1:] if n != 1)
        at = place(self.title, self.axis, x)
        if x[at] != 1:
            raise ShapeError(f"Squeeze needs length 1 on axis {self.axis}, found an input of {shape_text(x)}.")
        return x[:at] + x[at + 1 :]

    def caption(self) -> str:
        """The axis, where one is chosen."""
        return "" if self.axis is None else f"axis {self.axis}"

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code for one axis or all."""
        if self.axis is not None:
            return f"{{z}} = np.squeeze({{x}}, axis={self.axis})"
        return "{z} = {x}.reshape({x}.shape[:1] + tuple(length for length in {x}.shape[1:] if length != 1))"


@register
class ExpandDims(Reshaping):
    """With one more axis of length 1."""

    id = "expand_dims"
    title = "Expand dims"
    common = False
    formula = r"z = \text{expand}(x)"
    help = "Puts in an axis of length 1, along which it can then be broadcast."
    rule = "Expand dims carries: every entry's gradient goes back to where the entry came from."
    keywords = ("unsqueeze", "newaxis", "add axis", "dimension", "singleton")
    params = MappingProxyType({"axis": axis_param(-1, "Where the new axis is put; −1 is behind all others.")})
    numpy_forward = "{z} = np.expand_dims({x}, {axis})"

    axis: int

    def shape(self, x: Shape) -> Shape:
        """That of x with length 1 put in."""
        at = new_place(self.title, self.axis, x)
        return (*x[:at], 1, *x[at:])

    def caption(self) -> str:
        """The axis."""
        return f"axis {self.axis}"
