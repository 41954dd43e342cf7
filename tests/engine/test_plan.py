"""The plan: values and gradients of a whole graph."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import gradstudio.gates  # noqa: F401 (registers the gates)
from gradstudio.engine import arrays as arrays_module
from gradstudio.engine import backprop
from gradstudio.engine.errors import GraphError, MemoryRefused, NotFinite, ShapeError
from gradstudio.engine.gate import Array, Gate, Port
from gradstudio.engine.graph import Graph, GraphBuilder, Slot
from gradstudio.engine.plan import Plan
from gradstudio.engine.running import unbroadcast
from gradstudio.gates.activation import ReLU, Tanh
from gradstudio.gates.arithmetic import Add, Multiply
from gradstudio.gates.functions import Log
from gradstudio.gates.layer import Dense
from gradstudio.gates.reduce import Sum
from gradstudio.gates.sources import Constant
from tests.engine.graphs import graphs


def course_graph() -> tuple[Graph, dict[str, Slot]]:
    """The circuit (x + y) · z at -2, 5, -4."""
    g = GraphBuilder()
    s = {name: g.parameter(name, start) for name, start in (("x", -2.0), ("y", 5.0), ("z", -4.0))}
    s["q"] = g.add(Add(), s["x"], s["y"], name="q")
    s["f"] = g.add(Multiply(), s["q"], s["z"], name="f")
    return g.graph(s["f"]), s


def gradient(plan: Plan, slot: Slot) -> Array:
    """The gradient at a slot, which must have one."""
    found = plan.gradient(slot)
    assert found is not None
    return found


def test_course_circuit() -> None:
    """The circuit f = (x+y)·z has the values and gradients of the lecture."""
    graph, s = course_graph()
    plan = Plan(graph, np.float64)
    plan.run()
    assert [float(plan.value(s[n])) for n in "qf"] == [3, -12]
    assert [float(gradient(plan, s[n])) for n in "fqzxy"] == [1, -4, 3, -4, -4]


@pytest.fixture(params=["gate by gate", "as a circuit"])
def manner(request, monkeypatch):
    """Scalar gates run one by one, or as vectors however few they are."""
    if request.param == "as a circuit":
        monkeypatch.setattr(arrays_module, "FEWEST", 1)
        monkeypatch.setattr(arrays_module, "NARROWEST", 0)
    return request.param


def any_function_fixture(test):
    """A property test may use a fixture that holds for all of its examples."""
    return settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])(test)


@any_function_fixture
@given(graph=graphs())
def test_plan_equals_the_lecture(manner: str, graph: Graph) -> None:
    """The preallocated plan gives the values and gradients of the plain two passes, on any graph."""
    plan = Plan(graph, np.float64)
    plan.run()
    plan.run()
    values = backprop.forward(graph)
    gradients = backprop.backward(graph, values)
    for i, node in enumerate(graph.nodes):
        np.testing.assert_allclose(plan.value(Slot(i)), values[Slot(i)], rtol=1e-12, atol=1e-300)
        wanted = gradients.get(Slot(i), np.zeros(node.shapes[0]))
        found = plan.gradient(Slot(i))
        np.testing.assert_allclose(0 if found is None else found, wanted, rtol=1e-10, atol=1e-13)


@any_function_fixture
@given(graph=graphs())
def test_contributions_add_up(manner: str, graph: Graph) -> None:
    """The gradient at a fork is the sum of what its wires bring back, and of 1 where it is itself the objective."""
    plan = Plan(graph, np.float64)
    plan.run()
    for slot, readers in graph.consumers.items():
        shares = [c for edge in readers if (c := plan.contribution(*edge)) is not None]
        if shares:
            total = np.sum(shares, axis=0) + (1.0 if slot in graph.objective else 0.0)
            np.testing.assert_allclose(gradient(plan, slot), total, rtol=1e-12, atol=1e-15)


def test_dead_branch_has_no_gradient() -> None:
    """A parameter the objective doesn't depend on has gradient zero, and a dead gate none at all."""
    g = GraphBuilder()
    x, unused = g.parameter("x", 2.0), g.parameter("unused", 3.0)
    dead = g.add(Tanh(), unused, name="dead")
    f = g.add(Multiply(), x, x, name="f")
    plan = Plan(g.graph(f), np.float64)
    plan.run()
    assert plan.gradient(unused) == 0
    assert plan.gradient(dead) is None
    assert plan.gradient(x) == 4


def test_deep_chain_needs_no_recursion() -> None:
    """A chain of 20,000 gates runs forward and backward."""
    g = GraphBuilder()
    one, slot = g.parameter("one", 1.0), g.parameter("x", 1.0)
    for i in range(20_000):
        slot = g.add(Multiply(), slot, one, name=f"m{i}")
    plan = Plan(g.graph(slot), np.float64)
    plan.run()
    assert plan.value(slot) == 1
    assert plan.gradient(one) == 20_000


def test_wide_fan_adds() -> None:
    """2,000 wires from one output add up to its gradient."""
    g = GraphBuilder()
    x = g.parameter("x", 1.0)
    ends = [g.add(Add(), x, x, name=f"a{i}") for i in range(1_000)]
    plan = Plan(g.graph(*ends), np.float64)
    plan.run()
    assert plan.gradient(x) == 2_000


def test_stop_between_gates() -> None:
    """A pass ends before the next large gate once `stop()` is true."""
    g = GraphBuilder()
    x = g.parameter("x", np.ones(300_000))
    q = g.add(Add(), x, x, name="q")
    f = g.add(Multiply(), q, x, name="f")
    plan = Plan(g.graph(f), np.float64)
    asked = iter([False, True])
    assert plan.forward(lambda: next(asked)) is False
    assert plan.value(q)[0] == 2
    assert plan.value(f)[0] == 0


def test_nonfinite_is_named() -> None:
    """Infinity is named with its first node, the pass and the index."""
    g = GraphBuilder()
    x = g.parameter("x", np.array([1.0, 0.0]))
    bad = g.add(Log(), x, name="bad")
    plan = Plan(g.graph(g.add(Sum(), bad, name="s")), np.float64)
    plan.run()
    with pytest.raises(NotFinite, match="“bad”") as caught:
        plan.refuse_nonfinite()
    assert (caught.value.node, caught.value.phase, caught.value.index) == ("bad", "forward", (1,))


def test_a_total_of_infinities_is_not_a_number() -> None:
    """∞ − ∞ in the objective makes its total NaN, without a warning."""
    g = GraphBuilder()
    x = g.parameter("x", np.array((np.inf, -np.inf)))
    plan = Plan(g.graph(g.add(Add(), x, x)))
    plan.run()
    assert np.isnan(plan.objective())


def test_overflowing_norm_is_no_nonfinite() -> None:
    """Large but finite gradients are not refused."""
    g = GraphBuilder()
    x = g.parameter("x", np.full(4, 1e18, np.float32))
    plan = Plan(g.graph(g.add(Sum(), g.add(Multiply(), x, x, name="m"), name="s")), np.float32)
    plan.run()
    plan.gradients *= np.float32(1e10)
    plan.refuse_nonfinite()


@pytest.mark.parametrize("units", [60_000])
def test_memory_is_refused_before_allocation(units: int) -> None:
    """A network larger than the limit is refused by the node's name, quickly."""
    g = GraphBuilder(limit=2**20)
    x = g.parameter("x", np.zeros((1, 60_000)))
    began = time.perf_counter()
    with pytest.raises(MemoryRefused, match="big"):
        g.add(Dense(units=units), x, name="big")
    assert time.perf_counter() - began < 5


def test_plan_memory_is_predicted() -> None:
    """Predicted bytes cover every array of the plan and exceed the real ones by less than a tenth."""
    g = GraphBuilder()
    x = g.parameter("x", np.zeros((50, 200)))
    h = g.add(ReLU(), g.add(Dense(units=100), x, name="d"), name="r")
    plan = Plan(g.graph(g.add(Sum(), h, name="s")), np.float32)
    real = sum(a.nbytes for a in {id(a): a for a in (*plan._values.values(), *plan._gradients.values())}.values())
    assert real <= plan.bytes <= 1.1 * real


def test_many_layers_are_refused_together() -> None:
    """Layers each of which would fit are refused where their start values together don't, before they are drawn."""
    g = GraphBuilder(limit=100 * 100 * 16 * 3)
    slot = g.parameter("x", np.zeros((1, 100)))
    for i in range(3):
        slot = g.add(Dense(units=100, bias=False), slot, name=f"d{i}")
    with pytest.raises(MemoryRefused, match=r"^d3: with its parameter of shape 100×100"):
        g.add(Dense(units=100, bias=False), slot, name="d3")


def test_what_others_need_counts() -> None:
    """Bytes needed beside the plan leave less for it."""
    graph, _ = course_graph()
    plan = Plan(graph)
    size = plan.bytes + 5 * plan.parameters.nbytes
    Plan(graph, limit=size, beside=5)
    with pytest.raises(MemoryRefused, match=r"^f:"):
        Plan(graph, limit=size - 1, beside=5)


def test_plan_refuses_its_limit() -> None:
    """A plan beyond its limit names the node that goes beyond it."""
    g = GraphBuilder()
    x = g.parameter("x", np.zeros(1000))
    with pytest.raises(MemoryRefused, match=r"^t:"):
        Plan(g.graph(g.add(Tanh(), x, name="t")), np.float64, limit=20_000)


def test_wrong_shapes_name_the_node() -> None:
    """A refused shape names the node and both shapes."""
    g = GraphBuilder()
    x, y = g.parameter("x", np.zeros((2, 3))), g.parameter("y", np.zeros(4))
    with pytest.raises(ShapeError, match=r"^sum: .*2×3.*4"):
        g.add(Add(), x, y, name="sum")


def test_wrong_number_of_inputs() -> None:
    """A gate with a missing input is refused."""
    g = GraphBuilder()
    with pytest.raises(GraphError, match="takes 2 inputs, found 1"):
        g.add(Add(), g.parameter("x", 1.0), name="sum")


def test_pinned_start_of_the_wrong_shape() -> None:
    """A pinned start value that doesn't fit the weight is refused with both shapes."""
    g = GraphBuilder()
    x = g.parameter("x", np.zeros((5, 3)))
    with pytest.raises(ShapeError, match=r"2×2.*3×4"):
        g.add(Dense(units=4, start_W=np.zeros((2, 2))), x, name="d")


def test_gate_of_ones_own() -> None:
    """A gate class with several outputs in the lecture's form runs in the plan as it is."""

    class SumAndDifference(Gate):
        """Both at once."""

        id = "sum_and_difference"
        inputs = (Port("x"), Port("y"))
        outputs = (Port("s"), Port("d"))

        def shape(self, x, y):
            """Both outputs have the inputs' shape."""
            return x, y

        def forward(self, x, y):
            """Sum and difference."""
            return x + y, x - y

        def backward(self, ds, dd):
            """Both paths add."""
            return ds + dd, ds - dd

    g = GraphBuilder()
    x, y = g.parameter("x", 3.0), g.parameter("y", 1.0)
    s = g.add(SumAndDifference(), x, y, name="sd")
    f = g.add(Multiply(), s, Slot(s.node, 1), name="f")
    plan = Plan(g.graph(f), np.float64)
    plan.run()
    assert [float(a) for a in (plan.value(f), gradient(plan, x), gradient(plan, y))] == [8, 6, -2]


@pytest.mark.parametrize(
    ("shape", "gradient", "summed"),
    [((), (2, 3), 6), ((3,), (2, 3), 2), ((2, 1), (2, 3), 3), ((1, 3), (2, 3), 2), ((2, 3), (2, 3), 1)],
)
def test_unbroadcast(shape: tuple[int, ...], gradient: tuple[int, ...], summed: int) -> None:
    """A broadcast input's gradient is summed over what was broadcast."""
    found = unbroadcast(np.ones(gradient), shape)
    assert found.shape == shape
    assert np.all(found == summed)


def test_numbers_too_large_for_float32_are_infinite() -> None:
    """A start value, a source and a batch beyond float32 become infinite without a warning, and are told by name."""
    g = GraphBuilder()
    huge = np.array(1e300)
    x, y = g.parameter("x", huge), g.add(Constant(value=1e300), name="y")
    plan = Plan(g.graph(g.add(Add(), x, y, name="f")), np.float32)
    plan.feed(y, huge)
    plan.run()
    assert np.isinf(plan.value(x))
    with pytest.raises(NotFinite, match="“x”"):
        plan.refuse_nonfinite()
