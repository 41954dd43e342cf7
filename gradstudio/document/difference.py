"""What differs between two networks: nodes and their params, wires, settings, groups, and what was learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gradstudio.document.areadiff import AreaDifference, Areas
from gradstudio.document.model import Document, Node, NodeId, Settings, Training, Wire, same_value
from gradstudio.document.pairing import Pairs, paired_nodes
from gradstudio.document.params import label
from gradstudio.document.valuediff import Detail, Sign, apart, told, value_details
from gradstudio.engine.gate import Array, Shape


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """A node that isn't the same in both networks.

    Attributes:
        sign: on which side it is.
        before: it in the first network, or None.
        after: it in the second one, or None.
        details: what has changed of it; empty where it is on one side only.
    """

    sign: Sign
    before: Node | None
    after: Node | None
    details: tuple[Detail, ...] = ()

    @property
    def node(self) -> Node:
        """It as it is in the second network, or was in the first one."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a difference without a node")
        return found

    @property
    def looks(self) -> bool:
        """Whether only the drawing differs: its place, colour or note."""
        return bool(self.details) and all(detail.looks for detail in self.details)


@dataclass(frozen=True, slots=True)
class WireDifference:
    """A wire that is in one of the networks only, or is led another way.

    Attributes:
        sign: on which side it is; "changed" where it is led another way.
        before: it in the first network, or None.
        after: it in the second one, or None.
        text: "x.value → q.x".
    """

    sign: Sign
    before: Wire | None
    after: Wire | None
    text: str

    @property
    def looks(self) -> bool:
        """Whether only the drawing differs."""
        return self.sign is Sign.CHANGED


@dataclass(frozen=True, slots=True)
class ArrayDifference:
    """A learned array that isn't the same in both networks.

    Attributes:
        sign: on which side it is.
        name: "hidden.W".
        node: its node in the second network, else in the first one.
        before: its shape in the first network, or None.
        after: its shape in the second one, or None.
        norm: of the difference; None where the shapes differ.
        largest: entry of the difference, by its size; None where there is no difference to take.
        at: where that entry is.
    """

    sign: Sign
    name: str
    node: NodeId
    before: Shape | None
    after: Shape | None
    norm: float | None = None
    largest: float | None = None
    at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs between two networks.

    Attributes:
        pairs: the nodes that are in both, id in the first one → id in the second one.
        nodes: first those that changed or went, in the order of the first network, then those that came.
        wires: in the same order.
        areas: groups, frames and comments.
        settings: of the training.
        training: steps made, the learning curve, the exercise.
        arrays: what was learned.
    """

    pairs: Mapping[NodeId, NodeId]
    nodes: tuple[NodeDifference, ...]
    wires: tuple[WireDifference, ...]
    areas: tuple[AreaDifference, ...]
    settings: tuple[Detail, ...]
    training: tuple[Detail, ...]
    arrays: tuple[ArrayDifference, ...]

    @property
    def same(self) -> bool:
        """Whether the networks don't differ at all."""
        return not (self.nodes or self.wires or self.areas or self.settings or self.training or self.arrays)

    @property
    def looks_only(self) -> bool:
        """Whether they differ, but only in how they are drawn."""
        drawn = all(one.looks for one in self.nodes) and all(one.looks for one in self.wires)
        drawn = drawn and all(one.looks for one in self.areas)
        return not self.same and drawn and not (self.settings or self.training or self.arrays)


def difference(before: Document, after: Document) -> Difference:
    """Compare two networks; ids need not agree."""
    pairs = paired_nodes(before, after)
    areas = Areas(before, after, pairs)
    return Difference(
        pairs,
        tuple(_nodes(before, after, pairs, areas)),
        tuple(_wires(before, after, pairs)),
        tuple(areas.differences()),
        tuple(_settings(before, after, pairs)),
        tuple(_training(before, after)),
        tuple(_arrays(before, after, pairs)),
    )


# ---- nodes and wires


def _nodes(before: Document, after: Document, pairs: Pairs, areas: Areas) -> Iterator[NodeDifference]:
    for node in before.nodes.values():
        if node.id not in pairs:
            yield NodeDifference(Sign.REMOVED, node, None)
            continue
        other = after.nodes[pairs[node.id]]
        if details := (*_node_details(node, other), *areas.moved(node, other)):
            yield NodeDifference(Sign.CHANGED, node, other, details)
    met = set(pairs.values())
    yield from (NodeDifference(Sign.ADDED, None, node) for i, node in after.nodes.items() if i not in met)


def _node_details(node: Node, other: Node) -> Iterator[Detail]:
    if node.gate != other.gate:
        yield Detail("gate", _gate(node), _gate(other))
    if node.name != other.name:
        yield Detail("name", node.name, other.name)
    yield from _params(node, other)
    for name in _FLAGS:
        if getattr(node, name) != getattr(other, name):
            yield Detail(name, told(getattr(node, name)), told(getattr(other, name)), looks=name in ("color", "note"))
    if (node.x, node.y) != (other.x, other.y):
        yield Detail("place", f"{node.x:g}, {node.y:g}", f"{other.x:g}, {other.y:g}", looks=True)


_TOLD = ("id", "gate", "name", "params", "x", "y", "group")
_FLAGS = tuple(field.name for field in fields(Node) if field.name not in _TOLD)


def _params(node: Node, other: Node) -> Iterator[Detail]:
    """The params that differ; one that isn't set has the gate's default."""
    for name in dict.fromkeys((*_param_names(node), *_param_names(other))):
        old, new = _param(node, name), _param(other, name)
        if not same_value(old, new):
            shown = other if other.known and name in other.kind.params else node
            yield from value_details(label(shown.kind, name) if shown.known else name, old, new)


def _param_names(node: Node) -> tuple[str, ...]:
    return (*(node.kind.params if node.known else ()), *node.params)


def _param(node: Node, name: str) -> Any:
    default = node.kind.params[name].default if node.known and name in node.kind.params else None
    return node.params.get(name, default)


def _gate(node: Node) -> str:
    return node.kind.title if node.known else node.gate


def _wires(before: Document, after: Document, pairs: Pairs) -> Iterator[WireDifference]:
    new = {wire.ends: wire for wire in after.wires.values()}
    for wire in before.wires.values():
        source, target = pairs.get(wire.source), pairs.get(wire.target)
        both = source is not None and target is not None
        other = new.pop((source, wire.output, target, wire.input), None) if both else None  # type: ignore[arg-type]
        if other is None:
            yield WireDifference(Sign.REMOVED, wire, None, _ends(before, wire))
        elif other.via != wire.via:
            yield WireDifference(Sign.CHANGED, wire, other, _ends(after, other))
    yield from (WireDifference(Sign.ADDED, None, wire, _ends(after, wire)) for wire in new.values())


def _ends(doc: Document, wire: Wire) -> str:
    return f"{doc.nodes[wire.source].name}.{wire.output} → {doc.nodes[wire.target].name}.{wire.input}"


# ---- settings and training


def _settings(before: Document, after: Document, pairs: Pairs) -> Iterator[Detail]:
    old, new = before.settings, after.settings
    for name in (field.name for field in fields(Settings)):
        if name != "objective" and getattr(old, name) != getattr(new, name):
            yield Detail(name.replace("_", " "), told(getattr(old, name)), told(getattr(new, name)))
    goal = None if old.objective is None else pairs.get(old.objective, -1)
    if goal != new.objective:
        yield Detail("objective", _objective(before), _objective(after))


def _objective(doc: Document) -> str:
    node = doc.nodes.get(doc.settings.objective or -1)
    return "every end" if node is None else node.name


def _training(before: Document, after: Document) -> Iterator[Detail]:
    old, new = before.training, after.training
    if old.step != new.step:
        yield Detail("steps made", f"{old.step:,}", f"{new.step:,}")
    if not _equal(old.history, new.history):
        yield Detail("learning curve", _rows(old), _rows(new))
    if _asked(before) != _asked(after):
        counts = [len(doc.exercise.questions) for doc in (before, after)]
        yield Detail("exercise", f"{counts[0]} questions", f"{counts[1]} questions")


def _asked(doc: Document) -> tuple[str, list[tuple[str, str]]]:
    return doc.exercise.title, [(question.asks, question.text) for question in doc.exercise]


def _rows(training: Training) -> str:
    rows = len(next(iter(training.history.values()), ()))
    last = training.history["loss"][-1:] if "loss" in training.history else ()
    return "".join([f"{rows:,} rows", *(f", last loss {loss:.6g}" for loss in last)])


def _equal(old: Mapping[str, Array], new: Mapping[str, Array]) -> bool:
    return old.keys() == new.keys() and all(np.array_equal(old[k], new[k], equal_nan=True) for k in old)


def _translated(arrays: Mapping[str, Array], pairs: Pairs) -> dict[str, Array]:
    """Arrays by node id under the ids of the second network; those of nodes that went aren't there."""
    found = {}
    for key, array in arrays.items():
        node, dot, rest = key.partition(".")
        if not node.isdecimal():
            found[key] = array
        elif int(node) in pairs:
            found[f"{pairs[int(node)]}{dot}{rest}"] = array
    return found


def _arrays(before: Document, after: Document, pairs: Pairs) -> Iterator[ArrayDifference]:
    """The learned arrays that differ. Where one of the networks has learned nothing there is nothing to compare."""
    old, new = before.training.parameters, after.training.parameters
    if not (old and new):
        return
    ours = _translated(old, pairs)
    for key, array in new.items():
        name, node = _array_name(after, key)
        if key not in ours:
            yield ArrayDifference(Sign.ADDED, name, node, None, array.shape)
        elif not np.array_equal(ours[key], array, equal_nan=True):
            yield _array(name, node, ours[key], array)
    for key, array in old.items():
        name, node = _array_name(before, key)
        if not _translated({key: array}, pairs).keys() <= new.keys() or node not in pairs:
            yield ArrayDifference(Sign.REMOVED, name, node, array.shape, None)


def _array_name(doc: Document, key: str) -> tuple[str, NodeId]:
    node, _, port = key.partition(".")
    found = doc.nodes.get(int(node)) if node.isdecimal() else None
    return (f"{found.name}.{port}", found.id) if found is not None else (key, -1)


def _array(name: str, node: NodeId, old: Array, new: Array) -> ArrayDifference:
    if old.shape != new.shape:
        return ArrayDifference(Sign.CHANGED, name, node, old.shape, new.shape)
    norm, largest, at = apart(old, new)
    return ArrayDifference(Sign.CHANGED, name, node, old.shape, new.shape, norm, largest, at)
