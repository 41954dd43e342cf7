import math
from types import MappingProxyType

import numpy as np
import pytest

from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.engine.plan import Plan
from gradstudio.gates.activation import ReLU, Sigmoid
from gradstudio.training import observe as module
from gradstudio.training.observe import curve_points, curve_range, flatness, observe
from gradstudio.training.snapshot import Watch


def build(nodes, wires):
    """A document of (id, gate, name, params) and (source, output, target, input)."""
    document = Document()
    document.apply(
        Patch(
            "Build",
            {i: Node(i, gate, name, MappingProxyType(params)) for i, gate, name, params in nodes},
            {100 + k: Wire(100 + k, *ends) for k, ends in enumerate(wires)},
        )
    )
    return document


def spiral(units=100):
    """The spiral classifier with one hidden layer."""
    return build(
        [
            (1, "spiral", "spiral", {}),
            (2, "dense", "dense1", {"units": units}),
            (3, "relu", "relu1", {}),
            (4, "dense", "dense2", {"units": 3}),
            (5, "softmax_cross_entropy", "loss", {}),
        ],
        [(1, "X", 2, "x"), (2, "z", 3, "x"), (3, "z", 4, "x"), (4, "z", 5, "scores"), (1, "labels", 5, "labels")],
    )


def branching():
    """The circuit f = x·x + x: three wires leave x."""
    return build(
        [(1, "parameter", "x", {"value": np.array(3.0)}), (2, "multiply", "q", {}), (3, "add", "f", {})],
        [(1, "value", 2, "x"), (1, "value", 2, "y"), (2, "z", 3, "x"), (1, "value", 3, "y")],
    )


def run(document, watch, **options):
    """Plan, compiled document and what is observed of them after one run."""
    compiled = compile_document(document)
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    return plan, compiled, observe(plan, compiled, document, watch, **options)


def test_nothing_watched_nothing_computed():
    """What nobody looks at is left out."""
    _, _, seen = run(spiral(), Watch(wires=False))
    assert not seen.values
    assert not seen.gradients
    assert not seen.contributions
    assert seen.rows == ()
    assert seen.activation is None


def test_scalars_are_told_whole():
    """Values, gradients and each wire's own contribution of a circuit are its exact numbers."""
    document = branching()
    output = document.nodes[1].output_ports()[0].name
    _, _, seen = run(document, Watch())
    assert seen.values[3, "z"].scalar == 12.0
    assert seen.gradients[1, output].scalar == 7.0
    assert sorted(c.scalar for w, c in seen.contributions.items() if document.wires[w].source == 1) == [1.0, 3.0, 3.0]


def test_summaries_are_copies():
    """A summary keeps its numbers when the plan runs on."""
    plan, compiled, seen = run(branching(), Watch())
    plan.value(compiled.slots[2, "z"])[...] = 77.0
    assert seen.values[2, "z"].scalar == 9.0


def test_summaries_of_arrays():
    """Arrays are told by shape, norm and extremes; weights are told like outputs."""
    plan, compiled, seen = run(spiral(), Watch())
    gradient = plan.gradient(compiled.slots[3, "z"])
    assert seen.values[3, "z"].shape == (300, 100)
    assert seen.values[3, "z"].low == 0.0
    assert seen.values[3, "z"].array is None
    assert seen.gradients[3, "z"].norm == pytest.approx(np.linalg.norm(gradient))
    assert seen.values[2, "W"].norm == pytest.approx(np.linalg.norm(plan.value(compiled.slots[2, "W"])))
    assert (1, "X") not in seen.gradients


def test_rows_in_topological_order():
    """Gradient rows name outputs and weights, inputs of a gate before the gate, data left out."""
    _, _, seen = run(spiral(), Watch(rows=True))
    names = [row.name for row in seen.rows]
    assert names == ["dense1.W", "dense1.b", "dense1", "relu1", "dense2.W", "dense2.b", "dense2", "loss"]
    assert [row.node for row in seen.rows] == [2, 2, 2, 3, 4, 4, 4, 5]


def test_row_tells_norm_and_distribution():
    """A row holds the exact norms, and a histogram between the gradient's extremes."""
    plan, compiled, seen = run(spiral(), Watch(rows=True))
    row = next(row for row in seen.rows if row.name == "dense2.W")
    gradient = plan.gradient(compiled.slots[4, "W"])
    assert row.norm == pytest.approx(np.linalg.norm(gradient))
    assert row.value_norm == pytest.approx(np.linalg.norm(plan.value(compiled.slots[4, "W"])))
    assert row.distribution.counts.sum() == gradient.size
    assert row.distribution.edges[[0, -1]] == pytest.approx([gradient.min(), gradient.max()])


def test_activation_of_relu():
    """A ReLU's sample has its inputs' histogram, its curve with a sharp kink, and the share of inputs it stops."""
    plan, compiled, seen = run(spiral(), Watch(activation=3))
    x = plan.value(compiled.slots[2, "z"])
    found = seen.activation
    assert found.node == 3
    assert found.flat == pytest.approx((x <= 0).mean())
    assert found.dead_units == ((x <= 0).all(axis=0).sum(), 100)
    assert found.curve_x[0] <= x.min()
    assert found.curve_x[-1] >= x.max()
    np.testing.assert_array_equal(found.curve_y, np.maximum(found.curve_x, 0))
    np.testing.assert_array_equal(found.slope, found.curve_x > 0)
    assert found.inputs.edges[[0, -1]] == pytest.approx([x.min(), x.max()], abs=0.2 * np.ptp(x))
    assert found.outputs.edges[0] == 0.0


def test_no_activation_of_other_gates():
    """A gate of several variables, a source and a node that isn't there have no activation sample."""
    for node in (1, 2, 5, 99):
        assert run(spiral(), Watch(activation=node))[2].activation is None


def test_activation_of_a_scalar():
    """One number that goes in stands in the middle of the histogram, and the sigmoid is shown where it bends."""
    document = build([(1, "parameter", "x", {"value": np.array(1.0)}), (2, "sigmoid", "f", {})], [(1, "value", 2, "x")])
    found = run(document, Watch(activation=2))[2].activation
    (full,) = np.flatnonzero(found.inputs.counts)
    assert found.inputs.edges[full : full + 2].mean() == pytest.approx(1.0)
    assert found.curve_x[0] == -4.0
    assert found.curve_x[-1] == 4.0
    assert found.dead_units == (0, 1)


def test_sampled_numbers_of_large_arrays():
    """While training, large arrays have exact norms and sampled extremes; standing still, everything is exact."""
    document = spiral(units=400)
    plan, compiled, fast = run(document, Watch())
    exact = observe(plan, compiled, document, Watch(), exact=True)
    x = plan.value(compiled.slots[3, "z"])
    assert fast.values[3, "z"].norm == pytest.approx(np.linalg.norm(x))
    assert exact.values[3, "z"].high == x.max()
    assert fast.values[3, "z"].high <= x.max()
    assert exact.values[3, "z"].zeros == pytest.approx((x == 0).mean())


def test_dead_units_are_counted_on_all_rows():
    """Of a large array a unit is dead only if none of its rows, sampled or not, has a slope."""
    x = -np.ones((module.LIMIT, 8))
    x[1, 3] = 1.0
    x[:, 5] = 1.0
    share, dead = flatness(ReLU(), x)
    assert dead == (6, 8)
    assert share == pytest.approx(7 / 8, abs=0.01)


def test_flatness_of_degenerate_inputs():
    """Empty inputs and NaN are not flat."""
    assert flatness(ReLU(), np.zeros((0, 4))) == (0.0, (0, 4))
    assert flatness(Sigmoid(), np.array([np.nan, 100.0]))[0] == 0.5


@pytest.mark.parametrize(
    ("low", "high", "kinked", "expected"),
    [
        (-1.83, 2.41, True, (-2.0, 2.5)),
        (-0.1, 0.2, False, (-4.0, 4.0)),
        (1.0, 9.0, False, (-4.0, 10.0)),
        (0.0, 0.0, True, (-1.0, 1.0)),
        (math.nan, math.nan, True, (-1.0, 1.0)),
    ],
)
def test_curve_range(low, high, kinked, expected):
    """A curve is shown over its inputs and both sides of 0, to round ends."""
    assert curve_range(low, high, kinked=kinked) == pytest.approx(expected)


def test_curve_points_hold_zero():
    """0 and its neighbours are points of every curve."""
    points = curve_points(-3.0, 10.0)
    assert 0.0 in points
    assert (np.diff(points) > 0).all()
    assert np.count_nonzero(np.abs(points) < 0.001) == 3
