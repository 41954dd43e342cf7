"""Names for new nodes: x, y, z … or dense1, never one that is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradstudio.document.model import Document
from gradstudio.engine.gate import Gate


def unique_name(doc: Document, gate: type[Gate]) -> str:
    """A free name for a new node: the gate's own names in turn, then with a number; or its id with a number."""
    return next_name(gate.names, gate.id, lambda name: doc.named(name) is not None)


def next_name(names: Iterable[str], stem: str, taken: Callable[[str], bool]) -> str:
    """The first of the names that is free; where all are taken, the first of them (or the stem) with a number."""
    names = tuple(names)
    for name in names:
        if not taken(name):
            return name
    if names:
        return numbered(names[0], 2, taken)
    return numbered(f"{stem}_" if stem[-1:].isdigit() else stem, 1, taken)


def like(name: str, taken: Callable[[str], bool]) -> str:
    """The name itself if it is free, else its stem with another number: dense1 → dense2, x → x2."""
    if not taken(name):
        return name
    stem = name.rstrip("0123456789")
    return numbered(stem[:80], 2, taken) if stem else numbered(f"{name[:80]}_", 2, taken)


def numbered(stem: str, first: int, taken: Callable[[str], bool]) -> str:
    """The stem with a free number, the next one where they are taken in a row; quick with thousands taken."""
    last, stride = first - 1, 1
    while taken(f"{stem}{last + stride}"):
        last, stride = last + stride, stride * 2
    free = last + stride
    while free - last > 1:
        middle = (last + free) // 2
        last, free = (middle, free) if taken(f"{stem}{middle}") else (last, middle)
    return f"{stem}{free}"
