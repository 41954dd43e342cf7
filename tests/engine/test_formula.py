"""The engine by itself: graphs written as formulas, fed, trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio import engine
from gradstudio.engine import (
    SGD,
    Adam,
    EngineError,
    Expression,
    Formula,
    Gate,
    GraphBuilder,
    GraphError,
    NotFinite,
    ParamError,
    Plan,
    Port,
    ShapeError,
    Slot,
    UnknownGate,
    train,
)
from gradstudio.engine.catalog import CATALOG, Catalog


def computed(g: Formula, *objective: Slot) -> Plan:
    """A plan of a formula in float64, both passes done."""
    plan = Plan(g.graph(*objective), np.float64)
    plan.run()
    return plan


def test_everything_public_is_what_its_module_says() -> None:
    """Each name of the package is a class, function or object of one of its modules."""
    for name in (
        "Formula",
        "Plan",
        "SGD",
        "Adam",
        "Momentum",
        "GradientChecker",
        "jacobian",
        "local_jacobian",
        "train",
    ):
        assert getattr(engine, name).__module__.startswith("gradstudio.engine."), name


OPERATORS: list[tuple[Any, str]] = [
    (lambda x, y: x + y, "add"),
    (lambda x, y: x - y, "subtract"),
    (lambda x, y: x * y, "multiply"),
    (lambda x, y: x / y, "divide"),
    (lambda x, y: x > y, "greater"),
    (lambda x, y: x >= y, "greater_equal"),
    (lambda x, y: x < y, "less"),
    (lambda x, y: x <= y, "less_equal"),
]


@pytest.mark.parametrize(("operator", "gate"), OPERATORS, ids=[gate for _, gate in OPERATORS])
def test_operators_are_gates(operator: Any, gate: str) -> None:
    """Between expressions, numbers and arrays each operator is its gate (2 < x becomes x > 2), operands in order."""
    x, y = np.array([1.5, -2.0, 3.0]), np.array([0.5, 4.0, 3.0])
    g = Formula()
    a, b = g.parameters(x=x, y=y)
    assert g.nodes[operator(a, b).node].gate.id == gate
    for made, wanted in [
        (operator(a, b), operator(x, y)),
        (operator(a, 2.0), operator(x, 2.0)),
        (operator(2, b), operator(2, y)),
        (operator(x, b), operator(x, y)),
        (operator(a, y), operator(x, y)),
    ]:
        assert isinstance(made, Expression)
        np.testing.assert_array_equal(computed(g, made).value(made), wanted)


def test_operators_of_one_operand() -> None:
    """Minus, absolute value, a power, a product of matrices, and 1 / x, which is the reciprocal gate."""
    g = Formula()
    (x,) = g.parameters(x=np.array([[2.0, -4.0]]))
    made: list[Any] = [-x, abs(x), x**2, x @ np.array([[3.0], [1.0]]), np.ones((2, 1)) @ x, 1 / x, 3 / x]
    gates = ["negate", "abs", "power", "matmul", "matmul", "reciprocal", "divide"]
    assert [g.nodes[slot.node].gate.id for slot in made] == gates
    plan = computed(g, *made)
    wanted = [[[-2, 4]], [[2, 4]], [[4, 16]], [[2]], [[2, -4], [2, -4]], [[0.5, -0.25]], [[1.5, -0.75]]]
    assert [plan.value(slot).tolist() for slot in made] == wanted


def test_an_expression_is_a_slot() -> None:
    """A plan takes it wherever it takes a slot, and the finished graph doesn't keep the formula alive."""
    g = Formula()
    x, y = g.parameters(x=4, y=-3)
    f = x * y
    assert f == Slot(2)
    assert (f.name, f.shape) == ("multiply2", ())
    graph = g.graph(f)
    assert {type(slot) for slot in (*graph.objective, *graph.nodes[2].inputs)} == {Slot}
    layer = g.add(CATALOG.get("dense")(units=2), g.parameter("row", [1.0, 2.0]))
    assert {type(slot) for slot in g.nodes[layer.node].inputs} == {Slot}
    plan = computed(g, f)
    assert [plan.value(f), plan.gradient(x), plan.contribution(f.node, 1)] == [-12, -3, 4]


def test_a_comparison_is_no_condition() -> None:
    """Python's own max would silently take the wrong one, so an expression is neither true nor false."""
    g = Formula()
    x, y = g.parameters(x=1, y=2)
    with pytest.raises(TypeError, match=r"x\.max\(y\)"):
        max(x, y)


def test_gates_are_methods() -> None:
    """Any gate of the catalogue: with params and a name, several outputs, many inputs or none, labels as a number."""
    g = Formula()
    points, arms = g.spiral(per_class=4, name="spiral")
    h = points.dense(units=6, name="h").relu()
    first, rest = h.split(size=2)
    scores = rest.concatenate(first, points).dense(units=3)
    loss = scores.softmax_cross_entropy(arms, name="loss") + g.slot("h.W").l2(strength=0.1)
    single = g.parameter("s", np.ones(3)).softmax_cross_entropy(1)
    assert (points.name, arms.output, h.shape, first.shape, rest.shape) == ("spiral", 1, (12, 6), (12, 2), (12, 4))
    plan = computed(g, loss, single)
    assert float(plan.value(single)) == pytest.approx(np.log(3))
    assert plan.gradient(arms) is None
    weights = plan.gradient(g.slot("h.W"))
    assert weights is not None
    assert np.any(weights)


def test_a_gate_of_ones_own() -> None:
    """An instance of any gate class can be put in, registered or not."""

    class Triple(Gate):
        """3x."""

        id = "triple"
        inputs = (Port("x"),)

        def shape(self, x):
            """That of x."""
            return x

        def forward(self, x):
            """Three times x."""
            return 3 * x

        def backward(self, dz):
            """Three times upstream."""
            return 3 * dz

    g = Formula()
    x = g.parameter("x", [1.0, 2.0])
    f = g.apply(Triple(), x, name="f")
    plan = computed(g, f)
    assert plan.value(f).tolist() == [3, 6]


def refusals() -> list[tuple[type[Exception], str, Any]]:
    """What is refused, and with which words."""
    other = Formula().parameter("there", 1.0)
    return [
        (AttributeError, "no gate “rellu”", lambda g, x: x.rellu()),
        (UnknownGate, "no gate “rellu”", lambda g, x: g.apply("rellu", x)),
        (ParamError, r"^h: units needs a whole .* to 65536, found -1", lambda g, x: x.dense(units=-1, name="h")),
        (ParamError, r"^dense: Dense has no parameter “unit”", lambda g, x: x.dense(unit=1)),
        (ShapeError, r"^h: .*2×3", lambda g, x: x.matmul(x, name="h")),
        (GraphError, "^multiply1: Multiply takes 2 inputs, found 1", lambda g, x: x.multiply()),
        (GraphError, "“there” belongs to another formula", lambda g, x: x + other),
        (GraphError, "two nodes named “x”", lambda g, x: g.parameter("x", 1.0)),
        (GraphError, "no node named “w”", lambda g, x: g.slot("w")),
        (GraphError, "^y: labels need .* found numbers of type float64", lambda g, x: g.feed("y", [0.5], labels=True)),
    ]  # fmt: skip


@pytest.mark.parametrize(("error", "words", "build"), refusals())
def test_refusals(error: type[Exception], words: str, build: Any) -> None:
    """What can't be built is refused with the node's name, what was expected and what was found."""
    g = Formula()
    x = g.parameter("x", np.ones((2, 3)))
    with pytest.raises(error, match=words):
        build(g, x)


def test_an_empty_catalogue_says_what_to_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who forgot to import the gates is told so."""
    monkeypatch.setattr("gradstudio.engine.formula.CATALOG", Catalog())
    with pytest.raises(AttributeError, match=r"import gradstudio\.gates first"):
        Formula().constant(value=1)


def test_feeds() -> None:
    """Batches of numbers and labels go where they are put, without a gradient."""
    g = Formula()
    x, y = g.feed("x", np.zeros((2, 3))), g.feed("y", [0, 0], labels=True)
    W = g.parameter("W", np.eye(3))
    loss = (x @ W).softmax_cross_entropy(y, name="loss")
    plan = computed(g, loss)
    assert float(plan.value(loss)) == pytest.approx(np.log(3))
    plan.feed(x, np.array([[0, 9, 0], [0, 0, 9]]))
    plan.feed(y, np.array([1, 2]))
    plan.run()
    assert float(plan.value(loss)) == pytest.approx(np.log(1 + 2 * np.exp(-9)))
    assert (plan.gradient(x), plan.gradient(y)) == (None, None)
    with pytest.raises(ValueError, match=r"^x takes \(2, 3\), found \(3, 3\)"):
        plan.feed(x, np.zeros((3, 3)))


def test_a_feed_of_a_plain_builder() -> None:
    """Without formulas too."""
    b = GraphBuilder()
    x = b.feed("x", [1.0, 2.0])
    plan = Plan(b.graph(b.add(CATALOG.get("square")(), x, name="f")), np.float64)
    plan.run()
    assert plan.value(b.slot("f")).tolist() == [1, 4]


def line(step: int) -> tuple[np.ndarray, np.ndarray]:
    """Some points of a line at a step."""
    x = np.random.default_rng(step).uniform(-1, 1, (8, 1))
    return x, 3 * x - 1


def regression() -> tuple[Plan, Any, Any]:
    """A line to be found, fed batch by batch; slots of W and b."""
    g = Formula()
    x, y = (g.feed(name, first) for name, first in zip("xy", line(0), strict=True))
    loss = x.dense(units=1, name="d").mean_squared_error(y)
    plan = Plan(g.graph(loss), np.float64)
    plan.mode.seed = 1
    return plan, lambda step: dict(zip((x, y), line(step), strict=True)), (g.slot("d.W"), g.slot("d.b"))


def test_training_goes_downhill() -> None:
    """A line is found from batches of its points; the losses are those before each update."""
    plan, batch, (W, b) = regression()
    losses = train(plan, Adam(plan.parameters, 0.05), 400, batch)
    assert losses.shape == (400,)
    assert losses[0] > 1
    assert losses[-1] < 1e-8
    assert float(plan.value(W)[0, 0]) == pytest.approx(3, abs=1e-4)
    assert float(plan.value(b)[0]) == pytest.approx(-1, abs=1e-4)


def test_training_goes_on_where_it_stopped() -> None:
    """Twice 20 steps are the same bits as 40: the plan counts them, the batches and the optimiser go by that."""
    plan, batch, _ = regression()
    whole = train(plan, Adam(plan.parameters, 0.05), 40, batch)
    again, batch, _ = regression()
    optimizer = Adam(again.parameters, 0.05)
    parts = [train(again, optimizer, 20, batch) for _ in range(2)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(again.parameters, plan.parameters)
    assert again.mode.step == 40


def test_training_moves_running_averages() -> None:
    """State of gates moves on with each step."""
    g = Formula()
    x = g.feed("x", np.arange(8.0).reshape(4, 2))
    loss = x.batch_norm(name="bn").sum()
    plan = Plan(g.graph(loss), np.float64)
    train(plan, SGD(plan.parameters, 0.0), 1)
    assert plan.value(g.slot("bn.running_mean")).tolist() == pytest.approx([0.3, 0.4])


def test_training_stops_at_the_step_that_isnt_finite() -> None:
    """The step, the node and the pass are named, and the parameters stay as they were before it."""
    g = Formula()
    x = g.parameter("x", 3.0)
    f = (x**2).exp(name="f")
    plan = Plan(g.graph(f), np.float64)
    with pytest.raises(NotFinite, match=r"^At step 1 the forward pass gives inf at “f”") as caught:
        train(plan, SGD(plan.parameters, -1e-3), 5)
    assert (caught.value.step, caught.value.node) == (1, "f")
    assert isinstance(caught.value, EngineError)
    assert plan.value(x) == pytest.approx(3 + 1e-3 * 6 * np.exp(9))
