"""How smooth the window stays while it trains, and how soon it trains again after an edit.

    python -m benchmarks.latency --workloads a,d,edit_1000 --json FILE

Frames (a, b, d, f, g5 of `benchmarks.engine`, as documents): the real window with all its panels, and a timer of 60 Hz
whose intervals are measured while the session trains; in turn with a window that sleeps, whose steps a second are
compared. Edits (edit_1000, edit_100000): from an edit of a circuit of so many scalar gates (a value, a new node, a new
wire, a node less, and each taken back) to the end of the first training step of the edited circuit; and, as
edit_1000_shown, until the window shows it. On Qt's offscreen platform unless QT_QPA_PLATFORM says otherwise; each
workload takes the time it needs to open and at most about a minute. Rows: {"workload", "p50_ms", "p99_ms",
"throughput_share"}, the share null for edits. Of frames also {"held_p50_ms", "held_p99_ms", "held_max_ms"}: how long
one refresh of a panel, one snapshot taken or one painting of the window holds its thread; "late_p99_ms": how late the
canvas is painted after a frame was due; and "longest", the longest holds by what they are.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NotRequired, TypedDict

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ.pop("OPENBLAS_L2_SIZE", None)

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.documents import document
from benchmarks.engine.workloads import Workload, make
from benchmarks.holds import Frames, Holds, longest
from gradstudio.document import commands
from gradstudio.document.course import EMPTY
from gradstudio.document.model import Document, Node, NodeId, Patch, Wire
from gradstudio.training.snapshot import Snapshot
from gradstudio.training.threads import leave_a_core
from gradstudio.training.trainer import Trainer
from gradstudio.ui.collector import collected_at_rest
from gradstudio.ui.shot import make_window, settle
from gradstudio.ui.window import MainWindow

FRAMES = ("a", "b", "d", "f", "g5")
EDITS = {"edit_1000": "circuit:1000", "edit_100000": "circuit:100000"}
HZ = 60
SIZE = (1600, 1000)
READABLE = 0.8
"""Scale at which a large circuit is shown, so that its labels are there."""
PATIENCE = 120.0
"""Seconds a step may take to be shown."""
LONGEST = 45.0
"""Seconds after which no further turn of edits begins."""


class Row(TypedDict):
    """One workload measured."""

    workload: str
    p50_ms: float
    p99_ms: float
    throughput_share: float | None
    held_p50_ms: NotRequired[float]
    held_p99_ms: NotRequired[float]
    held_max_ms: NotRequired[float]
    late_p99_ms: NotRequired[float]
    longest: NotRequired[str]


def listen(frames: Frames, holds: Holds, seconds: float) -> list[float]:
    """Run the event loop for a while; the intervals between frames asked for, in milliseconds."""
    frames.rings.clear()
    holds.listening = True
    frames.start()
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()
    frames.stop()
    holds.listening = False
    return [1e3 * (after - before) for before, after in itertools.pairwise(frames.rings)]


@contextmanager
def opened(workload: Workload) -> Iterator[MainWindow]:
    """The real window with a workload in it, all panels open; a large circuit near enough to be read."""
    window = make_window(document(workload), workload.name, SIZE, "dark")
    window.show()
    window.docks.load_visible()
    settle(window)
    if window.canvas.scale() < READABLE:
        window.canvas.set_scale(READABLE)
        window.canvas.center_on(middle(window.studio.document))
    settle(window)
    try:
        yield window
    finally:
        window.close_now()
        window.deleteLater()
        QApplication.processEvents()


def middle(doc: Document) -> NodeId:
    """A node in the middle of a document."""
    nodes = list(doc.nodes)
    return nodes[len(nodes) // 2]


def measure_frames(name: str, seconds: float, rounds: int) -> Row:
    """Frame intervals beside training, what holds frames up, and the throughput left."""
    intervals: list[float] = []
    shares = []
    with opened(make(name)) as window:
        holds = Holds.of(window)
        frames = Frames(window.canvas, round(1000 / HZ))
        window.studio.train()
        listen(frames, holds, seconds / 2)
        frames.late.clear()
        holds.by_name.clear()
        for _ in range(rounds):
            speeds = [0.0, 0.0]
            for awake in (0, 1, 1, 0):
                time.sleep(0.1)
                start, before = time.perf_counter(), window.studio.session.step
                if awake:
                    intervals += listen(frames, holds, seconds)
                else:
                    time.sleep(seconds)
                speeds[awake] += (window.studio.session.step - before) / (time.perf_counter() - start)
            shares.append(speeds[1] / speeds[0])
            frames.asks = True
            intervals += listen(frames, holds, seconds)
            frames.asks = False
        window.studio.settle(stop=True)
        window.canvas.removeEventFilter(frames)
    row = _row(name, intervals, round(statistics.median(shares), 3))
    p50, p99, most = np.percentile(holds.all(), (50, 99, 100)).tolist()
    row["held_p50_ms"], row["held_p99_ms"], row["held_max_ms"] = round(p50, 2), round(p99, 2), round(most, 2)
    row["late_p99_ms"] = round(float(np.percentile(frames.late, 99)), 2)
    row["longest"] = longest(holds.by_name)
    return row


def measure_edits(name: str, rounds: int) -> list[Row]:
    """Milliseconds from an edit to the first step of the new graph, and until it is shown."""
    times: list[tuple[float, float]] = []
    with noted() as moments, opened(make(EDITS[name])) as window:
        studio = window.studio
        seen: list[Snapshot] = []
        studio.snapshotTaken.connect(seen.append)
        end = time.monotonic() + LONGEST
        for turn in range(-1, rounds):
            for edit in (change_value, add_node, add_wire, delete_node):
                patch = edit(studio.document)
                back = studio.document.inverse(patch)
                for do in (partial(studio.edit, patch), partial(studio.edit, back)):
                    measured = _until_trained(window, seen, moments, do)
                    times.append(measured)
            if time.monotonic() > end:
                break
            if turn < 0:
                times.clear()
        studio.settle(stop=True)
    made, shown = zip(*times, strict=True)
    return [_row(name, made, None), _row(f"{name}_shown", shown, None)]


@contextmanager
def noted() -> Iterator[dict[int, float]]:
    """The moment the first training step of each graph revision is done, by revision."""
    moments: dict[int, float] = {}

    move = Trainer._move

    def noting(self: Trainer) -> None:
        move(self)
        moments.setdefault(self.document.graph_revision, time.perf_counter())

    Trainer._move = noting  # type: ignore[method-assign]
    try:
        yield moments
    finally:
        Trainer._move = move  # type: ignore[method-assign]


def change_value(doc: Document) -> Patch:
    """Another value for a leaf."""
    leaf = next(iter(doc.nodes))
    return commands.set_param(doc, [leaf], "value", 0.1 + float(doc.revision % 7) / 7)


def add_node(doc: Document) -> Patch:
    """A gate more, fed by a gate in the middle."""
    source = middle(doc)
    node, wire = doc.new_id(), doc.new_id()
    made = Node(node, "tanh", f"more{node}", EMPTY, doc.nodes[source].x, doc.nodes[source].y + 90.0)
    return Patch("Add", {node: made}, {wire: Wire(wire, source, "z", node, "x")})


def add_wire(doc: Document) -> Patch:
    """A gate in the middle takes its first input from the first leaf."""
    return commands.connect(doc, next(iter(doc.nodes)), "value", middle(doc), "x", replace=True)


def delete_node(doc: Document) -> Patch:
    """A gate in the middle goes with its wires: what it fed isn't computed any more."""
    return commands.delete(doc, [middle(doc)])


def _until_trained(
    window: MainWindow, seen: list[Snapshot], moments: dict[int, float], do: Callable[[], object]
) -> tuple[float, float]:
    """Milliseconds from here until a step of what `do` has made is done, and until it is shown."""
    studio = window.studio
    seen.clear()
    start = time.perf_counter()
    do()
    studio.train(1)
    revision = studio.document.graph_revision
    while not any(shot.revision == revision and shot.step > 0 for shot in seen) or revision not in moments:
        QApplication.processEvents()
        if time.perf_counter() - start > PATIENCE:
            raise TimeoutError(f"no step within {PATIENCE:g} s")
    shown = time.perf_counter() - start
    settle(window)
    return 1e3 * (moments[revision] - start), 1e3 * shown


def _row(name: str, times: Sequence[float], share: float | None) -> Row:
    p50, p99 = np.percentile(times, (50, 99)).tolist()
    return {"workload": name, "p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "throughput_share": share}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.latency", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workloads", default=",".join((*FRAMES, *EDITS)), help="all by default")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of a turn")
    parser.add_argument("--rounds", type=int, default=4, help="of four turns, or of edits")
    parser.add_argument("--json", type=Path, help="write the rows here")
    asked = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    leave_a_core()
    app = QApplication.instance() or QApplication(["gradstudio"])  # timers need one
    rows = []
    for name in asked.workloads.split(","):
        with collected_at_rest():
            if name in EDITS:
                found = measure_edits(name, asked.rounds)
            else:
                found = [measure_frames(name, asked.seconds, asked.rounds)]
        gc.collect()  # the windows go before the application does
        for row in found:
            print("  ".join(f"{value}" for value in row.values()), flush=True)
        rows += found
    app.processEvents()
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
