"""A network's answers in a plane through its data, and of one sample, each from a plan of its own."""

import itertools
from typing import Any

import numpy as np
import pytest

from gradstudio.document.model import Settings
from gradstudio.engine.errors import GraphError
from gradstudio.insight import boundary
from gradstudio.insight.answer import Answer, output_of
from gradstudio.insight.boundary import HELD, BoundaryLook, components
from gradstudio.insight.sample import SampleLook
from gradstudio.insight.twin import spread
from gradstudio.training.looks import Scene
from gradstudio.training.trainer import Trainer
from tests.insight import classifiers
from tests.insight.classifiers import answered
from tests.training.networks import course_circuit, network, spiral

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def trained(document, steps=0):
    """A network after some steps, and after both passes."""
    trainer = Trainer(document)
    for _ in trainer.run(steps):
        pass
    trainer.evaluate()
    return trainer, Scene(trainer.plan, trainer.compiled, document, trainer.step, lambda: False)


def ident(scene, name):
    """The id of a node."""
    return scene.document.named(name).id


def see(look, scene):
    """What a look sees."""
    return look.see(scene)


def typed(x, target, loss="mean_squared_error", extra=()):
    """A linear network over samples and targets typed by hand."""
    nodes = {"x": ("constant", {"value": x}), "t": ("constant", {"value": target}), "line": ("dense", {"units": 1})}
    inner: dict[str, Any] = {name: (name, {}) for name in extra}
    ends = ["x", *extra, "line"]
    ports = {"x": "value"}
    wires = [(f"{a}.{ports.get(a, 'z')}", f"{b}.x") for a, b in itertools.pairwise(ends)]
    into = "scores" if loss == "binary_cross_entropy" else "prediction"
    wires += [("line.z", f"loss.{into}"), ("t.value", "loss.target")]
    return network({**nodes, **inner, "loss": (loss, {})}, wires, Settings("sgd", 0.1, dtype="float64"))


def by_hand(trainer, x):
    """What the spiral classifier says of samples, computed by hand."""
    hidden, scores = (trainer.document.named(name).id for name in ("hidden", "scores"))
    w = {key: trainer.plan.value(trainer.compiled.slots[key]) for key in trainer.compiled.slots}
    raw = np.maximum(x @ w[hidden, "W"] + w[hidden, "b"], 0) @ w[scores, "W"] + w[scores, "b"]
    p = np.exp(raw - raw.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def test_shares_of_the_classes_are_the_networks():
    """At every cell of the grid stands what the network says there, and at every point what it says of that sample."""
    trainer, scene = trained(spiral(), 60)
    seen = see(BoundaryLook(side=9), scene)
    assert seen.kind is Answer.PROBABILITIES
    np.testing.assert_allclose(seen.surface.reshape(81, 3), by_hand(trainer, seen.plane.grid(9)), atol=1e-5)
    data, labels = trainer.compiled.sources[0].arrays
    np.testing.assert_allclose(seen.answers, by_hand(trainer, data), atol=1e-5)
    np.testing.assert_array_equal(seen.wrong, seen.answers.argmax(axis=1) != labels)
    assert 1 - seen.wrong.mean() == pytest.approx(trainer.accuracy)
    np.testing.assert_allclose(seen.places, data)
    assert seen.surface[0, 0].argmax() == by_hand(trainer, np.array([[seen.plane.low[0], seen.plane.high[1]]])).argmax()


def test_the_plan_that_trains_is_not_disturbed():
    """Between two steps somebody looks at the plane and at a sample: training goes on bit for bit as without."""
    alone, _ = trained(spiral(batch_size=16), 20)
    trainer = Trainer(spiral(batch_size=16))
    scene = Scene(trainer.plan, trainer.compiled, trainer.document, 0, lambda: False)
    for _ in trainer.run(20):
        see(BoundaryLook(side=5), scene)
        see(SampleLook(7), scene)
    np.testing.assert_array_equal(trainer.plan.parameters, alone.plan.parameters)


def test_looks_follow_the_parameters():
    """The same look at the same plan sees other answers once a step has been made, from the same twin."""
    trainer, scene = trained(spiral(), 5)
    look = BoundaryLook(side=6)
    before = see(look, scene)
    for _ in trainer.run(30):
        pass
    after = see(look, scene)
    assert not np.allclose(before.surface, after.surface)
    np.testing.assert_allclose(after.surface.reshape(36, 3), by_hand(trainer, after.plane.grid(6)), atol=1e-5)
    assert len(boundary._ROOMS[trainer.plan]) == 1


def test_a_large_grid_is_asked_piece_by_piece(monkeypatch):
    """However few samples the plan of its own takes at once, the answers are the same."""
    _, scene = trained(spiral(), 10)
    whole = see(BoundaryLook(side=11), scene)
    monkeypatch.setattr(boundary, "CHUNK", scene.plan.bytes // 16)
    boundary._ROOMS.clear()
    np.testing.assert_allclose(see(BoundaryLook(side=11), scene).surface, whole.surface, atol=1e-6)


def test_seen_a_little_in_each_turn_it_is_of_one_step(monkeypatch):
    """While training runs it is asked piece by piece, between steps; what comes of it is a picture of one step."""
    monkeypatch.setattr(boundary, "TURN", 0.0)
    trainer, scene = trained(spiral())
    monkeypatch.setattr(boundary, "SMALL_CHUNK", scene.plan.bytes // 2)
    look, turns = BoundaryLook(side=10, whole=False), 0
    expected = see(BoundaryLook(side=10), scene).surface
    seen = see(look, scene)
    for _ in trainer.run(20):
        turns += 1
        seen = seen or see(look, scene)
    assert turns > 3
    assert seen.step == 0
    np.testing.assert_allclose(seen.surface, expected, atol=1e-6)
    while see(look, scene) is seen:
        pass
    assert not np.allclose(see(look, scene).surface, expected, atol=1e-3)


def test_a_regression_is_a_surface_of_numbers():
    """Where the output is one number, the surface is that number, without anything misclassified."""
    _, scene = trained(typed(XOR, [[0.0], [1.0], [2.0], [3.0]]), 300)
    seen = see(BoundaryLook(side=4), scene)
    assert seen.kind is Answer.NUMBER
    assert seen.surface.shape == (4, 4)
    np.testing.assert_allclose(seen.surface.ravel(), seen.plane.grid(4) @ [2.0, 1.0], atol=0.05)
    np.testing.assert_array_equal(seen.truth, [0, 1, 2, 3])
    assert not seen.wrong.any()


def test_a_yes_or_no_is_a_class_of_two():
    """A score of yes becomes the shares of no and yes."""
    _, scene = trained(typed(XOR, [[0.0], [0.0], [1.0], [1.0]], "binary_cross_entropy"), 400)
    seen = see(BoundaryLook(side=4), scene)
    assert seen.kind is Answer.YES
    np.testing.assert_allclose(seen.surface.sum(axis=-1), 1.0)
    assert seen.surface[:, -1, 1].min() > 0.5 > seen.surface[:, 0, 1].max()
    assert not seen.wrong.any()


def test_more_features_are_seen_in_a_plane_through_their_mean():
    """Two chosen features vary and the others stay at their means; else the plane is that of the components."""
    x = np.random.default_rng(0).standard_normal((40, 4)) * [1.0, 5.0, 1.0, 3.0] + 2.0
    _, scene = trained(typed(x.tolist(), x[:, :1].tolist()))
    seen = see(BoundaryLook(2, 0, side=3), scene)
    assert seen.plane.names == ("x3", "x1")
    grid = seen.plane.grid(3)
    np.testing.assert_allclose(grid[:, [1, 3]], np.tile(x.mean(axis=0)[[1, 3]], (9, 1)))
    np.testing.assert_allclose(seen.places, x[:, [2, 0]])
    ways = components(x)
    np.testing.assert_allclose(ways @ ways.T, np.eye(2), atol=1e-12)
    assert abs(ways[0, 1]) > 0.95
    assert abs(ways[1, 3]) > 0.95
    shown = see(BoundaryLook(side=3), scene)
    np.testing.assert_allclose(shown.places, (x - x.mean(axis=0)) @ ways.T, atol=1e-9)


def test_a_sample_alone_has_its_own_values_and_gradients():
    """What is seen of one sample are the values and gradients of the network with that sample as its only data."""
    x, target = [[0.5, -1.0], [2.0, 1.0]], [[1.0], [0.0]]
    _, scene = trained(typed(x, target), 3)
    seen = see(SampleLook(1), scene)
    line = scene.document.named("line").id
    W, b = (scene.plan.value(scene.compiled.slots[line, name]) for name in ("W", "b"))
    answer = float((np.array(x[1]) @ W + b).item())
    assert seen.values[line, "z"].shape == (1, 1)
    assert seen.values[line, "z"].scalar == pytest.approx(answer)
    np.testing.assert_allclose(seen.gradients[line, "W"].array[:, 0], 2 * answer * np.array(x[1]))
    assert (seen.truth, seen.answer, seen.samples) == (0.0, pytest.approx(answer), 2)
    assert set(seen.contributions) == set(scene.compiled.wires) - {
        wire for wire in scene.compiled.wires if scene.plan.contribution(*scene.compiled.wires[wire]) is None
    }


def test_a_trained_network_drops_nothing():
    """In the plane, and for a sample, a network is asked as when it is used: Dropout lets everything through."""
    _, scene = trained(typed(XOR, [[1.0]] * 4, extra=("dropout",)))
    first, second = see(BoundaryLook(side=4), scene), see(SampleLook(3), scene)
    line = scene.document.named("line").id
    W, b = (scene.plan.value(scene.compiled.slots[line, name]) for name in ("W", "b"))
    np.testing.assert_allclose(first.surface.ravel(), (first.plane.grid(4) @ W + b).ravel())
    assert second.values[line, "z"].scalar == pytest.approx(float((np.ones(2) @ W + b).item()))


def test_what_can_not_be_seen_says_why():
    """No answer, no data, one feature, or no such sample: the reason is a sentence that says what to do."""
    _, circuit = trained(course_circuit())
    with pytest.raises(GraphError, match="no answer for each sample"):
        output_of(circuit)
    with pytest.raises(GraphError, match="There are no samples"):
        see(SampleLook(0), circuit)
    _, narrow = trained(typed([[1.0], [2.0]], [[1.0], [2.0]]))
    with pytest.raises(GraphError, match="x has one feature"):
        see(BoundaryLook(), narrow)
    with pytest.raises(GraphError, match="no sample 3: the data has 2"):
        see(SampleLook(2), narrow)


def test_it_gives_up_when_the_network_is_edited():
    """Stopped on the way there is nothing to see."""
    trainer, _ = trained(spiral())
    assert BoundaryLook().see(Scene(trainer.plan, trainer.compiled, trainer.document, 0, lambda: True)) is None


@pytest.fixture
def digits():
    """Makes a classifier of digits as they come with the studio, some rows held back; data nodes are answered."""
    with answered():
        yield classifiers.digits


def test_samples_held_back_are_shown_beside_those_trained_on(digits):
    """Rows a data node holds back are points of the plane too, with their own truth, and no sample to send through."""
    trainer, scene = trained(digits(), 40)
    seen = see(BoundaryLook(20, 30, side=4), scene)
    held = seen.numbers < 0
    apart, _ = trained(digits("validation"))
    features, labels = apart.compiled.sources[0].arrays
    rows = spread(len(labels), HELD)
    np.testing.assert_allclose(seen.places[held], features[rows][:, [20, 30]])
    np.testing.assert_array_equal(seen.truth[held], labels[rows])
    features, labels = trainer.compiled.sources[0].arrays
    np.testing.assert_array_equal(seen.truth[~held], labels[seen.numbers[~held]])
    scores = features[seen.numbers[~held]] @ trainer.plan.value(scene.compiled.slots[ident(scene, "scores"), "W"])
    scores += trainer.plan.value(scene.compiled.slots[ident(scene, "scores"), "b"])
    np.testing.assert_array_equal(seen.answers[~held].argmax(axis=1), scores.argmax(axis=1))
