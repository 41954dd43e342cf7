"""Softmax and cross-entropy of a batch in a few calls: probabilities, loss and gradient.

Worked on as classes × samples wherever that is how the scores lie, or there are few classes: adding up along whole
batches is many times faster than adding up within short rows.
"""

from __future__ import annotations

import numpy as np

from gradstudio.engine.gate import Array, Kernels
from gradstudio.gates.common import scratch_like
from gradstudio.gates.labels import hold_labels, unsigned

FEW = 64
"""Classes up to which scores that lie row by row are better turned over first (numpy 2.4)."""


class FusedSoftmax:
    """The calls of softmax + cross-entropy. Scores are left as they are.

    Attributes:
        s: the scores, laid out as they are worked on: classes along `axis`.
        e: exponentials of the scores less the largest of each sample.
        total: their sum for each sample.
        index: where in flat `s` each sample's true class lies.
        true: what each sample has at its true class.
        logs: logarithm of `total`.
    """

    def __init__(self, k: Kernels) -> None:
        self.k = k
        self.scores, self.labels = k.x
        self.count, self.classes = self.scores.shape
        self.over = not self.scores.flags.c_contiguous or self.classes <= FEW
        self.axis = 0 if self.over else 1
        self.s = self._laid(self.scores)
        self.e = k.scratch(self.s.shape)
        self.total = k.scratch((1, self.count) if self.over else (self.count, 1))
        self.index = k.scratch((self.count,), np.int64)
        self.true, self.logs = k.scratch((self.count,)), k.scratch((self.count,))

    def emit(self) -> None:
        """Add all calls."""
        self.find()
        self.exponentials()
        self.loss()
        dscores = self.k.dx[0]
        if dscores is not None:
            self.gradient(self._laid(dscores))

    def find(self) -> None:
        """Where the true classes lie; labels that are no classes are refused."""
        k, index, every = self.k, self.index, np.arange(self.count)
        k.ahead(hold_labels, unsigned(self.labels), self.classes)
        if self.over:
            k.ahead(np.multiply, self.labels, np.array(self.count), out=index)
            k.ahead(np.add, index, every, out=index)
        else:
            k.ahead(np.add, self.labels, every * self.classes, out=index)

    def exponentials(self) -> None:
        """Leaves shifted scores of the true classes in `true`, and writes `e`, `total` and `logs`."""
        k, s, e, total = self.k, self.s, self.e, self.total
        if not s.flags.c_contiguous:
            k.ahead(np.copyto, e, s)
            s = e
        k.ahead(np.maximum.reduce, s, self.axis, None, total, True)
        k.ahead(np.subtract, s, total, out=e)
        k.ahead(e.reshape(-1).take, self.index, None, self.true, "clip")
        self.look_at_shifted()
        k.ahead(np.exp, e, out=e)
        k.ahead(np.add.reduce, e, self.axis, None, total, True)
        k.ahead(np.log, total.reshape(-1), out=self.logs)

    def look_at_shifted(self) -> None:
        """What else is needed of the shifted scores."""

    def loss(self) -> None:
        """The mean of ln Σ eˢ − s at the true class."""
        self.k.ahead(np.subtract, self.logs, self.true, out=self.true)
        self.k.ahead(np.dot, self.true, np.full(self.count, 1 / self.count, self.k.dtype), self.k.z)

    def gradient(self, ds: Array) -> None:
        """Upstream ÷ N × (p, less 1 at the true class)."""
        k, share, scale = self.k, self.k.const(1 / self.count), self.k.scratch(())
        if k.seeded:
            scale = share
        else:
            k.back(np.multiply, k.dz, share, out=scale)
        self.scaled(ds, scale, scale)

    def scaled(self, ds: Array, each: Array, at_true: Array) -> Array:
        """Write e ÷ total × `each`, less `at_true` at the true classes, into ds."""
        k, factor = self.k, scratch_like(self.k, self.total)
        written = ds if ds.flags.c_contiguous else k.scratch(ds.shape)
        flat, true = written.reshape(-1), k.scratch((self.count,))
        k.back(np.divide, each.reshape(factor.shape) if each.ndim else each, self.total, out=factor)
        k.back(np.multiply, self.e, factor, out=written)
        k.back(flat.take, self.index, None, true, "clip")
        k.back(np.subtract, true, at_true, out=true)
        k.back(flat.put, self.index, true, "clip")
        if written is not ds:
            k.back(np.copyto, ds, written)
        return written

    def _laid(self, array: Array) -> Array:
        return array.T if self.over else array


class WeightedSoftmax(FusedSoftmax):
    """The same with smoothed labels and weighted classes.

    Args:
        k: to add the calls to.
        weights: what a sample of each class counts.
        smoothing: share ε of the target that is spread over all classes.

    Attributes:
        spread: what of a sample's weight goes to each class, whatever its label: ε/C × the class's weight.
        weight: of each sample.
        kept: weight × (1 − ε), what stays at its true class.
        mass: `kept` and the whole of `spread`.
        whole: sum of all samples' weights.
    """

    def __init__(self, k: Kernels, weights: Array, smoothing: float) -> None:
        super().__init__(k)
        self.weights, self.kept_share = weights, k.const(1 - smoothing)
        self.spread = np.asarray(weights * (smoothing / self.classes), k.dtype)
        self.weight, self.kept, self.mass = (k.scratch((self.count,)) for _ in range(3))
        self.around = k.scratch((self.count,))
        self.whole = k.scratch(())

    def look_at_shifted(self) -> None:
        """What each sample counts, and what its scores are worth where the target is spread over them."""
        k, e = self.k, self.e
        k.ahead(self.weights.take, self.labels, None, self.weight, "clip")
        k.ahead(np.add.reduce, self.weight, 0, None, self.whole)
        k.ahead(np.multiply, self.weight, self.kept_share, out=self.kept)
        k.ahead(np.add, self.kept, k.const(float(self.spread.sum())), out=self.mass)
        k.ahead(np.dot, *((self.spread, e) if self.over else (e, self.spread)), self.around)

    def loss(self) -> None:
        """Mass × ln Σ eˢ − kept × s at the true class − what is spread, ÷ all weights."""
        k, true, logs = self.k, self.true, self.logs
        k.ahead(np.multiply, true, self.kept, out=true)
        k.ahead(np.add, true, self.around, out=true)
        k.ahead(np.multiply, logs, self.mass, out=logs)
        k.ahead(np.subtract, logs, true, out=true)
        k.ahead(np.add.reduce, true, 0, None, k.z)
        k.ahead(np.divide, k.z, self.whole, out=k.z)

    def gradient(self, ds: Array) -> None:
        """Upstream ÷ all weights × (mass × p, less `spread`, less `kept` at the true class)."""
        k, scale = self.k, self.k.scratch(())
        each, at_true, everywhere = k.scratch((self.count,)), k.scratch((self.count,)), k.scratch((self.classes,))
        k.back(np.divide, k.dz, self.whole, out=scale)
        k.back(np.multiply, self.mass, scale, out=each)
        k.back(np.multiply, self.kept, scale, out=at_true)
        k.back(np.multiply, self.spread, scale, out=everywhere)
        self.scaled(ds, each, at_true)
        k.back(np.subtract, ds, everywhere[:, None] if self.over else everywhere, out=ds)
