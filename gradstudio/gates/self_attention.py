"""Self-attention: a sequence that asks itself, with the four matrices that are learned."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Param, Port, Shape, Weight, shape_text
from gradstudio.gates.attention import CAUSAL, FUNCTIONS, HEADS, Attention
from gradstudio.gates.attention_kernels import Mixing, split_heads
from gradstudio.gates.axes import seen_as, total
from gradstudio.gates.common import matmul_quietly
from gradstudio.gates.initial import GAIN, INIT, all_rows, check_pins, drawn, pin

ROWS = '''def rows(x):
    """All rows of a batch of sequences as one matrix."""
    return np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))'''
Q, K, V = "({x} @ {W_q}BIAS_q)", "({x} @ {W_k}BIAS_k)", "({x} @ {W_v}BIAS_v)"
_SHARES = f"attention_shares({Q}, {K}, {{heads}}, {{causal}})"
_FORWARD = f"""\
{{z}} = {_SHARES}
{{z}} = join_heads({{z}} @ split_heads({V}, {{heads}}))
{{z}} = {{z}} @ {{W_o}}BIAS_o"""
_BACKWARD = f"""\
{{dW_v}} = {_SHARES}
{{dW_o}} = join_heads({{dW_v}} @ split_heads({V}, {{heads}}))
{{dW_o}} = rows({{dW_o}}).T @ rows({{dz}})
{{db_o}} = rows({{dz}}).sum(axis=0)
{{dx}} = {{dz}} @ {{W_o}}.T
{{dW_k}} = split_heads({{dx}}, {{heads}}) @ np.swapaxes(split_heads({V}, {{heads}}), -1, -2)
{{dW_k}} = {{dW_v}} * ({{dW_k}} - np.sum({{dW_v}} * {{dW_k}}, axis=-1, keepdims=True))
{{dW_k}} = {{dW_k}} / math.sqrt({{x}}.shape[-1] // {{heads}})
{{dW_q}} = join_heads({{dW_k}} @ split_heads({K}, {{heads}}))
{{dW_k}} = join_heads(np.swapaxes({{dW_k}}, -1, -2) @ split_heads({Q}, {{heads}}))
{{dW_v}} = join_heads(np.swapaxes({{dW_v}}, -1, -2) @ split_heads({{dx}}, {{heads}}))
{{dx}} = {{dW_q}} @ {{W_q}}.T + {{dW_k}} @ {{W_k}}.T + {{dW_v}} @ {{W_v}}.T
{{db_q}} = rows({{dW_q}}).sum(axis=0)
{{db_k}} = rows({{dW_k}}).sum(axis=0)
{{db_v}} = rows({{dW_v}}).sum(axis=0)
{{dW_q}} = rows({{x}}).T @ rows({{dW_q}})
{{dW_k}} = rows({{x}}).T @ rows({{dW_k}})
{{dW_v}} = rows({{x}}).T @ rows({{dW_v}})"""


@register
class SelfAttention(Gate):
    """Queries, keys and values computed from one sequence by a matrix each, attention, and a matrix behind it."""

    id = "self_attention"
    title = "Self-attention"
    category = Category.LAYER
    formula = r"z = \mathrm{softmax}\left( \frac{(x W_q)(x W_k)^T}{\sqrt{d}} \right) (x W_v)\, W_o"
    help = (
        "Every position of a sequence takes what it needs from all the others: multi-head attention with its "
        "projections to queries, keys and values. The width stays, so that x can be added again."
    )
    rule = (
        "Self-attention mixes back: upstream × W_oᵀ flows through the shares to values and scores, and from queries, "
        "keys and values as in Dense; x gets the three added up."
    )
    keywords = ("transformer", "multi-head attention", "mha", "sequence", "causal", "query", "key", "value", "layer")
    names = ("attention",)
    inputs = (Port("x", "Sequences (N×L×D), or one (L×D)."),)
    weights = (
        Weight("W_q", "Weights of the queries, D×D.", start="start_W_q"),
        Weight("W_k", "Weights of the keys, D×D.", start="start_W_k"),
        Weight("W_v", "Weights of the values, D×D.", start="start_W_v"),
        Weight("W_o", "Weights of the output, D×D.", start="start_W_o"),
        Weight("b_q", "Biases of the queries.", start="start_b_q"),
        Weight(
            "b_k", "Biases of the keys: they move all scores of a query alike, so their gradient is 0.", "start_b_k"
        ),
        Weight("b_v", "Biases of the values.", start="start_b_v"),
        Weight("b_o", "Biases of the output.", start="start_b_o"),
    )
    params = MappingProxyType(
        {
            "heads": HEADS,
            "causal": CAUSAL,
            "bias": Param("bool", True, "Add a learnable bias behind each of the four matrices."),
            "init": Param("choice", "xavier", INIT.help, title=INIT.title, choices=INIT.choices),
            "gain": GAIN,
        }
        | {f"start_{kind}_{letter}": pin(f"{kind}_{letter}") for kind in "Wb" for letter in "qkvo"}
    )
    numpy_functions = (*FUNCTIONS, ROWS)

    heads: int
    causal: bool
    bias: bool
    init: str
    gain: float

    def active_weights(self) -> tuple[Weight, ...]:
        """The matrices, and the biases unless they are switched off."""
        return self.weights if self.bias else self.weights[:4]

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        self.weight_shapes(x)
        return x

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Width × width for a matrix, width for a bias."""
        (x,) = inputs
        if len(x) not in (2, 3) or 0 in x[-2:] or x[-1] % self.heads:
            raise ShapeError(
                f"{self.title} needs sequences (N×L×D, or L×D) whose width D {self.heads} heads divide, "
                f"found {shape_text(x)}."
            )
        width = x[-1]
        shapes = tuple((width, width) if w.name.startswith("W") else (width,) for w in self.active_weights())
        return check_pins(self, shapes, f"an input of {shape_text(x)}")

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """Random numbers as `init` says for a matrix, zeros for a bias."""
        return np.zeros(shape) if len(shape) < 2 else drawn(self.init, self.gain, shape, shape[0], rng)

    def expand(self, x: Expression, *weights: Expression) -> Expression:
        """A matrix product each for queries, keys and values, attention, and one more behind it."""
        matrices, biases = weights[:4], weights[4:] or (None,) * 4
        *three, (W_o, b_o) = zip(matrices, biases, strict=True)
        mixed = x.formula.one("attention", *(_affine(x, W, b) for W, b in three), heads=self.heads, causal=self.causal)
        return _affine(mixed, W_o, b_o)

    @matmul_quietly
    def forward(self, x: Array, *weights: Array) -> Array:
        """Attention of three products with x, and a product with what comes out; all are kept for the way back."""
        matrices, biases = weights[:4], weights[4:] or (np.zeros((), x.dtype),) * 4
        self.x, self.matrices = x, matrices
        self.inner = Attention(heads=self.heads, causal=self.causal)
        *three, (W_o, b_o) = zip(matrices, biases, strict=True)
        self.mixed = self.inner.forward(*(x @ W + b for W, b in three))
        return np.asarray(self.mixed @ W_o + b_o)

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, ...]:
        """As in Dense behind attention and before it, where x gets what comes back from all three."""
        W_q, W_k, W_v, W_o = self.matrices
        given = self.inner.backward(dz @ W_o.T)
        dx = given[0] @ W_q.T + given[1] @ W_k.T + given[2] @ W_v.T
        back = [all_rows(d) for d in (*given, dz)]
        sources = [all_rows(self.x)] * 3 + [all_rows(self.mixed)]
        dW = [source.T @ d for source, d in zip(sources, back, strict=True)]
        return (dx, *dW, *(d.sum(axis=0) for d in back)) if self.bias else (dx, *dW)

    def kernels(self, k: Kernels) -> bool:
        """Products with all rows as one matrix, and attention on them head by head."""
        seen = [None if array is None else _seen_rows(array) for array in (k.x[0], k.z, k.dz, k.dx[0])]
        x, z, dz, dx = seen
        if not k.z.size or x is None or z is None or dz is None or (dx is None and k.dx[0] is not None):
            return False
        _Calls(k, self.heads, self.causal, x).emit(z, dz, dx)
        return True

    def caption(self) -> str:
        """Heads, and that it is causal."""
        heads = "1 head" if self.heads == 1 else f"{self.heads} heads"
        return f"{heads}, causal" if self.causal else heads

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the biases this gate has."""
        return self._with_biases(_FORWARD)

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code likewise."""
        return self._with_biases(_BACKWARD)

    def _with_biases(self, code: str) -> str:
        for letter in "qkvo":
            code = code.replace(f"BIAS_{letter}", f" + {{b_{letter}}}" if self.bias else "")
        return code


class _Calls:
    """The calls of a self-attention whose input is seen as rows.

    Attributes:
        three: queries, keys and values, as rows.
        mixed: what attention gives, as rows.
    """

    def __init__(self, k: Kernels, heads: int, causal: bool, x: Array) -> None:
        self.k, self.x, self.heads = k, x, heads
        self.matrices, self.biases = k.x[1:5], k.x[5:]
        self.scale = k.const(1 / math.sqrt(x.shape[-1] // heads))
        self.three = [k.scratch(x.shape) for _ in range(3)]
        self.mixed = k.scratch(x.shape)
        self._project_ahead()
        q, key, value = map(self._heads, self.three)
        self.mixing = Mixing(k, q, key, value, causal)
        self.mixing.ahead(self._heads(self.mixed))

    def emit(self, z: Array, dz: Array, dx: Array | None) -> None:
        """The last product, and the whole way back."""
        k = self.k
        k.product_ahead(self.mixed, self.matrices[3], z)
        if self.biases:
            k.ahead(np.add, z, self.biases[3], out=z)
        back = self._attention_back(dz)
        self._weights_back([*back, dz])
        if dx is not None:
            self._input_back(back, dx)

    def _project_ahead(self) -> None:
        k = self.k
        for made, W in zip(self.three, self.matrices, strict=False):
            k.product_ahead(self.x, W, made)
        for made, b in zip(self.three, self.biases, strict=False):
            k.ahead(np.add, made, b, out=made)
        k.ahead(np.multiply, self.three[0], self.scale, out=self.three[0])

    def _attention_back(self, dz: Array) -> list[Array]:
        """Gradients of queries, keys and values, as rows."""
        k, back = self.k, [self.k.scratch(self.x.shape) for _ in range(3)]
        given = k.scratch(self.x.shape)
        k.product_back(dz, self.matrices[3].T, given)
        dq, dkey, dvalue = map(self._heads, back)
        self.mixing.back(self._heads(given), dq, dkey, dvalue)
        k.back(np.multiply, back[0], self.scale, out=back[0])
        return back

    def _weights_back(self, back: list[Array]) -> None:
        sources = [self.x, self.x, self.x, self.mixed]
        for dW, source, d in zip(self.k.dx[1:5], sources, back, strict=True):
            if dW is not None:
                self.k.product_back(source.T, d, dW)
        for db, d in zip(self.k.dx[5:], back, strict=False):
            if db is not None:
                self.k.back(np.add.reduce, d, axis=0, out=db)

    def _input_back(self, back: list[Array], dx: Array) -> None:
        part = self.k.scratch(dx.shape)
        for i, (d, W) in enumerate(zip(back, self.matrices, strict=False)):
            self.k.product_back(d, W.T, part if i else dx)
            if i:
                self.k.back(np.add, dx, part, out=dx)

    def _heads(self, rows: Array) -> Array:
        """Rows as batch × heads × positions × width of a head."""
        batch = self.k.z.shape[:-1]
        return split_heads(rows.reshape(*batch, rows.shape[-1]), self.heads)


def _affine(x: Expression, W: Expression, b: Expression | None) -> Expression:
    return x @ W if b is None else x @ W + b


def _seen_rows(array: Array) -> Array | None:
    return seen_as(array, (total(array.shape[:-1]), array.shape[-1]))
