"""Rows held back are evaluated now and then, exactly, and training doesn't notice."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from gradstudio import files
from gradstudio.data.record import text_of
from gradstudio.data.shelf import Shelf, shipped_record
from gradstudio.document.commands import set_training
from gradstudio.document.model import Document, Patch
from gradstudio.engine.supply import SUPPLY
from gradstudio.training import trainer as training
from gradstudio.training import validation
from gradstudio.training.curve import HELD, Curve
from gradstudio.training.trainer import Trainer
from tests.document.build import Net


@pytest.fixture(autouse=True)
def shelf():
    """A shelf that answers the data nodes for the time of a test."""
    before = SUPPLY.provider
    Shelf().install()
    yield
    SUPPLY.provider = before
    SUPPLY.changed()


def iris(part: str = "training", penalty: bool = False, gates: tuple[str, ...] = (), share: float = 0.15) -> Document:
    """Iris, a layer, what lies between it and the scores, and a loss."""
    record = shipped_record("iris")
    how = msgspec.structs.replace(record.preparation, validation=share)
    net = Net()
    net.add("data", "data", record=text_of(msgspec.structs.replace(record, preparation=how)), part=part)
    net.add("dense", "scores", units=3)
    net.add("softmax_cross_entropy", "loss")
    net.wire("data.X", "scores.x")
    last = "scores"
    for gate in gates:
        net.add(gate, gate)
        net.wire(f"{last}.z", f"{gate}.x")
        last = gate
    net.wire(f"{last}.z", "loss.scores")
    net.wire("data.labels", "loss.labels")
    if penalty:
        net.add("l2", "penalty", strength=10.0)
        net.wire("scores.W", "penalty.w")
    return net.doc


def trained(document: Document, steps: int) -> Trainer:
    """A trainer after some steps."""
    made = Trainer(document)
    for _ in made.run(steps):
        pass
    made.finish()
    return made


@pytest.mark.parametrize("most", [1000, 8])
def test_the_numbers_are_those_of_the_rows_held_back(monkeypatch, most: int) -> None:
    """Loss and accuracy are those of the validation part with the parameters of that step, in pieces or at once."""
    monkeypatch.setattr(validation, "MOST", most)
    columns = trained(iris(), 20).history()
    assert np.flatnonzero(np.isfinite(columns["validation_loss"])).tolist() == [0, 16]
    apart = Trainer(iris("validation"))
    apart.evaluate()
    assert columns["validation_loss"][0] == pytest.approx(apart.loss, rel=1e-6)
    assert columns["validation_accuracy"][0] == pytest.approx(apart.accuracy)


def test_training_does_not_notice() -> None:
    """With rows held back, and dropout and running averages under way, training makes the same steps to the bit."""
    document = iris(gates=("batch_norm", "dropout"))
    watched = trained(document, 40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "validation_of", lambda _: None)
        alone = trained(document, 40)
    assert "validation_loss" in watched.history()
    assert "validation_loss" not in alone.history()
    assert (watched.plan.parameters == alone.plan.parameters).all()
    for key, array in alone.training().parameters.items():
        assert (watched.training().parameters[key] == array).all()


def test_penalties_are_not_counted() -> None:
    """A penalty on weights is minimised, but is no part of the loss of the rows held back."""
    plain, punished = (trained(iris(penalty=penalty), 1).history() for penalty in (False, True))
    assert punished["loss"][0] > plain["loss"][0] + 1
    assert punished["validation_loss"][0] == plain["validation_loss"][0]


def test_penalties_are_not_counted_in_a_loss_made_of_gates() -> None:
    """Where the loss is a sum of gates with a penalty added to it, the rows held back are judged without it."""

    def network(penalty: bool) -> Document:
        net = Net()
        net.add("data", "data", record=text_of(shipped_record("iris")))
        net.add("dense", "line", units=1)
        net.wire("data.X", "line.x")
        for before, gate in (("line.z", "square"), ("square.z", "mean")):
            net.add(gate, gate)
            net.wire(before, f"{gate}.x")
        if penalty:
            net.add("elastic", "penalty", strength=10.0)
            net.wire("line.W", "penalty.w")
            net.add("add", "total")
            net.wire("mean.z", "total.x")
            net.wire("penalty.loss", "total.y")
        return net.doc

    plain, punished = (trained(network(penalty), 1).history() for penalty in (False, True))
    assert punished["loss"][0] > plain["loss"][0] + 1
    assert punished["validation_loss"][0] == plain["validation_loss"][0]


def test_an_interrupted_run_has_the_same_columns() -> None:
    """200 steps are 100, saved, opened, and 100 more: what was held back is evaluated at the same steps to the bit."""
    whole = trained(iris(), 200).training()
    document = iris()
    half = trained(document, 100)
    document.apply(set_training(document, half.training(), "Train"))
    rest = trained(files.loads(files.dumps(document)), 100).training()
    assert whole.history.keys() == rest.history.keys() > set(HELD)
    for name, column in whole.history.items():
        assert np.array_equal(column, rest.history[name], equal_nan=True)


def test_nothing_held_back_leaves_no_column() -> None:
    """Without a share that validates, or in a node that isn't training, the curve is as it was."""
    for document in (iris(share=0.0), iris("validation")):
        assert trained(document, 3).history().keys() == {"step", "loss", "accuracy"}


def test_columns_that_come_late_are_filled() -> None:
    """A curve that had no rows held back before takes them up; the rows before have none."""
    curve = Curve({})
    curve.add(0, 1.0, None)
    curve.add(1, 0.5, None, (0.7, None))
    curve.add(2, 0.4, None)
    again = Curve(curve.columns())
    again.add(3, 0.3, None)
    columns = again.columns(4, 0.2)
    assert np.array_equal(columns["validation_loss"], [np.nan, 0.7, np.nan, np.nan, np.nan], equal_nan=True)
    assert columns["loss"].tolist() == [1.0, 0.5, 0.4, 0.3, 0.2]


def test_small_batches_are_no_hindrance() -> None:
    """Whatever the batch size of training, all rows held back are evaluated."""
    document = iris()
    document.apply(Patch("Batch", settings=replace(document.settings, batch_size=5)))
    held = validation.Validation(document)
    assert held.rows == 21


def test_rows_held_back_are_evaluated_not_trained() -> None:
    """Dropout drops nothing of the rows held back: before the first step the loss is that without it."""
    plain, dropping = (trained(iris(gates=gates), 1).history() for gates in ((), ("dropout",)))
    assert dropping["validation_loss"][0] == plain["validation_loss"][0]
    assert dropping["loss"][0] != plain["loss"][0]


def test_many_rows_held_back_are_evaluated_seldom() -> None:
    """Where evaluating would take more than a tenth of the time its steps lie farther apart, by powers of two."""
    curve = Curve({})
    assert [step for step in range(200) if curve.validates(step)] == list(range(0, 200, 16))
    assert [step for step in range(200) if curve.validates(step, 17)] == list(range(0, 200, 32))
    assert [step for step in range(200) if curve.validates(step, 64)] == list(range(0, 200, 64))


def test_a_stop_is_heard_while_rows_are_evaluated() -> None:
    """Stopped in the middle of evaluating, a step leaves no row in the curve; made again later it has its numbers."""
    trainer, asked = Trainer(iris()), []
    trainer.plan.run(lambda: bool(asked.append(1)))  # type: ignore[func-returns-value]
    left = iter([False] * len(asked))  # so often it is asked before rows are evaluated
    assert list(trainer.run(5, lambda: next(left, True))) == []
    assert len(trainer.curve.columns()["step"]) == 0
    for _ in trainer.run(5):
        pass
    columns = trainer.curve.columns()
    assert columns["step"].tolist() == [0, 1, 2, 3, 4]
    assert columns["validation_loss"][0] == trained(iris(), 5).history()["validation_loss"][0]
