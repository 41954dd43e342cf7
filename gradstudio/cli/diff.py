"""`gradstudio diff`: what differs between two networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gradstudio.cli import networks
from gradstudio.cli.output import console, number, print_json
from gradstudio.document.difference import difference
from gradstudio.document.valuediff import Sign
from gradstudio.engine.gate import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gradstudio.document.difference import ArrayDifference, Difference, NodeDifference
    from gradstudio.document.valuediff import Detail

MARKS = {Sign.ADDED: ("+", "green"), Sign.REMOVED: ("−", "red"), Sign.CHANGED: ("~", "yellow")}
SAME, DIFFERENT = 0, 1


def diff_files(before: Path, after: Path, *, as_json: bool) -> int:
    """Compare two networks; returns 0 where they are the same, 1 where they differ."""
    found = difference(networks.without_data(before), networks.without_data(after))
    if as_json:
        print_json(report(found))
    else:
        _print(found)
    return SAME if found.same else DIFFERENT


def report(found: Difference) -> dict[str, object]:
    """The differences as docs/command-line.md promises them."""
    return {
        "same": found.same,
        "looks_only": found.looks_only,
        "nodes": [_node(one) for one in found.nodes],
        "wires": [{"sign": one.sign.value, "wire": one.text} for one in found.wires],
        "areas": [
            {"sign": one.sign.value, "kind": one.kind, "name": one.name, "details": _details(one.details)}
            for one in found.areas
        ],
        "settings": _details(found.settings),
        "training": _details(found.training),
        "parameters": [_array(one) for one in found.arrays],
    }


def _node(one: NodeDifference) -> dict[str, object]:
    return {
        "sign": one.sign.value,
        "name": one.node.name,
        "gate": one.node.gate,
        "details": _details(one.details),
    }


def _details(details: Iterable[Detail]) -> list[dict[str, object]]:
    return [{"name": d.name, "before": d.before, "after": d.after, "looks": d.looks} for d in details]


def _array(one: ArrayDifference) -> dict[str, object]:
    return {
        "sign": one.sign.value,
        "name": one.name,
        "before": one.before,
        "after": one.after,
        "norm": one.norm,
        "largest": one.largest,
        "at": one.at if one.largest is not None else None,
    }


def _print(found: Difference) -> None:
    out = console()
    if found.same:
        out.print("The networks are the same.")
        return
    for title, lines in _sections(found):
        if lines:
            out.print(Text(title, style="bold"))
            for line in lines:
                out.print(line, soft_wrap=True)
    if found.looks_only:
        out.print("Only how they are drawn differs.")


def _sections(found: Difference) -> Iterator[tuple[str, list[Text]]]:
    yield "Nodes", [line for one in found.nodes for line in _node_lines(one)]
    yield "Wires", [_line(one.sign, one.text + (" (led another way)" if one.looks else "")) for one in found.wires]
    yield (
        "Groups, frames and comments",
        [
            line
            for one in found.areas
            for line in (_line(one.sign, f"{one.kind} “{one.name}”"), *map(_detail, one.details))
        ],
    )
    yield "Settings", [_detail(detail) for detail in found.settings]
    yield "Training", [_detail(detail) for detail in found.training]
    yield "Parameters", [_line(one.sign, _told(one)) for one in found.arrays]


def _node_lines(one: NodeDifference) -> list[Text]:
    gate = one.node.kind.title if one.node.known else one.node.gate
    return [_line(one.sign, f"{one.node.name} ({gate})"), *map(_detail, one.details)]


def _line(sign: Sign, text: str) -> Text:
    mark, colour = MARKS[sign]
    return Text(f"  {mark} ", style=colour).append(text, style="default")


def _detail(detail: Detail) -> Text:
    note = f" ({detail.note})" if detail.note else ""
    return Text(f"      {detail.name}: {detail.before} → {detail.after}{note}")


def _told(one: ArrayDifference) -> str:
    if one.before is None or one.after is None:
        return f"{one.name} {shape_text(one.before or one.after or ())}"
    if one.norm is None:
        return f"{one.name} {shape_text(one.before)} → {shape_text(one.after)}"
    at = f" at [{', '.join(map(str, one.at))}]" if one.at else ""
    largest = f"largest entry {number(one.largest)}{at}"
    return f"{one.name} {shape_text(one.after)}: norm of the difference {number(one.norm)}, {largest}"
