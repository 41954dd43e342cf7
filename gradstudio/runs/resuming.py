"""Going on with a run that hasn't come to its end."""

from __future__ import annotations

from gradstudio.runs.record import Outcome, Run
from gradstudio.runs.store import Store

OPEN = (Outcome.RUNNING, Outcome.STOPPED, Outcome.PAUSED)
"""How a run may have ended that can go on."""


def can_go_on(store: Store, run: Run) -> bool:
    """Whether a run was interrupted, stopped or paused before its goal, and nobody trains it."""
    return run.outcome in OPEN and run.step < run.goal and run.has_network and not store.going_on(run)


def newest_open(store: Store) -> Run | None:
    """The newest run of a folder that can go on; None if there is none.

    Raises:
        FileProblem: if the folder can't be read.
    """
    found = [run for run in store.listing().runs if can_go_on(store, run)]
    return found[-1] if found else None
