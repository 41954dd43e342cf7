"""`gradstudio lrfind`: how the loss of a network answers to learning rates that grow, and which one to take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradstudio import files
from gradstudio.cli import networks
from gradstudio.cli.failures import InputError
from gradstudio.cli.output import number, print_json, progress, say
from gradstudio.cli.owndata import refuse_missing
from gradstudio.document.commands import change_settings
from gradstudio.training.finder import Found, find_rate

if TYPE_CHECKING:
    from pathlib import Path

    from gradstudio.document.model import Document

ROWS = 20
"""Rows of the table; --json has all steps."""


def find(path: Path, least: float, most: float, steps: int, out: Path | None, *, as_json: bool) -> int:
    """Test the rates, say what came of it, and write the network with the suggested one."""
    if out is not None:
        networks.refuse_bad_target(out)
    document = networks.read(path)
    refuse_missing(document, "--data")
    found = _tested(document, least, most, steps)
    if as_json:
        print_json(report(found))
    else:
        say(table(found))
        say(verdict(found))
    if out is not None:
        if found.suggestion is None:
            raise InputError(f"{out} isn't written: no learning rate is suggested. Try smaller rates.")
        document.apply(change_settings(document, learning_rate=found.suggestion))
        files.write(document, out)
    return 0


def report(found: Found) -> dict[str, object]:
    """The result as docs/command-line.md promises it."""
    return {
        "suggestion": found.suggestion,
        "steepest": found.steepest,
        "tenth_of_lowest": found.tenth,
        "diverged": found.diverged,
        "rates": found.rates.tolist(),
        "losses": found.losses.tolist(),
        "smoothed": found.smoothed.tolist(),
    }


def table(found: Found) -> str:
    """Some of the rates with their losses, a row each."""
    last = len(found.rates) - 1
    rows = sorted(set(np.linspace(0, last, min(ROWS, last + 1)).astype(int).tolist())) if last >= 0 else []
    smoothed = found.smoothed
    lines = [f"{found.rates[i]:>10.2g}  {number(found.losses[i]):>12}  {number(smoothed[i]):>12}" for i in rows]
    return "\n".join([f"{'rate':>10}  {'loss':>12}  {'smoothed':>12}", *lines])


def verdict(found: Found) -> str:
    """What the test says, in a sentence or two."""
    end = " NaN or infinity ended the test." if found.diverged else ""
    if found.suggestion is None:
        return f"The loss didn't fall at any of these rates: try smaller ones (--from).{end}"
    steepest = "nowhere" if found.steepest is None else f"at {found.steepest:.2g}"
    lowest = f"a tenth of where it is lowest is {found.tenth:.2g}"
    return f"Suggested learning rate: {found.suggestion:g}. The loss falls fastest {steepest}; {lowest}.{end}"


def _tested(document: Document, least: float, most: float, steps: int) -> Found:
    found = Found(np.zeros(0), np.zeros(0))
    try:
        with progress("Testing rates", steps) as show:
            for found in find_rate(document, least, most, steps):
                show(len(found.rates), f"rate {found.rates[-1]:.2g}" if len(found.rates) else "")
    except ValueError as error:
        raise InputError(str(error)) from None
    return found
