"""Muted nodes: shapes, values, gradients, export, and what was trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradstudio.document import commands
from gradstudio.document.compile import Compiled, compile_document
from gradstudio.document.model import Document, Training, Wire
from gradstudio.document.muting import passing
from gradstudio.document.reasons import Reason
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import Kind, Port
from gradstudio.engine.plan import Plan
from gradstudio.export.numpy_code import numpy_script
from gradstudio.training.trainer import Trainer
from tests.document.build import Net, course, fresh, spiral


def mute(net: Net, *names: str) -> Net:
    """The net with these nodes muted."""
    net.do(commands.set_muted(net.doc, [net.id(name) for name in names], True))
    return net


def ran(doc: Document) -> tuple[Compiled, Plan]:
    """Computed in float64."""
    compiled = compile_document(doc)
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    return compiled, plan


def test_a_muted_node_passes_its_first_input_through() -> None:
    """f = (x + y)·z with q muted is x·z, and the gradient goes to x as if q weren't there."""
    net = mute(course(), "q")
    compiled, plan = ran(net.doc)
    slots = compiled.slots
    assert plan.value(slots[net.id("q"), "z"]) == -2
    assert plan.value(slots[net.id("f"), "z"]) == 8
    assert plan.gradient(slots[net.id("x"), "value"]) == -4
    assert compiled.problems == ()


def test_the_wires_that_pass_carry_gradients() -> None:
    """The wire that is passed on brings its gradient back; the one that ends at the muted node brings nothing."""
    net = mute(course(), "q")
    compiled, plan = ran(net.doc)
    by_target = {wire.input: wire.id for wire in net.doc.wires_into(net.id("q"))}
    assert plan.contribution(*compiled.wires[by_target["x"]]) == -4
    assert by_target["y"] not in compiled.wires


def test_inputs_of_another_kind_are_passed_by() -> None:
    """A muted loss passes its scores, not its labels, and its shape is theirs."""
    net = mute(spiral(), "loss")
    assert net.shape("loss.loss") == net.shape("scores.z") == (60, 3)


def test_the_first_input_with_a_wire_counts() -> None:
    """Where the first input has no wire, the next one passes; with no wire at all the node says what to do."""
    net = mute(course(), "q")
    first, second = net.doc.wires_into(net.id("q"))
    net.do(commands.disconnect(net.doc, [first.id]))
    compiled, plan = ran(net.doc)
    assert plan.value(compiled.slots[net.id("q"), "z"]) == 5
    net.do(commands.disconnect(net.doc, [second.id]))
    (finding, *_) = infer(net.doc).problems
    assert (finding.node, finding.reason) == (net.id("q"), Reason.MISSING)
    assert "“q” is muted, and nothing arrives" in finding.message


def test_a_muted_source_has_nothing_to_pass() -> None:
    """A source that is muted is a problem, and what it feeds isn't computed."""
    net = mute(course(), "z")
    assert [finding.node for finding in infer(net.doc).problems] == [net.id("z")]
    compiled = compile_document(net.doc)
    assert (net.id("f"), "z") not in compiled.slots
    assert compiled.unfinished is not None
    assert "“z” is muted" in compiled.unfinished.message


def test_weights_of_a_muted_layer_are_not_there() -> None:
    """A regulariser adds up the other weights it is wired to; one that is left with nothing says why."""
    net = mute(spiral(), "hidden")
    compiled, _ = ran(net.doc)
    assert list(compiled.parameters) == [f"{net.id('scores')}.W", f"{net.id('scores')}.b"]
    assert (net.id("decay"), "loss") in compiled.slots
    mute(net, "scores")
    (finding,) = [f for f in infer(net.doc).problems if f.node == net.id("decay")]
    assert finding.message == "“decay”: what feeds w is muted. Unmute it, or wire another output there."


def test_muting_changes_the_computation_and_undo_gives_it_back() -> None:
    """It is one step, it is an edit of the graph, and unmuting or undoing brings every number back."""
    net = course()
    before = net.doc.graph_revision
    mute(net, "q")
    assert net.doc.graph_revision > before
    assert net.history.undo_title == "Mute q"
    net.history.undo()
    compiled, plan = ran(net.doc)
    assert plan.value(compiled.slots[net.id("f"), "z"]) == -12


@pytest.mark.parametrize("names", [("q",), ("f",), ("q", "f")])
def test_shapes_are_found_step_by_step_as_at_once(names: tuple[str, ...]) -> None:
    """What is inferred after muting is what a fresh look at the document finds."""
    net = mute(course(), *names)
    known, anew = infer(net.doc), infer(fresh(net.doc))
    for node in net.doc.nodes:
        assert known.places[node].shapes == anew.places[node].shapes
        assert known.places[node].silent == anew.places[node].silent


def test_muting_a_layer_is_noticed_by_what_its_weights_feed() -> None:
    """The shapes kept of a regulariser follow when the layer behind it is muted and unmuted."""
    net = spiral()
    assert net.shape("decay.loss") == ()
    mute(net, "hidden", "scores")
    assert net.shape("decay.loss") is None
    net.do(commands.set_muted(net.doc, [net.id("scores")], False))
    assert net.shape("decay.loss") == ()


def test_the_script_says_it_too() -> None:
    """Exported code passes the value and its gradient through."""
    text = numpy_script(mute(spiral(), "relu").doc, "t", "a.npz").text
    assert "relu = hidden\n" in text
    assert "dhidden = drelu\n" in text


def test_training_keeps_what_a_muted_layer_has_learned() -> None:
    """A run with a muted layer leaves its weights and their optimiser state as they were."""
    net = spiral()
    trainer = Trainer(net.doc.copy())
    list(trainer.run(3))
    net.do(commands.set_training(net.doc, trainer.training(), "Train"))
    mute(net, "hidden")
    net.do(commands.set_param(net.doc, [net.id("scores")], "units", 3))
    later = Trainer(net.doc.copy())
    list(later.run(3))
    then, now = net.doc.training, later.training()
    key = f"{net.id('hidden')}.W"
    assert np.array_equal(now.parameters[key], then.parameters[key])
    assert {name for name in then.optimizer if name.startswith(key)} <= set(now.optimizer)
    assert set(now.parameters) == set(then.parameters)


def test_nothing_of_an_unmuted_node_that_is_gone_is_kept() -> None:
    """Only muted nodes keep what they had: other arrays that belong to no parameter go with the next run."""
    net = spiral()
    trained = Training(1, {f"{net.id('relu')}.W": np.zeros(2)}, {}, {})
    document = net.doc.copy()
    document.apply(replace(commands.set_training(document, trained, "Train")))
    assert f"{net.id('relu')}.W" not in Trainer(document).training().parameters


def test_labels_are_not_passed_where_numbers_come_out() -> None:
    """An input of another kind is passed by, also where it comes first; an output nothing fits carries nothing."""
    labels, numbers, out = Port("labels", kind=Kind.LABELS), Port("x"), Port("z")
    wires = (Wire(1, 10, "labels", 12, "labels"), Wire(2, 11, "z", 12, "x"))
    assert passing((labels, numbers), (out,), wires) == (wires[1],)
    assert passing((labels, numbers), (Port("y", kind=Kind.LABELS), out), wires) == wires
    assert passing((labels,), (out,), wires) == (None,)
