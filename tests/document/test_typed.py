"""What is typed for a new node is read as its gate, its values and its name."""

from __future__ import annotations

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio.document.model import Document
from gradstudio.document.typed import Filled, Typed, fill, readings
from gradstudio.engine.catalog import CATALOG
from tests.document.build import course


def filled(text: str, gate: str, doc: Document | None = None) -> Filled:
    """A gate with what a text says, read the second way where there are two."""
    return fill(doc or Document(), CATALOG.get(gate), readings(text)[-1])


READ = [
    ("relu", Typed("relu")),
    ("dense 100", Typed("dense", ("100",))),
    ("dense 100, no", Typed("dense", ("100", "no"))),
    ("x = -2", Typed("", ("-2",), (), "x")),
    ("x:=−2", Typed("", ("-2",), (), "x")),
    ("x =", Typed("", (), (), "x")),
    ("x = [[1, 2], [3, 4]]", Typed("", ("[[1, 2], [3, 4]]",), (), "x")),
    ("h1 = conv 8 3 same", Typed("conv", ("8", "3", "same"), (), "h1")),
    ("dense units = 100", Typed("dense", (), (("units", "100"),))),
    ("-.5e-3", Typed("", ("-.5e-3",))),
    ("1/x", Typed("1/x")),
    ("-", Typed("-")),
    ("", Typed("")),
]


@pytest.mark.parametrize(("text", "typed"), READ, ids=[text for text, _ in READ])
def test_a_text_is_read(text: str, typed: Typed) -> None:
    """Words name the gate; numbers, lists and what follows them are values; what stands before = is a name."""
    assert readings(text)[-1] == typed


def test_all_of_it_may_be_words() -> None:
    """A text without a name is also read as words alone: a gate's title may end in a number."""
    assert [typed.words for typed in readings("norm 2")] == ["norm 2", "norm"]
    assert [typed.words for typed in readings("f = norm 2")] == ["norm"]


FILLED = [
    ("dense 100", "dense", {"units": 100}, "units 100"),
    ("dense 10 no", "dense", {"units": 10, "bias": False}, "units 10 · bias no"),
    ("dense 10 bias", "dense", {"units": 10, "bias": True}, "units 10 · bias yes"),
    ("dense u=5", "dense", {"units": 5}, "units 5"),
    ("dense 5 he", "dense", {"units": 5, "init": "he"}, "units 5 · start he"),
    ("l2 .01", "l2", {"strength": 0.01}, "λ 0.01"),
    ("relu", "relu", {}, ""),
]


@pytest.mark.parametrize(("text", "gate", "params", "shown"), FILLED, ids=[row[0] for row in FILLED])
def test_values_go_to_the_params_that_take_them(text: str, gate: str, params: dict[str, object], shown: str) -> None:
    """By their order or by name; what was understood is shown in words."""
    found = filled(text, gate)
    assert (dict(found.params), found.shown, found.problem) == (params, shown, "")


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [("x = -2", -2, "-2"), ("[1, 2.5]", [1, 2.5], "[1, 2.5]"), ("constant 1 2 3", [1, 2, 3], "[1, 2, 3]")],
)
def test_a_value_alone_makes_a_constant(text: str, value: object, shown: str) -> None:
    """A number, a list, or several numbers in a row."""
    found = filled(text, "constant")
    np.testing.assert_array_equal(np.asarray(found.params["value"]), np.asarray(value))
    assert found.shown == shown


def test_the_name_is_what_stands_before_the_sign() -> None:
    """Of a value, of a gate, or behind the gate's own words where it has a value to be named."""
    assert filled("x = -2", "constant").name == "x"
    assert filled("h = dense 3", "dense").name == "h"
    assert filled("parameter w = 0.5", "parameter").name == "w"


PROBLEMS = [
    ("dense 0", "dense", "units needs a whole number from 1"),
    ("dense foo=3", "dense", "no parameter “foo”; it has units"),
    ("relu 6", "relu", "takes no values; take “6” away"),
    ("l2 1 2", "l2", "takes no more values; take “2” away"),
    ("constant x=a", "constant", "found “a”"),
    ("q = dense 3", "dense", "There is a node “q” already"),
    ("\x07 = dense 3", "dense", "control character"),
]


@pytest.mark.parametrize(("text", "gate", "words"), PROBLEMS, ids=[row[0] for row in PROBLEMS])
def test_what_cannot_be_is_said(text: str, gate: str, words: str) -> None:
    """A value a gate can't take or a name that is taken is a problem in a sentence, and nothing is filled in."""
    found = filled(text, gate, course().doc)
    assert words in found.problem
    assert not found.params
