"""A plan as the options of the command line: noted with every trial, so that a sweep can be looked at and gone on with.

`--over learning_rate=0.001..1:log:5 --over hidden.units=16,32 --random 20 --seed 0 --steps 1000 --metric loss`
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from gradstudio.document.model import Document
from gradstudio.runs import axes
from gradstudio.runs.record import Run
from gradstudio.runs.sweep import Metric, Plan
from gradstudio.runs.targets import NotASweep

OVER, RANDOM, SEED, STEPS, METRIC = "--over", "--random", "--seed", "--steps", "--metric"


def as_text(plan: Plan) -> str:
    """The options that ask for a plan, but for its name."""
    words = [word for axis in plan.axes for word in (OVER, str(axis))]
    if plan.random is not None:
        words += [RANDOM, str(plan.random), SEED, str(plan.seed)]
    return shlex.join([*words, STEPS, str(plan.steps), METRIC, plan.metric.value])


def from_text(document: Document, text: str, name: str) -> Plan:
    """The plan these options ask for.

    Raises:
        NotASweep: if they aren't options of a sweep, or the network has nothing of the kind.
    """
    found: dict[str, list[str]] = {word: [] for word in (OVER, RANDOM, SEED, STEPS, METRIC)}
    try:
        words = shlex.split(text)
        for option, value in zip(words[::2], words[1::2], strict=True):
            found[option].append(value)
        random, seed = found[RANDOM], found[SEED] or ["0"]
        plan = Plan(
            tuple(axes.parse(document, over) for over in found[OVER]), int(found[STEPS][0]),
            int(random[0]) if random else None, int(seed[0]), Metric(found[METRIC][0]), name,
        )  # fmt: skip
    except (KeyError, IndexError, ValueError) as error:
        if isinstance(error, NotASweep):
            raise
        raise NotASweep(f"“{text[:60]}” doesn't tell of a sweep.") from None
    plan.trials()
    return plan


def plan_of(document: Document, runs: Iterable[Run], name: str) -> Plan:
    """The plan of a sweep, as the notes of its trials tell it.

    Raises:
        NotASweep: if none does, or the network has nothing of the kind any more.
    """
    problem = NotASweep(f"What the sweep “{name}” tried isn't noted with any of its trials.")
    for run in runs:
        if run.note.startswith(OVER):
            try:
                return from_text(document, run.note, name)
            except NotASweep as error:
                problem = error
    raise problem
