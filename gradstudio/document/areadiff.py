"""What differs between the groups, frames and comments of two networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from gradstudio.document.model import Document, Node
from gradstudio.document.pairing import Pairs, paired
from gradstudio.document.regions import Comment, Exposed, Frame, Group
from gradstudio.document.valuediff import Detail, Sign, told


@dataclass(frozen=True, slots=True)
class AreaDifference:
    """A group, frame or comment that isn't the same in both networks.

    Attributes:
        sign: on which side it is.
        kind: "group", "frame" or "comment".
        name: its name, title or first line.
        details: what has changed of it.
    """

    sign: Sign
    kind: str
    name: str
    details: tuple[Detail, ...] = ()

    @property
    def looks(self) -> bool:
        """Whether only the drawing differs: place, size, colour."""
        return bool(self.details) and all(detail.looks for detail in self.details)


class Areas:
    """The groups, frames and comments of two networks, paired."""

    def __init__(self, before: Document, after: Document, pairs: Pairs) -> None:
        self._before, self._after, self._nodes = before, after, pairs
        self._pairs: Pairs = {}
        for mine, others in self._kinds():
            keys = (lambda one: (one.id, _called(one)), _called, lambda one: one.id)
            self._pairs |= paired(mine.values(), others.values(), keys)

    def moved(self, node: Node, other: Node) -> Iterator[Detail]:
        """Whether a node lies in another group."""
        if self._partner(node.group) != other.group:
            yield Detail("group", self._group(self._before, node.group), self._group(self._after, other.group))

    def differences(self) -> Iterator[AreaDifference]:
        """What differs of them, kind by kind."""
        for mine, others in self._kinds():
            for i, one in mine.items():
                if i not in self._pairs:
                    yield AreaDifference(Sign.REMOVED, _kind(one), _called(one))
                elif details := tuple(self._details(one, others[self._pairs[i]])):
                    yield AreaDifference(Sign.CHANGED, _kind(one), _called(one), details)
            met = {self._pairs[i] for i in mine if i in self._pairs}
            yield from (AreaDifference(Sign.ADDED, _kind(o), _called(o)) for i, o in others.items() if i not in met)

    def _kinds(self) -> Iterator[tuple[Mapping[int, Any], Mapping[int, Any]]]:
        yield self._before.groups, self._after.groups
        yield self._before.frames, self._after.frames
        yield self._before.comments, self._after.comments

    def _details(self, one: Any, other: Any) -> Iterator[Detail]:
        for name in (field.name for field in fields(one) if field.name not in ("id", "origin")):
            old, new = getattr(one, name), getattr(other, name)
            if name in ("parent", "group"):
                if self._partner(old) != new:
                    yield Detail(name, self._group(self._before, old), self._group(self._after, new))
            elif name in ("inputs", "outputs"):
                if [(e.name, self._nodes.get(e.node), e.port) for e in old] != [(e.name, e.node, e.port) for e in new]:
                    yield Detail(name, _exposed(old), _exposed(new))
            elif old != new:
                yield Detail(name, told(old), told(new), looks=name not in ("name", "title", "text"))

    def _partner(self, area: int | None) -> int | None:
        return None if area is None else self._pairs.get(area, -1)

    def _group(self, doc: Document, group: int | None) -> str:
        return told(None) if group is None else doc.groups[group].name


def _kind(area: Group | Frame | Comment) -> str:
    return type(area).__name__.lower()


def _called(area: Group | Frame | Comment) -> str:
    match area:
        case Group():
            return area.name
        case Frame():
            return area.title
    return area.text.strip().partition("\n")[0]


def _exposed(ports: tuple[Exposed, ...]) -> str:
    return ", ".join(port.name for port in ports) or told(None)
