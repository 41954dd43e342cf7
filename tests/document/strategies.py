"""Random legal documents, made the way a person makes them: one command after another.

`documents()` draws a whole one; `edit(draw, doc)` draws one more edit of a document that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st

from gradstudio import gates
from gradstudio.document import blocks, commands, dots, exercising, exposing, grouping, remarks
from gradstudio.document.history import History
from gradstudio.document.legality import candidates, name_problem
from gradstudio.document.model import COLORS, Document, GroupId, NodeId, Patch, Training
from gradstudio.document.nesting import all_members, interface
from gradstudio.document.questions import ASKS
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import Array, Param, Shape
from tests.document.build import course, spiral

__all__ = ["arrays", "beginnings", "documents", "edit", "edit_groups", "gates", "names", "param_values"]

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
MOST_NODES = 60
"""Documents of more nodes aren't doubled any further."""
MOST_NUMBERS = 10_000
"""Weights above this aren't made up in random training states."""

numbers = st.floats(allow_nan=False, allow_infinity=False)
places = st.floats(-1e6, 1e6)
sizes = st.floats(1, 1e6)
texts = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30)
names = st.text(max_size=30).map(str.strip).filter(lambda name: name_problem(name) is None)


@st.composite
def documents(draw: Draw, max_edits: int = 25, training: bool = True) -> Document:
    """A legal document, finished or not: what some edits lead to."""
    doc: Document = draw(beginnings())
    history = History(doc)
    for _ in range(draw(st.integers(0, max_edits))):
        history.do(edit(draw, doc))
        if draw(st.integers(0, 3)) == 0:
            _wire_up(draw, doc, history)
    if training and draw(st.booleans()):
        history.do(_train(draw, doc))
    return doc


def beginnings() -> st.SearchStrategy[Document]:
    """Nothing, a circuit or a network with layers: what edits begin with."""
    return st.sampled_from([Document, lambda: course().doc, lambda: spiral().doc]).map(lambda make: make())


def edit(draw: Draw, doc: Document) -> Patch:
    """One more edit of a document; an empty patch where what was drawn is refused."""
    makers: list[Callable[[Draw, Document], Patch]] = [_add, _add, _settings]
    if doc.nodes:
        makers += [_connect] * 5
        makers += [_delete, _move, _param, _param, _rename, _objective, _duplicate, _paste, _train, _reset]
        makers += [_mark, _replace, _group, _group, _remark, _ask]
    if doc.exercise:
        makers += [_change_exercise]
    if doc.groups:
        makers += [_ungroup, _collapse, _regroup, _expose, _expose, _ports, _ports, _copy_group, _block]
    if doc.frames or doc.comments:
        makers += [_lay, _write, _copy_remarks]
    if doc.wires:
        makers += [_disconnect, _replug, _dot, _dot, _without_dot]
    make: Callable[[Draw, Document], Patch] = draw(st.sampled_from(makers))
    try:
        return make(draw, doc)
    except (Refused, ParamError):
        return Patch("Refused")


def edit_groups(draw: Draw, doc: Document) -> Patch:
    """One more edit that orders a document with groups, frames and comments; empty where it is refused."""
    makers: list[Callable[[Draw, Document], Patch]] = [_remark]
    if doc.nodes:
        makers += [_group, _group, _move]
    if doc.groups:
        makers += [_ungroup, _collapse, _regroup, _expose, _ports]
    if doc.frames or doc.comments:
        makers += [_lay, _write]
    make: Callable[[Draw, Document], Patch] = draw(st.sampled_from(makers))
    try:
        return make(draw, doc)
    except (Refused, ParamError):
        return Patch("Refused")


@st.composite
def arrays(draw: Draw, max_side: int = 4) -> Array:
    """A small array of float64, scalars and empty ones included."""
    shape = tuple(draw(st.lists(st.integers(0, max_side), max_size=2)))
    return _filled(draw, shape)


def param_values(param: Param) -> st.SearchStrategy[Any]:
    """Values a param takes; whole numbers stay near its lower end, so that nothing grows large."""
    low, high = param.low, param.high
    whole_low = int(low) if low is not None else -3
    values: dict[str, st.SearchStrategy[Any]] = {
        "int": st.integers(whole_low, whole_low + 6),
        "float": st.floats(low, high, allow_nan=False, allow_infinity=False),
        "bool": st.booleans(),
        "text": st.text(max_size=20),
        "choice": st.sampled_from(param.choices or ("",)),
        "array": arrays(),
    }
    return st.none() | values[param.kind] if param.optional else values[param.kind]


def _add(draw: Draw, doc: Document) -> Patch:
    gate = draw(st.sampled_from(list(CATALOG)))
    wanted = {name: draw(param_values(param)) for name, param in gate.params.items() if draw(st.booleans())}
    return commands.add_node(doc, gate.id, draw(places), draw(places), params=wanted)[0]


def _connect(draw: Draw, doc: Document) -> Patch:
    """From an output to an input that takes it: wires come about often, not once in a blue moon."""
    source = _some_node(draw, doc)
    outputs = infer(doc).places[source].outputs
    if not outputs:
        return Patch("Nothing")
    output, replace = draw(st.sampled_from(outputs)).name, draw(st.booleans())
    free = [c for c in candidates(doc, source, output, True, replace=replace) if c[2] is None]
    if not free:
        return Patch("Nothing")
    target, taken, _ = draw(st.sampled_from(free))
    return commands.connect(doc, source, output, target, taken, replace=replace)


def _wire_up(draw: Draw, doc: Document, history: History) -> None:
    """Give every input that is missing a wire, where one is allowed."""
    for finding in infer(doc).problems:
        for port in infer(doc).places[finding.node].inputs if finding.reason is Reason.MISSING else ():
            if not any(wire.input == port.name for wire in doc.wires_into(finding.node)):
                free = [c for c in candidates(doc, finding.node, port.name, False) if c[2] is None]
                if free:
                    source, output, _ = draw(st.sampled_from(free))
                    history.do(commands.connect(doc, source, output, finding.node, port.name))


def _replug(draw: Draw, doc: Document) -> Patch:
    wire = doc.wires[draw(st.sampled_from(list(doc.wires)))]
    free = [c for c in candidates(doc, wire.source, wire.output, True, without=wire.id) if c[2] is None]
    if not free:
        return Patch("Nothing")
    target, taken, _ = draw(st.sampled_from(free))
    return commands.connect(doc, wire.source, wire.output, target, taken, without=wire.id)


def _dot(draw: Draw, doc: Document) -> Patch:
    """A dot added to a wire, or one of its dots moved."""
    wire = doc.wires[draw(st.sampled_from(list(doc.wires)))]
    index, at = draw(st.integers(0, len(wire.via))), (draw(places), draw(places))
    if index < len(wire.via) and draw(st.booleans()):
        return dots.move_dot(doc, wire.id, index, *at)
    return dots.add_dot(doc, wire.id, index, *at)


def _without_dot(draw: Draw, doc: Document) -> Patch:
    """One of a wire's dots, or all dots of some wires, away."""
    wire = doc.wires[draw(st.sampled_from(list(doc.wires)))]
    if wire.via and draw(st.booleans()):
        return dots.remove_dot(doc, wire.id, draw(st.integers(0, len(wire.via) - 1)))
    return dots.straighten(doc, doc.wires)


def _disconnect(draw: Draw, doc: Document) -> Patch:
    return commands.disconnect(doc, draw(st.lists(st.sampled_from(list(doc.wires)), min_size=1, max_size=3)))


def _delete(draw: Draw, doc: Document) -> Patch:
    return commands.delete(doc, _some_nodes(draw, doc), doc.wires if draw(st.integers(0, 9)) == 0 else ())


def _move(draw: Draw, doc: Document) -> Patch:
    return commands.move(doc, {node: (draw(places), draw(places)) for node in _some_nodes(draw, doc)})


def _param(draw: Draw, doc: Document) -> Patch:
    node = _some_node(draw, doc)
    params = doc.nodes[node].kind.params
    if not params:
        return Patch("Nothing")
    name = draw(st.sampled_from(list(params)))
    return commands.set_param(doc, [node], name, draw(param_values(params[name])))


def _rename(draw: Draw, doc: Document) -> Patch:
    return commands.rename(doc, _some_node(draw, doc), draw(names))


def _settings(draw: Draw, doc: Document) -> Patch:
    change = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "optimizer": st.sampled_from(["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]),
                "schedule": st.sampled_from(["constant", "step", "exponential", "cosine", "one-cycle"]),
                "clip_norm": st.none() | st.floats(1e-3, 1e3),
                "weight_decay": st.floats(0, 1),
                "learning_rate": st.floats(1e-12, 1e3),
                "momentum": st.floats(0, 1),
                "steps": st.integers(1, 10**9),
                "batch_size": st.none() | st.integers(1, 100),
                "seed": st.integers(0, 2**32 - 1),
                "dtype": st.sampled_from(["float32", "float64"]),
            },
        )
    )
    return commands.change_settings(doc, **change)


def _objective(draw: Draw, doc: Document) -> Patch:
    return commands.set_objective(doc, draw(st.none() | st.sampled_from(list(doc.nodes))))


def _duplicate(draw: Draw, doc: Document) -> Patch:
    return commands.duplicate(doc, _some_nodes(draw, doc), incoming=draw(st.booleans()))[0]


def _mark(draw: Draw, doc: Document) -> Patch:
    nodes = _some_nodes(draw, doc)
    patches = st.one_of(
        st.booleans().map(lambda muted: commands.set_muted(doc, nodes, muted)),
        st.sampled_from(("", *COLORS)).map(lambda color: commands.set_color(doc, nodes, color)),
        texts.map(lambda note: commands.set_note(doc, nodes, note)),
    )
    patch: Patch = draw(patches)
    return patch


def _replace(draw: Draw, doc: Document) -> Patch:
    return commands.replace_gate(doc, _some_nodes(draw, doc), draw(st.sampled_from(list(CATALOG))).id)


def _paste(draw: Draw, doc: Document) -> Patch:
    return commands.paste(doc, commands.copy(doc, _some_nodes(draw, doc)), draw(places), draw(places))[0]


def _group(draw: Draw, doc: Document) -> Patch:
    """Nodes (and perhaps whole groups, frames and comments) as a group."""
    groups = draw(st.lists(st.sampled_from(list(doc.groups)), max_size=2)) if doc.groups else []
    areas = [*doc.frames, *doc.comments]
    some = draw(st.lists(st.sampled_from(areas), max_size=2)) if areas else []
    nodes = _some_nodes(draw, doc)
    at = (draw(places), draw(places))
    return grouping.group(doc, nodes, groups, some, name=draw(names), at=at, collapsed=draw(st.booleans()))[0]


def _ungroup(draw: Draw, doc: Document) -> Patch:
    return grouping.ungroup(doc, draw(st.lists(st.sampled_from(list(doc.groups)), min_size=1, max_size=2)))


def _collapse(draw: Draw, doc: Document) -> Patch:
    group = _some_group(draw, doc)
    patches = st.one_of(
        st.booleans().map(lambda c: grouping.set_collapsed(doc, [group], c, {group: (draw(places), draw(places))})),
        names.map(lambda name: grouping.rename_group(doc, group, name)),
        st.sampled_from(("", *COLORS)).map(lambda color: grouping.paint_groups(doc, [group], color)),
    )
    patch: Patch = draw(patches)
    return patch


def _regroup(draw: Draw, doc: Document) -> Patch:
    """Nodes and groups into another group, or out of all."""
    groups = draw(st.lists(st.sampled_from(list(doc.groups)), max_size=2))
    target = draw(st.none() | st.sampled_from(list(doc.groups)))
    return grouping.move_into(doc, _some_nodes(draw, doc), groups, target)


def _expose(draw: Draw, doc: Document) -> Patch:
    group, output = _some_group(draw, doc), draw(st.booleans())
    hidden = exposing.hidden_ports(doc, group, output=output)
    if not hidden:
        return Patch("Nothing")
    node, port = draw(st.sampled_from(hidden))
    return exposing.expose(doc, group, node, port, output=output, name=draw(st.none() | names))


def _ports(draw: Draw, doc: Document) -> Patch:
    """A port of a group renamed, moved or hidden."""
    group, output = _some_group(draw, doc), draw(st.booleans())
    count = len(interface(doc, group).side(output))
    if not count:
        return Patch("Nothing")
    index, kind = draw(st.integers(0, count - 1)), draw(st.integers(0, 2))
    if kind == 0:
        return exposing.rename_port(doc, group, index, draw(names), output=output)
    if kind == 1:
        return exposing.move_port(doc, group, index, draw(st.integers(0, count)), output=output)
    return exposing.hide_port(doc, group, index, output=output)


def _copy_group(draw: Draw, doc: Document) -> Patch:
    """A whole group doubled, or by the clipboard."""
    nodes = all_members(doc, _some_group(draw, doc))
    if draw(st.booleans()):
        return commands.duplicate(doc, nodes, incoming=draw(st.booleans()))[0]
    return commands.paste(doc, commands.copy(doc, nodes), draw(places), draw(places))[0]


def _block(draw: Draw, doc: Document) -> Patch:
    """A group taken out as a network and put in again."""
    if len(doc.nodes) > MOST_NODES:
        return Patch("Enough")
    block = blocks.taken_out(doc, _some_group(draw, doc))
    home = draw(st.none() | st.sampled_from(list(doc.groups)))
    return blocks.put_in(doc, block, "block", (draw(places), draw(places)), home)[0]


def _remark(draw: Draw, doc: Document) -> Patch:
    """A frame or a comment."""
    rect, color = _rect(draw), draw(st.sampled_from(("", *COLORS)))
    home = draw(st.none() | st.sampled_from(list(doc.groups))) if doc.groups else None
    if draw(st.booleans()):
        return remarks.add_frame(doc, rect, draw(names), color, home)[0]
    return remarks.add_comment(doc, rect, draw(texts), color, home)[0]


def _ask(draw: Draw, doc: Document) -> Patch:
    """A question about a wire, or about an output of a node."""
    asks = draw(st.sampled_from(ASKS))
    if doc.wires and draw(st.booleans()):
        return exercising.ask_wire(doc, draw(st.sampled_from(list(doc.wires))), asks, draw(texts))
    node = doc.nodes[_some_node(draw, doc)]
    ports = [port.name for port in node.output_ports()]
    return exercising.ask_output(doc, node.id, draw(st.sampled_from(ports)), asks) if ports else Patch("Nothing")


def _change_exercise(draw: Draw, doc: Document) -> Patch:
    """The title, or one of the questions, changed or gone."""
    index, kind = draw(st.integers(0, len(doc.exercise.questions))), draw(st.integers(0, 5))
    edits: list[Callable[[], Patch]] = [
        lambda: exercising.set_title(doc, draw(st.just("") | names)),
        lambda: exercising.reword(doc, index, draw(texts)),
        lambda: exercising.ask_for(doc, index, draw(st.sampled_from(ASKS))),
        lambda: exercising.move_question(doc, index, draw(st.integers(-1, 5))),
        lambda: exercising.drop_question(doc, index),
        lambda: exercising.drop_exercise(doc),
    ]
    return edits[kind]()


def _lay(draw: Draw, doc: Document) -> Patch:
    areas = draw(st.lists(st.sampled_from([*doc.frames, *doc.comments]), min_size=1, max_size=2, unique=True))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return commands.delete(doc, (), (), areas)
    if kind == 1:
        return remarks.paint(doc, areas, draw(st.sampled_from(("", *COLORS))))
    places_of_nodes = {i: (draw(places), draw(places)) for i in _some_nodes(draw, doc)} if doc.nodes else {}
    rects = {i: _rect(draw) for i in areas}
    return commands.move(doc, places_of_nodes, rects) if kind == 2 else remarks.lay(doc, rects)


def _write(draw: Draw, doc: Document) -> Patch:
    area = draw(st.sampled_from([*doc.frames, *doc.comments]))
    if area in doc.frames:
        return remarks.set_title(doc, area, draw(st.just("") | names))
    return remarks.set_text(doc, area, draw(texts), draw(st.none() | sizes))


def _copy_remarks(draw: Draw, doc: Document) -> Patch:
    areas = draw(st.lists(st.sampled_from([*doc.frames, *doc.comments]), min_size=1, max_size=2))
    if draw(st.booleans()):
        return commands.duplicate(doc, (), areas=areas)[0]
    return commands.paste(doc, commands.copy(doc, (), areas), draw(places), draw(places))[0]


def _rect(draw: Draw) -> remarks.Rect:
    return draw(places), draw(places), draw(sizes), draw(sizes)


def _some_group(draw: Draw, doc: Document) -> GroupId:
    group: GroupId = draw(st.sampled_from(list(doc.groups)))
    return group


def _reset(draw: Draw, doc: Document) -> Patch:
    return commands.reset_training(doc)


def _train(draw: Draw, doc: Document) -> Patch:
    """A training state as a run would leave it: an array for each weight whose shape is known."""
    parameters: dict[str, Array] = {}
    optimizer: dict[str, Array] = {}
    dtype = np.dtype(doc.settings.dtype)
    slots = draw(st.sampled_from([(), ("m",), ("m", "v")]))
    shapes = infer(doc)
    for node, place in shapes.places.items():
        for weight in place.gate.active_weights() if place.gate is not None else ():
            shape = place.shape(weight.name)
            if shape is not None and np.prod(shape, dtype=float) <= MOST_NUMBERS:
                parameters[f"{node}.{weight.name}"] = _trained(draw, shape, dtype)
                for slot in slots:
                    optimizer[f"{node}.{weight.name}/{slot}"] = _trained(draw, shape, dtype)
    step = draw(st.integers(5, 10**6))
    rows = draw(st.integers(0, 5))
    curve = {"step": np.arange(rows), "loss": _trained(draw, (rows,), np.dtype(float))}
    return commands.set_training(doc, Training(step, parameters, optimizer, curve), f"Train {step:,} steps")


def _trained(draw: Draw, shape: Shape, dtype: np.dtype[Any]) -> Array:
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.standard_normal(shape).astype(dtype)


def _filled(draw: Draw, shape: Sequence[int]) -> Array:
    size = int(np.prod(shape, dtype=int))
    return np.array(draw(st.lists(numbers, min_size=size, max_size=size)), dtype=np.float64).reshape(shape)


def _some_node(draw: Draw, doc: Document) -> NodeId:
    node: NodeId = draw(st.sampled_from(list(doc.nodes)))
    return node


def _some_nodes(draw: Draw, doc: Document) -> list[NodeId]:
    nodes: list[NodeId] = draw(st.lists(st.sampled_from(list(doc.nodes)), min_size=1, max_size=4, unique=True))
    return nodes
