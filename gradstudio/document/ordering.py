"""What groups, frames and comments may be like: asked of single records before an edit, and of a whole document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradstudio.document.bounds import LONGEST_TEXT, color_problem, name_problem, note_problem, place_problem
from gradstudio.document.bounds import size_problem as _size_problem
from gradstudio.document.model import Document, Node
from gradstudio.document.nesting import chain, lies_in
from gradstudio.document.reasons import Finding, Reason
from gradstudio.document.regions import Comment, Exposed, Frame, Group, GroupId

DEEPEST = 20
"""So many groups may lie in each other."""
MOST_PORTS = 1000
"""So many ports may be named on one side of a group."""


def group_problem(group: Group) -> str | None:
    """Why a group can't be like this, whatever lies in it, in a sentence; None where it can."""
    problem = (
        name_problem(group.name, "group") or color_problem(group.color) or place_problem(group.x, group.y, "group")
    )
    return problem or _ports_problem(group.inputs, "input") or _ports_problem(group.outputs, "output")


def frame_problem(frame: Frame) -> str | None:
    """Why a frame can't be like this, in a sentence; None where it can."""
    title = name_problem(frame.title, "frame") if frame.title else None
    size = _size_problem(frame.x, frame.y, frame.width, frame.height, "frame")
    return title or color_problem(frame.color) or size


def comment_problem(comment: Comment) -> str | None:
    """Why a comment can't be like this, in a sentence; None where it can."""
    text = note_problem(comment.text, "comment", LONGEST_TEXT)
    size = _size_problem(comment.x, comment.y, comment.width, comment.height, "comment")
    return text or color_problem(comment.color) or size


def port_problem(doc: Document, group: GroupId, port: Exposed, output: bool) -> str | None:
    """Why a group can't show this port, in a sentence; None where it can."""
    node = doc.nodes.get(port.node)
    if node is None:
        return f"“{port.name}” is a port of node {port.node}, which isn't there."
    if not lies_in(doc, node.id, group):
        return f"“{port.name}” is a port of “{node.name}”, which doesn't lie in the group."
    if not has_port(node, port.port, output):
        return f"“{node.name}” has no {'output' if output else 'input'} “{port.port}” that could be shown."
    return None


def has_port(node: Node, name: str, output: bool) -> bool:
    """Whether a node has a port; of a gate that isn't known here that can't be told, so it has."""
    if not node.known:
        return True
    try:
        ports = node.output_ports() if output else node.input_ports()
    except Exception:  # noqa: BLE001 - a gate class may be anybody's
        return True
    return any(port.name == name for port in ports)


def depth_problem(doc: Document, group: GroupId) -> str | None:
    """Why a group can't lie as deep as it does, in a sentence; None where it can."""
    if len(chain(doc, group)) <= DEEPEST:
        return None
    return f"Groups can lie in each other {DEEPEST} deep; “{doc.groups[group].name}” lies deeper."


def group_findings(doc: Document) -> Iterator[Finding]:
    """What is wrong with the groups of a document."""
    held = {over for i in doc.groups if doc.members(i) for over in chain(doc, i)}
    for i, group in doc.groups.items():
        problem = group_problem(group) or depth_problem(doc, i) or _misplaced(doc, group)
        if problem is None and i not in held:
            problem = "There is no node in it."
        if problem is not None:
            yield Finding(0, f"“{group.name}”: {problem}", Reason.GROUP, area=i)


def remark_findings(doc: Document) -> Iterator[Finding]:
    """What is wrong with the frames and comments of a document."""
    for frame in doc.frames.values():
        problem = frame_problem(frame)
        if problem is not None:
            yield Finding(0, problem, Reason.REMARK, area=frame.id)
    for comment in doc.comments.values():
        problem = comment_problem(comment)
        if problem is not None:
            yield Finding(0, problem, Reason.REMARK, area=comment.id)


def _misplaced(doc: Document, group: Group) -> str | None:
    for ports, output in ((group.inputs, False), (group.outputs, True)):
        for port in ports:
            problem = port_problem(doc, group.id, port, output)
            if problem is not None:
                return problem
    return None


def _ports_problem(ports: Iterable[Exposed], what: str) -> str | None:
    names: set[str] = set()
    keys: set[tuple[int, str]] = set()
    for port in ports:
        problem = name_problem(port.name, "port")
        if problem is not None:
            return problem
        if port.name in names:
            return f"Two {what}s of a group can't both be named “{port.name}”."
        if (port.node, port.port) in keys:
            return f"The {what} “{port.port}” of node {port.node} is there twice."
        names.add(port.name)
        keys.add((port.node, port.port))
    return None if len(names) <= MOST_PORTS else f"A group names at most {MOST_PORTS} {what}s; this has {len(names)}."
