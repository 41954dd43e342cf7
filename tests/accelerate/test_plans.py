"""Whole plans and optimisers, accelerated: the same bits as ever."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from gradstudio.accelerate import switch_off, switch_on
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Gate, Port
from gradstudio.engine.graph import GraphBuilder, Slot
from gradstudio.engine.optimizers import OPTIMIZERS
from gradstudio.engine.plan import Plan
from gradstudio.gates.activation import ReLU, Tanh
from gradstudio.gates.arithmetic import Add, Max, Multiply
from gradstudio.gates.layer import Dense
from gradstudio.gates.reduce import Sum
from tests.engine.graphs import graphs

STEPS = 6
"""Enough for a plan to be shortened on the way."""


def train(graph, dtype, rule):
    """Bytes of everything a plan holds after each of some steps."""
    plan = Plan(graph, dtype)
    plan.run()
    optimizer = OPTIMIZERS[rule](plan.parameters, 1e-3 / max(1.0, float(np.abs(plan.gradients).max(initial=0))))
    seen = []
    for step in range(STEPS):
        plan.run()
        optimizer.update(plan.gradients, step)
        slots = [Slot(i, k) for i, node in enumerate(graph.nodes) for k in range(len(node.shapes))]
        gradients = [plan.gradient(slot) for slot in slots]
        shares = [plan.contribution(i, p) for i, node in enumerate(graph.nodes) for p in range(len(node.inputs))]
        arrays = [plan.parameters, plan.gradients, *map(plan.value, slots), *gradients, *shares]
        seen.append([array.tobytes() for array in arrays if array is not None])
    return seen


def circuit(gates=4000, leaves=40):
    """Many scalar gates at random, and a few vectors among them."""
    rng = np.random.default_rng(1)
    builder = GraphBuilder()
    slots = [builder.parameter(f"p{i}", v) for i, v in enumerate(rng.uniform(-1, 1, leaves).tolist())]
    vector = builder.parameter("v", rng.uniform(-1, 1, 5))
    for i, kind in enumerate(rng.integers(0, 4, gates).tolist()):
        a, b = (slots[k] for k in rng.integers(max(0, len(slots) - 400), len(slots), 2))
        if i % 500 == 499:
            slots.append(builder.add(Sum(), builder.add(Multiply(), vector, a)))
        slots.append(builder.add(Tanh(), a) if kind == 0 else builder.add((Add, Multiply, Max)[kind - 1](), a, b))
    return builder.graph(*slots[-30:])


def network(samples=300):
    """Two layers over a matrix."""
    rng = np.random.default_rng(2)
    builder = GraphBuilder()
    at = builder.parameter("x", rng.standard_normal((samples, 8)))
    for units, activation in ((40, ReLU), (30, Tanh), (1, Tanh)):
        layer = Dense(units=units)
        width = builder.nodes[at.node].shapes[0][1]
        starts = {"W": rng.standard_normal((width, units)), "b": rng.standard_normal(units)}
        at = builder.add(activation(), builder.add(layer, at, starts=starts))
    return builder.graph(builder.add(Sum(), at))


@pytest.mark.parametrize("rule", sorted(OPTIMIZERS))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", [circuit, network], ids=lambda make: make.__name__)
def test_training_gives_the_same_bits(make, dtype, rule, machine):
    """Every value, gradient, share and parameter of every step is the same, whichever rule updates it."""
    graph = make()
    plain = train(graph, dtype, rule)
    assert np.isfinite(np.frombuffer(plain[-1][1], dtype)).all()
    assert switch_on()
    try:
        assert train(graph, dtype, rule) == plain
    finally:
        switch_off()


@given(graph=graphs())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_graph_gives_the_same_bits(graph, machine):
    """Forks, diamonds, dead branches and broadcasting included."""
    plain = train(graph, "float64", "adam")
    assert switch_on()
    try:
        assert train(graph, "float64", "adam") == plain
    finally:
        switch_off()


def test_runs_are_used(accelerator):
    """A plan that is played again and again makes fewer calls than it has."""
    plan = Plan(network())
    for _ in range(STEPS):
        plan.run()
    assert len(plan._whole._whole.now()) < plan.calls / 2


@pytest.mark.parametrize("rule", sorted(OPTIMIZERS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("size", [1, 9, 5000, 100_000])
def test_optimisers_give_the_same_bits(rule, dtype, size, machine):
    """An update is the same to the last bit, for one parameter and for several pieces of them."""

    def run():
        rng = np.random.default_rng(0)
        x = rng.standard_normal(size).astype(dtype)
        optimizer = OPTIMIZERS[rule](x, 0.05)
        gradients = np.zeros(size, dtype)
        for step in range(STEPS):
            gradients[...] = rng.standard_normal(size) * 10.0 ** rng.integers(-12, 6)
            optimizer.learning_rate = 0.05 / (step + 1)
            optimizer.update(gradients, step)
        return [x.tobytes(), *(array.tobytes() for array in optimizer.state.values())]

    plain = run()
    assert switch_on()
    try:
        assert run() == plain
    finally:
        switch_off()


class Choosy(Gate):
    """Refuses numbers above 3."""

    id = "choosy"
    inputs = (Port("x"),)

    def shape(self, x):
        return x

    def forward(self, x):
        if (x > 3).any():
            raise GraphError("that is more than 3.")
        return x

    def backward(self, dz):
        return dz


def test_a_refusal_names_its_node_in_a_shortened_plan(accelerator):
    """What a gate refuses comes with the node's name, among runs of the machine as without."""
    builder = GraphBuilder()
    x = builder.parameter("x", np.ones(4))
    before = builder.add(Tanh(), builder.add(Tanh(), builder.add(Add(), x, x)))
    choosy = builder.add(Choosy(), builder.add(Add(), before, x, name="sum"), name="picky")
    plan = Plan(builder.graph(builder.add(Sum(), builder.add(Tanh(), builder.add(Tanh(), choosy)))))
    for _ in range(STEPS):
        plan.run()
    plan.parameters[...] = 5
    with pytest.raises(GraphError, match=r"^picky: that is more than 3\.$"):
        plan.run()
