"""Attention: each position takes from all others what fits it, by softmax-weighted means of their values."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Param, Port, Shape, shape_text
from gradstudio.gates.attention_kernels import Mixing, join_heads, later, split_heads
from gradstudio.gates.common import matmul_quietly

HEADS = Param("int", 1, "The width is cut into so many heads, each of which attends for itself.", low=1, high=65536)
CAUSAL = Param("bool", False, "No position sees a later one: the scores of later keys count as −∞.")
HIDDEN = -1e30
"""Added to the score of a key that isn't seen, where −∞ can't be written down: its power is exactly 0."""

FUNCTIONS = (
    '''def split_heads(x, heads):
    """Cut the features of each position into heads: heads × positions × features of a head."""
    return np.swapaxes(np.reshape(x, (*x.shape[:-1], heads, x.shape[-1] // heads)), -2, -3)''',
    '''def join_heads(x):
    """Put the heads' features side by side again."""
    x = np.swapaxes(x, -2, -3)
    return np.reshape(x, (*x.shape[:-2], x.shape[-2] * x.shape[-1]))''',
    '''def attention_shares(Q, K, heads, causal):
    """How much each query takes of each key, in every head: softmax(Q Kᵀ / √d)."""
    scores = split_heads(Q / math.sqrt(Q.shape[-1] // heads), heads) @ np.swapaxes(split_heads(K, heads), -1, -2)
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)''',
)
"""Code that exported scripts share."""
BACK = (
    "{dK} = split_heads({dz}, {heads}) @ np.swapaxes(split_heads({V}, {heads}), -1, -2)\n"
    "{dK} = {dV} * ({dK} - np.sum({dV} * {dK}, axis=-1, keepdims=True)) / math.sqrt({Q}.shape[-1] // {heads})\n"
    "{dQ} = join_heads({dK} @ split_heads({K}, {heads}))\n"
    "{dK} = join_heads(np.swapaxes({dK}, -1, -2) @ split_heads({Q}, {heads}))\n"
    "{dV} = join_heads(np.swapaxes({dV}, -1, -2) @ split_heads({dz}, {heads}))\n"
)


@register
class Attention(Gate):
    """Scaled dot-product attention, softmax(Q · Kᵀ ÷ √d) · V, of one head or several."""

    id = "attention"
    title = "Attention"
    category = Category.LAYER
    formula = r"z = \mathrm{softmax}\left( \frac{Q K^T}{\sqrt{d}} \right) V"
    help = (
        "Each query takes a mean of the values, weighted by the softmax of how well it fits their keys (scaled "
        "dot-product attention). Nothing in it is learned: queries, keys and values come from layers."
    )
    rule = (
        "Attention mixes back: each value gets the upstream gradients × the shares taken of it; through softmax the "
        "queries get the scores' gradients × the keys, the keys those × the queries, both ÷ √d."
    )
    keywords = (
        "transformer",
        "scaled dot product",
        "query",
        "key",
        "value",
        "multi-head",
        "sequence",
        "causal",
        "sdpa",
    )
    inputs = (
        Port("Q", "What each position asks for: N×L×D, or L×D for one sequence."),
        Port("K", "What each position offers to be found by, of the same width: N×M×D."),
        Port("V", "What is taken of each position, as many as there are keys: N×M×E."),
    )
    params = MappingProxyType({"heads": HEADS, "causal": CAUSAL})
    numpy_functions = FUNCTIONS
    numpy_forward = (
        "{z} = attention_shares({Q}, {K}, {heads}, {causal})\n{z} = join_heads({z} @ split_heads({V}, {heads}))"
    )
    numpy_backward = "{dV} = attention_shares({Q}, {K}, {heads}, {causal})\n" + BACK

    heads: int
    causal: bool

    def shape(self, Q: Shape, K: Shape, V: Shape) -> Shape:
        """A row of V's width for each query."""
        rank = len(Q)
        if rank not in (2, 3) or len(K) != rank or len(V) != rank or len({Q[:-2], K[:-2], V[:-2]}) > 1:
            self._refuse("queries, keys and values as sequences in one batch (N×L×D, or L×D each)", Q, K, V)
        if Q[-1] != K[-1] or K[-2] != V[-2] or 0 in (*Q[-1:], *K[-2:], *V[-1:]):
            self._refuse("queries as wide as the keys, and a value for each key", Q, K, V)
        if Q[-1] % self.heads or V[-1] % self.heads:
            self._refuse(f"widths that {self.heads} heads divide", Q, K, V)
        if self.causal and Q[-2] != K[-2]:
            self._refuse("as many keys as queries where it is causal", Q, K, V)
        return (*Q[:-1], V[-1])

    def expand(self, Q: Expression, K: Expression, V: Expression) -> Expression:
        """Queries × keys, scaled, softmax, × values; with several heads the widths are cut before and joined after."""
        formula, q, v = Q.formula, self._cut(Q), self._cut(V)
        turned = self._cut(K, turned=True) if self.heads > 1 else formula.one("transpose", K)
        scores = (q @ turned) / math.sqrt(Q.shape[-1] // self.heads)
        if self.causal:
            scores = scores + np.where(later(K.shape[-2]), HIDDEN, 0)
        mixed = formula.one("softmax", scores) @ v
        return mixed if self.heads == 1 else self._joined(mixed)

    def _cut(self, x: Expression, turned: bool = False) -> Expression:
        """Heads before the positions, where there are several; `turned`, the positions come last."""
        if self.heads == 1:
            return x
        formula, batch = x.formula, len(x.shape) == 3
        sizes = f"{x.shape[-2]}, {self.heads}, {x.shape[-1] // self.heads}"
        cut = formula.one("reshape", x, sizes=sizes, keep_batch=batch)
        order = (1, 2, 0) if turned else (1, 0, 2)
        axes = (0, *(axis + 1 for axis in order)) if batch else order
        return formula.one("transpose", cut, axes=", ".join(map(str, axes)))

    def _joined(self, x: Expression) -> Expression:
        formula, batch = x.formula, len(x.shape) == 4
        swapped = formula.one("transpose", x, axes="0, 2, 1, 3" if batch else "1, 0, 2")
        *_, positions, heads, width = swapped.shape
        return formula.one("reshape", swapped, sizes=f"{positions}, {heads * width}", keep_batch=batch)

    @matmul_quietly
    def forward(self, Q: Array, K: Array, V: Array) -> Array:
        """The shares, from scores whose largest is taken off first so that nothing overflows; × the values."""
        self.scale = 1 / math.sqrt(Q.shape[-1] // self.heads)
        self.q, self.k, self.v = (split_heads(array, self.heads) for array in (Q * self.scale, K, V))
        scores = self.q @ self.k.swapaxes(-1, -2)
        if self.causal:
            scores = np.where(later(scores.shape[-1]), -np.inf, scores).astype(Q.dtype)
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        self.shares = powers / powers.sum(axis=-1, keepdims=True)
        return join_heads(self.shares @ self.v)

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, Array, Array]:
        """Back through the mean to values and shares, through softmax to the scores, and as in MatMul to both."""
        given, shares = split_heads(dz, self.heads), self.shares
        back = given @ self.v.swapaxes(-1, -2)
        scores = shares * (back - (shares * back).sum(axis=-1, keepdims=True))
        dq, dk = scores @ self.k * self.scale, scores.swapaxes(-1, -2) @ self.q
        return join_heads(dq), join_heads(dk), join_heads(shares.swapaxes(-1, -2) @ given)

    def kernels(self, k: Kernels) -> bool:
        """The queries scaled, and then head by head on views of the arrays as they lie."""
        if not k.z.size:
            return False
        (Q, K, V), (dQ, dK, dV) = k.x, k.dx
        scaled, scale = k.scratch_like(Q), k.const(1 / math.sqrt(Q.shape[-1] // self.heads))
        k.ahead(np.multiply, Q, scale, out=scaled)
        q, key, value = (split_heads(array, self.heads) for array in (scaled, K, V))
        mixing = Mixing(k, q, key, value, self.causal)
        mixing.ahead(split_heads(k.z, self.heads))
        to = (None if array is None else split_heads(array, self.heads) for array in (dQ, dK, dV))
        mixing.back(split_heads(k.dz, self.heads), *to)
        if dQ is not None:
            k.back(np.multiply, dQ, scale, out=dQ)
        return True

    def caption(self) -> str:
        """Heads, where there are several, and that it is causal."""
        heads = f"{self.heads} heads" if self.heads > 1 else ""
        return ", ".join(filter(None, (heads, "causal" if self.causal else "")))

    def _refuse(self, needs: str, Q: Shape, K: Shape, V: Shape) -> None:
        found = f"Q is {shape_text(Q)}, K {shape_text(K)} and V {shape_text(V)}"
        raise ShapeError(f"{self.title} needs {needs}; {found}.")
