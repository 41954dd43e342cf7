"""The plan of a sweep, and the networks it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from gradstudio import files
from gradstudio.document.history import History
from gradstudio.document.model import Document
from gradstudio.resources import resource
from gradstudio.runs import axes
from gradstudio.runs.record import Result, Run
from gradstudio.runs.sweep import Metric, Plan, adopted, usual_metric, variant
from gradstudio.runs.sweeptext import as_text, from_text, plan_of
from gradstudio.runs.targets import NotASweep
from tests.document.build import picture
from tests.training.networks import spiral


def plan(*over: str, random: int | None = None, seed: int = 0) -> Plan:
    """A plan for the spiral classifier."""
    return Plan(tuple(axes.parse(spiral(), text) for text in over), 10, random, seed)


def values(made: Plan) -> list[tuple[object, ...]]:
    """The points of a plan."""
    return [tuple(trial.values.values()) for trial in made.trials()]


def test_a_grid_has_every_combination() -> None:
    """Every value of one axis meets every value of the others, the last one varies fastest."""
    made = plan("lr=0.1,1", "hidden.units=2,3")
    assert values(made) == [(0.1, 2), (0.1, 3), (1.0, 2), (1.0, 3)]
    assert [trial.number for trial in made.trials()] == [1, 2, 3, 4]


def test_random_points_follow_from_the_seed() -> None:
    """The same seed draws the same points, another one others; more of them begin with those of fewer."""
    over = ("lr=0.001..1:log", "hidden.units=4..64", "optimizer=adam,sgd")
    assert values(plan(*over, random=8)) == values(plan(*over, random=8))
    assert values(plan(*over, random=8)) != values(plan(*over, random=8, seed=1))
    assert values(plan(*over, random=8))[:5] == values(plan(*over, random=5))


def test_no_point_is_drawn_twice() -> None:
    """Where there are fewer points than are asked for each comes once."""
    assert sorted(values(plan("seed=0..2", random=10))) == [(0,), (1,), (2,)]


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ((), "Nothing varies"),
        (("lr=1", "lr=2"), "learning_rate varies twice"),
        (("seed=0..99", "lr=0.1..1:2"), "these are 200"),
    ],
)
def test_what_is_no_plan_is_told(over: tuple[str, ...], told: str) -> None:
    """Nothing to vary, the same twice, and too many trials are refused in a sentence."""
    with pytest.raises(NotASweep, match=told):
        plan(*over).trials()


def test_a_variant_differs_in_its_values_only() -> None:
    """Settings and params are as asked for, the steps the plan's; the network itself stays as it is."""
    document = spiral()
    before = picture(document)
    made = variant(document, {"learning_rate": 0.5, "hidden.units": 7}, 33)
    hidden = made.named("hidden")
    assert hidden is not None
    assert (made.settings.learning_rate, made.settings.steps, hidden.params["units"]) == (0.5, 33, 7)
    assert picture(document) == before


def test_pinned_start_values_stay_unless_they_may_not_fit() -> None:
    """Another learning rate starts where the file says; another width or seed draws all start values anew."""
    document = files.read(resource("examples", "spiral.grad"))
    pins = {"learning_rate": 0.5}, {"seed": 3}, {"hidden.units": 7}
    assert ["start_W" in _hidden(variant(document, one, 10)) for one in pins] == [True, False, False]


def _hidden(document: Document) -> Mapping[str, object]:
    hidden = document.named("hidden")
    assert hidden is not None
    return hidden.params


def test_values_are_taken_over_in_one_undoable_edit() -> None:
    """A trial's values are put into the network in one step, which undo takes back."""
    document = spiral()
    history = History(document)
    before = picture(document)
    history.do(adopted(document, {"learning_rate": 0.5, "hidden.units": 7}))
    hidden = document.named("hidden")
    assert hidden is not None
    assert (document.settings.learning_rate, hidden.params["units"]) == (0.5, 7)
    assert history.undo_title == "Set learning_rate 0.5, hidden.units 7"
    history.undo()
    assert picture(document) == before


def test_what_is_best() -> None:
    """Less loss and more accuracy are better; what isn't known or isn't finite comes last."""
    results = [Result(loss=2.0, accuracy=0.9), Result(loss=1.0, accuracy=0.5), Result(), Result(loss=float("nan"))]
    assert sorted(results, key=Metric.LOSS.rank)[:2] == [results[1], results[0]]
    assert min(results, key=Metric.ACCURACY.rank) == results[0]
    assert usual_metric(spiral()) is Metric.LOSS


@pytest.mark.parametrize("random", [None, 7])
def test_a_plan_can_be_read_from_its_note(random: int | None) -> None:
    """What is noted with a trial asks for the same plan again; what isn't such a note is refused."""
    made = replace(plan("lr=0.001..1:log:5", "hidden.units=2,3", random=random, seed=4), name="a")
    assert from_text(spiral(), as_text(made), "a").trials() == made.trials()
    runs = [Run(note="mine"), Run(note=as_text(made))]
    assert plan_of(spiral(), runs, "a").axes == made.axes
    with pytest.raises(NotASweep, match="isn't noted"):
        plan_of(spiral(), runs[:1], "a")
    with pytest.raises(NotASweep, match="doesn't tell of a sweep"):
        from_text(spiral(), "--over lr=1 --steps many", "a")
