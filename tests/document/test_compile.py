"""Document -> engine graph."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradstudio.document.compile import compile_document, topological
from gradstudio.document.model import Document, Node, Patch, Training, Wire
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Array, Gate, Port, Shape
from gradstudio.engine.plan import Plan
from tests.training.networks import Nodes, course_circuit, network, spiral


def ran(document: Document) -> tuple[Plan, dict[tuple[str, str], float]]:
    """The plan after a run, and every scalar gradient by node name and port."""
    compiled = compile_document(document)
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    found = {}
    for (node, port), slot in compiled.slots.items():
        gradient = plan.gradient(slot)
        if gradient is not None and gradient.size == 1:
            found[document.nodes[node].name, port] = float(gradient)
    return plan, found


def test_every_port_has_a_slot() -> None:
    """Each output and each weight of a complete document has a place in the graph."""
    document = spiral()
    compiled = compile_document(document)
    wanted = {(node.id, port.name) for node in document.nodes.values() for port in node.output_ports()}
    assert compiled.slots.keys() == wanted
    assert compiled.wires.keys() == document.wires.keys()
    assert list(compiled.parameters) == ["2.W", "2.b", "4.W", "4.b"]
    assert compiled.problems == ()
    assert compiled.objective_name == "loss"
    assert compiled.samples == 120


def test_parameters_lie_in_the_plan_in_their_order() -> None:
    """The flat parameters of a plan are the document's weights one after the other."""
    compiled = compile_document(spiral())
    plan = Plan(compiled.graph)
    pieces = [plan.value(slot).ravel() for slot in compiled.parameters.values()]
    assert np.array_equal(np.concatenate(pieces), plan.parameters)


def test_unfinished_networks_are_computed_as_far_as_they_go() -> None:
    """A gate with a missing input is a problem and no more: all that doesn't need it is computed."""
    document = network(
        {
            "x": ("constant", {"value": 2.0}),
            "y": ("constant", {"value": 3.0}),
            "q": ("add", {}),
            "f": ("multiply", {}),
            "g": ("exp", {}),
        },
        [("x.value", "q.x"), ("y.value", "q.y"), ("q.z", "f.x"), ("f.z", "g.x")],
    )
    compiled = compile_document(document)
    assert compiled.objective_name == "q"
    assert [document.nodes[p.node].name for p in compiled.problems] == ["f"]
    assert ran(document)[1] == {("x", "value"): 1, ("y", "value"): 1, ("q", "z"): 1}


def test_every_end_is_differentiated() -> None:
    """Two circuits on one canvas each get the gradients of their own end, whichever is the objective."""
    nodes = {
        "a": ("constant", {"value": 1.0}),
        "e": ("exp", {}),
        "b": ("constant", {"value": 2.0}),
        "n": ("negate", {}),
    }
    document = network(nodes, [("a.value", "e.x"), ("b.value", "n.x")])
    assert compile_document(document).objective_name == "e + n"
    assert ran(document)[1]["b", "value"] == -1
    document.apply(Patch("Choose", settings=replace(document.settings, objective=2)))
    assert compile_document(document).objective_name == "e"
    assert ran(document)[1]["b", "value"] == -1


def test_only_the_objective_is_differentiated_where_ends_share_nodes() -> None:
    """With a chosen objective, another end of the same circuit adds nothing to the gradient."""
    nodes = {"x": ("parameter", {"value": 1.0}), "e": ("exp", {}), "n": ("negate", {})}
    document = network(nodes, [("x.value", "e.x"), ("x.value", "n.x")])
    assert ran(document)[1]["x", "value"] == np.e - 1
    document.apply(Patch("Choose", settings=replace(document.settings, objective=3)))
    assert ran(document)[1]["x", "value"] == -1


def test_the_loss_is_what_depends_on_parameters() -> None:
    """A circuit of constants beside a network is differentiated, but its end isn't part of the loss."""
    nodes = {
        "w": ("parameter", {"value": 1.0}),
        "e": ("exp", {}),
        "b": ("constant", {"value": 2.0}),
        "n": ("negate", {}),
    }
    document = network(nodes, [("w.value", "e.x"), ("b.value", "n.x")])
    compiled = compile_document(document)
    assert compiled.objective_name == "e"
    assert len(compiled.loss) == 1
    assert ran(document)[1]["b", "value"] == -1


def test_trained_parameters_are_used_where_they_fit() -> None:
    """Stored parameters replace start values of the same shape, and are left out where the shape has changed."""
    document = course_circuit()
    document.apply(Patch("Train", training=Training(1, {"1.value": np.array(7.0), "2.value": np.zeros(3)})))
    compiled = compile_document(document)
    plan = Plan(compiled.graph)
    assert plan.value(compiled.parameters["1.value"]) == 7
    assert plan.value(compiled.parameters["2.value"]) == 5


def test_start_values_depend_on_seed_and_node_alone() -> None:
    """Adding a node changes no other node's start values; another seed changes them."""
    before = compile_document(spiral())
    document = spiral()
    document.apply(Patch("Add", {99: Node(99, "dense", "more")}))
    after, other = compile_document(document), compile_document(spiral(seed=1))
    weights = [Plan(c.graph).value(c.parameters["2.W"]) for c in (before, after, other)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_batches_shrink_the_data() -> None:
    """With a batch size the graph has one batch's shapes, and the whole set stays at hand."""
    compiled = compile_document(spiral(batch_size=16))
    source = compiled.sources[0]
    assert compiled.graph.shape(source.slots[0]) == (16, 2)
    assert source.arrays[0].shape == (120, 2)
    assert compiled.samples == 120


def test_unknown_gates_stay_out() -> None:
    """A placeholder is a problem; the rest is computed."""
    document = course_circuit()
    document.apply(Patch("Add", {50: Node(50, "from_the_future", "later")}))
    compiled = compile_document(document)
    assert [p.node for p in compiled.problems] == [50]
    assert compiled.objective_name == "f"


def test_an_empty_document_compiles() -> None:
    """Nothing to compute is no error."""
    compiled = compile_document(Document())
    assert compiled.graph.nodes == ()
    assert compiled.objective_name == ""
    Plan(compiled.graph).run()


def cut(document: Document, target: str, port: str) -> None:
    """Take the wire at an input away."""
    node = document.named(target)
    assert node is not None
    document.apply(Patch("Cut", wires={w.id: None for w in document.wires_into(node.id) if w.input == port}))


def test_a_loss_short_of_its_end_is_unfinished() -> None:
    """Where a node behind the loss can't be computed, the problem that keeps it waiting is told, wherever it lies."""
    document = spiral()
    assert compile_document(document).unfinished is None
    cut(document, "data_loss", "labels")
    found = compile_document(document).unfinished
    assert found is not None
    assert document.nodes[found.node].name == "data_loss"
    whole = spiral()
    cut(whole, "hidden", "x")
    found = compile_document(whole).unfinished
    assert found is None or whole.nodes[found.node].name == "hidden"


def test_a_chosen_objective_that_cannot_be_computed_is_unfinished() -> None:
    """The chosen objective is never silently replaced: what keeps it waiting is told; another choice is finished."""
    document = spiral()
    ids = {node.name: node.id for node in document.nodes.values()}
    document.apply(Patch("Choose", settings=replace(document.settings, objective=ids["loss"])))
    cut(document, "scores", "x")
    found = compile_document(document).unfinished
    assert found is not None
    assert found.node == ids["scores"]
    document.apply(Patch("Choose", settings=replace(document.settings, objective=ids["relu"])))
    assert compile_document(document).unfinished is None


def test_a_dangling_gate_beside_the_loss_does_not_count() -> None:
    """A gate nobody has wired yet leaves a finished network finished."""
    document = spiral()
    document.apply(Patch("Add", {99: Node(99, "add", "spare")}))
    assert compile_document(document).unfinished is None


def test_rows_picked_by_labels_are_no_classification() -> None:
    """The accuracy is counted at a loss: a gather takes numbers and labels too, and isn't meant."""
    document = spiral()
    labels = compile_document(document).classifier
    x, gather = Node(90, "constant", "table", {"value": np.eye(3)}), Node(91, "gather", "rows")
    source = next(node for node in document.nodes.values() if node.gate == "spiral")
    wires = {92: Wire(92, 90, "value", 91, "x"), 93: Wire(93, source.id, "labels", 91, "indices")}
    document.apply(Patch("Gather", {90: x, 91: gather}, wires))
    assert compile_document(document).classifier == labels
    assert labels is not None


class Keeper(Gate):
    """A gate that keeps something of its own from the start."""

    id = "keeper"
    title = "Keeper"
    inputs = (Port("x"),)

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.seen: list[float] = []

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        return x

    def forward(self, x: Array) -> Array:
        """Note that it ran."""
        self.seen.append(float(x.sum()))
        return x

    def backward(self, dz: Array) -> Array:
        """As it comes."""
        return dz


def test_every_compilation_has_gates_of_its_own() -> None:
    """Two graphs of one document share no gate, nor anything a gate keeps, and none with what shapes are asked of."""
    with CATALOG.including(Keeper):
        nodes: Nodes = {"w": ("parameter", {"value": 2.0}), "k": ("keeper", {}), "f": ("relu", {})}
        document = network(nodes, [("w.value", "k.x"), ("k.z", "f.x")])
        one, other = compile_document(document), compile_document(document)
        Plan(one.graph).run()
        known = [place.gate for place in one.shapes.places.values()]
        gates = [[node.gate for node in compiled.graph.nodes] for compiled in (one, other)]
        assert not {id(gate) for gate in gates[0]} & {id(gate) for gate in (*gates[1], *known)}
        assert [gate.seen for gate in (*gates[0], *gates[1], *known) if isinstance(gate, Keeper)] == [[2.0], [], []]


@given(st.permutations(range(1, 7)))
def test_the_order_is_the_first_of_all(ids: list[int]) -> None:
    """However ids lie along the wires, nodes come after what feeds them, the lower id first where there is a choice."""
    edges = [(0, 2), (1, 2), (1, 3), (2, 4), (3, 4)]
    document = Document()
    nodes = {i: Node(i, "constant" if ids.index(i) in (0, 1) else "add", f"n{i}") for i in ids}
    wires = {10 + k: Wire(10 + k, ids[a], "z", ids[b], "x") for k, (a, b) in enumerate(edges)}
    document.apply(Patch("Build", nodes, wires))
    found = [node.id for node in topological(document)]
    legal = [
        order
        for order in itertools.permutations(sorted(ids))
        if all(order.index(ids[a]) < order.index(ids[b]) for a, b in edges)
    ]
    assert tuple(found) == min(legal)
