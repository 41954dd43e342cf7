"""A folder of runs: what is put in comes out, nothing else is taken for a run, and it doesn't grow without bounds."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.files.errors import FileProblem, NotWritable, TooNew
from gradstudio.resources import resource
from gradstudio.runs import Best, Changed, Outcome, Result, Run, Store, record
from gradstudio.runs.places import beside, is_shipped, state_folder

Trained = Callable[..., tuple[Run, Document]]


def test_a_run_comes_back_as_it_was_kept(store: Store, trained: Trained) -> None:
    """Record, curve and network of a run are what was handed in; the network to the byte."""
    run, document = trained(learning_rate=0.03, batch_size=32)
    run = replace(
        run,
        name="wide",
        note="two\nlines",
        changes=(Changed(3, "learning_rate", 0.03, 0.1),),
        varied={"hidden.units": 4, "kind": "a"},
        origin="sweep",
        best=Best(2, "loss", 0.5),
    )
    kept, dropped = store.add(run, document, document)
    assert (kept.number, dropped.runs) == (1, ())
    again = Store(store.folder)
    assert again.get(1) == replace(run, number=1, size=kept.size) == again.listing().runs[0]
    assert kept.size == sum(path.stat().st_size for path in store.folder.iterdir())
    assert files.dumps(again.network(1)) == files.dumps(document) == files.dumps(again.network(1, best=True))
    for name, column in document.training.history.items():
        assert again.curve(1)[name].tobytes() == column.tobytes()
    assert again.listing().complaints == ()


def test_the_result_is_what_the_curve_ends_with() -> None:
    """A result takes the last finite number of each column, and keeps what was tested."""
    history = {"step": np.arange(3.0), "loss": np.array([3.0, 2.0, np.inf]), "accuracy": np.full(3, np.nan)}
    found = Run(result=Result(test_loss=9.0)).with_result(history).result
    assert found == Result(loss=2.0, test_loss=9.0)


def test_numbers_go_on_and_are_never_given_twice(store: Store, trained: Trained) -> None:
    """Runs are numbered from 1; the number of one that was deleted isn't used again."""
    run, document = trained()
    assert [store.add(run, document)[0].number for _ in range(2)] == [1, 2]
    store.delete(2)
    assert store.add(run, document)[0].number == 3
    assert [kept.number for kept in store.listing().runs] == [1, 3]


def test_two_processes_keep_runs_in_one_folder(store: Store, trained: Trained) -> None:
    """Another store on the same folder neither takes a number that is being written nor calls its parts strange."""
    run, document = trained()
    going = store.add(replace(run, outcome=Outcome.RUNNING), document)[0]
    other = Store(store.folder)
    assert other.add(run, document)[0].number == going.number + 1
    (store.folder / "run-0001.json").unlink()
    assert other.listing().complaints == ()


def test_remarks_made_while_a_run_goes_on_stay(store: Store, trained: Trained) -> None:
    """Name, note and test result given meanwhile outlive the run's next state."""
    run, document = trained()
    going = store.add(replace(run, outcome=Outcome.RUNNING), document)[0]
    store.rename(1, "mine")
    store.annotate(1, "because")
    store.tested(1, 0.5, 0.75)
    ended = store.update(replace(going, outcome=Outcome.FINISHED, step=99), document)[0]
    assert (ended.name, ended.note, ended.step) == ("mine", "because", 99)
    assert (ended.result.test_loss, ended.result.test_accuracy) == (0.5, 0.75)
    assert ended.result.loss == run.result.loss


def test_bad_remarks_are_refused(store: Store, trained: Trained) -> None:
    """A name of two lines or a book of a note is refused, and nothing changes."""
    store.add(*trained())
    for name in ("a\nb", "x" * 101):
        with pytest.raises(ValueError, match="at most 100 characters and no line break"):
            store.rename(1, name)
    with pytest.raises(ValueError, match="at most 10,000 characters; this one has 10,001"):
        store.annotate(1, "x" * 10_001)
    assert (store.get(1).name, store.get(1).note) == ("", "")


def test_the_oldest_without_a_name_make_room(tmp_path: Path, trained: Trained) -> None:
    """Beyond its bounds a folder lets go of the oldest run without a name, and says so; one that goes on stays."""
    run, document = trained()
    store = Store(tmp_path / "small.runs", most=3)
    store.add(replace(run, outcome=Outcome.RUNNING), document)
    store.add(replace(run, name="keep me"), document)
    store.add(run, document)
    _, dropped = store.add(run, document)
    assert [kept.number for kept in store.listing().runs] == [1, 2, 4]
    assert str(dropped) == "To make room, run 3 was let go: the oldest without a name."


def test_bytes_are_bounded_too(tmp_path: Path, trained: Trained) -> None:
    """A folder takes no more bytes than its limit; of a network too large for it just the record is kept."""
    run, document = trained()
    size = len(files.dumps(document))
    store = Store(tmp_path / "small.runs", limit=size * 5)
    for _ in range(8):
        store.add(run, document)
    assert 3 <= len(store.listing().runs) <= 5
    assert store.size <= size * 5
    tiny = Store(tmp_path / "tiny.runs", limit=size * 2)
    kept = tiny.add(run, document)[0]
    assert not kept.has_network
    with pytest.raises(FileProblem):
        tiny.network(1)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("run-0002.json", b"", "expected JSON"),
        ("run-0002.json", b'{"format":"gradstudio-run","version":1', "expected JSON"),
        ("run-0002.json", b'{"format":"other","version":1}', "format"),
        ("run-0002.json", b'{"format":"gradstudio-run","version":1,"version":1}', "twice"),
        ("run-0002.json", b'{"format":"gradstudio-run","version":9}', "version 9"),
        ("run-0002.json", b"\xff" * 50, "UTF-8"),
        ("holiday.jpg", b"\xff\xd8", "holiday.jpg, which no run belongs to"),
        ("run-0002.grad", b"half a netw", "run-0002.grad, which no run belongs to"),
        (".gradstudio-0123.tmp", b"half", ".gradstudio-0123.tmp, which no run belongs to"),
    ],
)
def test_what_is_no_run_is_passed_over(store: Store, trained: Trained, name: str, data: bytes, told: str) -> None:
    """A bad, foreign or partial file is told of in one sentence, and hides no other run."""
    store.add(*trained())
    (store.folder / name).write_bytes(data)
    listing = store.listing()
    assert [run.number for run in listing.runs] == [1]
    (complaint,) = listing.complaints
    assert complaint.startswith("Passed over")
    assert told in complaint
    assert (store.folder / name).read_bytes() == data


def test_a_setting_nobody_knows_is_refused_by_name() -> None:
    """A record with a setting of another version says which."""
    data = record.written(Run()).replace(b'"settings": {}', b'"settings": {"speed": 9}')
    with pytest.raises(FileProblem, match=r"settings\.speed.*There is no setting “speed”"):
        record.read(data)


def test_a_newer_record_is_refused_by_version() -> None:
    """A record of a later version tells that an update is needed."""
    with pytest.raises(TooNew, match="update GradStudio"):
        record.read(record.written(Run()).replace(b'"version": 1', b'"version": 2'))


def test_the_same_run_makes_the_same_bytes(trained: Trained) -> None:
    """What is written reads back to the same run, and that is written as the same bytes."""
    run = trained()[0]
    assert record.read(record.written(run)) == run
    assert record.written(record.read(record.written(run))) == record.written(run)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, trained: Trained) -> None:
    """Where a file is in the folder's place, that is said in a sentence."""
    (tmp_path / "net.runs").write_text("a file")
    with pytest.raises(NotWritable, match="to keep runs in"):
        Store(tmp_path / "net.runs").add(*trained())


def test_runs_move_along(store: Store, tmp_path: Path, trained: Trained) -> None:
    """Runs of a network that gets a file go to the folder beside it, behind those that are there."""
    run, document = trained()
    store.add(replace(run, name="first"), document)
    store.add(replace(run, name="second"), document, document)
    other = Store(tmp_path / "other.runs")
    other.add(replace(run, name="there"), document)
    moved, numbers = store.move(tmp_path / "other.runs")
    assert numbers == {1: 2, 2: 3}
    assert [kept.name for kept in moved.listing().runs] == ["there", "first", "second"]
    assert not store.folder.exists()


def test_a_lock_is_gone_with_its_process(store: Store, trained: Trained) -> None:
    """A run counts as going on while its process lives, and no longer once that was killed."""
    run, document = trained()
    store.add(run, document)
    code = (
        "import sys, time, gradstudio.gates\n"
        "from dataclasses import replace\n"
        "from pathlib import Path\n"
        "from gradstudio.runs import Store, Outcome\n"
        "store = Store(Path(sys.argv[1]))\n"
        "store.add(replace(store.get(1), outcome=Outcome.RUNNING), store.network(1))\n"
        "print('there', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(store.folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert store.going_on(store.get(2))
        process.kill()
        process.wait()
    assert not store.going_on(store.get(2))
    assert store.take_over(2)
    assert store.going_on(store.get(2))


def test_where_runs_are(tmp_path: Path) -> None:
    """They lie beside the network's file; without one, where each platform keeps a program's state."""
    assert beside(tmp_path / "net.grad") == beside(tmp_path / "net.grad.json") == tmp_path / "net.runs"
    assert is_shipped(resource("examples", "spiral.grad"))
    assert not is_shipped(tmp_path / "spiral.grad")
    assert state_folder("linux", {"HOME": "/home/ada"}) == Path("/home/ada/.local/state/gradstudio")
    assert state_folder("linux", {"HOME": "/h", "XDG_STATE_HOME": "/var/s"}) == Path("/var/s/gradstudio")
    assert state_folder("darwin", {"HOME": "/h"}) == Path("/h/Library/Application Support/GradStudio")
    assert state_folder("win32", {"LOCALAPPDATA": "/L"}) == Path("/L/GradStudio")
