"""The bridge: what crosses from document and session to Qt, and when."""

import time
from typing import ClassVar

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from gradstudio.document import commands
from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Array, Gate, Port, Shape
from gradstudio.training.snapshot import Status
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas import CanvasView
from tests.ui.conftest import example


def poll(studio) -> QTimer:
    """The polling timer."""
    timer = studio.findChild(QTimer, "studio.poll")
    assert isinstance(timer, QTimer)
    return timer


def rest(studio) -> None:
    """Let the event loop run until nothing is awaited."""
    while poll(studio).isActive():
        QTest.qWait(5)


def run_some(studio, steps=10) -> None:
    """Train until so many steps are done."""
    studio.train()
    while studio.session.latest.step < steps:
        QTest.qWait(2)


def node(studio, name):
    return studio.document.named(name)


def test_the_timer_runs_only_while_something_is_awaited(studio) -> None:
    """It starts with a change, a run or a new watch, and stops when the numbers are there."""
    one = studio(example("sum-times-z"))
    assert poll(one).isActive()
    rest(one)
    assert one.snapshot().values
    one.do(lambda: commands.set_param(one.document, [node(one, "x").id], "value", 3.0))
    assert poll(one).isActive()
    rest(one)
    one.set_watch(rows=True)
    assert poll(one).isActive()
    rest(one)
    one.set_watch(rows=True)
    assert not poll(one).isActive()
    assert one.snapshot().rows


class Busy(Gate):
    """Passes x on and says when it computes."""

    id = "test_busy"
    title = "Busy"
    inputs = (Port("x"),)
    computed: ClassVar[list[str]] = []

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        return x

    def forward(self, x: Array) -> Array:
        """The value of x."""
        Busy.computed.append("computed")
        return x.copy()

    def backward(self, dz: Array) -> Array:
        """The gradient."""
        return dz


def test_a_network_shows_itself_before_it_is_computed(qtbot) -> None:
    """While a window is made for a network, and until it has painted it, the worker leaves it the processor."""
    with CATALOG.including(Busy):
        document = Document()
        constant, busy = Node(1, "constant", "x"), Node(2, "test_busy", "b")
        document.apply(Patch("Make", {1: constant, 2: busy}, {3: Wire(3, 1, "value", 2, "x")}))
        Busy.computed.clear()
        one = Studio(document)
        one.set_watch(rows=True)
        view = CanvasView(one)
        qtbot.addWidget(view)
        view.paint_overlay = lambda painter: Busy.computed.append("painted")  # type: ignore[method-assign]
        time.sleep(0.1)
        assert not Busy.computed
        view.show()
        qtbot.waitUntil(lambda: one.snapshot() is not None)
        one.close()
        assert Busy.computed[0] == "painted"
        assert "computed" in Busy.computed


def test_numbers_of_an_older_network_are_never_shown(studio) -> None:
    """From the edit until the new numbers are there `snapshot` is None, and no old one is announced."""
    one = studio(example("sum-times-z"))
    rest(one)
    seen = []
    one.snapshotTaken.connect(lambda snapshot: seen.append((snapshot.revision, one.document.graph_revision)))
    for value in (1.0, 2.0, 3.0):
        one.do(lambda value=value: commands.set_param(one.document, [node(one, "x").id], "value", value))
        assert one.snapshot() is None
        QTest.qWait(3)
    rest(one)
    assert one.snapshot().values[node(one, "f").id, "z"].scalar == (3 + 5) * -4
    assert seen
    assert all(shown == current for shown, current in seen)


def test_moving_a_node_keeps_the_numbers(studio) -> None:
    """An edit that computes nothing else leaves the snapshot in force."""
    one = studio(example("product"))
    rest(one)
    before = one.snapshot()
    one.do(lambda: commands.move(one.document, {node(one, "x").id: (500.0, 500.0)}))
    assert one.snapshot() is before


def test_a_run_that_ends_is_one_step_of_undo(studio) -> None:
    """Its training comes into the document through the history."""
    one = studio(example("spiral"))
    one.train(30)
    rest(one)
    assert one.document.training.step == 30
    assert one.history.titles == ("Train 30 steps",)
    assert one.status is Status.IDLE


def test_the_end_of_a_run_is_told_once(studio) -> None:
    """A run that reaches its goal says how it went; pausing and stepping say nothing."""
    one = studio(example("spiral"))
    said: list[str] = []
    one.messageShown.connect(said.append)
    one.step_once()
    rest(one)
    assert said == []
    one.train(30)
    rest(one)
    one.refresh()
    rest(one)
    assert len(said) == 1
    assert said[0].startswith("Trained to step 31, loss 0.9")


def test_a_run_that_diverges_says_why_and_can_be_mended(studio) -> None:
    """The message names the node; after Undo of training and rate it trains as if nothing had been."""
    one = studio(example("spiral"))
    said: list[str] = []
    one.messageShown.connect(said.append)
    one.do(lambda: commands.change_settings(one.document, learning_rate=1e6))
    one.train(500)
    rest(one)
    assert str(one.status) == "failed"
    assert "learning rate" in said[-1]
    one.undo()
    one.undo()
    rest(one)
    assert one.history.index == 0
    assert one.status is Status.IDLE
    one.train(20)
    rest(one)
    assert one.status is Status.IDLE
    assert one.snapshot().loss < 1.2


def test_status_is_told_as_it_changes(studio) -> None:
    """Running, paused, running, idle."""
    one = studio(example("spiral"))
    told: list[str] = []
    one.statusChanged.connect(told.append)
    one.train(10**6)
    one.pause()
    one.toggle_training()
    one.toggle_training()
    assert told == ["running", "paused", "running", "paused"]
    one.settle(stop=True)
    rest(one)
    assert one.status in (Status.IDLE, Status.PAUSED)


def test_a_refused_edit_is_a_message_and_changes_nothing(studio) -> None:
    """`do` shows the sentence and says no; `edit` raises it."""
    one = studio(example("sum-times-z"))
    said: list[str] = []
    one.messageShown.connect(said.append)
    x, f = node(one, "x").id, node(one, "f").id
    assert not one.do(lambda: commands.connect(one.document, f, "z", node(one, "q").id, "x", replace=True))
    assert not one.do(lambda: commands.set_param(one.document, [x], "value", "many"))
    assert len(said) == 2
    assert one.history.titles == ()
    with pytest.raises(Exception, match="value needs"):
        one.edit(lambda: commands.set_param(one.document, [x], "value", "many"))


def test_an_edit_during_a_run_keeps_what_was_learned(studio) -> None:
    """The run is stopped and committed before the edit is made, and the person is told."""
    one = studio(example("spiral"))
    said: list[str] = []
    one.messageShown.connect(said.append)
    run_some(one)
    one.do(lambda: commands.set_param(one.document, [node(one, "reg_loss").id], "strength", 0.1))
    assert not one.running
    assert one.document.training.step >= 10
    assert "Training stopped after step" in said[0]


def test_settings_of_the_training_dont_stop_a_run(studio) -> None:
    """A new learning rate, and a moved node, leave it running."""
    one = studio(example("spiral"))
    run_some(one)
    one.do(lambda: commands.change_settings(one.document, learning_rate=0.3))
    one.do(lambda: commands.move(one.document, {node(one, "relu").id: (0.0, 0.0)}))
    assert one.running


def test_selection_forgets_what_is_gone(studio) -> None:
    """A deleted node is no longer selected when the change is told, and unknown ids never are."""
    one = studio(example("product"))
    x, y = node(one, "x").id, node(one, "y").id
    one.select((x, y, 12345))
    assert one.selection() == ((x, y), ())
    seen = []
    one.documentChanged.connect(lambda _: seen.append(one.selection()))
    one.do(lambda: commands.delete(one.document, [x]))
    assert seen == [((y,), ())]


def test_a_new_document_has_a_history_and_a_session_of_its_own(studio) -> None:
    """Opening replaces all of it and tells once; the old session's thread has ended."""
    one = studio(example("spiral"))
    run_some(one)
    thread, told = one.session._thread, []
    one.documentReplaced.connect(lambda: told.append(one.name))
    one.open_document(Document(), None, "other.grad")
    assert told == ["other.grad"]
    assert not thread.is_alive()
    assert one.history.titles == ()
    assert not one.modified
    one.new()
    assert one.name == "untitled.grad"


def test_saving_marks_the_network_clean(studio, tmp_path) -> None:
    """`modified` follows edits, saving and running."""
    one = studio(example("spiral"))
    assert not one.modified
    one.do(lambda: commands.rename(one.document, node(one, "relu").id, "r"))
    assert one.modified
    one.save(tmp_path / "a.grad")
    assert not one.modified
    assert one.name == "a.grad"
    one.train(10**6)
    assert one.modified
    one.save()
    assert one.running
    one.pause()
    with pytest.raises(ValueError, match="path"):
        studio().save()


def test_after_closing_nothing_runs_any_more(studio) -> None:
    """Panels that still say what they watch start no timer."""
    one = studio(example("spiral"))
    one.train()
    one.close()
    one.set_watch(rows=True)
    one.refresh()
    assert not poll(one).isActive()
    assert not one.session._thread.is_alive()
    one.close()


def test_a_fault_in_the_worker_comes_out_of_the_poll(studio, monkeypatch, qtbot) -> None:
    """What goes wrong in the session's thread is raised in the window's, where it reaches the person."""
    one = studio(example("product"))
    rest(one)
    monkeypatch.setattr("gradstudio.training.session.Observer.look", lambda *_: 1 / 0)
    with qtbot.captureExceptions() as caught:
        one.refresh()
        rest(one)
    assert [kind for kind, *_ in caught] == [ZeroDivisionError]


class Late(Studio):
    """A studio that comes to the saving only after the run has ended by itself."""

    def settle(self, *, stop: bool = False) -> None:
        self.session.wait_idle()
        super().settle(stop=stop)


def test_saving_at_the_end_of_a_run_starts_no_other(qapp, tmp_path) -> None:
    """A run that ends by itself while the network is saved makes its own steps and no more."""
    one = Late(example("spiral"))
    one.train(3)
    one.save(tmp_path / "a.grad")
    one.session.wait_idle()
    one.settle()
    assert not one.running
    assert one.document.training.step == 3
    one.close()
