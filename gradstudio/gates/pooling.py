"""Pooling: images made smaller by keeping one number of each window."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Param, Port, Shape
from gradstudio.gates.windows import PADDING, Windows, refuse_no_images

BORDER = -1e30
"""What an opened max pooling puts around images, where −∞ can't be written down: it loses to every pixel."""
IMAGES = (Port("x", "Images, N×C×H×W: batch, channels, rows, columns."),)


class Pool(Gate):
    """One number of each window of each channel."""

    category = Category.LAYER
    inputs = IMAGES
    params = MappingProxyType(
        {
            "kernel": Param("int", 2, "Rows and columns of a window.", title="kernel size", low=1, high=1024),
            "stride": Param(
                "int",
                None,
                "How many pixels the window moves on; as many as it has where empty, so that windows don't overlap.",
                low=1,
                high=1024,
                optional=True,
            ),
            "padding": PADDING,
        }
    )

    kernel: int
    stride: int | None
    padding: int

    def windows(self) -> Windows:
        """What is looked at."""
        return Windows(self.kernel, self.stride or self.kernel, self.padding, self.padding)

    def shape(self, x: Shape) -> Shape:
        """One pixel for each window."""
        made = self.windows().shape(self.title, x)
        if 2 * self.padding > self.kernel:
            raise ShapeError(
                f"{self.title} with a kernel of {self.kernel} takes a padding of at most {self.kernel // 2}, found "
                f"{self.padding}: some windows would hold nothing else."
            )
        return made

    def caption(self) -> str:
        """Size of the windows, and the stride where it isn't the same."""
        size = f"{self.kernel}×{self.kernel}"
        return size if self.stride in (None, self.kernel) else f"{size}, stride {self.stride}"

    def _padded_zeros(self) -> Array:
        """An array to add gradients up in, as large as the padded images."""
        n, channels, height, width = self.x_shape
        around = 2 * self.padding
        return np.zeros((n, channels, height + around, width + around), self.dtype)

    def _keep(self, x: Array) -> None:
        self.x_shape, self.dtype = x.shape, x.dtype


def bordered(k: Kernels, images: Array, windows: Windows) -> Array:
    """A work array as large as images with their border, laid like them; the images where they have none."""
    around = windows.before + windows.after
    if not around:
        return images
    axes = sorted(range(4), key=lambda axis: -abs(images.strides[axis]))
    lengths = (*images.shape[:2], *(length + around for length in images.shape[2:]))
    return k.scratch(tuple(lengths[axis] for axis in axes)).transpose(np.argsort(axes))


class _Tournament:
    """The largest of several arrays, entry by entry, and the way back to the first that is so."""

    def __init__(self, k: Kernels, entrants: list[Array], best: Array) -> None:
        """Calls that write the largest into `best`."""
        self._k = k
        self._entrants = entrants
        self._champions = [entrants[0], *(k.scratch_like(best) for _ in entrants[2:])]
        for champion, challenger, largest in zip(
            self._champions, entrants[1:], [*self._champions[1:], best], strict=True
        ):
            k.ahead(np.maximum, champion, challenger, out=largest)

    def back(self, upstream: Array, gradients: list[Array]) -> None:
        """Calls that hand the upstream gradient to the winners, 0 to the others."""
        k = self._k
        won, left = k.scratch_like(upstream, np.bool_), upstream
        for number in range(len(gradients) - 1, 0, -1):
            rest = gradients[0] if number == 1 else k.scratch_like(upstream)
            k.back(np.greater, self._entrants[number], self._champions[number - 1], out=won)
            k.back(np.multiply, left, won, out=gradients[number])
            k.back(np.subtract, left, gradients[number], out=rest)
            left = rest


@register
class MaxPool2D(Pool):
    """The largest number of each window."""

    id = "max_pool2d"
    title = "MaxPool2D"
    names = ("pool",)
    formula = r"z_{n,c,h,w} = \max_{i,j}\; x_{n,\,c,\,hs+i-p,\,ws+j-p}"
    help = "Keeps the largest number of each window: that something was found matters, its exact place doesn't."
    rule = (
        "Max pooling routes: the upstream gradient goes to the largest entry of its window, the others get 0; "
        "a tie goes to the first, row by row."
    )
    stops = "an entry lost where another one of its window is larger"
    keywords = ("pooling", "maximum", "downsample", "subsample", "cnn", "convnet", "image")

    def expand(self, x: Expression) -> Expression | None:
        """The windows picked from the images, and the largest entry of each."""
        looked = self.windows().gathered(x, BORDER)
        return None if looked is None else x.formula.one("reduce_max", looked, axis=-1)

    def forward(self, x: Array) -> Array:
        """The largest entries, which also tell the way back."""
        self._keep(x)
        self.padded = self.windows().pad(x, -np.inf)
        first, *others = self.windows().pixels(self.padded)
        self.z = first.copy()
        for pixel in others:
            np.maximum(self.z, pixel, out=self.z)
        return self.z

    def backward(self, dz: Array) -> Array:
        """Upstream to the first entry of each window that is the largest."""
        dx, free = self._padded_zeros(), np.ones(self.z.shape, np.bool_)
        for pixel, gradient in zip(self.windows().pixels(self.padded), self.windows().pixels(dx), strict=True):
            chosen = (pixel == self.z) & free
            free &= ~chosen
            np.add(gradient, dz * chosen, out=gradient)
        return self.windows().inside(dx, self.x_shape)

    def kernels(self, k: Kernels) -> bool:
        """For windows that don't overlap and aren't padded: a tournament among columns, then one among their winners.

        The first row by row wins a tie this way too. Going back from the last of a row of entrants, one that has
        beaten all before it takes what of the gradient isn't taken yet.
        """
        windows = self.windows()
        if windows.before or windows.stride != windows.size or windows.size == 1:
            return False
        _, _, height, width = k.z.shape
        size = windows.size
        x = k.x[0][:, :, : height * size, : width * size]
        by_column = [x[:, :, :, column::size] for column in range(size)]
        rows = k.scratch_like(by_column[0])
        by_row = [rows[:, :, row::size] for row in range(size)]
        first, second = _Tournament(k, by_column, rows), _Tournament(k, by_row, k.z)
        if k.dx[0] is not None:
            back = k.scratch_like(rows)
            second.back(k.dz, [back[:, :, row::size] for row in range(size)])
            if x.size < k.x[0].size:
                k.back(np.copyto, k.dx[0], 0)
            dx = k.dx[0][:, :, : height * size, : width * size]
            first.back(back, [dx[:, :, :, column::size] for column in range(size)])
        return True

    def branch(self, x: Array) -> Array:
        """Which entry of each window is the largest."""
        pixels = list(self.windows().pixels(self.windows().pad(x, -np.inf)))
        return np.asarray(np.argmax(pixels, axis=0))

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the numbers of this gate in it."""
        return f"{{z}} = {self._looked_code()}.max(axis=(4, 5))"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code with the numbers of this gate in it: the places of the largest entries, and a sum at each place."""
        windows, entries = self.windows(), f"reshape(*{{z}}.shape, {self.kernel**2})"
        places = f"np.take_along_axis({windows.places_code()}.{entries}, {{dx}}[..., None], axis=-1)"
        return "\n".join(
            [
                f"{{dx}} = {self._looked_code()}.{entries}.argmax(axis=-1)",
                f"{{dx}} = {places}",
                f"{{dx}} = {windows.gathered_code('{dx}', '{dz}')}",
            ]
        )

    def _looked_code(self) -> str:
        return self.windows().windows_code(self.windows().padded_code("{x}", "-np.inf"))


@register
class AveragePool2D(Pool):
    """The mean of each window."""

    id = "average_pool2d"
    title = "AveragePool2D"
    common = False
    names = ("pool",)
    formula = r"z_{n,c,h,w} = \frac{1}{k^2} \sum_{i,j} x_{n,\,c,\,hs+i-p,\,ws+j-p}"
    help = "The mean of each window: a smaller, smoother image. Zeros of the padding count."
    rule = "Average pooling distributes: every entry of a window gets the upstream gradient ÷ k²."
    keywords = ("pooling", "mean", "downsample", "subsample", "cnn", "convnet", "image")

    def expand(self, x: Expression) -> Expression | None:
        """The windows picked from the images, and the mean of each."""
        looked = self.windows().gathered(x)
        return None if looked is None else x.formula.one("mean", looked, axis=-1)

    def forward(self, x: Array) -> Array:
        """The sum of each window ÷ the number of its pixels."""
        self._keep(x)
        first, *others = self.windows().pixels(self.windows().pad(x))
        z = first.copy()
        for pixel in others:
            z += pixel
        return np.asarray(z / self.kernel**2)

    def backward(self, dz: Array) -> Array:
        """Upstream ÷ k² to each pixel of a window."""
        dx, share = self._padded_zeros(), dz / self.kernel**2
        for gradient in self.windows().pixels(dx):
            np.add(gradient, share, out=gradient)
        return self.windows().inside(dx, self.x_shape)

    def kernels(self, k: Kernels) -> bool:
        """A pixel of all windows at a time, added up forward and given its share back; borders in an array beside."""
        windows, share, (dx,) = self.windows(), k.const(1 / self.kernel**2), k.dx
        padded = bordered(k, k.x[0], windows)
        if padded is not k.x[0]:
            k.ahead(np.copyto, windows.inside(padded, k.x[0].shape), k.x[0])
        first, *others = windows.pixels(padded)
        k.ahead(np.multiply, first, share, out=k.z) if not others else k.ahead(np.add, first, others[0], out=k.z)
        for pixel in others[1:]:
            k.ahead(np.add, k.z, pixel, out=k.z)
        if others:
            k.ahead(np.multiply, k.z, share, out=k.z)
        if dx is not None:
            self._spread(k, dx, share)
        return True

    def _spread(self, k: Kernels, dx: Array, share: Array) -> None:
        windows, part = self.windows(), k.scratch_like(k.dz)
        k.back(np.multiply, k.dz, share, out=part)
        gradients = bordered(k, dx, windows)
        apart = windows.stride >= windows.size
        if not apart or gradients.size > part.size * windows.size**2:
            k.back(np.copyto, gradients, k.const(0))
        for pixel in windows.pixels(gradients):
            k.back(np.copyto, pixel, part) if apart else k.back(np.add, pixel, part, out=pixel)
        if gradients is not dx:
            k.back(np.copyto, dx, windows.inside(gradients, dx.shape))

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the numbers of this gate in it."""
        return f"{{z}} = {self.windows().windows_code(self.windows().padded_code('{x}'))}.mean(axis=(4, 5))"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code with the numbers of this gate in it."""
        windows = self.windows()
        return "\n".join(
            [
                f"{{dx}} = np.repeat({{dz}} / {self.kernel**2}, {self.kernel**2})",
                f"{{dx}} = {windows.gathered_code(windows.places_code(), '{dx}')}",
            ]
        )


class GlobalPool(Gate):
    """One number of each channel of each image."""

    category = Category.LAYER
    names = ("pool",)
    inputs = IMAGES

    def shape(self, x: Shape) -> Shape:
        """N×C."""
        refuse_no_images(self.title, x)
        return x[:2]


@register
class GlobalAveragePool2D(GlobalPool):
    """The mean of each channel."""

    id = "global_average_pool2d"
    title = "GlobalAveragePool2D"
    common = False
    formula = r"z_{n,c} = \frac{1}{HW} \sum_{h,w} x_{n,c,h,w}"
    help = "The mean of each channel of an image: from images (N×C×H×W) to features (N×C)."
    rule = "Global average pooling distributes: every pixel of a channel gets the upstream gradient ÷ H·W."
    keywords = ("pooling", "mean", "gap", "features", "cnn", "convnet", "image")
    numpy_forward = "{z} = np.mean({x}, axis=(2, 3))"
    numpy_backward = "{dx} = np.ones_like({x}) * {dz}[:, :, None, None] / ({x}.shape[2] * {x}.shape[3])"

    def expand(self, x: Expression) -> Expression:
        """The mean over rows and columns."""
        return x.formula.one("mean", x, axes="2, 3")

    def forward(self, x: Array) -> Array:
        """Means over rows and columns."""
        self.x_shape = x.shape
        return np.asarray(x.mean(axis=(2, 3)))

    def backward(self, dz: Array) -> Array:
        """Upstream ÷ H·W at every pixel."""
        _, _, height, width = self.x_shape
        return np.broadcast_to(dz[:, :, None, None] / (height * width), self.x_shape)

    def kernels(self, k: Kernels) -> bool:
        """Three calls forward, rows first, since they lie outermost; two back."""
        (x,), (dx,) = k.x, k.dx
        n, channels, height, width = x.shape
        count, part, columns = k.const(height * width), k.scratch_like(k.dz), k.scratch((channels, width, n))
        k.ahead(np.add.reduce, x.transpose(2, 1, 3, 0), 0, None, columns)
        k.ahead(np.add.reduce, columns, 1, None, k.z.T)
        k.ahead(np.divide, k.z, count, out=k.z)
        if dx is not None:
            k.back(np.divide, k.dz, count, out=part)
            k.back(np.copyto, dx, part[:, :, None, None])
        return True


@register
class GlobalMaxPool2D(GlobalPool):
    """The largest number of each channel."""

    id = "global_max_pool2d"
    title = "GlobalMaxPool2D"
    common = False
    formula = r"z_{n,c} = \max_{h,w}\; x_{n,c,h,w}"
    help = "The largest number of each channel of an image: from images (N×C×H×W) to features (N×C)."
    rule = (
        "Global max pooling routes: the upstream gradient goes to the largest pixel of its channel, the others get 0; "
        "a tie goes to the first, row by row."
    )
    stops = "an entry lost where another one of its image is larger"
    keywords = ("pooling", "maximum", "features", "cnn", "convnet", "image")
    numpy_forward = "{z} = np.max({x}, axis=(2, 3))"
    numpy_backward = (
        "{dx} = {x}.reshape(*{z}.shape, {x}.shape[2] * {x}.shape[3]).argmax(axis=-1)\n"
        "{dx} = np.arange({x}.shape[2] * {x}.shape[3]) == {dx}[..., None]\n"
        "{dx} = {dx}.reshape({x}.shape) * {dz}[:, :, None, None]"
    )

    def expand(self, x: Expression) -> Expression:
        """The largest entry over rows and columns."""
        return x.formula.one("reduce_max", x, axes="2, 3")

    def forward(self, x: Array) -> Array:
        """The largest pixels; where they are is kept for the way back."""
        self.chosen, self.x_shape = self.branch(x), x.shape
        return np.asarray(x.max(axis=(2, 3)))

    def backward(self, dz: Array) -> Array:
        """Upstream at the largest pixel, 0 elsewhere."""
        n, channels, height, width = self.x_shape
        hit = np.arange(height * width) == self.chosen[..., None]
        return np.asarray((hit * dz[..., None]).reshape(n, channels, height, width))

    def kernels(self, k: Kernels) -> bool:
        """Back to the first pixel that is as large as the largest: each other one counts as far behind the last."""
        (x,), (dx,) = k.x, k.dx
        k.ahead(np.maximum.reduce, x, axis=(2, 3), out=k.z)
        if dx is not None:
            _, _, height, width = x.shape
            places = np.arange(height * width, dtype=np.int32).reshape(height, width)
            place, first = k.scratch_like(x, np.int32), k.scratch_like(k.z, np.int32)
            hit = k.scratch_like(x, np.bool_)
            k.back(np.not_equal, x, k.z[:, :, None, None], out=hit)
            k.back(np.multiply, hit, np.array(height * width, np.int32), out=place)
            k.back(np.add, place, places, out=place)
            k.back(np.minimum.reduce, place, axis=(2, 3), out=first)
            k.back(np.equal, place, first[:, :, None, None], out=hit)
            k.back(np.multiply, hit, k.dz[:, :, None, None], out=dx)
        return True

    def branch(self, x: Array) -> Array:
        """Position of the largest pixel, counted row by row."""
        n, channels, height, width = x.shape
        return np.asarray(x.reshape(n, channels, height * width).argmax(axis=-1))
