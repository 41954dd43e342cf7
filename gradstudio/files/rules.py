"""What makes a network of a file's records, and what doesn't: each refusal names its place.

What no edit could ever lead to is refused by the table that refuses edits (`document.legality`); only what a file alone
can get wrong is told here. A network that is merely unfinished is opened: wires may be missing, shapes may not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from gradstudio.document import legality
from gradstudio.document.model import Document, Node, Training, Wire
from gradstudio.document.reasons import Finding, Reason
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import Array, Gate, Value, shape_text
from gradstudio.files import courses
from gradstudio.files.errors import Invalid, join, shown

EXPECTED = {
    Reason.CYCLE: "wires that lead in no circle",
    Reason.DUPLICATE: "each wire once",
    Reason.MARK: "a colour and a note a node can have",
    Reason.NAME: "a name of its own",
    Reason.OBJECTIVE: "the id of a node, or null",
    Reason.OCCUPIED: "one wire at this input",
    Reason.PARAM: "params that go together",
    Reason.PLACE: "a place on the canvas",
    Reason.SELF_LOOP: "a wire between two nodes",
    Reason.TYPE: "two ports of one kind",
    Reason.UNKNOWN_PORT: "ports its gates have",
}
"""What is broken where an edit could not lead: in words, by its reason."""

_FIELD = {Reason.NAME: ".name", Reason.PARAM: ".params"}


_KEY = re.compile(r"(?P<node>[1-9][0-9]{0,15})\.(?P<weight>[^/]+)(/.+)?", re.DOTALL)


def checked_params(gate_id: str, params: Mapping[str, Value], place: str) -> dict[str, Value]:
    """A node's params, in their normal form where its gate is known.

    Raises:
        Invalid: with the place of one that the gate hasn't, or can't take.
    """
    gate = CATALOG.get(gate_id) if gate_id in CATALOG else None
    return {name: _checked_param(gate, name, value, join(place, name)) for name, value in params.items()}


def check_records(nodes: Sequence[Node], wires: Sequence[Wire]) -> None:
    """Refuse what no document can hold at all: an id or a name twice, a wire without its nodes.

    Raises:
        Invalid: with the place.
    """
    once([node.id for node in nodes], "nodes", "id")
    once([node.name for node in nodes], "nodes", "name")
    once([wire.id for wire in wires], "wires", "id")
    known = {node.id for node in nodes}
    for i, wire in enumerate(wires):
        for field, end in (("source", wire.source), ("target", wire.target)):
            if end not in known:
                raise Invalid("the id of a node", shown(end), place=f"wires[{i}].{field}")


def check_document(document: Document, training: Training, nodes: Sequence[Node], wires: Sequence[Wire]) -> None:
    """Refuse a document that no edit could lead to, or whose training belongs to another network.

    Args:
        document: made of these nodes and wires.
        training: the state in the file.
        nodes: in the order of the file, for the place.
        wires: in the order of the file.

    Raises:
        Invalid: with the place.
    """
    courses.check_settings(document.settings, "settings")
    courses.check(training)
    for finding in legality.check(document):
        if finding.area is None and (finding.reason.structural or finding.reason is Reason.PARAM):
            expected = EXPECTED.get(finding.reason, "a sound network")
            raise Invalid(expected, finding.message.rstrip("."), place=_place(finding, nodes, wires))
    _check_history(training)
    for column in ("parameters", "optimizer"):
        arrays: Mapping[str, Array] = getattr(training, column)
        for name, array in arrays.items():
            _check_weight(document, name, array, f"training.{column}.{name}")


def fitting(document: Document) -> Training:
    """The training state without arrays that fit nowhere any more (and which the next run would start afresh).

    An edit may have given a layer more units since: what was trained before is then kept for undo, but not written.
    """
    training = document.training

    def kept(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {name: array for name, array in arrays.items() if _fits(document, name, array)}

    return replace(training, parameters=kept(training.parameters), optimizer=kept(training.optimizer))


def _checked_param(gate: type[Gate] | None, name: str, value: Value, place: str) -> Value:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and not np.isfinite(value).all():
        raise Invalid("finite numbers", "NaN or infinity", place=place)
    if gate is None:
        return value
    param = gate.params.get(name)
    if param is None:
        expected = "one of " + ", ".join(gate.params) if gate.params else "no params"
        raise Invalid(f"{expected} for {gate.title}", f"“{name}”", place=place)
    if param.kind == "array" and isinstance(value, np.ndarray) and value.dtype != np.float64:
        raise Invalid("an array of float64", value.dtype.name, place=place)
    try:
        return param.check(name, value)
    except ParamError:
        raise Invalid(param.expects(), shown(value), place=place) from None


def _place(finding: Finding, nodes: Sequence[Node], wires: Sequence[Wire]) -> str:
    if finding.reason is Reason.OBJECTIVE:
        return "settings.objective"
    if finding.wire is not None:
        return f"wires[{[wire.id for wire in wires].index(finding.wire)}]"
    return f"nodes[{[node.id for node in nodes].index(finding.node)}]{_FIELD.get(finding.reason, '')}"


def once(values: Iterable[int | str], records: str, field: str) -> None:
    """Refuse a value that comes twice.

    Raises:
        Invalid: with the place of the second.
    """
    first: dict[int | str, int] = {}
    for i, value in enumerate(values):
        if first.setdefault(value, i) != i:
            found = f"{shown(value)}, as in {records}[{first[value]}]"
            article = "an" if field == "id" else "a"
            raise Invalid(f"{article} {field} of its own", found, place=f"{records}[{i}].{field}")


def _check_history(training: Training) -> None:
    lengths = {name: column.shape for name, column in training.history.items()}
    for name, shape in lengths.items():
        place = join("training.history", name)
        if len(shape) != 1:
            raise Invalid("a list of numbers", f"shape {shape_text(shape)}", place=place)
        if shape != next(iter(lengths.values())):
            first, rows = next(iter(lengths.items()))
            raise Invalid(f"{rows[0]} entries, as many as “{first}” has", str(shape[0]), place=place)
    steps = training.history.get("step")
    if steps is not None and steps.size:
        whole = bool(np.all(steps == np.floor(steps)))  # False for NaN; infinity is beyond the last step
        if not (whole and steps[0] >= 0 and steps[-1] <= training.step and np.all(np.diff(steps) > 0)):
            expected = f"whole numbers that grow, from 0 to {training.step} at most"
            raise Invalid(expected, "others", place=join("training.history", "step"))


def _check_weight(document: Document, name: str, array: Array, place: str) -> None:
    if array.dtype.name not in ("float32", "float64"):
        raise Invalid("an array of float32 or float64", array.dtype.name, place=place)
    misfit = _misfit(document, name, array)
    if misfit is not None:
        raise Invalid(*misfit, place=place)


def _fits(document: Document, name: str, array: Array) -> bool:
    return _misfit(document, name, array) is None


def _misfit(document: Document, name: str, array: Array) -> tuple[str, str] | None:
    """What a trained array should be and is, where it fits no weight of the network; None where it does."""
    parts = _KEY.fullmatch(name)
    if parts is None:
        return "a name like “17.W” or “17.W/m”", shown(name)
    node, weight = document.nodes.get(int(parts["node"])), parts["weight"]
    if node is None:
        return "the id of a node", parts["node"]
    place = infer(document).places[node.id]
    if place.gate is None:
        return None
    names = [w.name for w in place.gate.active_weights()]
    if weight not in names:
        return f"a weight of “{node.name}” ({', '.join(names) or 'it has none'})", f"“{weight}”"
    shape = place.shape(weight)
    if shape is not None and shape != array.shape:
        return f"shape {shape_text(shape)}", f"shape {shape_text(array.shape)}"
    return None
