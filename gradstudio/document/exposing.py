"""Which ports a group shows, under which names and in which order. Commands: each makes a patch and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gradstudio.document.grouping import group_of, sound
from gradstudio.document.model import Document, Node, NodeId, Patch
from gradstudio.document.nesting import all_members, exposed, interface
from gradstudio.document.ordering import port_problem
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import Exposed, GroupId


def rename_port(doc: Document, group_id: GroupId, index: int, name: str, *, output: bool) -> Patch:
    """Another name for a port that a group shows.

    Raises:
        Refused: for a group or a port that isn't there, or a name that is taken or impossible.
    """
    ports = _side(doc, group_id, output)
    port = _at(doc, group_id, ports, index)
    ports[index] = replace(port, name=name.strip())
    return _shown(doc, group_id, ports, output, f"Rename port {port.name} to {ports[index].name}")


def move_port(doc: Document, group_id: GroupId, index: int, to: int, *, output: bool) -> Patch:
    """A port that a group shows to another place among those of its side.

    Raises:
        Refused: for a group or a port that isn't there.
    """
    ports = _side(doc, group_id, output)
    port = _at(doc, group_id, ports, index)
    ports.insert(min(max(to, 0), len(ports) - 1), ports.pop(index))
    return _shown(doc, group_id, ports, output, f"Move port {port.name} of {doc.groups[group_id].name}")


def expose(
    doc: Document, group_id: GroupId, node: NodeId, port: str, *, output: bool, name: str | None = None
) -> Patch:
    """A port of a node in a group shown by the group too, whether a wire leads there or not.

    Raises:
        Refused: for a group, a node or a port that isn't there or isn't in the group, or a name that can't be.
    """
    ports = _side(doc, group_id, output)
    if node not in doc.nodes:
        raise Refused(Reason.UNKNOWN_NODE, f"There is no node {node} in this network.")
    title = f"Show {doc.nodes[node].name}.{port}"
    if any((old.node, old.port) == (node, port) for old in ports):
        return _shown(doc, group_id, ports, output, title)
    if name is None:
        (fresh,) = exposed(doc, [(node, port)], (old.name for old in ports))
    else:
        fresh = Exposed(name.strip(), node, port)
    problem = port_problem(doc, group_id, fresh, output)
    if problem is not None:
        raise Refused(Reason.GROUP, problem)
    return _shown(doc, group_id, [*ports, fresh], output, title)


def hide_port(doc: Document, group_id: GroupId, index: int, *, output: bool) -> Patch:
    """A port not shown by a group any more.

    Raises:
        Refused: for a group or a port that isn't there, or one at which a wire crosses the border.
    """
    ports, shown = _side(doc, group_id, output), interface(doc, group_id)
    port = _at(doc, group_id, ports, index)
    if shown.is_wired(port, output):
        raise Refused(Reason.GROUP, f"“{port.name}” has a wire. Take the wire away first, then the port can be hidden.")
    del ports[index]
    return _shown(doc, group_id, ports, output, f"Hide port {port.name} of {doc.groups[group_id].name}")


def hidden_ports(doc: Document, group_id: GroupId, *, output: bool) -> list[tuple[NodeId, str]]:
    """The ports of a group's nodes that it doesn't show on a side though it could, from left to right.

    Inputs that a node of the group feeds already are none of them.
    """
    shown = {(port.node, port.port) for port in interface(doc, group_id).side(output)}
    found = []
    for i in sorted(all_members(doc, group_id), key=lambda i: (doc.nodes[i].x, doc.nodes[i].y, i)):
        node = doc.nodes[i]
        fed = frozenset() if output else frozenset(wire.input for wire in doc.wires_into(i))
        free = [port.name for port in node.output_ports()] if output else _free(node, fed)
        found += [(i, port) for port in free if (i, port) not in shown]
    return found


def _free(node: Node, fed: frozenset[str]) -> list[str]:
    return [port.name for port in node.input_ports() if port.many or port.name not in fed]


def _side(doc: Document, group_id: GroupId, output: bool) -> list[Exposed]:
    group_of(doc, group_id)
    return list(interface(doc, group_id).side(output))


def _at(doc: Document, group_id: GroupId, ports: Sequence[Exposed], index: int) -> Exposed:
    if not 0 <= index < len(ports):
        name = doc.groups[group_id].name
        raise Refused(Reason.GROUP, f"“{name}” has no port {index + 1} on that side; it has {len(ports)}.")
    return ports[index]


def _shown(doc: Document, group_id: GroupId, ports: Sequence[Exposed], output: bool, title: str) -> Patch:
    record = doc.groups[group_id]
    fresh = sound(replace(record, outputs=tuple(ports)) if output else replace(record, inputs=tuple(ports)))
    return Patch(title, groups={} if fresh == record else {group_id: fresh})
