"""What a file's groups, frames and comments are refused for: each refusal names its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradstudio.document.model import Comment, Document, Frame, Group, Node
from gradstudio.document.ordering import (
    comment_problem,
    frame_problem,
    group_findings,
    group_problem,
    port_problem,
)
from gradstudio.document.regions import GroupId
from gradstudio.files import limits
from gradstudio.files.errors import Invalid, shown
from gradstudio.files.rules import once


def check_records(
    nodes: Sequence[Node], groups: Sequence[Group], frames: Sequence[Frame], comments: Sequence[Comment]
) -> None:
    """Refuse what no document can hold at all: an id twice, a group that isn't there, groups in a circle.

    Raises:
        Invalid: with the place.
    """
    once([group.id for group in groups], "groups", "id")
    once([frame.id for frame in frames], "frames", "id")
    once([comment.id for comment in comments], "comments", "id")
    _refuse_shared(groups, frames, comments)
    parents = {group.id: group.parent for group in groups}
    for place, home in _homes(nodes, groups, frames, comments):
        if home is not None and home not in parents:
            raise Invalid("the id of a group", shown(home), place=place)
    for i, group in enumerate(groups):
        over = group.parent
        for _ in range(limits.NESTING - 1):
            over = None if over is None else parents[over]
        if over is not None:
            expected = f"groups that lie in each other at most {limits.NESTING} deep"
            raise Invalid(expected, "deeper ones, or a circle", place=f"groups[{i}].parent")


def check_document(
    document: Document, groups: Sequence[Group], frames: Sequence[Frame], comments: Sequence[Comment]
) -> None:
    """Refuse groups, frames and comments that no edit could lead to.

    Raises:
        Invalid: with the place.
    """
    for i, group in enumerate(groups):
        _check_ports(document, group, f"groups[{i}]")
        problem = group_problem(group)
        if problem is not None:
            raise Invalid("a group that can be", problem.rstrip("."), place=f"groups[{i}]")
    places = {group.id: f"groups[{i}]" for i, group in enumerate(groups)}
    for finding in group_findings(document):
        raise Invalid("a group that can be", finding.message.rstrip("."), place=places[finding.area or 0])
    for i, frame in enumerate(frames):
        problem = frame_problem(frame)
        if problem is not None:
            raise Invalid("a frame that can be", problem.rstrip("."), place=f"frames[{i}]")
    for i, comment in enumerate(comments):
        problem = comment_problem(comment)
        if problem is not None:
            raise Invalid("a comment that can be", problem.rstrip("."), place=f"comments[{i}]")


def _check_ports(document: Document, group: Group, place: str) -> None:
    for side, ports in (("inputs", group.inputs), ("outputs", group.outputs)):
        for i, port in enumerate(ports):
            problem = port_problem(document, group.id, port, side == "outputs")
            if problem is not None:
                raise Invalid("a port of a node in the group", problem.rstrip("."), place=f"{place}.{side}[{i}]")


def _refuse_shared(groups: Sequence[Group], frames: Sequence[Frame], comments: Sequence[Comment]) -> None:
    ids = [(group.id, f"groups[{i}]") for i, group in enumerate(groups)]
    ids += [(frame.id, f"frames[{i}]") for i, frame in enumerate(frames)]
    ids += [(comment.id, f"comments[{i}]") for i, comment in enumerate(comments)]
    taken: dict[int, str] = {}
    for known, place in ids:
        if taken.setdefault(known, place) != place:
            found = f"{known}, as in {taken[known]}"
            raise Invalid("an id no group, frame or comment has", found, place=f"{place}.id")


def _homes(
    nodes: Sequence[Node], groups: Sequence[Group], frames: Sequence[Frame], comments: Sequence[Comment]
) -> Iterator[tuple[str, GroupId | None]]:
    """Where something is said to lie, with the place in the file."""
    yield from ((f"nodes[{i}].group", node.group) for i, node in enumerate(nodes))
    yield from ((f"groups[{i}].parent", group.parent) for i, group in enumerate(groups))
    yield from ((f"frames[{i}].group", frame.group) for i, frame in enumerate(frames))
    yield from ((f"comments[{i}].group", comment.group) for i, comment in enumerate(comments))
