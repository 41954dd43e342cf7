"""Wiring without a mouse: the wires a node may get, and those it has, as things to pick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QCoreApplication

from gradstudio.document import commands
from gradstudio.document.legality import why_not
from gradstudio.document.model import Document, Node, NodeId, Wire
from gradstudio.ui.bridge import Studio
from gradstudio.ui.quickpick import Pick

MOST_ASKED = 600
"""In a large network only so many pairs of ports are asked for, those of the nearest nodes."""
Ends = tuple[NodeId, str, NodeId, str]


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Wiring", text)


def wiring_picks(studio: Studio, node: NodeId) -> list[Pick]:
    """What can be connected to a node, the nearest first, and then what can be disconnected from it."""
    document = studio.document
    free = [ends for ends in _some(_pairs(document, node)) if why_not(document, *ends) is None]
    wires = {w.id: w for w in (*document.wires_into(node), *document.wires_out_of(node))}
    return [_connect(studio, node, ends) for ends in free] + [_cut(studio, node, wire) for wire in wires.values()]


def _some(pairs: Iterator[Ends]) -> Iterator[Ends]:
    for _, ends in zip(range(MOST_ASKED), pairs, strict=False):
        yield ends


def _pairs(document: Document, node: NodeId) -> Iterator[Ends]:
    """Pairs of an output and an input, one of them the node's, by the distance of the other."""
    here = document.nodes[node]
    others = sorted(document.nodes.values(), key=lambda n: (n.x - here.x) ** 2 + (n.y - here.y) ** 2)
    for other in others:
        if other.id != node:
            yield from ((node, out.name, other.id, i.name) for out in here.output_ports() for i in other.input_ports())
            yield from ((other.id, out.name, node, i.name) for out in other.output_ports() for i in here.input_ports())


def _connect(studio: Studio, node: NodeId, ends: Ends) -> Pick:
    def run() -> None:
        studio.do(lambda: commands.connect(studio.document, *ends))

    return _pick(studio.document, node, ends, "{}", run)


def _cut(studio: Studio, node: NodeId, wire: Wire) -> Pick:
    def run() -> None:
        studio.do(partial(commands.disconnect, studio.document, (wire.id,)))

    return _pick(studio.document, node, (wire.source, wire.output, wire.target, wire.input), say("Cut {}"), run)


def _pick(document: Document, node: NodeId, ends: Ends, title: str, run: Callable[[], None]) -> Pick:
    source, target = document.nodes[ends[0]], document.nodes[ends[2]]
    other = target if source.id == node else source
    words = f"{_end(source, ends[1], source.output_ports())} → {_end(target, ends[3], target.input_ports())}"
    return Pick(title.format(words), run, other.kind.title if other.known else other.gate)


def _end(node: Node, port: str, ports: tuple[object, ...]) -> str:
    return node.name if len(ports) == 1 else f"{node.name}.{port}"
