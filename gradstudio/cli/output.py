"""What the commands print: strict JSON, tables and progress bars."""

from __future__ import annotations

import json
import math
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console

from gradstudio.cli.stopping import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

GLANCE = 0.1
"""Seconds between two looks of a progress bar."""
WIDE = 200
"""Columns of a table that goes to a file or a pipe, where nothing needs to be folded."""


class Progress(Protocol):
    """A progress bar, or nothing where nobody would see it."""

    def __call__(self, done: int, note: str = "") -> None:
        """Show how much is done, with a few words."""


def console() -> Console:
    """Where tables are printed: colours on a terminal, plain text in a pipe."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def say(text: str) -> None:
    """Print a line of plain text."""
    sys.stdout.write(text + "\n")


def print_json(value: object) -> None:
    """Print one strict JSON value on a line: full precision, null for NaN and infinity."""
    sys.stdout.write(json.dumps(plain(value), allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """The value as JSON knows it: arrays as nested lists, NaN and infinity as None."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def number(value: float | None) -> str:
    """A number for a table: up to eight significant digits."""
    return "" if value is None else f"{value:.8g}"


@contextmanager
def progress(title: str, total: int) -> Iterator[Progress]:
    """A bar on standard error while the block runs, if that is a terminal; where it is told, Ctrl+C is heard."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
    )
    # No thread that draws: beside short training steps it costs some percent.
    with Bar(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task(title, total=total, note="")
        due = 0.0

        def show(done: int, note: str = "") -> None:
            nonlocal due
            refuse()
            now = time.monotonic()
            bar.update(task, completed=done, note=note, refresh=now >= due)
            due = now + GLANCE if now >= due else due

        yield show


def _silent(done: int, note: str = "") -> None:  # noqa: ARG001 (what a bar would show)
    """Shows nothing."""
    refuse()
