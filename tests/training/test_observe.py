import itertools
import math
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from benchmarks.documents import document as make_document
from benchmarks.engine.workloads import make as make_workload
from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.engine.plan import Plan
from gradstudio.engine.statistics import sample
from gradstudio.gates.activation import ReLU, Sigmoid
from gradstudio.training import activations as module
from gradstudio.training.activations import curve_points, curve_range, flatness
from gradstudio.training.looks import Scene
from gradstudio.training.observe import NUMBERS, Observer, observe
from gradstudio.training.snapshot import ROWS, Watch


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


def watching(document, watch):
    """Plan, compiled document and an observer that attends, after one run."""
    compiled = compile_document(document)
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    observer = Observer(plan, compiled, document)
    observer.attend(watch)
    return plan, compiled, observer, Scene(plan, compiled, document, 0, lambda: False)


def pass_time(observer, seconds):
    """Tick whenever due, for so long from when the observer is due, on a clock that runs as fast as ticks do."""
    end = observer.due + seconds
    while observer.due < end:
        observer.tick(observer.due)


def test_sampled_numbers_of_large_arrays():
    """While training, large arrays are sampled: norms are near, extremes within; standing still all is exact."""
    plan, compiled, observer, scene = watching(spiral(units=400), Watch())
    x = plan.value(compiled.slots[3, "z"])
    pass_time(observer, 60.0)
    fast = observer.seen(scene).values[3, "z"]
    assert fast.norm == pytest.approx(np.linalg.norm(x), rel=0.05)
    assert fast.high <= x.max()
    assert fast.deviation == pytest.approx(x.std(), rel=0.05)
    exact = observer.look(scene).values[3, "z"]
    assert exact.norm == pytest.approx(np.linalg.norm(x))
    assert exact.high == x.max()
    assert exact.deviation == pytest.approx(x.std())
    assert exact.zeros == pytest.approx((x == 0).mean())


def test_arrays_have_their_turns():
    """While training one array after the other is looked at, none twice before all have been."""
    plan, compiled, observer, scene = watching(spiral(), Watch())
    observer.look(scene)
    before = observer.seen(scene)
    for slot in compiled.slots.values():
        plan.value(slot)[...] = 7
    changed = []
    for _ in range(100):
        observer.tick(observer.due)
        seen = observer.seen(scene)
        changed.append(sum(seen.values[key] is not before.values[key] for key in seen.values if key != (5, "loss")))
        if changed[-1] == len(seen.values) - 1:
            break
    assert changed[0] <= 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(changed))
    assert changed[-1] == len(before.values) - 1


def test_numbers_are_of_one_moment():
    """While training, single numbers on wires are all those of the step that is shown."""
    plan, compiled, observer, scene = watching(branching(), Watch())
    plan.value(compiled.slots[1, "value"])[...] = 5.0
    plan.run()
    seen = observer.seen(scene)
    assert [seen.values[key].scalar for key in ((1, "value"), (2, "z"), (3, "z"))] == [5.0, 25.0, 30.0]
    assert sorted(c.scalar for c in seen.contributions.values()) == [1.0, 1.0, 5.0, 5.0]


def test_of_many_numbers_some_are_read_for_each_snapshot():
    """Of more numbers than one snapshot reads, all are read within a few."""
    chain = [(1, "parameter", "w", {"value": np.array(1.0)})]
    chain += [(i, "sin", f"s{i}", {}) for i in range(2, 700)]
    _, _, observer, scene = watching(
        build(chain, [(i - 1, "z" if i > 2 else "value", i, "x") for i in range(2, 700)]), Watch()
    )
    counts = [len(observer.seen(scene).values) + len(observer.seen(scene).gradients) for _ in range(3)]
    assert NUMBERS // 2 < len(observer.seen(scene).values) <= 700
    assert counts[-1] == 2 * 699


def test_only_what_is_in_view():
    """With nodes and wires in view given, their outputs, weights and wires are looked at and nothing else."""
    document = spiral()
    links = frozenset(w.id for w in document.wires_into(3))
    _, _, seen = run(document, Watch(nodes=frozenset({3}), links=links))
    assert set(seen.values) == {(3, "z"), (2, "z")}
    assert set(seen.gradients) == {(3, "z"), (2, "z")}
    assert set(seen.contributions) == links
    nothing = run(document, Watch(nodes=frozenset(), links=frozenset()))[2]
    assert [nothing.values, nothing.gradients, nothing.contributions] == [{}, {}, {}]


def test_what_is_not_there_is_not_looked_at():
    """Nodes and wires that have gone, or can't be computed, are passed over."""
    _, _, seen = run(branching(), Watch(nodes=frozenset({3, 99}), links=frozenset({102, 999})))
    assert set(seen.values) == {(3, "z"), (2, "z")}
    assert set(seen.contributions) == {102}


def test_what_has_been_seen_is_remembered():
    """Looking elsewhere and back, numbers of a network that stands still are not computed again."""
    document = spiral()
    _, _, observer, scene = watching(document, Watch(nodes=frozenset({3}), links=frozenset()))
    first = observer.look(scene).values[3, "z"]
    observer.attend(Watch(nodes=frozenset({3, 4}), links=frozenset()))
    assert observer.look(scene).values[3, "z"] is first
    observer.moved()
    assert observer.look(scene).values[3, "z"] is not first


def test_distributions_on_demand():
    """How the entries of all values and gradients lie, in 64 bins, is there when somebody watches it."""
    plan, compiled, seen = run(spiral(), Watch(distributions=True))
    shown = seen.values[3, "z"].distribution
    assert len(shown.counts) == 64
    assert len(shown.edges) == 65
    x = plan.value(compiled.slots[3, "z"])
    assert shown.edges[[0, -1]] == pytest.approx([x.min(), x.max()], abs=0.3 * np.ptp(x))
    assert seen.gradients[4, "W"].distribution is not None
    assert run(spiral(), Watch())[2].values[3, "z"].distribution is None


def test_rows_are_bounded():
    """Of a large circuit some hundred rows are shown, weights and what is in view first; how many aren't is told."""
    count = 2000
    nodes: list[Any] = [(i, "sin", f"s{i}", {}) for i in range(1, count)]
    wires = [(i - 1 if i > 1 else count, "z" if i > 1 else "value", i, "x") for i in range(1, count)]
    nodes.append((count, "parameter", "w", {"value": np.array(1.0)}))
    watch = Watch(rows=True, nodes=frozenset({1500}), links=frozenset())
    _, _, seen = run(build(nodes, wires), watch)
    assert len(seen.rows) == ROWS
    assert seen.rows_left_out == count - ROWS
    assert {row.node for row in seen.rows} >= {count, 1500, 1, 2}
    assert [row.node for row in seen.rows][:2] == [count, 1]
    assert run(spiral(), Watch(rows=True))[2].rows_left_out == 0


@pytest.mark.parametrize("name", ["a", "b", "c", "d", "f", "g3"])
def test_nothing_is_copied(name):
    """However arrays lie in memory, statistics read them as views."""
    document = make_document(make_workload(name))
    compiled = compile_document(document)
    plan = Plan(compiled.graph)
    places = [(node, position) for node, place in enumerate(plan.graph.nodes) for position in range(len(place.inputs))]
    arrays = [plan.value(slot) for slot in compiled.slots.values()]
    arrays += [a for slot in compiled.slots.values() if (a := plan.gradient(slot)) is not None]
    arrays += [a for place in places if (a := plan.contribution(*place)) is not None]
    assert len(arrays) > 20
    assert all(np.shares_memory(sample(array, array.size), array) for array in arrays)


def test_dead_units_are_counted_on_all_rows():
    """Of a large array a unit is dead only if none of its rows, sampled or not, has a slope."""
    x = -np.ones((module.LIMIT, 8))
    x[1, 3] = 1.0
    x[:, 5] = 1.0
    share, dead = flatness(ReLU(), x)
    assert dead == (6, 8)
    assert share == pytest.approx(7 / 8, abs=0.01)


def test_units_of_images_are_their_channels():
    """A channel is dead where it is flat at all places of all images."""
    x = -np.ones((64, 5, 14, 14))
    x[3, 1, 7, 7] = 1.0
    assert flatness(ReLU(), x)[1] == (4, 5)
    assert flatness(ReLU(), x[:2])[1] == (5, 5)


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
