"""Records -> Document, through every rule a network must keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gradstudio.document.bounds import name_problem
from gradstudio.document.model import Comment, Document, Frame, Group, Node, Patch, Training, Wire
from gradstudio.document.regions import Exposed
from gradstudio.engine.gate import Array, Value
from gradstudio.files import courses, exercises, regions, rules
from gradstudio.files.errors import Invalid, join, shown
from gradstudio.files.schema import A, DocumentRecord, GroupRecord, Listed, NodeRecord, Stored


def document_of(record: DocumentRecord[A], take: Callable[[str, A, str], Array]) -> Document:
    """The document of these records; `take(tensor name, written array, place)` gives the array itself.

    Raises:
        Invalid: with the place of what makes no network.
    """
    nodes = [_node(node, f"nodes[{i}]", take) for i, node in enumerate(record.nodes)]
    wires = [Wire(w.id, w.source, w.output, w.target, w.input, w.via) for w in record.wires]
    settings = courses.settings_of(record.settings)
    training = Training(
        record.training.step,
        _arrays("parameters", record.training.parameters, take),
        _arrays("optimizer", record.training.optimizer, take),
        _arrays("history", record.training.history, take),
        *courses.course_of(record.training, settings, frozenset(node.id for node in nodes if node.frozen)),
    )
    groups = [_group(group, f"groups[{i}]", take) for i, group in enumerate(record.groups)]
    frames = [Frame(f.id, f.title, f.x, f.y, f.width, f.height, f.color, f.group) for f in record.frames]
    comments = [Comment(c.id, c.text, c.x, c.y, c.width, c.height, c.color, c.group) for c in record.comments]
    rules.check_records(nodes, wires)
    regions.check_records(nodes, groups, frames, comments)
    document = Document()
    document.apply(
        Patch(
            "Open", {n.id: n for n in nodes}, {w.id: w for w in wires}, settings, training, {g.id: g for g in groups},
            {f.id: f for f in frames}, {c.id: c for c in comments}, exercises.exercise_of(record.exercise),
        )
    )  # fmt: skip
    regions.check_document(document, groups, frames, comments)
    rules.check_document(document, training, nodes, wires)
    exercises.check(document, document.exercise)
    return document


def from_tensors(record: DocumentRecord[Stored], tensors: Mapping[str, Array]) -> Document:
    """The document of records whose arrays are these tensors.

    Raises:
        Invalid: if a tensor is missing, has another name than it should, or belongs to nothing.
    """
    left = dict(tensors)

    def take(name: str, written: Stored, place: str) -> Array:
        if written.tensor != name:
            raise Invalid(f"the tensor “{name}”", shown(written.tensor), place=f"{place}.tensor")
        if name not in left:
            raise Invalid(f"a tensor “{name}” in the file", "none", place=f"{place}.tensor")
        return left.pop(name)

    document = document_of(record, take)
    if left:
        raise Invalid("no tensor that nothing refers to", shown(min(left)), place="tensors")
    return document


def _node(record: NodeRecord[A], place: str, take: Callable[[str, A, str], Array], owner: str = "params/{}") -> Node:
    column = owner.format(record.id)
    params = {
        name: _param(f"{column}.{name}", value, f"{place}.params.{name}", take) for name, value in record.params.items()
    }
    checked = rules.checked_params(record.gate, params, f"{place}.params")
    marks = record.muted, record.color, record.note, record.group, record.frozen
    return Node(record.id, record.gate, record.name, MappingProxyType(checked), record.x, record.y, *marks)


def _group(record: GroupRecord[A], at: str, take: Callable[[str, A, str], Array]) -> Group:
    inputs, outputs = (
        tuple(Exposed(port.name, port.node, port.port) for port in side) for side in (record.inputs, record.outputs)
    )
    place = record.x, record.y
    origin = None
    if record.origin is not None:
        origin = _node(record.origin, f"{at}.origin", take, f"origin/{record.id}")
        problem = name_problem(origin.name)
        if problem is not None:
            raise Invalid("a name", problem.rstrip("."), place=f"{at}.origin.name")
    ports = inputs, outputs
    return Group(record.id, record.name, record.parent, *place, record.color, record.collapsed, *ports, origin)


def _param(tensor: str, value: object, place: str, take: Callable[[str, A, str], Array]) -> Value:
    if not isinstance(value, (Stored, Listed)):
        return value  # type: ignore[return-value]  # msgspec has seen to it that it is a scalar
    return take(tensor, value, place)  # type: ignore[arg-type]


def _arrays(column: str, written: Mapping[str, A], take: Callable[[str, A, str], Array]) -> Mapping[str, Array]:
    place = f"training.{column}"
    return MappingProxyType(
        {name: take(f"{column}/{name}", array, join(place, name)) for name, array in written.items()}
    )
