"""Layers and losses against PyTorch in float64, values and gradients."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from gradstudio.engine.gate import Array, Gate, Kind, Mode
from gradstudio.engine.running import unbroadcast
from gradstudio.gates.convolution import Conv2D
from gradstudio.gates.embedding import Embedding
from gradstudio.gates.loss import SoftmaxCrossEntropy
from gradstudio.gates.normalisation import BatchNorm, LayerNorm
from gradstudio.gates.paired import BinaryCrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from gradstudio.gates.pooling import AveragePool2D, GlobalAveragePool2D, GlobalMaxPool2D, MaxPool2D

torch = pytest.importorskip("torch", reason="PyTorch is the oracle; it comes with the extra “torch”")
F = torch.nn.functional


def agree(
    gate: Gate,
    oracle: Any,
    *shapes: tuple[int, ...],
    labels: Array | None = None,
    seed: int = 0,
    positive: bool = False,
) -> None:
    """Outputs and all gradients of random arrays of these shapes (weights included) agree to 1e-10.

    Args:
        gate: to try.
        oracle: the same in PyTorch, of the same arrays.
        shapes: of the real arrays.
        labels: the labels, where the gate takes some.
        seed: of the numbers.
        positive: whether all numbers are.
    """
    random = np.random.default_rng(seed)
    real = [random.uniform(0.1, 3, shape) if positive else random.standard_normal(shape) for shape in shapes]
    tensors = [torch.tensor(array, requires_grad=True) for array in real]
    given: list[Any] = list(real)
    if labels is not None:
        at = next(i for i, port in enumerate(gate.inputs) if port.kind is Kind.LABELS)
        given.insert(at, labels)
        tensors.insert(at, torch.tensor(labels))
    z, wanted = gate.forward(*given), oracle(*tensors)
    np.testing.assert_allclose(z, wanted.detach().numpy(), rtol=1e-10, atol=1e-10)
    dz = random.standard_normal(np.shape(z))
    wanted.backward(torch.tensor(dz))
    made = gate.backward(dz)
    for found, tensor in zip(made if isinstance(made, tuple) else (made,), tensors, strict=True):
        if tensor.dtype == torch.float64 and tensor.grad is not None:
            summed = unbroadcast(np.asarray(found), tuple(tensor.shape))
            np.testing.assert_allclose(summed, tensor.grad.numpy(), rtol=1e-10, atol=1e-10)


CONVOLUTIONS = [
    {},
    {"stride": 2, "padding": 1},
    {"padding": 2, "dilation": 2},
    {"groups": 2, "kernel": 2},
    {"groups": 4, "stride": 3, "padding": 1, "dilation": 2, "kernel": 2, "filters": 12},
    {"kernel": 5, "stride": 2, "padding": 4, "filters": 1},
]


@pytest.mark.parametrize("params", CONVOLUTIONS)
@pytest.mark.parametrize("batch", [1, 3])
def test_convolution(params: dict[str, int], batch: int) -> None:
    """Stride, padding, dilation and groups, alone and together, on images that aren't square."""
    gate = Conv2D(**{"filters": 8, **params})
    given = {name: getattr(gate, name) for name in ("stride", "padding", "dilation", "groups")}
    x = (batch, 4, 7, 9)
    agree(gate, lambda x, W, b: F.conv2d(x, W, b, **given), x, *gate.weight_shapes(x))


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (4, 1), (2, 3)])
def test_same_convolution(kernel: int, dilation: int) -> None:
    """What even kernels pad unevenly, they pad on the side PyTorch pads."""
    gate, x = Conv2D(filters=2, kernel=kernel, dilation=dilation, same=True, bias=False), (2, 3, 6, 7)
    (W,) = gate.weight_shapes(x)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Using padding='same' with even kernel", UserWarning)
        agree(gate, lambda x, W: F.conv2d(x, W, padding="same", dilation=dilation), x, W)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, None, 0), (3, 2, 1), (3, 1, 1), (2, 3, 0)])
def test_pools(kernel: int, stride: int | None, padding: int) -> None:
    """Windows side by side, overlapping, padded and with gaps."""
    for kind, oracle in ((MaxPool2D, F.max_pool2d), (AveragePool2D, F.avg_pool2d)):
        gate = kind(kernel=kernel, stride=stride, padding=padding)
        agree(gate, lambda x, of=oracle: of(x, kernel, stride, padding), (3, 2, 7, 8))


def test_ties_in_max_pool() -> None:
    """The first of equal entries gets the gradient, in PyTorch too."""
    x, gate = np.zeros((2, 2, 6, 6)), MaxPool2D(kernel=3, stride=2, padding=1)
    tensor = torch.tensor(x, requires_grad=True)
    dz = np.random.default_rng(0).standard_normal(gate.forward(x).shape)
    F.max_pool2d(tensor, 3, 2, 1).backward(torch.tensor(dz))
    np.testing.assert_allclose(gate.backward(dz), tensor.grad.numpy(), atol=1e-12)


def test_global_pools() -> None:
    """Mean and largest of each channel."""
    agree(GlobalAveragePool2D(), lambda x: x.mean((2, 3)), (3, 2, 5, 4))
    agree(GlobalMaxPool2D(), lambda x: F.adaptive_max_pool2d(x, 1)[:, :, 0, 0], (3, 2, 5, 4))


@pytest.mark.parametrize("shape", [(7, 3), (2, 3, 4, 5)])
@pytest.mark.parametrize("training", [True, False])
def test_batch_norm(shape: tuple[int, ...], training: bool) -> None:
    """Outputs, gradients and running averages, of features and images, while training and evaluating."""
    gate, random = BatchNorm(momentum=0.8), np.random.default_rng(1)
    gate.mode = Mode(training)
    mean, var = random.standard_normal(3), random.uniform(0.5, 2, 3)
    mean_t, var_t = torch.tensor(mean), torch.tensor(var)

    class WithState(BatchNorm):
        """The gate with its running averages filled in."""

        def forward(self, x: Array, gamma: Array, beta: Array) -> Array:  # type: ignore[override]
            return gate.forward(x, gamma, beta, mean, var)

        def backward(self, dz: Array) -> tuple[Array | None, ...]:
            return gate.backward(dz)[:3]

    agree(WithState(), lambda x, g, b: F.batch_norm(x, mean_t, var_t, g, b, training, 0.2, 1e-5), shape, (3,), (3,))
    if training:
        gate.advance(mean, var, mean, var)
    np.testing.assert_allclose(mean, mean_t.numpy(), atol=1e-12)
    np.testing.assert_allclose(var, var_t.numpy(), atol=1e-12)


@pytest.mark.parametrize("shape", [(5,), (7, 5), (2, 3, 5)])
def test_layer_norm(shape: tuple[int, ...]) -> None:
    """Of one row, a batch, and a batch of sequences."""
    agree(LayerNorm(), lambda x, g, b: F.layer_norm(x, (5,), g, b), shape, (5,), (5,))


def test_embedding() -> None:
    """Rows and gradients that add up, of a batch of sequences."""
    labels = np.random.default_rng(2).integers(0, 6, (4, 5))
    agree(Embedding(vocabulary=6, units=3), F.embedding, (6, 3), labels=labels)


@pytest.mark.parametrize("smoothing", [0, 0.15])
@pytest.mark.parametrize("weights", [None, [0.2, 1, 3, 0.7]])
def test_cross_entropy(smoothing: float, weights: list[float] | None) -> None:
    """Label smoothing and class weights, alone and together."""
    gate = SoftmaxCrossEntropy(smoothing=smoothing, class_weights=weights)
    weight = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    labels = np.random.default_rng(3).integers(0, 4, 9)
    agree(
        gate,
        lambda s, y: F.cross_entropy(s, y, weight=weight, label_smoothing=smoothing),
        (9, 4),
        labels=labels,
    )


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_paired_losses(reduction: str) -> None:
    """Squared, absolute and Huber's error and binary cross-entropy, averaged and added up."""
    given: Any = {"reduction": reduction}
    agree(MeanSquaredError(**given), lambda p, t: F.mse_loss(p, t, **given), (6, 2), (6, 2))
    agree(MeanAbsoluteError(**given), lambda p, t: F.l1_loss(p, t, **given), (6, 2), (6, 2))
    agree(Huber(delta=0.7, **given), lambda p, t: F.huber_loss(p, t, delta=0.7, **given), (6, 2), (6, 2))
    agree(
        BinaryCrossEntropy(**given),
        lambda s, t: F.binary_cross_entropy_with_logits(s, t, **given),
        (6, 2),
        (6, 2),
    )
