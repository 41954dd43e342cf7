"""Whatever a person can make of a network, with the real gates, can be saved and goes on where it was when opened."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from gradstudio import files
from gradstudio.document.model import Document, Patch, Training
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import Array
from gradstudio.engine.optimizers import OPTIMIZERS
from gradstudio.training.trainer import Trainer
from tests.document.build import spiral
from tests.document.strategies import documents
from tests.files.networks import assert_same

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


def fits(document: Document, name: str, array: Array) -> bool:
    """Whether a trained array belongs to a weight the network has now, as far as shapes are known."""
    node, _, weight = name.partition("/")[0].partition(".")
    if int(node) not in document.nodes:
        return False
    has = [w.name for w in document.nodes[int(node)].make().active_weights()]
    return weight in has and infer(document).of(int(node), weight) in (None, array.shape)


@given(documents())
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_every_edited_network_can_be_saved(document):
    """No edits lead to a network that the file refuses; nothing is lost but trained arrays that fit no weight now."""
    training = document.training
    parameters = {name: a for name, a in training.parameters.items() if fits(document, name, a)}
    optimizer = {name: a for name, a in training.optimizer.items() if fits(document, name, a)}
    wanted = document.copy()
    wanted.apply(Patch("Fit", training=Training(training.step, parameters, optimizer, training.history)))
    assert_same(files.loads(files.dumps(document)), wanted)
    assert_same(files.loads_text(files.dumps_text(document)), wanted)


def trained(document: Document, steps: int) -> Document:
    """The document after some steps more."""
    made = document.copy()
    trainer = Trainer(document.copy())
    for _ in trainer.run(steps):
        pass
    made.apply(Patch("Train", training=trainer.training()))
    return made


@pytest.mark.parametrize("form", [files.dumps, files.dumps_text], ids=["grad", "json"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_as_if_it_had_not_stopped(optimizer, form):
    """Training 20 steps, saving, opening and training 20 more gives the bits of training 40 at once."""
    document = spiral().doc
    document.apply(Patch("Set", settings=replace(document.settings, optimizer=optimizer, batch_size=50)))
    loads = files.loads if form is files.dumps else files.loads_text
    resumed = trained(loads(form(trained(document, 20))), 20)
    assert_same(resumed, trained(document, 40))
