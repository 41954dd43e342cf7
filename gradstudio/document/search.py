"""Finding nodes by what somebody types: name, kind, parameters, shapes, notes; and groups by name.

Every word must be found somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gradstudio.document.model import Document, Node, NodeId
from gradstudio.document.nesting import all_members
from gradstudio.document.params import label
from gradstudio.document.places import Place
from gradstudio.document.regions import GroupId
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import Value, shape_text

_MOST_ENTRIES = 4
"""Arrays of more entries are found by their shape alone."""
_TIMES = re.compile(r"(?<=\d)\s*[x*]\s*(?=\d)")
_EQUALS = re.compile(r"\s*=\s*")
NAME, KIND, PARAM, SHAPE, NOTE, STATE = "name", "kind", "parameter", "shape", "note", "state"
GROUP = "group"
"""What every group is found by, besides its name."""
_WORTH = {NAME: 40, KIND: 20, PARAM: 15, SHAPE: 12, NOTE: 10, STATE: 8}


@dataclass(frozen=True, slots=True)
class Facet:
    """Something a node is found by.

    Attributes:
        what: `NAME`, `KIND`, `PARAM`, `SHAPE`, `NOTE` or `STATE`.
        text: as it is shown.
        plain: as it is searched.
    """

    what: str
    text: str
    plain: str


@dataclass(frozen=True, slots=True)
class Found:
    """A node or a group that answers.

    Attributes:
        node: its id; of a group, the first node in it.
        why: what it was found by besides its name; empty where the name says it all.
        points: how well it answers.
        group: id of the group; None for a node.
    """

    node: NodeId
    why: str
    points: int
    group: GroupId | None = None


class Index:
    """All that the nodes of a document, as it is now, are found by."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.revision = document.revision
        places = infer(document).places
        self._facets = {node.id: tuple(facets(node, places[node.id])) for node in document.nodes.values()}
        self._groups = {i: (_facet(NAME, group.name), _facet(KIND, GROUP)) for i, group in document.groups.items()}

    def find(self, query: str) -> list[Found]:
        """The nodes and groups that answer to a query, the best first, equally good ones from left to right."""
        words = _words(query)
        found = [hit for node, known in self._facets.items() if words and (hit := _hit(node, known, words)) is not None]
        for group, known in self._groups.items() if words else ():
            first = min(all_members(self.document, group))
            if (hit := _hit(first, known, words)) is not None:
                found.append(replace(hit, group=group))
        nodes = self.document.nodes
        found.sort(key=lambda hit: (-hit.points, hit.group is None, nodes[hit.node].x, nodes[hit.node].y))
        return found


def facets(node: Node, place: Place) -> Iterator[Facet]:
    """What a node is found by."""
    yield _facet(NAME, node.name)
    if node.known:
        kind = node.kind
        yield _facet(KIND, kind.title, kind.id, kind.category.value, *kind.keywords)
        for name, param in kind.params.items():
            value = _value_text(node.params.get(name, param.default))
            if value:
                yield _facet(PARAM, f"{label(kind, name)} = {value}", f"{name}={value}")
    else:
        yield _facet(KIND, node.gate)
    for port, shape in zip(place.outputs, place.shapes, strict=True):
        if shape is not None:
            yield _facet(SHAPE, f"{port.name} {shape_text(shape)}")
    if node.note:
        yield _facet(NOTE, " ".join(node.note.split()))
    for state in (
        node.color,
        "muted" if node.muted else "",
        "frozen" if node.frozen else "",
        "problem" if place.finding is not None else "",
    ):
        if state:
            yield _facet(STATE, state)


def _facet(what: str, text: str, *more: str) -> Facet:
    return Facet(what, text, "\n".join(_plain(words) for words in (text, *more)))


def _value_text(value: Value) -> str:
    if isinstance(value, np.ndarray):
        if value.size > _MOST_ENTRIES:
            return shape_text(value.shape)
        entries = ", ".join(f"{entry:g}" for entry in value.ravel().tolist())
        return f"[{entries}]" if value.ndim else entries
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)


def _words(query: str) -> list[str]:
    return _plain(query).split()


def _plain(text: str) -> str:
    """Small letters; "units = 100" as "units=100", "300 x 2" as "300×2", − as -."""
    return _EQUALS.sub("=", _TIMES.sub("×", text.casefold().replace("−", "-")))


def _hit(node: NodeId, known: tuple[Facet, ...], words: list[str]) -> Found | None:
    points, why = 0, ""
    for word in words:
        best = max(((_points(facet, word), facet) for facet in known), key=lambda pair: pair[0])
        if not best[0]:
            return None
        points += best[0]
        if best[1].what != NAME:
            why = best[1].text
    return Found(node, why, points)


def _points(facet: Facet, word: str) -> int:
    """How well a facet answers to a word: whole, at the beginning of a word, anywhere; 0 where it doesn't."""
    at = facet.plain.find(word)
    if at < 0:
        return 0
    worth = _WORTH[facet.what]
    if facet.plain == word:
        return worth + 20
    begins = at == 0 or not facet.plain[at - 1].isalnum()
    return worth + (10 if at == 0 else 5 if begins else 0)
