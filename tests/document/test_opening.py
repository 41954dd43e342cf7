"""Layers opened into the gates they are made of: the same numbers inside, and no trace once closed again."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio import files
from gradstudio.document import commands, grouping
from gradstudio.document.compile import Compiled, compile_document
from gradstudio.document.history import History
from gradstudio.document.model import Document, Node, Patch, Training, Wire
from gradstudio.document.opening import can_open, close_group, open_node
from gradstudio.document.reasons import Refused
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Array, Gate, Kind
from gradstudio.engine.insides import has_insides, insides
from gradstudio.engine.plan import Plan
from gradstudio.files import dumps, loads
from gradstudio.resources import resource
from gradstudio.testing.cases import Case, cases
from tests.training.networks import network, spiral

COMPOSITES = sorted((gate for gate in CATALOG if has_insides(gate)), key=lambda gate: gate.id)
CASES, FEW = 5, 2
"""Cases tried of each gate as it is at first, and with each other setting."""
CLOSE = 1e-12


def hidden_layer(document: Document) -> tuple[Node, int]:
    """The first dense layer, and how many units it has."""
    found = next(node for node in document.nodes.values() if node.gate == "dense")
    units = found.params["units"]
    assert isinstance(units, int)
    return found, units


def opened(document: Document, name: str) -> int:
    """Open a node by its name; returns the group."""
    node = document.named(name)
    assert node is not None
    patch, group = open_node(document, node.id)
    document.apply(patch)
    return group


def around(case: Case) -> Document:
    """A network that feeds a gate the arrays of a case and gives it the case's upstream gradient."""
    document = Document()
    document.settings = replace(document.settings, dtype="float64")
    nodes: dict[int, Node] = {}
    wires: dict[int, Wire] = {}

    def node(gate: str, name: str, **params: Any) -> int:
        i = document.new_id()
        nodes[i] = Node(i, gate, name, MappingProxyType(params))
        return i

    def wire(source: int, output: str, target: int, port: str) -> None:
        i = document.new_id()
        wires[i] = Wire(i, source, output, target, port)

    middle = node(case.kind.id, "middle", **{k: case.kind.params[k].check(k, v) for k, v in case.params.items()})
    count = len(case.input_shapes())
    for i, array in enumerate(case.arrays[:count]):
        port = case.kind.inputs[min(i, len(case.kind.inputs) - 1)]
        labels = port.kind is Kind.LABELS
        source = node("labels" if labels else "parameter", f"in_{port.name}{i}", value=array.astype(np.float64))
        wire(source, "labels" if labels else "value", middle, port.name)
    upstream, times, total = node("constant", "up", value=case.upstream[0]), node("multiply", "m"), node("sum", "total")
    wire(middle, case.kind.outputs[0].name, times, "x")
    wire(upstream, "value", times, "y")
    wire(times, "z", total, "x")
    document.apply(Patch("Build", nodes, wires))
    weights = case.gate().active_weights()
    given = case.arrays[len(case.arrays) - len(weights) :]
    parameters = {f"{middle}.{w.name}": array for w, array in zip(weights, given, strict=True)}
    moments = {f"{key}/m": array + 1 for key, array in parameters.items() if "running" not in key}
    document.training = Training(3, parameters, moments)
    return document


def numbers(document: Document, compiled: Compiled, ports: dict[str, tuple[int, str]]) -> dict[str, Array]:
    """The value at each port and the gradient there, and the gradients of all inputs."""
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    found = {}
    for name, place in ports.items():
        slot = compiled.slots[place]
        found[f"value of {name}"] = plan.value(slot).copy()
        gradient = plan.gradient(slot)
        found[f"gradient of {name}"] = np.zeros(()) if gradient is None else gradient.copy()
    for node in document.nodes.values():
        if node.name.startswith("in_") and node.gate == "parameter":
            gradient = plan.gradient(compiled.slots[node.id, "value"])
            found[f"gradient of {node.name}"] = np.zeros(()) if gradient is None else gradient.copy()
    return found


def fitting(kind: type[Gate]) -> list[Case]:
    """Cases of a gate with all its settings that can be opened, few of each; the contract tries more of them."""
    found: dict[str, list[Case]] = {}
    for case in cases(kind):
        some = found.setdefault(str(case.params), [])
        full = all(array.size for array in case.arrays) and case.training
        wanted = full and len(some) < (CASES if len(found) == 1 else FEW)
        if wanted and insides(case.gate(), case.input_shapes()) is not None:
            some.append(case)
    return [case for some in found.values() for case in some]


@pytest.mark.parametrize("kind", COMPOSITES, ids=lambda kind: kind.id)
def test_inside_the_numbers_are_those_of_the_closed_gate(kind: type[Gate]) -> None:
    """Outputs, gradients of inputs and of weights are the same to 1e-12, and closing brings every byte back."""
    tried = fitting(kind)
    assert tried
    for case in tried:
        document = around(case)
        before, middle = dumps(document), document.named("middle")
        assert middle is not None
        state = [w.name for w in kind.weights if not w.learned]
        outside = numbers(document, compile_document(document), {p.name: (middle.id, p.name) for p in ports(document)})
        group = opened(document, "middle")
        record = document.groups[group]
        inner = {port.name: (port.node, port.port) for port in record.outputs}
        inside = numbers(document, compile_document(document), inner)
        assert inside.keys() == outside.keys()
        for name, array in outside.items():
            if name.rpartition(" ")[2] not in state:
                np.testing.assert_allclose(inside[name], array, err_msg=f"{case}: {name}", rtol=CLOSE, atol=CLOSE)
        document.apply(close_group(document, group))
        assert dumps(document) == before


@pytest.mark.parametrize("gate", ["softmax", "log_softmax", "log_sum_exp", "softmax_cross_entropy", "attention"])
def test_large_scores_overflow_nowhere_inside(gate: str) -> None:
    """Scores of ±10⁴ give the closed gate's finite numbers, opened as far down as it goes."""
    scores = np.array([[1e4, -1e4, 0.0, 9999.0], [-1e4, -1e4, 1 - 1e4, -1e4], [1e4, 1e4, 1e4, 1e4]])
    kind = CATALOG.get(gate)
    arrays = tuple(np.array([2, 0, 1]) if port.kind is Kind.LABELS else scores for port in kind.inputs)
    upstream = np.random.default_rng(1).standard_normal(kind().shape(*(array.shape for array in arrays)))
    document = around(Case(kind, {}, arrays, (upstream,)))
    middle = document.named("middle")
    assert middle is not None
    port = middle.output_ports()[0].name
    outside = numbers(document, compile_document(document), {"z": (middle.id, port)})
    group = opened(document, "middle")
    end = document.groups[group].outputs[0]
    inside = [numbers(document, compile_document(document), {"z": (end.node, end.port)})]
    while deeper := [
        node for node in document.nodes.values() if node.group is not None and can_open(document, node.id)
    ]:
        group = opened(document, deeper[0].name)
        if deeper[0].id == end.node:
            end = document.groups[group].outputs[0]
    inside.append(numbers(document, compile_document(document), {"z": (end.node, end.port)}))
    for found in inside:
        for name, array in outside.items():
            assert np.isfinite(found[name]).all(), name
            np.testing.assert_allclose(found[name], array, err_msg=name, rtol=1e-9, atol=1e-9)


def ports(document: Document) -> tuple[Any, ...]:
    """The output ports of the gate in the middle, weights too."""
    middle = document.named("middle")
    assert middle is not None
    return middle.output_ports()


def test_the_course_s_layers_can_be_opened() -> None:
    """Those the course takes apart say what they are made of."""
    wanted = {"dense", "sigmoid", "softmax_cross_entropy", "softmax", "maxout", "elu", "batch_norm", "layer_norm"}
    assert wanted <= {gate.id for gate in COMPOSITES}
    assert len(COMPOSITES) >= 24


def test_sigmoid_opens_into_the_course_s_gates() -> None:
    """Worked example 4: ×(−1), exp, +1 and 1/x, in this order."""
    document = network({"x": ("parameter", {"value": np.array(1.0)}), "s": ("sigmoid", {})}, [("x.value", "s.x")])
    group = opened(document, "s")
    members = [document.nodes[i] for i in document.members(group)]
    assert [node.gate for node in members] == ["negate", "exp", "constant", "add", "reciprocal"]
    assert [node.name for node in members] == ["s negate", "s exp", "s 1", "s add", "s reciprocal"]
    compiled = compile_document(document)
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    found = {node.gate: float(plan.value(compiled.slots[node.id, "value" if node.gate == "constant" else "z"]))
             for node in members}  # fmt: skip
    assert found["negate"] == -1
    assert found["exp"] == pytest.approx(0.36787944, abs=1e-8)
    assert found["add"] == pytest.approx(1.36787944, abs=1e-8)
    assert found["reciprocal"] == pytest.approx(0.73105858, abs=1e-8)


def test_a_layer_in_a_network_is_opened_and_closed_without_a_trace() -> None:
    """Dense with a bias, wired at its weight too, trained: opened, saved, read, closed it is the same file again."""
    document = spiral()
    hidden, units = hidden_layer(document)
    arrays: dict[str, Array] = {"W": np.ones((2, units)), "b": np.zeros(units)}
    weights = {f"{hidden.id}.{name}": array.astype(np.float32) for name, array in arrays.items()}
    moments = {f"{key}/{m}": array for key, array in weights.items() for m in "mv"}
    document.apply(commands.set_training(document, Training(5, weights, moments), "Train"))
    before, names = dumps(document), [node.gate for node in document.nodes.values()]
    group = opened(document, hidden.name)
    assert hidden.id not in document.nodes
    inside = [document.nodes[i] for i in document.members(group)]
    assert [node.gate for node in inside] == ["parameter", "parameter", "matmul", "add"]
    assert {f"{node.id}.value" for node in inside[:2]} == document.training.parameters.keys()
    assert {f"{node.id}.value/{m}" for node in inside[:2] for m in "mv"} == document.training.optimizer.keys()
    again = loads(dumps(document))
    again.apply(close_group(again, group))
    assert dumps(again) == before
    assert [node.gate for node in again.nodes.values()] == names


def test_start_values_are_the_same_inside() -> None:
    """Untrained weights start inside at the numbers they start at outside, and one edit undoes it all."""
    document = spiral()
    history = History(document)
    hidden, _ = hidden_layer(document)
    compiled = compile_document(document)
    outside = Plan(compiled.graph, np.float64).value(compiled.slots[hidden.id, "W"]).copy()
    before = dumps(document)
    patch, group = open_node(document, hidden.id)
    history.do(patch)
    shown = {port.name: (port.node, port.port) for port in document.groups[group].outputs}
    compiled = compile_document(document)
    np.testing.assert_array_equal(Plan(compiled.graph, np.float64).value(compiled.slots[shown["W"]]), outside)
    history.undo()
    assert dumps(document) == before


def test_what_was_trained_while_open_stays_when_closed() -> None:
    """Weights and moments that belong to the pieces belong to the layer again once it is closed."""
    document = spiral()
    hidden, units = hidden_layer(document)
    group = opened(document, hidden.name)
    w = document.groups[group].outputs[1]
    assert w.name == "W"
    trained = np.full((2, units), 7.0, np.float32)
    training = Training(9, {f"{w.node}.value": trained}, {f"{w.node}.value/m": trained + 1})
    document.apply(commands.set_training(document, training, "Train"))
    document.apply(close_group(document, group))
    np.testing.assert_array_equal(document.training.parameters[f"{hidden.id}.W"], trained)
    np.testing.assert_array_equal(document.training.optimizer[f"{hidden.id}.W/m"], trained + 1)


def test_a_start_value_edited_inside_is_pinned_outside() -> None:
    """A weight given other start numbers while open starts at them when the layer is closed."""
    document = spiral()
    hidden, units = hidden_layer(document)
    group = opened(document, hidden.name)
    b = document.groups[group].outputs[2]
    fresh = np.arange(units, dtype=np.float64)
    document.apply(commands.set_param(document, [b.node], "value", fresh))
    document.apply(close_group(document, group))
    np.testing.assert_array_equal(document.nodes[hidden.id].params["start_b"], fresh)


def test_what_is_inside_can_be_opened_further() -> None:
    """Tanh holds a sigmoid, which opens as well; closing the outer one closes the inner one."""
    document = network({"x": ("parameter", {"value": np.array(0.3)}), "t": ("tanh", {})}, [("x.value", "t.x")])
    before = dumps(document)
    outer = opened(document, "t")
    inner = opened(document, "t sigmoid")
    assert document.groups[inner].parent == outer
    compiled = compile_document(document)
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    x = document.named("x")
    assert x is not None
    gradient = plan.gradient(compiled.slots[x.id, "value"])
    assert gradient is not None
    assert float(gradient) == pytest.approx(1 - np.tanh(0.3) ** 2, abs=1e-15)
    document.apply(close_group(document, outer))
    assert dumps(document) == before


def test_a_penalty_of_several_weights_is_opened_and_closed_without_a_trace() -> None:
    """Each of its wires keeps its place inside; saved and read meanwhile, closed it is the same file again."""
    document = files.read(resource("examples", "spiral.grad"))
    before, document_loss = dumps(document), document.named("reg_loss")
    assert document_loss is not None
    sources = [wire.source for wire in document.wires_into(document_loss.id)]
    assert len(sources) == 2
    group = opened(document, "reg_loss")
    assert [port.name for port in document.groups[group].inputs] == ["w", "w 2"]
    again = loads(dumps(document))
    again.apply(close_group(again, group))
    assert dumps(again) == before


@pytest.mark.parametrize(("gate", "pieces"), [
    ("conv2d", ["parameter", "parameter", "labels", "reshape", "gather", "transpose", "reshape", "reshape", "matmul",
                "reshape", "reshape", "add"]),
    ("max_pool2d", ["labels", "reshape", "gather", "reduce_max"]),
])  # fmt: skip
def test_a_convolution_is_a_matrix_product_of_patches(gate: str, pieces: list[str]) -> None:
    """Conv2D picks its windows as columns and multiplies; max pooling picks them and takes the largest."""
    document = network({"x": ("random", {"sizes": "2, 3, 4, 4"}), "c": (gate, {"kernel": 2})}, [("x.x", "c.x")])
    members = [document.nodes[i] for i in document.members(opened(document, "c"))]
    assert sorted(node.gate for node in members) == sorted(pieces)


def test_too_many_windows_stay_closed() -> None:
    """Where the numbers of the pixels picked would bloat the file, that is why it isn't opened."""
    document = network({"x": ("random", {"sizes": "1, 3, 64, 64"}), "c": ("conv2d", {"kernel": 7})}, [("x.x", "c.x")])
    node = document.named("c")
    assert node is not None
    with pytest.raises(Refused, match="not with these params or shapes"):
        open_node(document, node.id)


def test_what_was_minimised_still_is() -> None:
    """Where the opened gate is the objective its last gate is, and then the gate again."""
    document = network({"x": ("parameter", {"value": np.array(0.3)}), "s": ("sigmoid", {})}, [("x.value", "s.x")])
    node = document.named("s")
    assert node is not None
    document.apply(commands.set_objective(document, node.id))
    group = opened(document, "s")
    assert document.nodes[document.settings.objective or 0].gate == "reciprocal"
    document.apply(close_group(document, group))
    assert document.settings.objective == node.id


def test_a_copy_closes_into_a_node_of_its_own() -> None:
    """Where the node's id or name is taken meanwhile, closing gives new ones and keeps its start values."""
    document = spiral()
    hidden, _ = hidden_layer(document)
    group = opened(document, hidden.name)
    w = document.groups[group].outputs[1]
    start = document.nodes[w.node].params["value"]
    document.apply(Patch("Take", {hidden.id: Node(hidden.id, "exp", hidden.name)}))
    document.apply(close_group(document, group))
    fresh = document.named(f"{hidden.name} 2")
    assert fresh is not None
    np.testing.assert_array_equal(fresh.params["start_W"], start)


def spoiled_wire(document: Document, group: int) -> None:
    """A wire inside goes."""
    inside = set(document.members(group))
    document.apply(commands.disconnect(document, [next(w.id for w in document.wires.values() if w.source in inside)]))


def spoiled_param(document: Document, group: int) -> None:
    """A constant inside has another value."""
    one = next(i for i in document.members(group) if document.nodes[i].gate == "constant")
    document.apply(commands.set_param(document, [one], "value", 2.0))


def spoiled_members(document: Document, group: int) -> None:
    """A gate inside goes."""
    document.apply(commands.delete(document, [document.members(group)[0]]))


def spoiled_reading(document: Document, group: int) -> None:
    """Something outside reads from the middle of it."""
    exp = next(i for i in document.members(group) if document.nodes[i].gate == "exp")
    patch, node = commands.add_node(document, "square", 0, 0)
    document.apply(patch)
    document.apply(commands.connect(document, exp, "z", node, "x"))


@pytest.mark.parametrize("spoil", [spoiled_wire, spoiled_param, spoiled_members, spoiled_reading])
def test_a_changed_inside_can_t_be_closed(spoil: Any) -> None:
    """What isn't the gate any more isn't closed into it: it is told why, and stays a group."""
    document = network({"x": ("parameter", {"value": np.array(1.0)}), "s": ("sigmoid", {})}, [("x.value", "s.x")])
    group = opened(document, "s")
    spoil(document, group)
    with pytest.raises(Refused, match="can't be closed into one gate any more: "):
        close_group(document, group)


def test_what_can_t_be_opened_says_why() -> None:
    """Gates made of nothing else, muted ones, those without inputs, those with params that have no inside."""
    document = files.read(resource("examples", "cnn.grad"))
    flatten = next(node.id for node in document.nodes.values() if node.gate == "flatten")
    assert not can_open(document, flatten)
    with pytest.raises(Refused, match="made of no other gates"):
        open_node(document, flatten)
    loose = network({"s": ("sigmoid", {})}, [])
    with pytest.raises(Refused, match="before its input x is fed"):
        open_node(loose, next(iter(loose.nodes)))
    gelu = network({"x": ("parameter", {"value": np.array(1.0)}), "g": ("gelu", {})}, [("x.value", "g.x")])
    node = gelu.named("g")
    assert node is not None
    with pytest.raises(Refused, match="not with these params"):
        open_node(gelu, node.id)
    plain, made = grouping.group(gelu, [node.id])
    gelu.apply(plain)
    with pytest.raises(Refused, match="wasn't made by opening a gate"):
        close_group(gelu, made)
