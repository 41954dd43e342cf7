"""How two values differ, in words: numbers, texts, arrays, and texts that hold a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gradstudio.document.paramtext import MOST_ENTRIES, said
from gradstudio.engine.gate import Array, Value, shape_text
from gradstudio.engine.statistics import norm

LONGEST = 60
"""Signs of a value that are shown."""
NOTHING = "none"
_BEFORE = 12
"""Signs of a long text that are shown before the first one that differs."""


class Sign(StrEnum):
    """On which side something is: only in the second network, only in the first one, in both but not the same."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that differs.

    Attributes:
        name: of the param, setting or property.
        before: its value in the first network, as text.
        after: its value in the second one.
        looks: whether it changes only how the network is drawn.
        note: how far apart arrays are; empty for anything else.
    """

    name: str
    before: str
    after: str
    looks: bool = False
    note: str = ""


def value_details(name: str, old: Value, new: Value) -> Iterator[Detail]:
    """What differs of a param; of a text that holds a record, entry by entry."""
    if isinstance(old, str) and isinstance(new, str):
        yield from _texts(name, old, new)
    elif isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and old.shape == new.shape:
        size, largest, _ = apart(old, new)
        yield Detail(name, told(old), told(new), note=f"norm of the difference {size:.4g}, largest entry {largest:.4g}")
    else:
        yield Detail(name, told(old), told(new))


def apart(old: Array, new: Array) -> tuple[float, float, tuple[int, ...]]:
    """Of the difference of two arrays of one shape: its norm, its largest entry by size, and where that is."""
    with np.errstate(all="ignore"):
        difference = np.subtract(new, old, dtype=np.float64)
    if not difference.size:
        return 0.0, 0.0, ()
    at = np.unravel_index(int(np.argmax(np.abs(difference))), difference.shape)
    place = tuple(int(i) for i in at)
    return norm(difference), float(difference[place]), place


def told(value: object) -> str:
    """A value as text of one line, not too long; large arrays by their shape."""
    if value is None or (isinstance(value, str) and not value):
        return NOTHING
    if isinstance(value, np.ndarray):
        text = said(value) if value.size <= MOST_ENTRIES else ""
        return text if 0 < len(text) <= LONGEST else f"array {shape_text(value.shape)}"
    return _short(" ".join(said(value).split()))  # type: ignore[arg-type]


def _texts(name: str, old: str, new: str) -> Iterator[Detail]:
    records = _record(old), _record(new)
    if records[0] is None or records[1] is None:
        yield Detail(name, *_around_difference(old, new))
        return
    flat = [dict(_leaves(record)) for record in records]
    for key in dict.fromkeys((*flat[0], *flat[1])):
        pair = flat[0].get(key, ""), flat[1].get(key, "")
        if pair[0] != pair[1]:
            yield Detail(f"{name}: {key}", *_around_difference(*pair))


def _record(text: str) -> dict[str, object] | None:
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _leaves(value: object, way: str = "") -> Iterator[tuple[str, str]]:
    """The entries of a record with the way to each: ("preparation.scaling", "standard"); lists are one entry."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{way}.{key}" if way else str(key))
    else:
        yield way, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _around_difference(old: str, new: str) -> tuple[str, str]:
    """Both texts from shortly before the first sign that differs, where they are long."""
    if max(len(old), len(new)) <= LONGEST:
        return told(old), told(new)
    first = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, first - _BEFORE)
    lead = "…" if start else ""
    return lead + told(old[start:]), lead + told(new[start:])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
