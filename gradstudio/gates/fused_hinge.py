"""The multiclass hinge of a batch in a few calls: margins, loss and gradient.

Scores are worked on in the order they lie in memory; where that has gaps, in a copy.
"""

from __future__ import annotations

import numpy as np

from gradstudio.engine.gate import Array, Kernels
from gradstudio.gates.labels import hold_labels, unsigned


class FusedHinge:
    """The calls of the hinge. Scores are left as they are.

    Args:
        k: to add the calls to.
        margin: how far the true class must lead.

    Attributes:
        excess: by how much each class is over the margin, else 0, laid out as it is worked on; 0 at the true class.
        index: where in flat `excess` each sample's true class lies.
        true: what each sample has at its true class.
    """

    def __init__(self, k: Kernels, margin: float) -> None:
        self._k, self._margin = k, k.const(margin)
        self._scores, self._labels = k.x
        self._count, self._classes = self._scores.shape
        self._over = not self._scores.flags.c_contiguous
        self.excess = k.scratch(self._laid(self._scores).shape)
        self.index, self.true = k.scratch((self._count,), np.int64), k.scratch((self._count,))

    def emit(self) -> None:
        """Add all calls."""
        k = self._k
        k.ahead(hold_labels, unsigned(self._labels), self._classes)
        self._find()
        self._measure()
        if k.dx[0] is not None:
            self._gradient(self._laid(k.dx[0]))

    def _find(self) -> None:
        k, every = self._k, np.arange(self._count)
        if self._over:
            k.ahead(np.multiply, self._labels, np.array(self._count), out=self.index)
            k.ahead(np.add, self.index, every, out=self.index)
        else:
            k.ahead(np.add, self._labels, every * self._classes, out=self.index)

    def _measure(self) -> None:
        """Excess over the margin, and its sum ÷ N."""
        k, excess, scores = self._k, self.excess, self._laid(self._scores)
        flat = excess.reshape(-1)
        k.ahead(np.copyto, excess, scores)
        k.ahead(flat.take, self.index, None, self.true, "clip")
        k.ahead(np.subtract, excess, self._each(self.true), out=excess)
        k.ahead(np.add, excess, self._margin, out=excess)
        k.ahead(np.maximum, excess, k.const(0), out=excess)
        k.ahead(flat.put, self.index, k.scratch((self._count,)), "clip")
        k.ahead(np.add.reduce, flat, 0, None, k.z)
        k.ahead(np.multiply, k.z, k.const(1 / self._count), out=k.z)

    def _gradient(self, ds: Array) -> None:
        """Upstream ÷ N where there is some excess, and less the sum of these at the true class."""
        k, scale, losers = self._k, self._k.scratch(()), self._k.scratch((self._count,))
        written = ds if ds.flags.c_contiguous else k.scratch(ds.shape)
        k.back(np.multiply, k.dz, k.const(-1 / self._count), out=scale)
        k.back(np.greater, self.excess, k.const(0), out=written)
        k.back(np.add.reduce, written, 0 if self._over else 1, None, losers)
        k.back(np.multiply, losers, scale, out=losers)
        k.back(np.negative, scale, out=scale)
        k.back(np.multiply, written, scale, out=written)
        k.back(written.reshape(-1).put, self.index, losers, "clip")
        if written is not ds:
            k.back(np.copyto, ds, written)

    def _each(self, array: Array) -> Array:
        """A number of each sample, to be broadcast over the classes."""
        return array if self._over else array[:, None]

    def _laid(self, array: Array) -> Array:
        return array.T if self._over else array
