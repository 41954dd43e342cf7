"""Exported scripts of layers: images, random masks, running averages and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradstudio.document.model import Document, Patch, Settings
from gradstudio.engine.optimizers import OPTIMIZERS
from gradstudio.training.trainer import Trainer
from tests.export.test_numpy_code import exported
from tests.training.networks import network

IMAGES = np.random.default_rng(0).standard_normal((6, 2, 8, 8))


def classifier(**settings: Any) -> Document:
    """Images through two convolutions with batch norm, both kinds of pooling, dropout and a smoothed loss."""
    return network(
        {
            "images": ("constant", {"value": IMAGES}),
            "labels": ("labels", {"value": [0, 1, 2, 2, 1, 0]}),
            "conv": ("conv2d", {"filters": 4, "padding": 1}),
            "norm": ("batch_norm", {}),
            "relu": ("relu", {}),
            "pool": ("max_pool2d", {}),
            "drop": ("dropout", {"rate": 0.2}),
            "conv2": ("conv2d", {"filters": 3, "groups": 1, "stride": 2, "same": True}),
            "small": ("average_pool2d", {"kernel": 2, "stride": 1}),
            "scores": ("global_average_pool2d", {}),
            "loss": ("softmax_cross_entropy", {"smoothing": 0.1, "class_weights": [1, 2, 3]}),
        },
        [
            ("images.value", "conv.x"),
            ("conv.z", "norm.x"),
            ("norm.z", "relu.x"),
            ("relu.z", "pool.x"),
            ("pool.z", "drop.x"),
            ("drop.z", "conv2.x"),
            ("conv2.z", "small.x"),
            ("small.z", "scores.x"),
            ("scores.z", "loss.scores"),
            ("labels.labels", "loss.labels"),
        ],
        Settings(**{"optimizer": "adam", "learning_rate": 0.01, "dtype": "float64", "seed": 3, **settings}),
    )


def trained(document: Document, steps: int) -> Trainer:
    """A trainer after some steps."""
    trainer = Trainer(document.copy())
    for _ in trainer.run(steps):
        pass
    return trainer


def in_code(document: Document, key: str) -> str:
    """What an array is called in exported code: "3.W" -> "conv_W"."""
    node, _, weight = key.partition(".")
    return f"{document.nodes[int(node)].name}_{weight}"


def test_a_script_computes_the_step_the_network_is_at(tmp_path: Path) -> None:
    """After 7 steps objective and gradients are those the window shows, masks and batch statistics included."""
    document = classifier()
    document.apply(Patch("Train", training=trained(document, 7).training()))
    trainer = Trainer(document.copy())
    trainer.evaluate()
    module = exported(document, tmp_path)
    objective, gradients, _ = module["network"](module["parameters"])
    assert float(objective) == pytest.approx(trainer.loss, rel=1e-12)
    for key, slot in trainer.compiled.parameters.items():
        wanted = trainer.plan.gradient(slot)
        assert wanted is not None
        np.testing.assert_allclose(gradients[in_code(document, key)], wanted, atol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_script_trains_as_the_studio_does(optimizer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five steps of the script's loop leave the parameters and running averages that the trainer's leave."""
    document = classifier(optimizer=optimizer)
    module = exported(document, tmp_path)
    module["train"](module["parameters"], 5)
    capsys.readouterr()
    for key, wanted in trained(document, 5).training().parameters.items():
        np.testing.assert_allclose(module["parameters"][in_code(document, key)], wanted, atol=1e-9)


def test_a_script_evaluates_too(tmp_path: Path) -> None:
    """With `training=False` nothing is dropped and the running averages count, as in the engine."""
    document = classifier()
    document.apply(Patch("Train", training=trained(document, 20).training()))
    trainer = Trainer(document.copy())
    trainer.plan.mode.training = False
    trainer.plan.run()
    module = exported(document, tmp_path)
    objective, gradients, _ = module["network"](module["parameters"], training=False)
    assert float(objective) == pytest.approx(trainer.plan.objective(), rel=1e-12)
    for key, slot in trainer.compiled.parameters.items():
        wanted = trainer.plan.gradient(slot)
        assert wanted is not None
        np.testing.assert_allclose(gradients[in_code(document, key)], wanted, atol=1e-12)


def test_a_script_without_modes_asks_for_none(tmp_path: Path) -> None:
    """Tables, layer norm and paired losses: the network takes its parameters alone and gives two things back."""
    document = network(
        {
            "words": ("labels", {"value": [[0, 3, 1], [3, 3, 2]]}),
            "target": ("constant", {"value": np.arange(24.0).reshape(2, 3, 4) / 24}),
            "table": ("embedding", {"vocabulary": 4, "units": 4}),
            "norm": ("layer_norm", {}),
            "loss": ("binary_cross_entropy", {}),
            "keep": ("elastic", {}),
            "total": ("add", {}),
        },
        [
            ("words.labels", "table.indices"),
            ("table.z", "norm.x"),
            ("norm.z", "loss.scores"),
            ("target.value", "loss.target"),
            ("table.W", "keep.w"),
            ("loss.loss", "total.x"),
            ("keep.loss", "total.y"),
        ],
        Settings(dtype="float64"),
    )
    trainer = Trainer(document.copy())
    trainer.evaluate()
    assert trainer.compiled.objective_name == "total"
    module = exported(document, tmp_path)
    objective, gradients = module["network"](module["parameters"])
    assert float(objective) == pytest.approx(trainer.loss, rel=1e-12)
    for key, slot in trainer.compiled.parameters.items():
        wanted = trainer.plan.gradient(slot)
        assert wanted is not None
        np.testing.assert_allclose(gradients[in_code(document, key)], wanted, atol=1e-12)
    assert "SEED" not in module
