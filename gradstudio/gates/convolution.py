"""Convolution: one small filter looked for everywhere in an image."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Param, Port, Shape, Weight, shape_text
from gradstudio.gates.common import matmul_quietly
from gradstudio.gates.convolution_kernels import Sight
from gradstudio.gates.initial import GAIN, INIT, check_pins, drawn, pin
from gradstudio.gates.windows import PADDING, STRIDE, Windows


@register
class Conv2D(Gate):
    """Every filter held against every window of an image: a cross-correlation, as everywhere in deep learning.

    The windows are laid side by side as columns of one matrix, so that the layer is a matrix product and its backward
    pass that of MatMul.
    """

    id = "conv2d"
    title = "Conv2D"
    category = Category.LAYER
    formula = r"z_{n,f,h,w} = b_f + \sum_{c,i,j} W_{f,c,i,j}\; x_{n,\,c,\,hs+id-p,\,ws+jd-p}"
    help = "Looks for the same small patterns at every place of an image: each filter gives a map of where it fits."
    rule = (
        "Conv2D switches like MatMul, at every window: dW adds up window × upstream, "
        "dx adds up W × upstream where windows overlap, and a filter's bias gets the sum of its map."
    )
    keywords = ("convolution", "cnn", "convnet", "filter", "kernel", "image", "layer", "cross-correlation", "grouped")
    names = ("conv",)
    inputs = (Port("x", "Images, N×C×H×W: batch, channels, rows, columns."),)
    weights = (
        Weight("W", "Filters, filters × channels ÷ groups × kernel × kernel.", start="start_W"),
        Weight("b", "Biases, one per filter.", start="start_b"),
    )
    params = MappingProxyType(
        {
            "filters": Param("int", 8, "Number of filters: the channels of the output.", low=1, high=65536),
            "kernel": Param("int", 3, "Rows and columns of a filter.", title="kernel size", low=1, high=1024),
            "stride": STRIDE,
            "padding": PADDING,
            "same": Param("bool", False, "Pad so that with a stride of 1 the size stays; padding is then ignored."),
            "dilation": Param("int", 1, "Pixels from one pixel a filter looks at to its next.", low=1, high=1024),
            "groups": Param(
                "int", 1, "Channels and filters fall into so many groups that don't see each other.", low=1, high=65536
            ),
            "bias": Param("bool", True, "Add a learnable bias to each filter's map."),
            "init": INIT,
            "gain": GAIN,
            "start_W": pin("W"),
            "start_b": pin("b"),
        }
    )

    filters: int
    kernel: int
    stride: int
    padding: int
    same: bool
    dilation: int
    groups: int
    bias: bool
    init: str
    gain: float

    def windows(self) -> Windows:
        """Where the filters look."""
        around = self.dilation * (self.kernel - 1)
        before, after = (around // 2, around - around // 2) if self.same else (self.padding, self.padding)
        return Windows(self.kernel, self.stride, before, after, self.dilation)

    def active_weights(self) -> tuple[Weight, ...]:
        """W, and b unless it is switched off."""
        return self.weights if self.bias else self.weights[:1]

    def shape(self, x: Shape) -> Shape:
        """A map for each filter."""
        self.weight_shapes(x)
        n, _, height, width = self.windows().shape(self.title, x)
        return (n, self.filters, height, width)

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Filters × channels of a group × kernel × kernel, and one bias for each filter."""
        (x,) = inputs
        self.windows().shape(self.title, x)
        if x[1] % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"Conv2D's number of groups must divide channels and filters; "
                f"there are {self.groups} groups, {x[1]} channels (of {shape_text(x)}) and {self.filters} filters."
            )
        shapes = ((self.filters, x[1] // self.groups, self.kernel, self.kernel), (self.filters,))
        return check_pins(self, shapes[: len(self.active_weights())], f"an input of {shape_text(x)}")

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """Random numbers as `init` says for the filters (each has channels × kernel × kernel inputs), zeros for b."""
        if weight == "b":
            return np.zeros(shape)
        return drawn(self.init, self.gain, shape, math.prod(shape[1:]), rng)

    def expand(self, x: Expression, W: Expression, b: Expression | None = None) -> Expression | None:
        """The windows picked from the images as columns, and a matrix product with the filters as rows."""
        looked = self.windows().gathered(x)
        if looked is None:
            return None
        formula, groups = x.formula, () if self.groups == 1 else (self.groups,)
        channels, rows, columns, pixels = looked.shape[1:]
        turned = formula.one("transpose", looked, axes="0, 1, 4, 2, 3")
        taken = channels * pixels // self.groups
        stacked = formula.one("reshape", turned, sizes=_sizes(*groups, taken, rows * columns))
        filters = formula.one("reshape", W, sizes=_sizes(*groups, self.filters // self.groups, taken), keep_batch=False)
        maps = formula.one("reshape", filters @ stacked, sizes=_sizes(self.filters, rows, columns))
        return maps if b is None else maps + formula.one("reshape", b, sizes="-1, 1, 1", keep_batch=False)

    @matmul_quietly
    def forward(self, x: Array, W: Array, b: Array | None = None) -> Array:
        """Filters × windows. Both are kept for the way back, as matrices of each group."""
        self.x_shape, self.W_shape = x.shape, W.shape
        self.columns = self._columns(x)
        self.rows = W.reshape(self.groups, self.filters // self.groups, -1)
        n, _, *size = self.windows().shape(self.title, x.shape)
        z = np.matmul(self.rows, self.columns).reshape(self.filters, n, *size)
        if b is not None:
            z += b[:, None, None, None]
        return np.asarray(z.swapaxes(0, 1))

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, ...]:
        """As in MatMul; what flows back to the windows is added up where they overlap."""
        maps = dz.swapaxes(0, 1).reshape(self.groups, self.filters // self.groups, -1)
        dW = np.matmul(maps, self.columns.swapaxes(1, 2)).reshape(self.W_shape)
        dx = self._images(np.matmul(self.rows.swapaxes(1, 2), maps), dz.shape)
        return (dx, dW, dz.sum(axis=(0, 2, 3))) if self.bias else (dx, dW)

    def kernels(self, k: Kernels) -> bool:
        """For images in the plan's memory order: strips of columns and one product for each row of the output."""
        if self.groups != 1 or self.dilation != 1 or not (k.x[0].size and k.z.size):
            return False
        if not all(_in_strips(array) for array in (k.z, k.dz, k.dx[0]) if array is not None):
            return False
        windows = self.windows()
        Sight(self.kernel, self.stride, windows.before, windows.after).emit(k)
        return True

    def caption(self) -> str:
        """Filters and kernel: "8 of 3×3"."""
        return f"{self.filters} of {self.kernel}×{self.kernel}"

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the numbers of this layer in it."""
        windows = self.windows()
        looked = windows.windows_code(windows.padded_code("{x}"))
        return "\n".join([*self._product_code(looked), "{z} = {z} + {b}[:, None, None]"])

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code with the numbers of this layer in it."""
        windows = self.windows()
        looked = windows.windows_code(windows.padded_code("{x}"))
        return "\n".join(
            [
                *self._input_gradient_code(),
                f"{{dx}} = {windows.gathered_code(windows.places_code(), '{dx}')}",
                *self._filter_gradient_code(looked),
                "{db} = {dz}.sum(axis=(0, 2, 3))",
            ]
        )

    def _columns(self, x: Array) -> Array:
        """Groups × (channels × kernel × kernel) × (images × windows): every window as a column."""
        windows = self.windows()
        n, channels, *size = windows.shape(self.title, x.shape)
        columns = np.empty((channels, self.kernel**2, n, *size), x.dtype)
        for k, pixel in enumerate(windows.pixels(windows.pad(x))):
            columns[:, k] = pixel.swapaxes(0, 1)
        return columns.reshape(self.groups, channels // self.groups * self.kernel**2, -1)

    def _images(self, columns: Array, output: Shape) -> Array:
        """Images of what lies in the columns, added up: the way back of `_columns`."""
        windows, (n, channels, height, width) = self.windows(), self.x_shape
        around = windows.before + windows.after
        padded = np.zeros((n, channels, height + around, width + around), columns.dtype)
        parts = columns.reshape(channels, self.kernel**2, n, *output[2:])
        for k, pixel in enumerate(windows.pixels(padded)):
            np.add(pixel, parts[:, k].swapaxes(0, 1), out=pixel)
        return windows.inside(padded, self.x_shape)

    def _product_code(self, looked: str) -> list[str]:
        if self.groups == 1:
            return [f"{{z}} = {looked}", '{z} = np.einsum("nchwij,fcij->nfhw", {z}, {W}, optimize=True)']
        return [
            f"{{z}} = {_split(looked, self.groups, 1)}",
            f'{{z}} = np.einsum("nkchwij,kfcij->nkfhw", {{z}}, {_split("{W}", self.groups, 0)}, optimize=True)',
            f"{{z}} = {{z}}.reshape(len({{x}}), {self.filters}, *{{z}}.shape[3:])",
        ]

    def _input_gradient_code(self) -> list[str]:
        if self.groups == 1:
            return ['{dx} = np.einsum("nfhw,fcij->nchwij", {dz}, {W}, optimize=True)']
        given, filters = _split("{dz}", self.groups, 1), _split("{W}", self.groups, 0)
        return [f'{{dx}} = np.einsum("nkfhw,kfcij->nkchwij", {given}, {filters}, optimize=True)']

    def _filter_gradient_code(self, looked: str) -> list[str]:
        if self.groups == 1:
            return [f'{{dW}} = np.einsum("nfhw,nchwij->fcij", {{dz}}, {looked}, optimize=True)']
        given = _split("{dz}", self.groups, 1)
        return [
            f"{{dW}} = {_split(looked, self.groups, 1)}",
            f'{{dW}} = np.einsum("nkfhw,nkchwij->kfcij", {given}, {{dW}}, optimize=True).reshape({{W}}.shape)',
        ]


def _sizes(*lengths: int) -> str:
    """Lengths of axes as Reshape takes them."""
    return ", ".join(map(str, lengths))


def _in_strips(images: Array) -> bool:
    """Whether the columns and the batch of images follow each other in memory."""
    n, _, _, width = images.shape
    return bool(width == 1 or n == 1 or images.strides[3] == n * images.strides[0])


def _split(array: str, groups: int, axis: int) -> str:
    """Code of an array with one axis split into groups."""
    if axis == 0:
        return f"np.stack(np.split({array}, {groups}))"
    return f"np.stack(np.split({array}, {groups}, axis={axis}), axis={axis})"
