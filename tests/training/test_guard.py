"""NaN and infinity while training: looked for now and then, named as if each step had been looked at."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from gradstudio.document.model import Document, Settings
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import NotFinite
from gradstudio.engine.gate import Array, Gate, Port, Shape
from gradstudio.engine.running import Stop
from gradstudio.training.guard import FARTHEST, Guard
from gradstudio.training.trainer import Trainer
from tests.training.networks import Nodes, network


class Gap(Gate):
    """Numbers, one sample after the other; one of them is missing."""

    id = "gap"
    title = "Gap"
    outputs = (Port("x", gradient=False),)
    params = MappingProxyType({})

    def shape(self) -> Shape:
        """64 samples."""
        return (64, 1)

    def forward(self) -> Array:
        """Ones, and infinity for sample 40."""
        return np.where(np.arange(64) == 40, np.inf, 1.0)[:, np.newaxis]

    def backward(self, *upstream: Array) -> tuple[()]:
        """There is nothing further up."""
        return ()


DIVERGING: Nodes = {
    "w": ("parameter", {"value": 1e-30}), "s": ("square", {}), "n": ("negate", {}), "e": ("exp", {}), "f": ("add", {})
}  # fmt: skip
DIVERGING_WIRES = [("w.value", "s.x"), ("s.z", "n.x"), ("w.value", "e.x"), ("n.z", "f.x"), ("e.z", "f.y")]


def diverging(**settings: object) -> Document:
    """w grows by half in each step until e^w and its gradient overflow, some hundred steps later."""
    document = network(DIVERGING, DIVERGING_WIRES)
    document.settings = Settings("sgd", 0.25, dtype="float64", **settings)  # type: ignore[arg-type]
    return document


def looked_at_each_step(document: Document, steps: int = 5000) -> tuple[NotFinite, Trainer]:
    """The refusal, and the state before its step, of a trainer that looks at every step."""
    trainer = Trainer(document.copy())
    with pytest.raises(NotFinite) as caught:
        run(trainer, steps, lambda _: trainer.verify())
    return caught.value, trainer


def run(trainer: Trainer, steps: int, each: Callable[[int], object], stop: Stop | None = None) -> None:
    """Train, and call something between passes and update of each step."""
    for step in trainer.run(steps, stop):
        each(step)


def looked_at_last(document: Document, steps: int = 2000) -> tuple[NotFinite, Trainer, int]:
    """The same of a trainer that looks when its run ends, and the last step it yielded."""
    trainer, seen = Trainer(document.copy()), list[int]()
    with pytest.raises(NotFinite) as caught:
        run(trainer, steps, partial(look_late, trainer, seen))
    return caught.value, trainer, max(seen)


def look_late(trainer: Trainer, seen: list[int], step: int) -> None:
    """Note a step, and let no look come before the end of the run."""
    seen.append(step)
    trainer._guard.next = 10**9


def assert_same_state(a: Trainer, b: Trainer) -> None:
    """Two trainers are at the same step with the same bits."""
    one, other = a.training(), b.training()
    assert one.step == other.step
    for x, y in ((one.parameters, other.parameters), (one.optimizer, other.optimizer), (one.history, other.history)):
        assert x.keys() == y.keys()
        assert all(x[key].tobytes() == y[key].tobytes() for key in x)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_the_step_is_named_as_if_each_had_been_looked_at(optimizer: str) -> None:
    """However late it looks, a run names the same node, pass, index and step, and ends in the same bits and curve."""
    document = diverging()
    document.settings = replace(document.settings, optimizer=optimizer)  # type: ignore[arg-type]
    exact, slow = looked_at_each_step(document)
    found, quick, _ = looked_at_last(document)
    assert str(found) == str(exact)
    assert (found.node, found.phase, found.index, found.step) == (exact.node, exact.phase, exact.index, exact.step)
    assert (found.step or 0) > 50
    assert_same_state(quick, slow)
    assert np.isfinite(quick.plan.parameters).all()


def test_a_run_left_alone_finds_the_step() -> None:
    """Whenever a run happens to look, it ends at the step before which all was sound."""
    exact, slow = looked_at_each_step(diverging())
    trainer = Trainer(diverging().copy())
    with pytest.raises(NotFinite) as caught:
        list(trainer.run(5000))
    assert str(caught.value) == str(exact)
    assert_same_state(trainer, slow)


def test_a_late_look_comes_back() -> None:
    """Steps made after the one that wasn't sound are forgotten."""
    found, trainer, last = looked_at_last(diverging())
    assert last == 1999
    assert trainer.step == found.step
    assert trainer.curve.columns()["step"].max() < last


def test_running_averages_go_back_too() -> None:
    """What gates move on themselves is that of the step before, like the parameters."""
    nodes: Nodes = {
        "data": ("spiral", {"per_class": 20}), "dense": ("dense", {"units": 8}), "norm": ("batch_norm", {}),
        "scores": ("dense", {"units": 3}), "loss": ("softmax_cross_entropy", {}), "w": ("parameter", {"value": 1e-30}),
        "s": ("square", {}), "n": ("negate", {}), "e": ("exp", {}), "f": ("add", {}), "all": ("add", {}),
    }  # fmt: skip
    wires = [
        ("data.X", "dense.x"), ("dense.z", "norm.x"), ("norm.z", "scores.x"), ("scores.z", "loss.scores"),
        ("data.labels", "loss.labels"), ("w.value", "s.x"), ("s.z", "n.x"), ("w.value", "e.x"), ("n.z", "f.x"),
        ("e.z", "f.y"), ("f.z", "all.x"), ("loss.loss", "all.y"),
    ]  # fmt: skip
    document = network(nodes, wires, Settings("sgd", 0.25, dtype="float64", batch_size=32))
    exact, slow = looked_at_each_step(document)
    found, quick, _ = looked_at_last(document)
    assert str(found) == str(exact)
    assert any("running" in key for key in quick.training().parameters)
    assert_same_state(quick, slow)


def test_a_loss_that_was_infinite_once_is_noticed() -> None:
    """A batch with an infinite loss is named though its gradients, and all that came after it, were finite."""
    with CATALOG.including(Gap):
        nodes: Nodes = {"data": ("gap", {}), "w": ("parameter", {"value": 1.0}), "a": ("add", {}), "f": ("mean", {})}
        wires = [("data.x", "a.x"), ("w.value", "a.y"), ("a.z", "f.x")]
        document = network(nodes, wires, Settings("sgd", 1e-3, batch_size=1, seed=3))
        exact, _ = looked_at_each_step(document)
        found, trainer, _ = looked_at_last(document, 64)
        assert (found.node, found.phase, found.step) == ("data", "forward", exact.step)
        assert trainer.step == found.step


def test_an_update_that_overflows_is_taken_back() -> None:
    """Where an update makes a parameter infinite, the state is that before it, however the run ends."""
    document = network(
        {"w": ("parameter", {"value": 1.0}), "c": ("constant", {"value": 1e30}), "f": ("multiply", {})},
        [("w.value", "f.x"), ("c.value", "f.y")],
        Settings("sgd", 1e30),
    )
    trainer = Trainer(document.copy())
    with pytest.raises(NotFinite, match="At step 0 the update pass gives -inf at “w”"):
        list(trainer.run(1))
    assert trainer.step == 0
    assert trainer.plan.parameters.tolist() == [1.0]


def test_a_run_that_is_stopped_is_looked_at() -> None:
    """A run stopped after a step that wasn't sound is refused as if it had gone on."""
    document = diverging()
    exact, _ = looked_at_each_step(document)
    trainer, asked = Trainer(document.copy()), itertools.count()
    with pytest.raises(NotFinite) as caught:
        list(trainer.run(5000, lambda: next(asked) == (exact.step or 0) + 1))
    assert caught.value.step == exact.step


def test_going_back_can_be_stopped() -> None:
    """Stopped while it repeats steps, a run ends in a sound state, and finds the same step when it goes on."""
    document = diverging()
    exact, slow = looked_at_each_step(document)
    trainer = Trainer(document.copy())
    seen = [-1]
    run(trainer, 5000, seen.append, lambda: trainer.step < seen[-1])
    assert trainer.step < (exact.step or 0)
    assert np.isfinite(trainer.plan.parameters).all()
    with pytest.raises(NotFinite) as caught:
        list(trainer.run(5000))
    assert caught.value.step == exact.step
    assert_same_state(trainer, slow)


def test_large_finite_gradients_are_no_infinity() -> None:
    """Gradients whose squares overflow stop nothing."""
    document = network(
        {"w": ("parameter", {"value": 1.0}), "c": ("constant", {"value": 1e25}), "f": ("multiply", {})},
        [("w.value", "f.x"), ("c.value", "f.y")],
        Settings("sgd", 1e-30),
    )
    trainer = Trainer(document.copy())
    assert len(list(trainer.run(20))) == 20


@pytest.mark.parametrize("change", [{"learning_rate": 0.2}, {"optimizer": "momentum"}])
def test_settings_that_change_in_a_run_are_repeated_as_they_were(change: dict[str, Any]) -> None:
    """A run whose settings changed shortly before it failed names the same step as one that looked at each."""
    document, found = diverging(), []
    exact, _ = looked_at_each_step(document)
    for each in (True, False):
        trainer = Trainer(document.copy())
        settings = replace(trainer.settings, **change)
        with pytest.raises(NotFinite) as caught:
            run(trainer, 2000, partial(look_and_change, trainer, each, (exact.step or 0) - 4, settings))
        found.append((str(caught.value), trainer.plan.parameters.tobytes()))
    assert found[0] == found[1]


def look_and_change(trainer: Trainer, look: bool, at: int, settings: Settings, step: int) -> None:
    """Look at a step or don't; from one step on use other settings."""
    if look:
        trainer.verify()
    else:
        look_late(trainer, [], step)
    if step == at:
        trainer.use(settings)


def test_looks_are_never_too_far_apart() -> None:
    """However quick steps and slow looks are, one comes within the limit, and distances grow fourfold at most."""
    guard = Guard([np.zeros(3)])
    guard.begin(5)
    assert guard.next == 5
    looks = [5]
    for _ in range(20):
        guard.passed(looks[-1], 0.0)
        looks.append(guard.next)
    gaps = np.diff(looks).tolist()
    assert max(gaps) <= FARTHEST
    assert all(a <= b <= 4 * a for a, b in itertools.pairwise(gaps))
