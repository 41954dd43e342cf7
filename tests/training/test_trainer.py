"""The trainer: steps, state and resuming."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.document.model import Document, Patch, Training
from gradstudio.engine.errors import GraphError, MemoryRefused, NotFinite
from gradstudio.engine.optimizers import OPTIMIZERS
from gradstudio.training.curve import LIMIT, Curve
from gradstudio.training.trainer import Trainer
from tests.training.networks import course_circuit, network, spiral


def trained(document: Document, steps: int) -> Training:
    """What a number of steps makes of a document."""
    trainer = Trainer(document.copy())
    for _ in trainer.run(steps):
        pass
    return trainer.training()


def assert_same(a: Training, b: Training) -> None:
    """Two states are equal bit for bit."""
    assert a.step == b.step
    for one, other in ((a.parameters, b.parameters), (a.optimizer, b.optimizer), (a.history, b.history)):
        assert one.keys() == other.keys()
        assert all(one[k].tobytes() == other[k].tobytes() for k in one)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch", [None, 17])
def test_resuming_is_bit_equal(optimizer: str, batch: int | None) -> None:
    """60 steps leave the same bits as 25 steps, a new trainer from the stored state, and 35 more."""
    more: dict[str, Any] = (
        {"schedule": "one-cycle", "period": 50, "warmup": 9, "clip_norm": 0.5, "weight_decay": 0.01} if batch else {}
    )
    document = spiral(optimizer=optimizer, batch_size=batch, learning_rate=0.05, **more)
    whole = trained(document, 60)
    document.apply(Patch("First part", training=trained(document, 25)))
    assert_same(trained(document, 35), replace(whole, step=60))


def test_the_network_learns() -> None:
    """The spiral's loss falls from chance level and most points are classified right."""
    trainer = Trainer(spiral().copy())
    trainer.evaluate()
    assert trainer.loss is not None
    start = trainer.loss
    for _ in trainer.run(300):
        pass
    trainer.evaluate()
    assert start > 0.9
    assert trainer.loss < 0.5
    assert trainer.accuracy is not None
    assert trainer.accuracy > 0.85


def test_first_step_is_gradient_descent() -> None:
    """One step of SGD on f = (x+y)·z moves each parameter by -0.01 × its gradient."""
    state = trained(course_circuit(), 1)
    np.testing.assert_allclose([float(v) for v in state.parameters.values()], [-1.96, 5.04, -4.03], rtol=1e-15)


def test_values_and_gradients_belong_to_the_step() -> None:
    """While the generator waits, the plan holds the values and gradients of the parameters at that step."""
    trainer = Trainer(course_circuit().copy())
    x, z = (trainer.compiled.slots[i, "value"] for i in (1, 3))
    for _ in trainer.run(5):
        assert trainer.plan.gradient(x) == trainer.plan.value(z)


def test_nothing_to_train_is_said() -> None:
    """A network without parameters is refused in a sentence."""
    document = network({"x": ("constant", {"value": 1.0}), "e": ("exp", {})}, [("x.value", "e.x")])
    with pytest.raises(GraphError, match="nothing to train"):
        next(Trainer(document).run(1))


def test_nothing_to_minimise_is_said() -> None:
    """A network without a complete output is refused, with its first problem."""
    document = network({"x": ("parameter", {"value": 1.0}), "q": ("add", {})}, [("x.value", "q.x")])
    with pytest.raises(GraphError, match="nothing to minimise"):
        next(Trainer(document).run(1))


def test_divergence_names_node_and_step_and_keeps_finite_parameters() -> None:
    """NaN ends the run in the step it appears in, and the parameters are still finite."""
    trainer = Trainer(spiral(optimizer="sgd", learning_rate=1e6).copy())
    with pytest.raises(NotFinite) as caught:
        for _ in trainer.run(100):
            pass
    assert caught.value.step == trainer.step
    assert np.isfinite(trainer.plan.parameters).all()


def test_learning_rate_changes_while_it_runs() -> None:
    """A learning rate of 0 set between two steps freezes the parameters from then on."""
    trainer = Trainer(course_circuit().copy())
    frozen = trainer.plan.parameters
    for step in trainer.run(6):
        if step == 3:
            frozen = trainer.plan.parameters.copy()
            trainer.use(replace(trainer.settings, learning_rate=0.0))
    assert np.array_equal(trainer.plan.parameters, frozen)


def test_stop_ends_a_run() -> None:
    """A run ends once `stop()` is true, between two gates."""
    trainer = Trainer(spiral().copy())
    asked = iter(range(10_000))
    assert len(list(trainer.run(1000, lambda: next(asked) > 40))) <= 41


@given(st.integers(0, 3 * LIMIT), st.data())
@settings(max_examples=25, deadline=None)
def test_curve_is_bounded_and_forgets_where_it_was_cut(steps: int, data: st.DataObject) -> None:
    """However long, a curve has at most LIMIT rows, begins at 0, and is the same if it was stored and restored."""
    cut = data.draw(st.integers(0, steps))
    whole, parts = Curve({}), Curve({})
    for step in range(steps):
        if step == cut:
            parts = Curve(parts.columns())
        for curve in (whole, parts):
            if curve.wants(step):
                curve.add(step, float(step), None)
    assert np.array_equal(whole.columns()["step"], parts.columns()["step"])
    rows = whole.columns()["step"]
    assert len(rows) <= LIMIT
    assert steps == 0 or rows[0] == 0
    assert np.array_equal(rows, whole.columns()["loss"])


@pytest.mark.parametrize(("optimizer", "arrays"), [("sgd", 2), ("momentum", 5), ("adam", 8)])
def test_what_an_optimiser_keeps_counts_as_memory(optimizer: str, arrays: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network is refused where it fits but what training needs beside it doesn't: the optimiser's, two copies."""
    document = spiral(units=50, optimizer=optimizer)
    trainer = Trainer(document)
    need = trainer.plan.bytes + arrays * trainer.plan.parameters.nbytes
    monkeypatch.setattr("gradstudio.engine.plan.memory_limit", lambda: need)
    Trainer(document)
    monkeypatch.setattr("gradstudio.engine.plan.memory_limit", lambda: need - 1)
    with pytest.raises(MemoryRefused):
        Trainer(document)


@pytest.mark.parametrize("batch_size", [None, 4])
def test_a_set_without_a_sample_is_computed(batch_size: int | None) -> None:
    """An empty list of labels is data without a sample: nothing of it is fed, and nothing breaks."""
    document = network({"labels": ("labels", {"value": np.zeros(0)}), "x": ("parameter", {"value": 2.0})}, [])
    document.apply(Patch("Set", settings=replace(document.settings, batch_size=batch_size)))
    assert Trainer(document).evaluate()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_next_update_is_foretold(optimizer: str) -> None:
    """What is foretold of an update is what it adds, but for the last rounding, and asking changes nothing."""
    trainer = Trainer(spiral(optimizer=optimizer))
    expected = trainer.plan.parameters
    for _ in trainer.run(5):
        before = trainer.plan.parameters.copy()
        foretold = trainer.next_update()
        assert np.array_equal(trainer.plan.parameters, before)
        expected = before + foretold
    np.testing.assert_allclose(trainer.plan.parameters, expected, rtol=0, atol=2e-7)


def test_the_learning_rate_follows_its_schedule() -> None:
    """Plain descent moves by the scheduled rate × gradient, clipped, in every step."""
    settings: dict[str, Any] = {"schedule": "step", "period": 2, "factor": 0.1, "clip_value": 1e-3}
    trainer = Trainer(spiral(optimizer="sgd", learning_rate=0.5, dtype="float64", **settings))
    for step in trainer.run(4):
        before = trainer.plan.parameters.copy()
        clipped = np.clip(trainer.plan.gradients, -1e-3, 1e-3)
        assert trainer.rate == pytest.approx(0.5 * 0.1 ** (step // 2))
        foretold = before - trainer.rate * clipped
        np.testing.assert_allclose(before + trainer.next_update(), foretold, rtol=1e-12)
