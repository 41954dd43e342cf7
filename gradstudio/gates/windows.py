"""Square windows that slide over images (N×C×H×W): what convolution and pooling share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Param, Shape, shape_text

STRIDE = Param("int", 1, "How many pixels the window moves on, across and down.", low=1, high=1024)
MOST_PICKED = 200_000
"""Numbers that say which pixels the windows of an opened layer hold: more would bloat the network's file."""
PADDING = Param("int", 0, "How many rows and columns of zeros are put around each image.", low=0, high=1024)


@dataclass(frozen=True)
class Windows:
    """Windows of size × size pixels.

    Attributes:
        size: pixels a window takes in each direction.
        stride: pixels from one window to the next.
        before: rows and columns put in front of each image.
        after: rows and columns put behind it.
        dilation: pixels from one pixel of a window to its next.
    """

    size: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1

    @property
    def reach(self) -> int:
        """Pixels from the first to the last row of a window, both counted."""
        return self.dilation * (self.size - 1) + 1

    def shape(self, title: str, x: Shape) -> Shape:
        """N×C×H×W of one value for each window.

        Raises:
            ShapeError: if x isn't images, or no window fits into them.
        """
        refuse_no_images(title, x)
        padded = [length + self.before + self.after for length in x[2:]]
        if min(padded) < self.reach:
            border = " with their padding" if self.before or self.after else ""
            raise ShapeError(
                f"{title} looks through windows of {self.reach}×{self.reach} pixels, which don't fit into images of "
                f"{shape_text(tuple(padded))}{border}; take a smaller kernel or more padding."
            )
        return (*x[:2], *((length - self.reach) // self.stride + 1 for length in padded))

    def pad(self, x: Array, border: float = 0.0) -> Array:
        """The images with a border; x itself where there is none."""
        if not (self.before or self.after):
            return x
        n, channels, height, width = x.shape
        around = self.before + self.after
        padded = np.full((n, channels, height + around, width + around), border, x.dtype)
        self.inside(padded, x.shape)[...] = x
        return padded

    def inside(self, padded: Array, shape: Shape) -> Array:
        """The part of padded images that isn't border, as a view."""
        first = self.before
        return padded[:, :, first : first + shape[2], first : first + shape[3]]

    def pixels(self, padded: Array) -> Iterator[Array]:
        """For each pixel of a window, row by row, a view of that pixel in all windows (N×C×rows×columns)."""
        rows, columns = ((length - self.reach) // self.stride + 1 for length in padded.shape[2:])
        for i in range(self.size):
            for j in range(self.size):
                top, left = i * self.dilation, j * self.dilation
                down, across = top + self.stride * (rows - 1) + 1, left + self.stride * (columns - 1) + 1
                yield padded[:, :, top : down : self.stride, left : across : self.stride]

    # ---- opened

    def gathered(self, x: Expression, border: float = 0.0) -> Expression | None:
        """The windows of images picked from them by numbers: N × channels × rows × columns × pixels of a window.

        What overlaps is picked several times, so that gradients add up there. None where that takes too many numbers.
        """
        formula, around = x.formula, f"{self.before}:{self.after}"
        if self.before or self.after:
            x = formula.one("pad", x, widths=f"{around}, {around}", value=border)
        pixels = math.prod(x.shape[1:])
        numbered = np.arange(pixels).reshape(1, *x.shape[1:])
        picked = np.stack(list(self.pixels(numbered)), axis=-1)[0]
        if picked.size > MOST_PICKED:
            return None
        flat = formula.one("reshape", x, sizes=str(pixels))
        return formula.one("gather", flat, formula.one("labels", value=picked), axis=1)

    # ---- in exported code

    def padding_code(self) -> str:
        """The second argument of `np.pad`; empty where nothing is padded."""
        border = f"({self.before}, {self.after})"
        return f"((0, 0), (0, 0), {border}, {border})" if self.before or self.after else ""

    def padded_code(self, images: str, border: str = "") -> str:
        """Code of images with their border."""
        around = self.padding_code()
        filled = f", constant_values={border}" if border else ""
        return f"np.pad({images}, {around}{filled})" if around else images

    def windows_code(self, images: str) -> str:
        """Code of all windows of (padded) images: N×C×rows×columns×size×size."""
        windows = f"np.lib.stride_tricks.sliding_window_view({images}, ({self.reach}, {self.reach}), axis=(2, 3))"
        steps = [self.stride, self.stride, *([self.dilation] * 2 if self.dilation > 1 else [])]
        return windows if set(steps) == {1} else f"{windows}[:, :, {', '.join(f'::{step}' for step in steps)}]"

    def places_code(self) -> str:
        """Code of the windows, holding in place of each pixel its position in x; that of the border is x.size."""
        numbered = self.padded_code("np.arange({x}.size).reshape({x}.shape)", "{x}.size")
        return self.windows_code(numbered)

    def gathered_code(self, places: str, gradients: str) -> str:
        """Code of the gradient of x: what comes back to each place added up."""
        cut = "[:-1]" if self.padding_code() else ""
        size = "{x}.size + 1" if cut else "{x}.size"
        summed = f"np.bincount({places}.ravel(), {gradients}.ravel(), minlength={size})"
        return f"{summed}{cut}.reshape({{x}}.shape).astype({{x}}.dtype)"


def refuse_no_images(title: str, x: Shape) -> None:
    """Refuse what isn't a batch of images with at least one channel and one pixel.

    Raises:
        ShapeError: naming the shape found.
    """
    if len(x) != 4 or 0 in x[1:]:
        raise ShapeError(f"{title} needs images (N×C×H×W, batch first, then channels), found {shape_text(x)}.")
