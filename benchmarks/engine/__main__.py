"""The engine side by side with its peers.

    python -m benchmarks.engine --workloads a,b --peers gradstudio,torch:eager,jax --json FILE

prints for each workload the median time of a training step of each peer, and how long ours takes relative to each and
to the floor. Every peer is a process of its own; all take turns, and ratios are taken within a round. The exit code is
1 if the peers don't compute the same losses. Rows of --json: {"workload", "peer", "median_us", "ratio"}, the ratio
being to PyTorch eager, and some keys more. With --scaling it shows how our own cost grows instead.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.engine.environment import Environment, default_folder
from benchmarks.engine.peers import DEFAULT, FLOOR, OURS, PEERS
from benchmarks.engine.report import machine, markdown, notes, rows, tables, write_page
from benchmarks.engine.rounds import Options, Outcome, measure
from benchmarks.engine.scaling import growth_table, measure_growth
from benchmarks.engine.workloads import TITLES

PIPED = 120
"""Columns of what is printed where it is no terminal."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line, understood."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.engine", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--workloads", type=_names(TITLES), default=list(TITLES), help=f"of {', '.join(TITLES)}; all by default")
    add(
        "--peers", type=_names(PEERS), default=list(DEFAULT),
        help=f"of {', '.join(PEERS)}; or all; by default {', '.join(DEFAULT)}. The floor comes with {OURS}",
    )  # fmt: skip
    add("--rounds", type=_count, default=7, help="how often each peer has its turn")
    add("--seconds", type=float, default=0.4, help="length of a turn")
    add("--threads", type=_count, default=1, help="threads of every library; with one, all run on the first core")
    add("--build-timeout", type=float, default=300.0, help="seconds a peer may take to get ready")
    add("--peers-env", type=Path, default=None, help=f"folder of the peers' environment; {default_folder()}")
    add("--json", type=Path, help="write the rows here")
    add("--markdown", type=Path, help="write the table here as a page, or between the marks of the page that is there")
    add("--scaling", action="store_true", help="how our cost grows with gates, layers and batch")
    add("--largest", type=_count, default=1_000_000, help="the largest size looked at with --scaling")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; returns the exit code."""
    asked = parse(sys.argv[1:] if arguments is None else arguments)
    console = Console(width=None if sys.stdout.isatty() else PIPED)
    progress = Console(stderr=True, highlight=False, style="dim")
    peers = [OURS] if asked.scaling else _with_floor(asked.peers)
    environment = Environment(asked.peers_env or default_folder(), progress.print)
    options = Options(
        rounds=asked.rounds,
        seconds=asked.seconds,
        threads=asked.threads,
        build_patience=asked.build_timeout,
        pythons={name: str(environment.python) if PEERS[name].packages else sys.executable for name in peers},
        absent=environment.provide(PEERS[name] for name in peers),
        tell=progress.print,
    )
    if asked.scaling:
        grown = list(measure_growth(options, asked.largest))
        console.print(growth_table(grown))
        _write_json(asked.json, grown)
        return 0
    outcomes = []
    for name in asked.workloads:
        outcomes.append(measure(name, peers, options))
        _write_json(asked.json, [row for outcome in outcomes for row in rows(outcome)])
    return conclude(outcomes, peers, asked, console)


def conclude(outcomes: list[Outcome], peers: list[str], asked: argparse.Namespace, console: Console) -> int:
    """Show the table; 1 if losses differ."""
    console.print(machine(asked.threads))
    console.print("One training step, and × how long GradStudio takes relative to the peer:")
    for piece in tables(outcomes, peers, console):
        console.print(piece)
    for note in notes(outcomes):
        console.print(f"not measured: {note}", highlight=False)
    if asked.markdown:
        write_page(asked.markdown, markdown(outcomes, peers, asked.threads))
    wrong = [sentence for outcome in outcomes for sentence in outcome.wrong]
    for sentence in wrong:
        console.print(f"NOT THE SAME: {sentence}", style="bold red")
    return 1 if wrong else 0


def _with_floor(peers: list[str]) -> list[str]:
    """The floor is measured wherever ours is."""
    return [*peers, FLOOR] if OURS in peers and FLOOR not in peers else peers


def _write_json(path: Path | None, found: list[dict[str, object]]) -> None:
    if path:
        path.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")


class _names:  # noqa: N801 - an argparse type, which is called
    """Names separated by commas, each of them known; "all" is all of them."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = list(known)

    def __call__(self, text: str) -> list[str]:
        names = self.known if text == "all" else list(dict.fromkeys(text.split(",")))
        unknown = [name for name in names if name not in self.known]
        if unknown:
            raise argparse.ArgumentTypeError(f"there is no “{unknown[0]}”; there are {', '.join(self.known)}")
        return names


def _count(text: str) -> int:
    """A whole number from 1."""
    number = int(text.replace(",", "").replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError(f"it needs a whole number from 1, found {text}")
    return number


if __name__ == "__main__":
    sys.exit(main())
