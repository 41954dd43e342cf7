"""Document, Node, Wire: the network as edited.

Records are frozen; the document holds them in dictionaries by id and changes only through `Document.apply(patch)`.
A patch names every record it changes, so its inverse is known when it is applied, and undo is complete by construction.
"""

from __future__ import annotations

from bisect import bisect
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from operator import itemgetter
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import numpy as np
from psygnal import Signal

from gradstudio.document.course import EMPTY, OptimizerName, ScheduleName, Settings, Training
from gradstudio.document.questions import NO_EXERCISE, Exercise, Question
from gradstudio.document.regions import AreaId, Comment, Frame, Group, GroupId, Regions
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ParamError, UnknownGate
from gradstudio.engine.gate import Gate, Port, Value, output_ports

NodeId: TypeAlias = int
WireId: TypeAlias = int
Dot: TypeAlias = tuple[float, float]
COLORS = ("red", "orange", "yellow", "green", "teal", "blue", "violet", "grey")
"""The colours a node may be given; each theme has its own shade of them."""
R = TypeVar("R")
_RECENT = 100
"""So many of a document's last changes are remembered."""


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One gate on the canvas.

    Attributes:
        id: never used for another node as long as the document is open.
        gate: id in the catalogue; an unknown one makes a placeholder that keeps its data.
        name: unique in the document.
        params: the values that were set; a missing one has the gate's default. Arrays are read-only.
        x: left edge in canvas units (1 unit = 1 pixel at 100 %).
        y: top edge, growing downwards.
        muted: whether it passes an input through instead of computing (see `muting`).
        color: one of `COLORS` to be drawn in; empty for its category's own.
        note: what somebody wrote about it; drawn below it.
        group: the group it lies in, the innermost one, or None.
        frozen: whether training leaves its weights as they are.
    """

    id: NodeId
    gate: str
    name: str
    params: Mapping[str, Value] = field(default_factory=lambda: EMPTY)
    x: float = 0.0
    y: float = 0.0
    muted: bool = False
    color: str = ""
    note: str = ""
    group: GroupId | None = None
    frozen: bool = False

    @property
    def known(self) -> bool:
        """Whether the catalogue has the gate."""
        return self.gate in CATALOG

    @property
    def kind(self) -> type[Gate]:
        """The gate's class.

        Raises:
            UnknownGate: for a placeholder.
        """
        return CATALOG.get(self.gate)

    def make(self) -> Gate:
        """A fresh gate with this node's params.

        Raises:
            UnknownGate: for a placeholder.
            ParamError: for a value the gate can't take.
        """
        return self.kind(**self.params)

    def input_ports(self) -> tuple[Port, ...]:
        """Its input ports; none for a placeholder."""
        return self.kind.inputs if self.known else ()

    def output_ports(self) -> tuple[Port, ...]:
        """Its output ports, then one for each weight (for all it may have where its params are refused)."""
        if not self.known:
            return ()
        try:
            return output_ports(self.make()) if self.kind.weights else self.kind.outputs
        except ParamError:
            return (*self.kind.outputs, *(Port(weight.name, weight.help) for weight in self.kind.weights))


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection from an output port to an input port, both by name.

    Attributes:
        id: never used for another wire as long as the document is open.
        source: node it starts at.
        output: its output port.
        target: node it ends at.
        input: its input port.
        via: its dots, the places on the canvas it is led through, from the source on.
    """

    id: WireId
    source: NodeId
    output: str
    target: NodeId
    input: str
    via: tuple[Dot, ...] = ()

    @property
    def ends(self) -> tuple[NodeId, str, NodeId, str]:
        """Source, output, target and input: all of it that is computed with."""
        return self.source, self.output, self.target, self.input


@dataclass(frozen=True, eq=False, slots=True)
class Patch:
    """One edit: the new state of every record it touches (None: the record goes).

    Attributes:
        title: its name in the undo list, e.g. "Connect x to Add".
        nodes: new node records by id.
        wires: new wire records by id.
        settings: the new settings, or None to leave them.
        training: the new training state, or None to leave it.
        groups: new group records by id.
        frames: new frame records by id.
        comments: new comment records by id.
        exercise: the new exercise, or None to leave it.
    """

    title: str
    nodes: Mapping[NodeId, Node | None] = field(default_factory=lambda: EMPTY)
    wires: Mapping[WireId, Wire | None] = field(default_factory=lambda: EMPTY)
    settings: Settings | None = None
    training: Training | None = None
    groups: Mapping[GroupId, Group | None] = field(default_factory=lambda: EMPTY)
    frames: Mapping[AreaId, Frame | None] = field(default_factory=lambda: EMPTY)
    comments: Mapping[AreaId, Comment | None] = field(default_factory=lambda: EMPTY)
    exercise: Exercise | None = None

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        drawn = self.nodes or self.wires or self.groups or self.frames or self.comments
        return not (drawn or self.settings or self.training or self.exercise is not None)

    def followed_by(self, later: Patch, title: str) -> Patch:
        """Both as one: what the later one says holds."""
        return Patch(
            title,
            {**self.nodes, **later.nodes},
            {**self.wires, **later.wires},
            later.settings if later.settings is not None else self.settings,
            later.training if later.training is not None else self.training,
            {**self.groups, **later.groups},
            {**self.frames, **later.frames},
            {**self.comments, **later.comments},
            later.exercise if later.exercise is not None else self.exercise,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What observers are told after a patch was applied.

    Attributes:
        nodes: ids of nodes that came, went or changed.
        wires: ids of wires that came, went or changed.
        settings: whether the settings changed.
        training: whether the training state changed.
        graph: whether the computation changed (gates, params, wires, dtype, objective), not only places or names.
        groups: ids of groups that came, went or changed.
        frames: ids of frames that came, went or changed.
        comments: ids of comments that came, went or changed.
        exercise: whether the exercise changed.
    """

    nodes: frozenset[NodeId]
    wires: frozenset[WireId]
    settings: bool
    training: bool
    graph: bool
    groups: frozenset[GroupId] = frozenset()
    frames: frozenset[AreaId] = frozenset()
    comments: frozenset[AreaId] = frozenset()
    exercise: bool = False


class Document:
    """The network: nodes, wires, settings and training state; and the groups, frames and comments that order them.

    Attributes:
        nodes: by id, in ascending order. Read only; edit with `apply`.
        wires: by id, in ascending order.
        groups: by id, in ascending order; so are `frames` and `comments`.
        settings: how it is trained.
        training: what training has made of it.
        exercise: what a teacher asks about it.
        revision: grows by one with every patch.
        graph_revision: the revision of the last patch that changed the computation.
        changed: emitted with a `Change` after every patch.
    """

    changed = Signal(Change)

    def __init__(self) -> None:
        self._nodes: dict[NodeId, Node] = {}
        self._wires: dict[WireId, Wire] = {}
        self._into: dict[NodeId, dict[WireId, None]] = {}
        self._out_of: dict[NodeId, dict[WireId, None]] = {}
        self._names: dict[str, NodeId] = {}
        self._regions = Regions()
        self.settings = Settings()
        self.training = Training()
        self.exercise = NO_EXERCISE
        self.revision = 0
        self.graph_revision = 0
        self._next_id = 1
        self._recent: deque[tuple[int, Change]] = deque(maxlen=_RECENT)

    @property
    def nodes(self) -> Mapping[NodeId, Node]:
        """All nodes by id."""
        return MappingProxyType(self._nodes)

    @property
    def wires(self) -> Mapping[WireId, Wire]:
        """All wires by id."""
        return MappingProxyType(self._wires)

    @property
    def groups(self) -> Mapping[GroupId, Group]:
        """All groups by id."""
        return MappingProxyType(self._regions.groups)

    @property
    def frames(self) -> Mapping[AreaId, Frame]:
        """All frames by id."""
        return MappingProxyType(self._regions.frames)

    @property
    def comments(self) -> Mapping[AreaId, Comment]:
        """All comments by id."""
        return MappingProxyType(self._regions.comments)

    def members(self, group: GroupId) -> tuple[NodeId, ...]:
        """The nodes that lie in a group itself, not in a subgroup, in the order of their ids."""
        return self._regions.members(group)

    def new_id(self) -> int:
        """An id for a new node, wire, group, frame or comment, never given out before."""
        self._next_id += 1
        return self._next_id - 1

    def wires_into(self, node: NodeId) -> tuple[Wire, ...]:
        """The wires that end at a node, in the order of their ids."""
        return self._in_order(self._into.get(node))

    def wires_out_of(self, node: NodeId) -> tuple[Wire, ...]:
        """The wires that start at a node, in the order of their ids."""
        return self._in_order(self._out_of.get(node))

    def _in_order(self, ids: dict[WireId, None] | None) -> tuple[Wire, ...]:
        if not ids:
            return ()
        return tuple([self._wires[i] for i in (sorted(ids) if len(ids) > 1 else ids)])

    def named(self, name: str) -> Node | None:
        """The node of this name."""
        node = self._names.get(name)
        return None if node is None else self._nodes[node]

    def apply(self, patch: Patch) -> Patch:
        """Carry a patch out, tell the observers, and return the patch that undoes it.

        Raises:
            ValueError: if it would leave a wire without its nodes, two nodes with one name, or something in a group
                that isn't there; nothing is changed then.
        """
        self._refuse_broken(patch)
        inverse = self.inverse(patch)
        change = Change(
            frozenset(patch.nodes),
            frozenset(patch.wires),
            patch.settings is not None,
            patch.training is not None,
            self.computes_differently(patch),
            frozenset(patch.groups),
            frozenset(patch.frames),
            frozenset(patch.comments),
            patch.exercise is not None,
        )
        self._put(patch)
        self.tell(change)
        return inverse

    def tell(self, change: Change) -> None:
        """Count a change and tell the observers: of a patch, or of data outside that nodes bring in."""
        self.revision += 1
        if change.graph:
            self.graph_revision = self.revision
        self._recent.append((self.revision, change))
        self.changed.emit(change)

    def changes_since(self, revision: int) -> list[Change] | None:
        """All changes since a revision; None where that is too long ago to be remembered."""
        changes = [change for at, change in self._recent if at > revision]
        return changes if len(changes) == self.revision - revision else None

    def inverse(self, patch: Patch) -> Patch:
        """The patch that leads back here once this one is applied."""
        return Patch(
            patch.title,
            {i: self._nodes.get(i) for i in patch.nodes},
            {i: self._wires.get(i) for i in patch.wires},
            self.settings if patch.settings is not None else None,
            self.training if patch.training is not None else None,
            {i: self.groups.get(i) for i in patch.groups},
            {i: self.frames.get(i) for i in patch.frames},
            {i: self.comments.get(i) for i in patch.comments},
            self.exercise if patch.exercise is not None else None,
        )

    def copy(self) -> Document:
        """A document of its own with the same records (which are frozen and shared): for another thread."""
        twin = Document()
        twin._nodes, twin._wires, twin._names = dict(self._nodes), dict(self._wires), dict(self._names)
        twin._into = {i: dict(wires) for i, wires in self._into.items()}
        twin._out_of = {i: dict(wires) for i, wires in self._out_of.items()}
        twin._regions = self._regions.copy()
        twin.settings, twin.training, twin.exercise = self.settings, self.training, self.exercise
        twin.revision, twin.graph_revision, twin._next_id = self.revision, self.graph_revision, self._next_id
        return twin

    def _put(self, patch: Patch) -> None:
        nodes_late, wires_late = _late(self._nodes, patch.nodes), _late(self._wires, patch.wires)
        for wire_id, wire in patch.wires.items():
            self._detach(wire_id)
            if wire is None:
                self._wires.pop(wire_id, None)
            else:
                self._wires[wire_id] = wire
                self._into.setdefault(wire.target, {})[wire_id] = None
                self._out_of.setdefault(wire.source, {})[wire_id] = None
        for node_id in patch.nodes:
            old = self._nodes.get(node_id)
            if old is not None:
                self._names.pop(old.name, None)
        self._put_regions(patch)
        for node_id, node in patch.nodes.items():
            if node is None:
                self._nodes.pop(node_id, None)
                self._into.pop(node_id, None)
                self._out_of.pop(node_id, None)
            else:
                self._nodes[node_id] = node
                self._names[node.name] = node_id
        if nodes_late:
            _sort(self._nodes, nodes_late)
        if wires_late:
            _sort(self._wires, wires_late)
        self.settings = patch.settings if patch.settings is not None else self.settings
        self.training = patch.training if patch.training is not None else self.training
        self.exercise = patch.exercise if patch.exercise is not None else self.exercise
        ids = (*patch.nodes, *patch.wires, *patch.groups, *patch.frames, *patch.comments)
        self._next_id = max([self._next_id, *(i + 1 for i in ids)])

    def _put_regions(self, patch: Patch) -> None:
        for node_id, node in patch.nodes.items():
            old = self._nodes.get(node_id)
            home, there = _home(old), _home(node)
            if home != there:
                self._regions.move_node(node_id, home, there)
        if patch.groups or patch.frames or patch.comments:
            self._regions.put(patch)

    def _detach(self, wire_id: WireId) -> None:
        old = self._wires.get(wire_id)
        if old is not None:
            del self._into[old.target][wire_id]
            del self._out_of[old.source][wire_id]

    def _refuse_broken(self, patch: Patch) -> None:
        for i, record in (*patch.nodes.items(), *patch.wires.items()):
            if record is not None and record.id != i:
                raise ValueError(f"{patch.title}: record {record.id} is filed under {i}")
        gone = {i for i, node in patch.nodes.items() if node is None}
        for wire in patch.wires.values():
            ends = () if wire is None else (wire.source, wire.target)
            if any(end in gone or not (end in patch.nodes or end in self._nodes) for end in ends):
                raise ValueError(f"{patch.title}: a wire would have no node at an end")
        for node_id in gone:
            for wire_id in (*self._into.get(node_id, ()), *self._out_of.get(node_id, ())):
                if wire_id not in patch.wires:
                    raise ValueError(f"{patch.title}: node {node_id} would go and leave wire {wire_id}")
        self._refuse_names(patch)
        broken = self._regions.broken(patch, {i: _home(node) for i, node in patch.nodes.items()})
        if broken is not None:
            raise ValueError(f"{patch.title}: {broken}")

    def _refuse_names(self, patch: Patch) -> None:
        names = [node.name for node in patch.nodes.values() if node is not None]
        if len(set(names)) < len(names):
            raise ValueError(f"{patch.title}: two nodes would have one name")
        for name in names:
            owner = self._names.get(name)
            if owner is not None and owner not in patch.nodes:
                raise ValueError(f"{patch.title}: two nodes would be named “{name}”")

    def computes_differently(self, patch: Patch) -> bool:
        """Whether a patch would change the computation (gates, params, wires, dtype …), not only places or names."""
        for wire_id, wire in patch.wires.items():
            was = self._wires.get(wire_id)
            if was is None or wire is None or was.ends != wire.ends:
                return True
        for node_id, node in patch.nodes.items():
            old = self._nodes.get(node_id)
            if old is None or node is None or not _computes_the_same(old, node):
                return True
        new, old_settings = patch.settings, self.settings
        return new is not None and (new.dtype, new.objective, new.seed, new.batch_size) != (
            old_settings.dtype,
            old_settings.objective,
            old_settings.seed,
            old_settings.batch_size,
        )


def _home(node: Node | None) -> GroupId | None:
    return None if node is None else node.group


def _late(records: dict[int, R], new: Mapping[int, object]) -> list[int]:
    """The new ids among these where they leave the ids out of order, as when an undo brings an older record back."""
    ids = [i for i, record in new.items() if record is not None and i not in records]
    return [] if all(a < b for a, b in pairwise((next(reversed(records), 0), *ids))) else ids


def _sort(records: dict[int, R], new: list[int]) -> None:
    """Bring the ids into order again after new ones were put behind all others."""
    ids = list(records)
    last = ids[bisect(ids, min(new), hi=len(ids) - len(new)) :]
    found = [(i, records.pop(i)) for i in last]
    found.sort(key=itemgetter(0))
    records.update(found)


def same_params(a: Mapping[str, Value], b: Mapping[str, Value]) -> bool:
    """Whether two sets of params are equal, arrays compared bit for bit."""
    return a.keys() == b.keys() and all(same_value(a[k], b[k]) for k in a)


def same_value(a: Value, b: Value) -> bool:
    """Whether two param values are equal; floats (0.0 isn't -0.0) and arrays by their bits."""
    if isinstance(a, float) and isinstance(b, float):
        return a.hex() == b.hex()
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return type(a) is type(b) and bool(a == b)


def same_node(a: Node | None, b: Node | None) -> bool:
    """Whether two records say the same of a node, params compared bit for bit."""
    if a is None or b is None or a is b:
        return a is b
    plain = all(getattr(a, name) == getattr(b, name) for name in _PLAIN)
    return plain and same_params(a.params, b.params)


_PLAIN = tuple(field.name for field in fields(Node) if field.name != "params")


def _computes_the_same(a: Node, b: Node) -> bool:
    return a.gate == b.gate and a.muted is b.muted and same_params(a.params, b.params)


def moved(node: Node, x: float, y: float) -> Node:
    """The node at another place."""
    return replace(node, x=float(x), y=float(y))


__all__ = [
    "COLORS", "AreaId", "Change", "Comment", "Document", "Dot", "Exercise", "Frame", "Group", "GroupId", "Node",
    "NodeId", "OptimizerName", "Patch", "Question", "ScheduleName", "Settings", "Training", "UnknownGate", "Wire",
    "WireId", "moved", "same_node", "same_params", "same_value",
]  # fmt: skip
