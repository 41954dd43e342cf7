"""Which run left a network as it is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from gradstudio.document.model import Training
from gradstudio.engine.gate import Array
from gradstudio.files.errors import FileProblem
from gradstudio.runs.record import Run
from gradstudio.runs.store import Store

MOST = 4
"""Runs that came to the same step whose weights are looked at."""


def run_that_left(store: Store, training: Training) -> Run | None:
    """The newest run that ended with these weights, bit for bit; None if none did.

    Raises:
        FileProblem: if the folder can't be read.
    """
    found = [run for run in store.listing().runs if run.step == training.step and run.has_network and run.step > 0]
    for run in reversed(found[-MOST:]):
        with suppress(FileProblem):
            if _same(store.network(run.number).training.parameters, training.parameters):
                return run
    return None


def _same(one: Mapping[str, Array], other: Mapping[str, Array]) -> bool:
    return one.keys() == other.keys() and all(one[k].tobytes() == other[k].tobytes() for k in one)
