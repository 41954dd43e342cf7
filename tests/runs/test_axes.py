"""What varies in a sweep, and over which values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradstudio.runs import axes
from gradstudio.runs.axes import Axis
from gradstudio.runs.targets import NotASweep, targets
from tests.training.networks import spiral


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("lr=0.001..1:log:4", (0.001, 0.01, 0.1, 1.0)),
        ("learning_rate=1,0.1", (1.0, 0.1)),
        ("momentum=0.5..0.9:5", (0.5, 0.6, 0.7, 0.8, 0.9)),
        ("hidden.units=16,32,64", (16, 32, 64)),
        ("hidden.units=8..64:log:4", (8, 16, 32, 64)),
        ("seed=0..3", (0, 1, 2, 3)),
        ("seed=0..1:7", (0, 1)),
        ("optimiser=adam, sgd", ("adam", "sgd")),
        ("batch=none,32", (None, 32)),
        ("hidden.bias=yes,no", (True, False)),
        ("decay.strength=1e-4,1e-2", (0.0001, 0.01)),
        ("steps=10,20", (10, 20)),
    ],
)
def test_values_of_a_grid(text: str, values: tuple[object, ...]) -> None:
    """Lists and ranges, by differences and by factors, give the values one means, each once."""
    assert axes.parse(spiral(), text).grid() == values


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lr", "isn't of the form NAME=VALUE"),
        ("=3", "isn't of the form NAME=VALUE"),
        ("rate_of_learning=1", "nothing called “rate_of_learning” to vary; do you mean"),
        ("hiden.units=3", "hidden.units"),
        ("hidden.width=3", "“hidden” has no param “width” that can vary; it has units"),
        ("lr=1..0.1:log:3", "goes from 1 to 0.1: the larger end comes last"),
        ("lr=0..1:log:3", "begins above 0"),
        ("lr=a..1", "“a” isn't a number"),
        ("lr=0.1..1:logg:3", "“:logg” of “lr=0.1..1:logg:3” isn't log, or a number of values"),
        ("lr=0.1..1:0", "“:0” of"),
        ("lr=-1,1", "learning_rate can't be “-1.0”: The learning rate needs a number above 0"),
        ("optimizer=adam,adan", "one of sgd, momentum"),
        ("optimizer=0..1", "has no range: write its values with commas, optimizer=sgd,momentum,nesterov"),
        ("hidden.units=2.5", "hidden.units needs a whole number"),
        ("hidden.units=0..4", "hidden.units can't be “0”"),
        ("lr=1e400", "learning_rate can't be “inf”"),
    ],
)
def test_what_makes_no_axis_is_told(text: str, told: str) -> None:
    """A wrong name, value or range is told in a sentence with what there is instead."""
    with pytest.raises(NotASweep) as caught:
        axes.parse(spiral(), text)
    assert told in str(caught.value)


def test_a_range_without_a_count_is_no_grid() -> None:
    """A range of numbers says how many values a grid has; the sentence shows how."""
    with pytest.raises(NotASweep, match=r"learning_rate=0.1\.\.1:5"):
        axes.parse(spiral(), "lr=0.1..1").grid()


@given(st.floats(0, 1, exclude_max=True), st.floats(1e-6, 1), st.floats(1.01, 1e6), st.booleans(), st.booleans())
def test_draws_lie_in_the_range(u: float, low: float, factor: float, log: bool, whole: bool) -> None:
    """Whatever is drawn lies between the ends; whole numbers are whole; from 0 on it is the lower end."""
    ends = (max(1.0, round(low * 100)), max(2.0, round(low * 100 * factor) + 1.0)) if whole else (low, low * factor)
    axis = Axis("a", (), *ends, log=log, whole=whole)
    found = axis.draw(u)
    assert isinstance(found, int if whole else float)
    assert ends[0] <= found <= ends[1]
    assert axis.draw(0.0) == pytest.approx(ends[0], rel=1e-3)


def test_factors_are_drawn_evenly_in_the_logarithm() -> None:
    """Halfway from 0.001 to 1 by factors is 0.03162, evenly it is 0.5005; each list entry has an equal part."""
    assert Axis("a", (), 0.001, 1.0, log=True).draw(0.5) == 0.03162
    assert Axis("a", (), 0.001, 1.0).draw(0.5) == 0.5005
    assert [Axis("a", (1, 2, 3)).draw(u) for u in (0.0, 0.34, 0.99)] == [1, 2, 3]
    assert [Axis("a", (), 0, 2, whole=True).draw(u) for u in (0.0, 0.34, 0.99)] == [0, 1, 2]


def test_all_but_arrays_may_vary() -> None:
    """Settings come first, then every node's params but for arrays; the objective isn't among them."""
    keys = [one.key for one in targets(spiral())]
    assert keys[0] == "optimizer"
    assert "hidden.units" in keys
    assert "data.per_class" in keys
    assert "objective" not in keys
    assert "hidden.start_W" not in keys


def test_text_comes_again() -> None:
    """An axis says itself as it can be read again."""
    for text in ("learning_rate=0.001..1:log:5", "hidden.units=16,32", "seed=0..3", "batch_size=none,32"):
        axis = axes.parse(spiral(), text)
        assert str(axis) == text
        assert axes.parse(spiral(), str(axis)) == axis


def test_what_is_suggested_can_be_swept() -> None:
    """For everything that may vary there are values to begin with, which can be read, around the present one."""
    document = spiral()
    texts = {one.key: axes.suggested(one) for one in targets(document)}
    assert texts["learning_rate"] == "0.002..0.2:log:5"
    assert texts["hidden.units"] == "10,20,40"
    assert texts["optimizer"].startswith("sgd,momentum")
    for key, text in texts.items():
        assert axes.parse(document, f"{key}={text}").grid(), key
