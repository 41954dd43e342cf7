"""The sweeps in a folder of runs: their names, and which trials of a plan were made already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gradstudio.document.difference import difference
from gradstudio.document.model import Document
from gradstudio.document.names import numbered
from gradstudio.document.reasons import Refused
from gradstudio.engine.errors import EngineError
from gradstudio.files.errors import FileProblem
from gradstudio.runs.record import Outcome, Run
from gradstudio.runs.store import Store
from gradstudio.runs.sweep import Plan, Trial, variant
from gradstudio.runs.targets import NotASweep

SWEEP, TRIAL = "sweep", "trial"
"""What a trial's run says beside its values."""
_ENDED = (Outcome.FINISHED, Outcome.DIVERGED)


def sweeps(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The runs of each sweep by its name, the sweep that was worked on last comes last."""
    found: dict[str, list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.number):
        name = run.varied.get(SWEEP)
        if isinstance(name, str) and name:
            found[name] = [*found.pop(name, []), run]
    return found


def free_name(runs: Iterable[Run]) -> str:
    """A name no sweep has: sweep1, else sweep2, and so on."""
    taken = sweeps(runs)
    return numbered("sweep", 1, lambda name: name in taken)


def made_already(store: Store, plan: Plan, document: Document) -> dict[int, Run]:
    """The trials of a plan that have come to an end and are kept, by number; of another network's none.

    Raises:
        FileProblem: if the folder can't be read.
        NotASweep: if the plan can't be carried out.
    """
    runs = sweeps(store.listing().runs).get(plan.name, [])
    by_number = {run.varied.get(TRIAL): run for run in runs if run.outcome in _ENDED}
    found = {}
    for trial in plan.trials():
        run = by_number.get(trial.number)
        if run is not None and _is(run, trial, plan, store, document):
            found[trial.number] = run
    return found


def _is(run: Run, trial: Trial, plan: Plan, store: Store, document: Document) -> bool:
    """Whether a run is what a trial would be: the same values in the same network, trained as long."""
    if {k: v for k, v in run.varied.items() if k not in (SWEEP, TRIAL)} != dict(trial.values):
        return False
    try:
        wanted = variant(document, trial.values, plan.steps)
        if not run.has_network:
            return run.settings == wanted.settings
        found = difference(wanted, store.network(run.number))
    except (NotASweep, Refused, EngineError, FileProblem):
        return False
    return not (found.settings or found.wires or any(not one.looks for one in found.nodes))
