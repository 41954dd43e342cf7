"""Convolution in place, for images that lie row by row with the batch last (see `engine.storage`).

Only the columns of a window are laid out: for each row of the image and each column of the window a strip holds what
that column sees. The rows of a window are then strips that follow each other in memory, so that a window is a view, and
a layer is one matrix product for each row of the output. Each strip ends with a row of ones, by which the bias is part
of the product and its gradient part of the filters'.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gradstudio.engine.gate import Array, Kernels


@dataclass(frozen=True)
class Sight:
    """How filters look at an image: kernel × kernel pixels, with a stride, behind a border of zeros."""

    kernel: int
    stride: int
    before: int
    after: int

    def emit(self, k: Kernels) -> None:
        """Add the calls of both passes for images k.x[0], filters k.x[1] and, where there is one, a bias k.x[2]."""
        images, filters, bias = _laid(k.x[0]), k.x[1], k.x[2] if len(k.x) > 2 else None
        rows = self._strips(k, images, with_ones=bias is not None)
        packed = _Packed(k, filters, with_ones=bias is not None)
        packed.load(k, filters, bias)
        z = _laid(k.z)
        out = _merged(z)
        k.ahead(np.matmul, packed.matrix, rows, out=out)
        self._back_to_filters(k, rows, packed)
        if k.dx[0] is not None:
            self._back_to_images(k, filters, _laid(k.dx[0]))

    def _strips(self, k: Kernels, images: Array, *, with_ones: bool) -> Array:
        """Calls that lay out the columns; what is returned holds a matrix (pixels of a window × windows) a row."""
        height, channels, width, n = images.shape
        down, across = (self._windows(length) for length in (height, width))
        deep = self.kernel * channels + with_ones
        strips = k.scratch((height + self.before + self.after, deep, across, n))
        inner = strips[self.before : self.before + height]
        for column in range(self.kernel):
            first, last = self._seen(column, width, across)
            source = column - self.before + first * self.stride
            part = images[:, :, source : source + (last - first - 1) * self.stride + 1 : self.stride]
            k.ahead(np.copyto, inner[:, column * channels : (column + 1) * channels, first:last], part)
        if with_ones:
            strips[:, -1] = 1
        return _windows_of_rows(strips, self.kernel, self.stride, down)

    def _windows(self, length: int) -> int:
        return (length + self.before + self.after - self.kernel) // self.stride + 1

    def _seen(self, column: int, width: int, across: int) -> tuple[int, int]:
        """The windows whose given column lies within the image."""
        first = max(0, -((column - self.before) // self.stride))
        last = min(across, (width - 1 + self.before - column) // self.stride + 1)
        return first, max(first, last)

    def _back_to_filters(self, k: Kernels, rows: Array, packed: _Packed) -> None:
        dW, db = k.dx[1], k.dx[2] if len(k.x) > 2 else None
        if dW is None and db is None:
            return
        upstream = _merged(_laid(k.dz))
        parts = k.scratch((len(rows), *packed.matrix.T.shape))  # BLAS is quicker this way round than transposed
        total = k.scratch(packed.matrix.T.shape)
        k.back(np.matmul, rows, upstream.transpose(0, 2, 1), out=parts)
        k.back(np.add.reduce, parts, 0, None, total)
        filters, bias = packed.split(total.T)
        if dW is not None:
            k.back(np.copyto, dW, filters)
        if db is not None:
            k.back(np.copyto, db, bias)

    def _back_to_images(self, k: Kernels, filters: Array, dx: Array) -> None:
        """The image's gradient: the upstream one, spread out by the stride, seen through the turned filters."""
        height, channels, width, n = dx.shape
        upstream = _laid(k.dz)
        down, count, across, _ = upstream.shape
        strips = k.scratch((height + self.kernel - 1, self.kernel * count, width, n))
        reach = self.kernel - 1 - self.before
        low, high = _within(reach, self.stride, down, len(strips))
        for column in range(self.kernel):
            left, right = _within(reach - column, self.stride, across, width)
            part = upstream[low:high, :, left:right]
            place = strips[
                reach + low * self.stride : reach + (high - 1) * self.stride + 1 : self.stride,
                column * count : (column + 1) * count,
                reach - column + left * self.stride : reach - column + (right - 1) * self.stride + 1 : self.stride,
            ]
            if part.size:
                k.back(np.copyto, place, part)
        turned = k.scratch((channels, self.kernel, self.kernel, count))
        k.back(np.copyto, turned, filters[:, :, ::-1, ::-1].transpose(1, 2, 3, 0))
        windows = _windows_of_rows(strips, self.kernel, 1, height)
        k.back(np.matmul, turned.reshape(channels, -1), windows, out=_merged(dx))


class _Packed:
    """The filters as one matrix in the order of the strips: row, then column, then channel, with the bias behind."""

    def __init__(self, k: Kernels, filters: Array, *, with_ones: bool) -> None:
        count, channels, size, _ = filters.shape
        self._shape = count, size, size, channels
        self.matrix = k.scratch((count, size * (size * channels + with_ones)))

    def load(self, k: Kernels, filters: Array, bias: Array | None) -> None:
        """Calls that fill the matrix."""
        into, behind = self.split(self.matrix)
        k.ahead(np.copyto, into, filters)
        if bias is not None:
            k.ahead(np.copyto, behind, bias)

    def split(self, matrix: Array) -> tuple[Array, Array]:
        """Filters and bias as views of such a matrix. Only the first row of a window meets the bias."""
        _, size, _, channels = self._shape
        along, pixel = matrix.strides
        strip = matrix.shape[1] // size
        filters = as_strided(matrix, self._shape, (along, strip * pixel, channels * pixel, pixel))
        return filters.transpose(0, 3, 1, 2), matrix[:, strip - 1]


def _laid(images: Array) -> Array:
    """Images (N×C×H×W) as they lie in memory: rows, channels, columns, batch."""
    return images.transpose(2, 1, 3, 0)


def _merged(images: Array) -> Array:
    """Columns and batch as one axis."""
    height, channels, width, n = images.shape
    return images.reshape(height, channels, width * n)


def _windows_of_rows(strips: Array, kernel: int, stride: int, count: int) -> Array:
    """For each of `count` rows of windows the strips they see, one below the other, as an overlapping view."""
    _, deep, across, n = strips.shape
    row = strips.strides[0]
    shape = (count, kernel * deep, across * n)
    return as_strided(strips, shape, (stride * row, across * n * strips.itemsize, strips.itemsize))


def _within(offset: int, stride: int, count: int, length: int) -> tuple[int, int]:
    """Which i of 0 … count − 1 have offset + i · stride in 0 … length − 1."""
    low = max(0, -(offset // stride))
    return low, max(low, min(count, (length - 1 - offset) // stride + 1))
