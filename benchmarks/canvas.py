"""How smooth the canvas is: milliseconds per frame, paint included, with live values on the wires.

    python -m benchmarks.canvas --nodes 5000 --json FILE

Layered random networks of N gates and about 1.5 N wires, 1600×1000 pixels, on Qt's offscreen platform unless
QT_QPA_PLATFORM says otherwise. Rows: {"nodes", "what", "median_ms", "p99_ms"}; memory: {"nodes", "what", "megabytes"},
of a process of its own with the whole window. Opening, and taking an edit back, end when it has been painted.

While somebody zooms or pans the canvas also paints what isn't shown yet, in slices. These hold up the window as frames
do: each turn of the event loop that does anything after a step, and in the rest after every fifteen steps, is a frame
of its own among those measured. "zoom step, its own frame" are the steps alone; "sharp after the wheel rests" is how
long it takes from the last step until the picture is sharp, the wait for the rest included.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

import gradstudio.gates
import gradstudio.ui.runbook  # noqa: F401 - a running studio has it loaded
from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.document.shapes import infer
from gradstudio.training.snapshot import Snapshot, Summary
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.collector import collected_at_rest
from gradstudio.ui.shot import make_window, settle

K = TypeVar("K")
SIZE = (1600, 1000)
PITCH = (260.0, 130.0)
STEPS = 60
TURN = 15
"""Steps in one direction; then the hand rests."""
PAUSE = 0.4
"""Seconds of such a rest."""
IDLE = 0.0003
"""Turns of the event loop shorter than this have done nothing."""
ONE_INPUT = ("sigmoid", "tanh", "relu", "exp", "negate")
TWO_INPUTS = ("add", "multiply", "max", "subtract")


def make_document(count: int, seed: int = 7) -> Document:
    """A network of this many gates in layers, each fed by one or two of the layers before it."""
    dice = random.Random(seed)
    rows = max(4, round(math.sqrt(count) * 1.1))
    nodes: dict[int, Node] = {}
    wires: dict[int, Wire] = {}
    for i in range(count):
        layer, row = divmod(i, rows)
        inputs = 0 if layer == 0 else dice.choice((1, 2))
        gate = "constant" if not inputs else dice.choice(ONE_INPUT if inputs == 1 else TWO_INPUTS)
        params = {} if inputs else {"value": np.array(dice.gauss(0, 0.1))}
        nodes[i + 1] = Node(i + 1, gate, f"n{i + 1}", params, layer * PITCH[0], row * PITCH[1])
        for port in "xy"[:inputs]:
            back = min(layer, 1 if dice.random() < 0.85 else dice.randint(1, 5))
            source = (layer - back) * rows + min(max(round(dice.gauss(row, 3.0)), 0), rows - 1)
            wire = count + len(wires) + 1
            output = "value" if layer == back else "z"
            wires[wire] = Wire(wire, source + 1, output, i + 1, port)
    document = Document()
    document.apply(Patch("Make", nodes, wires))
    return document


class LiveStudio(Studio):
    """A studio whose numbers the benchmark sets.

    Attributes:
        live: the snapshot shown, if any.
    """

    live: Snapshot | None = None

    def snapshot(self) -> Snapshot | None:
        """The numbers that were set."""
        return self.live or super().snapshot()


class PaintCount(QObject):
    """Counts the paint events of a widget."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's
        """Count one."""
        self.count += event.type() is QEvent.Type.Paint
        return False


class Bench:
    """One canvas with one network, and the rows measured on it."""

    def __init__(self, app: QApplication, count: int) -> None:
        self.app, self.count = app, count
        self.rows: list[dict[str, object]] = []
        document = make_document(count)
        gc.collect()
        start = time.perf_counter()
        self.studio = LiveStudio(document)
        self.view = CanvasView(self.studio)
        self.view.resize(*SIZE)
        self.view.show()
        self.paints = PaintCount()
        self.view.installEventFilter(self.paints)
        self._pump()
        self._note("build from a loaded document", [time.perf_counter() - start])
        self.studio.session.wait_idle(120)
        self._settle()
        self.middle = count // 2 + 1

    def run(self) -> list[dict[str, object]]:
        """Measure everything."""
        view = self.view
        self._at_one()
        self._moved("pan at 1:1", lambda i: view.pan(*_to_and_fro(i, 9, 7)))
        self._at_one()
        self._moved("zoom step at 1:1", lambda i: view.zoom(1.05 if (i // TURN) % 2 else 1 / 1.05), sharpens=True)
        view.zoom_to_fit()
        self._timed("full frame, zoom to fit", lambda _: view.update())
        self._timed("pan, zoom to fit", lambda i: view.pan(*_to_and_fro(i, 6, 4)))
        self._drag()
        self._labels()
        self._edits()
        self._file()
        whole = subprocess.run(
            (sys.executable, "-m", "benchmarks.canvas", "--resident", str(self.count)), check=True, capture_output=True
        )
        what = {"nodes": self.count, "what": "resident memory, whole studio"}
        self.rows.append(what | {"megabytes": float(whole.stdout)})
        return self.rows

    def close(self) -> None:
        """End the session's thread."""
        self.studio.close()
        self.view.close()

    def _drag(self) -> None:
        self._at_one()
        at = self.view.to_view(self.view.node_rect(self.middle).center())
        self._mouse(QEvent.Type.MouseButtonPress, at)

        def step(i: int) -> None:
            nonlocal at
            at += QPointF(*_to_and_fro(i, 10, 10))
            self._mouse(QEvent.Type.MouseMove, at)

        self._timed("drag a node with its wires", step)
        self.view.cancel_gesture()

    def _labels(self) -> None:
        self._at_one()
        snapshot = self.studio.snapshot()
        assert snapshot is not None, "the network has not been computed"
        dice = np.random.default_rng(0)

        def numbers(old: Mapping[K, Summary]) -> Mapping[K, Summary]:
            fresh = dice.standard_normal(len(old))
            return {key: s._replace(low=value) for (key, s), value in zip(old.items(), fresh.tolist(), strict=True)}

        ticks = []
        for _ in range(8):
            contributions = numbers(snapshot.contributions)
            ticks.append(replace(snapshot, values=numbers(snapshot.values), contributions=contributions))

        def tick(i: int) -> None:
            self.studio.live = ticks[i % len(ticks)]
            self.studio.snapshotTaken.emit(self.studio.live)

        self._timed("visible labels refreshed at 20 Hz, per tick", tick)
        self.studio.live = None

    def _edits(self) -> None:
        """Deleting a node and taking that back; and what an edit costs before anything of it is shown."""
        self._at_one()
        studio = self.studio

        def undo(_: int) -> Callable[[], object]:
            studio.do(commands.delete(studio.document, [self.middle]))
            self._settle()
            return studio.undo

        self._once("undo", undo)
        twin = studio.document.copy()
        infer(twin)

        def edit(i: int) -> Callable[[], object]:
            wire = twin.wires_into(self.middle + i)[0]
            twin.apply(commands.disconnect(twin, [wire.id]))
            infer(twin)
            return lambda: (twin.apply(commands.connect(twin, *wire.ends)), infer(twin))

        self._once("validate and infer after an edit", edit, painted=False)

    def _file(self) -> None:
        """Saving, and opening what was saved."""
        studio = self.studio
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "network.grad"
            self._once("save", lambda _: lambda: studio.save(path), rounds=5, painted=False)
            self._once("open a file", lambda _: lambda: studio.open_document(files.read(path), path), rounds=5)

    def _once(
        self, what: str, prepare: Callable[[int], Callable[[], object]], *, rounds: int = 20, painted: bool = True
    ) -> None:
        """Measure single actions, each prepared anew."""
        times = []
        for i in range(rounds):
            act = prepare(i)
            gc.collect()
            start = time.perf_counter()
            act()
            if painted:
                self._pump()
            times.append(time.perf_counter() - start)
            self._settle()
        self._note(what, times)

    def _at_one(self) -> None:
        self.view.set_scale(1.0)
        self.view.center_on(self.middle)
        self._settle()

    def _mouse(self, kind: QEvent.Type, at: QPointF) -> None:
        moved = kind is QEvent.Type.MouseMove
        button = Qt.MouseButton.NoButton if moved else Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, at, at, QPointF(self.view.mapToGlobal(QPoint(0, 0))) + at, button,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(self.view, event)

    def _timed(self, what: str, step: Callable[[int], object]) -> None:
        gc.collect()
        times = []
        for i in range(-3, STEPS):
            start = time.perf_counter()
            step(i + 3)
            self._pump()
            if i >= 0:
                times.append(time.perf_counter() - start)
        self._note(what, times)

    def _moved(self, what: str, step: Callable[[int], object], *, sharpens: bool = False) -> None:
        """Measure steps as a hand makes them, all that the canvas does between and after them included."""
        gc.collect()
        own: list[float] = []
        frames: list[float] = []
        sharp: list[float] = []
        for i in range(STEPS):
            start = time.perf_counter()
            step(i)
            self._pump()
            own.append(time.perf_counter() - start)
            if i % TURN == TURN - 1:
                after, blurred = self._turns(PAUSE)
                frames += after
                sharp.append(blurred)
        self._note(what, own + frames)
        if sharpens:
            self._note("zoom step, its own frame", own)
            self._note("sharp after the wheel rests", sharp)

    def _turns(self, seconds: float) -> tuple[list[float], float]:
        """How long each turn of the event loop takes that does something, and for how long the picture isn't sharp."""
        turns, blurred, begin = [], 0.0, time.monotonic()
        while time.monotonic() - begin < seconds:
            start = time.perf_counter()
            self.app.processEvents()
            turn = time.perf_counter() - start
            if turn > IDLE:
                turns.append(turn)
            else:
                time.sleep(0.0005)
            if self.view.stretch.active:
                blurred = time.monotonic() - begin
        return turns, blurred

    def _note(self, what: str, seconds: list[float]) -> None:
        ranked = sorted(seconds)
        late = ranked[min(len(ranked) - 1, math.ceil(0.99 * len(ranked)) - 1)]
        row = {"nodes": self.count, "what": what}
        self.rows.append(row | {"median_ms": _ms(statistics.median(ranked)), "p99_ms": _ms(late)})

    def _pump(self, patience: float = 2.0) -> None:
        """Run the event loop until something was painted."""
        before, start = self.paints.count, time.perf_counter()
        self.app.processEvents()
        while self.paints.count == before and time.perf_counter() - start < patience:
            self.app.processEvents()

    def _settle(self) -> None:
        for _ in range(10):
            self.app.processEvents()
            time.sleep(0.01)


def _to_and_fro(i: int, x: int, y: int) -> tuple[int, int]:
    sign = 1 if (i // TURN) % 2 else -1
    return sign * x, sign * y


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 2)


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def _print_resident(count: int) -> None:
    """The memory of a process with the whole window and a network in it."""
    window = make_window(make_document(count), "", SIZE, "dark")
    window.show()
    settle(window)
    print(_megabytes())
    window.close_now()


def main() -> None:
    """Measure and print, and write the rows where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1000, 5000, 10000])
    parser.add_argument("--json", type=Path, help="write the rows here")
    parser.add_argument("--resident", type=int, metavar="NODES", help="only the memory of the whole studio, in MB")
    options = parser.parse_args()
    app = QApplication([])
    if options.resident:
        _print_resident(options.resident)
        return
    rows: list[dict[str, object]] = []
    with collected_at_rest():
        for count in options.nodes:
            bench = Bench(app, count)
            rows += bench.run()
            bench.close()
    for row in rows:
        print("  ".join(f"{value}" for value in row.values()))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
