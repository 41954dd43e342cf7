"""Every edit, as a function that makes a patch and changes nothing; `History.do` carries it out.

A command either returns a patch that leads to a legal network, or refuses in a sentence: `Refused` (with a reason),
`SettingsError` (a kind of it), or the engine's `ParamError` for a value a gate can't take.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace as changed

from gradstudio.document import remarks, trained
from gradstudio.document import settings as training_settings
from gradstudio.document.carrying import carried_along
from gradstudio.document.clipboard import copy, duplicate, paste
from gradstudio.document.dots import carried
from gradstudio.document.following import settled
from gradstudio.document.legality import name_problem, objective_problem, place_problem, why_not
from gradstudio.document.marking import set_color, set_frozen, set_muted, set_note
from gradstudio.document.model import Document, Node, NodeId, Patch, Training, Wire, WireId, moved, same_value
from gradstudio.document.names import unique_name
from gradstudio.document.nesting import called, chain
from gradstudio.document.params import checked_params, label
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import AreaId, GroupId
from gradstudio.document.replacing import replace_gate
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import UnknownGate
from gradstudio.engine.gate import Array, Gate, output_ports

__all__ = [
    "add_node", "change_settings", "connect", "copy", "delete", "disconnect", "duplicate", "move", "paste",
    "rename", "replace_gate", "reset_training", "set_color", "set_frozen", "set_muted", "set_note", "set_objective",
    "set_param", "set_training", "unique_name",
]  # fmt: skip


def add_node(
    doc: Document,
    gate_id: str,
    x: float,
    y: float,
    *,
    name: str | None = None,
    params: Mapping[str, object] | None = None,
) -> tuple[Patch, NodeId]:
    """A new node of a gate.

    Raises:
        Refused: for an unknown gate, a taken or impossible name, a place off the canvas.
        ParamError: for a param the gate hasn't or a value it can't take.
    """
    try:
        gate = CATALOG.get(gate_id)
    except UnknownGate as error:
        raise Refused(Reason.UNKNOWN_GATE, str(error)) from None
    name = unique_name(doc, gate) if name is None else _free_name(doc, name, None)
    node = Node(doc.new_id(), gate.id, name, checked_params(gate, params or {}), *_place(x, y))
    return Patch(f"Add {name}", {node.id: node}), node.id


def delete(doc: Document, nodes: Iterable[NodeId], wires: Iterable[WireId] = (), areas: Iterable[AreaId] = ()) -> Patch:
    """Nodes and wires away, and with a node its wires, its trained weights and its place as objective.

    With the last of its nodes a group goes, and whatever lies in it.

    Args:
        doc: the network.
        nodes: to go.
        wires: to go besides.
        areas: frames and comments to go.

    Raises:
        Refused: for an id that isn't there.
    """
    gone = {i: _node(doc, i) for i in nodes}
    cut = {i: _wire(doc, i) for i in wires}
    around = {w.id: w for i in gone for w in (*doc.wires_into(i), *doc.wires_out_of(i))}
    settings, drawn = doc.settings, remarks.remove(doc, areas)
    patch = Patch(
        _delete_title(doc, list(gone), len(cut), [*drawn.frames, *drawn.comments]),
        dict.fromkeys(gone),
        dict.fromkeys({**cut, **around}),
        changed(settings, objective=None) if settings.objective in gone else None,
        trained.without(doc.training, lambda node, _: node in gone),
        frames=drawn.frames,
        comments=drawn.comments,
    )
    return settled(doc, patch)


def connect(
    doc: Document,
    source: NodeId,
    output: str,
    target: NodeId,
    input: str,  # noqa: A002 - the word of the records
    *,
    replace: bool = False,
    without: WireId | None = None,
) -> Patch:
    """A wire from an output (or weight) to an input.

    Args:
        doc: the network.
        source: node it starts at.
        output: its output port.
        target: node it ends at.
        input: its input port.
        replace: take away the wire that occupies the input; otherwise an occupied input refuses.
        without: a wire this one takes the place of, because one of its ends was dragged elsewhere.

    Raises:
        Refused: with the first reason of `legality` against it.
    """
    refusal = why_not(doc, source, output, target, input, replace=replace, without=without)
    if refusal is not None:
        raise refusal
    wires: dict[WireId, Wire | None] = {} if without is None else {_wire(doc, without).id: None}
    port = infer(doc).places[target].input(input)
    if port is not None and not port.many:
        wires |= {w.id: None for w in doc.wires_into(target) if w.input == input}
    via = () if without is None else doc.wires[without].via
    new = Wire(doc.new_id(), source, output, target, input, via)
    return Patch(f"Connect {doc.nodes[source].name} to {doc.nodes[target].name}", wires=wires | {new.id: new})


def disconnect(doc: Document, wire_ids: Iterable[WireId]) -> Patch:
    """Wires away.

    Raises:
        Refused: for an id that isn't there.
    """
    wires = [_wire(doc, i) for i in wire_ids]
    title = f"Disconnect {len(wires)} wires"
    if len(wires) == 1:
        title = f"Disconnect {doc.nodes[wires[0].source].name} from {doc.nodes[wires[0].target].name}"
    return Patch(title, wires={wire.id: None for wire in wires})


def move(
    doc: Document,
    places: Mapping[NodeId, tuple[float, float]],
    areas: Mapping[AreaId, remarks.Rect] | None = None,
    *,
    inside: GroupId | None = None,
) -> Patch:
    """Nodes to other places, and with all nodes of a group its box and what else lies in it.

    Args:
        doc: the network.
        places: where the nodes go.
        areas: where frames and comments go.
        inside: the group one is in: its box outside stays, even if all of its nodes move.

    Raises:
        Refused: for an id that isn't there or a place off the canvas.
    """
    there = {i: moved(_node(doc, i), *_place(x, y)) for i, (x, y) in places.items()}
    nodes = {i: node for i, node in there.items() if (node.x, node.y) != (doc.nodes[i].x, doc.nodes[i].y)}
    laid, along = remarks.lay(doc, areas or {}), carried_along(doc, nodes, chain(doc, inside))
    title = f"Move {called(doc, there)}" if there or not areas else laid.title
    patch = Patch(title, nodes, carried(doc, nodes), frames=laid.frames, comments=laid.comments)
    return along.followed_by(patch, title)


def set_param(doc: Document, node_ids: Iterable[NodeId], name: str, value: object) -> Patch:
    """A param of one or several nodes.

    A new start array (or no bias any more) also forgets what was trained in its place; wires at ports that vanish go.

    Raises:
        Refused: for an id that isn't there, or a gate unknown to this version.
        ParamError: for a param a gate hasn't or a value it can't take, in its field's sentence.
    """
    nodes: dict[NodeId, Node] = {}
    wires: dict[WireId, None] = {}
    vanished: set[tuple[NodeId, str]] = set()
    restarted: set[NodeId] = set()
    title = f"Set {name.replace('_', ' ')}"
    chosen = [_node(doc, i) for i in node_ids]
    for node in chosen:
        gate = _kind(node)
        new = checked_params(gate, {**node.params, name: value})
        if same_value(new[name], node.params.get(name, gate.params[name].check(name, gate.params[name].default))):
            continue
        nodes[node.id] = changed(node, params=new)
        lost = {p.name for p in infer(doc).places[node.id].outputs} - {p.name for p in output_ports(gate(**new))}
        vanished |= {(node.id, port) for port in lost}
        wires |= {w.id: None for w in doc.wires_out_of(node.id) if w.output in lost}
        if gate.params[name].kind == "array":
            restarted.add(node.id)
        title = f"Set {label(gate, name)}"
    training = trained.without(doc.training, lambda i, weight: i in restarted or (i, weight) in vanished)
    patch = Patch(f"{title} of {_several(chosen)}", nodes, wires, training=training if nodes else None)
    return settled(doc, patch) if nodes else patch


def rename(doc: Document, node_id: NodeId, name: str) -> Patch:
    """Another name for a node; spaces around it are taken off.

    Raises:
        Refused: for a name that is empty, taken, too long or holds control characters.
    """
    node = _node(doc, node_id)
    name = _free_name(doc, name.strip(), node_id)
    title = f"Rename {node.name} to {name}"
    return Patch(title, {} if name == node.name else {node_id: changed(node, name=name)})


def change_settings(doc: Document, **fields: object) -> Patch:
    """Settings of the training by name.

    Raises:
        SettingsError: for a setting there isn't or a value it can't take.
        Refused: for an objective that can't be minimised.
    """
    checked = {name: training_settings.checked(name, value) for name, value in fields.items()}
    if "objective" in checked:
        problem = objective_problem(doc, infer(doc), checked["objective"])
        if problem is not None:
            raise Refused(Reason.OBJECTIVE, problem)
    new = changed(doc.settings, **checked)
    title = "Change settings"
    if len(checked) == 1:
        ((name, value),) = checked.items()
        title = f"Set {name.replace('_', ' ')}" + ("" if value is None else f" to {_plain(value)}")
    return Patch(title, settings=None if new == doc.settings else new)


def set_objective(doc: Document, node_id: NodeId | None) -> Patch:
    """The node whose output is minimised; None for every end of the graph.

    Raises:
        Refused: for a node that isn't there or through which no gradient flows.
    """
    patch = change_settings(doc, objective=node_id)
    title = "Minimise every end" if node_id is None else f"Minimise {doc.nodes[node_id].name}"
    return Patch(title, settings=patch.settings)


def set_training(doc: Document, training: Training, title: str) -> Patch:
    """What training has made of the network; arrays that could still be written to are copied."""
    if training is doc.training:
        return Patch(title)
    parameters, optimizer = _frozen(training.parameters), _frozen(training.optimizer)
    kept = changed(training, parameters=parameters, optimizer=optimizer, history=_frozen(training.history))
    return Patch(title, training=kept)


def reset_training(doc: Document) -> Patch:
    """Back to the start values, with an empty learning curve."""
    now = doc.training
    fresh = now.step == 0 and not (now.parameters or now.optimizer or now.history)
    return Patch("Reset training", training=None if fresh else Training())


def _kind(node: Node) -> type[Gate]:
    if not node.known:
        message = f"This version of GradStudio doesn't know the gate “{node.gate}” of “{node.name}”, nor its params."
        raise Refused(Reason.UNKNOWN_GATE, message)
    return node.kind


def _node(doc: Document, node: NodeId) -> Node:
    if node not in doc.nodes:
        raise Refused(Reason.UNKNOWN_NODE, f"There is no node {node} in this network.")
    return doc.nodes[node]


def _wire(doc: Document, wire: WireId) -> Wire:
    if wire not in doc.wires:
        raise Refused(Reason.UNKNOWN_NODE, f"There is no wire {wire} in this network.")
    return doc.wires[wire]


def _free_name(doc: Document, name: str, owner: NodeId | None) -> str:
    problem = name_problem(name)
    other = doc.named(name)
    if problem is None and other is not None and other.id != owner:
        problem = f"There is a node “{name}” already; give this one another name."
    if problem is not None:
        raise Refused(Reason.NAME, problem)
    return name


def _place(x: float, y: float) -> tuple[float, float]:
    problem = place_problem(x, y)
    if problem is not None:
        raise Refused(Reason.PLACE, problem)
    return float(x) + 0.0, float(y) + 0.0


def _several(nodes: list[Node]) -> str:
    return nodes[0].name if len(nodes) == 1 else f"{len(nodes)} nodes"


def _delete_title(doc: Document, nodes: list[NodeId], wires: int, areas: list[AreaId]) -> str:
    parts = [called(doc, nodes)] if nodes else []
    if wires:
        parts.append("1 wire" if wires == 1 else f"{wires} wires")
    if areas:
        parts.append(remarks.several(doc, areas))
    return "Delete " + (" and ".join(parts) or "nothing")


def _frozen(arrays: Mapping[str, Array]) -> dict[str, Array]:
    frozen = {}
    for key, array in arrays.items():
        frozen[key] = array.copy() if array.flags.writeable else array
        frozen[key].flags.writeable = False
    return frozen


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and math.isfinite(value) else f"{value}"
