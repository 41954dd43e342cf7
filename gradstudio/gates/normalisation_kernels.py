"""Batch norm and layer norm in place.

Sums over a batch or over features are products with a vector of ones, which go through memory as fast as it can be
read. What is kept for the way back are the normalised numbers x̂; whatever belongs to a whole feature, or to a whole
example, is worked out on small arrays beside them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gradstudio.engine.gate import Array, Kernels, Mode
from gradstudio.gates.axes import seen_as


class Lines(NamedTuple):
    """Arrays of a batch norm, each as groups × features × entries: a feature's entries follow each other.

    Attributes:
        x: the input.
        z: the output.
        dz: the upstream gradient.
        dx: where the input's gradient goes; None where none is wanted.
    """

    x: Array
    z: Array
    dz: Array
    dx: Array | None


def lines(k: Kernels) -> Lines | None:
    """The arrays seen as lines; None where one would have to be copied for that."""
    seen = [None if array is None else _as_lines(array) for array in (k.x[0], k.z, k.dz, k.dx[0])]
    x, z, dz, dx = seen
    if x is None or z is None or dz is None or (dx is None and k.dx[0] is not None):
        return None
    return Lines(x, z, dz, dx)


def _as_lines(array: Array) -> Array | None:
    if array.ndim == 2:
        return array.T[None]
    n, channels, height, width = array.shape
    return seen_as(array.transpose(2, 1, 3, 0), (height, channels, width * n))


class FeatureNorm:
    """The calls of a batch norm, which take mean and variance as the mode says whenever they are made.

    Args:
        k: to add the calls to.
        seen: the arrays.
        mode: whether it is trained.
        epsilon: added to the variance.

    Attributes:
        mean: of each feature over the batch.
        var: likewise its variance.
        count: entries of a feature.
    """

    def __init__(self, k: Kernels, seen: Lines, mode: Mode, epsilon: float) -> None:
        self._k, self._seen, self._mode = k, seen, mode
        groups, features, entries = seen.x.shape
        self.count = groups * entries
        self._ones = np.ones(entries, k.dtype)
        self._parts = k.scratch((groups, features))
        self._normal = k.scratch((groups, features, entries))
        self._epsilon = k.const(epsilon)
        self.mean, self.var, self._middle, self._inverse = (k.scratch((features,)) for _ in range(4))
        self._scale, self._along, self._shift = (k.scratch((features,)) for _ in range(3))

    def emit(self) -> None:
        """Add all calls."""
        k, (x, z, dz, dx), normal = self._k, self._seen, self._normal
        _, gamma, beta, running_mean, running_var = k.x
        k.ahead(np.matmul, x, self._ones, out=self._parts)
        k.ahead(self._centre, running_mean)
        k.ahead(np.subtract, x, self._middle[:, None], out=normal)
        k.ahead(np.square, normal, out=z)
        k.ahead(np.matmul, z, self._ones, out=self._parts)
        k.ahead(self._measure, running_var, gamma)
        k.ahead(np.multiply, normal, self._inverse[:, None], out=normal)
        k.ahead(np.multiply, normal, gamma[:, None], out=z)
        k.ahead(np.add, z, beta[:, None], out=z)
        dgamma, dbeta = (k.scratch(gamma.shape) if d is None else d for d in k.dx[1:3])
        work = k.scratch(x.shape) if dx is None else dx
        k.back(np.matmul, dz, self._ones, out=self._parts)
        k.back(np.add.reduce, self._parts, 0, None, dbeta)
        k.back(np.multiply, normal, dz, out=work)
        k.back(np.matmul, work, self._ones, out=self._parts)
        k.back(self._weigh, dgamma, dbeta)
        if dx is not None:
            k.back(np.multiply, normal, self._along[:, None], out=dx)
            k.back(np.add, dx, self._shift[:, None], out=dx)
            k.back(np.subtract, dz, dx, out=dx)
            k.back(np.multiply, dx, self._scale[:, None], out=dx)

    def _centre(self, running_mean: Array) -> None:
        np.add.reduce(self._parts, 0, out=self.mean)
        np.divide(self.mean, self.count, self.mean)
        self._middle[...] = self.mean if self._mode.training else running_mean

    def _measure(self, running_var: Array, gamma: Array) -> None:
        np.add.reduce(self._parts, 0, out=self.var)
        np.divide(self.var, self.count, self.var)
        np.add(self.var if self._mode.training else running_var, self._epsilon, self._inverse)
        np.sqrt(self._inverse, self._inverse)
        np.reciprocal(self._inverse, self._inverse)
        np.multiply(gamma, self._inverse, self._scale)

    def _weigh(self, dgamma: Array, dbeta: Array) -> None:
        """The scale's gradient; and what is taken off upstream: along x̂, and from every entry."""
        np.add.reduce(self._parts, 0, out=dgamma)
        share = 1 / self.count if self._mode.training else 0
        np.multiply(dgamma, share, self._along)
        np.multiply(dbeta, share, self._shift)


def rows(array: Array) -> Array | None:
    """Examples × features as a view; None where that would need a copy."""
    return array if array.ndim == 2 else seen_as(array, (math.prod(array.shape[:-1]), array.shape[-1]))


class ExampleNorm:
    """The calls of a layer norm of x, examples × features.

    Args:
        k: to add the calls to.
        x: the input.
        epsilon: added to the variance.
    """

    def __init__(self, k: Kernels, x: Array, epsilon: float) -> None:
        self._k, self._x, self._epsilon = k, x, k.const(epsilon)
        examples, features = x.shape
        self._normal = k.scratch_like(x)
        self._mean, self._inverse = k.scratch((examples,)), k.scratch((examples,))
        self._ones, self._count = np.ones(features, k.dtype), k.const(features)

    def ahead(self, z: Array) -> None:
        """The normalised features, scaled and shifted; `z` first holds the squared distances."""
        k, normal, inverse = self._k, self._normal, self._inverse
        _, gamma, beta = k.x
        k.ahead(np.matmul, self._x, self._ones, out=self._mean)
        k.ahead(np.divide, self._mean, self._count, out=self._mean)
        k.ahead(np.subtract, self._x, self._mean[:, None], out=normal)
        k.ahead(np.square, normal, out=z)
        k.ahead(np.matmul, z, self._ones, out=inverse)
        k.ahead(np.divide, inverse, self._count, out=inverse)
        k.ahead(np.add, inverse, self._epsilon, out=inverse)
        k.ahead(np.sqrt, inverse, out=inverse)
        k.ahead(np.reciprocal, inverse, out=inverse)
        k.ahead(np.multiply, normal, inverse[:, None], out=normal)
        k.ahead(np.multiply, normal, gamma, out=z)
        k.ahead(np.add, z, beta, out=z)

    def back(self, dz: Array, dx: Array | None) -> None:
        """All gradients."""
        k, normal, work = self._k, self._normal, self._k.scratch_like(self._x)
        _, dgamma, dbeta = k.dx
        ones = np.ones(len(dz), k.dtype)
        if dgamma is not None and normal.flags.f_contiguous:
            k.back(np.vecdot, normal.T, dz.T, out=dgamma)
        elif dgamma is not None:
            k.back(np.multiply, normal, dz, out=work)
            k.back(np.matmul, ones, work, out=dgamma)
        if dbeta is not None:
            k.back(np.matmul, ones, dz, out=dbeta)
        if dx is not None:
            self._back_to_x(dz, dx, work)

    def _back_to_x(self, dz: Array, dx: Array, work: Array) -> None:
        k, normal, (mean, along) = self._k, self._normal, (self._k.scratch(self._mean.shape) for _ in range(2))
        k.back(np.multiply, dz, k.x[1], out=dx)
        k.back(np.matmul, dx, self._ones, out=mean)
        k.back(np.divide, mean, self._count, out=mean)
        k.back(np.multiply, normal, dx, out=work)
        k.back(np.matmul, work, self._ones, out=along)
        k.back(np.divide, along, self._count, out=along)
        k.back(np.multiply, normal, along[:, None], out=work)
        k.back(np.add, work, mean[:, None], out=work)
        k.back(np.subtract, dx, work, out=dx)
        k.back(np.multiply, dx, self._inverse[:, None], out=dx)
