"""A folder of runs. Each is a record (`run-0007.json`) and the network as the run left it (`run-0007.grad`).

The network is written first: a record that is there has its network. What is no run, or can't be read, is left alone
and told of in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.engine.gate import Array
from gradstudio.files import atomic, container
from gradstudio.files.errors import FileProblem, NotReadable, NotWritable, TooLarge
from gradstudio.files.storage import bytes_of, naming
from gradstudio.runs import alive, record
from gradstudio.runs.record import LONGEST_NAME, LONGEST_NOTE, Run

MOST = 200
"""Runs a folder keeps."""
BYTES = 2**30
"""Bytes they take together; a network that takes more than a quarter of them isn't kept, only its record is."""
LARGEST_RECORD = 2**22
_NAME = re.compile(r"run-(\d{4,9})\.json")
_PART = re.compile(r"run-(\d{4,9})\.(?:best\.grad|grad|live)")
_OURS = re.compile(r"run-(\d{4,9})\.(?:json|best\.grad|grad|live)")


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a folder.

    Attributes:
        runs: by number.
        complaints: a sentence for each file that was passed over.
    """

    runs: tuple[Run, ...]
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Runs that made room for a new one."""

    runs: tuple[Run, ...] = ()

    def __str__(self) -> str:
        if not self.runs:
            return ""
        names = ", ".join(run.title for run in self.runs)
        return f"To make room, {names} {'was' if len(self.runs) == 1 else 'were'} let go: the oldest without a name."


class Store:
    """The runs of one network.

    Args:
        folder: where they are; it is made when the first one is kept.
        most: runs it keeps at most.
        limit: bytes they take together at most.
    """

    def __init__(self, folder: Path, most: int = MOST, limit: int = BYTES) -> None:
        self.folder = folder.absolute()
        self._most = most
        self._limit = limit
        self._highest = 0
        self._holds: dict[int, alive.Hold] = {}
        self._read: dict[Path, tuple[tuple[int, int], Run]] = {}

    # ---- looking

    def listing(self) -> Listing:
        """All runs of the folder by number, and what was passed over.

        Raises:
            NotReadable: if the system refuses to show the folder.
        """
        runs, complaints = [], []
        names = self._names()
        for name in names:
            if _NAME.fullmatch(name):
                try:
                    runs.append(self._run(self.folder / name))
                except FileProblem as problem:
                    complaints.append(f"Passed over: {problem}")
        strange = [name for name in names if not self._belongs(name, names)]
        if strange:
            shown = ", ".join(strange[:3]) + (f" and {len(strange) - 3} more" if len(strange) > 3 else "")
            complaints.append(f"Passed over in {self.folder}: {shown}, which no run belongs to.")
        return Listing(tuple(sorted(runs, key=lambda run: run.number)), tuple(complaints))

    def get(self, number: int) -> Run:
        """One run.

        Raises:
            FileProblem: if there is none of this number, or it can't be read.
        """
        return self._run(self._path(number, "json"))

    def network(self, number: int, *, best: bool = False) -> Document:
        """The network as a run left it, with all it had learned; or (best) as it was at its best.

        Raises:
            FileProblem: if it isn't kept, or can't be read.
        """
        return files.read(self.network_path(number, best=best))

    def network_path(self, number: int, *, best: bool = False) -> Path:
        """The file that network is in."""
        return self._path(number, "best.grad" if best else "grad")

    def curve(self, number: int) -> Mapping[str, Array]:
        """The learning curve of a run: columns by name; the network isn't built for it.

        Raises:
            FileProblem: as `network`.
        """
        with naming(self._path(number, "grad")) as path:
            _, tensors = container.unpack(bytes_of(path))
        kept = {name: array for name, array in tensors.items() if name.startswith("history/")}
        return {name.partition("/")[2]: array for name, array in kept.items()}

    def going_on(self, run: Run) -> bool:
        """Whether somebody trains it right now."""
        return run.outcome is record.Outcome.RUNNING and alive.held(self._path(run.number, "live"))

    @property
    def size(self) -> int:
        """Bytes all runs take."""
        return sum(run.size for run in self.listing().runs)

    # ---- keeping

    def add(self, run: Run, document: Document | None, best: Document | None = None) -> tuple[Run, Dropped]:
        """Keep a new run: returns it with its number, and what was let go to make room.

        Raises:
            FileProblem: if it can't be written.
        """
        hold = self._claim()
        number = int(hold.path.stem[4:])
        self._holds[number] = hold
        return self.update(replace(run, number=number), document, best)

    def update(self, run: Run, document: Document | None = None, best: Document | None = None) -> tuple[Run, Dropped]:
        """Write what is known of a run now, and its network where one is given; else that stays as it is.

        Name, note and test result are those in the folder, where it was kept before: a person may have changed them
        while the run went on.

        Raises:
            FileProblem: if it can't be written.
        """
        path = self._path(run.number, "json")
        if path.exists():
            with suppress(FileProblem):
                run = _with_remarks(run, self._run(path))
        try:
            run = self._write_network(run, document, best)
            self._write(run)
        finally:
            if run.outcome is not record.Outcome.RUNNING:
                self._let_go(run.number)
        return self.get(run.number), self._make_room(run.number)

    def rename(self, number: int, name: str) -> Run:
        """Give a run a name; an empty one takes it away.

        Raises:
            ValueError: if it is too long or has line breaks.
            FileProblem: if it can't be written.
        """
        name = name.strip()
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise ValueError(f"A run's name has at most {LONGEST_NAME} characters and no line break.")
        return self._write(replace(self.get(number), name=name))

    def annotate(self, number: int, note: str) -> Run:
        """Write a note on a run; an empty one takes it away.

        Raises:
            ValueError: if it is too long.
            FileProblem: if it can't be written.
        """
        if len(note) > LONGEST_NOTE:
            raise ValueError(f"A note has at most {LONGEST_NOTE:,} characters; this one has {len(note):,}.")
        return self._write(replace(self.get(number), note=note.strip()))

    def tested(self, number: int, loss: float | None, accuracy: float | None) -> Run:
        """Note what a run's network makes of the test part of its data.

        Raises:
            FileProblem: if it can't be written.
        """
        run = self.get(number)
        result = record.Result(
            run.result.loss, run.result.accuracy, run.result.validation_loss, run.result.validation_accuracy,
            loss, accuracy,
        )  # fmt: skip
        return self._write(replace(run, result=result))

    def delete(self, number: int) -> None:
        """Take a run away, for good.

        Raises:
            NotWritable: if the system refuses.
        """
        self._let_go(number)
        for ending in ("json", "grad", "best.grad", "live"):
            self._remove(self._path(number, ending))
        with suppress(OSError):
            self.folder.rmdir()

    def take_over(self, number: int) -> bool:
        """Become the one who trains an interrupted run; False if somebody else does."""
        hold = alive.take_over(self._path(number, "live"))
        if hold is not None:
            self._holds[number] = hold
        return hold is not None

    def move(self, folder: Path) -> tuple[Store, dict[int, int]]:
        """Take all runs along to another folder, where they get new numbers if it has some already.

        Returns:
            The store there, and the new number of each old one.

        Raises:
            FileProblem: if they can't be written there; those that weren't moved yet stay.
        """
        other, numbers = Store(folder, self._most, self._limit), {}
        for run in self.listing().runs:
            last = self.network(run.number) if run.has_network else None
            best = self.network(run.number, best=True) if run.best is not None else None
            numbers[run.number] = other.add(replace(run, number=0), last, best)[0].number
            self.delete(run.number)
        return other, numbers

    def close(self) -> None:
        """Let go of the runs it is training: for the end of a program that leaves them interrupted."""
        for hold in self._holds.values():
            hold.let_go()
        self._holds.clear()

    # ---- inside

    def _let_go(self, number: int) -> None:
        """Nobody trains this run: its lock goes, that of a crash too."""
        if number in self._holds:
            self._holds.pop(number).let_go()
        elif not alive.held(self._path(number, "live")):
            self._remove(self._path(number, "live"))

    def _path(self, number: int, ending: str) -> Path:
        return self.folder / f"run-{number:04}.{ending}"

    def _names(self) -> list[str]:
        try:
            return sorted(path.name for path in self.folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise NotReadable(f"the folder {self.folder}", f"an error ({error.strerror})") from error

    def _belongs(self, name: str, names: list[str]) -> bool:
        """Whether a file is a run, part of one, or of one that is being written."""
        part = _PART.fullmatch(name)
        if part is None:
            return _NAME.fullmatch(name) is not None
        number = part[1]
        return f"run-{number}.json" in names or alive.held(self.folder / f"run-{number}.live")

    def _run(self, path: Path) -> Run:
        with naming(path):
            try:
                found = path.stat()
            except OSError:
                raise NotReadable("a run", "none of this number", advice="Look at the list of runs.") from None
            stamp = (found.st_mtime_ns, found.st_size)
            number = int(path.stem[4:])
            if path not in self._read or self._read[path][0] != stamp:
                if found.st_size > LARGEST_RECORD:
                    raise TooLarge(f"at most {LARGEST_RECORD:,} bytes", f"{found.st_size:,}")
                self._read[path] = stamp, record.read(bytes_of(path))
            size = found.st_size + sum(self._sizes(number))
            return replace(self._read[path][1], number=number, size=size)

    def _sizes(self, number: int) -> Iterator[int]:
        for ending in ("grad", "best.grad"):
            with suppress(OSError):
                yield self._path(number, ending).stat().st_size

    def _claim(self) -> alive.Hold:
        """A number nobody has, and its lock."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            while True:
                known = [int(found[1]) for name in self._names() if (found := _OURS.fullmatch(name))]
                self._highest = max([self._highest, *known]) + 1
                hold = alive.create(self._path(self._highest, "live"))
                if hold is not None:
                    return hold
        except OSError as error:
            wanted, problem = f"a folder {self.folder} to keep runs in", f"an error ({error.strerror})"
            raise NotWritable(wanted, problem, advice="Nothing else is lost.") from error

    def _write(self, run: Run) -> Run:
        files.write_bytes(record.written(run), self._path(run.number, "json"))
        return self.get(run.number)

    def _write_network(self, run: Run, document: Document | None, best: Document | None) -> Run:
        if document is not None:
            data = files.dumps(document)
            if len(data) > self._limit // 4:
                self._remove(self._path(run.number, "grad"))
                return replace(run, has_network=False, best=None)
            atomic.write(data, self._path(run.number, "grad"), keep=False)
        if best is not None:
            atomic.write(files.dumps(best), self._path(run.number, "best.grad"), keep=False)
        return run

    def _make_room(self, newest: int) -> Dropped:
        """Let go of the oldest until the rest is within bounds: those without a name first, never one that goes on."""
        runs = list(self.listing().runs)
        waiting = [run for run in runs if run.number != newest and run.outcome is not record.Outcome.RUNNING]
        dropped = []
        for run in sorted(waiting, key=lambda run: (bool(run.name), run.number)):
            if len(runs) <= self._most and sum(kept.size for kept in runs) <= self._limit:
                break
            self.delete(run.number)
            runs.remove(run)
            dropped.append(run)
        return Dropped(tuple(dropped))

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise NotWritable(f"to take {path} away", f"an error ({error.strerror})") from error


def _with_remarks(run: Run, known: Run) -> Run:
    tested = {name: getattr(known.result, name) for name in ("test_loss", "test_accuracy")}
    measured = {name: getattr(run.result, name) for name in run.result.__struct_fields__}
    result = record.Result(**measured | {name: value for name, value in tested.items() if measured[name] is None})
    return replace(run, name=known.name, note=known.note, result=result, best=run.best or known.best)
