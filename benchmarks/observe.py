"""What it costs to look while training: `python -m benchmarks.observe` (`--workloads a,b`, `--json FILE`).

Each workload of `benchmarks.engine`, as a document, is trained by a session of its own, in turn with everything watched
(values, gradients and contributions on all wires, or on a screenful of a large circuit; gradient rows; how entries lie;
an activation; and what every panel looks at beside that: sheet, weights, updates, curves, boundary, health), a snapshot
taken 20 times a second, and with nothing watched; steps a second are compared in rounds.
Rows: {"workload", "cost_percent", "spread", "steps_per_second"}: the median, the middle half, and without watching.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ.pop("OPENBLAS_L2_SIZE", None)

from benchmarks.documents import document
from benchmarks.engine.workloads import TITLES, make
from gradstudio.document.model import Document, NodeId
from gradstudio.engine.gate import Category
from gradstudio.insight.boundary import BoundaryLook
from gradstudio.insight.curves import CurveLook
from gradstudio.insight.sheetlook import SheetLook
from gradstudio.insight.updates import UpdatesLook
from gradstudio.insight.vitals import Checkup
from gradstudio.insight.weights import WeightLook
from gradstudio.training.looks import Look
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Watch
from gradstudio.training.threads import leave_a_core


class Row(TypedDict):
    """One workload measured."""

    workload: str
    cost_percent: float
    spread: tuple[float, float]
    steps_per_second: float


HZ = 20
MOST_CURVES, BOUNDARY = 24, 48
"""Small curves at most, and cells of the boundary in each direction."""
SCREENFUL = 300
"""Nodes of a larger document that are in view."""
NOTHING = Watch(wires=False)


def everything(doc: Document) -> Watch:
    """All there is to see, or all of a screenful."""
    gates = [i for i, node in doc.nodes.items() if node.kind.category is Category.ACTIVATION]
    watch = Watch(rows=True, distributions=True, activation=gates[0] if gates else None, looks=looks(doc, gates))
    if len(doc.nodes) <= SCREENFUL:
        return watch
    last = list(doc.nodes)[-SCREENFUL:]
    links = (wire.id for node in last for wire in doc.wires_into(node))
    return replace(watch, nodes=frozenset(last), links=frozenset(links))


def looks(doc: Document, activations: Sequence[NodeId]) -> frozenset[Look]:
    """What the panels look at when all of them are open."""
    weights = [(i, w.name) for i, node in doc.nodes.items() for w in node.make().active_weights() if w.learned]
    curves = [CurveLook(i) for i in activations[:MOST_CURVES]]
    sheet = SheetLook(activations[0] if activations else list(doc.nodes)[-1])
    weight = [WeightLook(*weights[0])] if weights else []
    return frozenset((Checkup(), UpdatesLook(), BoundaryLook(side=BOUNDARY, whole=False), sheet, *weight, *curves))


def measure(name: str, seconds: float, rounds: int) -> Row:
    """One workload."""
    doc = document(make(name))
    watched = everything(doc)
    ways = NOTHING, watched
    session = Session(doc, NOTHING)
    try:
        session.start()
        _boundary(session)
        costs, bare = [], []
        for _ in range(rounds):
            there, back = ([_turn(session, watch, seconds) for watch in pair] for pair in (ways, ways[::-1]))
            idle, seen = there[0] + back[1], there[1] + back[0]
            costs.append(100 * (1 - seen / idle))
            bare.append(idle / 2)
    finally:
        session.close()
    low, cost, high = statistics.quantiles(costs, n=4)
    return {
        "workload": name,
        "cost_percent": round(cost, 2),
        "spread": (round(low, 2), round(high, 2)),
        "steps_per_second": round(statistics.median(bare), 1),
    }


def _turn(session: Session, watch: Watch, seconds: float) -> float:
    """Steps a second while this is watched, after a while of it."""
    session.watch = watch
    _run(session, seconds / 4)
    return _run(session, seconds)


def _run(session: Session, seconds: float) -> float:
    """Steps a second while snapshots are taken, if anything is watched."""
    start, first = _boundary(session)
    for tick in itertools.count(1):
        time.sleep(max(0.0, start + tick / HZ - time.perf_counter()))
        if session.watch is not NOTHING:
            session.take()
        if time.perf_counter() - start >= seconds:
            break
    end, last = _boundary(session)
    return (last - first) / (end - start)


def _boundary(session: Session) -> tuple[float, int]:
    """The moment a step ends, and its number."""
    before = session.step
    while session.step == before:
        time.sleep(0.0002)
    return time.perf_counter(), session.step


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.observe", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workloads", default=",".join(TITLES), help=f"of {', '.join(TITLES)}; all by default")
    parser.add_argument("--seconds", type=float, default=0.25, help="length of a turn")
    parser.add_argument("--rounds", type=int, default=25, help="of four turns: without, with, with, without")
    parser.add_argument("--json", type=Path, help="write the rows here")
    asked = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    leave_a_core()
    rows = []
    for name in asked.workloads.split(","):
        rows.append(measure(name, asked.seconds, max(2, asked.rounds)))
        print(
            "{workload:8} {cost_percent:6.2f} %  {spread}  {steps_per_second:,} steps/s".format(**rows[-1]), flush=True
        )
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
