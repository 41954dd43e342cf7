"""The step-through: its order, what is revealed when, and the sentence that tells it."""

from __future__ import annotations

import pytest

from gradstudio.cli import networks
from gradstudio.cli.examples import find, shipped
from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.insight.stepping import Stepping
from gradstudio.insight.telling import fork_text, telling


def stepping(name: str) -> Stepping:
    """The step-through of an example."""
    document = networks.read(find(name).path)
    return Stepping(document, networks.snapshot(networks.evaluated(document)))


def sentences(steps: Stepping) -> list[str]:
    """What is told at each position after the start."""
    return [telling(steps.at(k)).sentence for k in range(1, steps.end + 1)]


def test_sum_times_z_step_by_step() -> None:
    """q = x + y, f = q × z and their gradients are told in the course's order with the course's numbers."""
    assert sentences(stepping("sum-times-z")) == [
        "x = −2",
        "y = 5",
        "z = −4",
        "q = x + y: 3 = −2 + 5",
        "f = q × z: −12 = 3 × (−4)",
        "upstream 1, local −4 → −4 to q; local 3 → 3 to z",
        "upstream −4, local 1 → −4 to x; local 1 → −4 to y",
    ]


def test_where_leaves_branch_their_gradients_add() -> None:
    """Both leaves of the staged example branch: each gets a step of its own that adds up what came back."""
    assert sentences(stepping("staged"))[-2:] == [
        "gradients add: 0.009046 + 1.583 = 1.592",
        "gradients add: −0.03576 + 1.583 + 0.5121 = 2.06",
    ]


def test_a_switched_off_branch_tells_its_local_gradient() -> None:
    """Where max sends nothing back, w of the patterns example has local gradient 0, and the upstream is still told."""
    assert "upstream 2, local 1 → 2 to z; local 0 → 0 to w" in sentences(stepping("patterns"))


def test_a_layer_tells_the_gradients_of_its_weights() -> None:
    """A backward step at a Dense layer names what goes to its input and what its weights and bias get."""
    steps = stepping("mlp")
    scores = steps.document.named("scores")
    moments = (steps.at(k) for k in range(steps.turn + 1, steps.end + 1))
    told = next(telling(m).sentence for m in moments if scores is not None and m.active == scores.id)
    assert "to relu2" in told
    assert "for W" in told
    assert told.endswith("for b")


@pytest.mark.parametrize("name", [example.name for example in shipped() if not example.data])
def test_every_example_reveals_everything_once(name: str) -> None:
    """At the start nothing is seen, at the turning point all values and no gradient, at the end all there is."""
    steps = stepping(name)
    whole = steps.snapshot
    for position, values, gradients in ((0, False, False), (steps.turn, True, False), (steps.end, True, True)):
        seen = steps.at(position).veil(whole)
        assert set(seen.values) == (set(whole.values) if values else set())
        assert set(seen.gradients) == (set(whole.gradients) if gradients else set())
        assert set(seen.contributions) == (set(whole.contributions) if gradients else set())
    assert not any(steps.at(steps.end).dims(node) for node in steps.document.nodes)


@pytest.mark.parametrize("name", ["sum-times-z", "staged", "micrograd", "mlp", "attention"])
def test_a_step_reveals_only_what_the_steps_before_allow(name: str) -> None:
    """Going on never hides anything; the active node's inputs are known before it, its upstream gradient with it."""
    steps = stepping(name)
    document, before = steps.document, steps.at(0)
    for k in range(1, steps.end + 1):
        moment = steps.at(k)
        active = moment.active
        assert active is not None
        assert not moment.dims(active)
        for key in steps.snapshot.values:
            assert moment.shows_value(key) >= before.shows_value(key)
        for wire in document.wires_into(active):
            assert before.shows_value((wire.source, wire.output))
        if moment.is_backward:
            new = {w for w in steps.snapshot.contributions if moment.shows_share(w) and not before.shows_share(w)}
            assert new == moment.arriving()
            for wire in document.wires_out_of(active):
                assert before.shows_share(wire.id) or wire.id not in steps.snapshot.contributions
        before = moment


def test_stepping_back_is_stepping_forward_reversed() -> None:
    """A position says the same whichever way one came to it; one beyond an end is that end."""
    steps = stepping("staged")
    assert steps.at(-3).position == 0
    assert steps.at(99).position == steps.end
    assert [steps.at(k).active for k in range(steps.end, 0, -1)] == list(reversed([*steps.forward, *steps.backward]))


def test_a_fork_shows_the_sum_that_belongs_to_it() -> None:
    """The sum at a fork ends in the gradient of its output; where nothing forks there is none."""
    steps = stepping("staged")
    document, snapshot = steps.document, steps.snapshot
    y, f = document.named("y"), document.named("f")
    assert y is not None
    assert f is not None
    assert fork_text(document, snapshot, y.id, "value") == "0.009046 + 1.583 = 1.592"
    assert fork_text(document, snapshot, f.id, "z") == ""


def test_a_sum_is_known_when_its_last_term_is() -> None:
    """While only some of what comes back to x is known its gradient isn't, and neither is the sum at the fork."""
    steps = stepping("staged")
    x = steps.document.named("x")
    assert x is not None
    wires = [wire.id for wire in steps.document.wires_out_of(x.id)]
    for k in range(steps.end + 1):
        moment = steps.at(k)
        known = [moment.shows_share(wire) for wire in wires]
        assert moment.shows_gradient((x.id, "value")) is all(known)
        assert bool(fork_text(steps.document, moment.veil(steps.snapshot), x.id, "value")) is all(known)
    assert any(0 < sum(steps.at(k).shows_share(wire) for wire in wires) < 3 for k in range(steps.end))


def test_two_thousand_nodes_are_ordered_once_and_asked_quickly() -> None:
    """A chain of 2,000 gates takes as many steps each way; a position is made without looking at all of them."""
    document = Document()
    nodes = {1: Node(1, "constant", "x", {"value": 1.0})} | {i: Node(i, "negate", f"n{i}") for i in range(2, 2001)}
    wires = {i: Wire(i, i - 1, "value" if i == 2 else "z", i, "x") for i in range(2, 2001)}
    document.apply(Patch("Chain", nodes, wires))
    steps = Stepping(document, networks.snapshot(networks.evaluated(document)))
    assert (steps.turn, steps.end) == (2000, 3999)
    asked = []

    class Counting(dict):
        def get(self, *args):
            asked.append(args)
            return super().get(*args)

    steps.numbers = Counting(steps.numbers)
    for k in range(0, steps.end, 400):
        moment = steps.at(k)
        assert telling(moment).sentence
        assert len(moment.arriving()) <= 1
        moment.veil(steps.snapshot)
    assert len(asked) < 100
