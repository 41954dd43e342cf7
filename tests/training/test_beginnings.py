"""Adam counts its steps from where its sums began."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradstudio.document.model import Document, Patch, Training
from gradstudio.engine.optimizers import Adam
from gradstudio.files import dumps, loads
from gradstudio.training.beginnings import put_off
from gradstudio.training.trainer import Trainer
from tests.training.networks import spiral

RATE = 0.02


def switched(document: Document) -> Trainer:
    """A trainer that made 1,000 steps of plain descent and then took up Adam."""
    trainer = Trainer(document.copy())
    trainer.step = 1_000
    trainer.use(replace(trainer.settings, optimizer="adam", learning_rate=RATE))
    return trainer


def steps(trainer: Trainer, count: int) -> Training:
    """What some more steps make of it."""
    for _ in trainer.run(count):
        pass
    return trainer.training()


def test_a_late_switch_starts_with_the_learning_rate() -> None:
    """The first update moves each parameter by the learning rate, as it does at step 0, and was foretold so."""
    trainer = switched(spiral(optimizer="sgd"))
    before = trainer.plan.parameters.copy()
    trainer.evaluate()
    foretold, moving = trainer.next_update(), np.abs(trainer.plan.gradients) > 1e-5
    steps(trainer, 1)
    moved = trainer.plan.parameters - before
    np.testing.assert_allclose(np.abs(moved[moving]), RATE, rtol=2e-3)
    np.testing.assert_allclose(moved, foretold, rtol=0, atol=2e-7)


def test_after_a_late_switch_resuming_is_bit_equal() -> None:
    """Five steps and five more, from a file between them, leave the same bits as ten."""
    document = spiral(optimizer="sgd")
    whole, half = steps(switched(document), 10), steps(switched(document), 5)
    assert {key for key in half.optimizer if key.endswith("/began")}
    settings = replace(document.settings, optimizer="adam", learning_rate=RATE)
    document.apply(Patch("Half", training=half, settings=settings))
    again = steps(Trainer(loads(dumps(document))), 5)
    for column in ("parameters", "optimizer"):
        one, other = getattr(whole, column), getattr(again, column)
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[key], other[key]) for key in one)


def test_a_layer_added_late_counts_by_itself() -> None:
    """Weights without kept sums move by the learning rate at first; the others go on as they would have."""
    document = spiral(learning_rate=RATE)
    half = steps(Trainer(document.copy()), 50)
    new = [key for key in half.parameters if key.endswith(".b")][-1]
    old = next(key for key in half.parameters if key != new)
    without = {name: array for name, array in half.optimizer.items() if not name.startswith(new)}
    moved = {}
    for kept in (half.optimizer, without):
        document.apply(Patch("Half", training=replace(half, optimizer=kept)))
        made = steps(Trainer(document.copy()), 1)
        moved[len(kept)] = {key: made.parameters[key] - half.parameters[key] for key in (old, new)}
    all_kept, one_less = moved[len(half.optimizer)], moved[len(without)]
    assert np.array_equal(all_kept[old], one_less[old])
    np.testing.assert_allclose(np.abs(one_less[new]), RATE, rtol=2e-3)


def test_muted_steps_do_not_count() -> None:
    """What is kept of a muted node is as old, when it comes back, as it was when it went."""
    kept = {"3.W/gradient_sum": np.ones(2), "3.W/square_sum": np.ones(2), "4.b/velocity": np.ones(1)}
    assert put_off(kept, 0).keys() == kept.keys()
    once, twice = put_off(kept, 7), put_off(put_off(kept, 7), 5)
    assert once["3.W/began"].tolist() == [7, 7]
    assert twice["3.W/began"].tolist() == [12, 12]
    assert "4.b/began" not in once


@pytest.mark.parametrize(("filled", "moves"), [(0.0, RATE), (1.0, None)])
def test_without_a_word_adam_begins_with_its_first_update(filled: float, moves: float | None) -> None:
    """Made at step 500 it moves by the rate; with sums written into its state it counts from step 0 instead."""
    x = np.zeros(3)
    adam = Adam(x, RATE)
    for array in adam.state.values():
        array[...] = filled
    adam.update(np.full(3, 0.5), 500)
    a, b = RATE * 0.1 / (1 - 0.9**501), np.sqrt(0.001 / (1 - 0.999**501))
    resumed = a * (0.9 + 0.5) / (np.sqrt(0.999 + 0.25) * b + 1e-8)
    np.testing.assert_allclose(-x, resumed if moves is None else moves, rtol=1e-6)
