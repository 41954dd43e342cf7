"""One weight and its gradient as a picture: large ones reduced block by block, those fed by images as templates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradstudio.engine import statistics
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Array, Category, Shape
from gradstudio.engine.graph import Graph, Leaf, Slot

if TYPE_CHECKING:
    from gradstudio.document.model import Document
    from gradstudio.engine.plan import Plan
    from gradstudio.training.looks import Scene

MOST = 256
"""Rows and columns of a picture at most."""
LEAST_SIDE = 8
"""A flat input is taken for an image from this many pixels a side on."""
COLOR = 3
"""Channels of an image in colour."""


class Picture(NamedTuple):
    """How the entries of a weight are pixels of pictures.

    Attributes:
        total: pictures there are: hidden units, or filters × channels.
        height: pixels from top to bottom.
        width: pixels across.
        channels: 1, or 3 for colours.
        across: pictures that belong together in one row, as the channels of a filter; 0 where that is free.
        layout: order of the weight's axes as (picture, height, width, channel), after `split`.
        split: shape the weight is seen in first.
    """

    total: int
    height: int
    width: int
    channels: int
    across: int
    layout: tuple[int, ...]
    split: Shape


class Field(NamedTuple):
    """An array as a matrix that is small enough to look at.

    Attributes:
        mean: mean entry of each block; the entries themselves where a block is one entry.
        extreme: the entry of each block that is furthest from 0.
        block: rows and columns of the matrix that make one block.
        numbers: of all entries.
        pictures: the entries as pictures (count × height × width × channels), as many as there is room for, or None.
    """

    mean: Array
    extreme: Array
    block: tuple[int, int]
    numbers: statistics.Numbers
    pictures: Array | None


@dataclass(frozen=True, eq=False, slots=True)
class WeightSeen:
    """A weight as it stood.

    Attributes:
        shape: of the weight.
        weight: its entries.
        gradient: the objective's gradient with respect to them; None where none flows.
        picture: how its entries are pixels; None where they aren't.
        step: training steps done.
    """

    shape: Shape
    weight: Field
    gradient: Field | None
    picture: Picture | None
    step: int


@dataclass(frozen=True, slots=True)
class WeightLook:
    """A look at one weight.

    Attributes:
        node: document node it belongs to.
        port: its name there.
    """

    node: int
    port: str

    def see(self, scene: Scene) -> WeightSeen:
        """The weight and its gradient.

        Raises:
            GraphError: where the node isn't computed, so that there is no weight yet.
        """
        slot = scene.compiled.slots.get((self.node, self.port))
        if slot is None:
            name = scene.document.nodes[self.node].name if self.node in scene.document.nodes else "This node"
            raise GraphError(f"{name} has no {self.port} yet: complete its inputs, they decide its shape.")
        value, gradient = scene.plan.value(slot), scene.plan.gradient(slot)
        picture = picture_of(scene.plan, slot)
        field = None if gradient is None else reduced(gradient, picture)
        return WeightSeen(value.shape, reduced(value, picture), field, picture, scene.step)


def weights_of(document: Document) -> list[tuple[int, str]]:
    """(node, weight) of every weight in a document, learned or not, in the order of the nodes' ids."""
    found = []
    for node in document.nodes.values():
        if node.known and node.kind.weights:
            names = {weight.name for weight in node.kind.weights}
            found += [(node.id, port.name) for port in node.output_ports() if port.name in names]
    return found


def reduced(array: Array, picture: Picture | None = None) -> Field:
    """An array as a matrix of at most `MOST` rows and columns of blocks, and its pictures."""
    matrix = as_matrix(array)
    block = (-(-matrix.shape[0] // MOST) or 1, -(-matrix.shape[1] // MOST) or 1)
    numbers = statistics.summary(array)
    shown = None if picture is None else _pictures(array, picture)
    if block == (1, 1):
        mean = matrix.copy()
        return Field(mean, mean, block, numbers, shown)
    with np.errstate(all="ignore"):
        low, high = (_per_block(ufunc, matrix, block) for ufunc in (np.minimum, np.maximum))
        mean = _per_block(np.add, matrix, block) / _sizes(matrix.shape, block)
        return Field(mean, np.where(-low > high, low, high), block, numbers, shown)


def as_matrix(array: Array) -> Array:
    """The first axis as rows, all others as columns; a vector is one row, a number one entry."""
    if array.ndim < 2:
        return array.reshape(1, -1)
    return array.reshape(array.shape[0], -1)


def entry_name(port: str, shape: Shape, row: int, column: int) -> str:
    """What an entry of a weight is called, by its place in the matrix: "W[3, 7]", "b[2]", "w"."""
    if not shape:
        return port
    flat = column if len(shape) == 1 else row * math.prod(shape[1:]) + column
    return f"{port}[{', '.join(str(int(i)) for i in np.unravel_index(flat, shape))}]"


def block_name(port: str, shape: Shape, block: tuple[int, int], row: int, column: int) -> str:
    """What a block is called, by its first entry and its last: "W[0, 7] … W[3, 7]"; one of one entry by that alone."""
    high, wide = math.prod(shape[:1]) if len(shape) > 1 else 1, math.prod(shape[1:] if len(shape) > 1 else shape)
    first = entry_name(port, shape, row * block[0], column * block[1])
    end = min((row + 1) * block[0], high) - 1, min((column + 1) * block[1], wide) - 1
    last = entry_name(port, shape, *end)
    return first if first == last else f"{first} … {last}"


def pixel_entry(picture: Picture, number: int, row: int, column: int, channel: int = 0) -> int:
    """The flat place in its weight of a pixel of a picture."""
    place = dict(zip(picture.layout, _pixel(picture, number, row, column, channel), strict=True))
    return int(np.ravel_multi_index(tuple(place[axis] for axis in range(len(picture.split))), picture.split))


def picture_of(plan: Plan, slot: Slot) -> Picture | None:
    """How a weight's entries are pixels: filters of a convolution, or templates of a layer that images are fed to."""
    shape, graph = plan.graph.shape(slot), plan.graph
    if len(shape) == 4 and min(shape[2:]) > 1:
        return _filters(shape)
    if len(shape) != 2:
        return None
    for i, position in graph.consumers.get(slot, ()):
        gate, x = graph.nodes[i].gate, graph.nodes[i].inputs[0]
        multiplies = gate.weights or gate.category is Category.LINEAR
        if position and multiplies and graph.shape(x)[-1:] == shape[:1]:
            image = _image(graph, x, shape[0])
            if image is not None:
                return _templates(image, shape)
    return None


def _filters(shape: Shape) -> Picture:
    """Filters × channels × height × width: one picture a filter where the channels are colours, else one a channel."""
    filters, channels, height, width = shape
    if channels == COLOR:
        return Picture(filters, height, width, COLOR, 0, (0, 2, 3, 1), shape)
    across = channels if channels > 1 else 0
    return Picture(filters * channels, height, width, 1, across, (0, 1, 2, 3), (filters * channels, height, width, 1))


def _templates(image: tuple[int, int, int, bool], shape: Shape) -> Picture:
    height, width, channels, first = image
    units = shape[1]
    if first:
        return Picture(units, height, width, channels, 0, (3, 1, 2, 0), (channels, height, width, units))
    return Picture(units, height, width, channels, 0, (3, 0, 1, 2), (height, width, channels, units))


def _image(graph: Graph, slot: Slot, features: int) -> tuple[int, int, int, bool] | None:
    """(height, width, channels, whether channels come first) of the images that arrive at a slot; None if none do.

    Images are told by their axes, or as flat rows by their length. What only moves or scales entries on the way, such
    as Flatten or Dropout, is looked through.
    """
    node = graph.nodes[slot.node]
    while node.inputs and (node.gate.category is Category.SHAPE or len(node.inputs) == 1) and not node.gate.weights:
        if node.gate.category is Category.ACTIVATION:
            return None
        slot = node.inputs[0]
        node = graph.nodes[slot.node]
    return None if node.inputs or isinstance(node.gate, Leaf) else image_shape(graph.shape(slot), features)


def image_shape(shape: Shape, features: int) -> tuple[int, int, int, bool] | None:
    """(height, width, channels, whether channels come first) of a data source's samples; None if they're no images."""
    sample = shape[1:]
    if math.prod(sample) != features:
        return None
    if len(sample) == 3 and sample[0] in (1, COLOR):
        return sample[1], sample[2], sample[0], True
    if len(sample) == 2 and min(sample) >= LEAST_SIDE:
        return sample[0], sample[1], 1, True
    if len(sample) == 1:
        for channels in (1, COLOR):
            side = math.isqrt(features // channels)
            if side >= LEAST_SIDE and channels * side * side == features:
                return side, side, channels, False
    return None


def _pictures(array: Array, picture: Picture) -> Array:
    """As many pictures as there are pixels for."""
    most = max(1, MOST * MOST // (picture.height * picture.width * picture.channels))
    seen = array.reshape(picture.split).transpose(picture.layout)
    return np.ascontiguousarray(seen[: min(most, picture.total)])


def _pixel(picture: Picture, number: int, row: int, column: int, channel: int) -> tuple[int, ...]:
    return number, row, column, channel if picture.channels > 1 else 0


def _per_block(ufunc: np.ufunc, matrix: Array, block: tuple[int, int]) -> Array:
    """Each block in one number: rows first, then the columns as rows, so that numpy adds up whole rows at once."""
    return np.ascontiguousarray(
        _per_rows(ufunc, np.ascontiguousarray(_per_rows(ufunc, matrix, block[0]).T), block[1]).T
    )


def _per_rows(ufunc: np.ufunc, matrix: Array, size: int) -> Array:
    """So many rows each in one; fewer in the last."""
    if size == 1:
        return matrix
    whole = len(matrix) // size * size
    made: Array = ufunc.reduce(matrix[:whole].reshape(-1, size, matrix.shape[1]), axis=1)
    return made if whole == len(matrix) else np.concatenate([made, ufunc.reduce(matrix[whole:], axis=0)[None]])


def _sizes(shape: Shape, block: tuple[int, int]) -> Array:
    """How many entries each block has."""
    rows, columns = (
        np.diff(np.append(np.arange(0, n, size), n)).astype(np.float64) for n, size in zip(shape, block, strict=True)
    )
    return rows[:, None] * columns
