"""Answers are judged by the network's own numbers: right ones always pass, wrong ones name the broken rule."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from gradstudio.cli import networks
from gradstudio.cli.examples import find, shipped
from gradstudio.document import commands, exercising
from gradstudio.document.history import History
from gradstudio.document.model import Document
from gradstudio.document.questions import Asks, Question
from gradstudio.insight.marking import everywhere, keys, mark, points
from gradstudio.insight.prediction import LARGEST, TOLERANCE, Mistake, NoAnswer, judge, key_of, keys_of
from gradstudio.insight.stepping import Stepping
from gradstudio.training.trainer import Trainer


@cache
def evaluated(name: str) -> Trainer:
    """An example with its values and gradients."""
    return networks.evaluated(networks.read(find(name).path))


def built(gates, wires, values):
    """A network of these gates by name, wires between them, and values; and the ids by name."""
    doc = Document()
    history = History(doc)
    ids = {}
    for gate, name in gates:
        patch, ids[name] = commands.add_node(doc, gate, 0, 0, name=name)
        history.do(patch)
    for name, value in values.items():
        param = next(iter(doc.nodes[ids[name]].kind.params))
        history.do(commands.set_param(doc, [ids[name]], param, value))
    for source, port, target, into in wires:
        history.do(commands.connect(doc, ids[source], port, ids[target], into))
    return doc, ids


def at(document: Document, place: str, asks: Asks) -> Question:
    """A question about "q>f", a wire, or "x", a node's only output."""
    source, _, target = place.partition(">")
    node = document.named(source)
    assert node is not None, source
    if not target:
        return Question(asks, node=node.id, port=node.output_ports()[0].name)
    goal = document.named(target)
    wire = next(w for w in document.wires_out_of(node.id) if goal is not None and w.target == goal.id)
    return Question(asks, wire=wire.id)


def verdict(trainer: Trainer, place: str, asks: Asks, answer: object):
    """What is said of an answer."""
    document = trainer.document
    return judge(trainer.plan, trainer.compiled, document, at(document, place, asks), answer)


WRONG = [
    # example, place, asked, answer, the rule it breaks, in the sentence
    ("sum-times-z", "q>f", "gradient", 3, Mistake.SWAPPED, "Multiply switches"),
    ("sum-times-z", "q>f", "gradient", 4, Mistake.SIGN, "sign"),
    ("sum-times-z", "x>q", "gradient", 1, Mistake.UPSTREAM, "local gradient of q"),
    ("sum-times-z", "x>q", "gradient", -2, Mistake.VALUE, "flows forward"),
    ("sum-times-z", "x", "gradient", 1, Mistake.UPSTREAM, "upstream"),
    ("sum-times-z", "x>q", "gradient", -3, Mistake.ADDED, "multiplied"),
    ("sum-times-z", "f", "value", 12, Mistake.SIGN, "sign"),
    ("sum-times-z", "f", "value", -1, Mistake.OPERATION, "sum of its inputs"),
    ("sum-times-z", "q>f", "value", -4, Mistake.GRADIENT, "flows back"),
    ("sum-times-z", "q>f", "value", 5, Mistake.INPUT, "Add has still to be applied"),
    ("sum-times-z", "f", "value", [1, 2], Mistake.SHAPE, "Expected one number, found an array of 2"),
    ("patterns", "x>mul", "gradient", -4, Mistake.UPSTREAM, "local gradient of mul"),
    ("patterns", "x>mul", "gradient", 2, Mistake.LOCAL, "handed on as it is"),
    ("patterns", "w>max", "gradient", 2, Mistake.LOCAL, "Max routes"),
    ("sigmoid-gates", "w0>w0x0", "gradient", 0.36787944, Mistake.FACTOR, "A factor is missing"),
    ("sigmoid-neuron", "+w2>σ", "gradient", 1.0, Mistake.LOCAL, "handed on as it is"),
    ("staged", "x", "gradient", 1.583, Mistake.FORK, "goes 3 ways"),
    ("staged", "x", "gradient", 0.5121 + 1.583, Mistake.FORK, "goes 3 ways"),
    ("staged", "y", "gradient", 1.0 + 0.01766, Mistake.UPSTREAM, "before they add"),
    ("staged", "x>num", "gradient", 2.0595698, Mistake.TOTAL, "sum of all that comes back to x"),
    ("norm-squared", "q", "gradient", [0.22, 0.26], Mistake.VALUE, "flows forward"),
    ("norm-squared", "W", "gradient", [[0.088, 0.104], [0.176, 0.208]], Mistake.TRANSPOSED, "transpose"),
    ("norm-squared", "W", "gradient", [0.088, 0.176], Mistake.SHAPE, "Expected an array of 2×2, found an array of 2."),
    ("norm-squared", "x", "gradient", [0.112, -0.636], Mistake.SIGN, "sign"),
    ("product", "x", "gradient", -3.1, Mistake.ROUNDED, "Close"),
    ("product", "x", "gradient", 77, None, "Not yet"),
    ("product", "x", "gradient", "eleven", Mistake.SHAPE, "A number"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "place", "asks", "answer", "mistake", "sentence"), WRONG)
def test_a_wrong_answer_names_the_rule_it_breaks(name, place, asks, answer, mistake, sentence) -> None:
    """Each slip of the course's examples is recognised, and told in a sentence without the right answer in it."""
    found = verdict(evaluated(name), place, asks, answer)
    assert not found.right
    assert found.mistake is mistake
    assert sentence in found.sentence


RIGHT = [
    ("sum-times-z", {"q>f": -4, "z>f": 3, "x>q": -4, "y": -4}, {"q>f": 3, "f": -12}),
    ("patterns", {"x": -8, "y": 6, "z": 2, "w": 0, "mul": 2}, {"add": -10, "out": -20}),
    ("staged", {"x": 2.06, "y": 1.59}, {"f": 1.55}),
    ("sigmoid-gates", {"w0": -0.197, "x1": -0.59, "w2": 0.197}, {"1/x": 0.731}),
    ("norm-squared", {"x": [-0.112, 0.636], "W": [[0.088, 0.176], [0.104, 0.208]]}, {"q": [0.22, 0.26]}),
    ("micrograd", {"a": 138.8, "b": 645.6}, {"g": 24.7}),
]


@pytest.mark.parametrize(("name", "gradients", "values"), RIGHT)
def test_the_course_s_numbers_are_right(name, gradients, values) -> None:
    """The numbers of the worked examples pass, as they are printed there and rounded to three digits."""
    for place, answer in gradients.items():
        assert verdict(evaluated(name), place, "gradient", answer).right, place
    for place, answer in values.items():
        assert verdict(evaluated(name), place, "value", answer).right, place


@pytest.mark.parametrize("name", [example.name for example in shipped() if not example.data])
def test_right_answers_are_never_called_wrong(name: str) -> None:
    """Whatever is asked of an example, its own number is right: exact, with three digits, and off by the tolerance."""
    trainer = evaluated(name)
    document = trainer.document
    steps = Stepping(document, networks.snapshot(trainer))
    asked = [question for asks in ("value", "gradient") for question in everywhere(steps, asks)]
    assert asked
    for key in keys_of(trainer.plan, trainer.compiled, document, asked):
        if isinstance(key, str):
            assert "can be asked for" in key or "can't be asked" in key or "finite" in key
            continue
        rounded = np.array([float(f"{v:.3g}") for v in key.right.ravel()]).reshape(key.right.shape)
        for answer in (key.right, key.right.tolist(), rounded, key.right * (1 + 0.99 * TOLERANCE)):
            found = key.judge(answer)
            assert found.right, (key.question, answer)
            assert found.mistake is None


def test_a_wrong_answer_is_never_called_right() -> None:
    """Beyond the tolerance and what computing leaves no number passes, near 0 as well."""
    trainer = evaluated("patterns")
    document = trainer.document
    for place in ("w", "x", "mul"):
        key = key_of(trainer.plan, trainer.compiled, document, at(document, place, "gradient"))
        for factor in (1 + 1.05 * TOLERANCE, 1 - 1.05 * TOLERANCE, 2.0):
            assert key.judge(key.right * factor + (0.01 if not key.right else 0)).right is False


def test_swapped_inputs_of_a_difference() -> None:
    """x - y told as y - x is called swapped, for the order matters there."""
    doc, _ = built(
        [("constant", "x"), ("constant", "y"), ("divide", "d"), ("subtract", "s"), ("add", "f")],
        [("x", "value", "d", "x"), ("y", "value", "d", "y"), ("x", "value", "s", "x"), ("y", "value", "s", "y"),
         ("d", "z", "f", "x"), ("s", "z", "f", "y")],
        {"x": 6.0, "y": 3.0},
    )  # fmt: skip
    trainer = networks.evaluated(doc)
    assert verdict(trainer, "s", "value", -3).mistake is Mistake.SWAPPED
    assert verdict(trainer, "d", "value", 0.5).mistake is Mistake.SWAPPED


def test_forgetting_the_mean_is_told() -> None:
    """A gradient as large as that of the summed loss is told to lack the factor of the mean over the samples."""
    doc, ids = built(
        [("parameter", "s"), ("labels", "t"), ("softmax_cross_entropy", "loss")],
        [("s", "value", "loss", "scores"), ("t", "labels", "loss", "labels")],
        {"s": [[1.0, 0.0], [0.5, 2.0], [0.0, 0.0]], "t": [0, 1, 1]},
    )
    trainer = networks.evaluated(doc)
    assert trainer.compiled.samples == 3
    key = key_of(trainer.plan, trainer.compiled, doc, Question("gradient", node=ids["s"], port="value"))
    assert key.judge(3 * key.right).mistake is Mistake.AVERAGE


def test_forgetting_to_add_behind_the_gate_is_told() -> None:
    """With q going two ways, multiplying before what comes back to q is added is a mistake at the fork."""
    doc, _ = built(
        [("constant", "x"), ("negate", "q"), ("exp", "a"), ("add", "f")],
        [("x", "value", "q", "x"), ("q", "z", "a", "x"), ("a", "z", "f", "x"), ("q", "z", "f", "y")],
        {"x": 0.5},
    )
    trainer = networks.evaluated(doc)
    right = -(1 + np.exp(-0.5))
    assert verdict(trainer, "x>q", "gradient", right).right
    found = verdict(trainer, "x>q", "gradient", right + 1)
    assert found.mistake is Mistake.FORK
    assert "q goes 2 ways" in found.sentence


def test_nothing_is_right_where_terms_cancel_out() -> None:
    """0.3 and -0.3 come back to x, and computing leaves 6e-17 of them: 0 is right, and 0.001 isn't."""
    doc, _ = built(
        [("constant", "a"), ("constant", "b"), ("constant", "x"), ("add", "y"), ("constant", "z"), ("multiply", "p"),
         ("multiply", "q"), ("add", "f")],
        [("a", "value", "y", "x"), ("b", "value", "y", "y"), ("x", "value", "p", "x"), ("y", "z", "p", "y"),
         ("x", "value", "q", "x"), ("z", "value", "q", "y"), ("p", "z", "f", "x"), ("q", "z", "f", "y")],
        {"a": 0.1, "b": 0.2, "x": 2.0, "z": -0.3},
    )  # fmt: skip
    History(doc).do(commands.change_settings(doc, dtype="float64"))
    trainer = networks.evaluated(doc)
    key = key_of(trainer.plan, trainer.compiled, doc, at(doc, "x", "gradient"))
    assert 0 < abs(key.right.item()) < 1e-15
    assert key.judge(0).right
    assert not key.judge(0.001).right
    assert key.judge(0.3).mistake is Mistake.FORK


def test_what_has_no_answer_is_told_why() -> None:
    """Too large an array, something without a gradient, something that isn't computed: each has its sentence."""
    trainer = evaluated("relu-vector")
    doc = trainer.document
    big = next(n for n in doc.nodes.values() if n.kind.inputs)
    with pytest.raises(NoAnswer, match=f"at most {LARGEST} can be asked for"):
        key_of(trainer.plan, trainer.compiled, doc, Question("value", node=big.id, port="z"))
    empty = Document()
    history = History(empty)
    patch, lonely = commands.add_node(empty, "add", 0, 0)
    history.do(patch)
    history.do(commands.add_node(empty, "constant", 0, 0)[0])
    half = Trainer(empty)
    half.evaluate()
    with pytest.raises(NoAnswer, match="isn't computed"):
        key_of(half.plan, half.compiled, empty, Question("value", node=lonely, port="z"))


def test_working_out_the_answers_can_be_stopped() -> None:
    """Between two questions it is looked whether the network was edited: then nothing is told."""
    trainer = evaluated("staged")
    document = trainer.document
    asked = everywhere(Stepping(document, networks.snapshot(trainer)), "gradient")
    turns = iter([False, False, True])
    with pytest.raises(NoAnswer, match="was edited"):
        keys_of(trainer.plan, trainer.compiled, document, asked, lambda: next(turns))


def test_an_exercise_is_marked_question_by_question() -> None:
    """Right, wrong and missing answers get a verdict or none each, and the right ones are the points."""
    doc = networks.read(find("sum-times-z").path)
    with pytest.raises(NoAnswer, match="There is no exercise"):
        keys(doc)
    history = History(doc)
    for place in ("q>f", "x>q", "z>f"):
        history.do(exercising.ask(doc, at(doc, place, "gradient")))
    known = keys(doc)
    verdicts = mark(known, [-4, 1, None])
    assert [v and v.right for v in verdicts] == [True, False, None]
    assert points(verdicts) == 1


def test_the_shipped_exercise_has_the_course_s_answers() -> None:
    """The exercise about the four patterns is answered by the numbers of the worked example, and by no others."""
    known = keys(networks.read(find("exercise").path))
    assert points(mark(known, [-12, 2, 2, -8, 2, 0])) == 6
    assert [v and v.mistake for v in mark(known, [12, 1, -12, 6, 1, 2])] == [
        Mistake.SIGN, Mistake.LOCAL, Mistake.VALUE, Mistake.SWAPPED, Mistake.UPSTREAM, Mistake.LOCAL,
    ]  # fmt: skip
