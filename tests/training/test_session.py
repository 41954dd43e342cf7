"""The session: a worker thread, snapshots, and edits in the middle of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from gradstudio.document.commands import set_frozen
from gradstudio.document.model import Document, Node, Patch, Settings, Training, moved
from gradstudio.engine.errors import GraphError
from gradstudio.engine.running import Stop
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Snapshot, Status, Watch
from gradstudio.training.trainer import Trainer
from tests.training.networks import course_circuit, network, spiral


@pytest.fixture
def opened() -> Iterator[Callable[[Document], Session]]:
    """Makes sessions that are closed when the test ends."""
    sessions: list[Session] = []

    def make(document: Document) -> Session:
        sessions.append(Session(document))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


Opened = Callable[[Document], Session]


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.002)


def settled(session: Session) -> Snapshot:
    """The snapshot once everything asked for is done."""
    assert session.wait_idle()
    session.take()
    return session.latest


def named(document: Document, name: str) -> int:
    """The id of a node."""
    node = document.named(name)
    assert node is not None
    return node.id


def test_circuit_is_computed_unasked(opened: Opened) -> None:
    """A document's values and gradients come without training, as numbers of its own revision."""
    document = course_circuit()
    seen = settled(opened(document))
    f, x = named(document, "f"), named(document, "x")
    assert seen.revision == document.graph_revision
    assert seen.values[f, "z"].scalar == -12
    assert seen.gradients[x, "value"].scalar == -4
    assert {round(c.scalar or 0) for c in seen.contributions.values()} == {-4, 3}
    assert seen.objective == "f"


def test_an_edit_is_computed(opened: Opened) -> None:
    """After an edit of the graph the snapshot is of the new revision."""
    document = course_circuit()
    session = opened(document)
    settled(session)
    x = document.named("x")
    assert x is not None
    document.apply(Patch("Set", {x.id: Node(x.id, x.gate, x.name, {"value": np.array(1.0)})}))
    seen = settled(session)
    assert seen.revision == document.graph_revision
    assert seen.values[named(document, "f"), "z"].scalar == -24


def test_a_move_is_not_computed_again(opened: Opened) -> None:
    """Moving a node leaves the numbers valid."""
    document = course_circuit()
    session = opened(document)
    before = settled(session)
    x = document.nodes[named(document, "x")]
    document.apply(Patch("Move", {x.id: moved(x, 40, 40)}))
    assert settled(session) is before
    assert before.revision == document.graph_revision


def test_a_run_is_committed_once(opened: Opened) -> None:
    """A finished run gives one patch with its training state, and then none."""
    document = spiral(steps=30)
    session = opened(document)
    session.start()
    seen = settled(session)
    patch = session.commit()
    assert patch is not None
    assert patch.title == "Train 30 steps"
    document.apply(patch)
    assert (document.training.step, seen.step, seen.status) == (30, 30, Status.IDLE)
    assert session.commit() is None
    assert settled(session).revision == document.graph_revision


def test_pause_resume_ends_at_the_goal_with_the_same_bits(opened: Opened) -> None:
    """A run that is paused, committed and resumed ends at its goal with the bits of an uninterrupted one."""
    straight, broken = spiral(steps=4000), spiral(steps=4000)
    first, second = opened(straight), opened(broken)
    first.start()
    first.wait_idle()
    second.start()
    until(lambda: second.take() is not None and second.latest.step > 0)
    second.pause()
    assert second.status is Status.PAUSED
    patch = second.commit()
    assert patch is not None
    broken.apply(patch)
    second.resume()
    second.wait_idle()
    a, b = first.commit(), second.commit()
    assert a is not None
    assert b is not None
    assert a.training is not None
    assert b.training is not None
    assert a.training.step == b.training.step == 4000
    assert all(a.training.parameters[k].tobytes() == b.training.parameters[k].tobytes() for k in a.training.parameters)


def test_step_makes_one_step(opened: Opened) -> None:
    """Step makes a single training step and pauses."""
    session = opened(spiral())
    for wanted in (1, 2, 3):
        session.step_once()
        assert settled(session).step == wanted
        assert session.status is Status.PAUSED


def test_snapshots_come_while_it_runs_and_never_pile_up(opened: Opened) -> None:
    """While training runs the newest snapshot can be taken; not taking any doesn't hold the run up."""
    session = opened(spiral(steps=3000))
    session.start()
    steps = []
    while session.running:
        seen = session.take()
        if seen is not None and seen.status is Status.RUNNING:
            steps.append(seen.step)
        time.sleep(0.01)
    assert len(steps) >= 2
    assert steps == sorted(set(steps))
    assert settled(session).step == 3000


def test_learning_rate_changes_in_a_running_run(opened: Opened) -> None:
    """A learning rate set while it runs is in force in the next snapshots and doesn't stop the run."""
    document = spiral(steps=10**6)
    session = opened(document)
    session.start()
    document.apply(Patch("Learning rate", settings=Settings("adam", 1e-5, steps=10**6)))
    until(lambda: session.take() and session.latest.learning_rate == 1e-5)
    assert session.running
    session.stop()


def test_a_node_is_frozen_in_a_running_run(opened: Opened) -> None:
    """Freezing takes effect between two steps without stopping the run, and is noted; unfreezing as well."""
    document = course_circuit()
    session, x = opened(document), named(document, "x")
    session.start(10**6)
    until(lambda: session.step > 100)
    document.apply(set_frozen(document, [x], True))
    until(lambda: (seen := session.take()) is not None and len(seen.changes) == 1)
    at = session.step
    until(lambda: session.step > at + 100)
    assert session.running
    document.apply(set_frozen(document, [x], False))
    until(lambda: (seen := session.take()) is not None and len(seen.changes) == 2)
    session.stop()
    patch = session.commit()
    assert patch is not None
    assert patch.training is not None
    assert [(c.what, c.after) for c in patch.training.changes] == [("freeze", "x"), ("unfreeze", "x")]


def test_an_early_stop_ends_the_run_and_says_why(opened: Opened) -> None:
    """The session is idle before its goal, with a sentence, and commits the best weights; the next run goes on."""
    document = spiral(stop_patience=30, stop_delta=0.01, learning_rate=0.05)
    session = opened(document)
    session.start(2000)
    seen = settled(session)
    assert seen.status is Status.IDLE
    assert seen.step < 2000
    assert seen.message.startswith("Training stopped early at step")
    patch = session.commit()
    assert patch is not None
    document.apply(patch)
    assert document.training.watched["best"] == pytest.approx(seen.loss)
    session.start(5)
    again = settled(session)
    assert (again.step, again.message) == (seen.step + 5, "")


def test_editing_the_graph_stops_the_run(opened: Opened) -> None:
    """An edit of the graph in the middle of a run stops it, says so, and its result never reaches the document."""
    document = spiral(steps=10**6)
    session = opened(document)
    session.start()
    until(lambda: session.take() and session.latest.step > 0)
    relu = named(document, "relu")
    gone = {w.id: None for w in (*document.wires_into(relu), *document.wires_out_of(relu))}
    document.apply(Patch("Delete relu", {relu: None}, gone))
    seen = settled(session)
    assert not session.running
    assert session.commit() is None
    assert "edited" in seen.message
    assert seen.revision == document.graph_revision


def test_undone_training_is_forgotten(opened: Opened) -> None:
    """After the training patch is taken back, a new run starts from the older state."""
    document = spiral(steps=5)
    session = opened(document)
    session.start()
    session.wait_idle()
    patch = session.commit()
    assert patch is not None
    inverse = document.apply(patch)
    document.apply(inverse)
    assert settled(session).step == 0
    session.start()
    assert settled(session).step == 5


def test_divergence_is_told_and_the_last_good_state_is_kept(opened: Opened) -> None:
    """A diverging run fails with a sentence naming the node, and what it had learned before stays finite."""
    document = spiral(optimizer="sgd", learning_rate=1e6, steps=50)
    session = opened(document)
    session.start()
    seen = settled(session)
    assert seen.status is Status.FAILED
    assert "“" in seen.message
    assert "learning rate" in seen.message
    patch = session.commit()
    assert patch is None or all(np.isfinite(a).all() for a in patch.training.parameters.values())  # type: ignore[union-attr]


def test_training_without_parameters_fails_with_a_sentence(opened: Opened) -> None:
    """Training a circuit of constants says what is missing and can be tried again."""
    document = network({"x": ("constant", {"value": 1.0}), "e": ("exp", {})}, [("x.value", "e.x")])
    session = opened(document)
    for _ in range(2):
        session.start()
        seen = settled(session)
        assert seen.status is Status.FAILED
        assert "nothing to train" in seen.message
        assert seen.values[named(document, "e"), "z"].scalar == pytest.approx(np.e)


def test_watch_decides_what_is_computed(opened: Opened) -> None:
    """Rows and the activation are in a snapshot only when somebody watches them."""
    document = spiral()
    session = opened(document)
    assert settled(session).rows == ()
    session.watch = Watch(rows=True, activation=named(document, "relu"))
    seen = settled(session)
    assert {row.name for row in seen.rows} >= {"hidden.W", "hidden.b", "relu"}
    assert seen.activation is not None
    assert seen.activation.node == named(document, "relu")


def test_close_joins_the_thread_even_while_it_trains() -> None:
    """Closing ends the worker thread, in the middle of a run, any number of times."""
    session = Session(spiral(steps=10**7))
    session.start()
    session.close()
    session.close()
    assert not any(t.name == "gradstudio-session" for t in threading.enumerate())


def test_edits_from_all_sides_end_in_one_state(opened: Opened) -> None:
    """Starting, pausing, stepping, stopping and editing in quick succession end idle at the newest revision."""
    document = spiral(steps=10**6)
    session = opened(document)
    scores = named(document, "scores")
    for i in range(12):
        session.start()
        node = document.nodes[scores]
        document.apply(Patch("Set", {scores: Node(node.id, node.gate, node.name, {"units": 3, "bias": i % 2 == 0})}))
        session.step_once()
        session.start()
        session.pause()
        session.take()
        session.stop()
    seen = settled(session)
    assert seen.revision == document.graph_revision
    assert not session.running


def relabel(document: Document, name: str, new: str) -> None:
    """Give a node another name."""
    node = document.nodes[named(document, name)]
    document.apply(Patch("Rename", {node.id: replace(node, name=new)}))


def test_quick_steps_are_all_made(opened: Opened) -> None:
    """Step asked for again before the worker got to it makes one more step; none is lost."""
    session = opened(spiral(units=100))
    for _ in range(25):
        session.step_once()
    seen = settled(session)
    assert (seen.step, session.status) == (25, Status.PAUSED)


def test_a_run_started_while_a_step_is_due_comes_after_it(opened: Opened) -> None:
    """Start and resume, asked for before a single step was made, go on from where that step will end."""
    session = opened(spiral(steps=10))
    session.step_once()
    session.start(5)
    assert settled(session).step == 6
    session.step_once()
    session.resume()
    seen = settled(session)
    assert (seen.step, seen.steps, session.status) == (16, 16, Status.IDLE)


def test_labels_no_class_has_are_told_and_can_be_mended(opened: Opened) -> None:
    """A gate that refuses its data fails the session with its sentence; with other data it is computed again."""
    document = network(
        {
            "scores": ("parameter", {"value": np.array([[1.0, 2.0, 3.0]])}),
            "labels": ("labels", {"value": np.array([7.0])}),
            "loss": ("softmax_cross_entropy", {}),
        },
        [("scores.value", "loss.scores"), ("labels.labels", "loss.labels")],
    )
    session = opened(document)
    seen = settled(session)
    assert seen.status is Status.FAILED
    assert "Labels must be whole numbers from 0 to 2" in seen.message
    assert not seen.values
    session.start()
    assert settled(session).status is Status.FAILED
    labels = document.nodes[named(document, "labels")]
    document.apply(Patch("Set", {labels.id: replace(labels, params={"value": np.array([1.0])})}))
    seen = settled(session)
    assert (seen.status, seen.message) == (Status.IDLE, "")
    assert seen.loss is not None


def test_reset_before_the_commit_wins(opened: Opened) -> None:
    """A run's result that waits in `commit` is dropped when the training state is replaced in the meantime."""
    document = spiral(steps=20)
    session = opened(document)
    session.start()
    settled(session)
    document.apply(Patch("Reset", training=Training()))
    assert session.commit() is None
    assert settled(session).step == 0


def test_switching_from_momentum_to_adam_starts_adam_afresh(opened: Opened) -> None:
    """A velocity is never taken for Adam's second moment: training goes on and stays finite."""
    document = spiral(optimizer="momentum", learning_rate=0.1, steps=50)
    session = opened(document)
    session.start()
    settled(session)
    patch = session.commit()
    assert patch is not None
    document.apply(patch)
    document.apply(Patch("Set", settings=replace(document.settings, optimizer="adam", learning_rate=0.01)))
    session.start()
    seen = settled(session)
    assert (seen.status, seen.step) == (Status.IDLE, 100)


def test_a_new_name_is_in_the_next_snapshot(opened: Opened) -> None:
    """Renaming a node doesn't stop a run; once it has ended, snapshots say the new name."""
    document = course_circuit()
    session = opened(document)
    assert settled(session).objective == "f"
    relabel(document, "f", "g")
    assert session.awaiting
    assert settled(session).objective == "g"
    session.start(10**6)
    until(lambda: session.take() and session.latest.step > 0)
    relabel(document, "g", "h")
    assert session.running
    session.stop()
    patch = session.commit()
    assert patch is not None
    document.apply(patch)
    seen = settled(session)
    assert (seen.objective, seen.step) == ("h", document.training.step)


def test_after_close_nothing_is_begun(opened: Opened) -> None:
    """A closed session takes no orders any more."""
    session = opened(spiral())
    settled(session)
    session.close()
    for order in (session.start, session.resume, session.step_once, session.pause, session.stop, session.refresh):
        order()
        assert session.status is Status.IDLE


def test_pausing_at_the_goal_is_the_end(opened: Opened) -> None:
    """However a pause and the last step fall together, a run that reached its goal is over, not paused."""
    session = opened(spiral(units=2))
    for _ in range(60):
        session.start(3)
        session.pause()
        done = session.latest.step
        assert session.status is Status.PAUSED or settled(session).step % 3 == 0, done
        session.resume()
        assert settled(session).step % 3 == 0
        assert session.status is Status.IDLE


def test_a_failure_of_an_edited_network_is_not_told(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a network fails that has been edited since, the edited one is shown without that failure."""
    slow, go = threading.Event(), threading.Event()
    original = Trainer.evaluate

    def evaluate(self: Trainer, stop: Stop | None = None) -> bool:
        if threading.current_thread().name == "gradstudio-session" and not slow.is_set():
            slow.set()
            go.wait(10)
            raise GraphError("an old failure")
        return original(self, stop)

    monkeypatch.setattr(Trainer, "evaluate", evaluate)
    document = course_circuit()
    session = opened(document)
    session.refresh()
    assert slow.wait(10)
    x = document.nodes[named(document, "x")]
    document.apply(Patch("Set", {x.id: replace(x, params={"value": np.array(1.0)})}))
    session.start(3)
    go.set()
    seen = settled(session)
    assert (seen.status, seen.message, seen.step) == (Status.IDLE, "", 3)


def test_a_defect_in_the_worker_is_raised_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """What isn't the network's fault is raised in the window's thread once, and the session can go on after it."""
    document = course_circuit()
    session = opened(document)
    settled(session)
    with monkeypatch.context() as broken:
        broken.setattr(Trainer, "evaluate", lambda *_: 1 / 0)
        session.step_once()
        session.wait_idle()
        with pytest.raises(ZeroDivisionError):
            session.take()
    assert session.status is Status.FAILED
    session.take()
    session.start(3)
    assert settled(session).status is Status.IDLE


def set_value(document: Document, name: str, value: object) -> None:
    """Give a node another value."""
    node = document.nodes[named(document, name)]
    document.apply(Patch("Set", {node.id: replace(node, params={"value": np.array(value, float)})}))


def numbers(session: Session) -> tuple[dict[tuple[int, str], float | None], dict[tuple[int, str], float | None]]:
    """Values and gradients of a circuit at rest, once they are those of its document."""
    seen = settled(session)
    assert seen.revision == session.document.graph_revision
    values = {key: summary.scalar for key, summary in seen.values.items()}
    return values, {key: summary.scalar for key, summary in seen.gradients.items()}


def test_another_value_needs_no_other_plan(opened: Opened) -> None:
    """After an edit of a value the plan that is there computes, to the bit, what a new one would."""
    document = course_circuit()
    session = opened(document)
    settled(session)
    stage = session._stage
    for name, value in (("x", 3.0), ("z", -0.5), ("x", 1e300)):
        set_value(document, name, value)
        found = numbers(session)
        assert session._stage is stage
        assert found == numbers(opened(document.copy()))


def test_training_goes_on_from_another_value(opened: Opened) -> None:
    """Edited and trained, a network ends in the bits it would have had if it had been opened so."""
    document = course_circuit()
    session = opened(document)
    settled(session)
    set_value(document, "y", 2.0)
    session.start(7)
    settled(session)
    other = opened(document.copy())
    other.start(7)
    settled(other)
    one, two = session.commit(), other.commit()
    assert one is not None
    assert two is not None
    assert one.training is not None
    assert two.training is not None
    assert {k: v.tobytes() for k, v in one.training.parameters.items()} == {
        k: v.tobytes() for k, v in two.training.parameters.items()
    }


def test_another_start_value_leaves_what_was_learned(opened: Opened) -> None:
    """A trained parameter keeps its trained value when its start value is edited, whoever computes it then."""
    document = course_circuit()
    session = opened(document)
    session.start(5)
    settled(session)
    patch = session.commit()
    assert patch is not None
    document.apply(patch)
    set_value(document, "x", 99.0)
    found = numbers(session)
    assert found[0][named(document, "x"), "value"] != 99.0
    assert found == numbers(opened(document.copy()))
    session.start(3)
    assert settled(session).step == 8


@pytest.mark.parametrize("other", ["shape", "rename", "wire", "settings", "reset", "data"])
def test_any_other_edit_is_computed_too(opened: Opened, other: str) -> None:
    """With a value of another shape, or another edit between two looks, everything is that of the document."""
    document = spiral(batch_size=17) if other == "data" else course_circuit()
    session = opened(document)
    session.start(2)
    settled(session)
    patch = session.commit()
    assert patch is not None
    document.apply(patch)
    match other:
        case "data":
            node = document.nodes[named(document, "data")]
            document.apply(Patch("Set", {node.id: replace(node, params={"per_class": 40, "seed": 5})}))
        case "shape":
            set_value(document, "x", [1.0, 2.0])
        case "rename":
            set_value(document, "x", 4.0)
            relabel(document, "f", "goal")
        case "wire":
            set_value(document, "x", 4.0)
            wire = document.wires_into(named(document, "f"))[1]
            document.apply(Patch("Wire", wires={wire.id: replace(wire, source=named(document, "y"))}))
        case "settings":
            document.apply(Patch("Rate", settings=replace(document.settings, learning_rate=0.5, optimizer="adam")))
            set_value(document, "x", [1.0, 2.0])
        case "reset":
            set_value(document, "x", 4.0)
            document.apply(Patch("Reset", training=Training()))
    fresh = opened(document.copy())
    assert numbers(session) == numbers(fresh)
    assert session.latest.objective == fresh.latest.objective
    for each in (session, fresh):
        each.start(3)
        settled(each)
    assert numbers(session) == numbers(fresh)
    assert session.latest.step == fresh.latest.step
