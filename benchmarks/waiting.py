"""How long training waits for its batches: `python -m benchmarks.waiting` (`--networks NAMES`, `--json FILE`).

The share of a step's time that goes into choosing samples and putting them where the network reads them: of networks
whose data lies in memory. `benchmarks.large_data` measures the same of data that doesn't fit there.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from gradstudio.accelerate import accelerated
from gradstudio.cli import networks
from gradstudio.cli.newnet import network_for
from gradstudio.cli.options import PreparingOptions, ReadingOptions
from gradstudio.cli.owndata import record_for
from gradstudio.document.model import Document
from gradstudio.training.trainer import Trainer

STEPS, WARM = 500, 50
NETWORKS = ("fashion-mlp", "fashion-cnn", "digits", "wine")
"""Examples, and shipped tables, which get a small network."""


class Waits:
    """A trainer whose batches are timed.

    Attributes:
        each: seconds of every wait.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.each: list[float] = []
        self._trainer, self._begin = trainer, trainer._begin
        trainer._begin = self._timed  # type: ignore[method-assign]

    def _timed(self) -> None:
        start = time.perf_counter()
        self._begin()
        self.each.append(time.perf_counter() - start)

    def measure(self, steps: int) -> dict[str, float]:
        """Make so many steps: the share of their time, that of a usual step (of medians), and the longest wait."""
        self.each.clear()
        times = [time.perf_counter(), *(time.perf_counter() for _ in self._trainer.run(steps))]
        took = [end - start for start, end in itertools.pairwise(times)]
        return {
            "steps_per_second": steps / sum(took),
            "share_waiting": sum(self.each) / sum(took),
            "usual_share_waiting": statistics.median(self.each) / statistics.median(took),
            "longest_wait": max(self.each),
        }


def network(name: str) -> Document:
    """An example, or a small network for a shipped table."""
    if networks.is_line(name):
        return network_for("64-relu", record_for(name, ReadingOptions(), PreparingOptions()))[0]
    return networks.read(Path(name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.waiting", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", default=",".join(NETWORKS), help=f"{', '.join(NETWORKS)}; all by default")
    parser.add_argument("--json", type=Path, help="write the rows here")
    asked = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    rows: list[dict[str, object]] = []
    with accelerated(0.0):
        for name in asked.networks.split(","):
            waits = Waits(Trainer(network(name)))
            waits.measure(WARM)
            found = waits.measure(STEPS)
            rows.append({"network": name} | found)
            usual, whole = found["usual_share_waiting"], found["share_waiting"]
            print(f"{name:14} {usual:6.1%} of a usual step, {whole:6.1%} of all; longest {found['longest_wait']:.4f} s")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
