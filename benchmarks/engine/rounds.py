"""Measuring: all peers of a workload in turn, round after round, so that a slow minute hits all of them alike."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmarks.engine.peers import OURS, PEERS, REFERENCE
from benchmarks.engine.process import Worker
from benchmarks.engine.workloads import Network, Workload, make

WARMING = 0.2
"""Seconds each peer runs before the first round, at most."""
PATIENCE = 600.0
"""Seconds an answer may take beyond what was asked for."""
CLOSE = {"float32": 1e-3, "float64": 1e-9}
"""How far losses of one workload may lie apart, relative to their size. Peers share ties of max pooling differently."""
CLOSE_GRADIENTS = 1e-6
"""The same for gradients of a circuit's leaves, relative to the largest."""


@dataclass(frozen=True)
class Options:
    """How a measurement is made.

    Attributes:
        rounds: how often each peer has its turn.
        seconds: length of a turn.
        threads: of every library.
        build_patience: seconds a peer may take to make a workload ready.
        pythons: the interpreter of each peer.
        absent: peers that can't be had at all, with the reason.
        tell: shows what is being done.
    """

    rounds: int
    seconds: float
    threads: int
    build_patience: float
    pythons: dict[str, str]
    absent: dict[str, str] = field(default_factory=dict)
    tell: Callable[[str], None] = print


@dataclass
class Measured:
    """One peer on one workload.

    Attributes:
        us: median microseconds of a step, for each round.
        built: what the peer answered when it was built.
        versions: what it ran with.
    """

    us: list[float]
    built: dict[str, Any]
    versions: dict[str, str]


@dataclass
class Outcome:
    """One workload measured.

    Attributes:
        workload: what was measured.
        measured: peers that came to an end.
        absent: peers that didn't, with the reason.
        wrong: sentences about peers whose losses or gradients differ from the others'.
    """

    workload: Workload
    measured: dict[str, Measured]
    absent: dict[str, str]
    wrong: list[str]

    def median(self, peer: str) -> float | None:
        """Microseconds of a step."""
        return statistics.median(self.measured[peer].us) if peer in self.measured else None

    def ratio(self, peer: str, to: str) -> float | None:
        """Time of one peer over that of another: the median of the rounds' ratios."""
        pairs = self._pairs(peer, to)
        return statistics.median(x / y for x, y in pairs) if pairs else None

    def spread(self, peer: str, to: str) -> tuple[float, float] | None:
        """The smallest and the largest of the rounds' ratios."""
        ratios = [x / y for x, y in self._pairs(peer, to)]
        return (min(ratios), max(ratios)) if ratios else None

    def _pairs(self, peer: str, to: str) -> list[tuple[float, float]]:
        if peer not in self.measured or to not in self.measured:
            return []
        return list(zip(self.measured[peer].us, self.measured[to].us, strict=True))


def measure(name: str, peers: Sequence[str], options: Options) -> Outcome:
    """One workload with all peers that can do it. A peer that fails on the way is absent."""
    workload = make(name)
    outcome = Outcome(workload, {}, {peer: options.absent[peer] for peer in peers if peer in options.absent}, [])
    with ExitStack() as stack:
        workers = {peer: worker for peer in peers if (worker := _ready(name, peer, options, outcome, stack))}
        options.tell(f"{name}: measuring {', '.join(workers)}")
        _turn(workers, min(WARMING, options.seconds))
        for _ in range(options.rounds):
            for peer, us in _turn(workers, options.seconds).items():
                outcome.measured[peer].us.append(us)
        for peer, worker in workers.items():
            if worker.absent:
                outcome.absent[peer] = worker.absent
                del outcome.measured[peer]
    outcome.wrong = differences(workload, {peer: found.built for peer, found in outcome.measured.items()})
    return outcome


def _ready(name: str, peer: str, options: Options, outcome: Outcome, stack: ExitStack) -> Worker | None:
    """A worker that has built the workload; None, and a reason in the outcome, where it can't."""
    if peer in outcome.absent:
        return None
    if name in PEERS[peer].hopeless:
        outcome.absent[peer] = PEERS[peer].reason
        return None
    options.tell(f"{name}: building {peer}")
    worker = stack.enter_context(Worker(peer, options.pythons[peer], options.threads))
    built = worker.ask(options.build_patience, do="build", workload=name)
    if worker.absent:
        outcome.absent[peer] = worker.absent
        return None
    outcome.measured[peer] = Measured([], built, worker.versions)
    return worker


def _turn(workers: dict[str, Worker], seconds: float) -> dict[str, float]:
    """Each worker once; those that answer, with the median microseconds of a step."""
    answers = {peer: worker.ask(seconds + PATIENCE, do="time", seconds=seconds) for peer, worker in workers.items()}
    return {peer: statistics.median(answer["us"]) for peer, answer in answers.items() if "us" in answer}


def differences(workload: Workload, built: dict[str, dict[str, Any]]) -> list[str]:
    """Where peers disagree about losses or gradients: one sentence for each that does."""
    built = {peer: answer for peer, answer in built.items() if "losses" in answer}
    if not built:
        return []
    judge = next((peer for peer in (REFERENCE, "numpy", *built) if peer in built and peer != OURS), OURS)
    close = CLOSE[workload.dtype if isinstance(workload, Network) else "float64"]
    sentences = []
    for peer, answer in built.items():
        for what, allowed in (("losses", close), ("gradients", CLOSE_GRADIENTS)):
            gap = _gap(answer[what], built[judge][what])
            if not gap <= allowed:
                sentences.append(
                    f"{workload.name}: {what} of {peer} differ from those of {judge} by {gap:.2g}, "
                    f"more than {allowed:g}: {_some(answer[what])} against {_some(built[judge][what])}"
                )
    return sentences


def _gap(found: Sequence[float], expected: Sequence[float]) -> float:
    """The largest difference relative to the largest number expected; NaN or infinite where one is."""
    if len(found) != len(expected):
        return math.inf
    gaps = [abs(x - y) for x, y in zip(found, expected, strict=True)]
    if any(math.isnan(gap) for gap in gaps):
        return math.nan
    return max(gaps, default=0.0) / max(1e-12, *map(abs, expected), 0.0)


def _some(numbers: Iterable[float]) -> str:
    return ", ".join(f"{number:.8g}" for number in list(numbers)[:5])
