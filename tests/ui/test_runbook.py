"""Runs of a window: kept as they are made, where they belong; and gone on with after a crash."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox

from gradstudio import files
from gradstudio.document.commands import change_settings, move
from gradstudio.document.model import Document
from gradstudio.runs import Outcome, Run, Store
from gradstudio.runs.interrupted import Underway
from gradstudio.training.keeping import Wishes
from gradstudio.training.trainer import Trainer
from gradstudio.ui import runbook
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.runs import RunsPanel
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.recovering import open_run, recover
from gradstudio.ui.shot import settle
from gradstudio.ui.window import MainWindow
from gradstudio.ui.windows import Windows
from tests.training.networks import spiral


@pytest.fixture
def make(qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., Studio]]:
    """Makes studios that keep runs below a folder; all of them are closed after the test."""
    made: list[Studio] = []

    def one(document: Document | None = None, path: Path | None = None) -> Studio:
        made.append(Studio(document or spiral(4, batch_size=16, steps=30), path, state=tmp_path / "state"))
        return made[-1]

    yield one
    for studio in made:
        studio.close()


@pytest.fixture
def rest(qtbot: Any) -> Callable[[Studio], None]:
    """Waits until a studio is at rest and its runs are in the folder."""

    def wait(studio: Studio) -> None:
        qtbot.waitUntil(lambda: not studio.running and not studio.session.awaiting, timeout=20_000)
        assert studio.runs.wait()
        QApplication.processEvents()

    return wait


def test_the_first_save_takes_runs_along(make: Any, rest: Any, tmp_path: Path) -> None:
    """Runs of a network without a file are in the state folder; saved, they lie beside it, and go on there."""
    studio = make()
    studio.train()
    rest(studio)
    assert studio.runs.folder.parent == tmp_path / "state" / "unsaved"
    assert len(Store(studio.runs.folder).listing().runs) == 1
    unsaved = studio.runs.folder
    studio.save(tmp_path / "net.grad")
    rest(studio)
    studio.train()
    rest(studio)
    assert studio.runs.folder == tmp_path / "net.runs"
    assert [run.step for run in Store(tmp_path / "net.runs").listing().runs] == [30, 60]
    assert [run.step for run in studio.runs.runs] == [30, 60]
    assert not unsaved.exists()


def test_short_runs_of_very_large_networks_are_kept_without_them(
    make: Any, rest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its curve and result are kept all the same; a longer run has its network."""
    monkeypatch.setattr(runbook, "LARGE", 1)
    studio = make()
    studio.train()
    rest(studio)
    (short,) = studio.runs.runs
    assert (short.step, short.has_network) == (30, False)
    assert short.result.loss is not None
    assert len(Store(studio.runs.folder).curve(short.number)["loss"]) > 1
    monkeypatch.setattr(runbook, "LONG", 0.0)
    studio.train()
    rest(studio)
    assert studio.runs.runs[-1].has_network


def test_runs_of_what_is_never_saved_go_with_it(make: Any, rest: Any, tmp_path: Path) -> None:
    """Closing, or opening something else, leaves nothing of a network that was never saved."""
    for end in (Studio.close, Studio.new):
        studio = make()
        studio.train()
        rest(studio)
        end(studio)
        studio.close()
    assert list((tmp_path / "state" / "unsaved").iterdir()) == []
    assert list((tmp_path / "state" / "underway").glob("*")) == []


def test_saved_under_another_name_runs_stay(make: Any, rest: Any, tmp_path: Path) -> None:
    """Save as begins a history of its own; opened again, a network has its runs."""
    studio = make()
    studio.save(tmp_path / "a.grad")
    studio.train()
    rest(studio)
    studio.save(tmp_path / "b.grad")
    rest(studio)
    assert studio.runs.runs == ()
    studio.open_document(files.read(tmp_path / "a.grad"), tmp_path / "a.grad")
    rest(studio)
    assert [run.step for run in studio.runs.runs] == [30]


def test_a_diverged_run_is_kept_with_its_reason(make: Any, rest: Any) -> None:
    """A run that fails is kept as far as it was sound, with the sentence the window told."""
    studio = make(spiral(4, optimizer="sgd", learning_rate=1e6))
    studio.train(50)
    rest(studio)
    (run,) = studio.runs.runs
    assert run.outcome is Outcome.DIVERGED
    assert run.message == studio.session.latest.message != ""


def test_a_run_that_stops_early_has_come_to_its_end(make: Any, rest: Any) -> None:
    """Where training stops early nothing is left to go on with: the run is finished, and says what happened."""
    studio = make(spiral(8, batch_size=32, stop_patience=20, learning_rate=0.3))
    studio.train(5000)
    rest(studio)
    (run,) = studio.runs.runs
    assert run.step < run.goal
    assert run.outcome is Outcome.FINISHED
    assert [change.setting for change in run.changes] == ["early stop"]


def test_an_edit_ends_a_run_and_it_is_kept(make: Any, rest: Any, qtbot: Any) -> None:
    """A run that was stopped by an edit of the network is kept with the network it trained."""
    studio = make()
    studio.do(change_settings(studio.document, steps=10**6))
    studio.train()
    qtbot.waitUntil(lambda: studio.session.step > 3)
    hidden = studio.document.named("hidden")
    studio.do(move(studio.document, {hidden.id: (500.0, 500.0)}))
    studio.do(change_settings(studio.document, seed=9))
    rest(studio)
    (run,) = studio.runs.runs
    assert run.outcome is Outcome.STOPPED
    kept = Store(studio.runs.folder).network(1)
    assert (kept.settings.seed, kept.training.step) == (0, run.step)
    assert kept.nodes[hidden.id].x == 500.0


def test_a_folder_that_cannot_be_written_is_told(make: Any, rest: Any, tmp_path: Path) -> None:
    """Where a run can't be kept the window says so, and training goes on as ever."""
    (tmp_path / "net.runs").write_text("in the way")
    studio = make(None, tmp_path / "net.grad")
    told: list[str] = []
    studio.messageShown.connect(told.append)
    studio.train()
    rest(studio)
    assert studio.document.training.step == 30
    assert any("to keep runs in" in sentence for sentence in told)


def test_checkpoints_of_the_window_go_on_bit_equal(make: Any, rest: Any, qtbot: Any) -> None:
    """A state written while a window trains is what a trainer of its own comes to at that step, layout included."""
    studio = make()
    studio.runs.wishes = Wishes(0.02, best=False)
    hidden = studio.document.named("hidden")
    studio.do(move(studio.document, {hidden.id: (700.0, 10.0)}))
    studio.train(10**6)
    qtbot.waitUntil(lambda: bool(studio.runs.runs))
    (run,) = studio.runs.runs
    assert run.outcome is Outcome.RUNNING
    kept = files.dumps(Store(studio.runs.folder).network(1))
    studio.session.stop()
    document = files.loads(kept)
    assert document.nodes[hidden.id].x == 700.0
    alone = Trainer(spiral(4, batch_size=16, steps=30))
    list(alone.run(document.training.step))
    for key, array in alone.training().parameters.items():
        assert document.training.parameters[key].tobytes() == array.tobytes()


def test_a_verdict_on_the_test_part_is_noted(make: Any, rest: Any) -> None:
    """What a network makes of its test part is noted on the run that left it so, and on no other."""
    studio = make()
    for _ in range(2):
        studio.train()
        rest(studio)
    studio.undo()
    studio.runs.tested(studio.document.training, 0.25, 0.875)
    rest(studio)
    assert [(run.result.test_loss, run.result.test_accuracy) for run in studio.runs.runs] == [
        (0.25, 0.875),
        (None, None),
    ]


def test_old_runs_of_nobody_are_taken_away(make_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    """A start takes away what a crash has left of unsaved networks long ago, and nothing newer."""
    old, new = (tmp_path / "unsaved" / f"gradstudio-{name}.runs" for name in ("old", "new"))
    for folder in (old, new):
        Store(folder).add(Run(step=1), spiral(4))
    os.utime(old, (1e9, 1e9))
    assert not recover(make_window(), tmp_path)
    assert (old.exists(), new.exists()) == (False, True)


def test_what_is_kept_is_remembered() -> None:
    """How often a state is kept, and whether the best is, outlives a window; nonsense means as usual."""
    preferences = Preferences()
    assert preferences.checkpoints == Wishes(300.0, best=True)
    for wishes in (Wishes(60.0, best=False), Wishes(None, best=True)):
        preferences.checkpoints = wishes
        assert preferences.checkpoints == wishes
    preferences._set("checkpoints", "[-1, 7]")
    assert preferences.checkpoints == Wishes()


def test_the_panel_is_reached_by_menu_and_key(make_window: Callable[..., MainWindow]) -> None:
    """Train ▸ Runs shows the panel and goes to it."""
    window = make_window(spiral(4))
    action = window.actions_by_id["runs"]
    assert action.shortcut().toString() == "Ctrl+Shift+Y"
    action.trigger()
    settle(window)
    assert window.docks["runs"].isVisible()
    assert isinstance(window.docks["runs"].widget(), RunsPanel)


CRASH = """
import sys, gradstudio.gates
from pathlib import Path
from PySide6.QtWidgets import QApplication
from gradstudio import files
from gradstudio.training.keeping import Wishes
from gradstudio.ui import runbook
from gradstudio.ui.bridge import Studio
app = QApplication([])
saved, state = Path(sys.argv[1]), Path(sys.argv[2])
studio = Studio(files.read(saved), saved if sys.argv[3] == "saved" else None, state=state)
studio.runs.wishes = Wishes(0.02)
studio.runs.changed.connect(lambda: studio.runs.runs and print("kept", flush=True))
studio.train(10**8)
app.exec()
"""


@pytest.mark.parametrize("how", ["saved", "unsaved"])
def test_after_a_crash_the_window_goes_on(how: str, qapp: QApplication, qtbot: Any, rest: Any, tmp_path: Path) -> None:
    """Killed in the midst of training, the next start asks, and goes on to the bits of a run that wasn't killed."""
    path, state = tmp_path / "net.grad", tmp_path / "state"
    files.write(spiral(4, batch_size=16), path)
    words = [sys.executable, "-c", CRASH, str(path), str(state), how]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"kept\n"
        assert Underway(state / "underway").found() == [], "it lives"
        process.kill()
    windows = Windows(Preferences(state=state))
    window = windows.open()
    assert recover(window, state)
    studio = window.studio
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "interrupted") is not None)
    box = window.findChild(QMessageBox, "interrupted")
    assert box is not None
    (run,) = studio.runs.runs
    assert box.text() == f"Continue from step {run.step:,}?"
    assert box.informativeText().startswith("The last session ended unexpectedly. ")
    assert studio.runs.is_interrupted(1)
    kept = Store(studio.runs.folder).network(1).training.step
    box.defaultButton().click()
    qtbot.waitUntil(lambda: studio.running and studio.session.step > kept)
    studio.pause()
    rest(studio)
    assert not studio.runs.is_interrupted(1)
    assert [(one.number, one.outcome, one.goal) for one in studio.runs.runs] == [(1, Outcome.PAUSED, 10**8)]
    alone = Trainer(spiral(4, batch_size=16))
    list(alone.run(studio.document.training.step))
    for key, array in alone.training().parameters.items():
        assert studio.document.training.parameters[key].tobytes() == array.tobytes()
    assert studio.document.training.history["loss"].tobytes() == alone.training().history["loss"].tobytes()
    assert Underway(state / "underway").found() == []
    windows.close_now()


def test_an_interrupted_run_that_is_left_is_not_asked_about_again(
    qapp: QApplication, rest: Any, tmp_path: Path, qtbot: Any
) -> None:
    """Left alone, a run counts as stopped and stays in the table; the next opening of its network asks nothing."""
    path, document = tmp_path / "net.grad", spiral(4)
    files.write(document, path)
    store = Store(tmp_path / "net.runs")
    store.add(Run(step=7, goal=20, outcome=Outcome.RUNNING), document)
    store.close()
    windows = Windows(Preferences(state=tmp_path / "state"))
    window = windows.open()
    window.files.open_path(path)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "interrupted") is not None)
    box = window.findChild(QMessageBox, "interrupted")
    assert box is not None
    next(button for button in box.buttons() if button is not box.defaultButton()).click()
    rest(window.studio)
    assert store.get(1).outcome is Outcome.STOPPED
    window.files.open_path(path)
    rest(window.studio)
    assert [run.number for run in window.studio.runs.runs] == [1]
    assert window.findChild(QMessageBox, "interrupted") is None
    windows.close_now()


def test_a_run_opens_in_a_window_of_its_own(qapp: QApplication, rest: Any, tmp_path: Path, qtbot: Any) -> None:
    """The network of a run opens beside, without a file, and the first window stays as it is."""
    windows = Windows(Preferences(state=tmp_path / "state"))
    window = windows.open()
    window.studio.open_document(spiral(4), None)
    window.studio.train(5)
    rest(window.studio)
    before = files.dumps(window.studio.document)
    open_run(window, 1, best=False)
    qtbot.waitUntil(lambda: len(windows.all) == 2)
    beside = windows.all[1]
    settle(beside)
    assert files.dumps(beside.studio.document) == before
    assert (beside.studio.path, beside.studio.name) == (None, "untitled-run-1.grad")
    windows.close_now()
