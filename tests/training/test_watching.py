"""Plateaus, early stopping and frozen nodes in training: what they do, and that a resumed training does the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradstudio import files
from gradstudio.data.shelf import Shelf
from gradstudio.document.commands import set_frozen, set_training
from gradstudio.document.course import FREEZE, LOWERED, STOPPED, UNFREEZE, Adjustment, Training
from gradstudio.document.model import Document, Patch
from gradstudio.engine.errors import GraphError, NotFinite
from gradstudio.engine.optimizers import OPTIMIZERS
from gradstudio.engine.supply import SUPPLY
from gradstudio.insight.updates import UpdatesLook
from gradstudio.training.looks import Scene
from gradstudio.training.trainer import Trainer
from tests.training.networks import course_circuit, spiral
from tests.training.test_validation import iris


@pytest.fixture
def _shelf() -> Iterator[None]:
    before = SUPPLY.provider
    Shelf().install()
    yield
    SUPPLY.provider = before
    SUPPLY.changed()


def run(document: Document, steps: int) -> Trainer:
    """A trainer of its own after some steps, their end included."""
    trainer = Trainer(document.copy())
    for _ in trainer.run(steps):
        pass
    return trainer


def through_a_file(document: Document, training: Training) -> Document:
    """The document with this training, saved and loaded."""
    twin = document.copy()
    twin.apply(set_training(twin, training, "Train"))
    return files.loads(files.dumps(twin))


def assert_same(a: Training, b: Training) -> None:
    """Two states are equal to the bit, in all that is kept."""
    assert (a.step, a.changes, dict(a.watched), a.how) == (b.step, b.changes, dict(b.watched), b.how)
    for one, other in ((a.parameters, b.parameters), (a.optimizer, b.optimizer), (a.history, b.history)):
        assert one.keys() == other.keys()
        assert all(one[k].tobytes() == other[k].tobytes() for k in one)


WATCHES: dict[str, dict[str, Any]] = {
    "plateau": {"schedule": "plateau", "patience": 3, "threshold": 0.01, "learning_rate": 0.2, "least_rate": 0.001},
    "stop": {"stop_patience": 30, "stop_delta": 0.01, "learning_rate": 0.05},
    "both": {"schedule": "plateau", "patience": 8, "stop_patience": 60, "learning_rate": 0.3, "batch_size": 17},
    "never": {"stop_patience": 10**6, "batch_size": 17},
}


@pytest.mark.parametrize("name", WATCHES)
@pytest.mark.parametrize("cut", [100, 103])
def test_200_steps_are_100_steps_a_file_and_100_more(name: str, cut: int) -> None:
    """Whatever watches the loss goes on from a file as if nothing had been, in the middle of an epoch too."""
    document = spiral(**WATCHES[name])
    whole = run(document, 200).training()
    again = through_a_file(document, run(document, cut).training())
    assert_same(run(again, 200 - again.training.step if whole.step == 200 else 200 - cut).training(), whole)


def test_watches_are_switched_while_it_runs() -> None:
    """Early stopping and a plateau begin, change and end between two steps; each is noted, and a stop is a stop."""
    trainer = Trainer(spiral(learning_rate=0.05).copy())
    given = [
        {"stop_patience": 500},
        {"schedule": "plateau", "patience": 1000},
        {"stop_patience": None},
        {"stop_patience": 30, "stop_delta": 0.01},
    ]
    for step in trainer.run(2000):
        if step in (20, 25, 30, 35):
            trainer.use(replace(trainer.settings, **given[step // 5 - 4]))  # type: ignore[arg-type]
    assert trainer.verdict
    best = int(trainer.training().watched["best_step"])
    assert best >= 36
    assert trainer.step == best + 30
    assert [change.step for change in trainer.changes if change.what == "stop_patience"] == [20, 30, 35]


@pytest.mark.usefixtures("_shelf")
def test_the_loss_of_rows_held_back_is_watched_where_there_are_any() -> None:
    """The best step of early stopping is the lowest of the validation losses, over a file as well."""
    document = iris()
    document.apply(
        Patch("Set", settings=replace(document.settings, stop_patience=60, stop_delta=0.005, learning_rate=0.5))
    )
    whole = run(document, 1000)
    training = whole.training()
    losses = training.history["validation_loss"]
    best = int(training.watched["best_step"])
    assert training.step < 1000
    assert training.watched["best"] == losses[best]
    assert training.watched["best"] < np.nanmin(losses) + 0.005
    assert training.changes[-1] == Adjustment(training.step, STOPPED, None, best)
    assert "validation loss" in whole.verdict
    again = through_a_file(document, run(document, best + 1).training())
    assert_same(run(again, 1000).training(), training)


def test_early_stopping_puts_the_best_weights_back() -> None:
    """It ends patience after the best step, with the weights and the loss of that step, and says so in a sentence."""
    document = spiral(stop_patience=30, learning_rate=0.5)
    trainer, kept = Trainer(document.copy()), {}
    for step in trainer.run(2000):
        kept[step] = trainer.plan.parameters.copy()
    losses = trainer.training().history["loss"]
    best = int(np.argmin(losses))
    assert trainer.step == best + 30
    assert np.array_equal(trainer.plan.parameters, kept[best])
    trainer.finish()
    assert trainer.loss == losses[best]
    assert f"at step {best + 30}" in trainer.verdict
    assert f"of step {best} " in trainer.verdict


def test_a_network_that_was_stopped_can_be_trained_on() -> None:
    """The next run waits anew instead of ending at once, from a file as well."""
    document = spiral(stop_patience=30, stop_delta=0.01, learning_rate=0.05)
    stopped = run(document, 2000)
    assert stopped.verdict
    again = run(through_a_file(document, stopped.training()), 10)
    assert again.step == stopped.step + 10
    assert not again.verdict
    history = through_a_file(document, again.training()).training.history
    assert history["step"].tolist() == list(range(again.step))
    assert history["loss"][stopped.step] == history["loss"][int(stopped.training().watched["best_step"])]


def test_a_run_that_is_broken_off_and_begun_again_has_one_row_a_step() -> None:
    """Whoever lets go of a run while it waits at a step leaves no row twice."""
    trainer = Trainer(spiral().copy())
    for step in trainer.run(10):
        if step == 4:
            break
    for _ in trainer.run(3):
        pass
    assert trainer.training().history["step"].tolist() == list(range(7))


def test_a_plateau_shows_in_rates_and_changes() -> None:
    """Each time the rate is lowered that is noted, and the column of rates has the rate of every step."""
    training = run(spiral(**WATCHES["plateau"]), 150).training()
    lowered = [change for change in training.changes if change.what == LOWERED]
    rates = training.history["learning_rate"]
    assert len(lowered) > 1
    wanted = np.full(150, 0.2)
    for change in lowered:
        wanted[change.step :] = change.after
    assert np.array_equal(rates, wanted)
    assert rates.min() == pytest.approx(max(0.2 * 0.5 ** len(lowered), 0.001))


def test_divergence_takes_back_what_was_seen() -> None:
    """Steps that are repeated to find NaN are seen once: changes are noted once, and none of a later step."""
    document = spiral(schedule="plateau", patience=0, factor=0.9, optimizer="sgd", learning_rate=1e4)
    trainer = Trainer(document.copy())
    with pytest.raises(NotFinite):
        for _ in trainer.run(2000):
            pass
    steps = [change.step for change in trainer.training().changes]
    assert steps == sorted(set(steps))
    assert all(step <= trainer.step for step in steps)


def frozen(document: Document, *names: str) -> Document:
    """The document with some of its nodes frozen."""
    found = [node.id for name in names if (node := document.named(name)) is not None]
    document.apply(set_frozen(document, found, True))
    return document


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_frozen_layer_keeps_its_weights_and_has_gradients(optimizer: str) -> None:
    """Neither the step nor weight decay moves it; gradients are computed, and what the optimiser keeps is untouched."""
    document = frozen(spiral(optimizer=optimizer, weight_decay=0.1, clip_norm=0.1), "hidden")
    hidden, scores = (document.named(name).id for name in ("hidden", "scores"))  # type: ignore[union-attr]
    trainer = Trainer(document.copy())
    before = {key: trainer.plan.value(slot).copy() for key, slot in trainer.compiled.parameters.items()}
    for _ in trainer.run(5):
        pass
    now = {key: trainer.plan.value(slot) for key, slot in trainer.compiled.parameters.items()}
    assert np.array_equal(now[f"{hidden}.W"], before[f"{hidden}.W"])
    assert not np.array_equal(now[f"{scores}.W"], before[f"{scores}.W"])
    gradient = trainer.plan.gradient(trainer.compiled.parameters[f"{hidden}.W"])
    assert gradient is not None
    assert gradient.any()
    update = dict(
        zip(now, np.split(trainer.next_update(), np.cumsum([a.size for a in now.values()])[:-1]), strict=True)
    )
    assert not update[f"{hidden}.W"].any()
    assert update[f"{scores}.W"].any()


def test_frozen_weights_have_no_share_in_the_clipping_norm() -> None:
    """With the only large gradient frozen, the others are clipped by their own norm."""
    document = course_circuit()
    document.apply(Patch("Set", settings=replace(document.settings, clip_norm=1.0)))
    trainer = run(frozen(document, "z"), 1)  # the gradients are -4, -4 and 3
    x, y, z = (float(a) for a in trainer.training().parameters.values())
    assert (x, y) == pytest.approx((-2 + 0.01 / np.sqrt(2), 5 + 0.01 / np.sqrt(2)))
    assert z == -4


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nesterov"])
def test_freezing_on_the_way_is_the_same_over_a_file(optimizer: str) -> None:
    """Frozen at step 40 and trained again from 70 on: the same bits with a file at 55, where Adam doesn't count on."""
    document = spiral(optimizer=optimizer, batch_size=17)
    ids = frozenset({document.named("hidden").id})  # type: ignore[union-attr]

    def course(trainer: Trainer, first: int, last: int) -> Trainer:
        for edge in (40, 55, 70, 100):
            if first < edge <= last:
                for _ in trainer.run(edge - trainer.step):
                    pass
                trainer.use(trainer.settings, ids if 40 <= edge < 70 else frozenset())
        return trainer

    whole = course(Trainer(document.copy()), 0, 100).training()
    half = course(Trainer(document.copy()), 0, 55).training()
    between = frozen(document.copy(), "hidden")
    rest = Trainer(through_a_file(between, half))
    assert_same(course(rest, 55, 100).training(), whole)
    assert [(c.step, c.what, c.after) for c in whole.changes] == [(40, FREEZE, "hidden"), (70, UNFREEZE, "hidden")]


def test_no_ratio_of_updates_is_told_of_frozen_weights() -> None:
    """Nobody complains that they hardly move: the look at updates leaves them out."""
    trainer = Trainer(frozen(spiral(), "hidden"))
    trainer.evaluate()
    scene = Scene(
        trainer.plan, trainer.compiled, trainer.document, 0, lambda: False, trainer.next_update, trainer.frozen
    )
    names = {trainer.document.nodes[node].name for node, _ in UpdatesLook().see(scene).ratios}
    assert names == {"scores"}


def test_nothing_left_to_train_is_said() -> None:
    """A run in which everything is frozen is refused in a sentence."""
    with pytest.raises(GraphError, match="Unfreeze one"):
        next(Trainer(frozen(spiral(), "hidden", "scores")).run(1))


def test_changes_are_noted_with_the_first_step_made_with_them() -> None:
    """Settings changed before the first step are none; later ones are told with what they were; steps don't count."""
    trainer = Trainer(course_circuit().copy())
    trainer.use(replace(trainer.settings, learning_rate=0.02))
    for step in trainer.run(10):
        if step == 4:
            trainer.use(replace(trainer.settings, learning_rate=0.005, steps=50))
            trainer.use(replace(trainer.settings, optimizer="momentum"))
    training = trainer.training()
    assert training.changes == (
        Adjustment(4, "optimizer", "sgd", "momentum"),
        Adjustment(4, "learning_rate", 0.02, 0.005),
    )
    assert training.history["learning_rate"].tolist() == [0.02] * 4 + [0.005] * 6


def test_changes_between_two_sessions_are_noted() -> None:
    """A file knows what its last step went by: another rate, or another frozen node, is a change of the next step."""
    document = spiral()
    document = through_a_file(document, run(document, 20).training())
    document.apply(Patch("Set", settings=replace(document.settings, learning_rate=0.001)))
    document = files.loads_text(files.dumps_text(frozen(document, "hidden")))
    changes = run(document, 5).training().changes
    assert [(c.step, c.what, c.before, c.after) for c in changes] == [
        (20, "learning_rate", 0.02, 0.001),
        (20, FREEZE, None, "hidden"),
    ]


@pytest.mark.parametrize(
    "more",
    [{"schedule": "cosine"}, {"schedule": "one-cycle", "warmup": 5}, {"warmup": 3}, {"schedule": "step", "period": 7}],
)
def test_the_column_of_rates_is_what_was_used(more: dict[str, Any]) -> None:
    """Whatever the schedule, each row has the rate its update was made with, resumed after any number of steps."""
    document = spiral(**more)
    trainer = Trainer(document.copy())
    used = [trainer.rate for _ in trainer.run(12)]
    rates = trainer.training().history["learning_rate"]
    assert rates.tolist() == used
    for cut in (1, 2, 8):
        half = run(document, cut).training()
        document.apply(Patch("Train", training=half))
        assert run(document, 12 - cut).training().history["learning_rate"].tolist() == used
        document.apply(Patch("Reset", training=Training()))


def test_a_constant_rate_needs_no_column() -> None:
    """A file of a training with one rate throughout is as it was before there were changes."""
    document = through_a_file(spiral(), run(spiral(), 5).training())
    assert "learning_rate" not in document.training.history
    text = files.dumps_text(document)
    assert not any(word in text for word in (b'"changes"', b'"watched"', b'"how"', b'"frozen"'))


CHANGE = '"what":"seed","before":1,"after":2'


@pytest.mark.parametrize(
    ("part", "place"),
    [
        (f'"changes":[{{"step":9,{CHANGE}}}]', "training.changes[0].step"),
        (
            '"changes":[{"step":3,"what":"x","before":1,"after":2},{"step":2,"what":"x","before":1,"after":2}]',
            "changes",
        ),
        ('"changes":[{"step":3,"what":"moon","before":1,"after":2}]', "training.changes[0].what"),
        ('"watched":{"moon":1.0}', "training.watched.moon"),
        ('"watched":{"scale":2.0}', "training.watched.scale"),
        ('"watched":{"best_step":77.0}', "training.watched.best_step"),
        ('"watched":{"stopped":0.5}', "training.watched.stopped"),
        ('"how":{"settings":{}}', "training.how.settings"),
    ],
)
def test_a_course_no_training_could_have_left_is_refused(part: str, place: str) -> None:
    """Changes out of order or after the last step, and numbers no watch has, are refused with their place."""
    document = spiral()
    text = files.dumps_text(through_a_file(document, run(document, 5).training())).decode()
    assert text.count('"step": 5') == 1
    with pytest.raises(files.FileProblem, match=re.escape(place)):
        files.loads_text(text.replace('"step": 5', f'"step": 5,{part}').encode())


def test_best_weights_of_another_shape_begin_anew() -> None:
    """Best weights that fit no more are forgotten, and the watch with them."""
    document = spiral(stop_patience=1000)
    training = run(document, 20).training()
    assert training.watched["best"] > 0
    lost = {key: array for key, array in training.optimizer.items() if not key.endswith(".W/best")}
    document.apply(Patch("Train", training=replace(training, optimizer=lost)))
    again = run(document, 1).training()
    assert again.watched["best_step"] == 20
    assert any(key.endswith(".W/best") for key in again.optimizer)
