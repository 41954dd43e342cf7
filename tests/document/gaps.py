"""What was compiled of a document that nodes have gone from, without the gaps they left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gradstudio.document.compile import Compiled
from gradstudio.document.recompile import Gap
from gradstudio.engine.graph import Graph, Slot


def closed(compiled: Compiled) -> Compiled:
    """The same without gaps: what is behind one moves up."""
    nodes = compiled.graph.nodes
    kept = [i for i, node in enumerate(nodes) if not isinstance(node.gate, Gap)]
    place = {old: new for new, old in enumerate(kept)}

    def moved(slot: Slot) -> Slot:
        return slot._replace(node=place[slot.node])

    def all_moved(slots: Iterable[Slot]) -> tuple[Slot, ...]:
        return tuple(map(moved, slots))

    rest = tuple(nodes[i]._replace(inputs=all_moved(nodes[i].inputs)) for i in kept)
    return replace(
        compiled,
        graph=Graph(rest, all_moved(compiled.graph.objective)),
        slots={key: moved(slot) for key, slot in compiled.slots.items()},
        wires={wire: (place[node], position) for wire, (node, position) in compiled.wires.items()},
        parameters={key: moved(slot) for key, slot in compiled.parameters.items()},
        state={key: moved(slot) for key, slot in compiled.state.items()},
        sources=tuple(replace(source, slots=all_moved(source.slots)) for source in compiled.sources),
        classifier=compiled.classifier and all_moved(compiled.classifier),  # type: ignore[arg-type]
        loss=all_moved(compiled.loss),
    )
