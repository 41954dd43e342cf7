"""A layer opened into the gates it is made of, and closed again without a trace. Commands: each makes a patch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np

from gradstudio.document.bounds import LONGEST_NAME
from gradstudio.document.grouping import group_of
from gradstudio.document.layout import Box, Link, layered
from gradstudio.document.model import Document, Node, NodeId, Patch, Training, Wire, WireId
from gradstudio.document.names import numbered
from gradstudio.document.params import checked_params
from gradstudio.document.places import wires_to
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import Exposed, Group, GroupId
from gradstudio.document.shapes import infer
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array, Gate, Shape, Value
from gradstudio.engine.graph import drawn_start, pinned_start
from gradstudio.engine.insides import Insides, Piece, has_insides, input_names, insides

WIDTH, HEIGHT, LINE = 170.0, 70.0, 20.0
"""About how large the boxes of pieces are when they are laid out: wide, high, and higher for each port."""
VALUE = "value"


def can_open(doc: Document, node_id: NodeId) -> bool:
    """Whether a node's gate says what it is made of; whether it can be opened now is told by `open_node`."""
    node = doc.nodes.get(node_id)
    return node is not None and node.known and not node.muted and has_insides(node.kind)


def open_node(doc: Document, node_id: NodeId) -> tuple[Patch, GroupId]:
    """A node replaced by a group of the gates it is made of, with its name, its wires and its trained weights.

    Raises:
        Refused: for a node that isn't there or can't be opened, in a sentence.
    """
    opening = _Opening(doc, _node(doc, node_id))
    return opening.patch(), opening.group


class _Opening:
    """What becomes of one node."""

    def __init__(self, doc: Document, node: Node) -> None:
        self.doc, self.node = doc, node
        self.gate, self.shapes = _ready(doc, node)
        self.inside = _inside(self.gate, self.shapes, node)
        self.ids = [doc.new_id() for _ in self.inside.pieces]
        self.group = doc.new_id()

    def patch(self) -> Patch:
        """All of it as one edit."""
        nodes: dict[NodeId, Node | None] = {self.node.id: None}
        nodes.update((node.id, node) for node in self._nodes())
        wires = dict(self._wires())
        settings = self.doc.settings
        moved = settings.objective == self.node.id
        end = self.ids[self.inside.outputs[self.gate.outputs[0].name][0]] if self.gate.outputs else None
        return Patch(
            f"Open {self.node.name} into gates",
            nodes,
            wires,
            replace(settings, objective=end) if moved else None,
            _renamed(self.doc.training, self._weights()),
            groups={self.group: self._record()},
        )

    def _weights(self) -> dict[str, str]:
        """Name of each trained array before and after."""
        return {
            f"{self.node.id}.{piece.weight.name}": f"{self.ids[i]}.{VALUE}"
            for i, piece in enumerate(self.inside.pieces)
            if piece.weight is not None and piece.weight.learned
        }

    def _nodes(self) -> Iterator[Node]:
        starts = start_values(self.doc, self.node.id, self.gate, self.shapes)
        names = set[str]()
        places = _places(self.inside)
        for i, piece in enumerate(self.inside.pieces):
            name = _free(self.doc, f"{self.node.name} {piece.name}", names, self.node.id)
            names.add(name)
            params = _params(piece.gate)
            if piece.weight is not None:
                params = {VALUE: self._value(piece, starts[piece.weight.name])}
            x, y = places[i]
            at = self.node.x + x, self.node.y + y
            made = checked_params(type(piece.gate), params)
            frozen = self.node.frozen and piece.weight is not None
            yield Node(self.ids[i], piece.gate.id, name, made, *at, group=self.group, frozen=frozen)

    def _value(self, piece: Piece, start: Array) -> Array:
        """Where a weight starts; state, which nothing trains, is put where it stands now."""
        assert piece.weight is not None
        if piece.weight.learned:
            return start
        return self.doc.training.parameters.get(f"{self.node.id}.{piece.weight.name}", start)

    def _wires(self) -> Iterator[tuple[WireId, Wire]]:
        came = dict.fromkeys((port.name for port in self.gate.inputs), 0)
        for wire in self.doc.wires_into(self.node.id):
            came[wire.input] += 1
            name = wire.input if came[wire.input] == 1 else f"{wire.input} {came[wire.input]}"
            for i, (piece, port) in enumerate(self.inside.inputs.get(name, self.inside.inputs[wire.input])):
                fresh = wire.id if i == 0 else self.doc.new_id()
                yield fresh, replace(wire, id=fresh, target=self.ids[piece], input=port)
        for wire in self.doc.wires_out_of(self.node.id):
            piece, port = self.inside.outputs[wire.output]
            yield wire.id, replace(wire, source=self.ids[piece], output=port)
        for link in self.inside.links:
            fresh = self.doc.new_id()
            yield fresh, Wire(fresh, self.ids[link.source], link.output, self.ids[link.target], link.input)

    def _record(self) -> Group:
        inputs = [Exposed(p, self.ids[at[0][0]], at[0][1]) for p, at in self.inside.inputs.items() if at]
        outputs = [Exposed(p, self.ids[piece], port) for p, (piece, port) in self._outputs()]
        node = self.node
        place = node.x, node.y, node.color
        return Group(
            self.group, node.name, node.group, *place, inputs=tuple(inputs), outputs=tuple(outputs), origin=node
        )

    def _outputs(self) -> list[tuple[str, tuple[int, str]]]:
        """Outputs, then weights, as the closed gate shows them."""
        ends = {port.name for port in self.gate.outputs}
        return sorted(self.inside.outputs.items(), key=lambda item: item[0] not in ends)


# --- closing --------------------------------------------------------------------------------------------------------


def close_group(doc: Document, group_id: GroupId) -> Patch:
    """A group that was made by opening a node, replaced by that node again; what its weights have learned stays.

    Raises:
        Refused: for a group that no node was opened into, or whose inside has been changed, in a sentence.
    """
    record = group_of(doc, group_id)
    if record.origin is None:
        raise Refused(
            Reason.GROUP, f"“{record.name}” wasn't made by opening a gate, so there is none to close it into."
        )
    trial, done = doc.copy(), Patch("")
    for inner in [i for i, group in doc.groups.items() if group.parent == group_id]:
        step = close_group(trial, inner)
        trial.apply(step)
        done = done.followed_by(step, "")
    return done.followed_by(_Closing(trial, record, record.origin).patch(), f"Close {record.name}")


class _Closing:
    """What becomes of one group whose inside is as it was made."""

    def __init__(self, doc: Document, group: Group, origin: Node) -> None:
        self.doc, self.group, self.origin = doc, group, origin
        self.members = [doc.nodes[i] for i in doc.members(group.id)]
        self.ids = [node.id for node in self.members]
        self.number = {node: i for i, node in enumerate(self.ids)}
        if not origin.known:
            self._refuse(f"this version doesn't know its gate “{origin.gate}”")
        self.gate = origin.make()
        self.inside = self._remade()
        self.fed = dict(self._fed())
        self.into = dict(self._into())
        self._compare()

    def patch(self) -> Patch:
        """The node back in its place."""
        node, doc = self._node(), self.doc
        wires: dict[WireId, Wire | None] = dict.fromkeys(self._touching())
        ends = {name: self.gate.inputs[min(i, len(self.gate.inputs) - 1)].name for i, name in enumerate(self.names)}
        wires |= {w.id: replace(w, target=node.id, input=ends[name]) for name, w in self.into.items()}
        back = {place: port for port, place in self.inside.outputs.items()}
        for wire in self._leaving():
            port = back[self.number[wire.source], wire.output]
            wires[wire.id] = replace(wire, source=node.id, output=port)
        settings = doc.settings
        moved = settings.objective in self.number
        return Patch(
            f"Close {self.group.name}",
            {**dict.fromkeys(self.ids), node.id: node},
            wires,
            replace(settings, objective=node.id) if moved else None,
            self._training(node),
            groups={self.group.id: None},
            frames={i: replace(f, group=self.group.parent) for i, f in doc.frames.items() if f.group == self.group.id},
            comments={
                i: replace(c, group=self.group.parent) for i, c in doc.comments.items() if c.group == self.group.id
            },
        )

    # ---- what there is

    def _remade(self) -> Insides:
        shapes = []
        many = bool(self.gate.inputs) and self.gate.inputs[-1].many
        self.names = input_names(self.gate, len(self.group.inputs) if many else len(self.gate.inputs))
        for i, name in enumerate(self.names):
            shape = self._shape_into(name, i)
            if shape is None:
                self._refuse(f"its input {name} isn't fed, or what feeds it has no shape")
            shapes.append(shape)
        self.shapes = shapes
        made = insides(self.gate, shapes)
        if made is None or len(made.pieces) != len(self.members):
            self._refuse("gates were added to it or taken out of it")
        return made

    def _shape_into(self, port: str, at: int) -> Shape | None:
        """The shape of what comes into the group at a port it shows."""
        shown = next((exposed for exposed in self.group.inputs if exposed.name == port), None)
        if shown is None:  # it may have been given another name; they are in the order of the gate's
            shown = self.group.inputs[at] if at < len(self.group.inputs) else None
        if shown is None:
            return None
        for wire in self.doc.wires_into(shown.node):
            if wire.input == shown.port:
                return infer(self.doc).of(wire.source, wire.output)
        return None

    def _touching(self) -> Iterator[WireId]:
        for node in self.ids:
            yield from (wire.id for wire in (*self.doc.wires_into(node), *self.doc.wires_out_of(node)))

    def _entering(self) -> Iterator[Wire]:
        for node in self.ids:
            yield from (wire for wire in self.doc.wires_into(node) if wire.source not in self.number)

    def _leaving(self) -> Iterator[Wire]:
        for node in self.ids:
            yield from (wire for wire in self.doc.wires_out_of(node) if wire.target not in self.number)

    def _fed(self) -> Iterator[tuple[tuple[int, str], Wire]]:
        for wire in self._entering():
            yield (self.number[wire.target], wire.input), wire

    def _into(self) -> Iterator[tuple[str, Wire]]:
        """For each input of the closed gate the wire that feeds it: the oldest of those inside it."""
        for port, places in self.inside.inputs.items():
            found = [self.fed[place] for place in places if place in self.fed]
            if found:
                yield port, min(found, key=lambda wire: wire.id)

    # ---- whether it is as it was made

    def _compare(self) -> None:
        for piece, node in zip(self.inside.pieces, self.members, strict=True):
            if node.gate != piece.gate.id or node.muted or not self._same_params(piece, node):
                self._refuse(f"“{node.name}” isn't what it was")
        inner = {
            (self.number[w.source], w.output, self.number[w.target], w.input)
            for node in self.ids
            for w in self.doc.wires_into(node)
            if w.source in self.number
        }
        if inner != {tuple(link) for link in self.inside.links}:
            self._refuse("wires inside it were changed")
        for port, places in self.inside.inputs.items():
            sources = {(w.source, w.output) for place in places if (w := self.fed.get(place)) is not None}
            if len(sources) > 1 or any(place not in self.fed for place in places):
                self._refuse(f"what feeds its input {port} was changed")
        known = {place for places in self.inside.inputs.values() for place in places}
        if not known.issuperset(self.fed):
            self._refuse("something feeds it where its gate has no input")
        ends = set(self.inside.outputs.values())
        for wire in self._leaving():
            if (self.number[wire.source], wire.output) not in ends:
                name = self.doc.nodes[wire.source].name
                self._refuse(f"a wire leaves it from “{name}”, which its gate doesn't show")
        objective = self.doc.settings.objective
        if objective in self.number and self.number[objective] not in {at for at, _ in ends}:
            self._refuse("what is minimised lies inside it")

    def _same_params(self, piece: Piece, node: Node) -> bool:
        made = node.make()
        skip = {VALUE} if piece.weight is not None else set()
        return all(_same(getattr(made, name), getattr(piece.gate, name)) for name in made.params if name not in skip)

    def _refuse(self, why: str) -> NoReturn:
        message = f"“{self.group.name}” can't be closed into one gate any more: {why}. It stays a group; or undo."
        raise Refused(Reason.GROUP, message)

    # ---- the node

    def _node(self) -> Node:
        origin, doc, group = self.origin, self.doc, self.group
        free = origin.id not in doc.nodes
        ident = origin.id if free else doc.new_id()
        name = _free(doc, group.name, set(), *self.ids)
        node = replace(origin, id=ident, name=name, x=group.x, y=group.y, group=group.parent, color=group.color)
        node = replace(node, frozen=self._frozen())
        pins = self._pins(ident)
        return replace(node, params=checked_params(type(self.gate), {**origin.params, **pins})) if pins else node

    def _frozen(self) -> bool:
        """Whether its weights are frozen: all of them, or none."""
        pairs = zip(self.inside.pieces, self.members, strict=True)
        found = {node.frozen for piece, node in pairs if piece.weight is not None and piece.weight.learned}
        if len(found) > 1:
            self._refuse("some of its weights are frozen and others aren't")
        return found == {True}

    def _pins(self, ident: NodeId) -> dict[str, Value]:
        """Start values that were edited inside, as the gate's own params."""
        starts = start_values(self.doc, ident, self.gate, self.shapes)
        pins: dict[str, Value] = {}
        for piece, node in zip(self.inside.pieces, self.members, strict=True):
            weight = piece.weight
            if weight is None or not weight.learned:
                continue
            value = node.make().value  # type: ignore[attr-defined]  # a parameter has one
            if not _same(value, np.asarray(starts[weight.name], np.float64)):
                pin = weight.start
                if pin is None or value.shape != starts[weight.name].shape:
                    self._refuse(f"“{node.name}” starts at other numbers, which its gate can't")
                pins[pin] = value
        return pins

    def _training(self, node: Node) -> Training | None:
        names = {}
        for i, piece in enumerate(self.inside.pieces):
            if piece.weight is not None and piece.weight.learned:
                names[f"{self.ids[i]}.{VALUE}"] = f"{node.id}.{piece.weight.name}"
        training = _renamed(self.doc.training, names)
        state = dict(self._state(node)) if self.doc.training.parameters else {}
        if not state:
            return training
        training = training or self.doc.training
        return replace(training, parameters={**training.parameters, **state})

    def _state(self, node: Node) -> Iterator[tuple[str, Array]]:
        """What wasn't trained while it was open, as it stood."""
        dtype = np.dtype(self.doc.settings.dtype)
        for piece, member in zip(self.inside.pieces, self.members, strict=True):
            if piece.weight is not None and not piece.weight.learned:
                array = member.make().value.astype(dtype)  # type: ignore[attr-defined]  # a constant has one
                array.flags.writeable = False
                yield f"{node.id}.{piece.weight.name}", array


# --- both -----------------------------------------------------------------------------------------------------------


def start_values(doc: Document, node_id: NodeId, gate: Gate, shapes: Sequence[Shape]) -> dict[str, Array]:
    """Where each weight of a node starts, as when the network is compiled."""
    weights = gate.active_weights() if gate.weights else ()
    found = {}
    for k, (weight, shape) in enumerate(zip(weights, gate.weight_shapes(*shapes) if weights else (), strict=True)):
        start = pinned_start(gate, weight, shape)
        if start is None:
            start = drawn_start(gate, weight, shape, (doc.settings.seed, node_id, k))
        found[weight.name] = np.asarray(start, np.float64)
    return found


def _ready(doc: Document, node: Node) -> tuple[Gate, list[Shape]]:
    """A node's gate and the shapes of its inputs; or why it can't be opened."""
    if not node.known or not has_insides(node.kind):
        title = node.kind.title if node.known else node.gate
        raise Refused(Reason.GROUP, f"“{node.name}” can't be opened: {title} is made of no other gates.")
    if node.muted:
        raise Refused(Reason.GROUP, f"“{node.name}” is muted. Unmute it to open it.")
    inferred, shapes = infer(doc), []
    place, into = inferred.places[node.id], doc.wires_into(node.id)
    for port in place.inputs:
        arriving = wires_to(port, into, inferred.places)
        found = [inferred.of(wire.source, wire.output) for wire in arriving]
        brought = [shape for shape in found if shape is not None]
        if not brought or len(brought) < len(found) or (len(found) > 1 and not port.many):
            message = (
                f"“{node.name}” can't be opened before its input {port.name} is fed: what is inside depends on it."
            )
            raise Refused(Reason.GROUP, message)
        if port.many and len(arriving) < sum(wire.input == port.name for wire in into):
            message = f"“{node.name}” can't be opened as long as a muted node's weight is wired to it."
            raise Refused(Reason.GROUP, message)
        shapes += brought
    if place.gate is None:
        raise Refused(Reason.GROUP, f"“{node.name}” can't be opened as long as its params are refused.")
    return place.gate, shapes


def _inside(gate: Gate, shapes: Sequence[Shape], node: Node) -> Insides:
    try:
        made = insides(gate, shapes)
    except EngineError as error:
        raise Refused(Reason.GROUP, f"“{node.name}” can't be opened. {error}") from None
    if made is None:
        raise Refused(Reason.GROUP, f"“{node.name}” can't be opened: not with these params or shapes.")
    return made


def _places(inside: Insides) -> list[tuple[float, float]]:
    """Where the pieces go, from left to right."""
    ports = [max(len(piece.gate.inputs), 1) for piece in inside.pieces]
    boxes = [Box(0.0, 0.0, WIDTH, HEIGHT + LINE * count) for count in ports]
    return layered(boxes, [Link(link.source, link.target, HEIGHT / 2, HEIGHT / 2) for link in inside.links])


def _params(gate: Gate) -> Mapping[str, Value]:
    """The params of a gate that aren't as they are anyway."""
    found = {name: getattr(gate, name) for name in gate.params}
    fresh = {name: param.check(name, param.default) for name, param in gate.params.items()}
    return {name: value for name, value in found.items() if not _same(value, fresh[name])}


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and bool(a == b)


def _free(doc: Document, name: str, taken: set[str], *gone: NodeId) -> str:
    """A name no node has but those that go, with a number where it is taken."""

    def is_taken(wanted: str) -> bool:
        node = doc.named(wanted)
        return wanted in taken or (node is not None and node.id not in gone)

    name = name[: LONGEST_NAME - 10].strip()
    return numbered(f"{name} ", 2, is_taken) if is_taken(name) else name


def _renamed(training: Training, names: Mapping[str, str]) -> Training | None:
    """The training state with arrays under other names; None where it has none of them."""

    def moved(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {_new_name(key, names): array for key, array in arrays.items()}

    if not any(key.partition("/")[0] in names for key in _keys(training)):
        return None
    return replace(training, parameters=moved(training.parameters), optimizer=moved(training.optimizer))


def _keys(training: Training) -> Iterable[str]:
    return (*training.parameters, *training.optimizer)


def _new_name(key: str, names: Mapping[str, str]) -> str:
    weight, slash, rest = key.partition("/")
    return f"{names.get(weight, weight)}{slash}{rest}"


def _node(doc: Document, node_id: NodeId) -> Node:
    if node_id not in doc.nodes:
        raise Refused(Reason.UNKNOWN_NODE, f"There is no node {node_id} in this network.")
    return doc.nodes[node_id]
