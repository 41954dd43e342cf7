"""Batch norm and dropout in training: state that moves on, masks that come again, and both over a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document, Patch, Settings, Training
from gradstudio.engine.gradcheck import Band, GradientChecker
from gradstudio.files import storage
from gradstudio.training.trainer import Trainer
from tests.training.networks import network


def regular(**settings: object) -> Document:
    """A spiral classifier with batch norm and dropout behind its hidden layer."""
    return network(
        {
            "data": ("spiral", {"per_class": 20}),
            "hidden": ("dense", {"units": 12}),
            "norm": ("batch_norm", {}),
            "relu": ("relu", {}),
            "drop": ("dropout", {"rate": 0.3}),
            "scores": ("dense", {"units": 3}),
            "loss": ("softmax_cross_entropy", {"smoothing": 0.1}),
        },
        [
            ("data.X", "hidden.x"),
            ("hidden.z", "norm.x"),
            ("norm.z", "relu.x"),
            ("relu.z", "drop.x"),
            ("drop.z", "scores.x"),
            ("scores.z", "loss.scores"),
            ("data.labels", "loss.labels"),
        ],
        replace(Settings(optimizer="adam", learning_rate=0.02, batch_size=16, seed=4), **settings),  # type: ignore[arg-type]
    )


def trained(document: Document, steps: int) -> Training:
    """What a number of steps makes of a document."""
    trainer = Trainer(document.copy())
    for _ in trainer.run(steps):
        pass
    return trainer.training()


def key(document: Document, name: str) -> str:
    """The key of a node's array: "norm.gamma" -> "3.gamma"."""
    node, weight = name.split(".")
    record = document.named(node)
    assert record is not None
    return f"{record.id}.{weight}"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [None, 16])
def test_resuming_over_a_file_is_bit_equal(tmp_path: Path, batch: int | None, dtype: str) -> None:
    """20 steps leave the same bits as 10 steps, a file, and 10 more: parameters, running averages and masks."""
    document = regular(batch_size=batch, dtype=dtype)
    whole = trained(document, 20)
    document.apply(Patch("First part", training=trained(document, 10)))
    path = tmp_path / "half.grad"
    storage.write(document, path)
    resumed = trained(storage.read(path), 10)
    assert resumed.step == whole.step == 20
    for one, other in ((whole.parameters, resumed.parameters), (whole.optimizer, resumed.optimizer)):
        assert one.keys() == other.keys()
        assert all(one[k].tobytes() == other[k].tobytes() for k in one)
    assert whole.history["loss"].tobytes() == resumed.history["loss"].tobytes()


def test_running_averages_move_and_the_optimiser_leaves_them_alone() -> None:
    """After a step the running mean holds a tenth of the batch's; no optimiser keeps anything of it."""
    document = regular(batch_size=None, dtype="float64")
    trainer = Trainer(document.copy())
    trainer.evaluate()
    record = document.named("hidden")
    assert record is not None
    batch = trainer.plan.value(trainer.compiled.slots[record.id, "z"]).copy()
    next_steps = trainer.run(2)
    next(next_steps)
    next(next_steps)
    state = trainer.training()
    np.testing.assert_allclose(state.parameters[key(document, "norm.running_mean")], 0.1 * batch.mean(0), rtol=1e-12)
    running_var = state.parameters[key(document, "norm.running_var")]
    np.testing.assert_allclose(running_var, 0.9 + 0.1 * batch.var(axis=0, ddof=1), rtol=1e-12)
    assert not any("running" in name for name in state.optimizer)
    assert trainer.compiled.state.keys() == {key(document, "norm.running_mean"), key(document, "norm.running_var")}
    assert not trainer.compiled.state.keys() & trainer.compiled.parameters.keys()


def test_looking_moves_nothing() -> None:
    """Evaluating twice shows the same bits, and leaves the running averages where they were."""
    document = regular()
    trainer = Trainer(document.copy())
    trainer.evaluate()
    first, loss = trainer.training(), trainer.loss
    trainer.evaluate()
    assert trainer.loss == loss
    again = trainer.training()
    assert all(first.parameters[k].tobytes() == again.parameters[k].tobytes() for k in first.parameters)


def test_what_is_dropped_differs_from_step_to_step_and_from_seed_to_seed() -> None:
    """Each step draws a mask of its own; another seed draws others."""
    masks = []
    for seed in (4, 5):
        nodes = {"x": ("parameter", {"value": np.ones(40)}), "drop": ("dropout", {})}
        document = network(nodes, [("x.value", "drop.x")], Settings("sgd", 0.0, seed=seed))
        trainer = Trainer(document.copy())
        masks += [trainer.plan.value(trainer.compiled.slots[2, "z"]).tobytes() for _ in trainer.run(3)]
    assert len(set(masks)) == 6


def test_evaluating_uses_what_was_learned_of_the_data() -> None:
    """With the mode off nothing is dropped, and batch norm takes its running averages whatever the batch."""
    document = regular(batch_size=None, dtype="float64")
    trainer = Trainer(document.copy())
    for _ in trainer.run(40):
        pass
    trainer.plan.mode.training = False
    trainer.plan.forward()
    drop, relu, norm, hidden = (document.named(name) for name in ("drop", "relu", "norm", "hidden"))
    assert drop is not None
    assert relu is not None
    assert norm is not None
    assert hidden is not None
    slots, value = trainer.compiled.slots, trainer.plan.value
    np.testing.assert_array_equal(value(slots[drop.id, "z"]), value(slots[relu.id, "z"]))
    x, mean, var = (
        value(slots[i, p]) for i, p in ((hidden.id, "z"), (norm.id, "running_mean"), (norm.id, "running_var"))
    )
    gamma, beta = (value(slots[norm.id, p]) for p in ("gamma", "beta"))
    expected = gamma * (x - mean) / np.sqrt(var + 1e-5) + beta
    np.testing.assert_allclose(value(slots[norm.id, "z"]), expected, rtol=1e-12, atol=1e-14)


def test_gradients_are_right_while_units_are_dropped() -> None:
    """The gradient check finds every gradient of a step right, and asks for none of the running averages."""
    document = regular(batch_size=None)
    compiled = compile_document(document)
    checks = list(GradientChecker(compiled.graph).run())
    assert {check.band for check in checks} <= {Band.RIGHT, Band.FINE}
    assert not {check.slot for check in checks} & set(compiled.state.values())
    assert set(compiled.parameters.values()) <= {check.slot for check in checks}
