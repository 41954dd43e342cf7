"""Attention in place: the calls that mix values by what queries take of keys, head by head."""

from __future__ import annotations

import math

import numpy as np

from gradstudio.engine.gate import Array, Kernels


def split_heads(array: Array, heads: int) -> Array:
    """…×positions×width as …×heads×positions×(width of a head): a view, however the array lies in memory."""
    return array.reshape(*array.shape[:-1], heads, array.shape[-1] // heads).swapaxes(-2, -3)


def join_heads(array: Array) -> Array:
    """The way back of `split_heads`, as an array of its own."""
    swapped = array.swapaxes(-2, -3)
    return np.ascontiguousarray(swapped).reshape(*swapped.shape[:-2], math.prod(swapped.shape[-2:]))


def later(count: int) -> Array:
    """A mask of positions × positions: True where a key comes after its query."""
    return np.asarray(~np.tri(count, dtype=np.bool_))


class Mixing:
    """The calls of softmax(q · kᵀ ÷ √d) · v for arrays split into heads. Queries are read scaled already.

    Args:
        k: to add the calls to.
        q: queries ÷ √d.
        key: what they are held against.
        value: what is mixed.
        causal: whether a query sees no later keys.

    Attributes:
        shares: how much each query takes of each value.
    """

    def __init__(self, k: Kernels, q: Array, key: Array, value: Array, causal: bool) -> None:
        self.k, self.q, self.key, self.value = k, q, key, value
        self.shares = k.scratch((*q.shape[:-1], key.shape[-2]))
        self.line = k.scratch((*q.shape[:-1], 1))
        self.mask = np.where(later(key.shape[-2]), -np.inf, 0).astype(k.dtype) if causal else None

    def ahead(self, z: Array) -> None:
        """Six calls, and one for the mask: the largest score is taken off, so that no power overflows."""
        k, shares, line = self.k, self.shares, self.line
        k.product_ahead(self.q, _turned(self.key), shares)
        if self.mask is not None:
            k.ahead(np.add, shares, self.mask, out=shares)
        k.ahead(np.maximum.reduce, shares, axis=-1, keepdims=True, out=line)
        k.ahead(np.subtract, shares, line, out=shares)
        k.ahead(np.exp, shares, out=shares)
        k.ahead(np.add.reduce, shares, axis=-1, keepdims=True, out=line)
        k.ahead(np.divide, shares, line, out=shares)
        k.product_ahead(shares, self.value, z)

    def back(self, dz: Array, dq: Array | None, dkey: Array | None, dvalue: Array | None) -> None:
        """What flows back to the three, where it is wanted; to the queries as they are scaled."""
        k, shares = self.k, self.shares
        if dvalue is not None:
            k.product_back(_turned(shares), dz, dvalue)
        if dq is None and dkey is None:
            return
        scores, work = k.scratch(shares.shape), k.scratch(shares.shape)
        k.product_back(dz, _turned(self.value), scores)
        k.back(np.multiply, scores, shares, out=work)
        k.back(np.add.reduce, work, axis=-1, keepdims=True, out=self.line)
        k.back(np.subtract, scores, self.line, out=scores)
        k.back(np.multiply, scores, shares, out=scores)
        if dq is not None:
            k.product_back(scores, self.key, dq)
        if dkey is not None:
            k.product_back(_turned(scores), self.q, dkey)


def _turned(array: Array) -> Array:
    return array.swapaxes(-1, -2)
