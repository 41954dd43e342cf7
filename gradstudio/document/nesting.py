"""Which group lies in which, which nodes a group holds, and which ports it shows. Only asked, nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gradstudio.document.bounds import LONGEST_NAME
from gradstudio.document.model import Document, NodeId
from gradstudio.document.names import numbered
from gradstudio.document.regions import Exposed, GroupId

Key = tuple[NodeId, str]
"""A port by its node and its name there."""


@dataclass(frozen=True, slots=True)
class Interface:
    """The ports a group shows: those that were named, in their order, then those that wires lead to.

    Attributes:
        inputs: on its left.
        outputs: on its right.
        wired: those of both that wires cross the group's border at, as (node, port, whether it is an output).
    """

    inputs: tuple[Exposed, ...]
    outputs: tuple[Exposed, ...]
    wired: frozenset[tuple[NodeId, str, bool]]

    def side(self, output: bool) -> tuple[Exposed, ...]:
        """The ports of one side."""
        return self.outputs if output else self.inputs

    def is_wired(self, port: Exposed, output: bool) -> bool:
        """Whether a wire crosses the border there."""
        return (port.node, port.port, output) in self.wired


def chain(doc: Document, group: GroupId | None) -> tuple[GroupId, ...]:
    """A group and the groups it lies in, the innermost first; nothing for None."""
    found: list[GroupId] = []
    while group is not None:
        found.append(group)
        group = doc.groups[group].parent
    return tuple(found)


def lies_in(doc: Document, node: NodeId, group: GroupId) -> bool:
    """Whether a node lies in a group or in one of its subgroups."""
    return group in chain(doc, doc.nodes[node].group)


def subgroups(doc: Document, group: GroupId) -> tuple[GroupId, ...]:
    """A group, itself first, and all groups in it, each after the one it lies in."""
    children: dict[GroupId | None, list[GroupId]] = {}
    for i, record in doc.groups.items():
        children.setdefault(record.parent, []).append(i)
    found = [group]
    for here in found:  # grows while it is read
        found += children.get(here, ())
    return tuple(found)


def all_members(doc: Document, group: GroupId) -> tuple[NodeId, ...]:
    """The nodes of a group and of all groups in it, in the order of their ids."""
    return tuple(sorted(node for i in subgroups(doc, group) for node in doc.members(i)))


def whole_groups(doc: Document, nodes: Iterable[NodeId]) -> frozenset[GroupId]:
    """The groups all of whose nodes are among these."""
    missing: dict[GroupId, int] = {}
    chosen = set(nodes)
    for i in doc.groups:
        left = sum(node not in chosen for node in doc.members(i))
        for over in chain(doc, i) if left else ():
            missing[over] = missing.get(over, 0) + left
    touched = {over for i in chosen for over in chain(doc, doc.nodes[i].group)} if doc.groups else set()
    return frozenset(i for i in touched if i not in missing)


def common(doc: Document, homes: Iterable[GroupId | None]) -> GroupId | None:
    """The innermost group that holds all of these groups (each holds itself)."""
    chains = [chain(doc, home) for home in homes]
    shared = set(chains[0]).intersection(*chains[1:]) if chains else set()
    return next((i for i in chains[0] if i in shared), None) if chains else None


def interface(doc: Document, group: GroupId) -> Interface:
    """The ports a group shows."""
    record, members = doc.groups[group], frozenset(all_members(doc, group))
    into, out_of = crossing(doc, members)
    return Interface(
        tuple(_with(doc, record.inputs, into)),
        tuple(_with(doc, record.outputs, out_of)),
        frozenset((*((*key, False) for key in into), *((*key, True) for key in out_of))),
    )


def crossing(doc: Document, nodes: Iterable[NodeId]) -> tuple[list[Key], list[Key]]:
    """The inputs and the outputs of some nodes at which wires from and to others end, each once, as wires were made."""
    inside = frozenset(nodes)
    into = [w for node in inside for w in doc.wires_into(node) if w.source not in inside]
    out_of = [w for node in inside for w in doc.wires_out_of(node) if w.target not in inside]
    inputs = dict.fromkeys((w.target, w.input) for w in sorted(into, key=lambda w: w.id))
    outputs = dict.fromkeys((w.source, w.output) for w in sorted(out_of, key=lambda w: w.id))
    return list(inputs), list(outputs)


def left_open(doc: Document, nodes: Iterable[NodeId]) -> tuple[list[Key], list[Key]]:
    """The inputs of some nodes that have no wire, and the outputs of those that feed nothing (but by their weights)."""
    inputs: list[Key] = []
    outputs: list[Key] = []
    for node in (doc.nodes[i] for i in nodes):
        taken = {wire.input for wire in doc.wires_into(node.id)}
        plain = [port.name for port in node.kind.outputs] if node.known else []
        inputs += [(node.id, port.name) for port in node.input_ports() if port.name not in taken]
        if not any(wire.output in plain for wire in doc.wires_out_of(node.id)):
            outputs += [(node.id, name) for name in plain]
    return inputs, outputs


def exposed(doc: Document, keys: Sequence[Key], taken: Iterable[str] = ()) -> Iterator[Exposed]:
    """Ports under names of their own: that of the port where no other has it, else with that of its node."""
    names = set(taken)
    ports = [port for _, port in keys]
    for node, port in keys:
        plain = ports.count(port) == 1 and port not in names
        name = free_name(port if plain else f"{doc.nodes[node].name}.{port}", names.__contains__)
        names.add(name)
        yield Exposed(name, node, port)


def free_name(name: str, taken: Callable[[str], bool]) -> str:
    """A name cut to what a name may be, with a number where it is taken."""
    name = name[:LONGEST_NAME].strip()
    return numbered(f"{name[: LONGEST_NAME - 20].strip()} ", 2, taken) if taken(name) else name


def _with(doc: Document, named: tuple[Exposed, ...], keys: Iterable[Key]) -> Iterator[Exposed]:
    known = {(port.node, port.port) for port in named}
    yield from named
    yield from exposed(doc, [key for key in keys if key not in known], (port.name for port in named))


def called(doc: Document, nodes: Iterable[NodeId]) -> str:
    """What some nodes are called together in the names of steps: one by its name, a group by its own."""
    chosen = set(nodes)
    if len(chosen) == 1:
        return doc.nodes[next(iter(chosen))].name
    whole = whole_groups(doc, chosen) if doc.groups else frozenset()
    for i in whole:
        if doc.groups[i].parent not in whole and len(all_members(doc, i)) == len(chosen):
            return doc.groups[i].name
    return f"{len(chosen)} nodes"
