"""Runs that a crash has ended: found in a network's folder, and noted in the state folder for the next start."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from gradstudio import files
from gradstudio.files import blame, strictjson
from gradstudio.files.errors import FileProblem
from gradstudio.files.storage import bytes_of
from gradstudio.runs.record import Outcome, Run
from gradstudio.runs.store import Store

LARGEST_NOTE = 2**16


class _Note(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a run that goes on is kept."""

    folder: str
    number: int
    network: str = ""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A run nobody trains any more, though it hasn't come to its end.

    Attributes:
        run: as far as it is kept.
        folder: of its runs.
        network: the network's file; None where it had none.
    """

    run: Run
    folder: Path
    network: Path | None


def interrupted(store: Store) -> list[Run]:
    """The runs of a folder that a crash has ended, from the oldest to the newest.

    Raises:
        FileProblem: if the folder can't be read.
    """
    runs = [run for run in store.listing().runs if run.outcome is Outcome.RUNNING and run.has_network]
    return [run for run in runs if not store.going_on(run)]


class Underway:
    """Notes on the runs that go on, one small file each: what is left of them after a crash is found by it.

    Args:
        folder: of the notes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, runs: Path, number: int, network: Path | None) -> None:
        """A run goes on; where the note can't be written there is none, and nothing else is lost."""
        path = self._path(runs, number)
        if path.exists():
            return
        note = _Note(str(runs), number, "" if network is None else str(network.absolute()))
        with suppress(OSError, FileProblem):
            self._folder.mkdir(parents=True, exist_ok=True)
            files.write_bytes(msgspec.json.encode(note), path)

    def forget(self, runs: Path, number: int) -> None:
        """It has ended, or nobody wants to go on with it."""
        with suppress(OSError):
            self._path(runs, number).unlink(missing_ok=True)

    def found(self) -> list[Interrupted]:
        """What crashes have left, the newest first; notes on runs that are gone or well are taken away."""
        found = []
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            with suppress(FileProblem, OSError):
                one = _read(path)
                store = Store(one.folder)
                if one.run.outcome is not Outcome.RUNNING:
                    path.unlink()
                elif not store.going_on(one.run):
                    found.append(one)
        return sorted(found, key=lambda one: -one.run.began)

    def _path(self, runs: Path, number: int) -> Path:
        name = hashlib.sha256(f"{runs.absolute()}\n{number}".encode()).hexdigest()[:16]
        return self._folder / f"{name}.json"


def _read(path: Path) -> Interrupted:
    """What a note tells of.

    Raises:
        FileProblem: if it isn't a note, or the run is gone; then the note goes too.
    """
    try:
        data = bytes_of(path)
        strictjson.check(data[:LARGEST_NOTE], "note")
        note = blame.decode(data, _Note)
        folder = Path(note.folder)
        return Interrupted(Store(folder).get(note.number), folder, Path(note.network) if note.network else None)
    except FileProblem:
        path.unlink(missing_ok=True)
        raise
