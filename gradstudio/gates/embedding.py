"""Embedding: whole numbers turned into learnable vectors."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import (
    Array,
    Category,
    Gate,
    Kernels,
    Kind,
    Param,
    Port,
    Shape,
    Weight,
    in_memory_order,
    shape_text,
)
from gradstudio.gates.common import scratch_like
from gradstudio.gates.initial import check_pins, pin
from gradstudio.gates.labels import ROWS, hold_labels, refuse_labels, unsigned


@register
class Embedding(Gate):
    """W[indices], a row of a table for each index."""

    id = "embedding"
    title = "Embedding"
    category = Category.LAYER
    common = False
    formula = r"z_i = W_{k_i}"
    help = "Looks up a learnable vector for each whole number: what stands for a word, a category or a user is learned."
    rule = "Embedding routes: each row of W gets the upstream gradients of the places it was looked up for, added up."
    keywords = ("lookup", "look up", "table", "word", "token", "category", "vocabulary", "one-hot", "layer")
    inputs = (Port("indices", "Which row is looked up, from 0; of any shape.", kind=Kind.LABELS),)
    weights = (Weight("W", "The table, vocabulary × units.", start="start_W"),)
    params = MappingProxyType(
        {
            "vocabulary": Param("int", 100, "Number of rows: how many indices there are.", low=1, high=2**24),
            "units": Param("int", 16, "Length of each row.", low=1, high=65536),
            "spread": Param("float", 1.0, "Random start of W: spread · randn.", title="start", low=0, high=1e3),
            "start_W": pin("W"),
        }
    )
    numpy_forward = "{z} = {W}[{indices}]"
    numpy_backward = (
        "{dW} = (np.arange({vocabulary})[:, None] == np.ravel({indices})) @ {dz}.reshape(np.size({indices}), {units})"
    )

    vocabulary: int
    units: int
    spread: float

    def shape(self, indices: Shape) -> Shape:
        """That of the indices, with units behind it."""
        self.weight_shapes(indices)
        return (*indices, self.units)

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Vocabulary × units."""
        return check_pins(self, ((self.vocabulary, self.units),), f"indices of {shape_text(inputs[0])}")

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """Random numbers of the spread set."""
        return self.spread * rng.standard_normal(shape)

    def expand(self, indices: Expression, W: Expression) -> Expression:
        """Rows of the table, gathered."""
        return W.formula.one("gather", W, indices)

    def forward(self, indices: Array, W: Array) -> Array:
        """The rows; which ones is kept for the way back."""
        self.indices, self.dtype = refuse_labels(indices, len(W), ROWS), W.dtype
        return np.asarray(W[self.indices])

    def backward(self, dz: Array) -> tuple[None, Array]:
        """Upstream added up for each row."""
        dW = np.zeros((self.vocabulary, self.units), self.dtype)
        np.add.at(dW, self.indices, dz)
        return None, dW

    def kernels(self, k: Kernels) -> bool:
        """Rows taken in place, and added up entry by entry, which numpy does faster than row by row."""
        (indices, W), dW = k.x, k.dx[1]
        if dW is not None and not dW.flags.c_contiguous:
            return False
        k.ahead(hold_labels, unsigned(indices), self.vocabulary, ROWS)
        rows = k.z if k.z.flags.c_contiguous else k.scratch(k.z.shape)
        k.ahead(W.take, indices, 0, rows, "clip")
        if rows is not k.z:
            k.ahead(np.copyto, k.z, rows)
        if dW is not None:
            self._add_back(k, indices, dW)
        return True

    def _add_back(self, k: Kernels, indices: Array, dW: Array) -> None:
        entries, given = scratch_like(k, k.dz, np.int64), in_memory_order(k.dz)
        if given is None:
            copied = scratch_like(k, k.dz)
            k.back(np.copyto, copied, k.dz)
            given = copied.ravel(order="K")
        k.back(np.multiply, indices[..., None], np.array(self.units), out=entries)
        k.back(np.add, entries, np.arange(self.units), out=entries)
        k.back(dW.fill, 0)
        k.back(np.add.at, dW.reshape(-1), entries.ravel(order="K"), given)

    def caption(self) -> str:
        """Rows and units: "100 × 16"."""
        return f"{self.vocabulary} × {self.units}"
