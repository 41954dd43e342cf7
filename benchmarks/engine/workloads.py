"""What is computed: networks and scalar circuits, defined with numpy alone so that every peer gets the same.

Learning rates are so small that the numbers are the same after thousands of timed steps as in the first: the time of a
step doesn't depend on the rate, but numbers that vanish would be slow. `check_rate` is large enough to show in the
losses of the first steps, by which the peers are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.engine.circuits import Circuit, circuit

Array: TypeAlias = npt.NDArray[Any]
LayerKind: TypeAlias = Literal["dense", "conv", "relu", "tanh", "sigmoid", "pool", "flatten"]
Sampler: TypeAlias = Callable[[np.random.Generator], tuple[Array, Array]]

BATCHES = 8
"""Fixed batches of a network, used in turn."""

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Adam's constants, the same for all."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a network.

    Attributes:
        kind: a convolution is 3×3, its output as large as its input; pooling takes the maximum of 2×2.
        inputs: features or channels that come in, where it has weights.
        outputs: features or channels that go out, where it has weights.
    """

    kind: LayerKind
    inputs: int = 0
    outputs: int = 0


@dataclass(frozen=True)
class Network:
    """A network to train.

    Attributes:
        name: the letter of the table.
        title: what it is, in a few words.
        sample: shape of one sample.
        layers: from input to output.
        batch: samples a step.
        loss: softmax + cross-entropy, or the mean of squared errors over all entries.
        optimizer: how parameters are updated.
        rate: learning rate while it is timed.
        check_rate: learning rate while losses are compared.
        decay: λ of ½ λ Σ w² over all weights that aren't biases; 0 for none.
        dtype: of all real numbers.
        starts: weight and bias of each layer that has some, in order. Dense: inputs × outputs;
            convolution: outputs × inputs × 3 × 3.
        batches: samples and targets (int64 classes, or numbers for squared errors) of each batch.
    """

    name: str
    title: str
    sample: tuple[int, ...]
    layers: tuple[Layer, ...]
    batch: int
    loss: Literal["cross_entropy", "squared_error"] = "cross_entropy"
    optimizer: Literal["sgd", "adam"] = "sgd"
    rate: float = 1e-5
    check_rate: float = 0.05
    decay: float = 0.0
    dtype: str = "float32"
    starts: tuple[Array, ...] = ()
    batches: tuple[tuple[Array, Array], ...] = ()

    def checked(self) -> Network:
        """With the rate at which losses are compared."""
        return replace(self, rate=self.check_rate)


Workload: TypeAlias = Network | Circuit

TITLES = {
    "a": "XOR MLP 2-8-1, batch 4, tanh and sigmoid, squared error, SGD",
    "b": "spiral MLP 2-100-3, batch 300, ReLU, cross-entropy + L2, SGD",
    "b64": "as b, in float64",
    "c": "digits MLP 64-128-10, batch 64, Adam",
    "d": "MLP 784-256-128-10, batch 128, Adam",
    "e": "MLP 784-1024-1024-10, batch 256, SGD",
    "e_adam": "as e, Adam",
    "f": "CNN conv8-pool-conv16-pool-dense10, batch 64, SGD",
    "g3": "1,000 scalar gates, shallow, float64",
    "g5": "100,000 scalar gates, shallow, float64",
    "g5deep": "100,000 scalar gates, deep, float64",
}
"""The workloads of the table, in its order."""


def make(name: str) -> Workload:
    """The workload of this name, the same every time.

    Besides those of the table there are families to show growth: "circuit:N" and "deep:N" (scalar gates),
    "layers:N" (Dense and ReLU, N times) and "batch:N".

    Raises:
        KeyError: if there is none of this name.
    """
    family, _, size = name.partition(":")
    if size:
        return _FAMILIES[family](name, int(size))
    return _MAKERS[name](name)


def _xor(name: str) -> Network:
    layers = (Layer("dense", 2, 8), Layer("tanh"), Layer("dense", 8, 1), Layer("sigmoid"))
    net = Network(name, TITLES[name], (2,), layers, 4, "squared_error", check_rate=0.5)
    return _filled(net, 1, lambda _: (np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])))


def _spiral(name: str) -> Network:
    dtype = "float64" if name == "b64" else "float32"
    net = Network(name, TITLES[name], (2,), mlp(2, 100, 3), 300, check_rate=0.5, decay=1e-3, dtype=dtype)
    return _filled(net, 2, lambda dice: spiral_points(dice, 100, 3))


def _digits(name: str) -> Network:
    net = Network(name, TITLES[name], (64,), mlp(64, 128, 10), 64, optimizer="adam", check_rate=1e-2)
    return _filled(net, 3, sparse_pictures(net, 10))


def _medium(name: str) -> Network:
    net = Network(name, TITLES[name], (784,), mlp(784, 256, 128, 10), 128, optimizer="adam", check_rate=1e-3)
    return _filled(net, 4, sparse_pictures(net, 10))


def _large(name: str) -> Network:
    layers = mlp(784, 1024, 1024, 10)
    if name == "e_adam":
        net = Network(name, TITLES[name], (784,), layers, 256, optimizer="adam", check_rate=1e-4)
    else:
        net = Network(name, TITLES[name], (784,), layers, 256)
    return _filled(net, 5, sparse_pictures(net, 10))


def _pictures(name: str) -> Network:
    block = (Layer("relu"), Layer("pool"))
    layers = (Layer("conv", 1, 8), *block, Layer("conv", 8, 16), *block, Layer("flatten"), Layer("dense", 784, 10))
    net = Network(name, TITLES[name], (1, 28, 28), layers, 64)
    return _filled(net, 6, sparse_pictures(net, 10))


def _tower(name: str, depth: int) -> Network:
    net = Network(name, f"MLP of {depth} layers of 64 units, batch 64, SGD", (64,), mlp(*[64] * depth, 10), 64)
    return _filled(net, 8, sparse_pictures(net, 10))


def _crowd(name: str, batch: int) -> Network:
    net = Network(name, f"digits MLP 64-128-10, batch {batch}, SGD", (64,), mlp(64, 128, 10), batch)
    return _filled(net, 9, sparse_pictures(net, 10))


_MAKERS: dict[str, Callable[[str], Workload]] = {
    "a": _xor, "b": _spiral, "b64": _spiral, "c": _digits, "d": _medium, "e": _large, "e_adam": _large, "f": _pictures,
    "g3": lambda name: circuit(name, TITLES[name], 1_000),
    "g5": lambda name: circuit(name, TITLES[name], 100_000),
    "g5deep": lambda name: circuit(name, TITLES[name], 100_000, window=256),
}  # fmt: skip

_FAMILIES: dict[str, Callable[[str, int], Workload]] = {
    "circuit": lambda name, count: circuit(name, f"{count:,} scalar gates, shallow", count),
    "deep": lambda name, count: circuit(name, f"{count:,} scalar gates, deep", count, window=256),
    "layers": _tower,
    "batch": _crowd,
}


def mlp(*sizes: int) -> tuple[Layer, ...]:
    """Dense layers of these sizes with ReLU between them."""
    dense = [Layer("dense", n, m) for n, m in pairwise(sizes)]
    return (dense[0], *(layer for d in dense[1:] for layer in (Layer("relu"), d)))


def spiral_points(dice: np.random.Generator, per_class: int, classes: int) -> tuple[Array, Array]:
    """Points on arms of a spiral, one arm a class, as in the course."""
    r = np.tile(np.linspace(0, 1, per_class), classes)
    t = np.concatenate([np.linspace(4 * k, 4 * k + 4, per_class) for k in range(classes)])
    t += 0.2 * dice.standard_normal(len(t))
    return np.stack([r * np.sin(t), r * np.cos(t)], axis=1), np.repeat(np.arange(classes), per_class)


def sparse_pictures(net: Network, classes: int) -> Sampler:
    """Random samples of which four entries in five are 0, as in pictures of digits, with random classes."""

    def draw(dice: np.random.Generator) -> tuple[Array, Array]:
        x = dice.random((net.batch, *net.sample))
        return x * (dice.random(x.shape) < 0.2), dice.integers(0, classes, net.batch)

    return draw


def _filled(net: Network, seed: int, sampler: Sampler) -> Network:
    """The network with start weights (He et al.) and batches."""
    dice, target = np.random.default_rng(seed), net.dtype if net.loss == "squared_error" else "int64"
    starts = [array.astype(net.dtype) for layer in net.layers for array in _start(layer, dice)]
    drawn = [sampler(dice) for _ in range(BATCHES)]
    batches = tuple((np.ascontiguousarray(x, net.dtype), y.astype(target)) for x, y in drawn)
    return Network(**{**vars(net), "starts": tuple(starts), "batches": batches})


def _start(layer: Layer, dice: np.random.Generator) -> Sequence[Array]:
    shapes = {"dense": (layer.inputs, layer.outputs), "conv": (layer.outputs, layer.inputs, 3, 3)}
    if layer.kind not in shapes:
        return ()
    fan_in = layer.inputs * (9 if layer.kind == "conv" else 1)
    return dice.standard_normal(shapes[layer.kind]) * np.sqrt(2 / fan_in), np.full(layer.outputs, 0.01)
