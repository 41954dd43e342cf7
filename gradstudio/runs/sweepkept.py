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


def ended(runs: Iterable[Run], plan: Plan) -> dict[int, Run]:
    """The runs of a sweep's trials that have come to an end, by number, of whatever network they are."""
    found = {}
    for run in sweeps(runs).get(plan.name, []):
        trial = run.varied.get(TRIAL)
        if run.outcome in _ENDED and isinstance(trial, int):
            found[trial] = run
    numbers = {trial.number: trial for trial in plan.trials()}
    return {n: run for n, run in found.items() if n in numbers and _has_values(run, numbers[n])}


def made_already(store: Store, plan: Plan, document: Document) -> dict[int, Run]:
    """The trials of a plan that have come to an end and are kept, by number; of another network's none.

    Raises:
        FileProblem: if the folder can't be read.
        NotASweep: if the plan can't be carried out.
    """
    found = ended(store.listing().runs, plan)
    trials = [trial for trial in plan.trials() if trial.number in found]
    return {t.number: found[t.number] for t in trials if _is(found[t.number], t, plan, store, document)}


def _has_values(run: Run, trial: Trial) -> bool:
    return {k: v for k, v in run.varied.items() if k not in (SWEEP, TRIAL)} == dict(trial.values)


def _is(run: Run, trial: Trial, plan: Plan, store: Store, document: Document) -> bool:
    """Whether a run is what a trial would be: the same values in the same network, trained as long."""
    try:
        wanted = variant(document, trial.values, plan.steps)
        if not run.has_network:
            return run.settings == wanted.settings
        found = difference(wanted, store.network(run.number))
    except (NotASweep, Refused, EngineError, FileProblem):
        return False
    return not (found.settings or found.wires or any(not one.looks for one in found.nodes))
