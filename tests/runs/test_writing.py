"""Keeping runs from a thread of its own, and finding those a crash has ended."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gradstudio.document.model import Document
from gradstudio.runs import Outcome, Run, Store
from gradstudio.runs.interrupted import Underway, interrupted
from gradstudio.runs.writing import Failed, Kept, State, Writer

Trained = Callable[..., tuple[Run, Document]]


def test_the_newest_state_of_a_run_wins(store: Store, trained: Trained) -> None:
    """States of one run that wait are written once, as the newest; the network of an older one isn't lost."""
    told: list[Kept | Failed] = []
    run, document = trained()
    writer, gate = Writer(store, told.append), threading.Event()
    writer.do(lambda _: _wait(gate))
    writer.keep("a", State(replace(run, step=1), document))
    writer.keep("a", State(replace(run, step=2)))
    writer.keep("b", State(run, document))
    gate.set()
    writer.close()
    assert [(kept.key, kept.run.number, kept.run.step) for kept in told if isinstance(kept, Kept)] == [
        ("a", 1, 2),
        ("b", 2, 5),
    ]
    assert store.network(1).training.step == 5


def test_a_run_under_way_is_noted_until_it_ends(tmp_path: Path, store: Store, trained: Trained) -> None:
    """While a run goes on there is a note on it; once it has ended there is none."""
    run, document = trained()
    underway = Underway(tmp_path / "underway")
    writer = Writer(store, underway=underway, network=tmp_path / "net.grad")
    writer.keep("a", State(replace(run, outcome=Outcome.RUNNING), document))
    writer.wait()
    assert len(list((tmp_path / "underway").iterdir())) == 1
    assert underway.found() == [], "it is alive"
    store.close()
    (found,) = underway.found()
    assert (found.folder, found.run.number, found.network) == (store.folder, 1, tmp_path / "net.grad")
    assert [one.number for one in interrupted(store)] == [1]
    writer.keep("a", State(run, document))
    writer.close()
    assert list((tmp_path / "underway").iterdir()) == []
    assert interrupted(store) == []


def test_spoilt_notes_are_taken_away(tmp_path: Path) -> None:
    """A note that says nothing, or tells of a run that is gone, isn't asked about again."""
    folder = tmp_path / "underway"
    folder.mkdir()
    (folder / "a.json").write_text("{")
    (folder / "b.json").write_text('{"folder": "/nowhere", "number": 3}')
    assert Underway(folder).found() == []
    assert list(folder.iterdir()) == []


def test_what_cannot_be_written_is_told_and_ends_nothing(tmp_path: Path, trained: Trained) -> None:
    """A folder that can't be made is told once for each run, and the thread goes on."""
    (tmp_path / "net.runs").write_text("a file")
    told: list[Kept | Failed] = []
    writer = Writer(Store(tmp_path / "net.runs"), told.append)
    run, document = trained()
    writer.keep("a", State(run, document))
    writer.wait()
    (tmp_path / "net.runs").unlink()
    writer.keep("b", State(run, document))
    writer.close()
    assert [type(one) for one in told] == [Failed, Kept]


def test_runs_go_along_to_the_file(tmp_path: Path, store: Store, trained: Trained) -> None:
    """After the first save a run that goes on is kept beside the file, under its new number."""
    run, document = trained()
    Store(tmp_path / "other.runs").add(run, document)
    writer = Writer(store)
    writer.keep("a", State(replace(run, outcome=Outcome.RUNNING), document))
    writer.move(tmp_path / "other.runs", tmp_path / "other.grad")
    writer.keep("a", State(replace(run, step=7), document))
    writer.close()
    assert [(kept.number, kept.step) for kept in Store(tmp_path / "other.runs").listing().runs] == [(1, 5), (2, 7)]
    assert not store.folder.exists()


def _wait(gate: threading.Event) -> None:
    assert gate.wait(10)
